"""Degrees to the pixels of a map, and outlines as SVG paths.

Local equirectangular: both axes in metres on the WGS-84 spheroid at the middle of the map. East to west the
scale is off by the change of the cosine of latitude: 1.3 % at 1° from the middle at 40° N. North is up.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from shapely.geometry.base import BaseGeometry

from geoapi.coverage.straight import ECCENTRICITY_SQUARED, SEMI_MAJOR_M

WIDTH: Final = 640.0
MAX_HEIGHT: Final = 760.0
MIN_HEIGHT: Final = 320.0
MARGIN: Final = 26.0
SMALLEST_M: Final = 1000.0
"""A map shows at least this much, so that an area of one point has a map, too."""

TOLERANCE_PX: Final = 0.35


@dataclass(frozen=True, slots=True)
class Frame:
    """A map's sheet: what is in its middle, metres to the degree there, and pixels to the metre."""

    lon: float
    lat: float
    east_m: float
    north_m: float
    px_per_m: float
    width: float
    height: float

    def pixels(self, lon: ArrayLike, lat: ArrayLike) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x to the right and y down, from the sheet's upper left corner."""
        # the shorter way round, so that an area across the antimeridian stays together
        east = (np.asarray(lon, dtype=np.float64) - self.lon + 180.0) % 360.0 - 180.0
        north = np.asarray(lat, dtype=np.float64) - self.lat
        return (
            self.width / 2 + east * self.east_m * self.px_per_m,
            self.height / 2 - north * self.north_m * self.px_per_m,
        )

    def drawn(self, geometry: BaseGeometry, tolerance_px: float = TOLERANCE_PX) -> BaseGeometry:
        """The geometry in pixels, cut to a little more than the sheet and without detail nobody can see."""
        moved = shapely.transform(
            geometry, lambda points: np.column_stack(self.pixels(points[:, 0], points[:, 1]))
        )
        edge = 20.0  # so that the cut's own lines are out of sight
        if not moved.is_valid:
            moved = shapely.make_valid(moved)
        cut = shapely.clip_by_rect(moved, -edge, -edge, self.width + edge, self.height + edge)
        return shapely.simplify(cut, tolerance_px)


def fitted(geometries: Iterable[BaseGeometry]) -> Frame | None:
    """The sheet that shows the geometries whole, in WGS-84 degrees; None when there is nothing to show."""
    shapes = [shape for shape in geometries if not shape.is_empty]
    if not shapes:
        return None
    points = shapely.get_coordinates(np.asarray(shapes, dtype=object))
    lon, lat = points[:, 0], points[:, 1]
    if float(np.ptp(lon)) > 180.0:
        lon = lon % 360.0
    middle = (float(lon.min() + lon.max()) / 2, float(lat.min() + lat.max()) / 2)
    east_m, north_m = metres_per_degree(middle[1])
    wide_m = max(float(np.ptp(lon)) * east_m, SMALLEST_M)
    high_m = max(float(np.ptp(lat)) * north_m, SMALLEST_M)
    px_per_m = min((WIDTH - 2 * MARGIN) / wide_m, (MAX_HEIGHT - 2 * MARGIN) / high_m)
    height = max(MIN_HEIGHT, math.ceil(high_m * px_per_m + 2 * MARGIN))
    return Frame(middle[0], middle[1], east_m, north_m, px_per_m, WIDTH, height)


def metres_per_degree(lat: float) -> tuple[float, float]:
    """Metres to a degree of longitude and of latitude on the WGS-84 spheroid at this latitude."""
    phi = math.radians(lat)
    bend = 1.0 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2
    across = SEMI_MAJOR_M / math.sqrt(bend)
    along = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / bend**1.5
    # never quite zero at the poles, where no district is
    return max(math.radians(across * math.cos(phi)), 1e-6), math.radians(along)


def read_geometry(geometry: Mapping[str, Any] | None) -> BaseGeometry:
    """A GeoJSON geometry; an empty one for none, and for what cannot be read."""
    if not geometry:
        return shapely.Point()
    shape = shapely.from_geojson(json.dumps(geometry), on_invalid="ignore")
    return shapely.Point() if shape is None else shape


def path(geometry: BaseGeometry, least_px2: float = 0.0) -> str:
    """The `d` of an SVG path for areas in pixels: relative steps in tenths, every ring closed.

    Parts and holes smaller than `least_px2` are left out.
    """
    parts = shapely.get_parts(geometry)
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    if least_px2:
        rings = rings[shapely.area(shapely.polygons(rings)) >= least_px2]
    return "".join(_ring(shapely.get_coordinates(ring)) for ring in rings)


def _ring(points: NDArray[np.float64]) -> str:
    tenths = np.rint(points * 10).astype(np.int64)
    steps = np.diff(tenths, axis=0)
    steps = steps[np.any(steps != 0, axis=1)][:-1]  # the last step back is what `z` does
    if len(steps) < 2:
        return ""
    words = [f"M{_tenth(tenths[0, 0])} {_tenth(tenths[0, 1])}l"]
    for dx, dy in steps.tolist():
        words.append(f"{_tenth(dx)} {_tenth(dy)}")
    return words[0] + " ".join(words[1:]).replace(" -", "-") + "z"


def _tenth(value: int) -> str:
    text = f"{value / 10:g}"
    return text.replace("0.", ".", 1) if text.startswith(("0.", "-0.")) else text


def dots(x: NDArray[np.float64], y: NDArray[np.float64]) -> str:
    """The `d` of a path whose line ends are dots, one for each half pixel that has any.

    A tenth of a pixel long: square ends of a line without length have no direction, and are lost in a PDF.
    """
    halves = np.unique(np.column_stack((np.rint(x * 2), np.rint(y * 2))).astype(np.int64), axis=0)
    return "".join(f"M{a / 2:g} {b / 2:g}h.1" for a, b in halves.tolist())
