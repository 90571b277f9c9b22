"""OpenStreetMap's `opening_hours` → rules.

Read: `24/7`, weekdays and their nth of the month, PH, months and dates with or without
a year, spans, off, closed, open and unknown, `;` and `,` between rules. Not read, and
named: SH, weeks, Easter, sunrise and sunset, open ends, `||`, comments, offsets,
intervals. Spelling is taken as people write it (`Mon - Fri 9:00-17:00` too).

A later rule replaces what earlier ones say of a day, never what ran over midnight from
the day before.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from geoapi.hours.chinese.clock import find_span
from geoapi.hours.chinese.letters import plain_letters
from geoapi.hours.osm_write import MONTHS, WEEKDAYS
from geoapi.hours.rules import (
    DAY,
    Dates,
    Days,
    Kind,
    MonthDay,
    Rule,
    Rules,
    Span,
    State,
    is_month_day,
    last_day,
)

_LONG_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LONG_MONTHS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip


def _names(short: tuple[str, ...], long: tuple[str, ...]) -> dict[str, int]:
    """Every beginning of each long name, from the standard's short one on."""
    return {
        name[:length]: n
        for n, (start, name) in enumerate(zip(short, long, strict=True))
        for length in range(len(start), len(name) + 1)
    }


_DAY_NAMES = _names(WEEKDAYS, _LONG_DAYS)
_MONTH_NAMES = _names(MONTHS, _LONG_MONTHS)
_DAY = "(?:" + "|".join(sorted(_DAY_NAMES, key=len, reverse=True)) + r")\b\.?"
_MONTH = "(?:" + "|".join(sorted(_MONTH_NAMES, key=len, reverse=True)) + r")\b\.?"
_LOOKS = re.compile(
    rf"\b{_DAY}|\b{_MONTH}|\bph\b|\bsh\b|24\s*/\s*7|\b(?:off|closed|unknown|week|easter|sunrise|sunset|dawn|dusk)\b",
)
_HAN = re.compile(r"[\u2e80-\u9fff\uf900-\ufaff]")
_DATES = re.compile(
    rf"(?:(?P<year>\d{{4}})\s*)?(?P<month>{_MONTH})(?:\s*(?P<day>\d{{1,2}})(?![\d:]))?"
    rf"(?:\s*-\s*(?:(?P<to_year>\d{{4}})\s*)?(?:(?P<to_month>{_MONTH})(?:\s*(?P<to_day>\d{{1,2}})(?![\d:]))?"
    r"|(?P<until>\d{1,2})(?![\d:])))?"
)
_DAYS = re.compile(
    rf"(?P<first>{_DAY})(?:\s*(?:-|to)\s*(?P<last>{_DAY})|\s*\[(?P<nth>-?[1-5](?:\s*[,-]\s*-?[1-5])*)\])?"
    r"|(?P<eve>ph\s*-\s*1\s*days?\b)|(?P<ph>ph\b(?!\s*[-+])|public\s+holidays?\b)"
)
_SPAN = re.compile(r"(\d\d):([0-5]\d)\s*-\s*(\d\d):([0-5]\d)(?!\d)")
_STATE = re.compile(r"(off|closed|unknown|open)\b")
_SPACE = re.compile(r"\s*")
_STATES: dict[str, State] = {"off": "closed", "closed": "closed", "unknown": "unknown", "open": "open"}


def looks_like_osm(text: str) -> bool:
    """Whether a text is meant as `opening_hours`: it has one of its words, and nothing Chinese."""
    bare = re.sub(r'"[^"]*"', "", text)
    return _LOOKS.search(plain_letters(bare)) is not None and not _HAN.search(bare)


class OsmReading(NamedTuple):
    """Rules read (None where nothing was) and the places of what was not understood."""

    rules: Rules | None
    unread: list[tuple[int, int]]


def read_osm(text: str) -> OsmReading:
    """The rules of an `opening_hours` string, and the places of what could not be read.

    Public holidays are spoken for when a rule names PH, or when every rule that opens
    names all seven weekdays (`Mo-Su`) or is `24/7`: `Mo-Fr 09:00-17:00` says as little
    of holidays as 周一至周五 does.
    """
    plain = "".join(raw if raw in "[]" else char for raw, char in zip(text, plain_letters(text), strict=True))
    reader = _Reader(plain)
    reader.read()
    if all(rule.state == "unknown" for rule in reader.rules):
        return OsmReading(None, reader.unread or [(0, len(text))])
    rules = tuple(reader.rules)
    whole_week = reader.opens_whole_weeks and not any(
        rule.days.weekdays and not rule.days.nth for rule in rules
    )
    holidays = whole_week or any(rule.days.kind == "holiday" for rule in rules)
    return OsmReading(Rules(rules, holidays, makeups=whole_week, sure=not reader.unread), reader.unread)


class _StuckError(Exception):
    """A rule goes on with something that is not read."""


