"""The next sites, one after another: against brute force, and how far from the optimum they say to be."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geoapi.coverage.sites import need_of, next_sites, ones
from geoapi.errors import InvalidInput

Reached = NDArray[np.bool_]


def reach_of(reached: Reached) -> csr_array:
    """A reach matrix with distance 0 stored wherever there is reach: the hardest value to keep."""
    points, candidates = np.nonzero(reached)
    starts = np.concatenate(([0], np.cumsum(reached.sum(axis=1)))).astype(np.int64)
    assert points.size == starts[-1]
    return csr_array((np.zeros(candidates.size), candidates, starts), shape=reached.shape)


@st.composite
def covering_cases(draw: st.DrawFn) -> tuple[Reached, NDArray[np.float64], int]:
    points, candidates = draw(st.integers(0, 9)), draw(st.integers(0, 7))
    bits = draw(st.lists(st.booleans(), min_size=points * candidates, max_size=points * candidates))
    need = draw(st.lists(st.integers(0, 5), min_size=points, max_size=points))
    reached = np.array(bits, dtype=bool).reshape(points, candidates)
    return reached, np.array(need, dtype=np.float64), draw(st.integers(1, 8))


def covered_by(reached: Reached, need: NDArray[np.float64], chosen: list[int]) -> float:
    return float(need[reached[:, chosen].any(axis=1)].sum())


def best_of_all(reached: Reached, need: NDArray[np.float64], n: int) -> float:
    """The optimum by trying every subset."""
    candidates = range(reached.shape[1])
    sets = combinations(candidates, min(n, reached.shape[1]))
    return max(covered_by(reached, need, list(chosen)) for chosen in sets)


def greedy_by_hand(reached: Reached, need: NDArray[np.float64], n: int) -> tuple[list[int], list[float]]:
    chosen: list[int] = []
    gain: list[float] = []
    for _ in range(min(n, reached.shape[1])):
        now = covered_by(reached, need, chosen)
        gains = [covered_by(reached, need, [*chosen, j]) - now for j in range(reached.shape[1])]
        if max(gains) == 0:
            break
        chosen.append(gains.index(max(gains)))
        gain.append(max(gains))
    return chosen, gain


@given(covering_cases())
def test_each_site_is_the_best_at_its_turn(case: tuple[Reached, NDArray[np.float64], int]) -> None:
    reached, need, n = case
    sites = next_sites(reach_of(reached), need, n)
    assert (sites.chosen.tolist(), sites.gain.tolist()) == greedy_by_hand(reached, need, n)
    assert sites.complete == (len(sites.chosen) == n)


@given(covering_cases())
def test_the_bound_holds_and_the_guarantee_is_kept(case: tuple[Reached, NDArray[np.float64], int]) -> None:
    reached, need, n = case
    sites = next_sites(reach_of(reached), need, n)
    best = best_of_all(reached, need, n)
    assert (1 - 1 / np.e) * best <= sites.covered <= best <= sites.bound
    assert sites.covered == covered_by(reached, need, sites.chosen.tolist())
    assert sites.gain.tolist() == sorted(sites.gain, reverse=True)
    if sites.optimal:
        assert sites.covered == best
        assert sites.gap == 0


@given(covering_cases())
def test_one_site_is_known_to_be_the_best(case: tuple[Reached, NDArray[np.float64], int]) -> None:
    reached, need, _ = case
    assert next_sites(reach_of(reached), need, 1).optimal


def test_ties_go_to_the_first() -> None:
    reached = np.array([[0, 1, 1, 0], [1, 0, 0, 1]], dtype=bool)
    assert next_sites(reach_of(reached), np.array([2.0, 2.0]), 4).chosen.tolist() == [0, 1]


def test_the_trap_of_greed_is_seen() -> None:
    """The middle looks best and spoils both halves: greedy covers 7 of 8 and says that 8 may be possible."""
    #    A B middle
    reached = np.array([[1, 0, 0], [1, 0, 1], [0, 1, 1], [0, 1, 0]], dtype=bool)
    sites = next_sites(reach_of(reached), np.array([1.0, 3.0, 3.0, 1.0]), 2)
    assert (sites.chosen.tolist(), sites.gain.tolist(), sites.bound) == ([2, 0], [6.0, 1.0], 8.0)
    assert not sites.optimal
    assert sites.gap == 1 / 8


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_nothing_to_choose_or_to_cover(shape: tuple[int, int]) -> None:
    sites = next_sites(reach_of(np.zeros(shape, dtype=bool)), np.ones(shape[0]), 2)
    assert (sites.chosen.size, sites.covered, sites.bound, sites.gap) == (0, 0.0, 0.0, 0.0)
    assert sites.optimal
    assert not sites.complete


@pytest.mark.parametrize("n", [0, -1])
def test_no_sites_cannot_be_asked_for(n: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        next_sites(reach_of(np.ones((1, 1), dtype=bool)), np.ones(1), n)
    assert caught.value.field == "n"


def test_what_was_given_stays_as_it_was() -> None:
    need, reach = np.array([1.0, 2.0]), reach_of(np.ones((2, 2), dtype=bool))
    next_sites(reach, need, 1)
    assert need.tolist() == [1.0, 2.0]
    assert reach.data.tolist() == [0.0] * 4
    assert ones(reach).data.tolist() == [1.0] * 4


def test_a_week_is_folded_into_one_need() -> None:
    weight = np.array([2.0, 3.0, 0.0])
    covered = np.array([[1, 0, 0], [0, 0, 1], [0, 0, 0]], dtype=bool)
    assert need_of(weight, covered).tolist() == [4.0, 6.0, 0.0]
    assert need_of(weight, covered, np.array([True, False, False])).tolist() == [0.0, 3.0, 0.0]
    assert need_of(weight, covered, np.zeros(3, dtype=bool)).tolist() == [0.0, 0.0, 0.0]


@given(st.integers(0, 2**32 - 1))
def test_a_folded_week_gains_what_the_hours_gain_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    covered = rng.random((6, 5)) < 0.5
    reached, weight, hours = rng.random((6, 3)) < 0.5, rng.integers(0, 9, 6) * 1.0, rng.random(5) < 0.6
    sites = next_sites(reach_of(reached), need_of(weight, covered, hours), 1)
    by_hour = [
        sum(float(weight[reached[:, j] & ~covered[:, hour]].sum()) for hour in np.flatnonzero(hours))
        for j in range(3)
    ]
    assert sites.covered == max(by_hour)
