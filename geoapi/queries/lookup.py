"""One station: everything about it, its ordinary week, its state now and its hours between two times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.engine import Database
from geoapi.db.tables import (
    calendar_day,
    host,
    hours_exception,
    organisation,
    schedule,
    station,
    station_schedule,
)
from geoapi.errors import NotFound, Words
from geoapi.hours import (
    Calendar,
    CalendarDay,
    Interval,
    Moment,
    Rules,
    closed_reason,
    ordinary_week,
    state_at,
)
from geoapi.queries.search import STATION_COLUMNS, WITH_DISTRICT
from geoapi.schedule import Window
from geoapi.schedule.refresh import exceptions_of, intervals_of

# how far ahead the next change is looked for
LOOK_AHEAD = timedelta(days=14)


@dataclass(frozen=True)
class StationHours:
    """What is open between two times. Everything that no interval covers is closed.

    `calendar` holds the days between them, as far as their types are known.
    """

    zone: ZoneInfo
    intervals: list[Interval]
    calendar: Calendar


@dataclass(frozen=True)
class StationDetail:
    """A station's row, host and organisation, its ordinary week and its state at a time."""

    row: Mapping[str, Any]
    week: list[list[str]]
    now: Moment
    reason: str
    exceptions: list[Mapping[str, Any]]


async def get_station(database: Database, station_id: int, at: datetime) -> StationDetail:
    """The station as it is at `at`; a retired one too. Raises `NotFound`."""
    async with database.connection() as conn:
        row = await _row(conn, station_id)
        inputs = row["inputs"] or _inputs(row)
        window = Window(at - timedelta(days=1), at + LOOK_AHEAD)
        calendar = await _calendar(conn, row["calendar"], window)
        exceptions = (
            await conn.execute(
                select(hours_exception)
                .where(hours_exception.c.station_id == station_id)
                .where(hours_exception.c.during.op("&&")(Range(at, at + LOOK_AHEAD)))
                .order_by(hours_exception.c.id)
            )
        ).mappings()
        dated = [dict(one) for one in exceptions]
    intervals = intervals_of(inputs, calendar, window)
    now = state_at(intervals, at, until=window.ends_at)
    rules = None if row["hours_rules"] is None else Rules.from_json(row["hours_rules"])
    reason = now.reason or closed_reason(
        at,
        rules,
        calendar=calendar,
        zone=ZoneInfo(row["time_zone"]),
        holiday_policy=inputs["holiday_policy"],
        exceptions=exceptions_of(inputs),
    )
    return StationDetail(row, ordinary_week(rules), now, reason, dated)


async def get_hours(database: Database, station_id: int, start: datetime, end: datetime) -> StationHours:
    """What is open in [start, end), however far away. Raises `NotFound`."""
    window = Window(start.astimezone(UTC), end.astimezone(UTC))
    async with database.connection() as conn:
        row = await _row(conn, station_id)
        calendar = await _calendar(conn, row["calendar"], window)
    inputs = row["inputs"] or _inputs(row)
    return StationHours(ZoneInfo(row["time_zone"]), intervals_of(inputs, calendar, window), calendar)


async def _row(conn: AsyncConnection, station_id: int) -> Mapping[str, Any]:
    statement = (
        select(
            *STATION_COLUMNS,
            host.c.code.label("host_code"),
            host.c.name_zh.label("host_zh"),
            host.c.name_en.label("host_en"),
            host.c.holiday_policy.label("host_policy"),
            organisation.c.code.label("organisation_code"),
            organisation.c.name_zh.label("organisation_zh"),
            organisation.c.name_en.label("organisation_en"),
            schedule.c.inputs,
        )
        .select_from(
            WITH_DISTRICT.outerjoin(host, host.c.id == station.c.host_id)
            .outerjoin(organisation, organisation.c.id == station.c.organisation_id)
            .outerjoin(station_schedule, station_schedule.c.station_id == station.c.id)
            .outerjoin(schedule, schedule.c.id == station_schedule.c.schedule_id)
        )
        .where(station.c.id == station_id)
    )
    row = (await conn.execute(statement)).mappings().first()
    if row is None:
        raise NotFound(
            Words("没有这个站点", "there is no such station"),
            field="id",
            mend=Words("编号见列表或最近站点的答复", "ids are in the answers of the list and of nearest"),
        )
    return dict(row)


def _inputs(row: Mapping[str, Any]) -> dict[str, Any]:
    """What a station without a schedule (a retired one) would have for one."""
    return {
        "rules": row["hours_rules"],
        "holiday_policy": row["holiday_policy"] or row["host_policy"],
        "time_zone": row["time_zone"],
        "calendar": row["calendar"],
        "exceptions": [],
        "overrides": [],
    }


async def _calendar(conn: AsyncConnection, jurisdiction: str, window: Window) -> Calendar:
    # a day of the zone may be a day more or less than UTC's, and a rule may look at the day before
    first, last = _day(window.starts_at, -2), _day(window.ends_at, 2)
    rows = await conn.execute(
        select(calendar_day.c.day, calendar_day.c.day_type, calendar_day.c.name_zh, calendar_day.c.name_en)
        .where(calendar_day.c.jurisdiction == jurisdiction)
        .where(calendar_day.c.day.between(first, last))
        .order_by(calendar_day.c.day)
    )
    return Calendar(
        CalendarDay(day, type_, Words(zh or en, en or zh) if zh or en else None)
        for day, type_, zh, en in rows
    )


def _day(moment: datetime, shift: int) -> date:
    day = moment.astimezone(UTC).date()
    if (shift < 0 and day <= date.min - timedelta(shift)) or (
        shift > 0 and day >= date.max - timedelta(shift)
    ):
        return day
    return day + timedelta(days=shift)
