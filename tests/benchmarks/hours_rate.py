"""How fast texts of hours are read, and how fast what was read is turned into a fortnight of intervals."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from geoapi.hours import Calendar, open_intervals, read_hours, reading, seed_calendar
from geoapi.sample.city import sample_city
from geoapi.schedule import window_at


@dataclass(frozen=True)
class HoursRate:
    """Distinct texts of the sample city; texts read a second, rules evaluated over the window a second."""

    texts: int
    read_per_s: float
    evaluated_per_s: float


def measure(seconds: float) -> HoursRate:
    """Both rates, each over some `seconds` on one core, nothing cached."""
    texts = sorted({s.hours_text for s in sample_city().stations if s.hours_text})
    window = window_at(datetime.now(UTC), 14)
    years = range(window.starts_at.year, window.ends_at.year + 1)
    calendar = Calendar(seed_calendar("CN", years))
    rules = [read_hours(text).rules for text in texts]

    def read() -> None:
        # a load reads each distinct text once: what the cache saves is not counted
        reading._read.cache_clear()
        for text in texts:
            read_hours(text)

    def evaluate() -> None:
        for rule in rules:
            open_intervals(
                rule, calendar=calendar, zone=ZoneInfo("Asia/Shanghai"), start=window.starts_at,
                end=window.ends_at,
            )  # fmt: skip

    return HoursRate(len(texts), len(texts) * _per_s(read, seconds), len(texts) * _per_s(evaluate, seconds))


def _per_s(work: Callable[[], None], seconds: float) -> float:
    work()
    begun, rounds = time.perf_counter(), 0
    while (passed := time.perf_counter() - begun) < seconds:
        work()
        rounds += 1
    return rounds / passed
