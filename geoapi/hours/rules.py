"""What hours say, apart from any calendar or clock: rules, and their JSON form.

Rules are read in order. On a day that a rule's `Days` match, an open or unknown rule
replaces what earlier rules said of that day (with `adds`, it adds to it); a closed rule
without spans clears the day, with spans it only cuts them out; a `perhaps` rule leaves
closed what is closed and makes what is open unknown. A rule belongs to the day its
spans begin on, so nothing said of Tuesday cuts Monday's 22:00-06:00.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Literal, NamedTuple, cast, get_args

from geoapi.errors import InvalidHours, Words
from geoapi.hours.festivals import Festival, festival_day

State = Literal["open", "closed", "unknown", "perhaps"]
Kind = Literal["any", "workday", "restday", "holiday", "eve"]

DAY = 24 * 60
"""Minutes in a day."""


class Span(NamedTuple):
    """Minutes after local midnight, half-open; `end` beyond 1440 runs past midnight.

    0 ≤ start < 1440 and start < end ≤ start + 1440.
    """

    start: int
    end: int

    def __str__(self) -> str:
        """ "09:00-17:30", "22:00-02:00" past midnight, "00:00-24:00" for a whole day."""
        end = self.end if self.end <= DAY else self.end - DAY
        return f"{clock(self.start)}-{clock(end)}"

    @classmethod
    def parse(cls, text: str) -> Span:
        """The span written "HH:MM-HH:MM"; an end not after its start is on the next day."""
        found = re.fullmatch(r"(\d\d):([0-5]\d)-(\d\d):([0-5]\d)", text)
        if found is None:
            raise _malformed(f"span {text!r:.40}")
        h1, m1, h2, m2 = map(int, found.groups())
        return cls.between(h1 * 60 + m1, h2 * 60 + m2)

    @classmethod
    def between(cls, start: int, end: int) -> Span:
        """The span from `start` to `end` minutes, over midnight when `end` is not later."""
        span = cls(start, end if end > start else end + DAY)
        if not span.is_valid:
            raise _malformed(f"span {start}-{end} min")
        return span

    @property
    def is_valid(self) -> bool:
        return 0 <= self.start < DAY and self.start < self.end <= self.start + DAY


def clock(minutes: int) -> str:
    """ "08:05" for 485."""
    return f"{minutes // 60:02}:{minutes % 60:02}"


class MonthDay(NamedTuple):
    """A day of any year; `day` 29 of February exists in leap years only."""

    month: int
    day: int

    def __str__(self) -> str:
        return f"{self.month:02}-{self.day:02}"


class Dates(NamedTuple):
    """Days from `first` to `last`, both included, over New Year when `last` is earlier.

    With `year`, only the one stretch that begins in that year.
    """

    first: MonthDay
    last: MonthDay
    year: int | None = None

    def hold(self, day: date) -> bool:
        this = (day.month, day.day)
        if self.first <= self.last:
            return self.first <= this <= self.last and self.year in (None, day.year)
        if this >= self.first:
            return self.year in (None, day.year)
        return this <= self.last and self.year in (None, day.year - 1)

    def __str__(self) -> str:
        year = f"{self.year:04}-" if self.year is not None else ""
        return f"{year}{self.first}/{self.last}"

    @classmethod
    def parse(cls, text: str) -> Dates:
        found = re.fullmatch(r"(?:(\d{4})-)?(\d\d)-(\d\d)/(\d\d)-(\d\d)", text)
        if found is None:
            raise _malformed(f"dates {text!r:.40}")
        year, *parts = found.groups()
        m1, d1, m2, d2 = map(int, parts)
        if not (is_month_day(m1, d1) and is_month_day(m2, d2)):
            raise _malformed(f"dates {text!r:.40}")
        return cls(MonthDay(m1, d1), MonthDay(m2, d2), int(year) if year else None)


_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def is_month_day(month: int, day: int) -> bool:
    """Whether some year has this day."""
    return 1 <= month <= 12 and 1 <= day <= _LONGEST[month - 1]


def last_day(month: int) -> int:
    """The month's last day in a leap year: 29 for February, so that ranges to its end hold it."""
    return _LONGEST[month - 1]


@dataclass(frozen=True, slots=True)
class Days:
    """The days a rule speaks of: every one of its conditions must hold; none is every day.

    `weekdays` count from Monday 0, ascending. `nth` picks their first (1), second …
    last (-1), second last (-2) … of the month. `dates` are parts of the year. `kind` is
    the calendar's word: a `workday` (make-up workdays included), a `restday` (weekend
    or holiday), a public `holiday`, the `eve` of one. `festival` counts days from one:
    ("new_year", -1, 2) is from the lunar New Year's eve to its third day.
    """

    weekdays: tuple[int, ...] = ()
    nth: tuple[int, ...] = ()
    dates: tuple[Dates, ...] = ()
    kind: Kind = "any"
    festival: tuple[Festival, int, int] | None = None

    @property
    def is_every_day(self) -> bool:
        return self == EVERY_DAY

    @property
    def needs_date(self) -> bool:
        """Whether the weekday and the day's type do not suffice to match."""
        return bool(self.nth or self.dates or self.festival)

    def near_festival(self, day: date) -> bool | None:
        """Whether `day` is by the `festival`; None in a year of which its date is not known."""
        if self.festival is None:
            return True
        name, first, last = self.festival
        around = [festival_day(name, year) for year in (day.year - 1, day.year, day.year + 1)]
        if any(on and first <= (day - on).days <= last for on in around):
            return True
        return None if around[1] is None else False

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {}
        if self.weekdays:
            out["weekdays"] = [day + 1 for day in self.weekdays]  # ISO 8601: Monday is 1
        if self.nth:
            out["nth"] = list(self.nth)
        if self.dates:
            out["dates"] = [str(dates) for dates in self.dates]
        if self.kind != "any":
            out["kind"] = self.kind
        if self.festival:
            out["festival"] = list(self.festival)
        return out

    @classmethod
    def from_json(cls, value: object) -> Days:
        fields = _object(value, {"weekdays", "nth", "dates", "kind", "festival"}, "days")
        weekdays = _integers(fields.get("weekdays", []), 1, 7, "weekdays")
        nth = _integers(fields.get("nth", []), -5, 5, "nth")
        festival = _list(fields.get("festival", []), "festival")
        offsets = _integers(festival[1:], -60, 60, "festival")
        if festival and (festival[0] not in get_args(Festival) or len(offsets) != 2):
            raise _malformed("festival")
        kind = fields.get("kind", "any")
        if 0 in nth or (nth and not weekdays) or kind not in get_args(Kind):
            raise _malformed("days")
        return cls(
            weekdays=tuple(sorted({day - 1 for day in weekdays})),
            nth=nth,
            dates=tuple(
                Dates.parse(_text(item, "dates")) for item in _list(fields.get("dates", []), "dates")
            ),
            kind=cast(Kind, kind),
            festival=(cast(Festival, festival[0]), offsets[0], offsets[1]) if festival else None,
        )


