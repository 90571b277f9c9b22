"""What holds at one instant, why, and until when."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from geoapi.hours.calendar import Calendar
from geoapi.hours.day import HolidayPolicy
from geoapi.hours.intervals import HoursException, Interval, Reason, RulesFrom, ruled_pieces, rules_on
from geoapi.hours.rules import Rules
from geoapi.hours.wallclock import instant

OpenState = Literal["open", "closed", "unknown"]
ClosedReason = Literal["rule", "holiday", "exception"]


class Moment(NamedTuple):
    """The state at an instant. `changes_at` is None when it does not change within the range looked at.

    `reason` is None when closed: the intervals do not hold why, `closed_reason` finds it.
    """

    state: OpenState
    reason: Reason | None
    changes_at: datetime | None


def state_at(intervals: Sequence[Interval], at: datetime, *, until: datetime | None = None) -> Moment:
    """The state at `at` from `open_intervals`' answer, its reason, and the next change of state.

    `until` is the end of the range the intervals were worked out for: a state that
    lasts to it has no known next change.
    """
    after = bisect_right(intervals, at, key=lambda interval: interval.start)
    if after and at < intervals[after - 1].end:
        interval = intervals[after - 1]
        reason = next((why for since, why in reversed(interval.parts) if since <= at), interval.reason)
        changes = interval.end if until is None or interval.end < until else None
        return Moment(interval.state, reason, changes)
    return Moment("closed", None, intervals[after].start if after < len(intervals) else None)


def closed_reason(
    at: datetime,
    rules: Rules | None,
    *,
    calendar: Calendar,
    zone: ZoneInfo,
    holiday_policy: HolidayPolicy | None = None,
    later: Sequence[RulesFrom] = (),
    exceptions: Sequence[HoursException] = (),
) -> ClosedReason:
    """Why a place is closed at `at`, given that it is.

    "exception": a dated closure says so. "holiday": it is a public holiday, and were it
    an ordinary day of its weekday, the place would be (or might be) open. "rule":
    otherwise. `later` as in `open_intervals`.
    """
    last = next((e for e in reversed(exceptions) if e.start <= at < e.end), None)
    if last is not None and last.state == "closed":
        return "exception"
    local = at.astimezone(zone).date()
    in_force, _ = rules_on(local, rules, holiday_policy, later)
    if in_force is None or not in_force.sure:
        return "rule"
    if calendar.type_of(local) != "holiday":
        return "rule"
    ordinary = Calendar(
        day._replace(type="workday" if day.date.weekday() < 5 else "weekend") if day.date == local else day
        for day in calendar
        if abs((day.date - local).days) <= 1
    )
    now = instant(at)
    would_open = ruled_pieces(rules, ordinary, zone, now, now + 1, holiday_policy, later)
    return "holiday" if would_open else "rule"
