"""Web Mercator tiles (XYZ) of a map in any of the datums: where one lies, and which ground it may show.

Map services in China draw GCJ-02 or BD-09 longitudes and latitudes as though they were WGS-84's. A tile of
such a map is the same square of the projection, with other ground in it.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.errors import InvalidInput, Words
from geoapi.geometry.boxes import Box
from geoapi.geometry.datums import Datum, from_wgs84

Array = NDArray[np.float64]

HALF_WORLD_M: Final = 20037508.342789244
"""EPSG:3857 reaches from minus this to this in x and in y, in metres of its equator."""

MOST_LAT: Final = 85.0511287798066
"""The latitude that EPSG:3857 ends at, north and south."""

FARTHEST_SHIFT_DEG: Final = 0.02
"""No datum moves a point further than this in longitude or latitude."""


class WebTile(NamedTuple):
    """Column `x` from the west and row `y` from the north, of 2^z each."""

    z: int
    x: int
    y: int

    @property
    def size_m(self) -> float:
        """The tile's edge in the projection's metres."""
        return 2 * HALF_WORLD_M / (1 << self.z)

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """West, south, east, north in EPSG:3857."""
        west, north = self.x * self.size_m - HALF_WORLD_M, HALF_WORLD_M - self.y * self.size_m
        return west, north - self.size_m, west + self.size_m, north

    def holds(self, x: Array, y: Array) -> NDArray[np.bool_]:
        """Which points of the projection are this tile's: each is one tile's of a zoom, and no other's."""
        column = np.floor((x + HALF_WORLD_M) / self.size_m)
        row = np.floor((HALF_WORLD_M - y) / self.size_m)
        last = (1 << self.z) - 1
        mine: NDArray[np.bool_] = (np.clip(column, 0, last) == self.x) & (np.clip(row, 0, last) == self.y)
        return mine

    def ground(self, datum: Datum) -> Box:
        """A WGS-84 box with all that the tile of a map in `datum` shows, and little more."""
        west, south, east, north = self.bounds
        (west, east), (south, north) = unproject(np.array([west, east]), np.array([south, north]))
        # what is beyond the projection's end is drawn at it
        box = Box(west, -90.0 if south < -85.0 else south, east, 90.0 if north > 85.0 else north)
        return box.grown(1e-9 if datum is Datum.WGS84 else FARTHEST_SHIFT_DEG)


def web_tile(z: int, x: int, y: int, *, deepest: int) -> WebTile:
    """The tile of these numbers. `InvalidInput` names the one that no tile has, up to zoom `deepest`."""
    if not 0 <= z <= deepest:
        raise InvalidInput(
            Words(f"缩放级别须在 0 至 {deepest} 之间", f"zoom levels go from 0 to {deepest}"),
            field="z",
            mend=Words(
                f"更大的比例请放大 {deepest} 级的瓦片", f"draw tiles of level {deepest} larger (overzoom)"
            ),
        )
    for field, number in (("x", x), ("y", y)):
        if not 0 <= number < 1 << z:
            raise InvalidInput(
                Words(
                    f"{z} 级的瓦片号在 0 至 {(1 << z) - 1} 之间",
                    f"tiles of level {z} are numbered from 0 to {(1 << z) - 1}",
                ),
                field=field,
                mend=Words("检查瓦片号（XYZ，自西北角起）", "count as XYZ does, from the north-west"),
            )
    return WebTile(z, x, y)


def project(lon: Array, lat: Array) -> tuple[Array, Array]:
    """EPSG:3857 x and y of longitudes and latitudes, of whatever datum; latitudes end at `MOST_LAT`."""
    phi = np.radians(np.clip(lat, -MOST_LAT, MOST_LAT))
    return HALF_WORLD_M / 180.0 * lon, HALF_WORLD_M / np.pi * np.arctanh(np.sin(phi))


def unproject(x: Array, y: Array) -> tuple[Array, Array]:
    """The inverse of `project`."""
    return x * (180.0 / HALF_WORLD_M), np.degrees(np.arctan(np.sinh(y * (np.pi / HALF_WORLD_M))))


def project_points(lon: Array, lat: Array, datum: Datum) -> tuple[Array, Array]:
    """WGS-84 points on a map in `datum`: EPSG:3857 x and y, exact to well below a millimetre."""
    return project(*from_wgs84(lon, lat, datum))


LONGEST_EDGE_DEG: Final = 0.005
"""Where a datum bends what is straight, edges are drawn in pieces of this: half a metre off at most."""


def project_shapes(shapes: NDArray[np.object_], datum: Datum) -> NDArray[np.object_]:
    """WGS-84 shapes on a map in `datum`, every vertex as exact as `project_points` has it."""
    if datum is not Datum.WGS84:
        shapes = shapely.segmentize(shapes, LONGEST_EDGE_DEG)

    def convert(points: Array) -> Array:
        return np.column_stack(project_points(points[:, 0], points[:, 1], datum))

    moved: Any = shapely.transform(shapes, convert)
    return np.asarray(moved, dtype=object)
