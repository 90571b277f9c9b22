"""Hours of a week in words: OpenStreetMap's `opening_hours`."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

HOURS_A_DAY: Final = 24
HOURS_A_WEEK: Final = 7 * HOURS_A_DAY
DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")


def week_text(hours: NDArray[np.bool_]) -> list[str]:
    """The hours of a week as rules, one for the days that are alike: "Mo-Fr 20:00-06:00", "Sa 18:00-24:00".

    `hours` is bool[168], Monday 00:00 first, and comes round: Sunday night runs into Monday morning. A
    stretch of less than a day over midnight is said on the day it begins on; a longer one is cut at
    midnights. Joined by "; " the rules are one `opening_hours` string. No hours: no rules; all: "24/7".
    Raises `ValueError` where there are not 168.
    """
    if hours.shape != (HOURS_A_WEEK,):
        raise ValueError(f"a week has {HOURS_A_WEEK} hours, not {hours.shape}")
    if hours.all():
        return ["24/7"]
    spans: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for start, length in stretches(hours):
        day, hour = divmod(start, HOURS_A_DAY)
        if hour + length <= HOURS_A_DAY or length < HOURS_A_DAY:
            spans[day].append((hour, hour + length))
            continue
        for midnight in range(0, hour + length, HOURS_A_DAY):
            first, last = max(hour, midnight), min(hour + length, midnight + HOURS_A_DAY)
            spans[(day + midnight // HOURS_A_DAY) % 7].append((first - midnight, last - midnight))
    alike: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day, of_day in enumerate(spans):
        if of_day:
            alike.setdefault(tuple(sorted(of_day)), []).append(day)
    return [f"{_days(days)} {','.join(map(_span, of_days))}" for of_days, days in alike.items()]


def stretches(hours: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, length) of each unbroken stretch of a week that comes round, by start; (0, all) for a whole."""
    if hours.all():
        return [(0, hours.size)] if hours.size else []
    starts = np.flatnonzero(hours & ~np.roll(hours, 1))
    ends = np.flatnonzero(hours & ~np.roll(hours, -1)) + 1
    if starts.size and ends[0] <= starts[0]:
        ends = np.append(ends[1:], ends[0] + hours.size)
    return list(zip(starts.tolist(), (ends - starts).tolist(), strict=True))


def _span(span: tuple[int, int]) -> str:
    start, end = span
    return f"{start:02}:00-{end if end <= HOURS_A_DAY else end - HOURS_A_DAY:02}:00"


def _days(days: list[int]) -> str:
    """ "Mo-Fr", "Mo,We", "Mo-Tu,Su"."""
    parts: list[list[int]] = []
    for day in days:
        if parts and parts[-1][-1] == day - 1:
            parts[-1].append(day)
        else:
            parts.append([day])
    return ",".join(
        DAYS[part[0]] if len(part) == 1 else f"{DAYS[part[0]]}-{DAYS[part[-1]]}" for part in parts
    )
