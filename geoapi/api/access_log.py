"""One log line a request, and one more in the metrics: method, route, status, milliseconds.

Never the query: it holds a position.
"""

from __future__ import annotations

import logging
import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from geoapi.api.metrics import count_request
from geoapi.problems import route_of

log = logging.getLogger("geoapi.access")


class AccessLog:
    """ASGI middleware around everything, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
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
            took_s, route = time.perf_counter() - begun, route_of(scope)
            count_request(route, scope["method"], status, took_s)
            if log.isEnabledFor(logging.INFO):
                log.info("%s %s %s %.1f ms", scope["method"], route, status, took_s * 1e3)
