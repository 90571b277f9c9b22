"""Secrets sent in right and wrong places, then looked for where they must not be: in logs, metrics, errors
and the database."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from tests.api.managing.asks import NEW_PASSWORD, Scene
from tests.api.managing.conftest import PASSWORD

# distinct, and nothing that could be there by chance
CANARY = "kanarienvogel"
LOGGERS = ("", "uvicorn", "uvicorn.error", "uvicorn.access", "psycopg", "psycopg.pool", "sqlalchemy.engine",
           "sqlalchemy.pool", "geoapi", "asyncio", "authlib")  # fmt: skip
JSON = {"content-type": "application/json"}


class Heard(logging.Handler):
    """Whatever the service's threads log at any level; the tests' own thread speaks through httpx."""

    def __init__(self) -> None:
        super().__init__(logging.NOTSET)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        if record.thread != threading.main_thread().ident:
            self.lines.append(logging.Formatter().format(record))


@pytest.fixture
def heard() -> Iterator[Heard]:
    handler = Heard()
    before = {name: logging.getLogger(name).level for name in LOGGERS}
    logging.getLogger().addHandler(handler)
    for name in LOGGERS:
        logging.getLogger(name).setLevel(logging.DEBUG)
    yield handler
    logging.getLogger().removeHandler(handler)
    for name, level in before.items():
        logging.getLogger(name).setLevel(level)


class Flight:
    """The requests, the secrets that were in them, and the bodies of all errors."""

    def __init__(self, scene: Scene) -> None:
        self.scene = scene
        self.secrets: set[str] = {PASSWORD, NEW_PASSWORD}
        self.errors: list[str] = []
        self._client = scene.union.client

    def secret(self, what: str) -> str:
        made = f"{CANARY}-{what}-{len(self.secrets)}-7Qz"
        self.secrets.add(made)
        return made

    def send(self, method: str, path: str, **more: Any) -> httpx.Response:
        self.scene.things.sql("DELETE FROM rate_bucket")
        response = self._client.request(method, path, **more)
        if response.status_code >= 400:
            told = dict(response.headers)
            self.errors.append(f"{told} {response.text}")
        return response

    def post(self, path: str, json: Any, **more: Any) -> httpx.Response:
        return self.send("POST", path, json=json, **more)

    def token_of(self, response: httpx.Response) -> str:
        assert response.status_code in (200, 201), response.text
        token: str = response.json()["token"]
        self.secrets.add(token)
        return token


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def right_places(flight: Flight) -> None:
    """A day of secrets: invited, accepted, signed in, recovered, changed."""
    scene = flight.scene
    admin = bearer(scene.token("city_admin") or "")
    flight.secrets.add(admin["Authorization"].removeprefix("Bearer "))
    street = str(scene.street("own"))
    invitation = flight.token_of(
        flight.post(
            "/v1/manage/invitations",
            {"organisation_id": street, "role": "manager"},
            headers={**admin, "Idempotency-Key": flight.secret("key")},
        )
    )
    flight.post("/v1/auth/invitations/look", {"token": invitation})
    password = flight.secret("password")
    accepted = flight.post(
        "/v1/auth/invitations/accept",
        {"token": invitation, "login": "kanari", "name": "卡娜", "password": password},
    )
    token = flight.token_of(accepted)
    account = accepted.json()["account"]["id"]
    signed_in = flight.post(
        "/v1/auth/sign-in", {"login": "kanari", "password": password, "session": "cookie"}
    )
    (cookie,) = signed_in.cookies.values()
    flight.secrets.add(cookie)
    flight.send("GET", "/v1/me", headers={"Cookie": f"geoapi_session={cookie}"})
    # a cookie without this site's page behind it
    flight.send("POST", "/v1/auth/sign-out", headers={"Cookie": f"geoapi_session={cookie}"})
    newer = flight.secret("newer-password")
    changed = flight.post("/v1/auth/password", {"current": password, "new": newer}, headers=bearer(token))
    assert changed.status_code == 204, changed.text
    recovery = flight.token_of(flight.post(f"/v1/manage/accounts/{account}/recovery", None, headers=admin))
    newest = flight.secret("newest-password")
    recovered = flight.post("/v1/auth/recovery", {"token": recovery, "password": newest})
    assert recovered.status_code == 200, recovered.text
    # all of them are over by now
    for used in (invitation, recovery):
        flight.post(
            "/v1/auth/invitations/accept", {"token": used, "login": "x", "name": "x", "password": newest}
        )
        flight.post("/v1/auth/recovery", {"token": used, "password": newest})
    flight.send("GET", "/v1/me", headers=bearer(token))


def wrong_places(flight: Flight) -> None:
    """The same where they do not belong."""
    one = flight.secret
    guesses: list[Any] = [
        {"login": "manager", "password": one("wrong")},
        # the password where the login goes, and the other way round
        {"login": one("as-login"), "password": "manager"},
        {"login": "manager", "password": [one("in-a-list")]},
        {"login": "manager", "password": {"value": one("in-an-object")}},
        {"login": "manager", "pasword": one("misspelt")},
        {"username": "manager", "secret": one("other-names")},
        {"login": "manager", "password": "x", one("as-a-name"): 1},
        {"login": "manager", "password": one("long") * 100},
        {"login": "manager", "password": one("nul") + "\0"},
        {"login": "manager", "password": "x", "session": one("as-session")},
        [one("in-an-array")],
        one("bare"),
    ]
    for path in ("/v1/auth/sign-in", "/v1/auth/password", "/v1/auth/recovery", "/v1/auth/invitations/look",
                 "/v1/auth/invitations/accept", "/v1/auth/oidc/start", "/v1/stations/nearest"):  # fmt: skip
        for guess in guesses:
            flight.post(path, guess)
        for raw in (
            f'{{"login": "manager", "password": "{one("unclosed")}',
            f'{{"login": "manager", password: {one("unquoted")}}}',
            f"login=manager&password={one('form')}",
            f'{{"password": "{one("surrogate")}\\ud800", "login": "manager"}}',
        ):
            flight.send("POST", path, content=raw.encode(), headers=JSON)
            flight.send("POST", path, content=raw.encode())
    for path in (
        "/v1/auth/sign-in",
        "/v1/me",
        "/v1/stations",
        "/v1/nothing",
        "/v1/stations/nearest",
        "/metrics",
    ):
        flight.send("GET", path, params={"token": one("query"), "password": one("query")})
        flight.send("GET", path, params={one("name-of-a-query"): "1"})
        flight.send("POST", path, params={"token": one("query-of-a-post")}, json={})
    for path in (
        "/v1/auth/invitations/{}",
        "/v1/auth/sessions/{}",
        "/v1/stations/{}",
        "/{}",
        "/v1/manage/{}",
    ):
        for method in ("GET", "DELETE", "POST", "PUT"):
            flight.send(method, path.format(one("path")))
    for path in ("/v1/me", "/v1/stations/1/confirm", "/v1/auth/oidc/callback"):
        for name, value in (
            ("Authorization", "Bearer {}"), ("Authorization", "Basic {}"), ("Authorization", "{}"),
            ("Cookie", "geoapi_session={}"), ("Cookie", "{}=1"), ("Idempotency-Key", "{}"),
            ("If-Match", "{}"), ("X-Api-Key", "{}"), ("Accept-Language", "{}"), ("Origin", "https://{}"),
        ):  # fmt: skip
            for method in ("GET", "POST"):
                flight.send(method, path, headers={name: value.format(one("header"))})
    flight.send(
        "GET",
        "/v1/auth/oidc/callback",
        params={"code": one("code"), "state": one("state"), "error": one("error")},
    )
    # with a session, too: what is refused after it is known who asks
    manager = bearer(flight.scene.token("manager") or "")
    flight.secrets.add(manager["Authorization"].removeprefix("Bearer "))
    for path, body in (
        ("/v1/auth/password", {"current": one("wrong-current"), "new": one("wanted")}),
        ("/v1/auth/password", {"current": PASSWORD, "new": "short"}),
        ("/v1/auth/password", {"current": PASSWORD, "new": PASSWORD}),
        ("/v1/auth/invitations/accept", {"token": one("token"), "password": one("with-a-session")}),
        ("/v1/manage/invitations", {"organisation_id": one("as-id"), "role": one("as-role")}),
        (
            "/v1/stations/1/closures",
            {"until": one("as-a-time"), "reason": "x", "token": one("unknown-field")},
        ),
        ("/v1/hours/preview", {"text": "每天 9:00-17:00", "token": one("unknown-field")}),
    ):
        flight.post(path, body, headers=manager)


def everything_in(scene: Scene) -> str:
    """Every row of every table as text; bytes are in hexadecimal."""
    tables = [
        name for (name,) in scene.things.sql("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    ]
    parts = [
        text or ""
        for name in tables
        for ((text,),) in [
            scene.things.sql(f"SELECT string_agg(to_jsonb(x)::text, '') FROM {name} AS x")  # noqa: S608
        ]
    ]
    return "\n".join(parts)


def log_of_the_server(scene: Scene) -> str:
    """What the database server has logged."""
    socket = Path(parse_qs(urlsplit(scene.union.database_url).query)["host"][0])
    logs = [file for file in socket.parent.rglob("*") if file.is_file() and file.suffix == ".log"]
    assert logs, "the private cluster has a log"
    return "\n".join(file.read_text(errors="replace") for file in logs)


def test_no_secret_is_told_to_anybody(scene: Scene, heard: Heard) -> None:
    flight = Flight(scene)
    right_places(flight)
    wrong_places(flight)
    assert len(flight.secrets) > 150
    assert len(flight.errors) > 150
    places = {
        "the log": "\n".join(heard.lines),
        "the log of the database server": log_of_the_server(scene),
        "the bodies and headers of errors": "\n".join(flight.errors),
        "the metrics": scene.union.client.get("/metrics").text,
        "the database": everything_in(scene),
    }
    assert "manager" in places["the database"]
    assert "GET /v1/me" in places["the log"], "nothing was heard"
    leaks = [
        (where, secret)
        for where, text in places.items()
        for secret in sorted(flight.secrets)
        if secret in text or (where == "the database" and secret.encode().hex() in text)
    ]
    assert not leaks
