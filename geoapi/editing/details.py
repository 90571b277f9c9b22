"""A manager changes details of a station: at once, from a day to come, or (a far move) once approved."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from psycopg import Connection

from geoapi.editing.fields import columns_of
from geoapi.editing.managed import Showing, managed_body, version_header
from geoapi.editing.moves import is_far, request_move
from geoapi.editing.planned import known_until, plan_change
from geoapi.editing.stale import require_version
from geoapi.editing.transaction import Answered, By
from geoapi.editing.vocabulary import catalog_of
from geoapi.editing.write import write_columns
from geoapi.errors import Conflict, Words
from geoapi.settings import EditingSettings

# the change is accepted, and part of it is yet to come
ACCEPTED = 202


@dataclass(frozen=True)
class Edit:
    """What somebody wants of a station: `changes` as `fields.columns_of` takes them, made of `version`."""

    version: int
    changes: Mapping[str, Any]
    reason: str | None = None
    effective_on: date | None = None


def edit_details(
    conn: Connection,
    by: By,
    row: Mapping[str, Any],
    edit: Edit,
    settings: EditingSettings,
    showing: Showing,
) -> Answered:
    """Change the locked station `row` and answer with what it is then; what is so already is no change.

    202 where something is yet to come: all of it with `effective_on`, or a move that waits for approval while
    the rest is done. Raises `StaleVersion` with the difference, `Conflict` for a retired station, and what
    `columns_of` raises.
    """
    catalog = catalog_of(conn)
    require_version(conn, row, edit.version, edit.changes, catalog, settings, showing)
    require_in_use(row)
    status = 200
    if edit.effective_on is not None:
        columns = columns_of(edit.changes, known_until(conn, row, edit.effective_on), catalog)
        plan_change(conn, by, row, edit.effective_on, columns, edit.reason)
        status = ACCEPTED
    else:
        columns = columns_of(edit.changes, row, catalog)
        lon, lat = (columns.get(axis, row[axis]) for axis in ("lon", "lat"))
        moves = "lon" in columns or "lat" in columns
        if moves and is_far(conn, by, row, lon, lat, limit_m=settings.move_limit_m):
            rest = {name: value for name, value in columns.items() if name not in ("lon", "lat")}
            request_move(conn, by, write_columns(conn, row, rest), lon, lat, edit.reason)
            status = ACCEPTED
        else:
            write_columns(conn, row, columns)
    body = managed_body(conn, row["id"], showing, unverified_days=settings.unverified_days)
    return Answered(body, status, version_header(body))


def require_in_use(row: Mapping[str, Any]) -> None:
    """Nothing, if the station is in use; else `Conflict`."""
    if row["retired_at"] is not None:
        raise Conflict(
            Words("站点已停用", "the station is retired"),
            mend=Words("请先由管理员恢复站点", "an administrator has to bring it back first"),
        )
