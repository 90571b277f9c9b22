"""Emergency hours: those that concern what an account may see, and how they stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller
from geoapi.db.engine import Database
from geoapi.queries.cursors import an_id, make_cursor, read_cursor

OverrideState = Literal["active", "coming", "over", "called_off"]

# Of the districts named: those of the caller's organisations, of one below them, or of one above them
# (the city's hours concern every district).
_OVERRIDES = """
WITH stated AS (
  SELECT o.*, lower(o.during) AS starts_at, upper(o.during) AS ends_at,
    CASE
      WHEN o.ended_at <= lower(o.during) THEN 'called_off'
      WHEN upper(o.during) <= now() THEN 'over'
      WHEN lower(o.during) > now() THEN 'coming'
      ELSE 'active'
    END AS state
  FROM hours_override AS o
),
above AS (
  SELECT DISTINCT unnest(organisation_path(one)) AS id FROM unnest(%(organisations)s::bigint[]) AS one
)
SELECT o.id, o.name_zh, o.name_en, o.state, o.starts_at, o.ends_at, o.district_codes, o.kind_ids,
  lower(o.daily_minutes) AS opens, upper(o.daily_minutes) AS closes, o.reason, o.created_at, o.ended_at,
  created.name AS created_by, ended.name AS ended_by,
  coalesce(named.administered, false) AS may_end
FROM stated AS o
LEFT JOIN account AS created ON created.id = o.created_by
LEFT JOIN account AS ended ON ended.id = o.ended_by
CROSS JOIN LATERAL (
  SELECT
    bool_or(path && %(organisations)s::bigint[] OR manages.id IN (SELECT id FROM above)) AS concerns,
    bool_and(path && %(administered)s::bigint[]) AS administered
  FROM unnest(o.district_codes) AS d (code)
  CROSS JOIN LATERAL (SELECT managing_organisation(NULL, d.code) AS id) AS manages
  CROSS JOIN LATERAL (SELECT organisation_path(manages.id) AS path) AS paths
) AS named
WHERE (o.district_codes IS NULL OR named.concerns)
  AND (%(state)s::text IS NULL OR o.state = %(state)s)
  AND (%(before)s::bigint IS NULL OR o.id < %(before)s)
ORDER BY o.id DESC
LIMIT %(limit)s
"""


@dataclass(frozen=True)
class OverridePage:
    """Rows as `_OVERRIDES` names them, and the cursor of the next page, None on the last."""

    rows: Sequence[Mapping[str, Any]]
    next_cursor: str | None


async def list_overrides(
    database: Database, caller: Caller, *, state: OverrideState | None, limit: int, cursor: str | None
) -> OverridePage:
    """A page of the emergency hours that concern the caller's organisations, the latest first.

    Raises `InvalidInput` for a cursor of another question.
    """
    question = ["overrides", caller.account_id, state]
    (before,) = read_cursor(question, cursor, (an_id,)) if cursor is not None else (None,)
    values = {
        "organisations": sorted(caller.organisations(Act.SEE_STATIONS)),
        "administered": sorted(caller.organisations(Act.OVERRIDE_HOURS)),
        "state": state,
        "before": before,
        "limit": limit + 1,
    }
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as cursor_:
        await cursor_.execute(_OVERRIDES, values)
        found = await cursor_.fetchall()
    if len(found) <= limit:
        return OverridePage(found, None)
    return OverridePage(found[:limit], make_cursor(question, [found[limit - 1]["id"]]))
