"""Who would be affected by emergency hours, and how: worked out as opening times themselves are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.editing.override_period import Period
from geoapi.errors import UnknownCode
from geoapi.hours import Calendar, CalendarDay, Interval, open_intervals, seed_calendar
from geoapi.schedule.refresh import intervals_of
from geoapi.schedule.window import Window

Effect = Literal["open_longer", "unknown_become_open", "open_already", "stay_closed"]
EFFECTS: Final[tuple[Effect, ...]] = ("open_longer", "unknown_become_open", "open_already", "stay_closed")
MOST_EXAMPLES: Final = 5
HOUR: Final = timedelta(hours=1)
Stretches = list[tuple[datetime, datetime]]

# the stations in use there, as many as share a schedule; streets count to their district. Of each schedule
# the inputs stand beside one row: asked for by themselves, they might be gone since
_AFFECTED = """
WITH RECURSIVE inside AS (
  SELECT code FROM district WHERE code = ANY (%(districts)s)
  UNION
  SELECT d.code FROM district AS d JOIN inside ON d.parent_code = inside.code
),
up AS (
  SELECT d.code, d.code AS around, d.level, d.parent_code FROM district AS d JOIN inside USING (code)
  UNION
  SELECT up.code, d.code, d.level, d.parent_code
  FROM up JOIN district AS d ON d.code = up.parent_code
  WHERE up.level = 'street'
),
counted AS (
  SELECT DISTINCT ON (code) code, around FROM up ORDER BY code, level = 'street', around
)
SELECT t.schedule_id, s.kind_id, d.code AS district_code, d.name_zh AS district_zh, d.name_en AS district_en,
  count(*) AS stations, (array_agg(s.id ORDER BY s.id))[1:%(examples)s] AS examples,
  CASE WHEN row_number() OVER (PARTITION BY t.schedule_id ORDER BY d.code, s.kind_id) = 1
    THEN (SELECT inputs FROM schedule WHERE id = t.schedule_id) END AS inputs
