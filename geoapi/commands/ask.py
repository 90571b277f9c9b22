"""Ask the application itself, in this process: a command's answer is the API's own."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from geoapi.app import create_app
from geoapi.db.engine import database_address
from geoapi.db.migrate import migrate
from geoapi.schedule.keeper import refresh_once
from geoapi.settings import Settings


def ask(path: str, parameters: Mapping[str, Any]) -> tuple[int, bytes]:
    """Status and body of `GET path` with these parameters (None is left out, lists repeat the name)."""
    settings = Settings()
    given = {name: value for name, value in parameters.items() if value is not None}
    with database_address(settings.database) as url:
        migrate(url)
        refresh_once(url, horizon_days=settings.schedule.horizon_days)
        return asyncio.run(_get(settings, url, path, urlencode(given, doseq=True).encode()))


async def _get(settings: Settings, url: str, path: str, query: bytes) -> tuple[int, bytes]:
    app = create_app(settings, url, keep_schedule=False)
    status, body = 0, b""

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            body += message.get("body", b"")

    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "method": "GET", "scheme": "http", "path": path,
        "raw_path": path.encode(), "query_string": query, "root_path": "", "headers": [],
        "server": ("geoapi", 80), "client": None,
    }  # fmt: skip
    async with app.router.lifespan_context(app):
        await app(scope, receive, send)
    return status, body
