"""POST /v1/stations/{id}/confirm: one tap says that it is still correct."""

from __future__ import annotations

from datetime import UTC, datetime

from tests.api.managing.conftest import Union

STATION = "东四暖心驿站"


def path(union: Union) -> str:
    return f"/v1/stations/{union.stations[STATION]}/confirm"


def test_one_tap(union: Union) -> None:
    manager, version = union.as_("manager"), union.version(STATION)
    before = manager.get(f"/v1/manage/stations/{union.stations[STATION]}").json()
    assert before["attention"] == ["never_verified"]
    began = datetime.now(UTC)
    answer = manager.post(path(union))
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["version"] == version + 1
    assert answer.headers["ETag"] == f'"{version + 1}"'
    assert began <= datetime.fromisoformat(body["verified_at"]) <= datetime.now(UTC)
    changed = {name for name in body if body[name] != before[name]}
    assert changed == {"version", "verified_at", "attention", "updated_at", "updated_by"}
    ((action, after),) = union.sql(
        "SELECT action, after FROM revision WHERE station_id = %s AND version = %s",
        union.stations[STATION], version + 1,
    )  # fmt: skip
    assert (action, set(after)) == ("confirm", {"verified_at"})
    assert union.as_(None).get(path(union).removesuffix("/confirm")).json()["verified_at"] is not None


def test_with_a_reason_and_once(union: Union) -> None:
    manager, version = union.as_("manager"), union.version(STATION)
    answers = [manager.post(path(union), {"reason": "电话问过"}, idempotency_key="k1") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert answers[0].json() == answers[1].json() == answers[2].json()
    assert answers[2].headers["Idempotency-Replayed"] == "true"
    assert union.version(STATION) == version + 1
    assert union.sql("SELECT reason FROM revision WHERE station_id = %s AND version = %s",
                     union.stations[STATION], version + 1) == [("电话问过",)]  # fmt: skip


def test_only_what_was_looked_at(union: Union) -> None:
    manager, version = union.as_("manager"), union.version(STATION)
    stale = manager.post(path(union), {}, **{"If-Match": f'"{version - 1}"'})
    assert stale.status_code == 412
    assert stale.json()["current"]["version"] == version
    assert manager.post(path(union), {}, **{"If-Match": f'"{version}"'}).status_code == 200


def test_who_may(union: Union) -> None:
    expected = {
        None: 401, "expired": 401, "disabled": 401, "auditor": 403, "neighbour": 403, "other_manager": 403,
        "district_admin": 200, "city_admin": 200,
    }  # fmt: skip
    for who, status in expected.items():
        assert union.as_(who).post(path(union)).status_code == status, who
    assert union.as_("manager").post("/v1/stations/999999999/confirm").status_code == 404
