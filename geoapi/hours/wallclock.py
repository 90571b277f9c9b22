"""Between a zone's wall clock and instants, in whole microseconds.

Hours are read off the wall clock: an instant is within 01:00-01:30 when the clock on
the wall shows so. An hour that the clock skips does not come; one that it repeats
comes twice.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

MINUTE = 60_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
EPOCH_DAY = EPOCH.toordinal()
_ONE = timedelta(microseconds=1)
_DAY = 86_400_000_000


class Steady(NamedTuple):
    """A stretch of time with one offset: wall clock = instant + offset. Microseconds from 1970, half-open."""

    start: int
    end: int
    offset: int


def instant(moment: datetime) -> int:
    """Microseconds since 1970-01-01 UTC of an aware datetime."""
    return (moment - EPOCH) // _ONE


def moment(instant: int) -> datetime:
    """The aware datetime in UTC of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=instant)


@lru_cache(maxsize=1_024)
def steady_stretches(zone: tzinfo, start: int, end: int) -> tuple[Steady, ...]:
    """[start, end) cut wherever the zone's offset changes."""
    out: list[Steady] = []
    for day in range(start // _DAY, -(-end // _DAY)):
        for low, high, offset in _day_stretches(zone, day):
            low, high = max(low, start), min(high, end)
            if low >= high:
                continue
            if out and out[-1].offset == offset:
                out[-1] = out[-1]._replace(end=high)
            else:
                out.append(Steady(low, high, offset))
    return tuple(out)


@lru_cache(maxsize=8_192)
def _day_stretches(zone: tzinfo, day: int) -> tuple[Steady, ...]:
    """The day after 1970-01-01 numbered `day`, in UTC, cut where the offset changes."""
    start, end = day * _DAY, (day + 1) * _DAY
    offsets = [_offset(zone, at) for at in range(start, end + 1, _DAY // 4)]
    out = []
    for quarter, (before, after) in enumerate(pairwise(offsets)):
        low = start + quarter * (_DAY // 4)
        high = low + _DAY // 4
        if before == after:
            out.append(Steady(low, high, before))
            continue
        change = _change(zone, low, high)
        out += [Steady(low, change, before), Steady(change, high, after)]
    return tuple(out)


def _change(zone: tzinfo, low: int, high: int) -> int:
    """The first instant with another offset than `low`'s, to the second; `high` has another."""
    before = _offset(zone, low)
    while high - low > 1_000_000:
        middle = (low + high) // 2_000_000 * 1_000_000
        if _offset(zone, middle) == before:
            low = middle
        else:
            high = middle
    return high


def _offset(zone: tzinfo, at: int) -> int:
    try:
        offset = moment(at).astimezone(zone).utcoffset()
    except OverflowError:  # the last hours of year 9999 and the first of year 1
        return 0
    return (offset or timedelta()) // _ONE
