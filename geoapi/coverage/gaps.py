"""Where people have no open station within reach: connected uncovered ground, most people first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components
from shapely import affinity

from geoapi.coverage.cell_shapes import Cells, cells_of, degrees_of
from geoapi.coverage.inputs import Demand, Floats, Ints

Mask = NDArray[np.bool_]

_GEOD = pyproj.Geod(ellps="WGS84")


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """Connected uncovered ground.

    `points` are indices into the demand. `uncovered` is their weight, `uncovered_if_open` what of it stays
    uncovered when stations with unknown hours count as open. `polygon` is WGS-84, valid, rings as GeoJSON
    wants them; `centre` (lon, lat) lies in it. `nearest_m` and `nearest_station` are of the point nearest to
    an open station, `mean_m` the mean over people; None where no distance is known. `hours` says of each
    instant whether more than half of the people are uncovered; None where nobody asked.
    """

    points: Ints
    uncovered: float
    uncovered_if_open: float
    area: str | None
    polygon: shapely.Geometry
    area_km2: float
    centre: tuple[float, float]
    hours: Mask | None = None
    nearest_m: float | None = None
    nearest_station: int | None = None
    mean_m: float | None = None


def find_gaps(
    demand: Demand,
    uncovered: Mask,
    *,
    uncovered_if_open: Mask,
    covered: Mask | None = None,
    distance_m: Floats | None = None,
    station: Ints | None = None,
    districts: Mapping[str, shapely.Geometry] | None = None,
    within_areas: bool = True,
    keep_empty: bool = False,
    simplify_m: float = 0.0,
) -> list[Gap]:
    """The gaps, those with the most uncovered weight first; then the larger, then from the west.

    `uncovered` and `uncovered_if_open` are masks of the demand's points. Cells that share an edge or a
    corner are one gap: people walk across corners. With `within_areas` a gap ends at the border of the
    points' area, and with `districts` (code → WGS-84 polygon) its polygon does, too. An uncovered point
    without weight belongs to the ground and counts nobody; ground without anybody is no gap unless
    `keep_empty`. The weights of all gaps add up to that of the uncovered points, and no two overlap.

    `covered` is (points, instants), `distance_m` and `station` each point's nearest open station, infinite
    where there is none. `simplify_m` > 0 draws simpler outlines, that far off at most; simplified ones may
    touch or overlap a little. Area and centre are those of the exact ones.
    """
    rows = np.flatnonzero(uncovered)
    if not rows.size:
        return []
    part, cells = demand.only(rows), cells_of(demand, rows)
    patches = _Patches(cells, part.area if within_areas else np.zeros_like(part.area))
    gap_of_point = patches.connected()[patches.of_point]
    people = np.bincount(gap_of_point, part.weight)
    if_open = np.bincount(gap_of_point, part.weight * uncovered_if_open[rows])
    kept = np.arange(people.size) if keep_empty else np.flatnonzero(people > 0)
    members = _grouped(gap_of_point)
    hours = None if covered is None else _hours(covered, rows, part.weight, gap_of_point)
    outlines = _cut([patches.outline(members[gap]) for gap in kept.tolist()], part, members, kept, districts)
    gaps = []
    for gap, polygon in zip(kept.tolist(), outlines, strict=True):
        mine = members[gap]
        area = int(part.area[mine[0]]) if within_areas else -1
        nearest = None if distance_m is None else _nearest(rows[mine], demand.weight, distance_m)
        gaps.append(
            Gap(
                points=rows[mine],
                uncovered=float(people[gap]),
                uncovered_if_open=float(if_open[gap]),
                area=demand.areas[area] if area >= 0 else None,
                polygon=_simplified(polygon, simplify_m),
                area_km2=abs(_GEOD.geometry_area_perimeter(polygon)[0]) / 1e6,
                centre=_centre(part.lon[mine], part.lat[mine], part.weight[mine], polygon),
                hours=None if hours is None else hours[gap],
                nearest_m=None if nearest is None else nearest[0],
                nearest_station=None if nearest is None or station is None else int(station[nearest[1]]),
                mean_m=None if nearest is None else nearest[2],
            )
        )
    return sorted(gaps, key=lambda gap: (-gap.uncovered, -gap.area_km2, gap.centre))


class _Patches:
    """A patch is what of one cell belongs to one area; nearly always the whole cell."""

    def __init__(self, cells: Cells, area: Ints) -> None:
        self._cells = cells
        self._areas = int(area.max()) + 2
        keys = cells.of_point * self._areas + area + 1
        self._keys, self.of_point = np.unique(keys, return_inverse=True)
        self._cell = self._keys // self._areas
        self._area = self._keys % self._areas
        self._in_cell = np.bincount(self._cell, minlength=cells.count)
        self._pieces = dict(self._split())

    def connected(self) -> Ints:
        """Each patch's gap: the connected patches of one area."""
        here, there = self._cells.touching()
        # every patch of the one cell, and beside it the patch of the same area in the other, if there is one
        repeat = self._in_cell[here]
        first = np.concatenate(([0], np.cumsum(self._in_cell)))[here]
        turn = np.arange(repeat.sum()) - np.repeat(np.cumsum(repeat) - repeat, repeat)
        patch = np.repeat(first, repeat) + turn
        wanted = np.repeat(there, repeat) * self._areas + self._area[patch]
        found = np.minimum(np.searchsorted(self._keys, wanted), self._keys.size - 1)
        hit = self._keys[found] == wanted
        size = self._keys.size
        edges = coo_array((np.ones(int(hit.sum()), dtype=np.int8), (patch[hit], found[hit])), (size, size))
        return np.asarray(connected_components(edges, directed=False)[1], dtype=np.int64)

    def outline(self, points: Ints) -> shapely.Geometry:
        """The ground of these points, which have all of their patches' points among them; WGS-84."""
        patches = np.unique(self.of_point[points])
        alone = self._in_cell[self._cell[patches]] == 1
        shapes = [self._pieces[patch] for patch in patches[~alone].tolist() if patch in self._pieces]
        if alone.any() or not shapes:
            shapes.append(self._cells.outline(self._cell[patches[alone] if alone.any() else patches]))
        whole = shapes[0] if len(shapes) == 1 else shapely.union_all(shapes)
        return shapely.orient_polygons(_polygons_of(self._cells.to_wgs84(whole)))

    def _split(self) -> Iterator[tuple[int, shapely.Geometry]]:
        """The patches of cells that two areas share: to each the ground nearest to its points (Voronoi)."""
        shared = self._in_cell[self._cell[self.of_point]] > 1
        rows = np.flatnonzero(shared)
        for mine in _grouped(self._cell[self.of_point[rows]]).values():
            points = rows[mine]
            cell = self._cells.outline(self._cell[self.of_point[points[:1]]])
            x, y = self._cells.x[points], self._cells.y[points]
            _, once = np.unique(np.column_stack((x, y)), axis=0, return_index=True)
            # near 0, where coordinates that differ little still differ
            east, north = float(x[0]), float(y[0])
            near = shapely.MultiPoint(np.column_stack((x[once] - east, y[once] - north)))
            cell = affinity.translate(cell, -east, -north)
            regions = np.array(
                shapely.get_parts(shapely.voronoi_polygons(near, extend_to=cell, ordered=True)), dtype=object
            )
            for patch, places in _grouped(self.of_point[points[once]]).items():
                piece = shapely.intersection(shapely.union_all(regions[places]), cell)
                yield patch, affinity.translate(_polygons_of(piece), east, north)


