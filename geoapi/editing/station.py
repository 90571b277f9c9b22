"""The station that is about to be changed: locked, and the caller's to change."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, not_allowed, require
from geoapi.editing.transaction import By
from geoapi.errors import NotFound, Words

_SEEN = """
SELECT s.*, organisation_path(managing_organisation(s.organisation_id, s.district_code)) AS path
FROM station AS s
WHERE s.id = %s
"""
_LOCKED = _SEEN + "FOR UPDATE OF s"


def locked_station(conn: Connection, by: By, station_id: int, act: Act) -> Mapping[str, Any]:
    """The station's row, which nobody else changes until this transaction ends, and `path`: the ids of the
    organisation that it belongs to and of all above it, empty where it belongs to none.

    Raises `NotFound`, `NotSignedIn`, `NotAllowed`.
    """
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_LOCKED, [station_id]).fetchone()
        # row-level security lets nobody lock what is not theirs to change: it is there all the same
        seen = row or cursor.execute(_SEEN, [station_id]).fetchone()
    if seen is None:
        raise no_such_station()
    require(by.caller, act, seen["path"])
    if row is None:
        raise not_allowed()
    return row


def no_such_station() -> NotFound:
    """What to raise where an id is no station's."""
    return NotFound(
        Words("没有这个站点", "there is no such station"),
        field="id",
        mend=Words("编号见列表或最近站点的答复", "ids are in the answers of the list and of nearest"),
    )
