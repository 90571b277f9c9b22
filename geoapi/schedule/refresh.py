"""Make every schedule current: after changes, and as days pass."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import ClientCursor, Connection
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

from geoapi.db.bulk import BULK_ROWS, indexes_set_aside, is_bulk, owns
from geoapi.errors import UnknownCode, Words
from geoapi.hours import (
    Calendar,
    CalendarDay,
    HoursException,
    Interval,
    Override,
    Rules,
    RulesFrom,
    Span,
    open_intervals,
    seed_calendar,
)
from geoapi.schedule.slots import Slot, slots_of
from geoapi.schedule.window import Window, window_at

# any number that nobody else uses: two refreshes at once would compute everything twice
SCHEDULE_LOCK = 0x7363_6865
# from here on the planner's picture of the tables is worth renewing at once
MANY_STATIONS = 1000
# exceptions and overrides that are over stay known for so long: coverage of this week begins on its Monday
REMEMBERED = timedelta(days=8)
# a mark of a part in a comment is no place for the part
COMMENT = re.compile(r"^ *--.*\n", re.MULTILINE)
BESIDE = timedelta(days=3)
# schedules computed at a time: bounds the memory where every station has its own
BATCH = 2000


# of a station only what questions filter by: its texts take longer than they tell
ANALYZE = """ANALYZE station (id, kind_id, district_code, updated_at, retired_at, geog),
  station_slot, station_schedule, schedule, open_interval"""


@dataclass(frozen=True)
class RefreshReport:
    """How much a refresh found to do; all zero when everything was current."""

    stations: int
    schedules: int
    window: Window


def refresh(conn: Connection, *, horizon_days: int, now: datetime | None = None) -> RefreshReport:
    """Bring schedules, intervals and slots up to date within the caller's transaction.

    Sees what the transaction has changed so far, so a load or an edit that calls it
    before committing is never half visible. Nothing changed since last time costs a few
    short look-ups. `now` is the present unless given.
    """
    window = window_at(now or datetime.now(UTC), horizon_days)
    conn.execute("SELECT pg_advisory_xact_lock(%s)", [SCHEDULE_LOCK])
    over = _move_window(conn, window)
    # taken off the list at once: what others put on it from now on is left for the next time
    stale = sorted({*over, *_ids(conn, "DELETE FROM stale_station RETURNING station_id")})
    if stale:
        _assign(conn, stale, remembered=window.starts_at - REMEMBERED)
    schedules, changed = _compute_stale(conn, window)
    if stale or changed:
        _place_slots(conn, stale, changed)
    if len(stale) > MANY_STATIONS and owns(conn, "station_slot"):
        conn.execute(ANALYZE)
    return RefreshReport(len(stale), schedules, window)


def is_current(conn: Connection, *, horizon_days: int, now: datetime | None = None) -> bool:
    """Whether `refresh` would find nothing to do."""
    window = window_at(now or datetime.now(UTC), horizon_days)
    return bool(
        _one(
            conn,
            """SELECT EXISTS (SELECT FROM schedule_window WHERE (starts_at, ends_at) = (%s, %s))
                 AND NOT EXISTS (SELECT FROM stale_station)
                 AND NOT EXISTS (SELECT FROM schedule WHERE computed_at IS NULL)""",
            [window.starts_at, window.ends_at],
        )
    )


def _assign(conn: Connection, stale: list[int], *, remembered: datetime) -> None:
    """Give stations the schedules of their inputs; schedules that nobody has any more are gone."""
    with _relation(conn, stale) as relation:
        had = f"SELECT schedule_id FROM station_schedule JOIN {relation} AS stale (id) ON id = station_id"  # noqa: S608 - numbers
        left = _ids(conn, had)
        parts = {"regimes": regimes_sql(relation), "stale": relation}
        _script(conn, "assign_schedules", parts, starts_at=remembered, forgotten=remembered.date())
    conn.execute(
        """DELETE FROM schedule AS s
           WHERE s.id = ANY (%s)
             AND NOT EXISTS (SELECT FROM station_schedule AS t WHERE t.schedule_id = s.id)""",
        [sorted(set(left))],
    )


def _place_slots(conn: Connection, stale: list[int], changed: list[int]) -> None:
    """Lay anew the slots of the stations that changed, and of those of schedules whose slots changed."""
    sharing = _ids(conn, "SELECT station_id FROM station_schedule WHERE schedule_id = ANY (%s)", [changed])
    slotless = sorted({*stale, *sharing})
    bulk = False
    # counting all stations takes longer than placing one
    if len(slotless) >= BULK_ROWS:
        others = _one(conn, "SELECT count(*) FROM station_schedule") - len(slotless)
        # the service itself owns no table: only its owner may drop an index or look a table over
        bulk = is_bulk(written=len(slotless), others=others) and owns(conn, "station_slot")
    with _relation(conn, slotless) as relation, indexes_set_aside(conn, "station_slot", when=bulk):
        _script(conn, "place_slots", {"slotless": relation})


@contextmanager
def _relation(conn: Connection, ids: list[int]) -> Iterator[str]:
    """A relation of these numbers, as SQL, whose size the planner can see: an edit looks up its one station
    by index, a load reads the table once."""
    if len(ids) <= MANY_STATIONS:
        yield f"unnest('{{{','.join(map(str, ids))}}}'::bigint[])"
        return
    conn.execute("CREATE TEMPORARY TABLE chosen (id bigint PRIMARY KEY) ON COMMIT DROP")
    with conn.cursor() as cursor, cursor.copy("COPY chosen FROM STDIN") as copy:
        for id_ in ids:
            copy.write_row((id_,))
    conn.execute("ANALYZE chosen")
    yield "chosen"
    conn.execute("DROP TABLE chosen")


def _move_window(conn: Connection, window: Window) -> list[int]:
    """Move the window on: the stations of which something may be over, that go back to what they share.

    They are not put on the list of stale ones: another's change of one of them, not committed yet, would hold
    that up, and itself waits for this refresh.
    """
    moved = conn.execute(
        """INSERT INTO schedule_window (starts_at, ends_at) VALUES (%s, %s)
           ON CONFLICT (only_row) DO UPDATE SET starts_at = excluded.starts_at, ends_at = excluded.ends_at
           WHERE (schedule_window.starts_at, schedule_window.ends_at)
             IS DISTINCT FROM (excluded.starts_at, excluded.ends_at)""",
        window,
    )
    if not moved.rowcount:
        return []
    conn.execute("UPDATE schedule SET computed_at = NULL")
    return _ids(
        conn,
        """SELECT t.station_id FROM station_schedule AS t JOIN schedule AS s ON s.id = t.schedule_id
           WHERE s.inputs -> 'exceptions' <> '[]' OR s.inputs -> 'overrides' <> '[]'
             OR s.inputs ? 'planned'""",
    )


def _compute_stale(conn: Connection, window: Window) -> tuple[int, list[int]]:
    """Compute the intervals and slots of every schedule that has none: how many, and whose slots changed."""
    calendars = Calendars(conn, window)
    used = conn.execute("SELECT DISTINCT calendar FROM schedule WHERE computed_at IS NULL").fetchall()
    for (jurisdiction,) in used:
        # before anything is picked: a year entered now makes other schedules stale
        calendars.load(jurisdiction)
    done, changed = 0, list[int]()
    while batch := conn.execute(
        "SELECT id, inputs FROM schedule WHERE computed_at IS NULL ORDER BY id LIMIT %s", [BATCH]
    ).fetchall():
        changed += _compute(conn, batch, calendars, window)
        done += len(batch)
    return done, changed


def _compute(
    conn: Connection, batch: list[tuple[int, dict[str, Any]]], calendars: Calendars, window: Window
) -> list[int]:
    ids = [id_ for id_, _ in batch]
    before: dict[int, set[Slot]] = {id_: set() for id_ in ids}
    for id_, state, minutes, days in conn.execute(
        "SELECT schedule_id, state, minutes, days FROM schedule_slot WHERE schedule_id = ANY (%s)", [ids]
    ):
        bounded = None if days.lower is None else (days.lower, days.upper)
        before[id_].add(Slot(state, minutes.lower, minutes.upper, bounded))
    conn.execute("DELETE FROM open_interval WHERE schedule_id = ANY (%s)", [ids])
    changed: dict[int, list[Slot]] = {}
    columns = "schedule_id, state, starts_at, ends_at, reason, parts"
    with conn.cursor() as cursor, cursor.copy(f"COPY open_interval ({columns}) FROM STDIN") as copy:
        for id_, inputs in batch:
            intervals = intervals_of(inputs, calendars[inputs["calendar"]], window)
            for i in intervals:
                copy.write_row((id_, i.state, i.start, i.end, i.reason, _parts(i)))
            slots = slots_of(intervals)
            if set(slots) != before[id_]:
                changed[id_] = slots
    _replace_slots(conn, changed)
    conn.execute("UPDATE schedule SET computed_at = now() WHERE id = ANY (%s)", [ids])
    return list(changed)


def _replace_slots(conn: Connection, changed: dict[int, list[Slot]]) -> None:
    if not changed:
        return
    conn.execute("DELETE FROM schedule_slot WHERE schedule_id = ANY (%s)", [list(changed)])
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY schedule_slot (schedule_id, state, minutes, days) FROM STDIN") as copy,
    ):
        for id_, slots in changed.items():
            for slot in slots:
                days = Range(*slot.days) if slot.days else Range(None, None)
                copy.write_row((id_, slot.state, Range(slot.first_minute, slot.last_minute), days))


def intervals_of(inputs: dict[str, Any], calendar: Calendar, window: Window) -> list[Interval]:
    """The intervals of a schedule's inputs (the JSON that `assign_schedules.sql` builds) in the window."""
    rules = inputs["rules"]
    return open_intervals(
        None if rules is None else Rules.from_json(rules),
        calendar=calendar,
        zone=ZoneInfo(inputs["time_zone"]),
        start=window.starts_at,
        end=window.ends_at,
        holiday_policy=inputs["holiday_policy"],
        later=later_of(inputs),
        exceptions=exceptions_of(inputs),
        overrides=[
            Override(_moment(since), _moment(until), (Span(first, last),))
            for since, until, first, last in inputs["overrides"]
        ],
    )


