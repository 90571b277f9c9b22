"""Rules that become others on a day, minute by minute: hours belong to the day that they begin on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geoapi.hours import (
    Calendar,
    CalendarDay,
    Days,
    Rule,
    Rules,
    RulesFrom,
    Span,
    closed_reason,
    end_of_day,
    open_intervals,
    state_at,
)

MONDAY = date(2026, 11, 23)
WEEK = [MONDAY + timedelta(days=n) for n in range(-2, 8)]
CALENDAR = Calendar(CalendarDay(day, "workday" if day.weekday() < 5 else "weekend") for day in WEEK)
ZONES = ("Asia/Shanghai", "Asia/Kathmandu", "America/St_Johns")
Hours = tuple[Span, ...] | None
"""The hours of every day; none of them: closed; None: nobody knows."""

spans = st.builds(
    lambda start, length: Span(start * 30, start * 30 + length * 30), st.integers(0, 47), st.integers(1, 48)
)
hours: st.SearchStrategy[Hours] = st.none() | st.lists(spans, max_size=2).map(
    lambda some: tuple(sorted(some))
)


def rules_of(some: Hours) -> Rules | None:
    if some is None:
        return None
    return Rules((Rule(Days(), some, "open"),)) if some else Rules((Rule(Days(), (), "closed"),))


def brute_force(at: datetime, in_force: dict[date, Hours]) -> str:
    """The state at a wall clock's minute: yesterday's hours run over midnight, unknown ones do not."""
    day, minute = at.date(), at.hour * 60 + at.minute
    today, yesterday = in_force[day], in_force[day - timedelta(days=1)]
    over = yesterday is not None and any(span.start <= minute + 1440 < span.end for span in yesterday)
    if over:
        return "open"
    if today is None:
        return "unknown"
    return "open" if any(span.start <= minute < span.end for span in today) else "closed"


@given(
    first=hours,
    others=st.lists(st.tuples(st.integers(0, 5), hours), max_size=3),
    zone=st.sampled_from(ZONES),
)
@example(first=(Span(1320, 1800),), others=[(2, (Span(540, 1020),))], zone="Asia/Shanghai")
@example(first=None, others=[(2, (Span(1320, 1800),)), (3, None)], zone="Asia/Kathmandu")
@settings(max_examples=80, deadline=None)
def test_each_day_has_the_hours_in_force_on_it(
    first: Hours, others: list[tuple[int, Hours]], zone: str
) -> None:
    changes = dict(others)
    later = [RulesFrom(MONDAY + timedelta(days=n), rules_of(some)) for n, some in sorted(changes.items())]
    in_force: dict[date, Hours] = {}
    for n in range(-2, 8):
        first = changes.get(n, first)
        in_force[MONDAY + timedelta(days=n)] = first
    base = in_force[MONDAY - timedelta(days=1)]
    place = ZoneInfo(zone)
    start = datetime.combine(MONDAY, datetime.min.time(), place).astimezone(UTC)
    end = start + timedelta(days=6)
    found = open_intervals(rules_of(base), calendar=CALENDAR, zone=place, start=start, end=end, later=later)
    assert all(a.end <= b.start for a, b in pairwise(found))
    for n in range(0, 6 * 1440, 15):
        at = start + timedelta(minutes=n)
        wall = at.astimezone(place)
        assert state_at(found, at).state == brute_force(wall, in_force), wall


def test_without_later_rules_nothing_is_different() -> None:
    rules = rules_of((Span(1320, 1800),))
    start, end = datetime(2026, 11, 22, tzinfo=UTC), datetime(2026, 11, 27, tzinfo=UTC)
    asked = {"calendar": CALENDAR, "zone": ZoneInfo("Asia/Shanghai"), "start": start, "end": end}
    same = [RulesFrom(MONDAY + timedelta(days=2), rules)]
    assert open_intervals(rules, **asked) == open_intervals(rules, later=same, **asked)  # type: ignore[arg-type]


def test_why_it_is_closed_is_asked_of_the_days_own_rules() -> None:
    holidays = Calendar(CalendarDay(day, "holiday") for day in WEEK)
    weekdays = Rules(
        (Rule(Days(kind="workday"), (Span(540, 1020),), "open"), Rule(Days(kind="holiday"), (), "closed"))
    )
    at = datetime(2026, 11, 25, 3, tzinfo=UTC)
    later = [RulesFrom(MONDAY + timedelta(days=2), weekdays)]
    asked = {"calendar": holidays, "zone": ZoneInfo("Asia/Shanghai")}
    assert closed_reason(at, rules_of(()), later=later, **asked) == "holiday"  # type: ignore[arg-type]
    assert closed_reason(at - timedelta(days=1), rules_of(()), later=later, **asked) == "rule"  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("today", "tomorrow", "ends"),
    [
        pytest.param((Span(540, 1020),), None, "2026-11-24T00:00", id="by day: midnight"),
        pytest.param((Span(1320, 1800),), None, "2026-11-24T06:00", id="by night: when the night is over"),
        pytest.param((Span(0, 1440),), None, "2026-11-24T00:00", id="round the clock: midnight"),
        pytest.param((), None, "2026-11-24T00:00", id="closed: midnight"),
        pytest.param((Span(1320, 1800),), (Span(300, 600),), "2026-11-24T05:00", id="until the next begins"),
        pytest.param((Span(1320, 1800),), (Span(0, 1440),), "2026-11-24T00:00", id="which begins at once"),
    ],
)  # fmt: skip
def test_when_a_day_is_over(today: Hours, tomorrow: Hours, ends: str) -> None:
    zone = ZoneInfo("Asia/Shanghai")
    later = [] if tomorrow is None else [RulesFrom(MONDAY + timedelta(days=1), rules_of(tomorrow))]
    found = end_of_day(MONDAY, rules_of(today), calendar=CALENDAR, zone=zone, later=later)
    assert found == datetime.fromisoformat(ends).replace(tzinfo=zone)
    assert end_of_day(MONDAY, None, calendar=CALENDAR, zone=zone) == datetime(2026, 11, 23, 16, tzinfo=UTC)
