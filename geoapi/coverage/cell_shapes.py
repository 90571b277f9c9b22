"""The ground that demand points stand for: their cells, which cells touch, and outlines of many cells."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

import h3.api.basic_int as h3
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import geometry

from geoapi.coverage.grid import reference_latitude, world_lattice
from geoapi.coverage.inputs import Demand, Floats, Ints
from geoapi.coverage.straight import ECCENTRICITY_SQUARED, SEMI_MAJOR_M

Pairs = tuple[Ints, Ints]

# the other four of a square's eight neighbours are these seen from the other side: rows up, columns right
_HALF_THE_NEIGHBOURS: Final = ((0, 1), (1, -1), (1, 0), (1, 1))


class Cells(Protocol):
    """The cells that some points lie in, each cell once. What is drawn is drawn on the cells' own plane."""

    of_point: Ints
    """Each point's cell, as an index."""
    count: int
    x: Floats
    y: Floats
    """The points on the plane."""

    def touching(self) -> Pairs:
        """Every two cells that share an edge or a corner, each pair once."""

    def outline(self, cells: Ints) -> shapely.Geometry:
        """The union of these cells on the plane: valid, of polygons."""

    def to_wgs84(self, shape: shapely.Geometry) -> shapely.Geometry:
        """A shape of the plane in WGS-84 lon/lat."""


def cells_of(demand: Demand, which: Ints) -> Cells:
    """The cells of the points that an index array picks."""
    lon, lat = demand.lon[which], demand.lat[which]
    if demand.cell.shape == "h3":
        return Hexagons(lon, lat, demand.cell.h3_resolution or 0)
    return Squares(lon, lat, plane_of(demand))


