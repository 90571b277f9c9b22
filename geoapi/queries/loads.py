"""What came of each file: the history of loads."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller, places
from geoapi.db.engine import Database
from geoapi.queries.cursors import an_instant, make_cursor, read_cursor

# a whole file is the cities' affair; others see it where rows of theirs came to wait by it
_LOADS = """
WITH by_district AS MATERIALIZED (
  SELECT d.code FROM (SELECT DISTINCT district_code AS code FROM quarantine) AS d
  WHERE d.code IS NOT NULL AND import_path(d.code) && %(reach)s::bigint[]
)
SELECT b.id, b.source, b.file_name, b.loaded_at, b.is_retry, a.name AS loaded_by, b.report,
  b.mapping -> 'source' ->> 'title' AS title, b.mapping -> 'place' ->> 'datum' AS datum,
  coalesce(now_are.waiting, 0) AS waiting, coalesce(now_are.accepted, 0) AS accepted,
  coalesce(now_are.set_aside, 0) AS set_aside, coalesce(now_are.overtaken, 0) AS overtaken
FROM load_batch AS b
LEFT JOIN account AS a ON a.id = b.loaded_by
LEFT JOIN LATERAL (
  SELECT count(*) FILTER (WHERE q.resolved_at IS NULL) AS waiting,
    count(*) FILTER (WHERE q.station_id IS NOT NULL) AS accepted,
    count(*) FILTER (WHERE q.set_aside_at IS NOT NULL) AS set_aside,
    count(*) FILTER (WHERE q.resolved_at IS NOT NULL AND q.station_id IS NULL AND q.set_aside_at IS NULL)
      AS overtaken
  FROM quarantine AS q WHERE q.batch_id = b.id
) AS now_are ON true
WHERE (import_path(NULL) && %(reach)s::bigint[] OR EXISTS (
    SELECT FROM quarantine AS q JOIN by_district AS d ON d.code = q.district_code WHERE q.batch_id = b.id))
  AND (%(retries)s OR NOT b.is_retry)
  AND (%(source)s::text IS NULL OR b.source = %(source)s)
  AND (%(since)s::timestamptz IS NULL OR (b.loaded_at, b.id) < (%(since)s, %(id)s::text))
ORDER BY b.loaded_at DESC, b.id DESC
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class LoadPage:
    """Loads, the newest first: each with its report, and what its rows that waited are now."""

    rows: list[dict[str, Any]]
    next_cursor: str | None


async def list_loads(
    database: Database, caller: Caller, *, source: str | None, retries: bool, cursor: str | None, limit: int
) -> LoadPage:
    """A page of loads within reach; with `retries`, waiting rows that were tried again as well. Raises
    `NotAllowed`, `InvalidInput` for the cursor."""
    reach = places(caller, Act.READ_IMPORTS)
    question = ["loads", reach, source, retries]
    since: datetime | None = None
    id_: str | None = None
    if cursor is not None:
        since, id_ = read_cursor(question, cursor, (an_instant, _a_batch))
    values = {
        "reach": reach,
        "source": source,
        "retries": retries,
        "since": since,
        "id": id_,
        "limit": limit + 1,
    }
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as found:
        await found.execute(_LOADS.encode(), values)
        rows = await found.fetchall()
    page = rows[:limit]
    more = len(rows) > limit
    return LoadPage(page, make_cursor(question, [page[-1]["loaded_at"], page[-1]["id"]]) if more else None)


def _a_batch(value: Any) -> str:
    if type(value) is not str or not value.isascii() or len(value) > 100 or "\0" in value:
        raise ValueError
    return value
