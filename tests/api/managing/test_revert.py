"""Putting back: one revision undone, or everything as it was; never silently over somebody's later word."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from geoapi.editing import station as editing_station
from tests.api.managing.conftest import Union

NAME = "东四暖心驿站"


def closure(days_ahead: int, reason: str) -> dict[str, str]:
    """A closure of a day, so many days from today."""
    day = datetime.now(ZoneInfo("Asia/Shanghai")).date() + timedelta(days=days_ahead)
    return {"starts": f"{day}T09:00:00+08:00", "until": f"{day}T18:00:00+08:00", "reason": reason}


class Place:
    """A manager's station, and what can be done to it."""

    def __init__(self, union: Union, who: str = "manager", name: str = NAME) -> None:
        self.union, self.who, self.name = union, who, name
        self.id = union.stations[name]
        self.path = f"/v1/stations/{self.id}"

    @property
    def version(self) -> int:
        return self.union.version(self.name)

    def now(self) -> dict[str, Any]:
        body: dict[str, Any] = self.union.as_("city_admin").get(f"/v1/manage/stations/{self.id}").json()
        return body

    def edit(self, **changes: Any) -> int:
        """The version that the edit made."""
        answer = self.union.as_(self.who).patch(self.path, changes, version=self.version)
        assert answer.status_code == 200, answer.text
        return int(answer.json()["version"])

    def revert(
        self, version: int, *, who: str | None = None, of: int | None = None, **more: Any
    ) -> httpx.Response:
        return self.union.as_(who or self.who).request(
            "POST",
            f"{self.path}/revert",
            json={"version": version, **more},
            headers={"If-Match": f'"{of or self.version}"'},
        )

    def last(self) -> dict[str, Any]:
        items = self.union.as_("city_admin").get(f"{self.path}/history", limit=1).json()["items"]
        one: dict[str, Any] = items[0]
        return one


@pytest.fixture
def place(union: Union) -> Place:
    return Place(union)


def test_undo_puts_back_what_one_revision_changed(place: Place) -> None:
    start = place.now()
    first = place.edit(phone="010-11111111", hours={"text": "每天 6:00-7:00"})
    place.edit(description="二楼")
    answer = place.revert(first, reason="改错了")
    assert answer.status_code == 200, answer.text
    now = answer.json()
    assert (now["phone"], now["hours"], now["description"]) == (start["phone"], start["hours"], "二楼")
    assert answer.headers["ETag"] == f'"{now["version"]}"'
    assert now["version"] == first + 2
    told = place.last()
    assert (told["action"], told["revert_of"], told["reason"]) == ("revert", first, "改错了")
    assert f"撤销了第 {first} 版的修改：" in told["sentence"]
    # a revert is a change like any other
    assert place.revert(now["version"]).json()["phone"] == "010-11111111"


def test_hours_come_back_open(place: Place) -> None:
    """What was put back is in nearest at once."""

    def hours() -> list[dict[str, str]]:
        asked = {"from": "2031-01-01T00:00:00+08:00", "to": "2031-01-03T00:00:00+08:00"}
        found: list[dict[str, str]] = (
            place.union.as_(None).get(f"{place.path}/hours", **asked).json()["intervals"]
        )
        return found

    start = hours()
    made = place.edit(hours={"text": "每天 3:00-4:00"})
    assert hours() != start
    place.revert(made)
    assert hours() == start


def test_what_changed_again_is_not_overwritten(place: Place) -> None:
    first = place.edit(phone="010-22222222", description="甲")
    second = place.edit(phone="010-33333333")
    answer = place.revert(first)
    assert answer.status_code == 409
    problem = answer.json()
    assert (problem["errors"][0]["field"], problem["changed_in"]) == ("phone", second)
    assert place.now()["description"] == "甲"
    assert place.revert(first, force=True).status_code == 200
    assert place.now()["description"] != "甲"
    assert place.now()["phone"] != "010-33333333"


def test_nothing_left_to_undo(place: Place) -> None:
    first = place.edit(phone="010-44444444")
    assert place.revert(first).status_code == 200
    assert place.revert(first).status_code == 409
    assert place.revert(place.version, mode="to").status_code == 409


def test_the_beginning_cannot_be_undone(place: Place) -> None:
    answer = place.revert(1)
    assert answer.status_code == 409
    assert "停用" in answer.json()["errors"][0]["mend"]


def test_a_version_that_never_was(place: Place) -> None:
    for mode in ("undo", "to"):
        answer = place.revert(place.version + 1, mode=mode)
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["field"] == "version"


