"""A demand layer's points in an area, or the area's own grid where no layer is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

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
            row["points"], row["total"], row["fingerprint"], row["loaded_at"],
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
            if layer.code == code:
                return layer
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


def _by_area(area: Area, cell_size_m: float) -> Layer:
    return Layer(
        None, BY_AREA, Words("按面积", "by area"), Words("平方公里", "km²"), None,
        "grid", None, Cell("grid", cell_size_m), 0, 0.0, f"{BY_AREA}/{cell_size_m:g}/{area.version}", None,
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