def exceptions_of(inputs: dict[str, Any]) -> list[HoursException]:
    """The dated exceptions in a schedule's inputs, in the order that decides between them."""
    return [
        HoursException(_moment(since), _moment(until), state) for since, until, state in inputs["exceptions"]
    ]


def later_of(inputs: dict[str, Any]) -> list[RulesFrom]:
    """The rules of days to come in a schedule's inputs: `rules` and `holiday_policy` hold until the first."""
    return [
        RulesFrom(date.fromisoformat(day), None if rules is None else Rules.from_json(rules), policy)
        for day, rules, policy in inputs.get("planned", ())
    ]


class Calendars:
    """The calendars of the years around a window; a year that nobody has entered is seeded from packages."""

    def __init__(self, conn: Connection, window: Window) -> None:
        self._conn = conn
        self._years = range(window.starts_at.year, window.ends_at.year + 1)
        # a zone's day may be a day more or less than UTC's, and a rule may look at the day beside it
        self._first, self._last = (window.starts_at - BESIDE).date(), (window.ends_at + BESIDE).date()
        self._known: dict[str, Calendar] = {}

    def __getitem__(self, jurisdiction: str) -> Calendar:
        return self._known[jurisdiction]

    def load(self, jurisdiction: str) -> None:
        """Make a jurisdiction's calendar known: without any day where no package knows it either."""
        for year in self._years:
            first, last = date(year, 1, 1), date(year, 12, 31)
            if not _one(
                self._conn,
                """SELECT EXISTS (SELECT FROM calendar_day
                                  WHERE jurisdiction = %s AND day BETWEEN %s AND %s)""",
                [jurisdiction, first, last],
            ):
                # one station with a calendar of nowhere must not stop everybody's schedule
                with suppress(UnknownCode):
                    seed_year(self._conn, jurisdiction, year)
        rows = self._conn.execute(
            """SELECT day, day_type, name_zh, name_en FROM calendar_day
               WHERE jurisdiction = %s AND day BETWEEN %s AND %s""",
            [jurisdiction, self._first, self._last],
        )
        self._known[jurisdiction] = Calendar(
            CalendarDay(day, type_, Words(zh or en, en or zh) if zh or en else None)
            for day, type_, zh, en in rows
        )


