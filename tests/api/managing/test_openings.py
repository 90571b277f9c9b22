"""Extra hours of a day: by moments, or by the clock of the station, past midnight as well."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.api.managing.conftest import Client, Union

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHAONEI = "朝内暖心驿站"  # every day, 9:00 to 20:00
DAY = datetime.now(SHANGHAI).date() + timedelta(days=3)


@pytest.fixture(autouse=True)
def _leave_nothing(union: Union) -> Iterator[None]:
    yield
    union.sql("DELETE FROM hours_exception")


def manager(union: Union) -> Client:
    return union.as_("manager")


def path(union: Union, more: str = "/openings") -> str:
    return f"/v1/stations/{union.stations[CHAONEI]}{more}"


def at(union: Union, hour: int, minute: int = 0) -> dict[str, Any]:
    """The station's state so many hours after that day's midnight."""
    moment = datetime.combine(DAY, datetime.min.time(), SHANGHAI) + timedelta(hours=hour, minutes=minute)
    now: dict[str, Any] = union.client.get(path(union, ""), params={"at": moment.isoformat()}).json()["now"]
    return now


def test_hours_of_a_day_past_midnight(union: Union) -> None:
    made = manager(union).post(
        path(union), {"date": DAY.isoformat(), "hours": ["20:00-26:00", "07:00-09:00"],
                      "reason": "跨年夜加开", "reason_en": "New Year's Eve"},
    )  # fmt: skip
    assert made.status_code == 201, made.text
    body = made.json()
    assert [(one["starts_at"][11:16], one["ends_at"][11:16]) for one in body["openings"]] == [
        ("07:00", "09:00"), ("20:00", "02:00"),
    ]  # fmt: skip
    assert body["station_version"] == union.version(CHAONEI) == body["openings"][1]["station_version"]
    states = [at(union, hour)["open_state"] for hour in (6, 7, 12, 21, 25, 26)]
    assert states == ["closed", "open", "open", "open", "open", "closed"]
    assert at(union, 25)["open_reason"] == "exception"
    assert at(union, 25)["notice"] == "跨年夜加开"
    assert at(union, 12)["notice"] is None


def test_nearest_shows_what_is_said_of_an_opening(union: Union) -> None:
    manager(union).post(path(union), {"date": DAY.isoformat(), "hours": ["22:00-23:00"], "reason": "寒潮"})
    moment = datetime.combine(DAY, datetime.min.time(), SHANGHAI) + timedelta(hours=22, minutes=10)
    asked = {"lon": 116.411, "lat": 39.910, "at": moment.isoformat(), "radius_m": 50}
    (hit,) = union.client.get("/v1/stations/nearest", params=asked).json()["stations"]
    assert (hit["name"], hit["open_reason"], hit["notice"]) == (CHAONEI, "exception", "寒潮")


def test_from_now_on_and_ended_early(union: Union) -> None:
    ends = datetime.now(SHANGHAI).replace(second=0, microsecond=0) + timedelta(days=1)
    made = manager(union).post(path(union), {"starts": "now", "ends": ends.isoformat()})
    assert made.status_code == 201, made.text
    (opening,) = made.json()["openings"]
    assert opening["note"] is None
    assert opening["ends_at"] == ends.isoformat()
    now = union.client.get(path(union, "")).json()["now"]
    assert (now["open_state"], now["open_reason"], now["notice"]) == ("open", "exception", None)
    ended = manager(union).post(path(union, f"/openings/{opening['id']}/end"))
    assert ended.status_code == 200
    assert manager(union).post(path(union, f"/openings/{opening['id']}/end")).status_code in (404, 409)
    actions = union.sql(
        "SELECT action FROM revision WHERE station_id = %s ORDER BY version DESC LIMIT 2",
        union.stations[CHAONEI],
    )
    assert actions == [("end_opening",), ("open_extra",)]


def test_a_closure_entered_later_wins_and_gives_back(union: Union) -> None:
    manager(union).post(path(union), {"date": DAY.isoformat(), "hours": ["20:00-23:00"]})
    starts = datetime.combine(DAY, datetime.min.time(), SHANGHAI) + timedelta(hours=21)
    closure = manager(union).post(
        path(union, "/closures"),
        {"starts": starts.isoformat(), "until": (starts + timedelta(hours=1)).isoformat(), "reason": "消杀"},
    )
    assert [at(union, hour, 30)["open_state"] for hour in (20, 21, 22)] == ["open", "closed", "open"]
    manager(union).post(path(union, f"/closures/{closure.json()['id']}/end"))
    assert at(union, 21, 30)["open_state"] == "open"


def test_the_same_again_is_refused(union: Union) -> None:
    asked = {"date": DAY.isoformat(), "hours": ["20:00-23:00"], "reason": "寒潮"}
    assert manager(union).post(path(union), asked).status_code == 201
    assert manager(union).post(path(union), asked).status_code == 409
    # of two the second is the same: neither is entered
    assert (
        manager(union).post(path(union), {**asked, "hours": ["08:00-09:00", "20:00-23:00"]}).status_code
        == 409
    )
    assert union.sql("SELECT count(*) FROM hours_exception") == [(1,)]


def later(**more: float) -> str:
    return (datetime.now(UTC) + timedelta(**more)).isoformat()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"starts": "now"}, None, id="no end"),
        pytest.param({"ends": later(hours=1)}, None, id="no beginning"),
        pytest.param({"date": DAY.isoformat()}, None, id="no hours"),
        pytest.param(
            {"starts": "now", "ends": later(hours=1), "date": DAY.isoformat(), "hours": ["09:00-10:00"]},
            None,
            id="both ways",
        ),
        pytest.param({"starts": "now", "ends": "today"}, "ends", id="end is no moment"),
        pytest.param({"starts": "now", "ends": later(hours=-1)}, "ends", id="over"),
        pytest.param({"starts": "now", "ends": later(days=32)}, "ends", id="too long"),
        pytest.param({"date": "2001-01-01", "hours": ["09:00-10:00"]}, "date", id="a day gone by"),
        pytest.param({"date": "2098-01-01", "hours": ["09:00-10:00"]}, "date", id="far ahead"),
        pytest.param({"date": "2026-02-30", "hours": ["09:00-10:00"]}, "date", id="no such day"),
        pytest.param({"date": DAY.isoformat(), "hours": []}, "hours", id="no span"),
        pytest.param({"date": DAY.isoformat(), "hours": ["9-10"]}, "hours", id="no times"),
        pytest.param({"date": DAY.isoformat(), "hours": ["25:00-26:00"]}, "hours", id="begins tomorrow"),
        pytest.param(
            {"date": DAY.isoformat(), "hours": ["09:00-12:00", "11:00-13:00"]}, "hours", id="overlapping"
        ),
        pytest.param(
            {"starts": "now", "ends": later(hours=1), "state": "closed"}, "state", id="unknown field"
        ),
    ],
)
def test_what_cannot_be_is_refused(union: Union, asked: dict[str, Any], field: str | None) -> None:
    answer = manager(union).post(path(union), asked)
    assert answer.status_code == 422, answer.text
    if field is not None:
        assert answer.json()["errors"][0]["field"].split(".")[0] == field
    assert union.sql("SELECT count(*) FROM hours_exception") == [(0,)]


@pytest.mark.parametrize(
    ("who", "status"), [(None, 401), ("other_manager", 403), ("auditor", 403), ("district_admin", 201)]
)
def test_whose_it_is_to_open(union: Union, who: str | None, status: int) -> None:
    asked = {"date": DAY.isoformat(), "hours": ["20:00-23:00"]}
    assert union.as_(who).post(path(union), asked).status_code == status


def test_an_opening_over_a_closure_is_not_closed_now(union: Union) -> None:
    """What asks for attention agrees with what is shown."""

    def seen() -> tuple[str, bool]:
        attention = manager(union).get(f"/v1/manage/stations/{union.stations[CHAONEI]}").json()["attention"]
        state = union.client.get(path(union, "")).json()["now"]["open_state"]
        return state, "closed_now" in attention

    closed = manager(union).post(path(union, "/closures"), {"until": "today", "reason": "检修"})
    assert closed.status_code == 201, closed.text
    assert seen() == ("closed", True)
    soon = (datetime.now(SHANGHAI) + timedelta(hours=2)).isoformat(timespec="seconds")
    opened = manager(union).post(path(union), {"starts": "now", "ends": soon, "reason": "修好了"})
    assert opened.status_code == 201, opened.text
    assert seen() == ("open", False)
    ended = manager(union).post(path(union, f"/openings/{opened.json()['openings'][0]['id']}/end"))
    assert ended.status_code == 200, ended.text
    assert seen() == ("closed", True)


@pytest.mark.parametrize(("text", "shown"), [("9-17", "9-17"), ("早上", None)])
def test_hours_that_are_none_are_told_in_words(union: Union, text: str, shown: str | None) -> None:
    for lang in ("zh", "en"):
        answer = manager(union).post(
            path(union) + f"?lang={lang}", {"date": DAY.isoformat(), "hours": [text]}
        )
        detail = answer.json()["detail"]
        assert answer.status_code == 422
        assert (shown or "") in detail
        assert "早上" not in detail
        assert detail.isascii() == (lang == "en")
        assert "span '" not in detail
