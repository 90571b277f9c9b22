"""Intervals → the times of day at which a schedule can be in a state at all.

The spatial index cannot hold a row for every station and interval (2.6 million for
200,000 stations and 14 days); it holds these slots, one or two a station, and the exact
intervals are looked up for the few stations it lets through. A slot may let through too
much, never too little.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple

from geoapi.hours import Interval

DAY = 1440
EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
MINUTE = timedelta(minutes=1)
# a hull of this many days holds every day of the week: it will come back as days pass
RECURS_AFTER_DAYS = 8


class Slot(NamedTuple):
    """UTC minutes of the day [first_minute, last_minute) and days since 1970-01-01.

    `days` None: comes back week after week; otherwise the half-open range of days.
    """

    state: str
    first_minute: int
    last_minute: int
    days: tuple[int, int] | None


def slots_of(intervals: Iterable[Interval]) -> list[Slot]:
    """The slots that cover `intervals`, sorted; overlapping or touching minutes of a state are one slot."""
    pieces: dict[str, list[tuple[int, int, int, int]]] = {}
    for interval in intervals:
        first = (interval.start - EPOCH) // MINUTE
        last = -((EPOCH - interval.end) // MINUTE)
        of_state = pieces.setdefault(interval.state, [])
        day, minute = divmod(first, DAY)
        length = last - first
        if length >= DAY:
            of_state.append((0, DAY, day, (last - 1) // DAY + 1))
        elif minute + length <= DAY:
            of_state.append((minute, minute + length, day, day + 1))
        else:
            of_state.append((minute, DAY, day, day + 1))
            of_state.append((0, minute + length - DAY, day + 1, day + 2))
    return sorted(
        (
            Slot(state, first, last, None if until - since >= RECURS_AFTER_DAYS else (since, until))
            for state, some in pieces.items()
            for first, last, since, until in _united(some)
        ),
        key=lambda slot: (slot.state, slot.first_minute),
    )


def _united(pieces: list[tuple[int, int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Pieces whose minutes overlap or touch, as one, with the hull of their days."""
    out: list[tuple[int, int, int, int]] = []
    for first, last, since, until in sorted(pieces):
        if out and first <= out[-1][1]:
            a, b, c, d = out[-1]
            out[-1] = (a, max(b, last), min(c, since), max(d, until))
        else:
            out.append((first, last, since, until))
    return out
