"""Hours planned for a day count for questions about it: before it comes, when they take effect, and after."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from psycopg.types.json import Jsonb

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN
from geoapi.db.engine import Database
from geoapi.geometry.boxes import Box
from geoapi.hours import read_hours, state_at
from geoapi.queries.lookup import get_hours, get_station
from geoapi.queries.nearest import NearestQuestion, nearest_places
from geoapi.queries.planning.moments import Moments
from geoapi.queries.planning.supply import read_calendars, read_stations, supply_of
from geoapi.schedule import refresh, window_at
from geoapi.settings import DatabaseSettings
from tests.queries.conftest import HORIZON_DAYS, World

SHANGHAI = ZoneInfo("Asia/Shanghai")
NOW = datetime(2026, 11, 23, 12, tzinfo=SHANGHAI)
DAY = date(2026, 11, 26)
MIDNIGHT = datetime.combine(DAY, datetime.min.time(), SHANGHAI)
WINDOW = window_at(NOW, HORIZON_DAYS)
# hours of every day in minutes, which may run past midnight; None: nobody knows
HOURS: dict[str | None, list[tuple[int, int]] | None] = {
    "每天 9:00-17:00": [(540, 1020)],
    "每天 22:00-次日6:00": [(1320, 1800)],
    "每天 20:00-次日2:00": [(1200, 1560)],
    "24小时": [(0, 1440)],
    None: None,
}
STATES = {OPEN: "open", CLOSED: "closed", UNKNOWN: "unknown"}


def expected(at: datetime, texts: dict[date, str | None]) -> str:
    """The state by looking at each day's own hours: those of the day, and of the evening before."""
    wall = at.astimezone(SHANGHAI)
    minute = wall.hour * 60 + wall.minute

    def hours(day: date) -> list[tuple[int, int]] | None:
        begun = max((since for since in texts if since <= day), default=date.min)
        return HOURS[texts[begun]]

    today, before = hours(wall.date()), hours(wall.date() - timedelta(days=1))
    if any(start <= minute + 1440 < end for start, end in before or ()):
        return "open"
    if today is None:
        return "unknown"
    return "open" if any(start <= minute < end for start, end in today) else "closed"


def plan(world: World, station: int, day: date, **columns: Any) -> int:
    row = world.conn.execute(
        """INSERT INTO planned_change (station_id, effective_on, changes, account_id)
           VALUES (%s, %s, %s, (SELECT id FROM account LIMIT 1)) RETURNING id""",
        [station, day, Jsonb(columns)],
    ).fetchone()
    assert row is not None
    return int(row[0])


def hours_of(text: str | None) -> dict[str, Any]:
    rules = read_hours(text).rules
    return {"hours_text": text, "hours_rules": rules.to_json() if rules is not None else None}


def take_effect(world: World, planned: int) -> None:
    """What the keeper does when the day has come."""
    row = world.conn.execute(
        """SELECT station_id, changes -> 'hours_text' #>> '{}', changes -> 'hours_rules' FROM planned_change
           WHERE id = %s""",
        [planned],
    ).fetchone()
    assert row is not None
    version = world.conn.execute(
        "UPDATE station SET hours_text = %s, hours_rules = %s WHERE id = %s RETURNING version",
        [row[1], None if row[2] is None else Jsonb(row[2]), row[0]],
    ).fetchone()
    assert version is not None
    world.conn.execute(
        "UPDATE planned_change SET applied_at = now(), applied_version = %s WHERE id = %s",
        [version[0], planned],
    )


@pytest.fixture
def planned_world(world: World) -> World:
    world.now = NOW
    world.conn.execute("INSERT INTO account (login, name) VALUES ('planner', '计划员')")
    return world


