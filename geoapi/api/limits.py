"""What no request may exceed, whatever its route: the sizes of its query and body, one value a parameter."""

from __future__ import annotations

from urllib.parse import unquote_plus

from fastapi import HTTPException
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoapi.errors import InvalidInput, Words
from geoapi.problems import shown_name

MOST_BODY_BYTES = 64 * 1024
# planners send lists of places; how many is the question's own limit to say
MOST_BODY_BYTES_OF_PLANNERS = 4 * 1024 * 1024
MOST_QUERY_BYTES = 8 * 1024
# every other parameter has one value; FastAPI would silently take the last
REPEATABLE = frozenset(("kind", "amenity", "host", "attention"))


class RequestLimits:
    """ASGI middleware: 413, 414, 415, and `InvalidInput` for a parameter given twice."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if query := scope["query_string"]:
            _check_query(query)
        if scope["method"] != "GET":
            most = MOST_BODY_BYTES_OF_PLANNERS if _is_planners(scope["path"]) else MOST_BODY_BYTES
            receive = _limited(receive, Headers(scope=scope), most)
        await self.app(scope, receive, send)


def _check_query(query: bytes) -> None:
    if len(query) > MOST_QUERY_BYTES:
        raise HTTPException(414)
    names = [pair.partition(b"=")[0] for pair in query.split(b"&") if pair]
    if len(names) == len(set(names)) and b"%" not in b"".join(names):
        return
    seen: set[str] = set()
    for name in (unquote_plus(raw.decode("latin-1")) for raw in names):
        if name in seen and name not in REPEATABLE:
            raise InvalidInput(
                Words("给了不止一次", "is given more than once"),
                field=shown_name(name),
                mend=Words("只给一次", "give it once"),
            )
        seen.add(name)


def _is_planners(path: str) -> bool:
    return path == "/v1/coverage/what-if" or (path.startswith("/v1/districts/") and path.endswith("/sites"))


def _limited(receive: Receive, headers: Headers, most: int) -> Receive:
    """`receive` that stops where the body is too large or is not JSON. Raised where the body is read."""
    length = headers.get("content-length", "")
    is_json = headers.get("content-type", "").split(";")[0].strip().lower() == "application/json"
    received = 0

    async def checked() -> Message:
        nonlocal received
        if length.isdecimal() and (len(length) > 9 or int(length) > most):
            raise HTTPException(413)
        message = await receive()
        received += len(message.get("body", b""))
        if received > most:
            raise HTTPException(413)
        if received and not is_json:
            raise HTTPException(415)
        return message

    return checked
