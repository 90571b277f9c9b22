"""Reads a pack's content, all of it from one state of the data. A pure function of the data and the settings:
nothing in it is of the moment at which it is made, so whoever makes it makes the same."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import orjson
from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.range import Range

from geoapi.hours import Calendar, CalendarDay, Rules, ordinary_week
from geoapi.hours.wallclock import instant, steady_stretches
from geoapi.queries.lookup import HOURS_COLUMNS
from geoapi.queries.pack.area import PackArea, read_area
from geoapi.queries.pack.closed import closed_pieces
from geoapi.queries.pack.content import FIELDS, FORMAT, Content, number, plain
from geoapi.queries.pack.found_by import phone_search_text, readings_of, simplified_to
from geoapi.queries.pack.warned import Report, warning_steps
from geoapi.queries.planned import HOURS_TEXTS_TO_COME
from geoapi.queries.reports import WarningRule
from geoapi.schedule.refresh import exceptions_of, later_of, regimes_sql
from geoapi.schedule.window import Window
from geoapi.settings import NearestSettings, WalkingSettings

REASONS: Final = ("rule", "holiday", "exception", "override", "unstated")
BESIDE: Final = timedelta(days=3)
_MINUTE: Final = 60_000_000


@dataclass(frozen=True)
class PackRules:
    """What a pack goes by beside the data: the service's settings."""

    walking: WalkingSettings
    nearest: NearestSettings
    warn: WarningRule
    margin_m: float


def read_content(conn: Connection, code: str, window: Window, rules: PackRules) -> Content:
    """The pack of a district as the connection's transaction sees the data. `NotFound`: no such district."""
    area = read_area(conn, code, rules.margin_m)
    rows = _stations(conn, area)
    ids = [row["id"] for row in rows]
    schedules = _schedules(conn, {row["schedule_id"] for row in rows if row["schedule_id"]}, window)
    districts = _districts(conn, area, {row["district_code"] for row in rows})
    readings = readings_of(row["search"].partition("|")[0] for row in rows)
    simplified = simplified_to(readings)
    beside = _beside(conn, ids, window, rules.warn)
    searched = _searched_names(districts)
    records = {
        row["id"]: orjson.dumps(
            _record(row, beside, schedules.keys, readings, simplified, searched.get(row["district_code"], ()))
        )
        for row in rows
    }
    everything = conn.execute("SELECT count(*) FROM station WHERE retired_at IS NULL").fetchone()
    about = {
        "format": FORMAT,
        "code": area.code,
        "name_zh": area.name_zh,
        "name_en": area.name_en,
        "level": area.level,
        "starts_at": window.starts_at.isoformat(),
        "ends_at": window.ends_at.isoformat(),
        "walking": plain(rules.walking.model_dump()),
        "nearest": plain(rules.nearest.model_dump()),
        "margin_m": number(rules.margin_m),
        # where every station there is is in the pack, no question is beyond it
        "outline": None if everything == (len(rows),) else area.rings(),
    }
    parts = {
        **_words(conn),
        "districts": districts,
        "organisations": _organisations(conn, ids),
        "zones": _zones(rows, window),
        "calendars": _calendars(conn, {row["calendar"] for row in rows}, window),
        "schedules": schedules.part,
        # the characters, and what each is read as
        "readings": ["".join(map(chr, readings)), " ".join(readings.values())],
        # each traditional character followed by its simplified form
        "simplified": "".join(chr(code) + form for code, form in simplified.items()),
    }
    return Content(about, parts, records)


_STATIONS: Final = """
SELECT s.*, t.schedule_id, sch.key AS schedule_key, k.code AS kind_code,
  h.code AS host_code, h.holiday_policy AS host_policy, o.code AS organisation_code
FROM station AS s
JOIN kind AS k ON k.id = s.kind_id
LEFT JOIN host AS h ON h.id = s.host_id
LEFT JOIN organisation AS o ON o.id = s.organisation_id
LEFT JOIN station_schedule AS t ON t.station_id = s.id
LEFT JOIN schedule AS sch ON sch.id = t.schedule_id
WHERE s.retired_at IS NULL
  AND ((s.lon BETWEEN %(west)s AND %(east)s AND s.lat BETWEEN %(south)s AND %(north)s)
    OR s.district_code = ANY (%(inside)s))
ORDER BY s.id
"""


