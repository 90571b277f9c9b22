"""Opening hours: text → rules → intervals, as pure functions; and the calendars they go by."""

from __future__ import annotations

from geoapi.hours.calendar import Calendar, CalendarDay, DayType
from geoapi.hours.day import HolidayPolicy
from geoapi.hours.intervals import (
    HoursException,
    Interval,
    Override,
    Reason,
    RulesFrom,
    end_of_day,
    open_intervals,
    rules_on,
)
from geoapi.hours.moments import ClosedReason, Moment, OpenState, closed_reason, state_at
from geoapi.hours.osm_write import osm_string
from geoapi.hours.reading import Certainty, Reading, TimesWithoutDays, ordinary_week, read_hours
from geoapi.hours.rules import Dates, Days, MonthDay, Rule, Rules, Span
from geoapi.hours.seed import seed_calendar

__all__ = [
    "Calendar",
    "CalendarDay",
    "Certainty",
    "ClosedReason",
    "Dates",
    "DayType",
    "Days",
    "HolidayPolicy",
    "HoursException",
    "Interval",
    "Moment",
    "MonthDay",
    "OpenState",
    "Override",
    "Reading",
    "Reason",
    "Rule",
    "Rules",
    "RulesFrom",
    "Span",
    "TimesWithoutDays",
    "closed_reason",
    "end_of_day",
    "open_intervals",
    "ordinary_week",
    "osm_string",
    "read_hours",
    "rules_on",
    "seed_calendar",
    "state_at",
]