class _Reader:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.rules: list[Rule] = []
        self.unread: list[tuple[int, int]] = []
        self.opens_whole_weeks = True
        """Whether every rule that opens has named all seven weekdays."""

    def read(self) -> None:
        adds = False
        while self.at < len(self.text):
            start, held = self.at, len(self.rules)
            try:
                if self._take(re.compile(r"\s*;\s*|\s+$")):
                    adds = False
                    continue
                self._rule(adds and bool(self.rules))
                adds = self._take(re.compile(r"\s*,")) is not None
                if not adds and self.at < len(self.text) and not self._take(re.compile(r"\s*(?:;|$)")):
                    raise _StuckError
            except _StuckError:
                del self.rules[held:]
                self.at = start + self._length(start)
                self.unread.append((start, self.at))
                adds = False

    def _length(self, start: int) -> int:
        """To the next semicolon that is in no comment."""
        found = re.compile(r'(?:"[^"]*"|[^;"]|")*?(?=;|$)', re.DOTALL).match(self.text, start)
        return max((found.end() if found else len(self.text)) - start, 1)

    def _take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.text, self.at)
        if found:
            self.at = found.end()
        return found

    def _rule(self, adds: bool) -> None:
        self._take(_SPACE)
        if self._take(re.compile(r"24\s*/\s*7")):
            dates: tuple[Dates, ...] = ()
            selectors, whole = [Days()], True
            spans: tuple[Span, ...] = (Span(0, DAY),)
        else:
            dates, named = self._date_list(), self._day_list()
            if dates or named:
                self._take(re.compile(r"\s*:(?=\s)"))
            selectors = _selectors(named)
            whole = bool(named) and Days() in selectors
            spans = self._spans()
        self._take(_SPACE)
        word = self._take(_STATE)
        if not (dates or selectors != [Days()] or spans or word):
            raise _StuckError
        state: State = _STATES[word[1]] if word else "open"
        if state == "open" and not spans:
            spans = (Span(0, DAY),)
        if state in ("open", "unknown") and not whole:
            self.opens_whole_weeks &= all(days.kind in ("holiday", "eve") for days in selectors)
        for days in selectors:
            self.rules.append(Rule(replace(days, dates=dates), spans, state, adds and state != "closed"))

    def _more(self, pattern: re.Pattern[str]) -> bool:
        """Whether a comma and one more item follow; then stands before the item."""
        comma = re.compile(r"\s*,\s*").match(self.text, self.at)
        if comma is None or not pattern.match(self.text, comma.end()):
            return False
        self.at = comma.end()
        return True

    def _date_list(self) -> tuple[Dates, ...]:
        out: list[Dates] = []
        self._take(_SPACE)
        while found := self._take(_DATES):
            out.append(_dates(found))
            if not self._more(_DATES):
                break
        return tuple(out)

    def _day_list(self) -> list[Days]:
        out: list[Days] = []
        self._take(_SPACE)
        while found := self._take(_DAYS):
            out.append(_days(found))
            if not self._more(_DAYS):
                break
        return out

    def _spans(self) -> tuple[Span, ...]:
        out: list[Span] = []
        self._take(_SPACE)
        while (span := self._span()) is not None:
            out.append(span)
            comma = re.compile(r"\s*,\s*(?=\d)").match(self.text, self.at)
            if comma is None:
                break
            if _DATES.match(self.text, comma.end()):  # a date of the next rule: , 2026 Jan 01
                break
            self.at = comma.end()
        return tuple(out)

    def _span(self) -> Span | None:
        if strict := self._take(_SPAN):
            h1, m1, h2, m2 = map(int, strict.groups())
            start, end = h1 * 60 + m1, h2 * 60 + m2
            span = Span(start, end if end > start else end + DAY)
            if not span.is_valid or self.text[self.at : self.at + 1] in ("+", "/"):
                raise _StuckError
            return span
        found = find_span(self.text, self.at)
        if found is None:
            return None
        if found.span is None:
            raise _StuckError
        self.at = found.end
        return found.span


def _dates(found: re.Match[str]) -> Dates:
    month = _MONTH_NAMES[found["month"].rstrip(".")] + 1
    year = int(found["year"]) if found["year"] else None
    first = MonthDay(month, int(found["day"] or 1))
    if found["until"]:
        if not found["day"]:
            raise _StuckError
        last = MonthDay(month, int(found["until"]))
    elif found["to_month"]:
        to_month = _MONTH_NAMES[found["to_month"].rstrip(".")] + 1
        last = MonthDay(to_month, int(found["to_day"] or last_day(to_month)))
    else:
        last = MonthDay(month, int(found["day"] or last_day(month)))
    if not (is_month_day(*first) and is_month_day(*last)):
        raise _StuckError
    if found["to_year"] and (year is None or int(found["to_year"]) != year + (last < first)):
        raise _StuckError
    return Dates(first, last, year)


def _days(found: re.Match[str]) -> Days:
    if found["ph"]:
        return Days(kind="holiday")
    if found["eve"]:
        return Days(kind="eve")
    first = _DAY_NAMES[found["first"].rstrip(".")]
    if found["nth"]:
        nth: set[int] = set()
        for item in re.finditer(r"(-?[1-5])(?:\s*-\s*([1-5]))?", found["nth"]):
            low = int(item[1])
            nth |= set(range(low, int(item[2]) + 1)) if item[2] else {low}
        return Days(weekdays=(first,), nth=tuple(sorted(nth)))
    last = _DAY_NAMES[found["last"].rstrip(".")] if found["last"] else first
    return Days(weekdays=tuple(sorted((first + n) % 7 for n in range((last - first) % 7 + 1))))


def _selectors(named: list[Days]) -> list[Days]:
    """One selector for all plain weekdays, one for each nth, one for PH; without any, every day."""
    plain = tuple(sorted({day for days in named if not days.nth for day in days.weekdays}))
    out = [Days(weekdays=() if len(plain) == 7 else plain)] if plain else []
    by_nth: dict[tuple[int, ...], set[int]] = {}
    for days in named:
        if days.nth:
            by_nth.setdefault(days.nth, set()).update(days.weekdays)
    out += [Days(weekdays=tuple(sorted(weekdays)), nth=nth) for nth, weekdays in by_nth.items()]
    kinds: tuple[Kind, ...] = ("holiday", "eve")
    out += [Days(kind=kind) for kind in kinds if any(days.kind == kind for days in named)]
    return out or [Days()]
