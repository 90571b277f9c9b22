"""Where a point lies: the district around it, and the organisations whose stations would be there."""

from __future__ import annotations

from psycopg import Connection

from geoapi.errors import InvalidPoint, Words


def district_around(conn: Connection, lon: float, lat: float) -> str | None:
    """The code of the finest area on record around a WGS-84 point (street, district, city); None outside."""
    row = conn.execute(
        """SELECT code FROM district
           WHERE ST_Intersects(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326))
           ORDER BY array_position(ARRAY['street', 'district', 'city'], level), code
           LIMIT 1""",
        [lon, lat],
    ).fetchone()
    return None if row is None else str(row[0])


def is_same_district(conn: Connection, one: str | None, other: str | None) -> bool:
    """Whether two areas are, or lie in, the same district: two streets of it do, two districts do not."""
    if one == other:
        return True
    row = conn.execute(
        """WITH RECURSIVE around AS (
             SELECT code AS start, code, parent_code, level FROM district WHERE code IN (%(one)s, %(other)s)
             UNION
             SELECT a.start, d.code, d.parent_code, d.level
             FROM district AS d JOIN around AS a ON d.code = a.parent_code
           )
           SELECT count(DISTINCT start) = 2 AND count(DISTINCT code) = 1
           FROM around WHERE level = 'district'""",
        {"one": one, "other": other},
    ).fetchone()
    return row is not None and bool(row[0])


def path_at(conn: Connection, organisation_id: int | None, district_code: str | None) -> list[int]:
    """The organisation that a station of this organisation or district belongs to, and all above it."""
    row = conn.execute(
        "SELECT organisation_path(managing_organisation(%s, %s))", [organisation_id, district_code]
    ).fetchone()
    return [] if row is None else list(row[0])


def is_of_zone(conn: Connection, path: list[int]) -> bool:
    """Whether one of these organisations is a development zone, whose stations lie in others' districts."""
    row = conn.execute(
        "SELECT EXISTS (SELECT FROM organisation WHERE id = ANY (%s) AND level = 'zone')", [path]
    ).fetchone()
    return row is not None and bool(row[0])


def require_inside(district_code: str | None, *, field: str = "location") -> str:
    """The code, of a point that lies somewhere; `InvalidPoint` outside every district on record."""
    if district_code is None:
        raise InvalidPoint(
            Words("不在任何已登记的区内", "lies in no district on record"),
            field=field,
            mend=Words("请核对坐标与坐标系 crs", "check the coordinates, and their datum `crs`"),
        )
    return district_code
