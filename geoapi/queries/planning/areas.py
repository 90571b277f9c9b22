"""What a planner asks about: a city, a district or a street, and the parts that it is ranked by."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import shapely
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.tables import district
from geoapi.geometry.boxes import Box
from geoapi.queries.districts import no_such_district


@dataclass(frozen=True, slots=True)
class Part:
    """A district by its code and names. `rest` is the ground of an area that none of its districts has."""

    code: str
    name_zh: str
    name_en: str | None
    level: str
    rest: bool = False


@dataclass(frozen=True, slots=True)
class Area:
    """An area, and its parts: the districts directly inside it, or itself where there are none.

    `part_of` gives, for the code of every district in the area however fine, the index of the part that it
    belongs to. Where the area has districts, the last of its parts is the rest: what lies in it and in
    none of them, under the area's own code. `city_lat` is the middle latitude of the city that it belongs
    to. `version` changes whenever a boundary does.
    """

    itself: Part
    parts: tuple[Part, ...]
    part_of: Mapping[str, int]
    box: Box
    city_lat: float
    version: str


async def read_area(conn: AsyncConnection, code: str, *, field: str = "code") -> Area:
    """The area of a code. `NotFound` names the `field` that it is from and codes near to it."""
    rows = {
        row["code"]: row
        for row in (
            await conn.execute(
                select(
                    district.c.code,
                    district.c.parent_code,
                    district.c.name_zh,
                    district.c.name_en,
                    district.c.level,
                ).order_by(district.c.code)
            )
        ).mappings()
    }
    if code not in rows:
        raise no_such_district(code, list(rows), field=field)
    children = [row for row in rows.values() if row["parent_code"] == code]
    parts = [_part(row) for row in children]
    part_of: dict[str, int] = {}
    for index, part in enumerate(parts):
        for inner in _inside(part.code, rows):
            part_of[inner] = index
    part_of[code] = len(parts)
    itself = _part(rows[code])
    parts.append(_rest_of(itself) if children else itself)
    version = await conn.scalar(select(func.concat(func.max(district.c.updated_at), "/", func.count())))
    west, south, east, north = (await conn.execute(
        select(
            func.ST_XMin(district.c.geom), func.ST_YMin(district.c.geom),
            func.ST_XMax(district.c.geom), func.ST_YMax(district.c.geom),
        ).where(district.c.code == code)
    )).one()  # fmt: skip
    middle = (func.ST_YMin(district.c.geom) + func.ST_YMax(district.c.geom)) / 2
    city = await conn.execute(select(middle).where(district.c.code == _outermost(code, rows)))
    city_lat = float(city.scalar_one())
    return Area(itself, tuple(parts), part_of, Box(west, south, east, north), city_lat, str(version))


async def read_polygons(conn: AsyncConnection, codes: list[str]) -> list[shapely.Geometry]:
    """The boundaries of these districts, WGS-84, in the order of the codes."""
    rows = await conn.execute(
        select(district.c.code, func.ST_AsBinary(district.c.geom)).where(district.c.code.in_(codes))
    )
    shapes = {code: shapely.from_wkb(bytes(wkb)) for code, wkb in rows}
    return [shapes[code] for code in codes]


def _part(row: Mapping[Any, Any]) -> Part:
    return Part(row["code"], row["name_zh"], row["name_en"], row["level"])


def _rest_of(area: Part) -> Part:
    """What lies in an area and in none of its districts, in words of its own: it is no district."""
    english = f"{area.name_en} (elsewhere)" if area.name_en else None
    return replace(area, name_zh=f"{area.name_zh}（其余）", name_en=english, rest=True)


def _outermost(code: str, rows: Mapping[str, Mapping[Any, Any]]) -> str:
    """The district at the top of those that a district lies in."""
    parent = rows[code]["parent_code"]
    return code if parent is None else _outermost(parent, rows)


def _inside(code: str, rows: Mapping[str, Mapping[Any, Any]]) -> list[str]:
    """The code and those of all districts inside it."""
    return [code] + [
        inner for row in rows.values() if row["parent_code"] == code for inner in _inside(row["code"], rows)
    ]