def answers(url: str, station: int, moments: list[datetime]) -> dict[str, list[str]]:
    """The states at the moments by each way of asking."""

    async def ask() -> dict[str, list[str]]:
        database = Database(url, DatabaseSettings(pool_size=2))
        await database.open()
        try:
            hours = await get_hours(database, station, moments[0], moments[-1] + timedelta(days=1))
            at = Moments(tuple(moment.astimezone(UTC) for moment in moments), None, "Asia/Shanghai")
            async with database.connection() as conn:
                stations = await read_stations(conn, box=Box(116, 39, 117, 40), kind_ids=[1], amenity_ids=[])
                calendars = await read_calendars(conn, ["CN"], at.window)
            supply = supply_of(stations, at, calendars)
            nearest, lookup = [], []
            for moment in moments:
                question = NearestQuestion(116.4, 39.9, moment, "any", None, [], timedelta(), 100.0, 1, 1.0)
                (hit,) = (await nearest_places(database, question, WINDOW)).stations
                nearest.append(hit.state)
            for moment in moments[::12]:
                lookup.append((await get_station(database, station, moment)).now.state)
        finally:
            await database.close()
        return {
            "hours": [state_at(hours.intervals, moment).state for moment in moments],
            "coverage": [STATES[int(one)] for one in supply.states[supply.pattern[0]]],
            "nearest": nearest,
            "lookup": lookup,
        }

    return asyncio.run(ask())


MOMENTS = [MIDNIGHT + timedelta(minutes=n) for n in range(-30 * 60, 30 * 60, 30)] + [
    MIDNIGHT + timedelta(hours=h, minutes=m) for h in (30, 31) for m in (-1, 0, 1)
]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("每天 9:00-17:00", "每天 22:00-次日6:00"),
        ("每天 22:00-次日6:00", "每天 9:00-17:00"),
        ("每天 20:00-次日2:00", None),
        (None, "每天 20:00-次日2:00"),
        ("24小时", "每天 9:00-17:00"),
    ],
)
@pytest.mark.parametrize("applied", [False, True])
def test_every_way_of_asking_agrees_around_the_day(
    planned_world: World, before: str | None, after: str | None, *, applied: bool
) -> None:
    world = planned_world
    station = world.add(116.4, 39.9, before)
    planned = plan(world, station, DAY, **hours_of(after))
    world.ready()
    if applied:
        take_effect(world, planned)
        world.ready()
    found = answers(world.url, station, sorted(MOMENTS))
    truth = [expected(moment, {date.min: before, DAY: after}) for moment in sorted(MOMENTS)]
    assert found["hours"] == found["coverage"] == found["nearest"] == truth
    assert found["lookup"] == truth[::12]


def test_taking_effect_changes_nothing_of_what_is_open(planned_world: World) -> None:
    """The evening before keeps its hours past midnight, whenever the service comes round to it."""
    world = planned_world
    station = world.add(116.4, 39.9, "每天 22:00-次日6:00")
    planned = plan(world, station, DAY, **hours_of("每天 9:00-17:00"))
    world.ready()
    schedule = "SELECT schedule_id FROM station_schedule"
    had = world.conn.execute(schedule).fetchone()
    take_effect(world, planned)
    report = refresh(world.conn, horizon_days=HORIZON_DAYS, now=NOW)
    assert (report.stations, report.schedules) == (1, 0)
    assert world.conn.execute(schedule).fetchone() == had


def test_what_took_effect_long_ago_is_forgotten(planned_world: World) -> None:
    world = planned_world
    station = world.add(116.4, 39.9, "每天 22:00-次日6:00")
    world.add(116.5, 39.9, "每天 9:00-17:00")
    planned = plan(world, station, DAY, **hours_of("每天 9:00-17:00"))
    world.ready()
    take_effect(world, planned)
    world.ready()
    assert world.conn.execute("SELECT count(DISTINCT schedule_id) FROM station_schedule").fetchone() == (2,)
    world.now = NOW + timedelta(days=14)
    world.ready()
    assert world.conn.execute("SELECT count(DISTINCT schedule_id) FROM station_schedule").fetchone() == (1,)
    assert world.conn.execute("SELECT count(*) FROM schedule").fetchone() == (1,)


