"""Moments: 168 hours of a wall clock's week wherever clocks change, and days no calendar knows."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geoapi.errors import InvalidInput, Words
from geoapi.hours import Calendar, CalendarDay
from geoapi.queries.planning.moments import HOURS_OF_A_WEEK, Moments, one_moment, week_of, with_calendar
from tests.unit.hours.strategies import ZONES

SECOND = timedelta(seconds=1)


def walls(moments: Moments) -> list[str]:
    """What the clocks of the place show, with their offsets."""
    return [f"{moment:%a %H:%M %z}" for moment in moments.local()]


@given(day=st.dates(date(1971, 1, 4), date(2099, 12, 27)), zone=st.sampled_from(ZONES))
@example(day=date(2026, 3, 29), zone="Europe/London")
@example(day=date(2026, 10, 25), zone="Europe/London")
@example(day=date(2018, 11, 4), zone="America/Sao_Paulo")
@example(day=date(2018, 2, 18), zone="America/Sao_Paulo")
@example(day=date(2026, 10, 4), zone="Australia/Lord_Howe")  # by half an hour
@example(day=date(2026, 3, 29), zone="Antarctica/Troll")  # by two hours
@example(day=date(2011, 12, 28), zone="Pacific/Apia")  # a Friday that never was
@example(day=date(1994, 12, 27), zone="Pacific/Kiritimati")  # a Saturday or a Sunday
def test_a_week_is_every_hour_of_its_wall_clock(day: date, zone: str) -> None:
    moments = week_of(day, zone)
    place = ZoneInfo(zone)
    assert len(moments.at) == HOURS_OF_A_WEEK
    assert list(moments.at) == sorted(moments.at)
    assert moments.week == day - timedelta(days=day.weekday())
    midnight = datetime.combine(moments.week, datetime.min.time())
    for hour, moment in enumerate(moments.at):
        wall = midnight + timedelta(hours=hour)
        shown = moment.astimezone(place)
        if shown.replace(tzinfo=None) == wall:
            assert not shown.fold, "of an hour that comes twice the first"
        else:
            # skipped: the clocks jump over it just then
            before = (moment - SECOND).astimezone(place).replace(tzinfo=None)
            assert before < wall < shown.replace(tzinfo=None)
    assert moments.window.starts_at == moments.at[0]
    assert moments.window.ends_at > moments.at[-1]


def test_clocks_that_skip_an_hour_have_its_moment_twice() -> None:
    london = week_of(date(2026, 3, 26), "Europe/London")
    assert walls(london)[0] == "Mon 00:00 +0000"
    assert walls(london)[144:148] == [
        "Sun 00:00 +0000",
        "Sun 02:00 +0100",
        "Sun 02:00 +0100",
        "Sun 03:00 +0100",
    ]
    assert london.at[-1] == datetime(2026, 3, 29, 22, tzinfo=UTC)
    # midnight itself was skipped
    paulo = week_of(date(2018, 11, 4), "America/Sao_Paulo")
    assert walls(paulo)[143:147] == [
        "Sat 23:00 -0300",
        "Sun 01:00 -0200",
        "Sun 01:00 -0200",
        "Sun 02:00 -0200",
    ]


def test_clocks_that_repeat_an_hour_have_its_first_time() -> None:
    london = week_of(date(2026, 10, 25), "Europe/London")
    assert walls(london)[144:147] == ["Sun 00:00 +0100", "Sun 01:00 +0100", "Sun 02:00 +0000"]
    assert london.at[146] - london.at[145] == timedelta(hours=2)
    paulo = week_of(date(2018, 2, 12), "America/Sao_Paulo")
    assert walls(paulo)[142:146] == [
        "Sat 22:00 -0200",
        "Sat 23:00 -0200",
        "Sun 00:00 -0300",
        "Sun 01:00 -0300",
    ]


@given(st.datetimes(datetime(1972, 1, 1), datetime(2098, 1, 1), timezones=st.timezones()))
def test_one_moment_is_that_moment(at: datetime) -> None:
    moments = one_moment(at, "Asia/Shanghai")
    assert moments.at == (at.astimezone(UTC),)
    assert moments.week is None
    assert moments.local() == list(moments.at)
    assert moments.window.starts_at == moments.at[0] < moments.window.ends_at


def calendar(first: date, last: date, **special: CalendarDay) -> Calendar:
    """Ordinary days, and special ones."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    usual = {day: CalendarDay(day, "workday" if day.weekday() < 5 else "weekend") for day in days}
    return Calendar({**usual, **{day.date: day for day in special.values()}}.values())


def test_holidays_and_make_up_workdays_are_named() -> None:
    monday = date(2026, 9, 28)
    festival = CalendarDay(date(2026, 10, 1), "holiday", Words("国庆节", "National Day"))
    make_up = CalendarDay(date(2026, 10, 4), "makeup")
    known = calendar(monday, date(2026, 10, 4), festival=festival, make_up=make_up)
    found = with_calendar(week_of(date(2026, 10, 1), "Asia/Shanghai"), known)
    assert found.holidays == (festival, make_up)
    assert (found.week, len(found.at), found.zone) == (monday, 168, "Asia/Shanghai")


@pytest.mark.parametrize(
    ("moments", "known_until", "year", "field"),
    [
        # a week that begins in a year that is known
        (week_of(date(2026, 12, 31), "Asia/Shanghai"), date(2026, 12, 31), 2027, "week_of"),
        (one_moment(datetime(2031, 5, 1, tzinfo=UTC), "Asia/Shanghai"), date(2030, 12, 31), 2031, "at"),
        # New Year comes earlier in Shanghai than in UTC
        (one_moment(datetime(2026, 12, 31, 16, tzinfo=UTC), "Asia/Shanghai"), date(2026, 12, 31), 2027, "at"),
    ],
)
def test_a_year_that_no_calendar_knows_is_refused(
    moments: Moments, known_until: date, year: int, field: str
) -> None:
    with pytest.raises(InvalidInput, match=f"the calendar of {year} is not known") as refused:
        with_calendar(moments, calendar(date(2026, 1, 1), known_until))
    assert refused.value.field == field
    assert refused.value.mend


def test_the_same_moment_before_new_year_is_known() -> None:
    moments = one_moment(datetime(2026, 12, 31, 15, 59, tzinfo=UTC), "Asia/Shanghai")
    assert with_calendar(moments, calendar(date(2026, 1, 1), date(2026, 12, 31))) == moments
