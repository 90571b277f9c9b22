"""What every answer tells browsers not to do with it: errors, pages and files included.

No answer has an `Access-Control-*` header: pages of other origins may not read what the service says, and a
preflight (OPTIONS) is a method that no address takes.
"""

from __future__ import annotations

from collections.abc import Awaitable, Iterable

from starlette.types import ASGIApp, Message, Receive, Scope, Send

# answers are data: nothing in one may be run, drawn, framed or sent anywhere
POLICY_OF_DATA = "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
# a page of ours asks where its user is; nothing else of a device is anybody's business
_FEATURES_OFF = (
    "accelerometer", "camera", "display-capture", "gyroscope", "magnetometer", "microphone", "midi",
    "payment", "publickey-credentials-get", "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": ", ".join(("geolocation=(self)", *(f"{one}=()" for one in _FEATURES_OFF))),
}
# a year; said only over https, where it is heard
TRANSPORT = {"Strict-Transport-Security": "max-age=31536000"}
_POLICY = b"content-security-policy"


class SecurityHeaders:
    """ASGI middleware around everything. A page that has something to run says its own policy: it stays."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self.app = app
        self._always = _as_sent(HEADERS | (TRANSPORT if https else {}))
        self._of_data = [*self._always, *_as_sent({"Content-Security-Policy": POLICY_OF_DATA})]

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        # plain functions that hand on what is awaited: coroutines of their own would cost each request more
        # than the headers themselves
        if scope["type"] != "http":
            return self.app(scope, receive, send)

        def adding(message: Message) -> Awaitable[None]:
            if message["type"] == "http.response.start":
                given = message["headers"]
                message["headers"] = [*given, *(self._always if _says_policy(given) else self._of_data)]
            return send(message)

        return self.app(scope, receive, adding)


def _says_policy(headers: Iterable[tuple[bytes, bytes]]) -> bool:
    for name, _ in headers:  # noqa: SIM110 - a generator for any() would cost as much as all the rest
        if name == _POLICY:
            return True
    return False


def _as_sent(headers: dict[str, str]) -> list[tuple[bytes, bytes]]:
    return [(name.lower().encode(), value.encode()) for name, value in headers.items()]
