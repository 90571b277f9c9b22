"""Organisations as the signed-in see them: their own trees, and the way up from there."""

from __future__ import annotations

from typing import Any

from geoapi.accounts.permissions import Act, Caller
from geoapi.db.engine import Database
from geoapi.queries.accounts import BELOW, Page, page_by_id

# `mine` are counted, everything in and below each; what is above only shows where one is
_TREE = f"""
WITH RECURSIVE {BELOW}, seen AS (
  SELECT id, true AS mine FROM below
  UNION
  SELECT above.id, false FROM unnest(%(reach)s::bigint[]) AS root (id),
    unnest(organisation_path(root.id)) AS above (id)
  WHERE above.id NOT IN (SELECT id FROM below)
), page AS (
  SELECT o.*, seen.mine FROM organisation AS o JOIN seen ON seen.id = o.id
  WHERE %(after)s::bigint IS NULL OR o.id > %(after)s
  ORDER BY o.id
  LIMIT %(limit)s
), around AS (
  SELECT id AS organisation, id AS upper FROM below
  UNION
  SELECT around.organisation, o.parent_id FROM around JOIN organisation AS o ON o.id = around.upper
  WHERE o.parent_id IN (SELECT id FROM below)
), overseen AS (
  SELECT id FROM organisation WHERE id = ANY (%(overseen)s::bigint[])
  UNION
  SELECT o.id FROM organisation AS o JOIN overseen ON o.parent_id = overseen.id
), stations AS (
  SELECT around.upper AS id, sum(g.stations)::bigint AS stations
  FROM (
    SELECT managing_organisation(organisation_id, district_code) AS id, stations FROM (
      SELECT organisation_id, district_code, count(*) AS stations FROM station
      WHERE retired_at IS NULL GROUP BY organisation_id, district_code
    ) AS grouped
  ) AS g
  JOIN around ON around.organisation = g.id
  GROUP BY around.upper
), accounts AS (
  SELECT around.upper AS id, count(DISTINCT r.account_id) AS accounts
  FROM account_role AS r JOIN around ON around.organisation = r.organisation_id
  GROUP BY around.upper
)
SELECT page.id, page.parent_id, page.code, page.level, page.name_zh, page.name_en, page.district_code,
  page.mine,
  CASE WHEN page.mine THEN coalesce(stations.stations, 0) END AS stations,
  CASE WHEN page.id IN (SELECT id FROM overseen) THEN coalesce(accounts.accounts, 0) END AS accounts
FROM page
LEFT JOIN stations ON stations.id = page.id
LEFT JOIN accounts ON accounts.id = page.id
ORDER BY page.id
"""  # noqa: S608


async def organisation_tree(database: Database, caller: Caller, *, cursor: str | None, limit: int) -> Page:
    """The organisations at, below and above the caller's roles, by id; empty where there is no role.

    `stations` counts those in use that are its own or of what is below it, null above the caller's roles;
    `accounts` those with a role there or below, null where the caller may not see them.
    """
    reach = sorted(caller.organisations(Act.SEE_STATIONS))
    rows, following = await page_by_id(
        database, _TREE, {"reach": reach, "overseen": sorted(caller.organisations(Act.SEE_ACCOUNTS))},
        question=["organisations", reach], cursor=cursor, limit=limit,
    )  # fmt: skip
    items: list[dict[str, Any]] = [
        {
            "id": str(row["id"]),
            "parent_id": str(row["parent_id"]) if row["parent_id"] is not None else None,
            "code": row["code"],
            "level": row["level"],
            "name": row["name_zh"],
            "name_en": row["name_en"],
            "district_code": row["district_code"],
            "mine": row["mine"],
            "stations": row["stations"],
            "accounts": row["accounts"],
        }
        for row in rows
    ]
    return Page(items, following)