def test_going_back_to_a_version(place: Place) -> None:
    manager = place.union.as_("manager")
    assert manager.post(f"{place.path}/closures", closure(30, "检修")).status_code == 201
    then = place.now()
    place.edit(phone="010-55555555", amenities=[], access=["持证"])
    ended = manager.post(f"{place.path}/closures/{then['closures'][-1]['id']}/end")
    assert ended.status_code in (200, 204), ended.text
    assert manager.post(f"{place.path}/closures", closure(40, "另一次")).status_code == 201
    answer = place.revert(then["version"], mode="to")
    assert answer.status_code == 200, answer.text
    now = answer.json()
    for one in ("name", "phone", "amenities", "access", "hours", "location", "host", "closures"):
        assert now[one] == then[one], one
    # columns at once, and each closure by itself
    assert now["version"] == place.version


def test_a_closure_is_taken_back_and_comes_back_under_its_number(place: Place) -> None:
    manager = place.union.as_("manager")
    assert manager.post(f"{place.path}/closures", closure(50, "停电")).status_code == 201
    made, before = place.version, place.now()["closures"]
    assert place.revert(made).status_code == 200
    assert place.now()["closures"] == before[:-1]
    assert place.revert(place.version).status_code == 200
    assert place.now()["closures"] == before


def test_what_is_over_stays(place: Place) -> None:
    place.union.sql(
        """INSERT INTO hours_exception (station_id, during, state, note_zh)
           VALUES (%s, '[2020-01-01 00:00+00, 2020-01-02 00:00+00)', 'closed', '旧')""",
        place.id,
    )
    made = place.version
    place.edit(phone="010-66666666")
    assert place.revert(made).status_code == 409
    assert place.revert(made - 1, mode="to").status_code == 200
    assert place.union.sql("SELECT count(*) FROM hours_exception WHERE note_zh = '旧'") == [(1,)]


def test_versions_are_asked_for(place: Place) -> None:
    made = place.edit(phone="010-77777777")
    stale = place.revert(made, of=made - 1)
    assert stale.status_code == 412
    assert stale.json()["current"]["version"] == made
    missing = place.union.as_("manager").post(f"{place.path}/revert", {"version": made})
    assert missing.status_code == 428
    assert place.revert(made).status_code == 200


def test_a_far_way_back_asks_for_an_administrator(union: Union) -> None:
    place = Place(union, "district_admin")
    start = place.now()["location"]
    made = place.edit(location={"lon": 116.42, "lat": 39.91, "crs": "wgs84"})
    assert place.now()["location"]["lon"] == 116.42
    refused = place.revert(made, who="manager")
    assert refused.status_code == 409
    assert refused.json()["errors"][0]["field"] == "location"
    assert place.revert(made).status_code == 200
    assert place.now()["location"] == start


def test_only_administrators_bring_a_station_back(union: Union) -> None:
    place = Place(union)
    edited = place.edit(phone="010-66666666")
    answer = union.as_("district_admin").request(
        "POST", f"{place.path}/retire", json={"reason": "装修"}, headers={"If-Match": f'"{place.version}"'}
    )
    assert answer.status_code == 200, answer.text
    made = place.version
    # out of use, nothing of it is changed, this way either
    assert place.revert(edited).status_code == 409
    assert place.revert(made).status_code == 403
    assert place.revert(made - 1, mode="to").status_code == 403
    assert place.revert(made, who="district_admin").status_code == 200
    assert place.now()["retired_at"] is None


def test_a_repeat_has_one_effect(place: Place) -> None:
    made = place.edit(phone="010-88888888")
    headers = {"If-Match": f'"{made}"', "Idempotency-Key": "revert-once"}
    ask = {"json": {"version": made}, "headers": headers}
    first, again = (place.union.as_("manager").request("POST", f"{place.path}/revert", **ask) for _ in "12")
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.headers["Idempotency-Replayed"] == "true"
    assert first.json() == again.json()
    assert place.version == made + 1


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"version": 0},
        {"version": "x"},
        {"version": 1, "mode": "redo"},
        {"version": 1, "fields": ["phone"]},
    ],
)
def test_mistaken_bodies(place: Place, body: dict[str, Any]) -> None:
    answer = place.union.as_("manager").request(
        "POST", f"{place.path}/revert", json=body, headers={"If-Match": f'"{place.version}"'}
    )
    assert answer.status_code == 422


def test_the_second_wall(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rule in the routes, PostgreSQL refuses: nothing changes."""
    made = place.edit(phone="010-99999999")
    before = place.union.sql("SELECT station::text FROM station ORDER BY id")
    assert place.revert(made, who="other_manager").status_code == 403
    monkeypatch.setattr(editing_station, "require", lambda caller, *_: caller)
    assert place.revert(made, who="other_manager").status_code == 403
    assert place.revert(made, who="auditor").status_code == 403
    assert place.union.sql("SELECT station::text FROM station ORDER BY id") == before
