"""How far people have to walk, from weighted distances: mean, percentile, worst-served decile, Gini.

All come from a histogram that can be added to another's: of several areas, of several machines. Its bins are
the float32 numbers that share their exponent and first nine bits: 512 to each doubling of the distance, each
0.1 % to 0.2 % of it wide, from 1 m (what is less lies in the first bin) to farther than the Earth is round. A
bin holds its weight and its weight × distance, so the mean is exact and everything else within 0.2 %.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.inputs import Floats

_BITS_WITHIN_BIN: Final = 14
_BIN_OF_1_M: Final = int(np.float32(1.0).view(np.int32)) >> _BITS_WITHIN_BIN

SHARE_OF_PERCENTILE: Final = 0.9
SHARE_WORST_SERVED: Final = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Histogram:
    """Weights by distance, one row for each case. Bins are counted from `first`; those beyond are empty.

    `weight` and `moment` (weight × metres) are float64 (rows, bins). `unreached` (rows,) is the weight that
    has no distance, because nothing that is open can be reached.
    """

    first: int
    weight: Floats
    moment: Floats
    unreached: Floats

    def __add__(self, other: Histogram) -> Histogram:
        """Both together: row by row, so they must have the same rows."""
        first = min(self.first, other.first)
        end = max(self.first + self.weight.shape[1], other.first + other.weight.shape[1])
        weight = np.zeros((len(self.weight), end - first))
        moment = np.zeros_like(weight)
        for part in (self, other):
            at = slice(part.first - first, part.first - first + part.weight.shape[1])
            weight[:, at] += part.weight
            moment[:, at] += part.moment
        return Histogram(first, weight, moment, self.unreached + other.unreached)


def empty_histogram(rows: int) -> Histogram:
    """Nothing yet: what sums begin with."""
    return Histogram(0, np.zeros((rows, 0)), np.zeros((rows, 0)), np.zeros(rows))


def histogram_of(metres: NDArray[np.float32], weight: Floats) -> Histogram:
    """The histogram of (rows, points) metres, each point with its weight; inf is not reached."""
    rows = len(metres)
    farthest = metres.max(axis=1, initial=0.0)
    whole = np.asarray(np.isfinite(farthest))
    reached = farthest if whole.all() else metres[np.isfinite(metres)]
    if not metres.size or not reached.size:
        return replace(empty_histogram(rows), unreached=np.full(rows, weight.sum()))
    first, last = _bins(np.array([metres.min(), reached.max()])).tolist()
    width = last + 1 - first
    weights, moments, unreached = np.zeros((rows, width)), np.zeros((rows, width)), np.zeros(rows)
    for row, far in enumerate(metres):
        of = weight
        if not whole[row]:
            some = np.isfinite(far)
            unreached[row] = weight[~some].sum()
            far, of = far[some], weight[some]
        bins = _bins(far)
        bins -= first
        weights[row] = np.bincount(bins, of, width)
        moments[row] = np.bincount(bins, of * far, width)
    return Histogram(first, weights, moments, unreached)


def _bins(metres: NDArray[np.float32]) -> NDArray[np.int32]:
    bins = np.ascontiguousarray(metres).view(np.int32) >> _BITS_WITHIN_BIN
    return np.asarray(np.maximum(bins, _BIN_OF_1_M, out=bins) - np.int32(_BIN_OF_1_M))


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """Metres to the nearest open station over the weight that can reach one; NaN where none can.

    `p90_m`: the least distance within which nine tenths of the weight have it. `worst_decile_m`: the mean of
    the tenth of the weight that has it farthest. `gini`: 0 where all have it equally far, towards 1 where
    few walk all there is to walk.
    """

    mean_m: Floats
    p90_m: Floats
    worst_decile_m: Floats
    gini: Floats


def distances_of(histogram: Histogram) -> Distances:
    """The figures of each row of a histogram.

    Gini's coefficient is 1 less twice the area under Lorenz' curve, by trapezoids over the bins in order of
    distance (Gastwirth, "The Estimation of the Lorenz Curve and Gini Index", 1972).
    """
    answer = np.full((4, len(histogram.weight)), np.nan)
    for row, (weight, moment) in enumerate(zip(histogram.weight, histogram.moment, strict=True)):
        up_to, walked = weight.cumsum(), moment.cumsum()
        if not up_to.size or up_to[-1] <= 0.0:
            continue
        total, metres = up_to[-1], walked[-1]
        # the last bits of a sum do not move the percentile on by a bin
        passed = int(up_to.searchsorted(SHARE_OF_PERCENTILE * total * (1.0 - 1e-12)))
        # the part of each bin's weight that is in the worst-served tenth; none before the percentile's bin
        tail = weight[passed:]
        part = np.clip(up_to[passed:] - (1.0 - SHARE_WORST_SERVED) * total, 0.0, tail)
        worst = (part * (moment[passed:] / np.where(tail > 0.0, tail, 1.0))).sum() / part.sum()
        twice_lorenz = (weight * (2.0 * walked - moment)).sum() / (total * metres) if metres > 0.0 else 1.0
        answer[:, row] = (
            metres / total, moment[passed] / weight[passed], worst, max(1.0 - twice_lorenz, 0.0)
        )  # fmt: skip
    return Distances(*answer)
