"""What a text says, clause by clause: days with spans, what is closed, what is in doubt."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from geoapi.hours.chinese.scan import Token
from geoapi.hours.rules import DAY, Dates, Span, merged

ALL_DAYS = frozenset(range(7))


@dataclass(slots=True)
class Clause:
    """Days (none were named: an empty list) and when they are open."""

    days: list[Token]
    spans: list[Token] = field(default_factory=list)
    dates: tuple[Dates, ...] = ()
    in_doubt: bool = False
    """Whether its hours stand on a word like 全日, which may not mean 24 hours."""
    staffed: bool = False
    """Whether its hours are those of somebody being there: one may get in at others."""


HOLIDAYS = ("holiday", "loose_holiday", "restday", "statutory_restday")
"""The words of days that take in public holidays."""


class Cut(NamedTuple):
    """A span that is closed on every day; not `sure` when only the staff may be resting."""

    span: Span
    sure: bool
    start: int
    end: int


@dataclass(slots=True)
class Sentences:
    """What a text says, clause by clause. Tokens keep the places in the text."""

    clauses: list[Clause] = field(default_factory=list)
    closed: list[Token] = field(default_factory=list)
    """Days that are closed."""
    cuts: list[Cut] = field(default_factory=list)
    including: list[Token] = field(default_factory=list)
    """Holidays that the hours include in so many words."""
    noon_rests: list[Token] = field(default_factory=list)
    """午间休息 without times, which says nothing beside hours that leave noon out."""
    no_rest: bool = False
    access: list[tuple[int, int]] = field(default_factory=list)
    notes: list[tuple[int, int]] = field(default_factory=list)
    unread: list[tuple[int, int]] = field(default_factory=list)


def is_weekdays(token: Token) -> bool:
    return token.word in ("weekdays", "weekend", "weekend_off", "weekday_only")


def weekdays_of(clause: Clause, *, paired: bool = False) -> frozenset[int]:
    """The weekdays a clause names; 平日 beside 假日 goes by the calendar instead."""
    return frozenset(
        day
        for token in clause.days
        if is_weekdays(token) and token.days and not (paired and token.word == "weekday_only")
        for day in token.days.weekdays
    )


def goes_by_calendar(clause: Clause, *, paired: bool) -> bool:
    """Whether a clause speaks of workdays as the calendar has them."""
    kinds = {token.word for token in clause.days}
    return "workday" in kinds or (paired and "weekday_only" in kinds)


def names_only_dates(clause: Clause) -> bool:
    return {token.word for token in clause.days} == {"date"}


def names_every_day(clauses: list[Clause]) -> bool:
    return any(not clause.days or any(t.word == "daily" for t in clause.days) for clause in clauses)


def spans_of(clause: Clause) -> tuple[Span, ...]:
    return merged(token.span for token in clause.spans if token.span)


def is_always(clause: Clause) -> bool:
    """Whether a clause is of 24 hours of every day, and surely so."""
    named = {day for token in clause.days if token.days for day in token.days.weekdays}
    every_day = not clause.days or named == ALL_DAYS or [token.word for token in clause.days] == ["daily"]
    whole = any(token.span == Span(0, DAY) for token in clause.spans)
    return every_day and whole and not clause.dates and not clause.in_doubt
