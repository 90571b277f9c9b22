"""Calendars: the packages' years against the official days, and years without a notice."""

from __future__ import annotations

import csv
from datetime import date

import pytest

from geoapi.errors import UnknownCode
from geoapi.hours import Calendar, seed_calendar
from geoapi.hours.festivals import Festival, festival_day
from tests.conftest import SHARED_DATA, needs_shared_data


@needs_shared_data
def test_every_day_of_the_ground_truth() -> None:
    calendar = Calendar(seed_calendar("CN", [2024, 2025, 2026]))
    with (SHARED_DATA / "calendar" / "cn_day_types_2024_2026.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len(calendar) == 1096
    for row in rows:
        day = date.fromisoformat(row["date"])
        works = row["is_workday_chinesecalendar"] == "1"
        weekend = row["weekday"] in ("6", "7")
        type_ = calendar.type_of(day)
        assert works == (type_ in ("workday", "makeup")), day
        assert (type_ == "makeup") == (works and weekend) == (row["in_lieu_workday"] == "1"), day
        if row["name_holidays"] and not works:
            assert type_ == "holiday", day


def test_spring_festival_2026_and_its_makeup_days() -> None:
    calendar = Calendar(seed_calendar("CN", [2026]))
    assert [d.date.day for d in calendar if d.type == "holiday" and d.date.month == 2] == list(range(15, 24))
    assert [d.date.isoformat() for d in calendar if d.type == "makeup"] == [
        "2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10",
    ]  # fmt: skip
    assert calendar[date(2026, 2, 17)].name == ("春节", "Spring Festival")
    assert calendar[date(2026, 3, 2)].name is None


def test_a_year_without_a_notice_is_not_assumed() -> None:
    assert seed_calendar("CN", [2100]) == []
    assert seed_calendar("CN", [1990]) == []
    assert {day.date.year for day in seed_calendar("CN", [2100, 2026, 1990])} == {2026}


def test_a_year_the_packages_disagree_on_is_not_assumed(monkeypatch: pytest.MonkeyPatch) -> None:
    import chinese_calendar

    truth = chinese_calendar.get_holiday_detail

    def altered(day: date) -> tuple[bool, str | None]:
        off, name = truth(day)
        return (not off, name) if day == date(2026, 3, 2) else (off, name)

    monkeypatch.setattr(chinese_calendar, "get_holiday_detail", altered)
    assert {day.date.year for day in seed_calendar("CN", [2025, 2026])} == {2025}


def test_taiwan() -> None:
    calendar = Calendar(seed_calendar("TW", [2025, 2026]))
    assert calendar.type_of(date(2025, 2, 8)) == "makeup"
    assert calendar.type_of(date(2026, 2, 16)) == "holiday"
    assert calendar[date(2026, 1, 1)].name == ("中華民國開國紀念日", "Founding Day of the Republic of China")


def test_a_jurisdiction_nobody_knows() -> None:
    with pytest.raises(UnknownCode) as caught:
        seed_calendar("ZZ", [2026])
    assert caught.value.field == "calendar"


def test_a_day_it_does_not_hold_is_unknown() -> None:
    assert Calendar().type_of(date(2026, 1, 1)) is None


@pytest.mark.parametrize(
    ("festival", "table"),
    [
        ("new_year", "LUNAR_NEW_YEAR_DATES"),
        ("dragon_boat", "DRAGON_BOAT_DATES"),
        ("mid_autumn", "MID_AUTUMN_DATES"),
    ],
)
def test_festivals_agree_with_the_package(festival: Festival, table: str) -> None:
    from holidays.calendars.chinese import _ChineseLunisolar

    dates = getattr(_ChineseLunisolar, table)
    for year in range(2000, 2100):
        assert festival_day(festival, year) == date(year, *dates[year])


def test_qingming_agrees_with_the_package() -> None:
    from holidays.calendars.chinese import _ChineseLunisolar

    for year in range(2000, 2100):
        assert festival_day("qingming", year) == _ChineseLunisolar().qingming_date(year)[0]


def test_festivals_of_other_centuries_are_not_known() -> None:
    assert festival_day("new_year", 1999) is None
    assert festival_day("qingming", 2100) is None