FROM station AS s
JOIN counted ON counted.code = s.district_code
JOIN district AS d ON d.code = counted.around
JOIN station_schedule AS t ON t.station_id = s.id
WHERE s.retired_at IS NULL AND (%(kinds)s::smallint[] IS NULL OR s.kind_id = ANY (%(kinds)s::smallint[]))
GROUP BY t.schedule_id, s.kind_id, d.code
ORDER BY d.code, s.kind_id, t.schedule_id
"""


@dataclass(frozen=True)
class Gain:
    """What one schedule gains; every station that shares it does.

    `effect` is one of four that exclude one another. `closed_in_part`: a closure keeps it shut for some of
    the hours. `earlier`: it opens earlier than on its own, not only later.
    """

    effect: Effect
    extra_h: float
    unknown_h: float
    closed_in_part: bool
    earlier: bool
    before: tuple[Interval, ...]
    after: tuple[Interval, ...]


def effect_of(
    conn: Connection, districts: Sequence[str], kind_ids: Sequence[int] | None, period: Period
) -> dict[str, Any]:
    """The figures, JSON-ready but for kind ids and times; see `answers` of the route for what each means."""
    with conn.cursor(row_factory=dict_row) as cursor:
        groups = cursor.execute(
            _AFFECTED,
            {
                "districts": list(districts),
                "kinds": None if kind_ids is None else list(kind_ids),
                "examples": MOST_EXAMPLES,
            },
        ).fetchall()
    gains = _gains(
        conn, {group["schedule_id"]: group["inputs"] for group in groups if group["inputs"]}, period
    )
    counts: dict[tuple[str, int], Counter[str]] = {}
    names = {group["district_code"]: group for group in groups}
    total: Counter[str] = Counter()
    extra_h = unknown_h = 0.0
    for group in groups:
        gain, number = gains[group["schedule_id"]], group["stations"]
        told = Counter(
            {
                "stations": number,
                gain.effect: number,
                "closed_in_part": number * gain.closed_in_part,
                "open_earlier": number * gain.earlier,
            }
        )
        counts.setdefault((group["district_code"], group["kind_id"]), Counter()).update(told)
        total.update(told)
        extra_h += number * gain.extra_h
        unknown_h += number * gain.unknown_h
    return {
        **_counted(total),
        "hours_each": round(_hours(_daily(period, period.zone)), 2),
        "extra_station_hours": round(extra_h, 2),
        "unknown_station_hours": round(unknown_h, 2),
        "by_district_and_kind": [
            {
                "district": {
                    "code": code,
                    "name_zh": names[code]["district_zh"],
                    "name_en": names[code]["district_en"],
                },
                "kind_id": kind_id,
                **_counted(count),
            }
            for (code, kind_id), count in counts.items()
        ],
        "examples": _examples(conn, groups, gains),
    }


def gain_of(inputs: Mapping[str, Any], calendar: Calendar, period: Period) -> Gain:
    """What the stations with these inputs of a schedule gain."""
    window = Window(period.starts_at, period.ends_at)
    spans = period.override.spans[0]
    added = [period.starts_at.timestamp(), period.ends_at.timestamp(), spans.start, spans.end]
    before = intervals_of(dict(inputs), calendar, window)
    after = intervals_of({**inputs, "overrides": [*inputs["overrides"], added]}, calendar, window)
    open_before, open_after = _in_state(before, "open"), _in_state(after, "open")
    unknown_before = _in_state(before, "unknown")
    gained = minus(open_after, sorted(open_before + unknown_before))
    unknown = _hours(unknown_before) - _hours(minus(unknown_before, open_after))
    hours = _daily(period, ZoneInfo(inputs["time_zone"]))
    shut = minus(hours, open_after)
    effect: Effect
    if gained:
        effect = "open_longer"
    elif unknown > 0:
        effect = "unknown_become_open"
    else:
        effect = "stay_closed" if minus(hours, open_before) else "open_already"
    begins = {start for start, _ in open_before}
    return Gain(
        effect=effect,
        extra_h=_hours(gained),
        unknown_h=unknown,
        closed_in_part=bool(shut),
        earlier=any(end in begins for _, end in gained),
        before=tuple(before),
        after=tuple(after),
    )


def minus(some: Stretches, others: Stretches) -> Stretches:
    """What of `some` is in none of `others`; each sorted and without overlaps."""
    out: Stretches = []
    at = 0
    for start, end in some:
        while at < len(others) and others[at][1] <= start:
            at += 1
        here = at
        while here < len(others) and others[here][0] < end:
            if others[here][0] > start:
                out.append((start, others[here][0]))
            start = max(start, others[here][1])
            here += 1
        if start < end:
            out.append((start, end))
    return out


def _gains(conn: Connection, schedules: Mapping[int, Mapping[str, Any]], period: Period) -> dict[int, Gain]:
    calendars: dict[str, Calendar] = {}
    gains = {}
    for id_, inputs in schedules.items():
        code = inputs["calendar"]
        if code not in calendars:
            calendars[code] = _calendar(conn, code, period)
        gains[id_] = gain_of(inputs, calendars[code], period)
    return gains


def _calendar(conn: Connection, jurisdiction: str, period: Period) -> Calendar:
    """The years around the period; one that is not entered yet, as it will be."""
    years = range((period.starts_at - timedelta(days=2)).year, (period.ends_at + timedelta(days=2)).year + 1)
    days = [
        CalendarDay(day, type_)
        for day, type_ in conn.execute(
            "SELECT day, day_type FROM calendar_day WHERE jurisdiction = %s AND day BETWEEN %s AND %s",
            [jurisdiction, date(years[0], 1, 1), date(years[-1], 12, 31)],
        )
    ]
    entered = {day.date.year for day in days}
    # a calendar of nowhere has no days
    with suppress(UnknownCode):
        days += seed_calendar(jurisdiction, [year for year in years if year not in entered])
    return Calendar(days)


def _daily(period: Period, zone: ZoneInfo) -> Stretches:
    """The hours that the override opens, whatever else there is."""
    intervals = open_intervals(
        None, calendar=Calendar(()), zone=zone, start=period.starts_at, end=period.ends_at,
        overrides=[period.override],
    )  # fmt: skip
    return _in_state(intervals, "open")


def _in_state(intervals: Iterable[Interval], state: str) -> Stretches:
    return [(one.start, one.end) for one in intervals if one.state == state]


def _hours(stretches: Stretches) -> float:
    return sum((end - start for start, end in stretches), timedelta()) / HOUR


def _counted(count: Counter[str]) -> dict[str, int]:
    return {name: count[name] for name in ("stations", *EFFECTS, "closed_in_part", "open_earlier")}


def _examples(
    conn: Connection, groups: Sequence[Mapping[str, Any]], gains: Mapping[int, Gain]
) -> list[dict[str, Any]]:
    """A few stations, of every effect there is, with the first day before and after."""
    chosen: dict[int, Gain] = {}
    for effect in EFFECTS:
        of_effect = [group for group in groups if gains[group["schedule_id"]].effect == effect]
        for group in of_effect[: 2 if effect == "open_longer" else 1]:
            chosen[group["examples"][0]] = gains[group["schedule_id"]]
    rows = conn.execute(
        "SELECT id, name_zh, name_en, time_zone FROM station WHERE id = ANY (%s) ORDER BY id", [list(chosen)]
    )
    return [
        {
            "id": str(id_),
            "name_zh": zh,
            "name_en": en,
            "effect": chosen[id_].effect,
            "extra_hours": round(chosen[id_].extra_h, 2),
            "before": _first_day(chosen[id_].before, zone),
            "after": _first_day(chosen[id_].after, zone),
        }
        for id_, zh, en, zone in rows
    ]


def _first_day(intervals: Sequence[Interval], zone: str) -> list[dict[str, Any]]:
    if not intervals:
        return []
    until = intervals[0].start + timedelta(days=1)
    return [
        {
            "starts_at": one.start.astimezone(ZoneInfo(zone)),
            "ends_at": one.end.astimezone(ZoneInfo(zone)),
            "state": one.state,
            "reason": one.reason,
        }
        for one in intervals
        if one.start < until
    ]