EVERY_DAY = Days()


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence of the hours. No spans mean the whole day, unless the rule is open: then none."""

    days: Days
    spans: tuple[Span, ...] = ()
    state: State = "open"
    adds: bool = False

    def to_json(self) -> dict[str, Any]:
        out: dict[str, Any] = {"state": self.state}
        if days := self.days.to_json():
            out["days"] = days
        if self.spans:
            out["spans"] = [str(span) for span in self.spans]
        if self.adds:
            out["adds"] = True
        return out

    @classmethod
    def from_json(cls, value: object) -> Rule:
        fields = _object(value, {"state", "days", "spans", "adds"}, "rule")
        state = fields.get("state")
        if state not in get_args(State) or not isinstance(fields.get("adds", False), bool):
            raise _malformed("rule")
        return cls(
            days=Days.from_json(fields.get("days", {})),
            spans=tuple(Span.parse(_text(s, "spans")) for s in _list(fields.get("spans", []), "spans")),
            state=cast(State, state),
            adds=bool(fields.get("adds", False)),
        )


@dataclass(frozen=True)
class Rules:
    """All that is known of a place's ordinary hours; hashable, stored as JSON.

    `holidays` and `makeups` tell whether the rules speak for public holidays and for
    make-up workdays (调休); where they do not, a policy settles it or those days are
    unknown. `sure` False means that some part was not understood and could be about
    any moment: everything is then unknown, whatever the rules say.
    """

    rules: tuple[Rule, ...]
    holidays: bool = False
    makeups: bool = False
    sure: bool = True
    _hash: int = field(default=0, init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # these are keys of every cache: hash the tree once, not at each look-up
        object.__setattr__(self, "_hash", hash((self.rules, self.holidays, self.makeups, self.sure)))

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def need_date(self) -> bool:
        """Whether any rule looks at more than the weekday and the day's type."""
        return any(rule.days.needs_date for rule in self.rules)

    @cached_property
    def need_eve(self) -> bool:
        """Whether any rule asks what the next day is."""
        return any(rule.days.kind == "eve" for rule in self.rules)

    def to_json(self) -> dict[str, Any]:
        """A JSON-ready value; docs/hours.md describes it."""
        return {
            "rules": [rule.to_json() for rule in self.rules],
            "holidays": self.holidays,
            "makeups": self.makeups,
            "sure": self.sure,
        }

    @classmethod
    def from_json(cls, value: object) -> Rules:
        """The rules that `to_json` wrote. Raises `InvalidHours` for anything else."""
        fields = _object(value, {"rules", "holidays", "makeups", "sure"}, "rules")
        flags = [fields.get(name) for name in ("holidays", "makeups", "sure")]
        if not all(isinstance(flag, bool) for flag in flags):
            raise _malformed("rules")
        return cls(tuple(Rule.from_json(rule) for rule in _list(fields.get("rules"), "rules")), *flags)  # type: ignore[arg-type]


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same minutes in order, overlapping and adjoining spans joined (up to 24 hours each)."""
    out: list[Span] = []
    for span in sorted(set(spans)):
        if out and span.start <= out[-1].end and max(span.end, out[-1].end) <= out[-1].start + DAY:
            out[-1] = Span(out[-1].start, max(span.end, out[-1].end))
        else:
            out.append(span)
    return tuple(out)


def _malformed(what: str) -> InvalidHours:
    return InvalidHours(
        Words(f"无法识别的时间规则：{what}", f"not hours rules: {what}"),
        field="rules",
        mend=Words("请使用 Rules.to_json 写出的内容", "give what Rules.to_json wrote"),
    )


def _object(value: object, names: set[str], what: str) -> Mapping[str, Any]:
    if not isinstance(value, Mapping) or not names.issuperset(value):
        raise _malformed(what)
    return value


def _list(value: object, what: str) -> list[object]:
    if not isinstance(value, list | tuple):
        raise _malformed(what)
    return list(value)


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise _malformed(what)
    return value


def _integers(value: object, low: int, high: int, what: str) -> tuple[int, ...]:
    items = _list(value, what)
    if not all(type(item) is int and low <= item <= high for item in items):
        raise _malformed(what)
    return tuple(cast(list[int], items))
