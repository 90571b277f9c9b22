"""Planners' layers: gaps, and how far demand is from an open station, worked out once for all tiles."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.coverage.cell_shapes import Plane, cells_of, plane_of
from geoapi.coverage.gaps import Gap, find_gaps
from geoapi.coverage.inputs import CLOSED, OPEN, Demand, Floats, Ints
from geoapi.coverage.nearest_place import nearest_distances
from geoapi.coverage.served import served
from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile, project_points, project_shapes
from geoapi.queries.map.shapes import Shapes
from geoapi.queries.map.vector_tile import BUFFER_SHARE, TileLayer
from geoapi.queries.planning.scene import Scene

GAPS: Final = "gaps"
GAPS_IF_OPEN: Final = "gaps_if_open"
DEMAND: Final = "demand"

MOST_CELLS: Final = 96
"""At most so many cells of demand lie along a tile's edge: 5 pixels each where a tile is 512."""


@dataclass(frozen=True, slots=True, eq=False)
class GapShapes:
    """The gaps at a time, in both readings of unknown hours, on a map in one datum."""

    closed: Shapes
    opened: Shapes

    def layers(self, tile: WebTile) -> list[TileLayer]:
        """Layers `gaps` (unknown hours count as closed) and `gaps_if_open` (they count as open)."""
        return [self.closed.layer(GAPS, tile), self.opened.layer(GAPS_IF_OPEN, tile)]


def draw_gaps(scene: Scene, districts: dict[str, shapely.Geometry], datum: Datum) -> GapShapes:
    """The gaps of a scene's one moment, as `queries.planning.gaps` has them. Takes seconds: for a thread."""
    demand, supply = scene.demand, scene.supply
    reach = scene.reach(demand.lon, demand.lat, supply.lon, supply.lat)
    uncovered = ~served(reach, supply, "unknown_closed").at(0)
    if_open = ~served(reach, supply, "unknown_open").at(0)
    names = {part.code: part for part in scene.area.parts}

    def drawn(mask: NDArray[np.bool_]) -> Shapes:
        gaps = find_gaps(demand, mask, uncovered_if_open=if_open, districts=districts)
        properties = [_gap(rank, gap, names) for rank, gap in enumerate(gaps, 1)]
        return Shapes([gap.polygon for gap in gaps], properties, datum)

    return GapShapes(drawn(uncovered), drawn(if_open))


def _gap(rank: int, gap: Gap, names: dict[str, Any]) -> dict[str, Any]:
    part = names.get(gap.area or "")
    return {
        "rank": rank,
        "uncovered": gap.uncovered,
        "uncovered_if_open": gap.uncovered_if_open,
        "area_km2": round(gap.area_km2, 3),
        "district": None if part is None else part.code,
        "district_zh": None if part is None else part.name_zh,
        "district_en": None if part is None else part.name_en,
    }


