"""One station: everything about it, its ordinary week, its state now and its hours between two times."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Text, any_, exists, literal, or_, select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.engine import Database, driver_of
from geoapi.db.tables import (
    district,
    host,
    hours_exception,
    hours_override,
    organisation,
    planned_change,
    station,
)
from geoapi.errors import NotFound, Words
from geoapi.hours import (
    Calendar,
    HolidayPolicy,
    HoursException,
    Interval,
    Moment,
    Override,
    Rules,
    RulesFrom,
    Span,
    closed_reason,
    open_intervals,
    ordinary_week,
    state_at,
)
from geoapi.queries.calendar_days import calendar_between
from geoapi.queries.notices import Notice
from geoapi.queries.reports import STANDARD, WarningRule
from geoapi.queries.station_rows import WITH_DISTRICT, station_columns
from geoapi.schedule.refresh import regimes_sql

# how far ahead the next change is looked for
LOOK_AHEAD = timedelta(days=14)
HOURS_COLUMNS = ("hours_text", "hours_osm", "hours_certainty", "hours_rules", "hours_unread")
_REGIMES = "\n".join(
    (
        "WITH",
        regimes_sql("(VALUES (%(station)s::bigint))"),
        "SELECT day, fields, holiday_policy FROM regime ORDER BY day NULLS FIRST",
    )
)


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

    The row's hours are those of that day, where a change is planned or has taken effect since. `exceptions`
    are the dated ones of the two weeks from that time, `notice` is what is said of the one in force.
    """

    row: Mapping[str, Any]
    week: list[list[str]]
    now: Moment
    reason: str
    exceptions: list[Mapping[str, Any]]
    notice: Notice | None = None


@dataclass(frozen=True)
class _Ruled:
    """What hours go by, apart from dates: until the first day of `later`, and from each of those on.

    `fields` are the station's columns of hours in the same order, one more than `later`.
    """

    rules: Rules | None
    policy: HolidayPolicy | None
    later: tuple[RulesFrom, ...] = ()
    fields: tuple[Mapping[str, Any], ...] = ()

    def row_on(self, row: Mapping[str, Any], day: date) -> Mapping[str, Any]:
        """The station's row with the hours of a day."""
        if not self.later:
            return row
        past = sum(one.day <= day for one in self.later)
        policy = self.later[past - 1].holiday_policy if past else self.policy
        return {**row, **self.fields[past], "holiday_policy": policy, "host_policy": None}


async def get_station(
    database: Database, station_id: int, at: datetime, warn: WarningRule = STANDARD
) -> StationDetail:
    """The station as it is at `at`; a retired one too, which is closed since. Raises `NotFound`."""
    # a day back: what began yesterday evening may be on
    start, end = at - timedelta(days=1), at + LOOK_AHEAD
    async with database.connection() as conn:
        row = await _row(conn, station_id, at, warn)
        ruled = await _ruled(conn, row)
        exceptions = await _exceptions(conn, station_id, start, end)
        overrides = await _overrides(conn, row, start, end)
        calendar = await _calendar(conn, row, start, end)
    intervals = _intervals(row, ruled, calendar, exceptions, overrides, start, end)
    ahead = [one for one in exceptions if one["during"].upper > at]
    row = ruled.row_on(row, at.astimezone(ZoneInfo(row["time_zone"])).date())
    week = ordinary_week(_rules(row["hours_rules"]))
    retired_from = _retired_from(row)
    if retired_from is not None and retired_from <= at:
        return StationDetail(row, week, Moment("closed", "exception", None), "exception", ahead)
    now = state_at(intervals, at, until=end)
    reason = now.reason or closed_reason(
        at,
        ruled.rules,
        calendar=calendar,
        zone=ZoneInfo(row["time_zone"]),
        holiday_policy=ruled.policy,
        later=ruled.later,
        exceptions=[_dated(one) for one in exceptions],
    )
    # of several the later decides
    notices = [Notice(one["note_zh"], one["note_en"]) for one in exceptions if at in one["during"]]
    return StationDetail(row, week, now, reason, ahead, notices[-1] if notices else None)


