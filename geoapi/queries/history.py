"""What is on record of a station's past: a page of its revisions, and what it was before them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller, require
from geoapi.db.engine import Database
from geoapi.errors import NotFound, Words
from geoapi.queries.cursors import an_id, make_cursor, read_cursor

_STATION = """
SELECT s.time_zone, organisation_path(managing_organisation(s.organisation_id, s.district_code)) AS path
FROM station AS s WHERE s.id = %s
"""

_PAGE = """
SELECT version, at, account_id, actor, host(address) AS address, action, reason, batch_id, before, after
FROM revision
WHERE station_id = %(id)s AND version < %(before)s
ORDER BY version DESC
LIMIT %(limit)s
"""

RECORDED_AT = """
SELECT coalesce(jsonb_object_agg(latest.key, latest.value), '{}') AS fields
FROM (
  SELECT DISTINCT ON (f.key) f.key, f.value
  FROM revision AS r CROSS JOIN LATERAL jsonb_each(r.after) AS f
  WHERE r.station_id = %(id)s AND r.version <= %(version)s
  ORDER BY f.key, r.version DESC
) AS latest
"""
"""Every field as it was at a version, in one object: `geoapi.editing.replay` reads it as one revision."""

_ORGANISATIONS = "SELECT id, name_zh, name_en FROM organisation WHERE id = ANY (%s)"
_FILES = "SELECT id, file_name FROM load_batch WHERE id = ANY (%s)"


@dataclass(frozen=True)
class HistoryPage:
    """Revisions, newest first; `fields_before` is what the station had before the oldest of them.

    `organisations` (id → names) and `files` (batch → file) are those that the revisions speak of, `path` the
    organisation that the station belongs to and all above it.
    """

    revisions: list[Mapping[str, Any]]
    fields_before: Mapping[str, Any]
    organisations: dict[int, Words]
    files: dict[str, str]
    time_zone: str
    path: list[int]
    next_cursor: str | None


async def station_history(
    database: Database, caller: Caller, station_id: int, *, limit: int, cursor: str | None
) -> HistoryPage:
    """A page of the station's history. Raises `NotFound`, `NotAllowed`, and `InvalidInput` for the cursor."""
    async with database.raw_connection() as conn:
        station = await _one(conn, _STATION, [station_id])
        if station is None:
            raise NotFound(
                Words("没有这个站点", "there is no such station"),
                field="id",
                mend=Words("编号见列表或最近站点的答复", "ids are in the answers of the list and of nearest"),
            )
        require(caller, Act.READ_HISTORY, station["path"])
        question = ["history", station_id]
        (before,) = read_cursor(question, cursor, [an_id]) if cursor else (2**31 - 1,)
        values = {"id": station_id, "before": min(before, 2**31 - 1), "limit": limit + 1}
        found = await _all(conn, _PAGE, values)
        revisions = found[:limit]
        oldest = revisions[-1]["version"] if revisions else 0
        recorded = await _one(conn, RECORDED_AT, {"id": station_id, "version": oldest - 1})
        assert recorded is not None
        organisations = await _all(conn, _ORGANISATIONS, [_organisation_ids(revisions)])
        files = await _all(conn, _FILES, [[one["batch_id"] for one in revisions if one["batch_id"]]])
    return HistoryPage(
        revisions,
        recorded["fields"],
        {one["id"]: Words(one["name_zh"], one["name_en"] or one["name_zh"]) for one in organisations},
        {one["id"]: one["file_name"] for one in files},
        station["time_zone"],
        station["path"],
        make_cursor(question, [oldest]) if len(found) > limit else None,
    )


def _organisation_ids(revisions: list[Mapping[str, Any]]) -> list[int]:
    values = (one[side].get("organisation_id") for one in revisions for side in ("before", "after"))
    return sorted({value for value in values if value is not None})


async def _one(conn: AsyncConnection, query: str, values: Any) -> Mapping[str, Any] | None:
    found = await _all(conn, query, values)
    return found[0] if found else None


async def _all(conn: AsyncConnection, query: str, values: Any) -> list[Mapping[str, Any]]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(query.encode(), values)
        return list(await cursor.fetchall())
