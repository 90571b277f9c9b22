"""One station: everything about it, its state at a time, its hours between two, and its ETag."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
from psycopg.types.range import TimestamptzRange

from geoapi.hours import (
    HoursException,
    Override,
    Span,
    open_intervals,
    read_hours,
    seed_calendar,
)
from geoapi.hours.calendar import Calendar
from tests.api.conftest import Running, running
from tests.conftest import clone
from tests.queries.conftest import World

BEIJING = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "周一至周五 9:00-17:00"
NIGHTLY = "每天 22:00-次日6:00"


def at(text: str) -> datetime:
    """A time of Beijing's clocks."""
    return datetime.fromisoformat(text).replace(tzinfo=BEIJING)


CLOSURE = (at("2026-06-03T12:00"), at("2026-06-03T18:00"))
EXTRA = (at("2026-06-06T10:00"), at("2026-06-06T12:00"))
HEAT = (at("2026-07-01T00:00"), at("2026-07-03T00:00"))
RETIRED = at("2026-06-01T12:00")


@pytest.fixture(scope="module")
def service(server_url: str) -> Iterator[Running]:
    """Stations with hours, exceptions, an override, outages and hosts; long ago and unchanging."""
    with clone(server_url) as url:
        with psycopg.connect(url) as conn:
            world = World(url, conn)
            conn.execute(
                """INSERT INTO district (code, parent_code, level, name_zh, name_en, geom, source) VALUES
                   ('110000', NULL, 'city', '北京市', 'Beijing', ST_Multi(ST_MakeEnvelope(116, 39, 117, 40, 4326)), 'test'),
                   ('110101', '110000', 'district', '东城区', 'Dongcheng',
                    ST_Multi(ST_MakeEnvelope(116, 39, 117, 40, 4326)), 'test')"""  # noqa: E501
            )
            (organisation,) = conn.execute(
                """INSERT INTO organisation (code, level, name_zh, name_en, source)
                   VALUES ('bj', 'city', '北京市总工会', 'Beijing federation', 'test') RETURNING id"""
            ).fetchone() or (0,)
            add = world.add
            ids = {
                "weekdays": add(
                    116.4, 39.9, WEEKDAYS, name_zh="东四暖心驿站", name_en="Dongsi", amenity_ids=[1, 3],
                    district_code="110101", host_id=13, host_name="东四街道办事处",
                    organisation_id=organisation,
                    hours_certainty="partial", hours_osm="Mo-Fr 09:00-17:00", hours_unread=["节假日另行通知"],
                    verified_at=at("2026-05-01T08:00"), phone="010-12345678", description="二层",
                ),
                "nightly": add(116.4, 39.9, NIGHTLY, kind_id=2),
                "unknown": add(116.4, 39.9, None, kind_id=3),
                "retired": add(116.4, 39.9, "24小时", retired_at=RETIRED),
                "london": add(0.0, 51.5, "Mo-Su 00:30-02:30", time_zone="Europe/London", calendar="GB"),
                "holidays": add(116.4, 39.9, "工作日 9:00-17:00"),
            }  # fmt: skip
            for state, during in (("closed", CLOSURE), ("open", EXTRA)):
                conn.execute(
                    """INSERT INTO hours_exception (station_id, during, state, note_zh, note_en)
                       VALUES (%s, %s, %s, '检修', 'repairs')""",
                    [ids["weekdays"], TimestamptzRange(*during), state],
                )
            conn.execute(
                """INSERT INTO hours_override
                     (name_zh, name_en, during, district_codes, kind_ids, daily_minutes)
                   VALUES ('高温', 'heat', %s, '{110000}', '{1}', '[1200,1380)'),
                          ('高温', 'heat', %s, NULL, '{4}', '[0,1440)')""",
                [TimestamptzRange(*HEAT), TimestamptzRange(*HEAT)],
            )
            conn.execute(
                "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, 3, %s)",
                [ids["weekdays"], TimestamptzRange(*CLOSURE)],
            )
            world.ready()
        with running(url) as address, httpx.Client(base_url=address, timeout=30) as client:
            yield Running(address, url, ids, client)


