"""Which stations a district's pack has, and how far around a place it can say that it has all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import Connection

from geoapi.queries.districts import no_such_district

METRES_PER_DEGREE: Final = 111_320.0
OUTLINE_TOLERANCE_M: Final = 100.0
"""How far the outline that is sent may lie from the district's boundary."""

SLACK: Final = 1.02
"""What is a metre on a map of the area, laid flat at its middle, may be two hundredths more or less."""

_DISTRICT: Final = """
SELECT code, name_zh, name_en, level, ST_AsBinary(geom) FROM district WHERE code = %s
"""
_INSIDE: Final = """
WITH RECURSIVE inside AS (
  SELECT code FROM district WHERE code = %s
  UNION
  SELECT d.code FROM district AS d JOIN inside ON d.parent_code = inside.code
)
SELECT code FROM inside
"""


@dataclass(frozen=True)
class PackArea:
    """A district, an outline of it (WGS-84, within `OUTLINE_TOLERANCE_M` of its boundary) and the margin.

    The pack has every station in the district, and all within `margin_m` of the outline.
    """

    code: str
    name_zh: str
    name_en: str | None
    level: str
    inside: frozenset[str]
    outline: shapely.Geometry
    margin_m: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """West, south, east and north of all that `holds` may hold."""
        west, south, east, north = self.outline.bounds
        up = (SLACK * self.margin_m + 5) / METRES_PER_DEGREE * SLACK
        across = up / max(0.01, math.cos(math.radians(max(abs(south - up), abs(north + up)))))
        return west - across, south - up, east + across, north + up

    def holds(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether points lie within the margin around the outline: for certain where they do."""
        _, south, _, north = self.outline.bounds
        # the scale of the latitude nearest to the equator makes every distance too short, never too long
        shrink = math.cos(math.radians(max(abs(south), abs(north)) + self.margin_m / METRES_PER_DEGREE))
        flat = shapely.transform(self.outline, lambda xy: xy * (shrink, 1.0))
        degrees = shapely.distance(flat, shapely.points(lon * shrink, lat))
        return np.asarray(degrees * METRES_PER_DEGREE <= self.margin_m * SLACK + 5)

    def rings(self) -> list[list[int]]:
        """The outline's rings, inner ones too, as [lon, lat, lon, lat …] in 1e-5 degrees (about a metre)."""
        polygons = shapely.get_parts(self.outline)
        rings = [ring for polygon in polygons for ring in (polygon.exterior, *polygon.interiors)]
        return [_whole(shapely.get_coordinates(ring)) for ring in rings]


def _whole(points: NDArray[np.float64]) -> list[int]:
    return [int(value) for value in np.round(points * 1e5).ravel()]


def read_area(conn: Connection, code: str, margin_m: float) -> PackArea:
    """The area of a district's pack. Raises `NotFound` for a code that names none."""
    row = conn.execute(_DISTRICT, [code]).fetchone()
    if row is None:
        codes = [one for (one,) in conn.execute("SELECT code FROM district")]
        raise no_such_district(code, codes, field="district")
    boundary: Any = shapely.from_wkb(row[4])
    # the rounding to 1e-5 degrees is within the tolerance too
    outline = boundary.simplify((OUTLINE_TOLERANCE_M - 1) / METRES_PER_DEGREE, preserve_topology=True)
    inside = frozenset(one for (one,) in conn.execute(_INSIDE, [code]))
    return PackArea(row[0], row[1], row[2], row[3], inside, outline, margin_m)
