"""One log line a request: method, path, status, milliseconds. Never the query: it holds a position."""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoapi.problems import route_of

log = logging.getLogger("geoapi.access")


class AccessLog:
    """ASGI middleware around everything, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not log.isEnabledFor(logging.INFO):
            await self.app(scope, receive, send)
            return
        status = 500
        begun = time.perf_counter()

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self.app(scope, receive, noting)
        finally:
            took_ms = (time.perf_counter() - begun) * 1e3
            log.info("%s %s %s %.1f ms", scope["method"], route_of(scope), status, took_ms)
