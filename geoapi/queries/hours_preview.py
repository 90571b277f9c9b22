"""What hours would come to, before anything is saved: the coming days, and what a worker would read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from geoapi.db.engine import Database
from geoapi.errors import Words
from geoapi.hours import (
    Calendar,
    HolidayPolicy,
    Interval,
    Reading,
    Rules,
    open_intervals,
    ordinary_week,
    seed_calendar,
)
from geoapi.hours.told import is_weekly, told_to_workers
from geoapi.queries.calendar_days import calendar_between
from geoapi.queries.lookup import hours_as_if

DAYS: Final = 7
STANDARD_ZONE: Final = ZoneInfo("Asia/Shanghai")
STANDARD_CALENDAR: Final = "CN"

Policy = HolidayPolicy | None | Literal["as_now"]


@dataclass(frozen=True)
class Place:
    """Where the hours are of: a station's place in time, or another. None: the station's, or the usual."""

    station_id: int | None = None
    zone: ZoneInfo | None = None
    calendar: str | None = None
    # None settles nothing; "as_now" leaves it to the station
    holiday_policy: Policy = "as_now"


@dataclass(frozen=True)
class Day:
    """A day of the preview with what is open within it."""

    date: date
    type: str | None
    name: Words | None
    intervals: list[Interval]


@dataclass(frozen=True)
class Preview:
    """What hours would come to. `differs` is None without a station to differ from."""

    days: list[Day]
    zone: ZoneInfo
    holiday_policy: HolidayPolicy | None
    workers_read: Words
    problems: list[tuple[str, Words]]
    differs: bool | None


async def preview_hours(database: Database, reading: Reading, place: Place, now: datetime) -> Preview:
    """What these hours would come to at that place, from today on.

    Raises `NotFound` for a station that there is not, `UnknownCode` for a calendar of nowhere.
    """
    rules = reading.rules.to_json() if reading.rules is not None else None
    columns: dict[str, Any] = {"hours_rules": rules}
    if place.zone is not None:
        columns["time_zone"] = place.zone.key
    if place.calendar is not None:
        columns["calendar"] = place.calendar
    if place.holiday_policy != "as_now":
        columns["holiday_policy"] = place.holiday_policy
    # a zone's today may be yesterday's or tomorrow's in UTC
    start, end = now - timedelta(days=2), now + timedelta(days=DAYS + 2)
    differs = None
    policy: HolidayPolicy | None
    if place.station_id is not None:
        row, hours = await hours_as_if(database, place.station_id, start, end, columns)
        zone, intervals, calendar = hours.zone, hours.intervals, hours.calendar
        changed = {**row, **columns}
        policy = changed["holiday_policy"] or row["host_policy"]
        differs = any(row[name] != changed[name] for name in ("hours_rules", "holiday_policy"))
    else:
        zone = place.zone or STANDARD_ZONE
        policy = None if place.holiday_policy == "as_now" else place.holiday_policy
        calendar = await _calendar(database, place.calendar or STANDARD_CALENDAR, start, end)
        intervals = open_intervals(
            reading.rules, calendar=calendar, zone=zone, start=start, end=end, holiday_policy=policy
        )
    return Preview(
        days=_days(intervals, calendar, zone, now),
        zone=zone,
        holiday_policy=policy,
        workers_read=told_to_workers(reading, policy),
        problems=list(_problems(reading, policy, calendar, zone, now).items()),
        differs=differs,
    )


async def _calendar(database: Database, jurisdiction: str, start: datetime, end: datetime) -> Calendar:
    async with database.connection() as conn:
        calendar = await calendar_between(conn, jurisdiction, start.date(), end.date())
    if not calendar:
        # nobody has entered it; a code that packages know may still have no days of this year
        seed_calendar(jurisdiction, ())
    return calendar


def _days(intervals: list[Interval], calendar: Calendar, zone: ZoneInfo, now: datetime) -> list[Day]:
    today = now.astimezone(zone).date()
    out = []
    for on in (today + timedelta(days=n) for n in range(DAYS)):
        start, end = (
            datetime.combine(day, time(), zone).astimezone(UTC) for day in (on, on + timedelta(days=1))
        )
        within = [
            Interval(max(one.start, start), min(one.end, end), one.state, _reason_at(one, start))
            for one in intervals
            if one.start < end and start < one.end
        ]
        name = calendar[on].name if on in calendar else None
        out.append(Day(on, calendar.type_of(on), name, within))
    return out


def _reason_at(interval: Interval, start: datetime) -> Any:
    """Why it is open or unknown at `start`, or from its beginning on."""
    return next((why for since, why in reversed(interval.parts) if since <= start), interval.reason)


def _problems(
    reading: Reading, policy: HolidayPolicy | None, calendar: Calendar, zone: ZoneInfo, now: datetime
) -> Mapping[str, Words]:
    """What somebody who enters these hours may want to mend, by code."""
    found: dict[str, Words] = {}
    rules = reading.rules
    if rules is None:
        found["not_understood"] = Words(
            "没有读懂，会显示为“不确定”；可改用一周表",
            "not understood: shown as not known; a table of the week helps",
        )
        return found
    if reading.certainty == "partial":
        parts = "、".join(f"“{part}”" for part in reading.unread)
        found["partly_understood"] = Words(f"没有完全读懂：{parts}", f"not all of it was understood: {parts}")
    if not rules.sure:
        return found
    if is_weekly(rules) and not any(ordinary_week(rules)):
        found["never_open"] = Words("按此从不开放", "it would never be open")
    elif _leaves_holidays(rules, policy):
        found["holidays_unsaid"] = Words(
            "没有说明法定节假日是否开放，当天会显示为“不确定”",
            "nothing is said of public holidays: shown as not known on them",
        )
    if any(now.astimezone(zone).date() + timedelta(days=n) not in calendar for n in range(DAYS)):
        found["calendar_unknown"] = Words("尚无近期的节假日安排", "the calendar of these days is not known")
    return found


def _leaves_holidays(rules: Rules, policy: HolidayPolicy | None) -> bool:
    # hours of workdays are closed on holidays by their very word
    by_calendar = all(rule.days.kind != "any" for rule in rules.rules)
    return policy is None and not rules.holidays and not by_calendar
