"""The schedule follows every change of stations, exceptions, overrides and the calendar, and the days."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from psycopg.types.range import Int4Range, TimestamptzRange

from geoapi.schedule import refresh
from geoapi.schedule.refresh import is_current
from tests.queries.conftest import HORIZON_DAYS, World

NOW = datetime.fromisoformat("2026-09-28T12:00:00+08:00")  # National Day is ahead


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}+08:00")


def state(world: World, station_id: int, moment: datetime) -> tuple[str, str]:
    """What the intervals say of a station at a moment: state and reason."""
    row = world.conn.execute(
        """SELECT i.state, i.reason FROM open_interval AS i JOIN station_schedule USING (schedule_id)
           WHERE station_id = %s AND starts_at <= %s AND ends_at > %s""",
        [station_id, moment, moment],
    ).fetchone()
    return row or ("closed", "")  # type: ignore[return-value]


@pytest.fixture
def weekday(world: World) -> int:
    """A station open on weekdays, 9:00 to 17:00, with no word on holidays."""
    world.now = NOW
    id_ = world.add(116.4, 39.9, "周一至周五 9:00-17:00")
    world.ready()
    return id_


def test_nothing_changed_nothing_done(world: World, weekday: int) -> None:
    assert is_current(world.conn, horizon_days=HORIZON_DAYS, now=NOW)
    report = refresh(world.conn, horizon_days=HORIZON_DAYS, now=NOW)
    assert (report.stations, report.schedules) == (0, 0)


def test_stations_alike_share_one_schedule(world: World, weekday: int) -> None:
    other = world.add(121.0, 31.0, "周一至周五 9:00-17:00", kind_id=3)
    world.ready()
    rows = world.conn.execute("SELECT station_id, schedule_id FROM station_schedule").fetchall()
    assert {station for station, _ in rows} == {weekday, other}
    assert len({schedule for _, schedule in rows}) == 1


def test_holidays_are_unknown_until_somebody_says(world: World, weekday: int) -> None:
    holiday, makeup = at("2026-10-01T12:00"), at("2026-10-10T12:00")
    assert state(world, weekday, at("2026-09-29T12:00")) == ("open", "rule")
    assert state(world, weekday, holiday) == state(world, weekday, makeup) == ("unknown", "unstated")
    world.conn.execute("UPDATE host SET holiday_policy = 'closed' WHERE code = 'bank'")
    world.conn.execute("UPDATE station SET host_id = (SELECT id FROM host WHERE code = 'bank')")
    world.ready()
    assert state(world, weekday, holiday)[0] == "closed"
    assert state(world, weekday, makeup)[0] == "open"
    world.conn.execute("UPDATE host SET holiday_policy = 'as_usual' WHERE code = 'bank'")
    world.ready()
    assert state(world, weekday, holiday)[0] == "open"


def change(table: str, **values: Any) -> Callable[[World, int], None]:
    def do(world: World, station: int) -> None:
        given = {**values, "station_id": station} if table == "hours_exception" else values
        columns = ", ".join(given)
        marks = ", ".join(f"%({name})s" for name in given)
        world.conn.execute(f"INSERT INTO {table} ({columns}) VALUES ({marks})", given)  # noqa: S608

    return do


@pytest.mark.parametrize(
    ("what", "moment", "becomes"),
    [
        pytest.param(
            change(
                "hours_exception",
                during=TimestamptzRange(at("2026-09-29T00:00"), at("2026-09-30T00:00")),
                state="closed",
            ),
            at("2026-09-29T12:00"),
            ("closed", ""),
            id="closed for a day",
        ),
        pytest.param(
            change(
                "hours_exception",
                during=TimestamptzRange(at("2026-09-29T17:00"), at("2026-09-29T22:00")),
                state="open",
            ),
            at("2026-09-29T21:00"),
            ("open", "rule"),  # joined with the day's hours: `parts` says from when the exception holds
            id="open longer one evening",
        ),
        pytest.param(
            change(
                "hours_override",
                name_zh="高温", name_en="heat", district_codes=None, kind_ids=[1],
                during=TimestamptzRange(at("2026-09-28T00:00"), at("2026-10-01T00:00")),
                daily_minutes=Int4Range(20 * 60, 24 * 60),
            ),
            at("2026-09-29T23:00"),
            ("open", "override"),
            id="override of a kind",
        ),
        pytest.param(
            change(
                "hours_override",
                name_zh="高温", name_en="heat", district_codes=["110105"], kind_ids=None,
                during=TimestamptzRange(at("2026-09-28T00:00"), at("2026-10-01T00:00")),
                daily_minutes=Int4Range(20 * 60, 24 * 60),
            ),
            at("2026-09-29T23:00"),
            ("closed", ""),
            id="override of another district",
        ),
        pytest.param(
            change(
                "hours_override",
                name_zh="高温", name_en="heat", district_codes=None, kind_ids=None,
                during=TimestamptzRange(at("2026-09-28T00:00"), at("2026-09-29T22:00")),
                daily_minutes=Int4Range(20 * 60, 24 * 60),
            ),
            at("2026-09-29T23:00"),
            ("closed", ""),
            id="an override ends by itself",
        ),
    ],
)  # fmt: skip
def test_a_change_reaches_the_intervals(
    world: World,
    weekday: int,
    what: Callable[[World, int], None],
    moment: datetime,
    becomes: tuple[str, str],
) -> None:
    what(world, weekday)
    world.ready()
    assert state(world, weekday, moment) == becomes


def test_an_exception_taken_back_is_gone(world: World, weekday: int) -> None:
    during = TimestamptzRange(at("2026-09-29T00:00"), at("2026-09-30T00:00"))
    change("hours_exception", during=during, state="closed")(world, weekday)
    world.ready()
    world.conn.execute("DELETE FROM hours_exception")
    world.ready()
    assert state(world, weekday, at("2026-09-29T12:00")) == ("open", "rule")
    assert world.conn.execute("SELECT count(*) FROM schedule").fetchone() == (1,)


def test_the_calendar_can_be_edited(world: World, weekday: int) -> None:
    world.conn.execute(
        """UPDATE calendar_day SET day_type = 'workday', source = 'us'
           WHERE jurisdiction = 'CN' AND day = '2026-10-01'"""
    )
    world.ready()
    assert state(world, weekday, at("2026-10-01T12:00")) == ("open", "rule")
    assert state(world, weekday, at("2026-10-02T12:00")) == ("unknown", "unstated")


def test_as_days_pass_the_window_moves_on(world: World, weekday: int) -> None:
    later = NOW + timedelta(days=9)
    moment = later + timedelta(days=HORIZON_DAYS)
    assert state(world, weekday, moment)[0] == "closed"  # not worked out yet
    assert not is_current(world.conn, horizon_days=HORIZON_DAYS, now=later)
    world.now = later
    world.ready()
    assert state(world, weekday, moment)[0] == "open"
    gone = world.conn.execute("SELECT count(*) FROM open_interval WHERE ends_at < %s", [later - timedelta(2)])
    assert gone.fetchone() == (0,)


def test_an_exception_that_is_over_no_longer_sets_a_station_apart(world: World, weekday: int) -> None:
    world.add(116.5, 39.9, "周一至周五 9:00-17:00")
    during = TimestamptzRange(at("2026-09-28T00:00"), at("2026-09-29T00:00"))
    change("hours_exception", during=during, state="closed")(world, weekday)
    world.ready()
    assert world.conn.execute("SELECT count(*) FROM schedule").fetchone() == (2,)
    # planners may still ask about its week
    world.now = NOW + timedelta(days=5)
    world.ready()
    assert world.conn.execute("SELECT count(*) FROM schedule").fetchone() == (2,)
    world.now = NOW + timedelta(days=12)
    world.ready()
    assert world.conn.execute("SELECT count(*) FROM schedule").fetchone() == (1,)


def test_a_retired_station_has_no_schedule(world: World, weekday: int) -> None:
    world.conn.execute("UPDATE station SET retired_at = now()")
    world.ready()
    for table in ("station_schedule", "station_slot", "schedule"):
        assert world.conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608


def test_a_year_without_an_official_notice_is_unknown(world: World) -> None:
    world.now = datetime.fromisoformat("2027-05-03T12:00:00+08:00")
    id_ = world.add(116.4, 39.9, "工作日9:00-17:00")
    world.ready()
    assert state(world, id_, at("2027-05-04T12:00")) == ("unknown", "unstated")


def test_a_moved_station_is_found_where_it_is(world: World, weekday: int) -> None:
    world.conn.execute("UPDATE station SET lon = 100, lat = 30")
    world.ready()
    row = world.conn.execute("SELECT DISTINCT ST_X(geog::geometry) FROM station_slot").fetchall()
    assert row == [(100.0,)]


def test_a_calendar_of_nowhere_is_unknown_and_stops_nobody(world: World, weekday: int) -> None:
    lost = world.add(116.5, 39.9, "周一至周五 9:00-17:00", calendar="XX")
    every_day = world.add(116.6, 39.9, "每天 9:00-17:00", calendar="XX")
    world.ready()
    assert state(world, lost, at("2026-09-29T12:00")) == ("unknown", "unstated")
    assert state(world, every_day, at("2026-09-29T12:00")) == ("open", "rule")
    assert state(world, weekday, at("2026-09-29T12:00")) == ("open", "rule")


def test_a_deleted_station_leaves_nothing_behind(world: World, weekday: int) -> None:
    world.conn.execute("DELETE FROM station")
    world.ready()
    for table in ("station_schedule", "station_slot", "schedule"):
        assert world.conn.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)  # noqa: S608
