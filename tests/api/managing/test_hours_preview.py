"""POST /v1/hours/preview: what is understood, before anything is saved."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from geoapi.hours import Reading, read_hours
from tests.api.managing.conftest import Union

OFFICE = [["09:00-17:30"]] * 5 + [[], []]


def preview(union: Union, **body: Any) -> dict[str, Any]:
    answer = union.as_(None).post("/v1/hours/preview", body)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_nobody_waits_while_a_text_is_read(union: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may take long, and anybody may ask: not on the event loop, where everybody else is answered."""
    read_somewhere = []

    def read(text: str) -> Reading:
        read_somewhere.append(asyncio._get_running_loop() is None)
        return read_hours(text)

    monkeypatch.setattr("geoapi.api.editing.hours_preview.read_hours", read)
    assert preview(union, text="周一至周五 9:00-17:30")["week"] == OFFICE
    assert read_somewhere == [True]


def test_a_text_is_told_part_by_part(union: Union) -> None:
    found = preview(union, text="周一至周五 9:00-17:30 凭工会卡进入")
    assert found["certainty"] == "full"
    assert found["week"] == OFFICE
    assert found["osm"] == "Mo-Fr 09:00-17:30"
    assert found["access"] == ["凭工会卡进入"]
    assert "周一至周五 09:00-17:30" in found["read_as"][0]["zh"]
    assert found["workers_read"] == {
        "zh": "周一至周五 09:00–17:30 开放，周六、周日不开放；法定节假日不确定；调休上班日不确定。",
        "en": "Mon-Fri open 09:00–17:30, Sat, Sun closed; public holidays are not certain; "
        "make-up workdays are not certain.",
    }
    assert [problem["code"] for problem in found["problems"]] == ["holidays_unsaid"]
    assert found["differs_from_now"] is None


def test_the_next_seven_days(union: Union) -> None:
    found = preview(union, week=[["22:00-02:00"]] * 7, holidays="as_usual")
    days = found["next_seven_days"]
    assert len(days) == 7
    today = datetime.now(UTC).astimezone(datetime.fromisoformat(days[0]["intervals"][0]["starts_at"]).tzinfo)
    assert days[0]["date"] == today.date().isoformat()
    for day in days:
        assert day["weekday"] == datetime.fromisoformat(day["date"]).isoweekday()
        # cut at midnight: a day shows what is open on it
        assert [(i["starts_at"][11:16], i["ends_at"][11:16]) for i in day["intervals"]] == [
            ("00:00", "02:00"), ("22:00", "00:00"),
        ]  # fmt: skip
        assert all(i["starts_at"][:10] == day["date"] for i in day["intervals"])


def test_a_stations_own_closures_and_policy_count(union: Union) -> None:
    station = union.stations["东四暖心驿站"]
    union.sql(
        """INSERT INTO hours_exception (station_id, during, state)
           VALUES (%s, tstzrange(date_trunc('day', now(), 'Asia/Shanghai') + interval '1 day',
                                 date_trunc('day', now(), 'Asia/Shanghai') + interval '2 day'), 'closed')""",
        station,
    )
    found = preview(union, text="24小时", station_id=str(station))
    assert [len(day["intervals"]) for day in found["next_seven_days"]] == [1, 0, 1, 1, 1, 1, 1]
    assert found["differs_from_now"] is False
    assert preview(union, text="每天 0:00-24:00", station_id=station)["differs_from_now"] is False
    assert preview(union, text="每天 9:00-20:00", station_id=station)["differs_from_now"] is True
    union.sql("UPDATE station SET holiday_policy = 'closed' WHERE id = %s", station)
    settled = preview(union, text="周一至周五 9:00-17:30", station_id=station)
    assert settled["holiday_policy"] == "closed"
    assert "法定节假日不开放" in settled["workers_read"]["zh"]
    assert settled["problems"] == []
    # what is not yet saved may be another policy
    assert preview(union, text="周一至周五 9:00-17:30", station_id=station, holiday_policy=None)["problems"]


def test_what_is_not_understood_is_said(union: Union) -> None:
    found = preview(union, text="看心情")
    assert found["certainty"] == "unknown"
    assert found["workers_read"]["zh"] == "开放时间不确定，原文：看心情"
    assert [problem["code"] for problem in found["problems"]] == ["not_understood"]
    assert all(
        [interval["state"] for interval in day["intervals"]] == ["unknown"]
        for day in found["next_seven_days"]
    )
    found = preview(union, text="周一至周五 9:00-17:00（12:00-13:00休息）")
    assert found["certainty"] == "partial"
    assert "12:00–13:00 不确定" in found["workers_read"]["zh"]
    assert "partly_understood" in [problem["code"] for problem in found["problems"]]


def test_elsewhere(union: Union) -> None:
    found = preview(union, text="每天 9:00-20:00", time_zone="Asia/Taipei", calendar="tw")
    assert found["time_zone"] == "Asia/Taipei"
    assert found["next_seven_days"][0]["day_type"] is not None


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, "body"),
        ({"text": "x", "week": OFFICE}, 422, "body"),
        ({"text": "周" * 1001}, 422, "text"),
        ({"text": "关\u202e"}, 422, "text"),
        ({"text": "24小时", "kind": "x"}, 422, "kind"),
        ({"text": "24小时", "station_id": 10**9}, 404, "id"),
        ({"text": "24小时", "station_id": "x"}, 422, "station_id"),
        ({"text": "24小时", "time_zone": "../etc/passwd"}, 422, "time_zone"),
        ({"text": "24小时", "time_zone": "Mars/Olympus"}, 422, "time_zone"),
        ({"text": "24小时", "calendar": "ZZ"}, 422, "calendar"),
        ({"text": "24小时", "calendar": "China"}, 422, "calendar"),
        ({"week": [["09:00-08:00"], ["07:00-09:00"], *OFFICE[2:]]}, 422, "week.1"),
        ({"week": [["soon"], *OFFICE[1:]]}, 422, "week.0.0"),
    ],
)
def test_what_cannot_be_is_refused(union: Union, body: dict[str, Any], status: int, field: str) -> None:
    answer = union.as_(None).post("/v1/hours/preview", body)
    assert answer.status_code == status, answer.text
    assert answer.json()["errors"][0]["field"] == field