def one(service: Running, name: str, **parameters: Any) -> dict[str, Any]:
    response = service.get(f"/v1/stations/{service.ids[name]}", **parameters)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def hours(service: Running, name: str, start: datetime, end: datetime, **more: Any) -> dict[str, Any]:
    path = f"/v1/stations/{service.ids[name]}/hours"
    response = service.get(path, from_=start.isoformat(), to=end.isoformat(), **more)
    assert response.status_code == 200, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_everything_about_a_station(service: Running) -> None:
    answer = one(service, "weekdays", at="2026-06-02T10:00:00+08:00", lang="en")
    assert answer["name"] == "Dongsi"
    assert answer["district"] == {"code": "110101", "name": "Dongcheng"}
    assert answer["host"] == {"code": "street_office", "name": "street or town office"}
    assert answer["host_name"] == "东四街道办事处"
    assert answer["organisation"] == {"code": "bj", "name": "Beijing federation"}
    assert answer["verified_at"] == "2026-05-01T08:00:00+08:00"
    assert answer["retired_at"] is None
    told = answer["hours"]
    assert (told["text"], told["osm"], told["certainty"]) == (WEEKDAYS, "Mo-Fr 09:00-17:00", "partial")
    assert told["unread"] == ["节假日另行通知"]
    assert told["holiday_policy"] == "closed"
    assert [day["weekday"] for day in told["week"]] == [1, 2, 3, 4, 5, 6, 7]
    assert [day["hours"] for day in told["week"]] == [["09:00-17:00"]] * 5 + [[], []]
    assert [(e["state"], e["starts_at"], e["note"]) for e in told["exceptions"]] == [
        ("closed", "2026-06-03T12:00:00+08:00", "repairs"), ("open", "2026-06-06T10:00:00+08:00", "repairs"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "when", "state", "reason", "changes_at"),
    [
        ("weekdays", "2026-06-02T10:00", "open", "rule", "2026-06-02T17:00"),
        ("weekdays", "2026-06-02T17:00", "closed", "rule", "2026-06-03T09:00"),
        ("weekdays", "2026-06-03T13:00", "closed", "exception", "2026-06-04T09:00"),
        ("weekdays", "2026-06-06T11:00", "open", "exception", "2026-06-06T12:00"),
        ("weekdays", "2026-06-19T10:00", "closed", "holiday", "2026-06-22T09:00"),
        ("weekdays", "2026-07-01T21:00", "open", "override", "2026-07-01T23:00"),
        ("weekdays", "2026-06-02T21:00", "closed", "rule", "2026-06-03T09:00"),
        ("nightly", "2026-06-03T01:00", "open", "rule", "2026-06-03T06:00"),
        ("nightly", "2026-07-01T21:00", "closed", "rule", "2026-07-01T22:00"),
        ("unknown", "2026-06-03T01:00", "unknown", "unstated", None),
        ("retired", "2026-06-01T11:00", "open", "rule", None),
        ("retired", "2026-06-01T12:00", "closed", "exception", None),
        ("holidays", "2026-10-01T10:00", "closed", "holiday", "2026-10-08T09:00"),
        # a year that the table does not hold is as the packages know it; one they do not is unknown
        ("holidays", "2025-10-08T10:00", "closed", "holiday", "2025-10-09T09:00"),
        ("holidays", "2025-10-11T10:00", "open", "rule", "2025-10-11T17:00"),
        ("holidays", "2045-06-01T10:00", "unknown", "unstated", "2045-06-01T17:00"),
    ],
)  # fmt: skip
def test_the_state_at_a_time(
    service: Running, name: str, when: str, state: str, reason: str, changes_at: str | None
) -> None:
    now = one(service, name, at=at(when).isoformat())["now"]
    expected = at(changes_at).isoformat() if changes_at else None
    assert (now["open_state"], now["open_reason"], now["changes_at"]) == (state, reason, expected)
    assert now["at"] == at(when).isoformat()


def test_amenities_out_of_order_at_the_time_asked_about(service: Running) -> None:
    before = one(service, "weekdays", at="2026-06-03T11:00:00+08:00")
    assert (before["amenities"], before["out_of_order"]) == (["drinking_water", "microwave"], [])
    within = one(service, "weekdays", at="2026-06-03T13:00:00+08:00")
    assert (within["amenities"], within["out_of_order"]) == (["drinking_water"], ["microwave"])


def test_times_are_local_to_the_station(service: Running) -> None:
    answer = one(service, "london", at="2026-03-29T00:45:00+00:00")
    assert answer["now"]["at"] == "2026-03-29T00:45:00+00:00"
    # clocks go forward at 01:00: 02:30 comes an hour after 00:30
    assert answer["now"]["changes_at"] == "2026-03-29T02:30:00+01:00"


def test_a_retired_station_says_so(service: Running) -> None:
    answer = one(service, "retired")
    assert answer["retired_at"] == RETIRED.isoformat()
    assert answer["now"]["open_state"] == "closed"
    told = hours(service, "retired", at("2026-05-31T12:00"), at("2026-06-08T12:00"))
    assert [(i["starts_at"], i["ends_at"]) for i in told["intervals"]] == [
        ("2026-05-31T12:00:00+08:00", RETIRED.isoformat())
    ]


