"""The best sites of all: against every subset, against greedy, and honest when out of time."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geoapi.coverage import exact_sites, site_programme
from geoapi.coverage.exact_sites import best_sites
from geoapi.coverage.sites import next_sites
from geoapi.errors import InvalidInput
from tests.unit.coverage.test_sites import Reached, best_of_all, covered_by, covering_cases, reach_of

# Greedy takes the middle, and what it leaves is little; the two sides cover all.
TRAP = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 1], [0, 1, 0]], dtype=bool)
TRAP_NEED = np.array([1.0, 3.0, 3.0, 1.0])


def random_case(seed: int, points: int = 60, candidates: int = 14) -> tuple[Reached, NDArray[np.float64]]:
    """Enough overlap for greedy to go wrong, and few enough candidates to try all subsets."""
    rng = np.random.default_rng(seed)
    return rng.random((points, candidates)) < 0.2, rng.integers(0, 1000, points).astype(np.float64)


@given(covering_cases())
@settings(deadline=None)
def test_no_subset_is_better(case: tuple[Reached, NDArray[np.float64], int]) -> None:
    reached, need, n = case
    sites = best_sites(reach_of(reached), need, n, time_limit_s=60)
    assert sites.covered == covered_by(reached, need, sites.chosen.tolist()) == best_of_all(reached, need, n)
    assert sites.proven
    assert sites.optimal
    assert sites.bound == pytest.approx(sites.covered, rel=1e-5)
    assert sites.chosen.size <= n
    assert (sites.gain > 0).all()


@given(st.integers(0, 2**32 - 1), st.integers(2, 5))
@settings(max_examples=40, deadline=None)
def test_between_greedy_and_its_guarantee(seed: int, n: int) -> None:
    reached, need = random_case(seed)
    exact = best_sites(reach_of(reached), need, n, time_limit_s=60)
    greedy = next_sites(reach_of(reached), need, n)
    assert exact.covered == best_of_all(reached, need, n)
    assert (1 - 1 / np.e) * exact.covered <= greedy.covered <= exact.covered <= greedy.bound
    assert exact.gain.tolist() == sorted(exact.gain, reverse=True)


def test_the_trap_of_greed_is_left() -> None:
    sites = best_sites(reach_of(TRAP), TRAP_NEED, 2, time_limit_s=60)
    assert (sites.chosen.tolist(), sites.gain.tolist()) == ([0, 1], [4.0, 4.0])
    assert (sites.solver, sites.proven) == ("highs", True)
    assert sites.gap < 1e-6


def test_where_greedy_is_known_to_be_best_nothing_is_solved(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exact_sites, "milp", None)
    assert best_sites(reach_of(TRAP), TRAP_NEED, 1, time_limit_s=60).proven
    assert best_sites(reach_of(TRAP), TRAP_NEED, 3, time_limit_s=60).covered == 8.0


def test_out_of_time_greedy_is_answered_with_its_own_bound() -> None:
    sites = best_sites(reach_of(TRAP), TRAP_NEED, 2, time_limit_s=-1)
    assert (sites.chosen.tolist(), sites.covered, sites.bound) == ([2, 0], 7.0, 8.0)
    assert (sites.solver, sites.proven, sites.optimal) == ("highs", False, False)
    assert sites.gap == 1 / 8


@given(st.integers(0, 2**32 - 1))
@settings(max_examples=10, deadline=None)
def test_out_of_time_the_bound_still_holds(seed: int) -> None:
    """A millisecond is too little for some and enough for others: what is said must be true either way."""
    reached, need = random_case(seed, points=200)
    best = best_of_all(reached, need, 3)
    sites = best_sites(reach_of(reached), need, 3, time_limit_s=0.001)
    assert next_sites(reach_of(reached), need, 3).covered <= sites.covered <= best <= sites.bound * (1 + 1e-6)
    assert sites.covered == best or not sites.proven


@given(covering_cases(), st.integers(0, 2**16))
@settings(deadline=None)
def test_weights_far_from_one_change_nothing(
    case: tuple[Reached, NDArray[np.float64], int], scale: int
) -> None:
    """The solver's tolerances are absolute: a city of 20 million and a need of a millionth fare alike."""
    reached, need, n = case
    small = best_sites(reach_of(reached), need * 2.0**-20, n, time_limit_s=60)
    assert small.covered * 2.0**20 == best_of_all(reached, need, n)
    large = best_sites(reach_of(reached), need * (1 + scale), n, time_limit_s=60)
    assert large.covered == best_of_all(reached, need * (1 + scale), n)


@given(covering_cases())
@settings(deadline=None)
def test_without_looking_for_dominated_candidates(case: tuple[Reached, NDArray[np.float64], int]) -> None:
    reached, need, n = case
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(site_programme, "MOST_OVERLAPS", 0)
        sites = best_sites(reach_of(reached), need, n, time_limit_s=60)
    assert sites.covered == best_of_all(reached, need, n)


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_choose_or_to_cover(shape: tuple[int, int]) -> None:
    sites = best_sites(reach_of(np.zeros(shape, dtype=bool)), np.ones(shape[0]), 2, time_limit_s=60)
    assert (sites.chosen.size, sites.covered, sites.bound, sites.proven) == (0, 0.0, 0.0, True)


def test_no_sites_cannot_be_asked_for() -> None:
    with pytest.raises(InvalidInput):
        best_sites(reach_of(TRAP), TRAP_NEED, 0, time_limit_s=60)
