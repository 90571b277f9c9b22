"""The best sites of all, proven: maximal covering as a mixed-integer programme, solved by HiGHS.

    maximise Σ w_g y_g   subject to   y_g ≤ Σ x_j over candidates j that cover g,   Σ x_j ≤ n,
                                      x_j in {0, 1},   0 ≤ y_g ≤ 1

(Church & ReVelle 1974; y may be continuous, since with whole x its best value is whole.) What the solver sees
is smaller by far: `site_programme` takes out what no best choice needs, and of what is left `site_bounds`
keeps the candidates that a choice better than the best known can hold. Of a city's 20,000 candidates some
dozens are left then, and the proof takes a second instead of half a minute.
"""

from __future__ import annotations

import time
from dataclasses import replace
from typing import Final

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_array, eye_array, hstack, vstack

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.site_bounds import relaxed
from geoapi.coverage.site_programme import Programme, reduced
from geoapi.coverage.sites import SAME, Sites, next_sites

SCALE: Final = 1e4
"""What all need adds up to before the solver: its tolerances are absolute, 1e-6 of these."""

MOST_ENTRIES: Final = 400_000
"""Size of a programme up to which HiGHS keeps to its time limit; with 2.8 million it took 166 s for 5."""

WORTH_ANOTHER_ROUND: Final = 0.8
"""Share of the candidates to which a round of bounds must have brought them, to be followed by another."""


def best_sites(reach: csr_array, need: Floats, n: int, *, time_limit_s: float) -> Sites:
    """The `n` candidates that cover most, in the order of greatest marginal gain; arguments as `next_sites`.

    `proven` where HiGHS ended with the proof, to within a millionth, or where greedy's own bound is proof
    enough (`solver` then says greedy). Out of time, the best that was found, with the lowest bound that was
    proven till then: never worse than greedy alone. The limit holds for the search; the reductions before
    it take half a second for a city.
    """
    greedy = next_sites(reach, need, n)
    if greedy.optimal:
        return replace(greedy, proven=True)
    ends = time.monotonic() + time_limit_s
    best, bound = greedy, greedy.bound
    programme = reduced(reach, need)
    left = programme.candidates
    while True:
        prices = relaxed(programme, n, best.covered, ends=ends)
        best = _better(best, reach, need, left[prices.chosen])
        # what is not within the programme is no better than what is known
        bound = min(bound, max(prices.bound, best.covered))
        before = left.size
        left = left[prices.kept]
        programme = reduced(reach[:, left], need)
        left = left[programme.candidates]
        if not left.size or left.size > before * WORTH_ANOTHER_ROUND or time.monotonic() > ends:
            break
    chosen, of_solver, proven = _solved(programme, n, ends)
    best = _better(best, reach, need, left[chosen])
    bound = max(min(bound, max(of_solver, best.covered)), best.covered)
    return replace(best, bound=bound, solver="highs", proven=proven or bound <= best.covered * (1 + SAME))


def _better(known: Sites, reach: csr_array, need: Floats, chosen: Ints) -> Sites:
    """The sites known, or these if they cover more: by their gains, and without any that add nothing."""
    if not chosen.size:
        return known
    among = next_sites(reach[:, np.sort(chosen)], need, known.asked)
    if among.covered <= known.covered:
        return known
    return replace(among, chosen=np.sort(chosen)[among.chosen])


def _solved(programme: Programme, n: int, ends: float) -> tuple[Ints, float, bool]:
    """Chosen candidates (their positions; none where none were found), a bound, and whether it is proven.

    A bound of inf where it is too late, or the programme too large, to ask the solver.
    """
    own, shared, weight = programme.own, programme.shared, programme.weight
    places, groups = own.size, weight.size
    total = float(own.sum() + weight.sum())
    nothing, seconds = np.zeros(0, dtype=np.int64), ends - time.monotonic()
    if not places:
        return nothing, 0.0, True
    if seconds <= 0 or shared.nnz > MOST_ENTRIES:
        return nothing, np.inf, False
    # y_g - Σ x_j ≤ 0, and Σ x_j ≤ n
    each_group = eye_array(groups)
    count = csr_array(np.concatenate((np.ones(places), np.zeros(groups)))[np.newaxis])
    rows = vstack((hstack((-shared, each_group)), count), format="csr")
    found = milp(
        -np.concatenate((own, weight)) * (SCALE / total),
        constraints=LinearConstraint(rows, ub=np.concatenate((np.zeros(groups), [float(n)]))),
        bounds=Bounds(0.0, 1.0),
        integrality=np.concatenate((np.ones(places), np.zeros(groups))),
        options={"time_limit": seconds, "mip_rel_gap": 0.0},
    )
    bound = np.inf if found.mip_dual_bound is None else -float(found.mip_dual_bound) * (total / SCALE)
    chosen = nothing if found.x is None else np.flatnonzero(found.x[:places] > 0.5)
    return chosen, bound, found.status == 0
