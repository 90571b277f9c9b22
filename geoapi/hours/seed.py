"""Calendars as the packages know them, to fill the editable table with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import chinese_calendar
import holidays

from geoapi.errors import UnknownCode, Words
from geoapi.hours.calendar import CalendarDay, DayType

_CHINA_ZH = {name.value: name.chinese for name in chinese_calendar.Holiday}


def seed_calendar(jurisdiction: str, years: Iterable[int]) -> list[CalendarDay]:
    """Every day of each year whose calendar is known, in order; nothing for other years.

    `jurisdiction` is an ISO 3166-1 code. CN comes from `chinesecalendar`, which has the
    State Council's notices, and a year is taken only when `holidays` agrees on which of
    its days people work. Others come from `holidays`. Raises `UnknownCode` for a
    jurisdiction that no package knows.
    """
    code = jurisdiction.upper()
    if code not in holidays.list_supported_countries():
        raise UnknownCode(
            Words(f"没有“{jurisdiction}”的假日日历", f"no holiday calendar for {jurisdiction!r}"),
            field="calendar",
            mend=Words("请使用 ISO 3166-1 代码，例如 CN、TW", "use an ISO 3166-1 code such as CN or TW"),
        )
    rows: list[CalendarDay] = []
    for year in sorted(set(years)):
        rows += _china(year) if code == "CN" else _elsewhere(code, year)
    return rows


def _china(year: int) -> list[CalendarDay]:
    try:
        details = {day: chinese_calendar.get_holiday_detail(day) for day in _days(year)}
    except NotImplementedError:  # no notice for this year: `holidays` alone would miss its make-up days
        return []
    second = holidays.country_holidays("CN", years=[year])
    rows = []
    for day, (off, english) in details.items():
        if off == second.is_working_day(day):
            return []
        type_: DayType
        if off:
            type_ = "holiday" if english else "weekend"
        else:
            type_ = "makeup" if day.weekday() >= 5 else "workday"
        rows.append(CalendarDay(day, type_, Words(_CHINA_ZH[english], english) if english else None))
    return rows


def _elsewhere(code: str, year: int) -> list[CalendarDay]:
    known = holidays.country_holidays(code, years=[year])
    if not known.start_year <= year <= known.end_year or not known:
        return []
    languages = known.supported_languages
    local = next(
        (lang for lang in (f"zh_{code}", "zh_CN", known.default_language) if lang in languages), None
    )
    zh = holidays.country_holidays(code, years=[year], language=local)
    en = holidays.country_holidays(code, years=[year], language="en_US" if "en_US" in languages else None)
    rows = []
    for day in _days(year):
        type_: DayType
        if day in known:
            type_ = "holiday"
        elif day in known.weekend_workdays:
            type_ = "makeup"
        else:
            type_ = "weekend" if day.weekday() in known.weekend else "workday"
        rows.append(CalendarDay(day, type_, Words(zh[day], en[day]) if day in known else None))
    return rows


def _days(year: int) -> Iterable[date]:
    first = date(year, 1, 1)
    return (first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days))