def _grouped(labels: Ints) -> dict[int, Ints]:
    """Label → the places it stands at, in order."""
    if not labels.size:
        return {}
    order = np.argsort(labels, kind="stable")
    values, begins = np.unique(labels[order], return_index=True)
    return dict(zip(values.tolist(), np.split(order, begins[1:]), strict=True))


def _hours(covered: Mask, rows: Ints, weight: Floats, gap_of_point: Ints) -> Mask:
    """(gaps, instants): whether more than half of the weight is uncovered; of the points, where nobody is."""
    nobody = np.bincount(gap_of_point, weight) == 0
    counted = np.where(nobody[gap_of_point], 1.0, weight)
    half = np.bincount(gap_of_point, counted) / 2
    people = csr_array((counted, (gap_of_point, np.arange(rows.size))), shape=(half.size, rows.size))
    missing = np.empty((half.size, covered.shape[1]), dtype=np.bool_)
    # a day at a time: a float for each point and hour of a week would be a third of a gigabyte for a city
    for first in range(0, covered.shape[1], 24):
        uncovered = (~covered[rows, first : first + 24]).astype(np.float64)
        missing[:, first : first + 24] = people @ uncovered > half[:, None]
    return missing


def _cut(
    outlines: list[shapely.Geometry],
    part: Demand,
    members: Mapping[int, Ints],
    kept: Ints,
    districts: Mapping[str, shapely.Geometry] | None,
) -> list[shapely.Geometry]:
    """The outlines, each as far as its own district goes."""
    shapes = np.array(outlines, dtype=object)
    area = np.array([part.area[members[gap][0]] for gap in kept.tolist()], dtype=np.int64)
    for index, code in enumerate(part.areas):
        border = (districts or {}).get(code)
        mine = np.flatnonzero(area == index)
        if border is None or not mine.size:
            continue
        shapely.prepare(border)
        for place in mine[~shapely.contains_properly(border, shapes[mine])].tolist():
            cut = _polygons_of(shapely.intersection(shapes[place], border))
            if not cut.is_empty:
                shapes[place] = shapely.orient_polygons(cut)
    return list(shapes)


