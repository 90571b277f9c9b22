"""Districts on a map: their ground, and where their names stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from sqlalchemy import func, select

from geoapi.db.engine import Database
from geoapi.db.tables import district
from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile
from geoapi.queries.map.shapes import Shapes
from geoapi.queries.map.vector_tile import TileLayer

DISTRICTS: Final = "districts"
LABELS: Final = "district_labels"

STREETS_FROM: Final = 9
"""The zoom from which districts of the level `street` are drawn: there may be hundreds in a city."""


@dataclass(frozen=True, slots=True, eq=False)
class DistrictShapes:
    """Every district on record, on a map in one datum."""

    ground: Shapes
    labels: Shapes
    fine: np.ndarray[Any, np.dtype[np.bool_]]

    def layers(self, tile: WebTile) -> list[TileLayer]:
        """Layers `districts` (ground) and `district_labels` (a point each); streets from `STREETS_FROM`."""
        which = None if tile.z >= STREETS_FROM else ~self.fine
        return [
            self.ground.layer(DISTRICTS, tile, which=which),
            self.labels.layer(LABELS, tile, which=which),
        ]


async def read_districts(database: Database, datum: Datum) -> DistrictShapes:
    """All districts, largest first, so that smaller ones are drawn on top of those that they lie in."""
    async with database.connection() as conn:
        rows = (
            await conn.execute(
                select(
                    district.c.code, district.c.parent_code, district.c.level,
                    district.c.name_zh, district.c.name_en,
                    func.ST_AsBinary(district.c.geom).label("wkb"),
                ).order_by(func.ST_Area(district.c.geom).desc(), district.c.code)
            )
        ).mappings().all()  # fmt: skip
    properties = [
        {name: row[name] for name in ("code", "parent_code", "level", "name_zh", "name_en")} for row in rows
    ]
    shapes = [shapely.from_wkb(bytes(row["wkb"])) for row in rows]
    return DistrictShapes(
        Shapes(shapes, properties, datum),
        Shapes([_middle(shape) for shape in shapes], properties, datum),
        np.array([row["level"] == "street" for row in rows], dtype=bool),
    )


def _middle(shape: shapely.Geometry) -> shapely.Geometry:
    """The point of a district that is farthest from its border, where its name has most room."""
    west, south, east, north = shape.bounds
    tolerance = max(east - west, north - south) / 200
    largest = max(shapely.get_parts(shape), key=shapely.area)
    circle = shapely.maximum_inscribed_circle(shapely.simplify(largest, tolerance), tolerance=tolerance)
    middle = shapely.get_point(circle, 0)
    return middle if shapely.covers(largest, middle) else shapely.point_on_surface(largest)
