"""A demand layer's points in an area, or the area's own grid where no layer is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

import numpy as np
import shapely
from psycopg import sql
from sqlalchemy import bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.grid import area_grid, nearest_reference
from geoapi.coverage.inputs import Cell, CellShape, Demand
from geoapi.db.columns import read_columns
from geoapi.db.engine import driver_of
from geoapi.db.tables import demand_layer
from geoapi.errors import InvalidInput, UnknownCode, Words
from geoapi.queries.near_codes import near_codes
from geoapi.queries.planning.areas import Area, read_polygons

BY_AREA: Final = "area"
"""The demand that needs no layer: every square metre counts the same."""

SAMPLE: Final = "sample"


@dataclass(frozen=True, slots=True)
class Layer:
    """A demand layer: what its weights are, of when, and from whom. `id` None: the area's own grid."""

    id: int | None
    code: str
    name: Words
    unit: Words
    as_of: date | None
    source: str
    licence: str | None
    cell: Cell
    points: int
    total: float
    fingerprint: str
    method: Mapping[str, Any]
    loaded_at: datetime | None

    @property
    def sample(self) -> bool:
        return self.source == SAMPLE


async def list_layers(conn: AsyncConnection) -> list[Layer]:
    """Every layer on record, real ones before samples, in the order they were loaded."""
    rows = (await conn.execute(select(demand_layer).order_by(demand_layer.c.id))).mappings()
    layers = [
        Layer(
            row["id"], row["code"], Words(row["name_zh"], row["name_en"]),
            Words(row["unit_zh"], row["unit_en"]), row["as_of"], row["source"], row["licence"],
            Cell(_shape(row["cell"]), row["cell_size_m"], row["h3_resolution"]),
            row["points"], row["total"], row["fingerprint"], row["method"],
            row["loaded_at"],
        )
        for row in rows
    ]  # fmt: skip
    return sorted(layers, key=lambda layer: layer.sample)


async def layer_for(conn: AsyncConnection, area: Area, code: str | None, *, cell_size_m: float) -> Layer:
    """The layer of a code; without one, the first that has points in the area, else the area's grid.

    `UnknownCode` names the layers there are.
    """
    by_area = _by_area(area, cell_size_m)
    if code == BY_AREA:
        return by_area
    layers = await list_layers(conn)
    if code is not None:
        for layer in layers:
            if layer.code == code and await _has_points(conn, layer, area):
                return layer
            if layer.code == code:
                raise InvalidInput(
                    Words("该图层在此处没有需求点", "this layer has no point here"),
                    field="demand",
                    mend=Words("换一个图层，或用 demand=area", "name another, or ask with demand=area"),
                )
        codes = [*(layer.code for layer in layers), BY_AREA]
        near = near_codes(code, codes)
        raise UnknownCode(
            Words("没有这个需求图层", "there is no such demand layer"),
            field="demand",
            mend=Words(
                f"可选：{'、'.join(codes)}；用 geoapi load-demand 导入",
                f"choose from {', '.join(codes)}, or load one with `geoapi load-demand`",
            ),
            near=near,
        )
    for layer in layers:
        if await _has_points(conn, layer, area):
            return layer
    return by_area


