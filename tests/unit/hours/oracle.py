"""Hours minute by minute, as slowly and plainly as can be: what `open_intervals` is held against."""

from __future__ import annotations

from calendar import monthrange
from datetime import UTC, date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

from geoapi.hours import Calendar, Days, Rules
from geoapi.hours.festivals import festival_day

MINUTES = 24 * 60


def state(rules: Rules | None, calendar: Calendar, zone: ZoneInfo, at: datetime, policy: str | None) -> str:
    """open, closed or unknown at an instant, by the rules alone."""
    if rules is None or not rules.sure:
        return "unknown"
    wall = at.astimezone(zone).replace(tzinfo=None)
    minute = wall.hour * 60 + wall.minute
    today = _day_states(rules, calendar, wall.date(), minute, policy)
    yesterday = _day_states(rules, calendar, wall.date() - timedelta(days=1), minute + MINUTES, policy)
    met = {_met(a, b) for a, b in product(today, yesterday)}
    return met.pop() if len(met) == 1 else "unknown"


def _met(today: str, yesterday: str) -> str:
    both = (today, yesterday)
    if "cut" in both:
        return "closed"
    if "open" in both:
        return "open"
    return "unknown" if "unknown" in both else "closed"


def _day_states(rules: Rules, calendar: Calendar, day: date, minute: int, policy: str | None) -> set[str]:
    """Everything a minute of a day's own hours may be."""
    type_ = calendar.type_of(day)
    types = (
        [type_]
        if type_
        else ["workday", "holiday"]
        if day.weekday() < 5
        else ["weekend", "holiday", "makeup"]
    )
    following = calendar.type_of(day + timedelta(days=1))
    out = set()
    for one in types:
        for eve in [following == "holiday"] if following else [True, False]:
            for weekday in _followed(rules, one, day, policy):
                if weekday is None:
                    out.add("shut")
                else:
                    out |= {
                        _one_world(rules, one, day, weekday, eve, minute, doubt) for doubt in (False, True)
                    }
    return out


def _followed(rules: Rules, type_: str, day: date, policy: str | None) -> list[int | None]:
    """The weekdays whose hours a day may have; None is closed."""
    if type_ == "holiday" and not rules.holidays:
        return {None: [day.weekday(), None], "as_usual": [day.weekday()], "closed": [None]}[policy]
    if type_ == "makeup" and not rules.makeups:
        return [0, 1, 2, 3, 4] if policy else [day.weekday(), 0, 1, 2, 3, 4]
    return [day.weekday()]


def _one_world(rules: Rules, type_: str, day: date, weekday: int, eve: bool, minute: int, doubt: bool) -> str:
    now = "shut"
    for rule in rules.rules:
        if not _matches(rule.days, type_, day, weekday, eve, doubt):
            continue
        inside = any(span.start <= minute < span.end for span in rule.spans)
        if rule.state == "closed":
            now = "shut" if not rule.spans else "cut" if inside else now
        elif rule.state == "perhaps":
            now = "unknown" if now == "open" and (inside or not rule.spans) else now
        else:
            if not rule.adds:
                now = "shut"
            if inside or (rule.state == "unknown" and not rule.spans and minute < MINUTES):
                now = rule.state
    return now


def _matches(days: Days, type_: str, day: date, weekday: int, eve: bool, doubt: bool) -> bool:
    if days.weekdays and weekday not in days.weekdays:
        return False
    if days.nth:
        from_end = (monthrange(day.year, day.month)[1] - day.day) // 7 + 1
        if weekday != day.weekday() or not {(day.day + 6) // 7, -from_end} & set(days.nth):
            return False
    if days.dates and not any(_in_dates(dates, day) for dates in days.dates):
        return False
    if days.festival:
        name, first, last = days.festival
        near = any(
            (on := festival_day(name, year)) and first <= (day - on).days <= last
            for year in (day.year - 1, day.year, day.year + 1)
        )
        if not near and not (doubt and festival_day(name, day.year) is None):
            return False
    return {
        "any": True,
        "workday": type_ in ("workday", "makeup"),
        "restday": type_ in ("weekend", "holiday"),
        "holiday": type_ == "holiday",
        "eve": eve,
    }[days.kind]


def _in_dates(dates: object, day: date) -> bool:
    first, last, year = dates  # type: ignore[misc]
    for begins in (day.year - 1, day.year):
        if year not in (None, begins):
            continue
        ends = begins + (last < first)
        if (begins, *first) <= (day.year, day.month, day.day) <= (ends, *last):
            return True
    return False


def by_steps(start: datetime, end: datetime, minutes: int) -> list[datetime]:
    """Instants from start to end, this many minutes apart."""
    first = start.astimezone(UTC)
    count = int((end - start) / timedelta(minutes=minutes))
    return [first + timedelta(minutes=minutes * n) for n in range(count)]
