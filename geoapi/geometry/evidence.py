"""What a file's points say about their datum, whatever the file declares.

A point read in the wrong datum moves by 500 to 1,500 m, and some points then change district. Where the rows
state their district, the true datum is the one that puts most of them where they say they are; where
they do not, the one that puts most of them in any district at all, which shows at the outer border only.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

from geoapi.geometry.datums import Datum, to_wgs84
from geoapi.geometry.districts import OUTSIDE, assign_districts

CLEAR = 0.001
"""A datum is clearly better when chance would put it so far ahead in fewer than this share of files."""


@dataclass(frozen=True, slots=True)
class DatumEvidence:
    """How well each datum explains a file.

    `comparable` counts the points that could tell: finite, and with a stated district among those
    loaded (or, without any stated, all finite ones). `matched` counts those of them in the right district
    when read as the datum. `only[a, b]` counts those that are right as `a` and wrong as `b`.
    """

    comparable: int
    by_stated_district: bool
    matched: Mapping[Datum, int]
    only: Mapping[tuple[Datum, Datum], int]

    @property
    def best(self) -> Datum | None:
        """The datum with the most matches; None when none has any, or the top two are level."""
        first, second = sorted(Datum, key=lambda datum: -self.matched[datum])[:2]
        return first if self.matched[first] > self.matched[second] else None

    def chance(self, better: Datum, worse: Datum) -> float:
        """Probability that `better` is ahead of `worse` by this much or more if neither were truer.

        McNemar's exact test, one-sided: of the points on which the two differ, each would favour either with
        probability ½. 1.0 when they differ on none.
        """
        ahead, behind = self.only[better, worse], self.only[worse, better]
        return _binomial_tail(ahead, ahead + behind)

    def contradicts(self, declared: Datum) -> bool:
        """Whether another datum is clearly better than the declared one. Never for a tie, nor for fewer than
        ten points on which they differ."""
        return any(self.chance(other, declared) < CLEAR for other in Datum if other != declared)

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready: {"comparable", "by_stated_district", "matched": {datum: count}, "best"}."""
        return {
            "comparable": self.comparable,
            "by_stated_district": self.by_stated_district,
            "matched": {datum.value: self.matched[datum] for datum in Datum},
            "best": self.best.value if self.best else None,
        }


def datum_evidence(
    lon: ArrayLike,
    lat: ArrayLike,
    polygons: Sequence[shapely.Geometry],
    stated: NDArray[np.int64] | None = None,
) -> DatumEvidence:
    """How many of the points, read as each datum, fall in the district they state.

    `lon`, `lat` are as the file gives them. `polygons` are in WGS-84. `stated` is the index of each row's
    polygon, -1 for none (`stated_districts`); None when the file states no districts: then any
    polygon is right.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    comparable = np.isfinite(x) & np.isfinite(y)
    if stated is not None:
        comparable &= stated != OUTSIDE
        stated = stated[comparable]
    x, y = x[comparable], y[comparable]
    right: dict[Datum, NDArray[np.bool_]] = {}
    for datum in Datum:
        found = assign_districts(*to_wgs84(x, y, datum), polygons)
        right[datum] = found != OUTSIDE if stated is None else found == stated
    return DatumEvidence(
        comparable=int(comparable.sum()),
        by_stated_district=stated is not None,
        matched={datum: int(right[datum].sum()) for datum in Datum},
        only={(a, b): int((right[a] & ~right[b]).sum()) for a in Datum for b in Datum if a != b},
    )


def _binomial_tail(successes: int, trials: int) -> float:
    """P(X ≥ successes) for `trials` fair coins, summed in logarithms so that large files do not overflow."""
    if successes <= 0:
        return 1.0
    logs = [
        math.lgamma(trials + 1) - math.lgamma(k + 1) - math.lgamma(trials - k + 1) - trials * math.log(2.0)
        for k in range(successes, trials + 1)
    ]
    top = max(logs)
    return min(1.0, math.exp(top) * math.fsum(math.exp(value - top) for value in logs))
