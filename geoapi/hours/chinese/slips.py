"""What keeps a clause from being trusted: slips of the pen, and days that contradict each other."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from geoapi.hours.chinese.said import ALL_DAYS, Clause, Sentences, names_only_dates, weekdays_of
from geoapi.hours.chinese.scan import Token
from geoapi.hours.rules import Span


def slips(said: Sentences, closed_weekdays: set[int], *, paired: bool) -> Iterator[Token]:
    """The tokens that cannot be trusted; none for most texts.

    `paired` tells whether 平日 stands beside 假日, and goes by the calendar.
    """
    usual = [clause.days for clause in said.clauses if not clause.dates]
    for clause in said.clauses:
        yield from _of_spans(clause, said)
        kinds = {token.word for token in clause.days}
        named = weekdays_of(clause)
        if "daily" in kinds and named and named != ALL_DAYS:
            yield from clause.days
        if "weekday_only" in kinds and not paired and closed_weekdays & {0, 1, 2, 3, 4}:
            yield from clause.days
        if kinds & {"festival", "spring", "folk", "some_holiday"}:
            yield from clause.days
        weekend_off = any(token.word == "weekend_off" for token in said.closed)
        if weekend_off and ("daily" in kinds or named & {5, 6}):
            yield from clause.days
        if "date" in kinds and (len(kinds) > 1 or all(map(names_only_dates, said.clauses))):
            yield from clause.days  # 2026年5月1日至10月7日每天…: and what of the rest of the year?
        if clause.dates and any(clause.days is days for days in usual) and named not in (set(), ALL_DAYS):
            yield from clause.spans  # 周一至周五…；10月1日-7日…: on all of these?


def _of_spans(clause: Clause, said: Sentences) -> Iterator[Token]:
    spans = [token.span for token in clause.spans if token.span]
    if any(b.start < a.end for a, b in pairwise(spans)):
        yield from clause.spans
    if not _leaves_noon_out(spans):
        yield from said.noon_rests
    if clause.in_doubt and len(said.clauses) > 1:
        yield from clause.spans


def _leaves_noon_out(spans: list[Span]) -> bool:
    return any(a.end <= 13 * 60 and b.start >= 12 * 60 for a, b in pairwise(spans))
