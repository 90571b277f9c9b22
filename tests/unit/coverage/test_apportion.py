"""Shares add up, exactly, whatever they are of."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapi.coverage.apportion import apportion, smallest_unit, spread

weights = st.lists(
    st.one_of(st.just(0.0), st.floats(1e-12, 1e12), st.integers(1, 9).map(float)), min_size=1, max_size=60
).filter(lambda values: sum(values) > 0)


@given(st.integers(0, 10**12), weights)
def test_shares_add_up_and_are_whole(total: int, weight: list[float]) -> None:
    shares = apportion(total, weight)
    assert sum(map(int, shares.tolist())) == total
    assert (shares == np.floor(shares)).all()
    assert (shares >= 0).all()
    assert not shares[np.array(weight) == 0].any()


@given(st.integers(0, 10**6), weights)
def test_no_share_is_a_whole_unit_from_its_ideal(total: int, weight: list[float]) -> None:
    """The quota rule, in exact arithmetic."""
    whole = sum(map(Fraction, weight))
    for share, one in zip(apportion(total, weight).tolist(), weight, strict=True):
        assert abs(Fraction(share) - total * Fraction(one) / whole) < 1 + Fraction(1, 10**6)


def hamilton(total: int, weight: list[int]) -> list[int]:
    """Largest remainders by fractions."""
    ideal = [Fraction(total * one, sum(weight)) for one in weight]
    shares = [math.floor(one) for one in ideal]
    by_remainder = sorted(range(len(weight)), key=lambda n: (shares[n] - ideal[n], n))
    for n in by_remainder[: total - sum(shares)]:
        shares[n] += 1
    return shares


@given(st.integers(0, 5000), st.lists(st.sampled_from([1, 2, 4, 8, 16, 64]), min_size=1, max_size=30))
def test_largest_remainders(total: int, weight: list[int]) -> None:
    # pad to a power of two, so that floats have the ideals exactly and ties are ties
    rest = 2 ** math.ceil(math.log2(sum(weight))) - sum(weight)
    padded = [*weight, rest]
    assert apportion(total, padded).astype(int).tolist() == hamilton(total, padded)


def test_ties_go_to_the_first() -> None:
    assert apportion(2, [1, 1, 1, 1]).tolist() == [1, 1, 0, 0]
    assert apportion(1, [0, 1, 1]).tolist() == [0, 1, 0]


def test_a_unit_of_its_own() -> None:
    assert apportion(1.0, [1, 1, 1], 0.1).tolist() == [0.4, 0.3, 0.3]
    assert apportion(50_000, [1, 2], 1000).tolist() == [17_000, 33_000]
    assert math.fsum(apportion(33.3, [1] * 7, 0.1).tolist()) == pytest.approx(33.3, abs=1e-12)


@pytest.mark.parametrize(
    ("total", "weight", "unit"),
    [
        (-1, [1], 1), (1.5, [1], 1), (2**54, [1], 1), (1, [], 1), (1, [0, 0], 1), (1, [-1, 2], 1),
        (1, [math.nan], 1), (1, [math.inf], 1), (1, [[1], [2]], 1), (100, [1, 2], 1000),
    ],
)  # fmt: skip
def test_what_cannot_be_shared(total: float, weight: list[float], unit: float) -> None:
    with pytest.raises(ValueError, match=r"."):
        apportion(total, weight, unit)


def test_nothing_to_share_needs_no_weight() -> None:
    assert apportion(0, []).tolist() == []
    assert apportion(0, [0.0, 0.0]).tolist() == [0, 0]


@pytest.mark.parametrize(
    ("values", "unit"),
    [([], 1), ([5, 10], 1), ([1e6], 1), ([2.5], 0.1), ([2.5, 0.125], 0.001), ([1 / 3], 1e-6)],
)
def test_the_smallest_unit(values: list[float], unit: float) -> None:
    assert smallest_unit(values) == unit


@given(
    st.lists(st.integers(0, 10**6), min_size=1, max_size=6),
    st.lists(st.tuples(st.integers(-1, 5), st.sampled_from([0.0, 1.0, 2.5, 1e-9])), max_size=80),
)
def test_spreading_keeps_every_total(totals: list[int], points: list[tuple[int, float]]) -> None:
    area = np.array([place if place < len(totals) else -1 for place, _ in points], dtype=np.int64)
    weight = np.array([one for _, one in points], dtype=np.float64)
    lon = np.arange(len(points), dtype=np.float64)
    found = spread(
        totals, [-1.0] * len(totals), [50.0] * len(totals), lon=lon, lat=lon, weight=weight, area=area
    )
    sums = np.bincount(found.area, weights=found.weight, minlength=len(totals))
    assert sums.astype(int).tolist() == totals
    assert (found.weight > 0).all()
    useful = set(area[weight > 0].tolist())
    assert found.without == tuple(n for n, total in enumerate(totals) if total and n not in useful)
    assert found.unused == int((area < 0).sum())
    # every ancillary point is used, unused or left with nothing
    ancillary = int((found.lon >= 0).sum())
    assert ancillary + found.unused + found.unpeopled == len(points)
    assert all(found.lon[n] == -1 for n, place in enumerate(found.area) if place in found.without)


def test_spreading_half_people() -> None:
    one = np.zeros(3)
    found = spread([0.5], [0.0], [0.0], lon=one, lat=one, weight=one + 1, area=np.zeros(3, dtype=np.int64))
    assert found.weight.tolist() == [0.2, 0.2, 0.1]