def _polygons_of(shape: shapely.Geometry) -> shapely.Geometry:
    """The shape without the points and lines that an intersection leaves."""
    if shape.geom_type == "Polygon":
        return shape
    parts = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon" and not one.is_empty]
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _simplified(polygon: shapely.Geometry, tolerance_m: float) -> shapely.Geometry:
    if tolerance_m <= 0:
        return polygon
    degrees = min(degrees_of(tolerance_m, float(shapely.centroid(polygon).y)))
    simple = _polygons_of(shapely.simplify(polygon, degrees))
    # a gap of one cell may vanish
    return simple if simple.is_valid and not simple.is_empty else polygon


def _centre(lon: Floats, lat: Floats, weight: Floats, polygon: shapely.Geometry) -> tuple[float, float]:
    """The mean place of the people; where that is outside, as in a ring, the gap's point nearest to it."""
    counted = weight if weight.any() else np.ones_like(weight)
    x, y = float(np.average(lon, weights=counted)), float(np.average(lat, weights=counted))
    if shapely.intersects_xy(polygon, x, y):
        return x, y
    away = np.hypot((lon - x) * np.cos(np.radians(y)), lat - y)
    inside = np.flatnonzero(shapely.intersects_xy(polygon, lon, lat))
    if not inside.size:
        point = shapely.point_on_surface(polygon)
        return float(point.x), float(point.y)
    nearest = inside[np.argmin(away[inside])]
    return float(lon[nearest]), float(lat[nearest])


def _nearest(points: Ints, weight: Floats, distance_m: Floats) -> tuple[float, int, float] | None:
    """The least distance, the point it is from, and the mean distance; None where none is known."""
    known = points[np.isfinite(distance_m[points])]
    if not known.size:
        return None
    least = int(known[np.argmin(distance_m[known])])
    counted = weight[known] if weight[known].any() else np.ones(known.size)
    return float(distance_m[least]), least, float(np.average(distance_m[known], weights=counted))
