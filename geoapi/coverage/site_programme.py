"""Maximal covering made smaller without losing an optimum."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.sparse import csr_array

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.sites import ones, row_entries

MOST_OVERLAPS: Final = 30_000_000
"""Pairs of candidates up to which looking for dominated ones is cheap: a second or so."""


@dataclass(frozen=True, slots=True, eq=False)
class Programme:
    """The `candidates` that are left (their columns), and what they cover: `own` alone, and the groups of
    `shared` (groups, candidates), all ones, with their `weight`."""

    candidates: Ints
    own: Floats
    shared: csr_array
    weight: Floats


def reduced(reach: csr_array, need: Floats) -> Programme:
    """The programme of covering `need` by the columns of `reach`, without what no best choice needs.

    Points without need go, and those that the same candidates cover become one group. A candidate that
    covers no more than another does goes; of equals the first stays. What one candidate alone covers is its
    own, and no group.
    """
    rows = np.flatnonzero((need > 0) & (np.diff(reach.indptr) > 0))
    groups, weight = _merged(ones(reach[rows]), need[rows].astype(np.float64))
    candidates = np.unique(groups.indices).astype(np.int64)
    groups = csr_array(groups[:, candidates])
    while (kept := _undominated(groups)).size < candidates.size:
        # fewer candidates make more points alike, and so more candidates dominated
        candidates = candidates[kept]
        groups, weight = _merged(csr_array(groups[:, kept]), weight)
    return Programme(candidates, *_apart(groups, weight))


def _apart(groups: csr_array, weight: Floats) -> tuple[Floats, csr_array, Floats]:
    """What each candidate alone covers, and the groups that several do."""
    covering = np.diff(groups.indptr)
    alone = covering == 1
    own = np.bincount(groups[alone].indices, weights=weight[alone], minlength=groups.shape[1]).astype(
        np.float64
    )
    return own, groups[covering > 1], weight[covering > 1]


def _merged(groups: csr_array, weight: Floats) -> tuple[csr_array, Floats]:
    """One row for all rows with the same entries, weights added up; rows without entries go."""
    groups.sort_indices()
    first: dict[bytes, int] = {}
    whose = np.array(
        [first.setdefault(row_entries(groups, row).tobytes(), row) for row in range(groups.shape[0])],
        dtype=np.int64,
    )
    total = np.bincount(whose, weights=weight, minlength=groups.shape[0]).astype(np.float64)
    kept = np.flatnonzero((np.bincount(whose, minlength=groups.shape[0]) > 0) & (np.diff(groups.indptr) > 0))
    return groups[kept], total[kept]


def _undominated(groups: csr_array) -> Ints:
    """Candidates whose groups no other candidate covers all of; of equals the first; all, if costly."""
    size = np.bincount(groups.indices, minlength=groups.shape[1])
    if float((np.diff(groups.indptr).astype(np.float64) ** 2).sum()) > MOST_OVERLAPS:
        return np.arange(groups.shape[1])
    overlap = (groups.T @ groups).tocoo()
    lesser, greater = overlap.coords
    inside = (overlap.data == size[lesser]) & (
        (size[greater] > size[lesser]) | ((size[greater] == size[lesser]) & (greater < lesser))
    )
    return np.setdiff1d(np.flatnonzero(size > 0), lesser[inside])
