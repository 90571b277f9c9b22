"""Bounds by prices: no choice is better, and what could be better is kept."""

from __future__ import annotations

import time
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geoapi.coverage.site_bounds import relaxed
from geoapi.coverage.site_programme import reduced
from tests.unit.coverage.test_sites import Reached, best_of_all, covered_by, covering_cases, reach_of

Case = tuple[Reached, NDArray[np.float64], int]


@given(covering_cases())
def test_reductions_keep_an_optimum(case: Case) -> None:
    reached, need, n = case
    programme = reduced(reach_of(reached), need)
    smaller = reached[:, programme.candidates]
    assert best_of_all(smaller, need, n) == best_of_all(reached, need, n)
    assert (programme.shared.sum(axis=1) > 1).all()
    for j, candidate in enumerate(programme.candidates):
        alone = need[reached[:, candidate] & (smaller.sum(axis=1) == 1)].sum()
        assert programme.own[j] == alone
        groups = programme.shared[:, [j]].toarray().ravel() > 0
        assert alone + programme.weight[groups].sum() == covered_by(reached, need, [int(candidate)])


@given(covering_cases(), st.sampled_from((0.0, 0.5, 0.9, 1.0)), st.booleans())
@settings(deadline=None)
def test_nothing_better_is_lost(case: Case, known: float, late: bool) -> None:
    """Whatever is known, and however early it ends: the bound holds, and all better choices are kept."""
    reached, need, n = case
    best = best_of_all(reached, need, n)
    programme = reduced(reach_of(reached), need)
    ends = time.monotonic() + (-1 if late else 60)
    prices = relaxed(programme, n, best * known, ends=ends)
    assert prices.bound >= best * (1 - 1e-9)
    if prices.chosen.size:
        chosen = programme.candidates[prices.chosen].tolist()
        assert covered_by(reached, need, chosen) == pytest.approx(prices.covered)
        assert len(chosen) <= n
    kept = set(programme.candidates[prices.kept].tolist())
    for chosen in combinations(programme.candidates.tolist(), min(n, programme.candidates.size)):
        if covered_by(reached, need, list(chosen)) > prices.covered * (1 + 1e-9):
            assert kept.issuperset(chosen)
