"""Idempotency-Key on every POST: sent again, one effect and one answer; what is kept tells nobody a thing."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import Any
from uuid import uuid4

import httpx
import orjson
import pytest

from tests.api.managing.asks import ASKS, Ask, Scene
from tests.api.managing.matrix import MATRIX, READING, accepted

# without an answer to keep: the session that would ask for it again is over
ENDS_ITS_SESSION = "POST /v1/auth/sign-out"
CHANGES = [name for name in MATRIX if name.startswith("POST ") and name not in READING]
ANSWER_ONLY = [name for name in READING if name.startswith("POST ")]
REPEATABLE = [name for name in CHANGES if name != ENDS_ITS_SESSION]


class Prepared:
    """One request, by one person, that can be sent again and again."""

    def __init__(self, scene: Scene, operation: str, who: str | None = None) -> None:
        self.who, of, self.status = accepted(operation)
        self.asked: Ask = scene.ask(operation, of, self.who)
        self.path = self.asked.path
        self.token = scene.token(who or self.who)
        self.client = scene.union.client

    def headers(self, key: str | None) -> dict[str, str]:
        headers = {} if key is None else {"Idempotency-Key": key}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        if self.asked.version is not None:
            headers["If-Match"] = f'"{self.asked.version}"'
        if self.asked.json is not None:
            headers["Content-Type"] = "application/json"
        return headers

    def content(self) -> bytes:
        return b"" if self.asked.json is None else orjson.dumps(self.asked.json)

    def send(self, key: str | None, **other: Any) -> httpx.Response:
        given = {"content": self.content(), "headers": self.headers(key), **other}
        return self.client.post(self.path, **given)


def kept(scene: Scene) -> int:
    return int(scene.things.one("SELECT count(*) FROM idempotent_request"))


@pytest.mark.parametrize("operation", REPEATABLE)
def test_a_repeat_has_no_effect_and_the_same_answer(scene: Scene, operation: str) -> None:
    asked, key = Prepared(scene, operation), str(uuid4())
    first = asked.send(key)
    assert first.status_code == asked.status, first.text
    assert "idempotency-replayed" not in first.headers
    before = scene.things.digest()
    for _ in range(2):
        again = asked.send(key)
        assert again.status_code == first.status_code
        assert again.headers["idempotency-replayed"] == "true"
        assert again.content == first.content
        for name in ("etag", "location", "set-cookie", "content-type"):
            assert again.headers.get(name) == first.headers.get(name)
    assert scene.things.digest() == before


@pytest.mark.parametrize("operation", REPEATABLE)
def test_another_request_under_the_key_is_refused(scene: Scene, operation: str) -> None:
    asked, key = Prepared(scene, operation), str(uuid4())
    # of what has no body, the query is all that could be another
    other = {"params": {"a": "b"}} if asked.asked.json is None else {"content": asked.content() + b" "}
    assert asked.send(key).status_code == asked.status
    before = scene.things.digest()
    response = asked.send(key, **other)
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["field"] in ("Idempotency-Key", *other.get("params", ()))
    assert scene.things.digest() == before


@pytest.mark.parametrize("operation", CHANGES)
def test_a_key_is_of_255_visible_characters_at_most(scene: Scene, operation: str) -> None:
    asked = Prepared(scene, operation)
    before = scene.things.digest()
    for key in ("", "x" * 256, "two words", "tab\there"):
        response = asked.send(key)
        assert response.status_code == 422, (key, response.text)
        assert response.json()["errors"][0]["field"] == "Idempotency-Key"
    assert scene.things.digest() == before
    assert asked.send(str(uuid4()).ljust(255, "!")).status_code == asked.status


def test_what_only_answers_takes_a_key_all_the_same(scene: Scene) -> None:
    for operation in ANSWER_ONLY:
        if operation in ASKS:
            asked = Prepared(scene, operation)
            statuses = [asked.send("key").status_code for _ in range(2)]
            assert statuses == [asked.status] * 2, operation
    near = {"lon": 116.41, "lat": 39.91}
    for _ in range(2):
        response = scene.union.client.post(
            "/v1/stations/nearest", json=near, headers={"Idempotency-Key": "key"}
        )
        assert response.status_code == 200


CLOSE = "POST /v1/stations/{id}/closures"


def test_a_key_is_its_senders_own(scene: Scene) -> None:
    """The same key by somebody else is another key, and answers them nothing of the first."""
    mine, key = Prepared(scene, "POST /v1/manage/invitations"), str(uuid4())
    first = mine.send(key)
    mine.token = scene.token("city_admin")
    theirs = mine.send(key)
    assert (first.status_code, theirs.status_code) == (201, 201)
    assert "idempotency-replayed" not in theirs.headers
    assert first.json()["token"] != theirs.json()["token"]
    # nobody, with somebody's key
    mine.token = None
    assert mine.send(key).status_code == 401


def test_the_same_key_for_another_route_is_another_request(scene: Scene) -> None:
    one, key = Prepared(scene, CLOSE), str(uuid4())
    other = Prepared(scene, CLOSE)
    other.token = one.token
    assert one.send(key).status_code == 201
    assert other.path != one.path
    assert other.send(key).status_code == 422


def test_what_failed_keeps_no_key(scene: Scene) -> None:
    """It may be tried again under the same key, once what was wrong is mended."""
    asked, key = Prepared(scene, CLOSE), str(uuid4())
    before = kept(scene)
    token = asked.token
    for refusal, status in ((None, 401), ("other_manager", 403)):
        asked.token = scene.token(refusal)
        assert asked.send(key).status_code == status
    asked.token = token
    assert asked.send(key, content=b'{"until": "today"}').status_code == 422
    stale = {**asked.headers(key), "If-Match": '"999"'}
    assert asked.send(key, headers=stale).status_code == 412
    assert kept(scene) == before
    assert asked.send(key).status_code == 201
    assert kept(scene) == before + 1


@pytest.mark.parametrize(
    "operation",
    [
        "POST /v1/auth/sign-in",
        "POST /v1/auth/invitations/accept",
        "POST /v1/manage/invitations",
        "POST /v1/manage/accounts/{id}/recovery",
    ],
)
def test_what_is_kept_tells_nobody_the_token(scene: Scene, operation: str) -> None:
    """Neither the answer's, nor the key, nor the sender's own."""
    asked, key = Prepared(scene, operation), str(uuid4())
    response = asked.send(key)
    secrets = [response.json()["token"], key, *([asked.token] if asked.token else [])]
    ((row,),) = scene.things.sql(
        """SELECT encode(key_sha256 || request_sha256 || sealed, 'escape')
           FROM idempotent_request ORDER BY created_at DESC LIMIT 1"""
    )
    assert len(row) > 200
    for secret in secrets:
        assert secret not in row
        assert secret.encode().hex() not in row


EFFECTS = {
    CLOSE: "SELECT count(*) FROM hours_exception",
    "POST /v1/manage/invitations": "SELECT count(*) FROM invitation",
    "POST /v1/auth/sign-in": "SELECT count(*) FROM account_session",
}


@pytest.mark.parametrize("operation", EFFECTS)
def test_a_hundred_at_once_have_one_effect_and_one_answer(scene: Scene, operation: str) -> None:
    asked, key = Prepared(scene, operation), str(uuid4())
    before = scene.things.one(EFFECTS[operation])

    async def all_at_once() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=100)
        async with httpx.AsyncClient(base_url=scene.union.url, timeout=60, limits=limits) as client:
            send = [
                client.post(asked.path, content=asked.content(), headers=asked.headers(key))
                for _ in range(100)
            ]
            return await asyncio.gather(*send)

    answers = asyncio.run(all_at_once())
    assert Counter(one.status_code for one in answers) == {asked.status: 100}
    assert len({one.content for one in answers}) == 1
    assert Counter(one.headers.get("idempotency-replayed") for one in answers) == {None: 1, "true": 99}
    assert scene.things.one(EFFECTS[operation]) == before + 1