def test_an_etag_saves_the_answer(service: Running) -> None:
    path = f"/v1/stations/{service.ids['nightly']}"
    first = service.get(path, at="2026-06-03T01:00:00+08:00")
    etag = first.headers["etag"]
    assert etag.startswith('"1-')
    for header in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        again = service.client.get(
            path, params={"at": "2026-06-03T01:00:00+08:00"}, headers={"If-None-Match": header}
        )
        assert again.status_code == 304, header
        assert again.content == b""
        assert again.headers["etag"] == etag
    # what the answer depends on is in the tag
    for other in ({"lang": "en"}, {"crs": "gcj02"}, {"at": "2026-06-03T07:00:00+08:00"}):
        asked = {"at": "2026-06-03T01:00:00+08:00", **other}
        answer = service.client.get(path, params=asked, headers={"If-None-Match": etag})
        assert answer.status_code == 200, other
    assert service.get(path).headers["etag"] == service.get(path).headers["etag"]


HOURS_CASES = (
    ("weekdays", "2026-06-01T00:00", "2026-06-08T00:00"),
    ("weekdays", "2026-06-03T13:00", "2026-06-03T13:01"),
    ("weekdays", "2026-06-28T00:00", "2026-07-05T00:00"),
    ("weekdays", "2026-09-25T00:00", "2026-10-12T00:00"),
    ("nightly", "2026-06-01T00:00", "2027-06-02T00:00"),
    ("nightly", "2026-12-31T23:00", "2027-01-01T01:00"),
    ("unknown", "2026-06-01T00:00", "2026-06-08T00:00"),
    ("holidays", "2026-09-25T00:00", "2026-10-12T00:00"),
    ("holidays", "2025-12-25T00:00", "2026-01-10T00:00"),
    ("holidays", "1971-01-01T00:00", "1971-01-15T00:00"),
    ("holidays", "2100-12-25T00:00", "2100-12-31T23:59"),
    ("london", "2026-10-20T00:00", "2026-11-01T00:00"),
)


@pytest.mark.parametrize(("name", "first", "last"), HOURS_CASES)
def test_hours_are_what_the_rules_make_of_the_same_days(
    service: Running, name: str, first: str, last: str
) -> None:
    start, end = at(first), at(last)
    text = {"weekdays": WEEKDAYS, "nightly": NIGHTLY, "unknown": None, "holidays": "工作日 9:00-17:00",
            "london": "Mo-Su 00:30-02:30"}[name]  # fmt: skip
    zone, code = (ZoneInfo("Europe/London"), "GB") if name == "london" else (BEIJING, "CN")
    special = name == "weekdays"
    rule = open_intervals(
        read_hours(text).rules,
        calendar=Calendar(seed_calendar(code, range(start.year - 1, end.year + 2))),
        zone=zone,
        start=start,
        end=end,
        holiday_policy="closed" if special else None,
        exceptions=[HoursException(*CLOSURE, "closed"), HoursException(*EXTRA, "open")] if special else [],
        overrides=[Override(*HEAT, (Span(1200, 1380),))] if special else [],
    )
    answer = hours(service, name, start, end)
    got = [
        (
            datetime.fromisoformat(i["starts_at"]),
            datetime.fromisoformat(i["ends_at"]),
            i["state"],
            i["reason"],
        )
        for i in answer["intervals"]
    ]
    assert got == [(i.start, i.end, i.state, i.reason) for i in rule]
    assert answer["time_zone"] == zone.key
    assert datetime.fromisoformat(answer["starts_at"]) == start


def test_special_days_around_a_holiday(service: Running) -> None:
    days = hours(service, "holidays", at("2026-09-27T00:00"), at("2026-10-11T00:00"), lang="en")[
        "special_days"
    ]
    types = {day["date"]: day["type"] for day in days}
    holidays = [date(2026, 10, 1) + timedelta(days=n) for n in range(7)]
    assert all(types[day.isoformat()] == "holiday" for day in holidays)
    assert {day for day, type_ in types.items() if type_ == "makeup"} == {"2026-10-10"}
    assert "2026-09-25" not in types
    assert next(day["name"] for day in days if day["date"] == "2026-10-01") == "National Day"


def test_hours_of_the_next_week_when_nothing_is_said(service: Running) -> None:
    answer = service.get(f"/v1/stations/{service.ids['nightly']}/hours").json()
    start, end = (datetime.fromisoformat(answer[key]) for key in ("starts_at", "ends_at"))
    assert end - start == timedelta(days=7)
    assert abs(start - datetime.now(BEIJING)) < timedelta(minutes=2)
    assert 7 <= len(answer["intervals"]) <= 8


@pytest.mark.parametrize("crs", ["gcj02", "bd09"])
def test_the_datum_asked_for(service: Running, crs: str) -> None:
    there = one(service, "weekdays", crs=crs)["location"]
    assert there["crs"] == crs
    assert 0.001 < there["lon"] - 116.4 < 0.02
