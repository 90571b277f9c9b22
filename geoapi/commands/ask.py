"""Ask the application itself, in this process: a command's answer is the API's own."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol
from urllib.parse import urlencode

import orjson
from fastapi import FastAPI

from geoapi.app import create_app
from geoapi.coverage.runners import Runner
from geoapi.db.engine import database_address, service_address
from geoapi.db.migrate import migrate
from geoapi.schedule.keeper import refresh_once
from geoapi.settings import Settings


class Ask(Protocol):
    """Status and body of a request to the application."""

    def __call__(self, path: str, parameters: Mapping[str, Any], body: Any = None) -> tuple[int, bytes]: ...


def ask(path: str, parameters: Mapping[str, Any], *, runner: Runner | None = None) -> tuple[int, bytes]:
    """Status and body of `GET path` with these parameters (None is left out, lists repeat the name)."""
    with asking(runner=runner) as get:
        return get(path, parameters)


@contextmanager
def asking(*, runner: Runner | None = None) -> Iterator[Ask]:
    """A function that asks as `ask` does, for several questions: the application stays up between them.

    With a `body` it is a POST. Planners' questions are worked out by `runner` where one is given.
    """
    settings = Settings()
    with database_address(settings.database) as url, asyncio.Runner() as loop:
        migrate(url)
        refresh_once(url, horizon_days=settings.schedule.horizon_days)
        app = create_app(
            settings, service_address(settings.database, url), keep_schedule=False, runner=runner
        )
        lifespan = app.router.lifespan_context(app)
        loop.run(lifespan.__aenter__())

        def get(path: str, parameters: Mapping[str, Any], body: Any = None) -> tuple[int, bytes]:
            given = {name: value for name, value in parameters.items() if value is not None}
            return loop.run(_request(app, path, urlencode(given, doseq=True).encode(), body))

        try:
            yield get
        finally:
            loop.run(lifespan.__aexit__(None, None, None))


async def _request(app: FastAPI, path: str, query: bytes, question: Any) -> tuple[int, bytes]:
    status, body = 0, b""

    async def receive() -> dict[str, Any]:
        sent = b"" if question is None else orjson.dumps(question)
        return {"type": "http.request", "body": sent, "more_body": False}

    async def send(message: Any) -> None:
        nonlocal status, body
        if message["type"] == "http.response.start":
            status = message["status"]
        else:
            body += message.get("body", b"")

    scope: dict[str, Any] = {
        "type": "http", "http_version": "1.1", "method": "GET" if question is None else "POST",
        "scheme": "http", "path": path, "raw_path": path.encode(), "query_string": query, "root_path": "",
        "headers": [] if question is None else [(b"content-type", b"application/json")],
        "server": ("geoapi", 80), "client": None,
    }  # fmt: skip
    await app(scope, receive, send)
    return status, body