def _stations(conn: Connection, area: PackArea) -> list[dict[str, Any]]:
    west, south, east, north = area.box
    with conn.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(
            _STATIONS.replace("s.*", _COLUMNS).encode(),
            {"west": west, "south": south, "east": east, "north": north, "inside": [*area.inside]},
        ).fetchall()
    if not rows:
        return []
    near = area.holds(np.array([row["lon"] for row in rows]), np.array([row["lat"] for row in rows]))
    return [
        row for row, within in zip(rows, near.tolist(), strict=True)
        if within or row["district_code"] in area.inside
    ]  # fmt: skip


_COLUMNS: Final = ", ".join(
    f"s.{name}"
    for name in (
        "id", "name_zh", "name_en", "address", "lon", "lat", "district_code", "host_name", "phone",
        "description", "amenity_ids", "access_notes", "hours_text", "hours_osm", "hours_certainty",
        "hours_rules", "hours_unread", "holiday_policy", "time_zone", "calendar", "attributes", "verified_at",
        "created_at", "updated_at", "version", "source", "search",
    )
)  # fmt: skip


@dataclass(frozen=True)
class _Beside:
    """What hangs on stations, by id."""

    outages: Mapping[int, list[Any]]
    exceptions: Mapping[int, list[Any]]
    texts: Mapping[int, list[Any]]
    regimes: Mapping[int, list[tuple[date | None, Mapping[str, Any], str | None]]]
    warnings: Mapping[int, list[Any]]


def _record(
    row: Mapping[str, Any],
    beside: _Beside,
    schedule_keys: Mapping[int, str],
    readings: Mapping[int, str],
    simplified: Mapping[int, str],
    district_names: Sequence[str],
) -> list[Any]:
    id_ = row["id"]
    hours = _hours(row, row["holiday_policy"] or row["host_policy"])
    later = None
    if id_ in beside.regimes:
        (_, first, policy), *following = beside.regimes[id_]
        hours = _hours(first, policy)
        later = [[day.isoformat(), _hours(fields, own)] for day, fields, own in following if day] or None
    stored = row["search"]
    parts = stored.split("|")
    reading = parts[2] if len(parts) == 4 else None
    others = (row["name_en"], row["host_name"], row["address"], *district_names)
    derivable = phone_search_text(readings, simplified, reading, row["name_zh"], others) == stored
    values = {
        "id": id_,
        "kind": row["kind_code"],
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "address": row["address"],
        "lon": number(row["lon"]),
        "lat": number(row["lat"]),
        "district": row["district_code"],
        "organisation": row["organisation_code"],
        "host": row["host_code"],
        "host_name": row["host_name"],
        "phone": row["phone"],
        "description": row["description"],
        "attributes": orjson.dumps(row["attributes"]).decode() if row["attributes"] else None,
        "amenities": _amenities(row["amenity_ids"]),
        "access": row["access_notes"],
        "hours_text": row["hours_text"],
        "hours_to_come": beside.texts.get(id_),
        "hours": hours,
        "hours_later": later,
        "time_zone": row["time_zone"],
        "calendar": row["calendar"],
        "verified_at": _instant(row["verified_at"]),
        "created_at": _instant(row["created_at"]),
        "updated_at": _instant(row["updated_at"]),
        "version": row["version"],
        "source": row["source"],
        "schedule": schedule_keys.get(row["schedule_id"]),
        "outages": beside.outages.get(id_),
        "exceptions": beside.exceptions.get(id_),
        "warnings": beside.warnings.get(id_),
        "reading": reading if derivable else None,
        "search": None if derivable else stored,
    }
    return [values[field] for field in FIELDS]


