"""Rules, a calendar and a clock → the intervals in which a place is open or may be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from geoapi.errors import InvalidHours, Words
from geoapi.hours.calendar import Calendar
from geoapi.hours.day import HolidayPolicy, Mark, Stretch, day_course
from geoapi.hours.rules import DAY, Rules, Span
from geoapi.hours.wallclock import EPOCH_DAY, MINUTE, Steady, instant, moment, steady_stretches

Reason = Literal["rule", "exception", "holiday", "override", "unstated"]


@dataclass(frozen=True, slots=True)
class Interval:
    """A stretch of time, half-open and in UTC, in which a place is open, or not known to be closed.

    `reason` is that of its beginning. Where an interval was joined from pieces with
    several reasons, `parts` says from when each holds; otherwise it is empty.
    """

    start: datetime
    end: datetime
    state: Literal["open", "unknown"]
    reason: Reason
    parts: tuple[tuple[datetime, Reason], ...] = ()


@dataclass(frozen=True, slots=True)
class HoursException:
    """A dated closure or extra opening of one place, [start, end). It wins over everything else."""

    start: datetime
    end: datetime
    state: Literal["open", "closed"]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Override:
    """Extended hours of an area in an emergency: open in `spans` of the local day, within [start, end).

    It ends by itself, wherever a span stands then. A span past midnight belongs to the
    day it begins on; that of the day before `start` counts from `start`.
    """

    start: datetime
    end: datetime
    spans: tuple[Span, ...] = field(default=(Span(0, DAY),))
    note: str = ""


@dataclass(frozen=True, slots=True)
class RulesFrom:
    """Other rules, from the day on that they begin: hours that begin before that day keep to the old ones."""

    day: date
    rules: Rules | None
    holiday_policy: HolidayPolicy | None = None


class Piece(NamedTuple):
    """A stretch between two instants (microseconds since 1970); `open` None is unknown."""

    start: int
    end: int
    state: Literal["open", "unknown"]
    reason: Reason


def open_intervals(
    rules: Rules | None,
    *,
    calendar: Calendar,
    zone: ZoneInfo,
    start: datetime,
    end: datetime,
    holiday_policy: HolidayPolicy | None = None,
    later: Sequence[RulesFrom] = (),
    exceptions: Sequence[HoursException] = (),
    overrides: Sequence[Override] = (),
) -> list[Interval]:
    """When a place is open or may be, within [start, end): sorted, disjoint, joined where the state is equal.

    Everything not covered is closed for certain. `rules` None, or rules that are not
    `sure`, make the whole range unknown, save what exceptions and overrides decide.
    Hours are of `zone`'s wall clock. Of exceptions that overlap, the later in the
    sequence wins. `holiday_policy` settles days that the rules do not speak of:
    "as_usual" gives a public holiday its weekday's hours, "closed" none; with either, a
    make-up workday has the hours of a workday. `later` are the rules, and the policy,
    of days to come, by day. Raises `InvalidHours` for a time without an offset.
    """
    low, high = _instant(start, "start"), _instant(end, "end")
    if low >= high:
        return []
    if not later and (rules is None or not rules.sure):
        pieces = [Piece(low, high, "unknown", "unstated")]
    else:
        pieces = ruled_pieces(rules, calendar, zone, low, high, holiday_policy, later)
    for override in overrides:
        first, last = (
            max(_instant(override.start, "override"), low),
            min(_instant(override.end, "override"), high),
        )
        for piece in _daily(override.spans, zone, first, last):
            pieces = _laid_over(pieces, piece.start, piece.end, piece)
    for exception in exceptions:
        first, last = (
            max(_instant(exception.start, "exception"), low),
            min(_instant(exception.end, "exception"), high),
        )
        opened = Piece(first, last, "open", "exception") if exception.state == "open" else None
        pieces = _laid_over(pieces, first, last, opened)
    return _joined(pieces)


def ruled_pieces(
    rules: Rules | None,
    calendar: Calendar,
    zone: ZoneInfo,
    start: int,
    end: int,
    policy: HolidayPolicy | None,
    later: Sequence[RulesFrom] = (),
) -> list[Piece]:
    """What the rules alone say between two instants, in order; neighbours may have equal states."""
    out: list[Piece] = []
    for steady in steady_stretches(zone, start, end):
        first, last = (steady.start + steady.offset) // MINUTE, -(-(steady.end + steady.offset) // MINUTE)
        days = range(first // DAY, -(-last // DAY))
        before = _course(*_in_force(rules, policy, later, days.start - 1), calendar, days.start - 1)
        for day in days:
            course = _course(*_in_force(rules, policy, later, day), calendar, day)
            _append(out, _clock_day(course, before), day * DAY, steady)
            before = course
    return out


def rules_on(
    day: date, rules: Rules | None, policy: HolidayPolicy | None, later: Sequence[RulesFrom]
) -> tuple[Rules | None, HolidayPolicy | None]:
    """The rules and the policy in force on a day."""
    return _in_force(rules, policy, later, day.toordinal() - EPOCH_DAY)


def _in_force(
    rules: Rules | None, policy: HolidayPolicy | None, later: Sequence[RulesFrom], day: int
) -> tuple[Rules | None, HolidayPolicy | None]:
    for one in later:
        if one.day.toordinal() - EPOCH_DAY > day:
            break
        rules, policy = one.rules, one.holiday_policy
    return rules, policy


# like rules that say "unknown" and no more: nothing of such a day runs into the next
_UNKNOWN_DAY = (Stretch(0, DAY, Mark.UNKNOWN, "unstated"),)


def _course(
    rules: Rules | None, policy: HolidayPolicy | None, calendar: Calendar, day: int
) -> tuple[Stretch, ...]:
    """The course of the day numbered from 1970-01-01; nothing beyond the years 1 to 9999."""
    if rules is None or not rules.sure:
        return _UNKNOWN_DAY
    try:
        on = date.fromordinal(day + EPOCH_DAY)
    except (ValueError, OverflowError):
        return ()
    following = calendar.type_of(on + timedelta(days=1)) if rules.need_eve and on < date.max else None
    return day_course(rules, policy, on, calendar.type_of(on), following)


def end_of_day(
    day: date,
    rules: Rules | None,
    *,
    calendar: Calendar,
    zone: ZoneInfo,
    holiday_policy: HolidayPolicy | None = None,
    later: Sequence[RulesFrom] = (),
) -> datetime:
    """When a day is over for a place: at midnight, or when the hours that began on it run out (22:00-06:00).

    Never later than the next day's own hours begin.
    """
    number = day.toordinal() - EPOCH_DAY
    today, tomorrow = (
        _course(*_in_force(rules, holiday_policy, later, one), calendar, one) for one in (number, number + 1)
    )
    end = max((s.end for s in today if s.mark & _NOT_CLOSED), default=DAY)
    begins = min((s.start for s in tomorrow if s.mark & _NOT_CLOSED), default=DAY)
    minutes = min(max(end, DAY), DAY + begins)
    return (datetime.combine(day, time()) + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)


@lru_cache(maxsize=16_384)
def _clock_day(course: tuple[Stretch, ...], before: tuple[Stretch, ...]) -> tuple[Stretch, ...]:
    """The 24 hours of a day's clock: its own course, and what runs over from the day before."""
    if not before or before[-1].end <= DAY:
        return course
    spill = [Stretch(max(s.start - DAY, 0), s.end - DAY, s.mark, s.why) for s in before if s.end > DAY]
    own = [stretch for stretch in course if stretch.start < DAY]
    edges = sorted({0, DAY, *(min(edge, DAY) for s in (*spill, *own) for edge in s[:2])})
    out = []
    for start, end in pairwise(edges):
        late = next((s for s in spill if s.start <= start < s.end), None)
        mine = next((s for s in own if s.start <= start < s.end), None)
        if late is None or mine is None:
            if one := late or mine:
                out.append(Stretch(start, end, one.mark, one.why))
        else:
            both = late.mark if mine.mark == Mark.SHUT else _either(late.mark, mine.mark)
            out.append(Stretch(start, end, both, mine.why if mine.mark & Mark.OPEN else late.why))
    return tuple(out)