def seed_year(conn: Connection, jurisdiction: str, year: int) -> int:
    """Enter a year of a jurisdiction from the packages; days already there stay. How many were entered."""
    rows = seed_calendar(jurisdiction, [year])
    with conn.cursor() as cursor:
        cursor.executemany(
            """INSERT INTO calendar_day (jurisdiction, day, day_type, name_zh, name_en, source)
               VALUES (%s, %s, %s, %s, %s, 'packages') ON CONFLICT DO NOTHING""",
            [
                (jurisdiction, d.date, d.type, d.name.zh if d.name else None, d.name.en if d.name else None)
                for d in rows
            ],
        )
    return len(rows)


def _parts(interval: Interval) -> Jsonb | None:
    if not interval.parts:
        return None
    return Jsonb([[since.isoformat(), reason] for since, reason in interval.parts])


def _moment(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def _one(conn: Connection, sql: Any, parameters: Sequence[Any] = ()) -> Any:
    row = conn.execute(sql, parameters).fetchone()
    assert row is not None
    return row[0]


def _ids(conn: Connection, sql: str, parameters: Sequence[Any] = ()) -> list[int]:
    return [id_ for (id_,) in conn.execute(sql.encode(), parameters)]


def _script(conn: Connection, name: str, parts: Mapping[str, str], **parameters: Any) -> None:
    """Run one of this package's scripts, its parts (our own text and numbers) put in, and values bound."""
    script = _text(name)
    for key, part in parts.items():
        script = script.replace(f"{{{key}}}", part)
    # several statements at once take their values on the client's side
    ClientCursor(conn).execute(script.encode(), parameters or None)


def regimes_sql(stations: str) -> str:
    """The common table expressions whose last, `regime`, says which hours a station has from which day on.

    `stations` is a relation of the stations' ids; `%(forgotten)s` is to be bound.
    """
    return _text("regimes").replace("{stations}", stations).strip()


@cache
def _text(name: str) -> str:
    text = (files("geoapi.schedule") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
    return COMMENT.sub("", text)