async def get_hours(database: Database, station_id: int, start: datetime, end: datetime) -> StationHours:
    """What is open in [start, end), however far away. Raises `NotFound`.

    A station that was retired is closed since then.
    """
    async with database.connection() as conn:
        row = await _row(conn, station_id, start, STANDARD)
        ruled = await _ruled(conn, row)
        exceptions = await _exceptions(conn, station_id, start, end)
        overrides = await _overrides(conn, row, start, end)
        calendar = await _calendar(conn, row, start, end)
    until = min(end, _retired_from(row) or end)
    intervals = _intervals(row, ruled, calendar, exceptions, overrides, start, until)
    return StationHours(ZoneInfo(row["time_zone"]), intervals, calendar)


def _retired_from(row: Mapping[str, Any]) -> datetime | None:
    """The minute in which a station was retired: "now" is a minute, and nearest leaves it out at once."""
    retired_at: datetime | None = row["retired_at"]
    return None if retired_at is None else retired_at.replace(second=0, microsecond=0)


async def hours_as_if(
    database: Database, station_id: int, start: datetime, end: datetime, columns: Mapping[str, Any]
) -> tuple[Mapping[str, Any], StationHours]:
    """The station's row, and what would be open in [start, end) with these columns in place of its own.

    Its closures, emergency hours, calendar and zone count; hours that are planned for a day to come do not.
    Raises `NotFound`.
    """
    async with database.connection() as conn:
        row = await _row(conn, station_id, start, STANDARD)
        exceptions = await _exceptions(conn, station_id, start, end)
        overrides = await _overrides(conn, row, start, end)
        changed = {**row, **columns}
        calendar = await _calendar(conn, changed, start, end)
    ruled = _Ruled(_rules(changed["hours_rules"]), changed["holiday_policy"] or changed["host_policy"])
    intervals = _intervals(changed, ruled, calendar, exceptions, overrides, start, end)
    return row, StationHours(ZoneInfo(changed["time_zone"]), intervals, calendar)


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
            exists(
                select(planned_change.c.id).where(
                    planned_change.c.station_id == station.c.id,
                    planned_change.c.cancelled_at.is_(None),
                    planned_change.c.lapsed_at.is_(None),
                )
            ).label("has_planned"),
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


async def _ruled(conn: AsyncConnection, row: Mapping[str, Any]) -> _Ruled:
    if not row["has_planned"]:
        return _Ruled(_rules(row["hours_rules"]), row["holiday_policy"] or row["host_policy"])
    driver = await driver_of(conn)
    found = await driver.execute(_REGIMES.encode(), {"station": row["id"], "forgotten": date.min})
    regimes = await found.fetchall()
    if not regimes:
        return _Ruled(_rules(row["hours_rules"]), row["holiday_policy"] or row["host_policy"])
    (_, first, policy), *others = regimes
    later = tuple(RulesFrom(day, _rules(fields["hours_rules"]), policy) for day, fields, policy in others)
    fields = tuple({name: fields[name] for name in HOURS_COLUMNS} for _, fields, _ in regimes)
    return _Ruled(_rules(first["hours_rules"]), policy, later, fields)


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
    ruled: _Ruled,
    calendar: Calendar,
    exceptions: list[Mapping[str, Any]],
    overrides: list[Override],
    start: datetime,
    end: datetime,
) -> list[Interval]:
    return open_intervals(
        ruled.rules,
        calendar=calendar,
        zone=ZoneInfo(row["time_zone"]),
        start=start,
        end=end,
        holiday_policy=ruled.policy,
        later=ruled.later,
        exceptions=[_dated(one) for one in exceptions],
        overrides=overrides,
    )


def _rules(rules: Any) -> Rules | None:
    return None if rules is None else Rules.from_json(rules)


def _dated(row: Mapping[str, Any]) -> HoursException:
    return HoursException(row["during"].lower, row["during"].upper, row["state"])
