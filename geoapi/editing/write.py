"""A station's row written anew, with what follows from it: how it is found, and the district around it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from geoapi.accounts.permissions import not_allowed
from geoapi.db.search_text import search_text
from geoapi.editing.fields import RECORDED_COLUMNS, differing
from geoapi.editing.place import district_around

_SEARCHED: Final = frozenset(("name_zh", "name_en", "host_name", "address", "district_code"))
_JSON: Final = frozenset(("hours_rules", "attributes"))

_UPDATE = sql.SQL(
    """
    UPDATE station AS s SET {} WHERE s.id = %(station)s
    RETURNING s.*, organisation_path(managing_organisation(s.organisation_id, s.district_code)) AS path
    """
)

# a city's name would find all there is in it
_DISTRICT_NAMES = """
WITH RECURSIVE around AS (
  SELECT code, parent_code, level, name_zh, 0 AS steps FROM district WHERE code = %s
  UNION
  SELECT d.code, d.parent_code, d.level, d.name_zh, steps + 1
  FROM district AS d JOIN around AS a ON d.code = a.parent_code
)
SELECT name_zh FROM around WHERE steps = 0 OR level <> 'city' ORDER BY steps
"""


def write_columns(conn: Connection, row: Mapping[str, Any], columns: Mapping[str, Any]) -> Mapping[str, Any]:
    """The station's row (as `locked_station` gives it) with these columns changed, and with its district and
    search text where these follow from them; the same row where nothing differs.

    `columns` are any that history records, values as JSON has them or as PostgreSQL gives them. Raises
    `NotAllowed` where PostgreSQL's own rules let nobody change this station.
    """
    unknown = columns.keys() - RECORDED_COLUMNS
    assert not unknown, f"not on record: {unknown}"
    changed = differing(row, columns)
    if not changed:
        return row
    if "lon" in changed or "lat" in changed:
        lon, lat = (changed.get(axis, row[axis]) for axis in ("lon", "lat"))
        changed |= differing(row, {"district_code": district_around(conn, lon, lat)})
    if not _SEARCHED.isdisjoint(changed):
        changed["search"] = searched_by(conn, {**row, **changed})
    assignments = sql.SQL(", ").join(
        sql.SQL("{} = {}").format(sql.Identifier(column), sql.Placeholder(column)) for column in changed
    )
    values = {column: stored(column, value) for column, value in changed.items()}
    with conn.cursor(row_factory=dict_row) as cursor:
        cursor.execute(_UPDATE.format(assignments), {**values, "station": row["id"]})
        written = cursor.fetchone()
    if written is None:
        raise not_allowed()
    return written


def searched_by(conn: Connection, columns: Mapping[str, Any]) -> str:
    """What `station.search` holds for these columns; by the names of districts around them, too."""
    names = conn.execute(_DISTRICT_NAMES, [columns["district_code"]]).fetchall()
    return search_text(
        columns["name_zh"],
        columns["name_en"],
        columns["host_name"],
        columns["address"],
        *(name for (name,) in names),
    )


def stored(column: str, value: Any) -> Any:
    """The value as the driver takes it."""
    return Jsonb(value) if column in _JSON and value is not None else value
