"""The ways in which a station could open longer: blocks of closed hours that one would put on a door."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.week_text import HOURS_A_DAY, HOURS_A_WEEK, stretches

Mask = NDArray[np.bool_]

FAMILIES: Final = (tuple(range(7)), tuple(range(5)), (5, 6))
"""Days that are changed together: every day, Monday to Friday, the weekend."""

EARLIEST: Final = 7
"""The first hour at which a day can close; what closes at 06:00 or before closes late, the day before."""


def blocks_of(closed: Mask) -> NDArray[np.bool_]:
    """bool (blocks, instants): what could be added to a station's hours, within those it is closed for sure.

    `closed` is bool[168] of a week, or bool[1] of one moment, whose only block is itself. What is not closed
    counts as the station's hours, unknown ones too. For all days, Monday to Friday, and the weekend:

    - later, until each full hour up to 06:00; earlier, from each full hour; through the breaks of the day;
    - for a station that has no hours in this week, every daily block, past midnight too.

    And: round the clock; the weekend, or days without hours, like the others. Each once, in a set order;
    none where the station is always open. Raises `ValueError` for other numbers of instants.
    """
    if closed.shape == (1,):
        return closed[np.newaxis][closed]
    if closed.shape != (HOURS_A_WEEK,):
        raise ValueError(f"blocks are of one moment or of {HOURS_A_WEEK} hours, not of {closed.shape}")
    found = [closed]
    if closed.all():
        found += _any_daily()
    else:
        found += _later(closed) + _earlier(closed) + _breaks(closed) + _like_other_days(closed)
    blocks = np.unique(np.array(found) & closed, axis=0)
    return blocks[blocks.any(axis=1)]


def _mask(spans: list[tuple[int, int]]) -> Mask:
    """The hours from `start` until before `end`, counted from Monday 00:00 on and round the week."""
    hours = np.zeros(HOURS_A_WEEK, dtype=bool)
    for start, end in spans:
        hours[np.arange(start, end) % HOURS_A_WEEK] = True
    return hours


def _gaps(closed: Mask) -> list[tuple[int, int]]:
    return [(start, start + length) for start, length in stretches(closed)]


def _later(closed: Mask) -> list[Mask]:
    """From the day's last closing on."""
    last: dict[int, tuple[int, int]] = {}
    for start, end in _gaps(closed):
        day = _business_day(start) % 7
        if day not in last or _clock(start) > _clock(last[day][0]):
            last[day] = (start, end)
    return [
        _mask(
            [
                (start, min(end, start + until - _clock(start)))
                for day, (start, end) in last.items()
                if day in family and _clock(start) < until
            ]
        )
        for family in FAMILIES
        for until in range(EARLIEST + 1, EARLIEST + HOURS_A_DAY)
    ]


def _business_day(closing: int) -> int:
    """The day that a closing ends: at 02:00, as at midnight, the day before."""
    return (closing - EARLIEST) // HOURS_A_DAY


def _clock(closing: int) -> int:
    """The hour of a closing on the day that it ends: 7 to 30."""
    return (closing - EARLIEST) % HOURS_A_DAY + EARLIEST


def _earlier(closed: Mask) -> list[Mask]:
    """Until the day's first opening."""
    first: dict[int, tuple[int, int]] = {}
    for start, end in _gaps(closed):
        day = end // HOURS_A_DAY % 7
        if day not in first or end % HOURS_A_DAY < first[day][1] % HOURS_A_DAY:
            first[day] = (start, end)
    return [
        _mask(
            [
                (max(start, end - end % HOURS_A_DAY + since), end)
                for day, (start, end) in first.items()
                if day in family
            ]
        )
        for family in FAMILIES
        for since in range(HOURS_A_DAY)
    ]


def _breaks(closed: Mask) -> list[Mask]:
    """Between one closing and the next opening of the same day."""
    within = [(start, end) for start, end in _gaps(closed) if _business_day(start) == end // HOURS_A_DAY]
    return [_mask([gap for gap in within if gap[1] // HOURS_A_DAY in family]) for family in FAMILIES]


def _like_other_days(closed: Mask) -> list[Mask]:
    """On the weekend, or on days without hours, the hours of most other days.

    With days from midnight to midnight, and as people count them who are open at 02:00.
    """
    found = []
    for dawn in (0, EARLIEST - 1):
        open_days = np.roll(~closed, -dawn).reshape(7, HOURS_A_DAY)
        weekend, resting = np.zeros_like(open_days), np.zeros_like(open_days)
        weekend[5:] = open_days[:5].sum(axis=0) >= 3
        some = open_days.any(axis=1)
        resting[~some] = open_days[some].sum(axis=0) * 2 > some.sum()
        found += [np.roll(weekend.ravel(), dawn), np.roll(resting.ravel(), dawn)]
    return found


def _any_daily() -> list[Mask]:
    return [
        _mask([(day * HOURS_A_DAY + since, day * HOURS_A_DAY + since + length) for day in family])
        for family in FAMILIES
        for since in range(HOURS_A_DAY)
        for length in range(1, HOURS_A_DAY + 1)
    ]
