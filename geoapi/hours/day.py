"""What rules make of one day, when some of what decides it is not known.

Whatever is not known (the day's type, whether unstated hours hold on a holiday) is
played through: a day has one or several possible courses, and only what all of them
agree on is certain. So a doubt costs exactly the minutes it is about.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Final, Literal, NamedTuple

from geoapi.hours.calendar import DayType
from geoapi.hours.rules import DAY, Days, Rules

HolidayPolicy = Literal["as_usual", "closed"]
Why = Literal["rule", "holiday", "unstated"]


class Mark:
    """What a minute may be: one bit each, so that a sum of them is "one of these".

    Plain integers, for enum.Flag takes half the time of a whole evaluation.
    """

    SHUT: Final = 1
    """Nothing opens it; yesterday's hours may run into it."""
    OPEN: Final = 2
    UNKNOWN: Final = 4
    """The rules themselves say that it is not known."""
    CUT: Final = 8
    """Closed in so many words: yesterday's hours do not run into it."""


class Stretch(NamedTuple):
    """Minutes from the day's local midnight, half-open, up to 2880."""

    start: int
    end: int
    mark: int
    why: Why


class _World(NamedTuple):
    """One way the day may be. `stand_in` is the workday whose hours a make-up day follows."""

    type: DayType
    open_at_all: bool = True
    stand_in: int | None = None
    settled: bool = False
    """Whether this is the course of a holiday by policy rather than by the rules' own words."""
    eve: bool | None = False
    """Whether the next day is a public holiday."""
    in_doubt: bool = False
    """How what cannot be known turns out."""


def day_course(
    rules: Rules,
    policy: HolidayPolicy | None,
    day: date,
    type_: DayType | None,
    next_type: DayType | None,
) -> tuple[Stretch, ...]:
    """The stretches of `day` that are not simply shut, in order and disjoint.

    They begin within the day and may run past its end, to minute 2880. A type, of the
    day or of the next, is None when the calendar does not know it.
    """
    eve = (next_type and next_type == "holiday") if rules.need_eve else False
    return _course(rules, policy, day.weekday(), type_, day if rules.need_date else None, eve)


@lru_cache(maxsize=65_536)
def _course(
    rules: Rules,
    policy: HolidayPolicy | None,
    weekday: int,
    type_: DayType | None,
    day: date | None,
    eve: bool | None,
) -> tuple[Stretch, ...]:
    worlds = [world for possible in _types(weekday, type_) for world in _worlds(rules, policy, possible)]
    worlds = [world._replace(eve=eve) for world in worlds]
    if eve is None or (day and any(rule.days.near_festival(day) is None for rule in rules.rules)):
        worlds += [world._replace(in_doubt=True) for world in worlds]
    courses = {_paint(rules, weekday, day, world) for world in worlds}
    return _agreed(courses)


def ordinary_course(rules: Rules, weekday: int) -> tuple[Stretch, ...]:
    """The course of an ordinary workday or weekend day; rules for dates do not count."""
    return _paint(rules, weekday, None, _World("workday" if weekday < 5 else "weekend"))


def _types(weekday: int, type_: DayType | None) -> tuple[DayType, ...]:
    if type_ is not None:
        return (type_,)
    return ("workday", "holiday") if weekday < 5 else ("weekend", "holiday", "makeup")


def _worlds(rules: Rules, policy: HolidayPolicy | None, type_: DayType) -> list[_World]:
    if type_ == "holiday" and not rules.holidays:
        as_usual, closed = _World(type_, settled=True), _World(type_, open_at_all=False, settled=True)
        return [as_usual, closed] if policy is None else [as_usual if policy == "as_usual" else closed]
    if type_ == "makeup" and not rules.makeups:
        # nobody says which weekday's hours a make-up day follows, so it is certain where all five agree
        as_workday = [_World(type_, stand_in=weekday) for weekday in range(5)]
        return as_workday if policy else [_World(type_), *as_workday]
    return [_World(type_)]


