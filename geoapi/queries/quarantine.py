"""The rows of imports that wait, or waited, as administrators see them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller, may, places
from geoapi.db.engine import Database
from geoapi.errors import NotFound, Words
from geoapi.queries.accounts import page_by_id

State = Literal["waiting", "accepted", "set_aside", "overtaken"]

STATE = """CASE WHEN q.resolved_at IS NULL THEN 'waiting' WHEN q.set_aside_at IS NOT NULL THEN 'set_aside'
  WHEN q.station_id IS NOT NULL THEN 'accepted' ELSE 'overtaken' END"""
"""SQL: what came of the row `q`."""

# districts are few, rows are many: whose a district's rows are is looked up once for each
_REACH = """
by_district AS MATERIALIZED (
  SELECT d.code FROM (SELECT DISTINCT district_code AS code FROM quarantine) AS d
  WHERE import_path(d.code) && %(reach)s::bigint[]
),
asked AS (
  SELECT q.*
  FROM quarantine AS q JOIN by_district AS d ON d.code IS NOT DISTINCT FROM q.district_code
  WHERE (%(source)s::text IS NULL OR q.source = %(source)s)
    AND (%(batch)s::text IS NULL OR q.batch_id = %(batch)s)
    AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
    AND CASE %(state)s
      WHEN 'waiting' THEN q.resolved_at IS NULL
      WHEN 'set_aside' THEN q.set_aside_at IS NOT NULL
      WHEN 'accepted' THEN q.station_id IS NOT NULL
      ELSE q.resolved_at IS NOT NULL AND q.set_aside_at IS NULL AND q.station_id IS NULL END
)
"""
_LIST = f"""
WITH {_REACH}
SELECT q.id, q.batch_id, q.source, b.file_name, b.loaded_at, q.row_number, q.external_id, q.reason, q.detail,
  q.raw || coalesce(q.mended, '{{}}') AS cells, {STATE} AS state, q.station_id, q.resolved_at,
  q.district_code, d.name_zh AS district_zh, d.name_en AS district_en,
  latest.mapping -> 'columns' -> 'name_zh' -> 'columns' AS name_columns,
  latest.mapping -> 'columns' -> 'address' -> 'columns' AS address_columns
FROM asked AS q
JOIN load_batch AS b ON b.id = q.batch_id
LEFT JOIN district AS d ON d.code = q.district_code
CROSS JOIN LATERAL (
  SELECT mapping FROM load_batch WHERE source = q.source ORDER BY loaded_at DESC, id LIMIT 1
) AS latest
WHERE %(after)s::bigint IS NULL OR q.id < %(after)s
ORDER BY q.id DESC
LIMIT %(limit)s
"""  # noqa: S608 - fixed parts of our own
_COUNTS = f"""
WITH {_REACH}
SELECT q.source, q.reason, count(*) AS rows FROM asked AS q GROUP BY q.source, q.reason
ORDER BY rows DESC, q.source, q.reason
"""  # noqa: S608 - fixed parts of our own
_ONE = f"""
SELECT q.*, {STATE} AS state, b.file_name, b.loaded_at, import_path(q.district_code) AS path,
  d.name_zh AS district_zh, d.name_en AS district_en, latest.mapping,
  mender.name AS mended_by_name, aside.name AS set_aside_by_name
FROM quarantine AS q
JOIN load_batch AS b ON b.id = q.batch_id
LEFT JOIN district AS d ON d.code = q.district_code
LEFT JOIN account AS mender ON mender.id = q.mended_by
LEFT JOIN account AS aside ON aside.id = q.set_aside_by
CROSS JOIN LATERAL (
  SELECT mapping FROM load_batch WHERE source = q.source ORDER BY loaded_at DESC, id LIMIT 1
) AS latest
WHERE q.id = %(id)s
"""  # noqa: S608 - fixed parts of our own


@dataclass(frozen=True)
class WaitingFilter:
    """Which rows: all that are given hold."""

    state: State
    source: str | None = None
    batch: str | None = None
    reason: str | None = None


@dataclass(frozen=True)
class WaitingPage:
    """Rows, the newest first; `counts` are (source, reason, rows) of all that are asked for but for the
    reason: what there is to choose from."""

    rows: list[dict[str, Any]]
    next_cursor: str | None
    counts: list[tuple[str, str, int]]


async def list_waiting(
    database: Database, caller: Caller, asked: WaitingFilter, *, cursor: str | None, limit: int
) -> WaitingPage:
    """A page of rows within the caller's reach. Raises `NotAllowed` for who has none, `InvalidInput` for the
    cursor."""
    reach = places(caller, Act.READ_IMPORTS)
    values = {
        "reach": reach,
        "state": asked.state,
        "source": asked.source,
        "batch": asked.batch,
        "reason": asked.reason,
    }
    question = ["quarantine", reach, asked.state, asked.source, asked.batch, asked.reason]
    rows, following = await page_by_id(database, _LIST, values, question=question, cursor=cursor, limit=limit)
    async with database.raw_connection() as conn:
        counted = await conn.execute(_COUNTS.encode(), {**values, "reason": None})
        counts = await counted.fetchall()
    return WaitingPage(rows, following, counts)


async def get_waiting(database: Database, caller: Caller, row_id: int) -> tuple[Mapping[str, Any], bool]:
    """A row with the latest mapping of its source, and whether the caller may decide on it. Raises `NotFound`
    beyond the caller's reach."""
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_ONE.encode(), {"id": row_id})
        row = await cursor.fetchone()
    if row is None or not may(caller, Act.READ_IMPORTS, row["path"]):
        raise no_such_row()
    return row, may(caller, Act.MEND_IMPORTS, row["path"])


def no_such_row() -> NotFound:
    """What to raise where an id is no row's within reach."""
    return NotFound(
        Words("没有这一行", "there is no such row"),
        field="id",
        mend=Words("编号见 GET /v1/manage/quarantine", "ids are in GET /v1/manage/quarantine"),
    )
