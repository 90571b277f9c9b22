"""Regular grids: nearly square cells on one fixed lattice over the whole world.

The lattice. Rows are of one height in latitude, the same everywhere: 180° in as many equal steps as half a
meridian has cells of the asked size. Columns are of one width in longitude for a whole question: 360° in as
many equal steps as the parallel of a *reference latitude* has. Rows count from the South Pole, columns from
the antimeridian, both from 0; a cell's middle is half a step on. So cells of the same row share a latitude,
cells of the same column share a longitude, neighbours differ by 1, and grids of one size and one reference
latitude match wherever they meet.

Reference latitudes are whole multiples of 5°, the nearest to the middle of what is covered, so that a city
and each of its districts nearly always have the same one; who must be sure passes the city's. Cells are then
square at the reference and wider or narrower elsewhere: by 1.6 % at the edges of Beijing (40°), by
4 % at 42.5° N, by 9 % at 62.5° N. Areas are exact whatever the shape. No reference is beyond ±85°.

Nothing need be kept beside the points: `reference_latitude` finds out which lattice they are middles of.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geoapi.coverage.inputs import Cell, Demand, Floats, Ints
from geoapi.coverage.straight import ECCENTRICITY_SQUARED, FLATTENING, SEMI_MAJOR_M
from geoapi.errors import InvalidInput, Words

HALF_MERIDIAN_M: Final = 20_003_931.458_6
"""From pole to pole on the WGS-84 spheroid."""

REFERENCE_STEP: Final = 5.0
_LAST_REFERENCE = 85.0
_ON_A_MIDDLE = 0.01  # of a cell: coordinates written with six decimals are still recognised
_PROBES = 256


class Lattice(NamedTuple):
    """The whole world in `columns` × `rows` cells."""

    columns: int
    rows: int

    def cell(self, lon: ArrayLike, lat: ArrayLike) -> tuple[Ints, Ints]:
        """Column and row of the cell that each point lies in; the western and southern edges are its own."""
        x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
        column = np.floor((x + 180.0) * (self.columns / 360.0)).astype(np.int64)
        row = np.floor((y + 90.0) * (self.rows / 180.0)).astype(np.int64)
        return np.clip(column, 0, self.columns - 1), np.clip(row, 0, self.rows - 1)

    def middle(self, column: Ints, row: Ints) -> tuple[Floats, Floats]:
        """Longitude and latitude of the cells' middles."""
        return (column + 0.5) * 360.0 / self.columns - 180.0, (row + 0.5) * 180.0 / self.rows - 90.0

    def box(self, column: Ints, row: Ints) -> tuple[Floats, Floats, Floats, Floats]:
        """West, south, east and north of the cells. Neighbours share their edge to the last bit."""
        west, east = (edge * 360.0 / self.columns - 180.0 for edge in (column, column + 1))
        south, north = (edge * 180.0 / self.rows - 90.0 for edge in (row, row + 1))
        return west, south, east, north

    def area_km2(self, row: Ints) -> Floats:
        """Area of one cell of each row on the spheroid, to a square millimetre.

        Between two parallels and two meridians: Snyder, Map Projections (USGS 1395), eq. 3-12, times b²/2.
        """
        edges = np.radians(np.stack((row, row + 1)) * 180.0 / self.rows - 90.0)
        e = math.sqrt(ECCENTRICITY_SQUARED)
        sine = np.sin(edges)
        upto = sine / (1.0 - ECCENTRICITY_SQUARED * sine**2) + np.arctanh(e * sine) / e
        semi_minor_km = SEMI_MAJOR_M * (1 - FLATTENING) / 1000.0
        area = semi_minor_km**2 / 2.0 * (2.0 * math.pi / self.columns) * (upto[1] - upto[0])
        # the last bits of a sine are not the same on every machine
        return np.asarray(np.round(area, 12))


def world_lattice(cell_size_m: float, reference_lat: float) -> Lattice:
    """The lattice whose cells are `cell_size_m` across at the reference latitude, as near as whole numbers
    of cells allow."""
    if not (math.isfinite(cell_size_m) and 1.0 <= cell_size_m <= 1_000_000.0):
        raise ValueError("cell_size_m must be between 1 and 1,000,000")
    phi = math.radians(max(-_LAST_REFERENCE, min(_LAST_REFERENCE, reference_lat)))
    across = SEMI_MAJOR_M / math.sqrt(1.0 - ECCENTRICITY_SQUARED * math.sin(phi) ** 2)
    return Lattice(
        max(1, round(2.0 * math.pi * across * math.cos(phi) / cell_size_m)),
        max(1, round(HALF_MERIDIAN_M / cell_size_m)),
    )


def nearest_reference(lat: float) -> float:
    """The reference latitude for something whose middle is at `lat`."""
    nearest = REFERENCE_STEP * math.floor(lat / REFERENCE_STEP + 0.5)
    return max(-_LAST_REFERENCE, min(_LAST_REFERENCE, nearest))


