"""What history has of a station, read within a change: its fields at a version, and one of its revisions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.editing.replay import Recorded, replay
from geoapi.queries.history import RECORDED_AT


def recorded_at(conn: Connection, station_id: int, version: int) -> Recorded:
    """The station as it was at a version; empty before its history began."""
    row = conn.execute(RECORDED_AT.encode(), {"id": station_id, "version": version}).fetchone()
    assert row is not None
    return replay([row[0]])


def revision_of(conn: Connection, station_id: int, version: int) -> Mapping[str, Any] | None:
    """The revision that made this version; None where none did: before the history, or after its end."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            "SELECT * FROM revision WHERE station_id = %s AND version = %s", [station_id, version]
        ).fetchone()


def last_change_of(conn: Connection, station_id: int, keys: list[str]) -> int | None:
    """The version that last changed any of these (columns, exception:ID, outage:ID)."""
    row = conn.execute(
        "SELECT max(version) FROM revision WHERE station_id = %s AND after ?| %s", [station_id, keys]
    ).fetchone()
    return None if row is None else row[0]
