"""The days of a jurisdiction's calendar, for questions about any time."""

from __future__ import annotations

from datetime import date
from functools import lru_cache

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.tables import calendar_day
from geoapi.errors import UnknownCode, Words
from geoapi.hours import Calendar, CalendarDay, seed_calendar


async def calendar_between(conn: AsyncConnection, jurisdiction: str, first: date, last: date) -> Calendar:
    """The days from `first` to `last` whose types are known.

    A year of which the table holds no day is as the packages know it: the table gets
    its years as the window reaches them, and a question may be about any other.
    """
    rows = await conn.execute(
        select(calendar_day.c.day, calendar_day.c.day_type, calendar_day.c.name_zh, calendar_day.c.name_en)
        .where(calendar_day.c.jurisdiction == jurisdiction)
        .where(calendar_day.c.day.between(first, last))
        .order_by(calendar_day.c.day)
    )
    days = [
        CalendarDay(day, type_, Words(zh or en, en or zh) if zh or en else None)
        for day, type_, zh, en in rows
    ]
    entered = {day.date.year for day in days}
    for year in range(first.year, last.year + 1):
        if year not in entered and not await _has_year(conn, jurisdiction, year):
            days += [day for day in _packaged_year(jurisdiction, year) if first <= day.date <= last]
    return Calendar(days)


async def _has_year(conn: AsyncConnection, jurisdiction: str, year: int) -> bool:
    of_year = select(calendar_day.c.day).where(
        calendar_day.c.jurisdiction == jurisdiction,
        calendar_day.c.day.between(date(year, 1, 1), date(year, 12, 31)),
    )
    return bool(await conn.scalar(select(exists(of_year))))


@lru_cache(maxsize=64)
def _packaged_year(jurisdiction: str, year: int) -> tuple[CalendarDay, ...]:
    try:
        return tuple(seed_calendar(jurisdiction, [year]))
    except UnknownCode:
        return ()
