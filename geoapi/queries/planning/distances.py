"""How far people have to go to the nearest open station, at one time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.distribution import Distribution, distribution, percentiles
from geoapi.coverage.inputs import CLOSED, OPEN
from geoapi.coverage.nearest_place import nearest_distances
from geoapi.queries.planning.scene import Scene

CLASSES_WITHIN: Final = 3
"""Classes up to the limit, so that it is where one class ends."""

CLASSES: Final = 4 * CLASSES_WITHIN + 1
"""Classes in all: up to four limits, and one for all beyond."""

PERCENTS: Final = (10, 25, 50, 75, 90, 95)


@dataclass(frozen=True, slots=True, eq=False)
class DistancesFound:
    """Both readings of unknown hours (`READINGS`): counted closed, counted open.

    `percentiles` is float64 (2, PERCENTS), metres walked.
    """

    readings: tuple[Distribution, Distribution]
    percentiles: NDArray[np.float64]
    total: float


def distances_in(scene: Scene) -> DistancesFound:
    """The distances of the scene's demand at its one moment."""
    demand, supply = scene.demand, scene.supply
    inside = demand.only(np.flatnonzero((demand.area >= 0) & (demand.weight > 0)))
    state = supply.states[supply.pattern, 0]
    class_m = scene.question.limit.metres / CLASSES_WITHIN
    spread, percent = [], []
    for counted in (state == OPEN, state != CLOSED):
        there = supply.only(counted)
        metres = nearest_distances(scene.model, inside.lon, inside.lat, there.lon, there.lat)
        spread.append(distribution(metres, inside.weight, class_m=class_m, classes=CLASSES))
        percent.append(percentiles(metres, inside.weight, np.array(PERCENTS) / 100))
    return DistancesFound((spread[0], spread[1]), np.array(percent), float(inside.weight.sum()))
