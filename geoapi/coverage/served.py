"""Which points have an open station within the limit, at each moment and in either reading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geoapi.coverage.inputs import CLOSED, OPEN, Ints, Supply

Reading = Literal["unknown_closed", "unknown_open"]
"""Whether a station whose hours are unknown counts as closed or as open."""

READINGS: tuple[Reading, Reading] = ("unknown_closed", "unknown_open")


@dataclass(frozen=True, slots=True, eq=False)
class Served:
    """Points served, at each moment.

    Many moments have the same stations open: `by_set` is bool (points, sets), one column for each set of
    stations that is ever open, and `set_of` the column of each moment.
    """

    by_set: NDArray[np.bool_]
    set_of: Ints

    def at(self, instant: int) -> NDArray[np.bool_]:
        """bool (points): who is served at the moment of that index."""
        column: NDArray[np.bool_] = self.by_set[:, self.set_of[instant]]
        return column

    def by_instant(self) -> NDArray[np.bool_]:
        """bool (points, moments)."""
        every: NDArray[np.bool_] = self.by_set[:, self.set_of]
        return every


def served(reach: csr_array, supply: Supply, reading: Reading) -> Served:
    """Who has a station open within the limit. `reach` is (points, stations): stored is within the limit."""
    open_rows = supply.states == OPEN if reading == "unknown_closed" else supply.states != CLOSED
    sets, set_of = np.unique(open_rows, axis=1, return_inverse=True)
    # which hours are within reach: stations with the same ones need not be told apart
    within = np.zeros((reach.shape[0], supply.states.shape[0]), dtype=np.float32)
    points = np.repeat(np.arange(reach.shape[0]), np.diff(reach.indptr))
    within[points, supply.pattern[reach.indices]] = 1.0
    return Served(within @ sets.astype(np.float32) > 0.5, set_of.reshape(-1).astype(np.int64))
