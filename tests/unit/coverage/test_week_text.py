"""Hours of a week in words, read back by the reader of opening hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from geoapi.coverage.week_text import DAYS, stretches, week_text, week_words
from geoapi.hours import Calendar, open_intervals, read_hours
from geoapi.hours.osm_read import read_osm

MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
ORDINARY = Calendar(
    ((MONDAY + timedelta(days=day)).date(), "weekend" if day % 7 > 4 else "workday", None)
    for day in range(-7, 14)
)


def week(*spans: tuple[str, int, int]) -> NDArray[np.bool_]:
    """The week with these hours: days such as "Mo-Fr", from, until (beyond 24: the next day)."""
    hours = np.zeros(168, dtype=bool)
    for days, start, end in spans:
        first, _, last = days.partition("-")
        for day in range(DAYS.index(first), DAYS.index(last or first) + 1):
            hours[(day * 24 + np.arange(start, end)) % 168] = True
    return hours


def read_back(rules: list[str]) -> NDArray[np.bool_]:
    """The week that the rules mean to the service's own reader."""
    reading = read_osm("; ".join(rules))
    assert reading.rules is not None
    assert reading.unread == []
    hours = np.zeros(168, dtype=bool)
    for interval in open_intervals(
        reading.rules, calendar=ORDINARY, zone=ZoneInfo("UTC"), start=MONDAY, end=MONDAY + timedelta(days=7)
    ):
        assert interval.state == "open"
        start, end = ((edge - MONDAY) / timedelta(hours=1) for edge in (interval.start, interval.end))
        assert start.is_integer()
        assert end.is_integer()
        hours[int(start) : int(end)] = True
    return hours


@pytest.mark.parametrize(
    ("hours", "text"),
    [
        (week(), []),
        (week(("Mo-Su", 0, 24)), ["24/7"]),
        (week(("Mo-Su", 20, 24)), ["Mo-Su 20:00-24:00"]),
        (week(("Mo-Fr", 20, 24)), ["Mo-Fr 20:00-24:00"]),
        (week(("Sa-Su", 0, 24)), ["Sa-Su 00:00-24:00"]),
        (week(("We", 0, 24)), ["We 00:00-24:00"]),
        (week(("Mo-Su", 22, 30)), ["Mo-Su 22:00-06:00"]),
        (week(("Su", 22, 26)), ["Su 22:00-02:00"]),
        (week(("Mo-Su", 18, 32)), ["Mo-Su 18:00-08:00"]),
        (week(("Mo-Su", 6, 9), ("Mo-Su", 12, 14)), ["Mo-Su 06:00-09:00,12:00-14:00"]),
        (week(("Mo", 8, 9), ("We", 8, 9), ("Fr-Su", 8, 9)), ["Mo,We,Fr-Su 08:00-09:00"]),
        (week(("Mo-Fr", 20, 24), ("Sa-Su", 18, 24)), ["Mo-Fr 20:00-24:00", "Sa-Su 18:00-24:00"]),
        # a weekend through, and weekday nights: the long stretch is cut at midnights
        (
            week(("Mo-Th", 20, 30), ("Fr", 20, 78)),
            [
                "Mo 00:00-06:00,20:00-06:00",
                "Tu-Th 20:00-06:00",
                "Fr 20:00-24:00",
                "Sa-Su 00:00-24:00",
            ],
        ),
        (week(("Tu", 8, 32)), ["Tu 08:00-24:00", "We 00:00-08:00"]),
    ],
)
def test_weeks_in_words(hours: NDArray[np.bool_], text: list[str]) -> None:
    assert week_text(hours) == text


