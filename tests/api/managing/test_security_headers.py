"""Every answer tells browsers what not to do with it; and no page of another origin may read one."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from typing import Any

import httpx
import pytest

from geoapi.api.security_headers import HEADERS, POLICY_OF_DATA, SecurityHeaders
from geoapi.app import create_app
from geoapi.settings import AccountSettings, DatabaseSettings, Settings
from tests.api.conftest import Running
from tests.api.managing.conftest import Union

NOWHERE = "postgresql:///?host=/nonexistent"
LONG = {"content": b" " * 70_000, "headers": {"content-type": "application/json"}}
ANSWERS: tuple[tuple[int, str, str, dict[str, Any]], ...] = (
    (200, "GET", "/v1/stations", {}),
    (200, "GET", "/v1/stations/nearest?lon=116.41&lat=39.91", {}),
    (200, "GET", "/healthz", {}),
    (200, "GET", "/metrics", {}),
    (200, "GET", "/openapi.json", {}),
    (200, "GET", "/docs-assets/swagger-ui.css", {}),
    (404, "GET", "/docs-assets/nothing.js", {}),
    (304, "GET", "/v1/stations/1", {"headers": {"if-none-match": "*"}}),
    (404, "GET", "/v1/nothing", {}),
    (404, "GET", "/v1/stations/999", {}),
    (405, "PUT", "/v1/stations/1", {}),
    (405, "HEAD", "/v1/stations", {}),
    (405, "OPTIONS", "/v1/stations", {}),
    (413, "POST", "/v1/stations/nearest", LONG),
    (414, "GET", f"/v1/stations?q={'x' * 9000}", {}),
    (415, "POST", "/v1/stations/nearest", {"data": {"lon": "116.4"}}),
    (422, "GET", "/v1/stations/nearest", {}),
    (422, "POST", "/v1/stations/nearest", {"content": b"{", "headers": {"content-type": "application/json"}}),
)


def every_header_once(response: httpx.Response) -> None:
    for name, value in HEADERS.items():
        assert response.headers.get_list(name) == [value], name
    assert len(response.headers.get_list("content-security-policy")) == 1
    assert not [name for name in response.headers if name.startswith("access-control-")]
    assert "strict-transport-security" not in response.headers


@pytest.mark.parametrize(("status", "method", "path", "more"), ANSWERS, ids=lambda one: str(one)[:40])
def test_every_answer_has_them(
    service: Running, status: int, method: str, path: str, more: dict[str, Any]
) -> None:
    headers = {"Origin": "https://elsewhere.example", **more.get("headers", {})}
    response = service.client.request(method, path, **{**more, "headers": headers})
    assert response.status_code == status, response.text
    every_header_once(response)
    assert response.headers["content-security-policy"] == POLICY_OF_DATA


@pytest.mark.parametrize("who", [None, "expired", "manager"])
def test_answers_to_whoever_is_signed_in_have_them_too(union: Union, who: str | None) -> None:
    response = union.as_(who).get("/v1/manage/stations")
    assert response.status_code == (200 if who == "manager" else 401)
    every_header_once(response)
    assert response.headers["cache-control"] == "no-store"


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
async def test_what_nobody_foresaw_and_what_cannot_be_answered_have_them() -> None:
    """500 and 503: a route that fails, and a database that is not there."""
    app = create_app(Settings(database=DatabaseSettings(pool_wait_s=0.05)), NOWHERE, keep_schedule=False)

    @app.get("/fails")
    async def fails() -> None:
        raise RuntimeError

    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url="http://test") as client,
    ):
        for path, status in (("/fails", 500), ("/v1/stations", 503), ("/readyz", 503)):
            response = await client.get(path)
            assert response.status_code == status
            every_header_once(response)


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("public_url", "told"),
    [(None, False), ("http://geoapi.example", False), ("https://geoapi.example", True)],
)
async def test_only_https_is_made_to_last(public_url: str | None, told: bool) -> None:
    settings = Settings(accounts=AccountSettings(public_url=public_url))
    app = create_app(settings, NOWHERE, keep_schedule=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client:
        response = await client.get("/healthz")
    assert ("strict-transport-security" in response.headers) == told


@pytest.mark.anyio
async def test_a_page_keeps_the_policy_it_says_itself() -> None:
    async def page(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-security-policy", b"default-src 'self'")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b""})

    transport = httpx.ASGITransport(SecurityHeaders(page))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/")
    every_header_once(response)
    assert response.headers["content-security-policy"] == "default-src 'self'"


def test_the_documentation_page_runs_its_own_scripts_and_no_others(service: Running) -> None:
    page = service.get("/docs")
    every_header_once(page)
    policy = dict(part.split(" ", 1) for part in page.headers["content-security-policy"].split("; "))
    inline = re.findall(r"<script>(.*?)</script>", page.text, re.DOTALL)
    digests = [f"'sha256-{b64encode(sha256(one.encode()).digest()).decode()}'" for one in inline]
    assert len(digests) == 1
    assert policy["script-src"].split() == ["'self'", *digests]
    assert policy["default-src"] == policy["frame-ancestors"] == "'none'"
    assert "unsafe" not in page.headers["content-security-policy"]
    # no attribute runs anything, and every file is ours
    assert not re.search(r"\son\w+=|javascript:|style=", page.text)
    files = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert len(files) == 3
    for path in files:
        assert service.get(path).status_code == 200, path


@pytest.mark.parametrize("path", ["/v1/stations", "/v1/stations/1", "/v1/me", "/v1/auth/sign-in", "/docs"])
@pytest.mark.parametrize("asked", ["GET", "POST", "PATCH"])
def test_a_preflight_is_told_nothing(service: Running, path: str, asked: str) -> None:
    response = service.client.options(
        path,
        headers={
            "Origin": "https://elsewhere.example",
            "Access-Control-Request-Method": asked,
            "Access-Control-Request-Headers": "authorization,idempotency-key",
        },
    )
    assert response.status_code == 405
    assert response.headers["content-type"] == "application/problem+json"
    every_header_once(response)