def _amenities(ids: Sequence[int]) -> str | list[int]:
    """Rising ids as the bits of a hexadecimal number; in any other order as they are."""
    if all(one < other for one, other in pairwise(ids)):
        return format(sum(1 << one for one in ids), "x")
    return list(ids)


def _hours(row: Mapping[str, Any], policy: str | None) -> list[Any]:
    """What a sheet shows of hours: text, OSM string, certainty, what was not read, week, holiday policy."""
    rules = row["hours_rules"]
    week = _week(orjson.dumps(rules)) if rules is not None else _week(b"")
    return [
        row["hours_text"], row["hours_osm"], row["hours_certainty"], row["hours_unread"], week, policy
    ]  # fmt: skip


@cache
def _week(rules: bytes) -> list[list[str]]:
    return ordinary_week(Rules.from_json(orjson.loads(rules)) if rules else None)


def _instant(moment: datetime | None) -> int | None:
    """Microseconds since 1970."""
    return None if moment is None else instant(moment)


_OUTAGES: Final = """
SELECT station_id, amenity_id, during FROM amenity_outage
WHERE station_id = ANY (%(ids)s) AND (upper_inf(during) OR upper(during) > %(since)s)
ORDER BY station_id, id
"""
_EXCEPTIONS: Final = """
SELECT station_id, during, state, note_zh, note_en FROM hours_exception
WHERE station_id = ANY (%(ids)s) AND upper(during) > %(since)s ORDER BY station_id, id
"""
_REPORTS: Final = """
SELECT station_id, kind, amenity_id, created_at, reporter FROM station_report
WHERE station_id = ANY (%(ids)s) AND resolved_at IS NULL
  AND created_at > %(since)s - make_interval(days => %(days)s)
"""
_PLANNED: Final = """
SELECT DISTINCT station_id FROM planned_change
WHERE station_id = ANY (%(ids)s) AND cancelled_at IS NULL AND lapsed_at IS NULL
"""


def _beside(conn: Connection, ids: list[int], window: Window, warn: WarningRule) -> _Beside:
    asked = {"ids": ids, "since": window.starts_at, "days": warn.days}
    outages: dict[int, list[Any]] = {}
    for id_, amenity_id, during in conn.execute(_OUTAGES, asked):
        outages.setdefault(id_, []).append([amenity_id, *_bounds(during)])
    exceptions: dict[int, list[Any]] = {}
    for id_, during, state, zh, en in conn.execute(_EXCEPTIONS, asked):
        exceptions.setdefault(id_, []).append([*_bounds(during), state, zh, en])
    texts: dict[int, list[Any]] = {}
    for id_, day, hours_text in conn.execute(HOURS_TEXTS_TO_COME.encode(), {"stations": ids}):
        texts.setdefault(id_, []).append([day.isoformat(), hours_text])
    reports: dict[int, list[Report]] = {}
    for id_, *said in conn.execute(_REPORTS, asked):
        reports.setdefault(id_, []).append(Report(*said))
    warnings = {
        id_: [
            [kind, amenity_id, [[instant(until), people, instant(since)] for until, people, since in steps]]
            for kind, amenity_id, steps in told
        ]
        for id_, some in reports.items()
        if (told := warning_steps(some, warn))
    }
    planned = [id_ for (id_,) in conn.execute(_PLANNED, asked)]
    return _Beside(outages, exceptions, texts, _regimes(conn, planned, window), warnings)


def _bounds(during: Range[datetime]) -> list[int | None]:
    """From and until, half-open, as instants; None is unbounded."""
    low, high = _instant(during.lower), _instant(during.upper)
    return [
        low + 1 if low is not None and not during.lower_inc else low,
        high + 1 if high is not None and during.upper_inc else high,
    ]


