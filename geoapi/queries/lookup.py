"""One station: everything about it, its ordinary week, its state now and its hours between two times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Text, any_, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.engine import Database
from geoapi.db.tables import district, host, hours_exception, hours_override, organisation, station
from geoapi.errors import NotFound, Words
from geoapi.hours import (
    Calendar,
    HoursException,
    Interval,
    Moment,
    Override,
    Rules,
    Span,
    closed_reason,
    open_intervals,
    ordinary_week,
    state_at,
)
from geoapi.queries.calendar_days import calendar_between
from geoapi.queries.reports import STANDARD, WarningRule
from geoapi.queries.station_rows import WITH_DISTRICT, station_columns

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
    """A station's row, host and organisation, its ordinary week and its state at a time.

    `exceptions` are the dated ones of the two weeks from that time.
    """

    row: Mapping[str, Any]
    week: list[list[str]]
    now: Moment
    reason: str
    exceptions: list[Mapping[str, Any]]


async def get_station(
    database: Database, station_id: int, at: datetime, warn: WarningRule = STANDARD
) -> StationDetail:
    """The station as it is at `at`; a retired one too, which is closed since. Raises `NotFound`."""
    # a day back: what began yesterday evening may be on
    start, end = at - timedelta(days=1), at + LOOK_AHEAD
    async with database.connection() as conn:
        row = await _row(conn, station_id, at, warn)
        exceptions = await _exceptions(conn, station_id, start, end)
        overrides = await _overrides(conn, row, start, end)
        calendar = await _calendar(conn, row, start, end)
    intervals = _intervals(row, calendar, exceptions, overrides, start, end)
    ahead = [one for one in exceptions if one["during"].upper > at]
    rules = _rules(row)
    week = ordinary_week(rules)
    if row["retired_at"] is not None and row["retired_at"] <= at:
        return StationDetail(row, week, Moment("closed", "exception", None), "exception", ahead)
    now = state_at(intervals, at, until=end)
    reason = now.reason or closed_reason(
        at,
        rules,
        calendar=calendar,
        zone=ZoneInfo(row["time_zone"]),
        holiday_policy=row["holiday_policy"] or row["host_policy"],
        exceptions=[_dated(one) for one in exceptions],
    )
    return StationDetail(row, week, now, reason, ahead)


async def get_hours(database: Database, station_id: int, start: datetime, end: datetime) -> StationHours:
    """What is open in [start, end), however far away. Raises `NotFound`.

    A station that was retired is closed since then.
    """
    async with database.connection() as conn:
        row = await _row(conn, station_id, start, STANDARD)
        exceptions = await _exceptions(conn, station_id, start, end)
        overrides = await _overrides(conn, row, start, end)
        calendar = await _calendar(conn, row, start, end)
    until = min(end, row["retired_at"] or end)
    intervals = _intervals(row, calendar, exceptions, overrides, start, until)
    return StationHours(ZoneInfo(row["time_zone"]), intervals, calendar)


async def _row(conn: AsyncConnection, station_id: int, at: datetime, warn: WarningRule) -> Mapping[str, Any]:
    statement = (
        select(
            *station_columns(literal(at), warn),
            host.c.code.label("host_code"),
            host.c.name_zh.label("host_zh"),
            host.c.name_en.label("host_en"),
            host.c.holiday_policy.label("host_policy"),
            organisation.c.code.label("organisation_code"),
            organisation.c.name_zh.label("organisation_zh"),
            organisation.c.name_en.label("organisation_en"),
        )
        .select_from(
            WITH_DISTRICT.outerjoin(host, host.c.id == station.c.host_id).outerjoin(
                organisation, organisation.c.id == station.c.organisation_id
            )
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


async def _exceptions(
    conn: AsyncConnection, station_id: int, start: datetime, end: datetime
) -> list[Mapping[str, Any]]:
    """The dated exceptions that touch [start, end), in the order that decides between them."""
    rows = await conn.execute(
        select(hours_exception)
        .where(hours_exception.c.station_id == station_id)
        .where(hours_exception.c.during.bool_op("&&")(Range(start, end)))
        .order_by(hours_exception.c.id)
    )
    return [dict(row) for row in rows.mappings()]


async def _overrides(
    conn: AsyncConnection, row: Mapping[str, Any], start: datetime, end: datetime
) -> list[Override]:
    """The emergency hours of the station's area and kind that touch [start, end)."""
    of_kind = or_(
        hours_override.c.kind_ids.is_(None), literal(row["kind_id"]) == any_(hours_override.c.kind_ids)
    )
    # the station's district, and those that it lies in: a street's district, and their city
    around = (
        select(district.c.code, district.c.parent_code)
        .where(district.c.code == literal(row["district_code"], Text))
        .cte("around", recursive=True)
    )
    around = around.union(
        select(district.c.code, district.c.parent_code).join(around, district.c.code == around.c.parent_code)
    )
    of_area = or_(
        hours_override.c.district_codes.is_(None),
        exists(select(around.c.code).where(around.c.code == any_(hours_override.c.district_codes))),
    )
    rows = await conn.execute(
        select(hours_override.c.during, hours_override.c.daily_minutes)
        .where(hours_override.c.during.bool_op("&&")(Range(start, end)), of_kind, of_area)
        .order_by(hours_override.c.id)
    )
    return [
        Override(during.lower, during.upper, (Span(minutes.lower, minutes.upper),))
        for during, minutes in rows
    ]


async def _calendar(
    conn: AsyncConnection, row: Mapping[str, Any], start: datetime, end: datetime
) -> Calendar:
    # a day of the zone may be a day more or less than UTC's, and a rule may look at the day before
    first, last = (moment.astimezone(UTC).date() for moment in (start, end))
    return await calendar_between(conn, row["calendar"], first - timedelta(days=2), last + timedelta(days=2))


def _intervals(
    row: Mapping[str, Any],
    calendar: Calendar,
    exceptions: list[Mapping[str, Any]],
    overrides: list[Override],
    start: datetime,
    end: datetime,
) -> list[Interval]:
    return open_intervals(
        _rules(row),
        calendar=calendar,
        zone=ZoneInfo(row["time_zone"]),
        start=start,
        end=end,
        holiday_policy=row["holiday_policy"] or row["host_policy"],
        exceptions=[_dated(one) for one in exceptions],
        overrides=overrides,
    )


def _rules(row: Mapping[str, Any]) -> Rules | None:
    return None if row["hours_rules"] is None else Rules.from_json(row["hours_rules"])


def _dated(row: Mapping[str, Any]) -> HoursException:
    return HoursException(row["during"].lower, row["during"].upper, row["state"])