class DemandCells:
    """Demand at a time, on a map in one datum: each cell's weight, and how far its nearest open station is.

    Distances are metres walked, in both readings of unknown hours; infinite where no station is open at all.
    """

    def __init__(self, scene: Scene, datum: Datum) -> None:
        demand, supply = scene.demand, scene.supply
        self._demand, self._datum = demand, datum
        self._x, self._y = project_points(demand.lon, demand.lat, datum)
        self._limit_m = scene.question.limit.metres
        state = supply.states[supply.pattern, 0]
        self._distance_m = [
            nearest_distances(scene.model, demand.lon, demand.lat, places.lon, places.lat)
            for places in (supply.only(state == OPEN), supply.only(state != CLOSED))
        ]
        self._plane = plane_of(demand)
        self._size_m = max(demand.cell.size_m, 1.0)
        self._usual = _usual_weight(demand, self._plane)

    def layers(self, tile: WebTile) -> list[TileLayer]:
        """Layer `demand`: squares (at full detail of hexagons, hexagons) with their people and distances.

        Cells are put together by twos in each direction until at most `MOST_CELLS` lie along a tile's
        edge; so every zoom's squares add up to the same.
        """
        west, south, east, north = tile.bounds
        middle_lat = float(np.median(self._demand.lat)) if len(self._demand) else 0.0
        across_m = tile.size_m * np.cos(np.radians(middle_lat))
        together = 1
        while across_m / (self._size_m * together) > MOST_CELLS:
            together *= 2
        # whole squares: every point of one that reaches into the tile is counted
        margin = tile.size_m * BUFFER_SHARE + 2 * self._size_m * together / np.cos(np.radians(middle_lat))
        near = np.flatnonzero(
            (self._x >= west - margin) & (self._x <= east + margin)
            & (self._y >= south - margin) & (self._y <= north + margin)
        )  # fmt: skip
        if not near.size:
            return []
        if together == 1 and self._demand.cell.shape == "h3":
            of_point, shapes = self._hexagons(near)
        else:
            of_point, shapes = self._squares(near, together)
        shapes = project_shapes(shapes, self._datum)
        shown = shapely.intersects(shapes, shapely.box(west, south, east, north))
        properties = self._figures(near, of_point, shapes.size, together)
        kept = [n for n in np.flatnonzero(shown).tolist() if properties[n]["weight"] > 0]
        return [TileLayer(DEMAND, shapes[kept], [properties[n] for n in kept])]

    def _squares(self, near: Ints, together: int) -> tuple[Ints, NDArray[np.object_]]:
        column, row = (
            np.floor(one / together).astype(np.int64)
            for one in self._plane.place(self._demand.lon[near], self._demand.lat[near])
        )
        keys, of_point = np.unique(np.column_stack((column, row)), axis=0, return_inverse=True)
        first = keys.astype(float) * together
        west, south = self._plane.to_wgs84(first[:, 0], first[:, 1])
        east, north = self._plane.to_wgs84(first[:, 0] + together, first[:, 1] + together)
        return of_point.reshape(-1), np.atleast_1d(shapely.box(west, south, east, north))

    def _hexagons(self, near: Ints) -> tuple[Ints, NDArray[np.object_]]:
        cells = cells_of(self._demand, near)
        shapes = np.empty(cells.count, dtype=object)
        shapes[:] = [cells.to_wgs84(cells.outline(np.array([n]))) for n in range(cells.count)]
        return cells.of_point, shapes

    def _figures(self, near: Ints, of_point: Ints, cells: int, together: int) -> list[dict[str, Any]]:
        weight = self._demand.weight[near]
        total: Floats = np.bincount(of_point, weight, minlength=cells).astype(np.float64)
        columns: dict[str, list[Any]] = {
            "weight": np.round(total, 3).tolist(),
            "crowd": np.round(total / (self._usual * together**2), 2).tolist(),
        }
        for suffix, distance_m in zip(("", "_if_open"), self._distance_m, strict=True):
            here = distance_m[near]
            covered = np.bincount(of_point, weight * (here <= self._limit_m), minlength=cells)
            columns[f"covered{suffix}"] = np.round(covered, 3).tolist()
            columns[f"distance_m{suffix}"] = _mean(of_point, weight, here, total)
        return [dict(zip(columns, values, strict=True)) for values in zip(*columns.values(), strict=True)]


def _mean(of_point: Ints, weight: Floats, distance_m: Floats, total: Floats) -> list[float | None]:
    """Each cell's mean distance over its people; None where somebody has no open station anywhere."""
    known = np.isfinite(distance_m)
    lost = np.bincount(of_point, ~known & (weight > 0), minlength=total.size) > 0
    walked = np.bincount(of_point, weight * np.where(known, distance_m, 0.0), minlength=total.size)
    return [
        None if gone or not people else round(metres / people)
        for metres, people, gone in zip(walked.tolist(), total.tolist(), lost.tolist(), strict=True)
    ]


def _usual_weight(demand: Demand, plane: Plane) -> float:
    """The weight of the cell that the average person lives in: what is crowded, in any layer's unit."""
    total = float(demand.weight.sum())
    if not total:
        return 1.0
    column, row = (np.floor(one).astype(np.int64) for one in plane.place(demand.lon, demand.lat))
    _, cell = np.unique(np.column_stack((column, row)), axis=0, return_inverse=True)
    weight = np.bincount(cell.reshape(-1), demand.weight)
    return float((weight**2).sum()) / total