def _regimes(
    conn: Connection, ids: list[int], window: Window
) -> dict[int, list[tuple[date | None, Mapping[str, Any], str | None]]]:
    """The hours in force when the window begins, and those of the days from then on, by station."""
    if not ids:
        return {}
    statement = "\n".join(
        (
            "WITH",
            regimes_sql("unnest(%(ids)s::bigint[])"),
            "SELECT station_id, day, fields, holiday_policy FROM regime ORDER BY station_id, day NULLS FIRST",
        )
    )
    # in any zone the window's first moment is this day or later
    first_day = window.starts_at.date() - timedelta(days=1)
    regimes: dict[int, list[tuple[date | None, Mapping[str, Any], str | None]]] = {}
    for id_, day, fields, policy in conn.execute(statement.encode(), {"ids": ids, "forgotten": date.min}):
        hours = {name: fields[name] for name in HOURS_COLUMNS}
        of_station = regimes.setdefault(id_, [])
        if day is not None and day <= first_day:
            of_station.clear()
        of_station.append((day, hours, policy))
    return regimes


@dataclass(frozen=True)
class _Schedules:
    keys: Mapping[int, str]
    part: list[Any]


_SCHEDULES: Final = "SELECT id, key, inputs FROM schedule WHERE id = ANY (%s)"
_INTERVALS: Final = """
SELECT schedule_id, state, starts_at, ends_at, reason, parts FROM open_interval
WHERE schedule_id = ANY (%s) ORDER BY schedule_id, starts_at
"""


def _schedules(conn: Connection, ids: set[int], window: Window) -> _Schedules:
    wanted = sorted(ids)
    intervals: dict[int, list[Any]] = {id_: [] for id_ in wanted}
    for id_, *interval in conn.execute(_INTERVALS, [wanted]):
        intervals[id_].append(interval)
    calendars: dict[str, Calendar] = {}
    keys: dict[int, str] = {}
    part = []
    for id_, key, inputs in conn.execute(_SCHEDULES, [wanted]):
        keys[id_] = base64.urlsafe_b64encode(key[:9]).decode()
        name = inputs["calendar"]
        if name not in calendars:
            calendars[name] = _calendar(conn, name, window)
        part.append([keys[id_], *_schedule(intervals[id_], inputs, calendars[name], window)])
    return _Schedules(keys, sorted(part))


def _schedule(
    intervals: Sequence[Any], inputs: Mapping[str, Any], calendar: Calendar, window: Window
) -> list[Any]:
    """A schedule's intervals, what each is, the parts of those with several reasons, and why it is closed.

    Times are steps: from the end of the interval before (or the window's start), and from start to end.
    """
    steps, tags, parts, gaps = list[Any](), list[int](), list[Any](), []
    at = window.starts_at
    for number_, (state, starts_at, ends_at, reason, several) in enumerate(intervals):
        if starts_at > at:
            gaps.append((at, starts_at))
        steps += [_step(at, starts_at), _step(starts_at, ends_at)]
        tags.append(REASONS.index(reason) + (len(REASONS) if state == "unknown" else 0))
        if several:
            parts.append(
                [
                    number_,
                    *(
                        [_step(starts_at, datetime.fromisoformat(since)), REASONS.index(why)]
                        for since, why in several
                    ),
                ]
            )
        at = ends_at
    if at < window.ends_at:
        gaps.append((at, window.ends_at))
    pieces = closed_pieces(
        gaps,
        window,
        None if inputs["rules"] is None else Rules.from_json(inputs["rules"]),
        calendar=calendar,
        zone=ZoneInfo(inputs["time_zone"]),
        holiday_policy=inputs["holiday_policy"],
        later=later_of(dict(inputs)),
        exceptions=exceptions_of(dict(inputs)),
    )
    closed = [
        [_step(window.starts_at, start), _step(start, end), REASONS.index(why)] for start, end, why in pieces
    ]
    return [steps, tags[0] if len(set(tags)) == 1 else tags, parts, closed]


def _step(since: datetime, until: datetime) -> int | str:
    """Whole minutes as a number; what is none as microseconds, in digits."""
    microseconds = (until - since) // timedelta(microseconds=1)
    return str(microseconds) if microseconds % _MINUTE else microseconds // _MINUTE