def reference_latitude(lon: ArrayLike, lat: ArrayLike, cell_size_m: float) -> float:
    """The reference latitude of the lattice that these points are middles of.

    Where they are middles of none, the one nearest to the middle of their latitudes; 0 without points.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    if not x.size:
        return 0.0
    here = nearest_reference((float(y.min()) + float(y.max())) / 2.0)
    probes = x[:: max(1, x.size // _PROBES)]
    near = sorted(
        {nearest_reference(here + step * REFERENCE_STEP) for step in range(-3, 4)},
        key=lambda reference: (abs(reference - here), reference),
    )
    for reference in near:
        place = (probes + 180.0) * (world_lattice(cell_size_m, reference).columns / 360.0) - 0.5
        if np.all(np.abs(place - np.round(place)) < _ON_A_MIDDLE):
            return reference
    return here


def lattice(
    lon: ArrayLike, lat: ArrayLike, cell_size_m: float, reference_lat: float | None = None
) -> tuple[Ints, Ints]:
    """Column and row, int64 arrays, of the cell that each point lies in.

    Any points may be asked about. Pass the `reference_latitude` of the whole question: without it, it is that
    of these points.
    """
    if reference_lat is None:
        reference_lat = reference_latitude(lon, lat, cell_size_m)
    return world_lattice(cell_size_m, reference_lat).cell(lon, lat)


def cell_box(
    column: Ints, row: Ints, cell_size_m: float, reference_lat: float
) -> tuple[Floats, Floats, Floats, Floats]:
    """West, south, east and north of the cells of `lattice` with the same size and reference."""
    return world_lattice(cell_size_m, reference_lat).box(np.asarray(column), np.asarray(row))


def area_grid(
    polygons: Sequence[shapely.Geometry],
    codes: Sequence[str],
    *,
    cell_size_m: float,
    reference_lat: float | None = None,
    most_cells: int | None = None,
) -> Demand:
    """The cells whose middle lies in a polygon, south to north and west to east; weight is their area in km².

    `polygons` are valid, in WGS-84, and do not cross the antimeridian; `codes` are theirs. A middle in two
    polygons is the first one's; one on a border is of one side, never of both or neither. A polygon between
    the middles has no cell. Raises `InvalidInput` for more than `most_cells`, before they are made.
    """
    if reference_lat is None:
        reference_lat = _reference_of(polygons)
    world = world_lattice(cell_size_m, reference_lat)
    spans = [_spans(polygon, world) for polygon in polygons]
    count = sum(int((end - begin).sum()) for _, begin, end in spans)
    if most_cells is not None and count > most_cells:
        raise InvalidInput(
            Words(
                f"{cell_size_m:g} 米的网格有 {count} 格，上限 {most_cells}",
                f"a grid of {cell_size_m:g} m has {count} cells here; the most is {most_cells}",
            ),
            field="cell_size_m",
            mend=Words("请缩小范围或加大网格", "ask about a smaller area, or take larger cells"),
            cells=count,
        )
    keys, areas = [np.empty(0, np.int64)], [np.empty(0, np.int64)]
    for number, (row, begin, end) in enumerate(spans):
        which, column = _expand(begin, end)
        keys.append(row[which] * world.columns + column)
        areas.append(np.full(column.size, number, dtype=np.int64))
    # of a cell in two polygons the first occurrence stays
    key, first = np.unique(np.concatenate(keys), return_index=True)
    row, column = np.divmod(key, world.columns)
    lon, lat = world.middle(column, row)
    return Demand(
        lon=lon,
        lat=lat,
        weight=world.area_km2(row),
        area=np.concatenate(areas)[first],
        areas=tuple(codes),
        cell=Cell("grid", cell_size_m),
    )


def _reference_of(polygons: Sequence[shapely.Geometry]) -> float:
    boxes = shapely.bounds(np.asarray(polygons, dtype=object)).reshape(-1, 4)
    boxes = boxes[np.isfinite(boxes).all(axis=1)]
    return nearest_reference((boxes[:, 1].min() + boxes[:, 3].max()) / 2.0) if boxes.size else 0.0


def _spans(polygon: shapely.Geometry, world: Lattice) -> tuple[Ints, Ints, Ints]:
    """Rows, first columns and columns after the last of the runs of middles inside a polygon.

    By scan line: each row's middle latitude crosses the rings an even number of times, and what is between an
    odd and the next even crossing is inside. An edge is taken from its lower end up, whichever way its
    ring runs, so that two polygons that share it agree to the last bit.
    """
    parts = shapely.get_parts(polygon)
    rings = shapely.get_rings(parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON])
    xy, ring = shapely.get_coordinates(rings, return_index=True)
    along = ring[1:] == ring[:-1]
    a, b = xy[:-1][along], xy[1:][along]
    up = (b[:, 1] > a[:, 1])[:, None]
    low, high = np.where(up, a, b), np.where(up, b, a)
    first = _first_at(low[:, 1], world.rows / 180.0, 90.0)
    last = _first_at(high[:, 1], world.rows / 180.0, 90.0)
    edge, row = _expand(first, last)
    lat = (row + 0.5) * 180.0 / world.rows - 90.0
    run = (high[edge, 0] - low[edge, 0]) / (high[edge, 1] - low[edge, 1])
    lon = low[edge, 0] + (lat - low[edge, 1]) * run
    column = _first_at(lon, world.columns / 360.0, 180.0)
    order = np.lexsort((column, row))
    row, column = row[order], column[order]
    return row[::2], column[::2], column[1::2]


def _first_at(degrees: Floats, per_degree: float, origin: float) -> Ints:
    """Number of the first cell whose middle is not before `degrees`."""
    return np.ceil((degrees + origin) * per_degree - 0.5).astype(np.int64)


def _expand(begin: Ints, end: Ints) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """For every whole number of every [begin, end): which of the ranges it is in, and the number."""
    lengths = end - begin
    which = np.repeat(np.arange(begin.size, dtype=np.int64), lengths)
    starts = np.cumsum(lengths) - lengths
    return which, np.arange(which.size, dtype=np.int64) - starts[which] + begin[which]