def _matches(days: Days, weekday: int, day: date | None, world: _World) -> bool:
    if days.kind != "any":
        works = world.type in ("workday", "makeup")
        if days.kind == "holiday" and world.type != "holiday":
            return False
        if days.kind == "eve":
            if not (world.in_doubt if world.eve is None else world.eve):
                return False
        elif days.kind in ("workday", "restday") and works != (days.kind == "workday"):
            return False
    if days.weekdays:
        if (weekday if world.stand_in is None else world.stand_in) not in days.weekdays:
            return False
        if days.nth and (world.stand_in is not None or day is None or not _is_nth(day, days.nth)):
            return False
    if days.dates and (day is None or not any(dates.hold(day) for dates in days.dates)):
        return False
    if days.festival is not None:
        near = days.near_festival(day) if day else False
        return world.in_doubt if near is None else near
    return True


def _is_nth(day: date, nth: tuple[int, ...]) -> bool:
    from_end = (monthrange(day.year, day.month)[1] - day.day) // 7 + 1
    return (day.day - 1) // 7 + 1 in nth or -from_end in nth


def _paint(rules: Rules, weekday: int, day: date | None, world: _World) -> tuple[Stretch, ...]:
    if not world.open_at_all:
        return ()
    course: list[Stretch] = []
    for rule in rules.rules:
        if not _matches(rule.days, weekday, day, world):
            continue
        special = rule.days.kind in ("holiday", "restday") or world.settled
        why: Why = "holiday" if world.type == "holiday" and special else "rule"
        if rule.state == "closed":
            if not rule.spans:
                course = []
            for span in rule.spans:
                course = _over(course, Stretch(*span, Mark.CUT, why))
        elif rule.state == "perhaps":
            course = _in_doubt(course, rule.spans or ((0, 2 * DAY),))
        else:
            if not rule.adds:
                course = []
            spans = rule.spans or (((0, DAY),) if rule.state == "unknown" else ())
            for start, end in spans:
                if rule.state == "open":
                    course = _over(course, Stretch(start, end, Mark.OPEN, why))
                else:
                    course = _over(course, Stretch(start, end, Mark.UNKNOWN, "unstated"))
    return _joined(course)


def _over(course: list[Stretch], new: Stretch) -> list[Stretch]:
    """`course` with `new` laid over it."""
    out = [new]
    for old in course:
        if old.start < new.start:
            out.append(old._replace(end=min(old.end, new.start)))
        if old.end > new.end:
            out.append(old._replace(start=max(old.start, new.end)))
    return sorted(out)


def _in_doubt(course: list[Stretch], spans: Iterable[tuple[int, int]]) -> list[Stretch]:
    """`course` with what is open within `spans` made unknown."""
    for start, end in spans:
        for old in course:
            low, high = max(start, old.start), min(end, old.end)
            if old.mark == Mark.OPEN and low < high:
                course = _over(course, Stretch(low, high, Mark.UNKNOWN, "unstated"))
    return course


def _joined(course: Iterable[Stretch]) -> tuple[Stretch, ...]:
    out: list[Stretch] = []
    for new in course:
        if out and out[-1].end == new.start and out[-1][2:] == new[2:]:
            out[-1] = out[-1]._replace(end=new.end)
        else:
            out.append(new)
    return tuple(out)


def _agreed(courses: set[tuple[Stretch, ...]]) -> tuple[Stretch, ...]:
    """What all courses say alike; unknown where they differ."""
    if len(courses) == 1:
        return courses.pop()
    edges = sorted({edge for course in courses for stretch in course for edge in stretch[:2]})
    out = []
    for start, end in pairwise(edges):
        found = [next((s for s in course if s.start <= start < s.end), None) for course in courses]
        mark = 0
        for stretch in found:
            mark |= stretch.mark if stretch else Mark.SHUT
        whys = {stretch.why for stretch in found if stretch}
        if mark != Mark.SHUT:
            # where the day is open either way, the rules suffice to say so
            why = whys.pop() if len(whys) == 1 else "rule"
            out.append(Stretch(start, end, mark, why))
    return _joined(out)