def _calendar(conn: Connection, name: str, window: Window) -> Calendar:
    rows = conn.execute(
        """SELECT day, day_type, name_zh, name_en FROM calendar_day
           WHERE jurisdiction = %s AND day BETWEEN %s AND %s ORDER BY day""",
        [name, (window.starts_at - BESIDE).date(), (window.ends_at + BESIDE).date()],
    )
    return Calendar(CalendarDay(day, type_) for day, type_, *_ in rows)


def _calendars(conn: Connection, names: Iterable[str], window: Window) -> list[Any]:
    """Of each calendar in use the public holidays and make-up workdays around the window, with names."""
    found = conn.execute(
        """SELECT jurisdiction, day, day_type, coalesce(name_zh, name_en), coalesce(name_en, name_zh)
           FROM calendar_day
           WHERE jurisdiction = ANY (%s) AND day BETWEEN %s AND %s AND day_type IN ('holiday', 'makeup')
           ORDER BY jurisdiction, day""",
        [sorted(names), (window.starts_at - BESIDE).date(), (window.ends_at + BESIDE).date()],
    ).fetchall()
    return [
        [name, [[day.isoformat(), type_, zh, en] for of, day, type_, zh, en in found if of == name]]
        for name in sorted(names)
    ]


def _words(conn: Connection) -> dict[str, list[Any]]:
    def rows(statement: str) -> list[Any]:
        return [list(row) for row in conn.execute(statement.encode())]

    return {
        "kinds": rows("SELECT id, code, name_zh, name_en FROM kind ORDER BY id"),
        "amenities": rows("SELECT id, code, name_zh, name_en, osm_tag FROM amenity ORDER BY id"),
        "hosts": rows("SELECT code, name_zh, name_en FROM host ORDER BY id"),
    }


def _districts(conn: Connection, area: PackArea, codes: set[str | None]) -> list[Any]:
    """Code, parent, level and names of the districts in the area and of its stations, and all around them."""
    known = {
        code: [code, parent, level, zh, en]
        for code, parent, level, zh, en in conn.execute(
            "SELECT code, parent_code, level, name_zh, name_en FROM district"
        )
    }
    wanted: set[str] = set()
    for one in (*area.inside, *codes):
        while one is not None and one not in wanted:
            wanted.add(one)
            one = known[one][1]
    return [known[code] for code in sorted(wanted)]


def _searched_names(districts: Iterable[Sequence[Any]]) -> dict[str | None, tuple[str, ...]]:
    """The names by which a district's stations are found: a street's, and its district's, but no city's."""
    known = {row[0]: row for row in districts}
    names: dict[str | None, tuple[str, ...]] = {}
    for code, parent, level, name, _ in districts:
        above = known.get(parent)
        names[code] = (name, above[3]) if level == "street" and above and above[2] != "city" else (name,)
    return names


def _organisations(conn: Connection, ids: list[int]) -> list[Any]:
    rows = conn.execute(
        """SELECT code, name_zh, name_en FROM organisation
           WHERE id IN (SELECT organisation_id FROM station WHERE id = ANY (%s))
           ORDER BY code COLLATE "C\"""",
        [ids],
    )
    return [list(row) for row in rows]


def _zones(rows: Iterable[Mapping[str, Any]], window: Window) -> list[Any]:
    """Each zone in use, with its offsets in seconds and the instants (microseconds) from which they hold.

    They reach back to the beginning of the year of the first time that is told of any station.
    """
    first: dict[str, int] = {}
    for row in rows:
        times = (row["verified_at"], row["created_at"], row["updated_at"], window.starts_at)
        year = min(time.astimezone(UTC).year for time in times if time is not None)
        first[row["time_zone"]] = min(year, first.get(row["time_zone"], year))
    zones = []
    for name in sorted(first):
        start = instant(datetime(first[name], 1, 1, tzinfo=UTC))
        until = instant(window.ends_at + timedelta(days=400))
        zones.append(
            [
                name,
                [
                    [since, offset // 1_000_000]
                    for since, _, offset in steady_stretches(ZoneInfo(name), start, until)
                ],
            ]
        )
    return zones