@pytest.mark.parametrize("over", ["cancelled_at", "lapsed_at"])
def test_what_is_cancelled_or_lapsed_does_not_count(planned_world: World, over: str) -> None:
    world = planned_world
    station = world.add(116.4, 39.9, "24小时")
    planned = plan(world, station, DAY, **hours_of("每天 9:00-17:00"))
    world.ready()
    world.conn.execute(
        psycopg.sql.SQL("UPDATE planned_change SET {} = now() WHERE id = %s").format(
            psycopg.sql.Identifier(over)
        ),
        [planned],
    )
    world.ready()
    assert set(answers(world.url, station, MOMENTS[::20])["nearest"]) == {"open"}
    assert world.conn.execute("SELECT count(*) FROM schedule WHERE inputs ? 'planned'").fetchone() == (0,)


def test_several_days_and_later_edits(planned_world: World) -> None:
    """Two plans, one in effect; and an edit since, which is of today and not of last week."""
    world = planned_world
    station = world.add(116.4, 39.9, "每天 22:00-次日6:00")
    first = plan(world, station, DAY, **hours_of("每天 9:00-17:00"))
    plan(world, station, DAY + timedelta(days=1), **hours_of("24小时"))
    world.ready()
    take_effect(world, first)
    rules = read_hours("每天 20:00-次日2:00").rules
    assert rules is not None
    world.conn.execute("UPDATE station SET hours_rules = %s", [Jsonb(rules.to_json())])
    world.ready()
    texts = {date.min: "每天 22:00-次日6:00", DAY: "每天 20:00-次日2:00", DAY + timedelta(days=1): "24小时"}
    found = answers(world.url, station, sorted(MOMENTS))
    assert found["hours"] == found["coverage"] == found["nearest"]
    assert found["hours"] == [expected(moment, texts) for moment in sorted(MOMENTS)]


def test_a_planned_policy_settles_holidays_from_its_day_on(planned_world: World) -> None:
    world = planned_world
    world.now = datetime(2026, 12, 25, 12, tzinfo=SHANGHAI)
    station = world.add(116.4, 39.9, "周一至周五 9:00-17:00")
    world.conn.execute(
        """INSERT INTO calendar_day (jurisdiction, day, day_type, source)
           SELECT 'CN', day, 'holiday', 'test'
           FROM generate_series('2026-12-24'::date, '2026-12-30', '1 day') AS day
           ON CONFLICT (jurisdiction, day) DO UPDATE SET day_type = 'holiday'"""
    )
    plan(world, station, date(2026, 12, 28), holiday_policy="closed")
    world.ready()
    states = [
        world.conn.execute(
            "SELECT state FROM open_interval WHERE starts_at <= %s AND ends_at > %s", [at, at]
        ).fetchone()
        for at in (datetime(2026, 12, day, 12, tzinfo=SHANGHAI) for day in (25, 28))
    ]
    assert states == [("unknown",), None]


def test_the_week_and_the_text_are_those_of_the_day_asked_about(planned_world: World) -> None:
    world = planned_world
    station = world.add(116.4, 39.9, "24小时")
    plan(world, station, DAY, **hours_of("每天 9:00-17:00"))
    world.ready()

    async def ask(at: datetime) -> tuple[str, list[list[str]]]:
        database = Database(world.url, DatabaseSettings(pool_size=1))
        await database.open()
        try:
            detail = await get_station(database, station, at)
        finally:
            await database.close()
        return detail.row["hours_text"], detail.week

    assert asyncio.run(ask(MIDNIGHT - timedelta(minutes=1))) == ("24小时", [["00:00-24:00"]] * 7)
    assert asyncio.run(ask(MIDNIGHT)) == ("每天 9:00-17:00", [["09:00-17:00"]] * 7)
