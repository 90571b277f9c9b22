"""Supply against demand: the enhanced two-step floating catchment area, E2SFCA.

Luo & Qi 2009, "An enhanced two-step floating catchment area (E2SFCA) method for measuring spatial
accessibility to primary care physicians", Health & Place 15:1100-1107:

    step 1   R_j = S_j / Σ_k W(d_kj) P_k      a station's capacity for each person within its reach
    step 2   A_i = Σ_j W(d_ij) R_j            what all stations within reach offer a person at i

W falls in steps from zone to zone and is 0 beyond the limit. All that is offered is taken up once:
Σ_i P_i A_i = Σ S_j over the stations with people within reach.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geoapi.coverage.inputs import Floats
from geoapi.errors import InvalidInput, Words

SLOW_DECAY: Final = (1.0, 0.68, 0.22)
"""Luo & Qi's weights for three zones of equal width (theirs were 10, 20 and 30 minutes), from a Gaussian."""


@dataclass(frozen=True, slots=True)
class Zones:
    """Zones of distance: up to `upto_m[z]` metres, included, and beyond the zone before, it is `weights[z]`.

    Raises `InvalidInput` unless distances rise from above 0 and weights are finite and not negative, one for
    each distance.
    """

    upto_m: tuple[float, ...]
    weights: tuple[float, ...]

    def __post_init__(self) -> None:
        edges = np.array((0.0, *self.upto_m), dtype=np.float64)
        weights = np.array(self.weights, dtype=np.float64)
        if not (
            len(self.upto_m) == len(self.weights) > 0
            and np.isfinite(edges).all()
            and (np.diff(edges) > 0).all()
            and np.isfinite(weights).all()
            and (weights >= 0).all()
        ):
            raise InvalidInput(
                Words("距离分区不成立", "These are not zones of distance"),
                field="zones",
                mend=Words(
                    "请给出由近到远的距离（米），每个距离配一个不小于 0 的权重",
                    "Give distances in metres, nearest first, and for each a weight of 0 or more",
                ),
            )

    @classmethod
    def thirds(cls, limit_m: float, weights: tuple[float, ...] = SLOW_DECAY) -> Zones:
        """Zones of equal width up to the limit: thirds, by default, with Luo & Qi's weights."""
        upto_m = tuple(limit_m * (zone + 1) / len(weights) for zone in range(len(weights)))
        # the last edge is the limit itself, whatever rounding did
        return cls((*upto_m[:-1], limit_m), weights)

    def weight_of(self, metres: Floats) -> NDArray[np.float64]:
        """W(d) of each distance; 0 beyond the last zone."""
        steps = np.array((*self.weights, 0.0))
        weight: NDArray[np.float64] = steps[np.searchsorted(self.upto_m, metres, side="left")]
        return weight


@dataclass(frozen=True, slots=True, eq=False)
class Catchment:
    """`access` A_i of each point, in units of capacity a person; `ratio` R_j of each station.

    `asking` is Σ W P within each station's reach; where it is 0 nobody can come, `idle`, and the ratio is 0.
    """

    access: NDArray[np.float64]
    ratio: NDArray[np.float64]
    asking: NDArray[np.float64]

    @property
    def idle(self) -> NDArray[np.bool_]:
        """Which stations have nobody within reach: their capacity is in no one's figure."""
        idle: NDArray[np.bool_] = self.asking == 0
        return idle


def catchment(reach: csr_array, weight: Floats, capacity: Floats, zones: Zones) -> Catchment:
    """Who has how much within reach, shared with all who have it within reach too.

    `reach` is (points, stations) metres, stored: within the limit; `weight` the people at each point and
    `capacity` what each station offers (places, people a day, or 1 each), zero or more.
    """
    nearness = csr_array((zones.weight_of(reach.data), reach.indices, reach.indptr), shape=reach.shape)
    asking: NDArray[np.float64] = nearness.T @ weight
    ratio = np.divide(capacity, asking, out=np.zeros(asking.size), where=asking > 0)
    return Catchment(nearness @ ratio, ratio, asking)
