"""Which days are workdays, as a place's authorities have set them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from types import MappingProxyType
from typing import Literal, NamedTuple

from geoapi.errors import Words

DayType = Literal["workday", "weekend", "holiday", "makeup"]


class CalendarDay(NamedTuple):
    """One day of a jurisdiction's calendar.

    A `makeup` is a weekend day on which people work (调休). `name` is the holiday's, or
    the one a make-up day belongs to; None where there is none.
    """

    date: date
    type: DayType
    name: Words | None = None


class Calendar:
    """The days of one jurisdiction whose types are known. Immutable; a day it does not hold is unknown."""

    __slots__ = ("_days",)

    def __init__(self, days: Iterable[CalendarDay | tuple[date, DayType, Words | None]] = ()) -> None:
        self._days = MappingProxyType({day: CalendarDay(day, type_, name) for day, type_, name in days})

    def __getitem__(self, day: date) -> CalendarDay:
        return self._days[day]

    def __contains__(self, day: date) -> bool:
        return day in self._days

    def __iter__(self) -> Iterator[CalendarDay]:
        return iter(self._days.values())

    def __len__(self) -> int:
        return len(self._days)

    def type_of(self, day: date) -> DayType | None:
        """The day's type, None when it is not known."""
        found = self._days.get(day)
        return found.type if found else None