async def read_demand(conn: AsyncConnection, layer: Layer, area: Area, *, most: int) -> Demand:
    """The layer's points in the area; `InvalidInput` when they are more than `most`.

    The demand's areas are the codes of the area's parts, in their order.
    """
    codes = tuple(part.code for part in area.parts)
    if layer.id is None:
        polygons = await read_polygons(conn, list(codes))
        try:
            # inner districts first: what lies in none of them is the area's own. Their city's reference
            # latitude, so that a district asked about alone has the cells that it has in its city
            demand = area_grid(
                polygons,
                codes,
                cell_size_m=layer.cell.size_m,
                reference_lat=nearest_reference(area.city_lat),
                # before they are made, cells of a district count again as its city's
                most_cells=most * min(len(polygons), 2),
            )
        except InvalidInput as error:
            raise _too_many(error.extra["cells"] // min(len(polygons), 2), most) from error
        if len(demand) > most:
            raise _too_many(len(demand), most)
        return demand
    number: int = await conn.scalar(_COUNT, {"layer": layer.id, "codes": list(area.part_of)})
    if number > most:
        raise _too_many(number, most)
    columns = await read_columns(
        await driver_of(conn), _POINTS,
        {"lon": "float8", "lat": "float8", "weight": "float8", "area": "int4"},
        {"layer": layer.id, "codes": list(area.part_of), "parts": list(area.part_of.values())},
    )  # fmt: skip
    return Demand(columns["lon"], columns["lat"], columns["weight"], columns["area"], codes, layer.cell)


async def read_demand_around(
    conn: AsyncConnection, layer: Layer, area: Area, metres: float, *, most: int
) -> Demand:
    """The layer's points up to so many metres outside the area: who shares its stations.

    Their area is -1. By area, only the rest of the city that it belongs to; none for a city.
    """
    box = area.box.beside(metres)
    if layer.id is None:
        outer = await _outer_polygon(conn, area)
        if outer is None:
            return Demand(*(np.empty(0),) * 3, np.empty(0, np.int64), (), layer.cell)
        own = await read_polygons(conn, [area.itself.code])
        ground = shapely.difference(shapely.intersection(outer, shapely.box(*box)), own[0])
        found = area_grid(
            [_polygons_of(ground)],
            (area.itself.code,),
            cell_size_m=layer.cell.size_m,
            reference_lat=nearest_reference(area.city_lat),
            most_cells=most,
        )
        return replace(found, area=np.full(len(found), -1))
    columns = await read_columns(
        await driver_of(conn),
        _AROUND,
        {"lon": "float8", "lat": "float8", "weight": "float8"},
        {"layer": layer.id, "codes": list(area.part_of), **box._asdict()},
    )
    nowhere = np.full(columns["lon"].size, -1)
    return Demand(columns["lon"], columns["lat"], columns["weight"], nowhere, (), layer.cell)


async def outside_districts(conn: AsyncConnection, layer: Layer) -> tuple[int, float]:
    """How many of the layer's points lie in no district at all, and their weight."""
    if layer.id is None:
        return 0, 0.0
    row = (
        await conn.execute(
            text(
                """SELECT count(*), coalesce(sum(weight), 0) FROM demand_point
                   WHERE layer_id = :layer AND district_code IS NULL"""
            ),
            {"layer": layer.id},
        )
    ).one()
    return int(row[0]), float(row[1])


_COUNT = text(
    "SELECT count(*) FROM demand_point WHERE layer_id = :layer AND district_code IN :codes"
).bindparams(bindparam("codes", expanding=True))
_POINTS: Final = sql.SQL("""
  SELECT p.lon, p.lat, p.weight, m.part
  FROM demand_point AS p
  JOIN unnest(%(codes)s::text[], %(parts)s::int[]) AS m (code, part) ON m.code = p.district_code
  WHERE p.layer_id = %(layer)s
  ORDER BY p.seq""")


_AROUND: Final = sql.SQL("""
  SELECT lon, lat, weight FROM demand_point
  WHERE layer_id = %(layer)s
    AND lon BETWEEN %(west)s AND %(east)s AND lat BETWEEN %(south)s AND %(north)s
    AND (district_code IS NULL OR district_code <> ALL (%(codes)s::text[]))
  ORDER BY seq""")


async def _outer_polygon(conn: AsyncConnection, area: Area) -> shapely.Geometry | None:
    """The polygon of the city that an area is in; None for one that is in nothing."""
    wkb = await conn.scalar(
        text(
            """WITH RECURSIVE up AS (
                 SELECT code, parent_code, geom FROM district WHERE code = :code
                 UNION ALL
                 SELECT d.code, d.parent_code, d.geom FROM district AS d JOIN up ON d.code = up.parent_code
               )
               SELECT ST_AsBinary(geom) FROM up WHERE parent_code IS NULL AND code <> :code"""
        ),
        {"code": area.itself.code},
    )
    return None if wkb is None else shapely.from_wkb(bytes(wkb))


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The polygons of a shape; lines and points, which have no ground, are left out."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon"]
    return shapely.MultiPolygon(parts)


def _by_area(area: Area, cell_size_m: float) -> Layer:
    return Layer(
        None, BY_AREA, Words("按面积", "by area"), Words("平方公里", "km²"), None,
        "grid", None, Cell("grid", cell_size_m), 0, 0.0, f"{BY_AREA}/{cell_size_m:g}/{area.version}", {},
        None,
    )  # fmt: skip


async def _has_points(conn: AsyncConnection, layer: Layer, area: Area) -> bool:
    found = text(
        "SELECT EXISTS (SELECT FROM demand_point WHERE layer_id = :layer AND district_code IN :codes)"
    ).bindparams(bindparam("codes", expanding=True))
    return bool(await conn.scalar(found, {"layer": layer.id, "codes": list(area.part_of)}))


def _too_many(number: int, most: int) -> InvalidInput:
    return InvalidInput(
        Words(
            f"此范围有 {number} 个需求点，最多 {most} 个",
            f"there are {number} demand points here, and at most {most} can be worked out at once",
        ),
        field="code",
        mend=Words(
            "请问小一些的区，或调大 GEOAPI_MAX_CELLS",
            "ask about a smaller district, or raise GEOAPI_MAX_CELLS",
        ),
    )


def _shape(word: str) -> CellShape:
    shapes: dict[str, CellShape] = {"point": "point", "grid": "grid", "h3": "h3"}
    return shapes[word]
