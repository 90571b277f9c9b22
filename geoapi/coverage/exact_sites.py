"""The best sites of all, proven: maximal covering as a mixed-integer programme, solved by HiGHS.

    maximise Σ w_g y_g   subject to   y_g ≤ Σ x_j over candidates j that cover g,   Σ x_j ≤ n,
                                      x_j in {0, 1},   0 ≤ y_g ≤ 1

(Church & ReVelle 1974; y may be continuous, since with whole x its best value is whole.) Before the solver
sees it, the programme is made smaller in ways that keep at least one optimum:

- points without need go, and points that the same candidates cover become one (a group g);
- a candidate that covers no more than another does goes; of equals the first stays;
- a group with one candidate is no row, its weight is that candidate's own;
- a candidate that by its reduced cost in the linear relaxation cannot be part of anything better than what
  greedy found goes, and one that nothing better can do without is fixed (Dantzig, Fulkerson & Johnson 1954).
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp
from scipy.sparse import csr_array, hstack, vstack

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.sites import SAME, Sites, next_sites, ones, row_entries

SCALE: Final = 1e4
"""What all need adds up to before the solver: its tolerances are absolute, 1e-6 of these."""

TOLERANCE: Final = 1e-6
"""Share of the bound within which HiGHS holds a solution for optimal and its rows for kept."""

MOST_OVERLAPS: Final = 30_000_000
"""Pairs of candidates up to which looking for dominated ones is cheap: a second or so."""


def best_sites(reach: csr_array, need: Floats, n: int, *, time_limit_s: float) -> Sites:
    """The `n` candidates that cover most, in the order of greatest marginal gain; arguments as `next_sites`.

    `proven` where HiGHS ended with the proof, to within a millionth. Out of time, the better of what it and
    greedy found, with the lowest bound that was proven till then: never worse than greedy alone. The time
    limit holds for the solver; what goes before takes seconds for a city.
    """
    ends = time.monotonic() + time_limit_s
    greedy = next_sites(reach, need, n)
    if greedy.optimal:
        return replace(greedy, solver="highs", proven=True)
    programme = _reduced(reach, need)
    chosen, bound, proven = _solved(programme, greedy, n, ends)
    best = greedy
    if chosen is not None:
        # greedy among the chosen: the same sites in the order of their gains, without any that add nothing
        among = next_sites(reach[:, chosen], need, n)
        if among.covered > greedy.covered:
            best = replace(among, chosen=chosen[among.chosen])
    bound = max(min(bound, greedy.bound), best.covered)
    return replace(best, bound=bound, solver="highs", proven=proven or bound <= best.covered * (1 + SAME))


@dataclass(frozen=True, slots=True, eq=False)
class _Programme:
    """Candidates that are left, and what they cover: `own` alone, `shared` the groups (groups × candidates)
    with their `weight`."""

    candidates: Ints
    own: Floats
    shared: csr_array
    weight: Floats


def _reduced(reach: csr_array, need: Floats) -> _Programme:
    rows = np.flatnonzero((need > 0) & (np.diff(reach.indptr) > 0))
    groups, weight = _merged(ones(reach[rows]), need[rows].astype(np.float64))
    candidates = np.unique(groups.indices).astype(np.int64)
    groups = csr_array(groups[:, candidates])
    while (kept := _undominated(groups)).size < candidates.size:
        # fewer candidates make more points alike, and so more candidates dominated
        candidates = candidates[kept]
        groups, weight = _merged(csr_array(groups[:, kept]), weight)
    return _Programme(candidates, *_apart(groups, weight))


def _apart(groups: csr_array, weight: Floats) -> tuple[Floats, csr_array, Floats]:
    """What each candidate alone covers, and the groups that several do."""
    covering = np.diff(groups.indptr)
    alone = covering == 1
    own = np.bincount(groups[alone].indices, weights=weight[alone], minlength=groups.shape[1]).astype(np.float64)
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


def _solved(programme: _Programme, greedy: Sites, n: int, ends: float) -> tuple[Ints | None, float, bool]:
    """Chosen candidates (None where none better were found), a bound, and whether that is proven the best."""
    own, shared, weight = programme.own, programme.shared, programme.weight
    places, groups = own.size, weight.size
    scale = SCALE / float(own.sum() + weight.sum())
    cost = -np.concatenate((own, weight)) * scale
    # y_g - Σ x_j ≤ 0, and Σ x_j ≤ n
    rows = vstack(
        (
            hstack((-shared, csr_array((np.ones(groups), np.arange(groups), np.arange(groups + 1))))),
            csr_array(np.concatenate((np.ones(places), np.zeros(groups)))[np.newaxis]),
        ),
        format="csr",
    )
    limits = np.concatenate((np.zeros(groups), [float(min(n, places))]))
    low, high = np.zeros(places + groups), np.ones(places + groups)
    relaxed = linprog(
        cost,
        A_ub=rows,
        b_ub=limits,
        bounds=np.column_stack((low, high)),
        method="highs",
        options={"time_limit": _left(ends)},
    )
    if relaxed.status != 0:
        return None, greedy.bound, False
    floor, ceiling = greedy.covered * scale, -float(relaxed.fun)
    if ceiling <= floor * (1 + TOLERANCE):
        return None, ceiling / scale, True
    # what moving x_j off its end costs at least; kept when that alone takes the best below greedy's
    slack = ceiling - floor + SCALE * TOLERANCE
    low[:places][-relaxed.upper.marginals[:places] > slack] = 1.0
    high[:places][relaxed.lower.marginals[:places] > slack] = 0.0
    if _left(ends) <= 0:
        return None, ceiling / scale, False
    found = milp(
        cost,
        constraints=LinearConstraint(rows, ub=limits),
        bounds=Bounds(low, high),
        integrality=np.concatenate((np.ones(places), np.zeros(groups))),
        options={"time_limit": _left(ends), "mip_rel_gap": 0.0},
    )
    bound = ceiling
    if found.mip_dual_bound is not None and np.isfinite(found.mip_dual_bound):
        # with candidates fixed, the bound is on what is better than greedy only
        bound = min(ceiling, max(-float(found.mip_dual_bound), floor))
    chosen = None if found.x is None else programme.candidates[np.flatnonzero(found.x[:places] > 0.5)]
    return chosen, bound / scale, found.status == 0


def _left(ends: float) -> float:
    """Seconds left; never 0, which HiGHS takes as no limit at all in some versions."""
    return max(ends - time.monotonic(), 1e-3)
