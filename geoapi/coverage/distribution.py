"""How far people have to go: weights by classes of distance, and percentiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.inputs import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Distribution:
    """Weights by class of distance.

    Class c holds what is further than `c * class_m` metres and at most `(c + 1) * class_m`, the first one 0
    metres, too; the last holds all beyond. `unreached` is the weight that can reach nothing at all.
    """

    class_m: float
    weight: NDArray[np.float64]
    unreached: float


def distribution(distance_m: Floats, weight: Floats, *, class_m: float, classes: int) -> Distribution:
    """The weights of distances in so many classes; inf is unreached."""
    reached = np.isfinite(distance_m)
    upper = class_m * np.arange(1, classes)
    # a class's upper bound is part of it, as a limit is
    at = np.searchsorted(upper, distance_m[reached], side="left")
    return Distribution(
        class_m,
        np.bincount(at, weights=weight[reached], minlength=classes).astype(np.float64),
        float(weight[~reached].sum()),
    )


def percentiles(distance_m: Floats, weight: Floats, shares: Floats) -> NDArray[np.float64]:
    """float64 (shares): the least distance within which such a share of the weight lies.

    Of what can reach anything (inf is left out); NaN where nothing can.
    """
    counted = np.isfinite(distance_m) & (weight > 0)
    if not counted.any():
        return np.full(shares.size, np.nan)
    order = np.argsort(distance_m[counted], kind="stable")
    metres, within = distance_m[counted][order], np.cumsum(weight[counted][order])
    # a share of a sum is not to fall short of it by its last bit
    wanted = shares * within[-1] * (1 - 1e-12)
    found: NDArray[np.float64] = metres[np.searchsorted(within, wanted, side="left")]
    return found
