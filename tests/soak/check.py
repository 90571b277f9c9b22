"""What must hold of the city however its service and its database were killed."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import psycopg

from geoapi.editing.replay import replay
from geoapi.schedule import refresh
from geoapi.schedule.keeper import is_current
from tests.soak.load import Closed, Confirmed, Edited, Notes

HORIZON_DAYS = 14
# what history calls a field
COLUMNS = {"phone": "phone", "hours": "hours_text"}


def lost(conn: psycopg.Connection, notes: Notes) -> list[Any]:
    """Acknowledged writes that are not on record, or not as they were acknowledged."""
    # before a look at the record: more are acknowledged meanwhile
    edited, closed, confirmed = list(notes.edited), list(notes.closed), list(notes.confirmed)
    made = {
        (station, version): after
        for station, version, after in conn.execute("SELECT station_id, version, after FROM revision")
    }

    def after(one: Edited | Closed | Confirmed) -> dict[str, Any]:
        found: dict[str, Any] = made.get((one.station, one.version), {})
        return found

    return [
        *(one for one in edited if after(one).get(COLUMNS[one.field]) != one.value),
        *(one for one in closed if after(one).get(f"exception:{one.closure}", {}).get("note_zh") != one.key),
        *(one for one in confirmed if "verified_at" not in after(one)),
    ]


def broken_histories(conn: psycopg.Connection) -> list[str]:
    """Stations whose versions have a gap, or which are not what the fold of their revisions says."""
    afters: dict[int, list[Any]] = defaultdict(list)
    versions: dict[int, list[int]] = defaultdict(list)
    for station, version, after in conn.execute(
        "SELECT station_id, version, after FROM revision ORDER BY station_id, version"
    ):
        afters[station].append(after)
        versions[station].append(version)
    exceptions: dict[int, dict[int, Any]] = defaultdict(dict)
    for station, id_, recorded in conn.execute(
        "SELECT station_id, id, recorded_exception(e) FROM hours_exception AS e"
    ):
        exceptions[station][id_] = recorded
    wrong = []
    for station, version, recorded in conn.execute(
        "SELECT id, version, recorded_fields(s) FROM station AS s"
    ):
        told = replay(afters[station])
        if versions[station] != list(range(versions[station][0], version + 1)):
            wrong.append(f"station {station}: version {version}, history {versions[station]}")
        if told.columns != recorded:
            wrong.append(f"station {station}: its row is not what its history says")
        if told.exceptions != exceptions[station]:
            wrong.append(f"station {station}: its exceptions are not what its history says")
    return wrong


def repeated_effects(conn: psycopg.Connection, notes: Notes) -> list[str]:
    """Idempotency keys that had more than one effect."""
    # in history, where those are too that were taken back
    rows = conn.execute(
        """SELECT change.value ->> 'note_zh'
           FROM revision AS r CROSS JOIN jsonb_each(r.after) AS change
           WHERE change.key LIKE 'exception:%%' AND r.before -> change.key = 'null'
             AND change.value ->> 'note_zh' = ANY (%s)
           GROUP BY 1 HAVING count(*) > 1""",
        [list(notes.keys)],
    )
    return [key for (key,) in rows]


def stale_answers(conn: psycopg.Connection) -> list[str]:
    """Where the opening times on record are not those of the hours and exceptions on record."""
    if not is_current(conn, horizon_days=HORIZON_DAYS):
        return ["opening times wait to be worked out"]
    with conn.transaction(force_rollback=True):
        as_answered = _opening_times(conn)
        conn.execute("INSERT INTO stale_station SELECT id FROM station ON CONFLICT DO NOTHING")
        conn.execute("UPDATE schedule SET computed_at = NULL")
        refresh(conn, horizon_days=HORIZON_DAYS)
        worked_out = _opening_times(conn)
    return [
        f"station {station}: {as_answered.get(station)} is not {times}"
        for station, times in worked_out.items()
        if as_answered.get(station) != times
    ]


def _opening_times(conn: psycopg.Connection) -> dict[int, list[Any]]:
    times: dict[int, list[Any]] = defaultdict(list)
    for station, *interval in conn.execute(
        """SELECT t.station_id, o.state, o.starts_at, o.ends_at, o.reason
           FROM station_schedule AS t JOIN open_interval AS o USING (schedule_id)
           ORDER BY t.station_id, o.starts_at, o.state"""
    ):
        times[station].append(interval)
    return times
