"""Rules, calendars and zones for Hypothesis."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo, available_timezones

from hypothesis import strategies as st

from geoapi.hours import Calendar, CalendarDay, Dates, Days, MonthDay, Rule, Rules, Span

STEP = 30
"""Minutes: every span begins and ends on a multiple of it."""

ZONES = sorted(available_timezones() - {"localtime", "Factory"})


def spans() -> st.SearchStrategy[Span]:
    start = st.integers(0, 24 * 60 // STEP - 1)
    length = st.integers(1, 24 * 60 // STEP)
    return st.builds(lambda a, n: Span(a * STEP, (a + n) * STEP), start, length)


def month_days() -> st.SearchStrategy[MonthDay]:
    return st.dates(date(2024, 1, 1), date(2024, 12, 31)).map(lambda day: MonthDay(day.month, day.day))


def dates(years: st.SearchStrategy[int | None] | None = None) -> st.SearchStrategy[Dates]:
    return st.builds(Dates, month_days(), month_days(), years or st.sampled_from([None, None, 2024, 2025]))


@st.composite
def days(draw: st.DrawFn) -> Days:
    weekdays = tuple(sorted(draw(st.sets(st.integers(0, 6), max_size=6))))
    nth = draw(st.sampled_from([(), (), (1,), (-1,), (2, 4)])) if weekdays else ()
    return Days(
        weekdays=weekdays,
        nth=nth,
        dates=tuple(draw(st.lists(dates(), max_size=2))) if draw(st.booleans()) else (),
        kind=draw(st.sampled_from(["any", "any", "any", "workday", "restday", "holiday", "eve"])),
        festival=draw(st.sampled_from([None, None, None, ("new_year", -1, 2), ("mid_autumn", 0, 0)])),
    )


def rule() -> st.SearchStrategy[Rule]:
    return st.builds(
        Rule,
        days=days(),
        spans=st.lists(spans(), max_size=3).map(tuple),
        state=st.sampled_from(["open", "open", "open", "closed", "unknown", "perhaps"]),
        adds=st.booleans(),
    )


def rules() -> st.SearchStrategy[Rules]:
    return st.builds(
        Rules,
        st.lists(rule(), min_size=1, max_size=4).map(tuple),
        holidays=st.booleans(),
        makeups=st.booleans(),
    )


@st.composite
def calendars(draw: st.DrawFn, around: date) -> Calendar:
    """The days around a date: ordinary, with a few that are special and a few not known."""
    out = []
    for n in range(-4, 12):
        day = around + timedelta(days=n)
        usual = "workday" if day.weekday() < 5 else "weekend"
        special = ["holiday", None] if day.weekday() < 5 else ["holiday", "makeup", None]
        type_ = draw(st.sampled_from([usual, usual, usual, *special]))
        if type_:
            out.append(CalendarDay(day, type_))
    return Calendar(out)


def zones() -> st.SearchStrategy[ZoneInfo]:
    return st.sampled_from(ZONES).map(ZoneInfo)