@st.composite
def weeks(draw: st.DrawFn) -> NDArray[np.bool_]:
    """Weeks of a few long stretches, of days alike, and of no order at all."""
    match draw(st.sampled_from(("stretches", "days", "noise"))):
        case "stretches":
            hours = np.zeros(168, dtype=bool)
            for _ in range(draw(st.integers(1, 6))):
                start, length = draw(st.integers(0, 167)), draw(st.integers(1, 100))
                hours[(start + np.arange(length)) % 168] = True
            return hours
        case "days":
            days = [np.array(draw(st.lists(st.booleans(), min_size=24, max_size=24))) for _ in range(2)]
            return np.concatenate([days[draw(st.integers(0, 1))] for _ in range(7)])
        case _:
            return np.array(draw(st.lists(st.booleans(), min_size=168, max_size=168)))


@given(weeks())
def test_what_is_written_is_read_as_the_same_week(hours: NDArray[np.bool_]) -> None:
    rules = week_text(hours)
    if hours.any():
        assert (read_back(rules) == hours).all()
        assert read_hours("; ".join(rules)).certainty in ("full", "partial")
    else:
        assert rules == []


@given(weeks())
def test_a_day_is_named_once(hours: NDArray[np.bool_]) -> None:
    """A later rule would replace what an earlier one says of the same day."""
    named = [day for rule in week_text(hours) if rule != "24/7" for day in read_days(rule)]
    assert len(named) == len(set(named))


def read_days(rule: str) -> list[int]:
    reading = read_osm(rule)
    assert reading.rules is not None
    return list(reading.rules.rules[0].days.weekdays or range(7))


@given(weeks())
def test_stretches_make_up_the_week(hours: NDArray[np.bool_]) -> None:
    again = np.zeros(168, dtype=np.int64)
    for start, length in stretches(hours):
        again[(start + np.arange(length)) % 168] += 1
        assert hours.all() or not hours[start - 1]
    assert (again == hours).all()


@pytest.mark.parametrize("size", [0, 1, 24, 169])
def test_a_week_has_168_hours(size: int) -> None:
    with pytest.raises(ValueError, match="168"):
        week_text(np.ones(size, dtype=bool))


@pytest.mark.parametrize(
    ("osm", "zh", "en"),
    [
        ("Mo-Su 20:00-24:00", "每天 20:00–24:00", "daily 20:00–24:00"),
        ("Mo-Fr 20:00-24:00", "周一至周五 20:00–24:00", "Mon–Fri 20:00–24:00"),
        ("Mo-Su 23:00-06:00", "每天 23:00–次日06:00", "daily 23:00–06:00"),
        ("Sa,Su 09:00-10:00", "周六、周日 09:00–10:00", "Sat,Sun 09:00–10:00"),
        ("Mo,We-Fr 08:00-09:00,12:00-14:00", "周一、周三至周五 08:00–09:00、12:00–14:00",
         "Mon,Wed–Fri 08:00–09:00,12:00–14:00"),
        ("Mo-Fr 20:00-24:00; Sa 18:00-24:00", "周一至周五 20:00–24:00；周六 18:00–24:00",
         "Mon–Fri 20:00–24:00; Sat 18:00–24:00"),
        ("PH off", "节假日 休息", "public holidays closed"),
        ("24/7", "全天", "day and night"),
        ("Motel Fritz, 3,000", "Motel Fritz, 3,000", "Motel Fritz, 3,000"),
        ("", "", ""),
    ],
)  # fmt: skip
def test_hours_as_people_say_them(osm: str, zh: str, en: str) -> None:
    assert week_words([osm], "zh") == zh
    assert week_words([osm], "en") == en


def test_several_rules_are_one_text() -> None:
    assert week_words(["Mo 08:00-09:00", "Tu 10:00-11:00"], "zh") == "周一 08:00–09:00；周二 10:00–11:00"
    assert week_words([], "zh") == ""


@given(weeks())
def test_no_osm_word_is_left_in_chinese(hours: NDArray[np.bool_]) -> None:
    said = week_words(week_text(hours), "zh")
    assert not any(letter.isascii() and letter.isalpha() for letter in said)
    assert "," not in said
