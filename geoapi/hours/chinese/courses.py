"""Courses of days and parts of the year: what several have in common, whether seasons leave any day out."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from geoapi.hours.rules import DAY, Dates, MonthDay, Span, merged


def agreeing(several: set[tuple[Span, ...]]) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """What all of several courses have open, and what only some have."""
    edges = sorted({edge for spans in several for span in spans for edge in span})
    sure: list[Span] = []
    doubtful: list[Span] = []
    for start, end in pairwise(edges):
        having = sum(any(s.start <= start < s.end for s in spans) for spans in several)
        if having:
            (sure if having == len(several) else doubtful).append(Span(start, end))
    return merged(_within_days(sure)), merged(_within_days(doubtful))


def _within_days(spans: list[Span]) -> list[Span]:
    """Spans that begin past midnight cut off: they cannot be told of this day."""
    return [span for span in spans if span.start < DAY]


def cover_a_year(seasons: Iterable[tuple[Dates, ...]]) -> bool:
    """Whether every day of a leap year lies in exactly one season."""
    held: list[int] = []
    for dates in seasons:
        for one in dates:
            first, last = _day_of_year(one.first), _day_of_year(one.last)
            held += range(first, last + 1) if first <= last else [*range(first, 366), *range(last + 1)]
    return sorted(held) == list(range(366))


def _day_of_year(on: MonthDay) -> int:
    return (
        (31, 60, 91, 121, 152, 182, 213, 244, 274, 305, 335, 366)[on.month - 1]
        - (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)[on.month - 1]
        + on.day
        - 1
    )
