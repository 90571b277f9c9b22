"""Where the next sites go: weighted maximal covering, one best site after another.

The maximal covering location problem (Church & ReVelle 1974, Papers of the Regional Science Association
32:101-118): choose n places so that the need within the limit of at least one of them is greatest. What is
covered has diminishing returns, so that taking the best place each time gets at least 1 - 1/e of the optimum
(Nemhauser, Wolsey & Fisher 1978, Mathematical Programming 14:265-294), and every step bounds the optimum too.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geoapi.coverage.inputs import Floats, Ints
from geoapi.errors import InvalidInput, Words

SAME: Final = 1e-9
"""Share within which two sums of the same weights, added up in another order, are the same."""


@dataclass(frozen=True, slots=True, eq=False)
class Sites:
    """Chosen candidates, the greatest marginal gain first, and how far from the best choice they can be.

    `chosen` are indices of candidates and `gain` the need that each covers beyond those before it, never 0:
    fewer than `asked` are chosen where nothing is left to gain. No `asked` candidates cover more than
    `bound`. `proven` says that the solver itself ended with the proof of an optimum.
    """

    chosen: Ints
    gain: Floats
    asked: int
    bound: float
    solver: Literal["greedy", "highs"] = "greedy"
    proven: bool = False

    @property
    def covered(self) -> float:
        """The need that they cover together."""
        return float(self.gain.sum())

    @property
    def gap(self) -> float:
        """The share of `bound` that is not covered: 0 where the choice is optimal."""
        return max(self.bound - self.covered, 0.0) / self.bound if self.bound > 0 else 0.0

    @property
    def optimal(self) -> bool:
        """Whether no choice is better."""
        return self.proven or self.gap <= SAME

    @property
    def complete(self) -> bool:
        """Whether there are as many as were asked for."""
        return self.chosen.size == self.asked


def need_of(
    weight: Floats, covered: NDArray[np.bool_], open_hours: NDArray[np.bool_] | None = None
) -> NDArray[np.float64]:
    """What is left to cover at each point: its weight × the number of instants in which it is uncovered.

    `covered` is (points, instants). A new site has the same hours wherever it stands, so only the instants
    of `open_hours` count (None: all), and a whole week folds into one number: its gain is a sum over points.
    """
    left = ~covered if open_hours is None else ~covered[:, open_hours]
    need: NDArray[np.float64] = weight * left.sum(axis=1)
    return need


def next_sites(reach: csr_array, need: Floats, n: int) -> Sites:
    """Up to `n` candidates, each the one that covers most of what those before it leave; ties by index.

    `reach` is (points, candidates): stored means within the limit, whatever the distance, 0 included.
    `need` is what is left to cover at each point, zero or more. Raises `InvalidInput` for `n` below 1.

    After a choice only the gains of candidates that share a point with it change; they are summed anew, not
    subtracted from, so that rounding never adds up.
    """
    if n < 1:
        raise InvalidInput(
            Words("新增站点数至少为 1", "At least one site must be asked for"),
            field="n",
            mend=Words("请给出 1 或更大的整数", "Give a whole number from 1"),
        )
    at_points = np.flatnonzero(need > 0)
    by_point = ones(reach[at_points])
    by_candidate = csr_array(by_point.T)
    left = need[at_points].astype(np.float64)
    gains = by_candidate @ left
    bound, covered = _bound(0.0, gains, n), 0.0
    chosen: list[int] = []
    gain: list[float] = []
    while len(chosen) < min(n, gains.size):
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        chosen.append(best)
        gain.append(float(gains[best]))
        covered += gain[-1]
        served = row_entries(by_candidate, best)
        news = served[left[served] > 0]
        left[news] = 0.0
        touched = np.unique(by_point[news].indices)
        gains[touched] = by_candidate[touched] @ left
        bound = min(bound, _bound(covered, gains, n))
    return Sites(np.array(chosen, dtype=np.int64), np.array(gain), n, max(bound, covered))


def _bound(covered: float, gains: Floats, n: int) -> float:
    """What no n candidates can exceed, seen from any choice: no set S of n adds to it more than the sum of
    its members' gains, f(S) ≤ f(chosen) + Σ gains of the n largest (Nemhauser, Wolsey & Fisher 1978)."""
    if n < gains.size:
        gains = np.partition(gains, gains.size - n)[gains.size - n :]
    return covered + float(gains.sum())


def ones(reach: csr_array) -> csr_array:
    """The same matrix with 1 wherever something is stored, stored zeros included."""
    return csr_array((np.ones(reach.indices.size), reach.indices, reach.indptr), shape=reach.shape)


def row_entries(matrix: csr_array, row: int) -> NDArray[np.integer]:
    """The columns that are stored in a row."""
    entries: NDArray[np.integer] = matrix.indices[matrix.indptr[row] : matrix.indptr[row + 1]]
    return entries