@dataclass(frozen=True, slots=True)
class Plane:
    """Squares side by side: column 0 begins at `west`, row 0 at `south`; how many there are to a degree."""

    west: float
    south: float
    per_lon: float
    per_lat: float

    def place(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """Columns and rows with their fractions: the square of a point is their whole part."""
        # the ends of the world belong to the last squares
        x, y = np.minimum(lon, 180.0 - 1e-9), np.minimum(lat, 90.0 - 1e-9)
        return (x - self.west) * self.per_lon, (y - self.south) * self.per_lat

    def to_wgs84(self, x: Floats, y: Floats) -> tuple[Floats, Floats]:
        """The inverse of `place`; squares at the edge of the world end there."""
        lon = np.clip(self.west + x / self.per_lon, -180.0, 180.0)
        return lon, np.clip(self.south + y / self.per_lat, -90.0, 90.0)

    def has_middles(self, lon: Floats, lat: Floats) -> bool:
        """Whether all of the points are middles of squares, to a hundredth of a square."""
        return all(bool(np.all(np.abs(one % 1.0 - 0.5) < 0.01)) for one in self.place(lon, lat))


def plane_of(demand: Demand) -> Plane:
    """The lattice of the demand's squares: `grid.lattice`, or the one that a foreign grid's points lie on.

    It depends on the whole of the demand, not on what of it is covered.
    """
    size_m = demand.cell.size_m
    world = world_lattice(size_m, reference_latitude(demand.lon, demand.lat, size_m))
    ours = Plane(-180.0, -90.0, world.columns / 360.0, world.rows / 180.0)
    if demand.cell.shape == "point" or ours.has_middles(demand.lon, demand.lat):
        return ours
    # a raster has lines of its own
    step_lon, step_lat = degrees_of(size_m, float(demand.lat.min() + demand.lat.max()) / 2)
    step_lon, step_lat = _spacing(demand.lon, step_lon), _spacing(demand.lat, step_lat)
    west, south = float(demand.lon.min()), float(demand.lat.min())
    return Plane(west - step_lon / 2, south - step_lat / 2, 1 / step_lon, 1 / step_lat)


def degrees_of(size_m: float, lat: float) -> tuple[float, float]:
    """Degrees of longitude and latitude that `size_m` metres are at a latitude, on the WGS-84 spheroid."""
    sine = np.sin(np.radians(lat))
    bend = 1.0 - ECCENTRICITY_SQUARED * sine**2
    across = SEMI_MAJOR_M / np.sqrt(bend) * max(float(np.cos(np.radians(lat))), 1e-3)
    along = SEMI_MAJOR_M * (1.0 - ECCENTRICITY_SQUARED) / bend**1.5
    return float(np.degrees(size_m / across)), float(np.degrees(size_m / along))


def _spacing(values: Floats, otherwise: float) -> float:
    """How far apart a grid's lines are, some of which no point may lie on; `otherwise` is about as far."""
    steps = np.diff(np.unique(values))
    steps = steps[steps > otherwise * 0.25]
    if not steps.size:
        return otherwise
    least = float(np.median(steps[steps < steps.min() * 1.5]))
    least /= max(round(least / otherwise), 1)
    span = float(values.max() - values.min())
    # over the whole extent, so that no error adds up from one end to the other
    return span / round(span / least)


class Squares:
    """Cells of a lattice. The plane counts columns and rows, so edges of neighbours are exactly the same."""

    def __init__(self, lon: Floats, lat: Floats, plane: Plane) -> None:
        self._plane = plane
        self.x, self.y = plane.place(lon, lat)
        column, row = np.floor(self.x).astype(np.int64), np.floor(self.y).astype(np.int64)
        # one number for row and column; a margin of one keeps the ends of rows apart
        self._first_column = int(column.min(initial=0)) - 1
        self._first_row = int(row.min(initial=0)) - 1
        self._width = int(column.max(initial=0)) - self._first_column + 2
        key = (row - self._first_row) * self._width + (column - self._first_column)
        self._keys, self.of_point = np.unique(key, return_inverse=True)
        self.count = int(self._keys.size)

    def touching(self) -> Pairs:
        here: list[Ints] = []
        there: list[Ints] = []
        for up, right in _HALF_THE_NEIGHBOURS:
            wanted = self._keys + up * self._width + right
            found = np.minimum(np.searchsorted(self._keys, wanted), self.count - 1)
            hit = np.flatnonzero(self._keys[found] == wanted) if self.count else found
            here.append(hit)
            there.append(found[hit])
        return np.concatenate(here), np.concatenate(there)

    def outline(self, cells: Ints) -> shapely.Geometry:
        keys = np.sort(self._keys[cells])
        # squares side by side in a row are one box: far fewer to unite
        begins = np.flatnonzero(np.diff(keys, prepend=-2) != 1)
        lengths = np.diff(begins, append=keys.size)
        row, column = np.divmod(keys[begins], self._width)
        west, south = column + self._first_column, row + self._first_row
        boxes = shapely.box(west, south, west + lengths, south + 1)
        if boxes.size == 1:
            return boxes[0]
        # 0: only the points on a straight line go
        return shapely.simplify(shapely.union_all(boxes), 0.0)

    def to_wgs84(self, shape: shapely.Geometry) -> shapely.Geometry:
        def convert(points: NDArray[np.float64]) -> NDArray[np.float64]:
            return np.column_stack(self._plane.to_wgs84(points[:, 0], points[:, 1]))

        return shapely.transform(shape, convert)


class Hexagons:
    """H3 cells. The plane is lon/lat as it is: no cell may lie across the antimeridian."""

    def __init__(self, lon: Floats, lat: Floats, resolution: int) -> None:
        self.x, self.y = lon, lat
        found = [h3.latlng_to_cell(y, x, resolution) for x, y in zip(lon.tolist(), lat.tolist(), strict=True)]
        cells, self.of_point = np.unique(np.array(found, dtype=np.uint64), return_inverse=True)
        self._cells: list[int] = cells.tolist()
        self.count = len(self._cells)

    def touching(self) -> Pairs:
        index = {cell: number for number, cell in enumerate(self._cells)}
        pairs = [
            (number, other)
            for number, cell in enumerate(self._cells)
            for near in h3.grid_disk(cell, 1)
            if (other := index.get(near, -1)) > number
        ]
        both = np.array(pairs, dtype=np.int64).reshape(-1, 2)
        return both[:, 0], both[:, 1]

    def outline(self, cells: Ints) -> shapely.Geometry:
        return geometry.shape(h3.cells_to_geo([self._cells[cell] for cell in cells.tolist()]))

    def to_wgs84(self, shape: shapely.Geometry) -> shapely.Geometry:
        return shape
