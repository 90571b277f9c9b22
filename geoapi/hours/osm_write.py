"""Rules → OpenStreetMap's `opening_hours`.

The string means what the rules mean to `read_osm`, save on make-up workdays, for which
OpenStreetMap has no word.
"""

from __future__ import annotations

from geoapi.hours.explain import weekday_runs
from geoapi.hours.rules import DAY, Dates, Days, MonthDay, Rule, Rules, Span, last_day

WEEKDAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def osm_string(rules: Rules) -> str | None:
    """The `opening_hours` string; None where it cannot say the same."""
    by_calendar = any(rule.days.kind == "workday" for rule in rules.rules)
    if by_calendar and not rules.holidays and any(rule.days.kind == "any" for rule in rules.rules):
        return None  # PH off would speak of days that only some rules leave open
    if not rules.sure or any(rule.days.festival for rule in rules.rules):
        return None
    if rules.holidays and [rule for rule in rules.rules if not _is_no_rule(rule)] == _ROUND_THE_CLOCK:
        return "24/7"
    parts: list[str] = []
    for rule in rules.rules:
        written = _rule(rule, rules)
        if written is None:
            return None
        for one in written:
            parts.append((", " if rule.adds else "; ") + one if parts else one)
    if not parts:
        return None
    return "".join(parts)


_ROUND_THE_CLOCK = [Rule(Days(), (Span(0, DAY),))]


def _is_no_rule(rule: Rule) -> bool:
    return rule.state == "perhaps" and rule.days.kind == "holiday"


def _rule(rule: Rule, rules: Rules) -> list[str] | None:
    days = rule.days
    if rule.state == "perhaps":
        # a doubt about holidays of which nothing else is said is no more than that
        return [] if days.kind == "holiday" and not days.dates and not rules.holidays else None
    if rule.state == "closed" or (rule.state == "open" and not rule.spans):
        state = "off"
    else:
        state = "unknown" if rule.state == "unknown" else ""
    times = ",".join(map(str, rule.spans))
    tail = " ".join(filter(None, (times, state)))
    months = ",".join(map(_dates, days.dates))
    selectors = []
    names = _weekdays(days)
    if days.kind == "any":
        selectors.append(names or ("Mo-Su" if rules.holidays and not state else ""))
    elif days.kind == "workday":
        selectors.append(names or "Mo-Fr")
    elif days.weekdays:
        return None
    elif days.kind == "eve":
        selectors.append("PH -1 day")
    elif days.kind == "restday":
        selectors += ["Sa,Su", "PH"]
    else:
        selectors.append("PH")
    out = [" ".join(filter(None, (months, selector, tail))) for selector in selectors]
    if days.kind == "workday" and state != "off":
        out.append(" ".join(filter(None, (months, "PH off"))))
    return out


def _weekdays(days: Days) -> str:
    if not days.weekdays:
        return ""
    if days.nth:
        nth = "[" + ",".join(map(str, days.nth)) + "]"
        return ",".join(WEEKDAYS[day] + nth for day in days.weekdays)
    return ",".join(
        WEEKDAYS[a] if a == b else f"{WEEKDAYS[a]}-{WEEKDAYS[b]}" for a, b in weekday_runs(days.weekdays)
    )


def _dates(dates: Dates) -> str:
    first, last, year = dates
    prefix = f"{year} " if year is not None else ""
    if first == last:
        return prefix + _on(first)
    if first.day == 1 and last.day == last_day(last.month):
        if first.month == last.month:
            return prefix + MONTHS[first.month - 1]
        if year is None:
            return f"{MONTHS[first.month - 1]}-{MONTHS[last.month - 1]}"
    over = f"{year + 1} " if year is not None and last < first else ""
    return f"{prefix}{_on(first)}-{over}{_on(last)}"


def _on(on: MonthDay) -> str:
    return f"{MONTHS[on.month - 1]} {on.day:02}"