_MARKS = (Mark.CUT, Mark.OPEN, Mark.UNKNOWN, Mark.SHUT)


def _either(late: int, own: int) -> int:
    """What a minute may be that two days speak of: closed in so many words, then open, then unknown."""
    out = 0
    for one in _MARKS:
        for other in _MARKS:
            if late & one and own & other:
                out |= next(mark for mark in _MARKS if mark & (one | other))
    return out


def _append(out: list[Piece], course: tuple[Stretch, ...], midnight: int, steady: Steady) -> None:
    for start, end, mark, why in course:
        if start >= DAY or not mark & _NOT_CLOSED:
            continue
        low = max((midnight + start) * MINUTE - steady.offset, steady.start)
        high = min((midnight + min(end, DAY)) * MINUTE - steady.offset, steady.end)
        if low < high:
            sure = mark == Mark.OPEN
            out.append(Piece(low, high, "open" if sure else "unknown", why if sure else "unstated"))


_NOT_CLOSED = Mark.OPEN | Mark.UNKNOWN


def _daily(spans: tuple[Span, ...], zone: ZoneInfo, start: int, end: int) -> list[Piece]:
    out: list[Piece] = []
    for steady in steady_stretches(zone, start, end):
        first, last = (steady.start + steady.offset) // MINUTE, -(-(steady.end + steady.offset) // MINUTE)
        for day in range(first // DAY - 1, -(-last // DAY)):
            for span in spans:
                low = max((day * DAY + span.start) * MINUTE - steady.offset, steady.start)
                high = min((day * DAY + span.end) * MINUTE - steady.offset, steady.end)
                if low < high:
                    out.append(Piece(low, high, "open", "override"))
    return out


def _laid_over(pieces: list[Piece], start: int, end: int, new: Piece | None) -> list[Piece]:
    """`pieces` with [start, end) replaced by `new`, or by nothing."""
    if start >= end:
        return pieces
    out = []
    for old in pieces:
        if old.start < start:
            out.append(old._replace(end=min(old.end, start)))
        if old.end > end:
            out.append(old._replace(start=max(old.start, end)))
    return sorted([*out, new]) if new else out


def _joined(pieces: list[Piece]) -> list[Interval]:
    out: list[Interval] = []
    at = 0
    while at < len(pieces):
        start, end, state, reason = pieces[at]
        parts = [(start, reason)]
        at += 1
        while at < len(pieces) and pieces[at].start == end and pieces[at].state == state:
            end = pieces[at].end
            if pieces[at].reason != parts[-1][1]:
                parts.append((pieces[at].start, pieces[at].reason))
            at += 1
        several = tuple((moment(since), why) for since, why in parts) if len(parts) > 1 else ()
        out.append(Interval(moment(start), moment(end), state, reason, several))
    return out


def _instant(value: datetime, field: str) -> int:
    if value.tzinfo is None or value.utcoffset() is None:
        raise InvalidHours(
            Words("时间缺少时区", "a time without an offset"),
            field=field,
            mend=Words("请写明时区，例如 +08:00", "give the offset, for example +08:00"),
        )
    return instant(value)
