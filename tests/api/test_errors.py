"""Every error has the one shape: each class of ours, each of the framework's, and what nobody foresaw."""

from __future__ import annotations

import base64
import hashlib
import logging
from collections.abc import Iterator
from html import escape

import pytest
from fastapi import FastAPI, HTTPException, Request
from httpx import ASGITransport, AsyncClient
from sqlalchemy.exc import OperationalError

from geoapi import errors, problems
from geoapi.errors import GeoapiError, Words
from tests.api.conftest import Running

CANARY = "116.40712345"
WORDS = Words("中文", "English")


def classes_of(base: type[GeoapiError]) -> Iterator[type[GeoapiError]]:
    yield base
    for class_ in base.__subclasses__():
        yield from classes_of(class_)


EVERY = sorted(set(classes_of(GeoapiError)), key=lambda class_: class_.__name__)
OURS = [class_ for class_ in EVERY if class_.__module__ == errors.__name__]


def app_that_raises(error: Exception) -> FastAPI:
    app = FastAPI()
    problems.install(app)

    @app.get("/raise")
    async def fail(request: Request) -> None:
        raise error

    return app


async def answer_to(error: Exception, lang: str = "en") -> tuple[int, dict[str, str], dict[str, object]]:
    transport = ASGITransport(app_that_raises(error))
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        response = await client.get("/raise", headers={"Accept-Language": lang})
    assert response.headers["content-type"] == "application/problem+json"
    body = response.json()
    assert body["status"] == response.status_code
    for member in ("type", "title", "detail"):
        assert isinstance(body[member], str)
        assert body[member]
    return response.status_code, dict(response.headers), body


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.mark.anyio
@pytest.mark.parametrize("class_", OURS, ids=lambda class_: class_.__name__)
async def test_every_class_of_ours_is_a_problem(class_: type[GeoapiError]) -> None:
    error = class_(WORDS, field="lon", mend=WORDS, near=["lat"])
    status, headers, body = await answer_to(error)
    assert status == problems.status_of(error)
    if class_ is GeoapiError:
        # the bare base class is nobody's mistake but ours
        assert status == 500
        assert "English" not in str(body)
        return
    assert status in problems.TITLES
    assert body["detail"] == "English"
    assert body["errors"] == [{"field": "lon", "detail": "English", "mend": "English"}]
    assert body["near"] == ["lat"]
    assert (status == 503) == ("retry-after" in headers)
    assert (await answer_to(error, "zh"))[2]["detail"] == "中文"


def test_every_class_has_a_status_of_its_own_line_or_its_parents() -> None:
    for class_ in OURS:
        assert problems.status_of(class_(WORDS)) in {400, 401, 403, 404, 409, 412, 422, 428, 429, 500, 503}


@pytest.mark.anyio
async def test_facts_for_machines_never_replace_the_problem() -> None:
    _, _, body = await answer_to(errors.InvalidInput(WORDS, type="x", status="y", title="z", detail="w"))
    assert (body["status"], body["detail"]) == (422, "English")


@pytest.mark.anyio
@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 413, 414, 415, 418, 429, 501])
async def test_errors_of_the_framework_are_problems(status: int) -> None:
    headers = {"WWW-Authenticate": "Bearer"}
    got, sent, body = await answer_to(HTTPException(status, detail=CANARY, headers=headers))
    assert got == status
    assert sent["www-authenticate"] == "Bearer"
    assert CANARY not in str(body)


@pytest.mark.anyio
@pytest.mark.parametrize(
    "error",
    [
        ValueError(CANARY),
        GeoapiError(Words(CANARY, CANARY), field=CANARY),
        OperationalError(f"SELECT {CANARY}", {"here": CANARY}, Exception(CANARY)),
        ExceptionGroup(CANARY, [ValueError(CANARY)]),
        RecursionError(CANARY),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_nobody_foresaw_says_nothing(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    """Neither to the caller nor, of its message, to the log; and no server logs it a second time."""
    caplog.set_level(logging.DEBUG)
    error.__cause__ = KeyError(CANARY)
    status, _, body = await answer_to(error)
    assert status == 500
    assert body["type"] == "urn:geoapi:problem:internal-server-error"
    assert set(body) == {"type", "title", "status", "detail"}
    assert CANARY not in str(body)
    told = [record for record in caplog.records if record.name == problems.log.name]
    assert len(told) == 1
    assert "GET /raise" in told[0].getMessage()
    assert type(error).__name__ in told[0].getMessage()
    assert "KeyError" in told[0].getMessage()
    assert "test_errors.py" in told[0].getMessage()
    assert CANARY not in caplog.text


def test_an_unknown_address_and_an_unknown_id_differ(service: Running) -> None:
    assert service.get("/v1/nothing").json()["type"] == "urn:geoapi:problem:not-found"
    missing = service.get("/v1/stations/999999").json()
    assert missing["type"] == "urn:geoapi:problem:not-found"
    assert missing["errors"][0]["field"] == "id"


BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"


@pytest.mark.anyio
@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_a_browser_that_goes_to_an_address_gets_the_problem_as_a_page(lang: str) -> None:
    hostile = Words("<script>坏</script>", "<script>bad</script>")
    error = errors.Unavailable(hostile, mend=Words("稍后&再试", "try & again"), retry_after_s=7)
    transport = ASGITransport(app_that_raises(error), root_path="/geo")
    async with AsyncClient(transport=transport, base_url="http://test") as client:
        asked = {"Accept": BROWSER, "Accept-Language": lang}
        shown = await client.get("/geo/raise", headers=asked)
        told = await client.get("/geo/raise", headers=asked | {"Accept": "*/*"})
    assert shown.status_code == told.status_code == 503
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    for name in ("content-language", "cache-control", "retry-after"):
        assert shown.headers[name] == told.headers[name]
    problem = told.json()
    for words in (problem["title"], problem["detail"], problem["errors"][0]["mend"], "7"):
        assert escape(words) in shown.text
    assert "<script" not in shown.text
    assert 'href="/geo/manage"' in shown.text
    # it may show its own style sheet, as it is, and nothing else
    sheet = shown.text.split("<style>")[1].split("</style>")[0]
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    assert shown.headers["content-security-policy"].startswith(
        f"default-src 'none'; style-src 'sha256-{digest}'; "
    )


def test_what_nobody_looks_at_stays_json(service: Running) -> None:
    client = service.client
    seen = client.get("/v1/nothing", headers={"Accept": BROWSER})
    assert seen.headers["content-type"].startswith("text/html")
    assert seen.headers["content-security-policy"].count("default-src") == 1
    for accept in ("*/*", "application/json", "application/problem+json, text/htmlx"):
        assert client.get("/v1/nothing", headers={"Accept": accept}).json()["status"] == 404
    # a form's answer is for the program that sent it
    posted = client.post("/v1/stations/nearest", headers={"Accept": BROWSER}, content=b"{")
    assert posted.headers["content-type"] == problems.MEDIA_TYPE
