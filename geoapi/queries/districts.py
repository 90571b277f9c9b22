"""Districts: their names, sizes and stations, and one with its boundary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.engine import Database
from geoapi.db.tables import district, station
from geoapi.errors import NotFound, UnknownCode, Words
from geoapi.queries.near_codes import near_codes


async def list_districts(database: Database) -> list[Mapping[str, Any]]:
    """Every district, city first, then by code; `stations` counts those in use, by kind id."""
    async with database.connection() as conn:
        counts = await _counts(conn)
        rows = (
            await conn.execute(
                select(*(c for c in district.c if c.name != "geom")).order_by(
                    func.array_position(
                        literal_column("ARRAY['city','district','street']"), district.c.level
                    ),
                    district.c.code,
                )
            )
        ).mappings()
        found = [dict(row) for row in rows]
    return [{**row, "stations": _total(row["code"], found, counts)} for row in found]


async def get_district(database: Database, code: str) -> Mapping[str, Any]:
    """One district with `geojson` (WGS-84, 6 decimals) and `stations`. `NotFound` names near codes."""
    async with database.connection() as conn:
        counts = await _counts(conn)
        codes = [
            dict(row)
            for row in (await conn.execute(select(district.c.code, district.c.parent_code))).mappings()
        ]
        row = (
            await conn.execute(
                select(
                    *(c for c in district.c if c.name != "geom"),
                    func.ST_AsGeoJSON(district.c.geom, 6).label("geojson"),
                    (func.ST_Area(func.Geography(district.c.geom)) / 1e6).label("area_km2"),
                ).where(district.c.code == code)
            )
        ).mappings().first()  # fmt: skip
    if row is None:
        raise no_such_district(code, [one["code"] for one in codes])
    return {**row, "stations": _total(code, codes, counts)}


async def codes_inside(conn: AsyncConnection, code: str) -> list[str]:
    """The codes of the district and of all inside it. `UnknownCode` when there is no such district."""
    inside = select(district.c.code).where(district.c.code == code).cte("inside", recursive=True)
    inside = inside.union(select(district.c.code).where(district.c.parent_code == inside.c.code))
    codes = list(await conn.scalars(select(inside.c.code)))
    if not codes:
        near = near_codes(code, list(await conn.scalars(select(district.c.code))))
        raise UnknownCode(
            Words("没有这个行政区", "there is no such district"),
            field="district",
            mend=_did_you_mean(near),
            near=near,
        )
    return codes


def no_such_district(code: str, codes: list[str], *, field: str = "code") -> NotFound:
    """The error for a code in a path that names no district; it names codes near to it."""
    near = near_codes(code, codes)
    return NotFound(
        Words("没有这个行政区", "there is no such district"),
        field=field,
        mend=_did_you_mean(near),
        near=near,
    )


def _did_you_mean(near: list[str]) -> Words:
    if not near:
        return Words("行政区代码见 /v1/districts", "codes are listed at /v1/districts")
    return Words(f"是否想用：{'、'.join(near)}", f"did you mean {' or '.join(near)}?")


async def _counts(conn: AsyncConnection) -> dict[str, dict[int, int]]:
    rows = await conn.execute(
        select(station.c.district_code, station.c.kind_id, func.count())
        .where(station.c.retired_at.is_(None), station.c.district_code.is_not(None))
        .group_by(station.c.district_code, station.c.kind_id)
    )
    counts: dict[str, dict[int, int]] = {}
    for code, kind_id, number in rows:
        counts.setdefault(code, {})[kind_id] = number
    return counts


def _total(code: str, districts: list[dict[str, Any]], counts: dict[str, dict[int, int]]) -> dict[int, int]:
    """The counts of a district and of those inside it."""
    total = dict(counts.get(code, {}))
    for inner in districts:
        if inner["parent_code"] == code:
            for kind_id, number in _total(inner["code"], districts, counts).items():
                total[kind_id] = total.get(kind_id, 0) + number
    return total
