"""From distances to figures: what is covered and how far it is, by area and as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from geoapi.coverage.area_sums import AreaSums, Found, sums_by_area
from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.statistics import Distances, Histogram, distances_of
from geoapi.coverage.tile_cache import TileCache


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Figures by reading (`READINGS`: unknown hours counted closed, counted open) and instant.

    The arrays are float64 (2, instants, areas), or (2, instants) of the whole. `total`, `covered` and
    `unreached` are weights: all that is asked for, what has an open station within the limit, and what can
    reach no open station at all. Distances are metres walked to the nearest open station, however far, over
    what can reach one: NaN where nothing is open, or nothing is asked for. `gini` is theirs.
    """

    total: Floats
    covered: Floats
    unreached: Floats
    mean_distance_m: Floats
    p90_distance_m: Floats
    worst_decile_distance_m: Floats
    gini: Floats

    @property
    def uncovered(self) -> Floats:
        """Weight without an open station within the limit."""
        return self.total - self.covered

    @property
    def share(self) -> Floats:
        """Covered ÷ total; NaN where nothing is asked for."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.covered / self.total

    def taken(self, index: Ints) -> Measures:
        """The figures at an index array along the first axis."""
        return Measures(*(getattr(self, field.name)[index] for field in fields(self)))


def figures_by_set(
    area: Ints,
    weight: Floats,
    areas: int,
    sets: int,
    found: Sequence[Found],
    limit_m: float,
    cache: TileCache | None = None,
) -> tuple[Measures, Measures]:
    """The figures (sets, areas) of each area and (sets,) of the whole, from what is found of every point.

    `area` and `weight` (points,) are in the order of the points found. Everything is added up in that order
    within an area, and by area then, so the same distances give the same figures to the last bit.
    """
    columns, total, covered = [], 0.0, np.zeros(sets)
    added = sums_by_area(area, weight, areas, sets, found, limit_m, cache)
    for sums, own in added:
        columns.append(_measures(sums.total, sums.covered, sums.histogram.unreached, sums.distances, own))
        total, covered = total + sums.total, covered + sums.covered[own]
    names = [field.name for field in fields(Measures)]
    by_area = Measures(
        *(np.array([getattr(column, name) for column in columns]).reshape(areas, sets).T for name in names)
    )
    everything = _together(added, sets)
    every = np.arange(sets)
    return by_area, _measures(total, covered, everything.unreached, distances_of(everything), every)


def _measures(total: float, covered: Floats, unreached: Floats, distances: Distances, own: Ints) -> Measures:
    """The figures of distinct sets, from those of an area's own sets and which of them each one is."""
    return Measures(
        total=np.full(own.size, total),
        covered=covered[own],
        unreached=unreached[own],
        mean_distance_m=distances.mean_m[own],
        p90_distance_m=distances.p90_m[own],
        worst_decile_distance_m=distances.worst_decile_m[own],
        gini=distances.gini[own],
    )


def _together(added: Sequence[tuple[AreaSums, Ints]], sets: int) -> Histogram:
    """The histogram of all areas, one row for each distinct set."""
    parts = [(sums.histogram, own) for sums, own in added]
    filled = [part for part, _ in parts if part.weight.shape[1]]
    first = min((part.first for part in filled), default=0)
    end = max((part.first + part.weight.shape[1] for part in filled), default=0)
    weight, moment, unreached = np.zeros((sets, end - first)), np.zeros((sets, end - first)), np.zeros(sets)
    for part, own in parts:
        at = slice(part.first - first, part.first - first + part.weight.shape[1])
        if part.weight.shape[1]:
            weight[:, at] += part.weight[own]
            moment[:, at] += part.moment[own]
        unreached += part.unreached[own]
    return Histogram(first, weight, moment, unreached)
