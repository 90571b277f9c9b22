"""Percentile, worst-served decile and Gini from a histogram against those from the points."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapi.coverage.statistics import distances_of, empty_histogram, histogram_of

pairs = st.lists(
    st.tuples(st.floats(0, 6e7, width=32), st.integers(1, 9) | st.sampled_from((1000,))),
    min_size=1,
    max_size=40,
)


def figures(metres: list[float], weight: list[float]) -> tuple[float, float, float, float]:
    histogram = histogram_of(np.array([metres], dtype=np.float32), np.array(weight, dtype=float))
    found = distances_of(histogram)
    return found.mean_m[0], found.p90_m[0], found.worst_decile_m[0], found.gini[0]


@given(pairs)
def test_as_from_the_points(pairs: list[tuple[float, int]]) -> None:
    # the definitions, one unit of weight after another
    units = np.sort(np.repeat([m for m, _ in pairs], [w for _, w in pairs])).astype(float)
    many = len(units)
    mean, p90, worst, gini = figures([m for m, _ in pairs], [w for _, w in pairs])
    assert mean == pytest.approx(units.mean(), rel=1e-9)
    assert p90 == pytest.approx(units[-(-9 * many // 10) - 1], rel=2e-3, abs=1.0)
    tenth = np.clip(np.arange(1, many + 1) - 0.9 * many, 0, 1)
    assert worst == pytest.approx((units * tenth).sum() / tenth.sum(), rel=2e-3, abs=1.0)
    if units.mean() > 1.0:
        ranks = 2 * np.arange(1, many + 1) - many - 1
        assert gini == pytest.approx((ranks * units).sum() / (many * units.sum()), abs=2e-3)
    assert 0.0 <= gini <= 1.0


@pytest.mark.parametrize(
    ("metres", "weight", "expected"),
    [
        ([500.0], [3.0], (500.0, 500.0, 500.0, 0.0)),
        ([0.0, 0.0], [1.0, 1.0], (0.0, 0.0, 0.0, 0.0)),
        ([0.0, 1000.0], [1.0, 1.0], (500.0, 1000.0, 1000.0, 0.5)),
        ([100.0, 1000.0], [9.0, 1.0], (190.0, 100.0, 1000.0, 0.9 - 9 / 19)),
        # a tenth of the weight ends within a point
        ([100.0, 1000.0], [19.0, 1.0], (145.0, 100.0, 550.0, 0.95 - 19 / 29)),
    ],
)
def test_by_hand(metres: list[float], weight: list[float], expected: tuple[float, ...]) -> None:
    assert figures(metres, weight) == pytest.approx(expected, abs=1e-9)


def test_tenths_that_do_not_add_up_in_binary() -> None:
    assert figures([float(m) for m in range(100, 1100, 100)], [0.1] * 10)[1] == pytest.approx(900.0)


def test_what_cannot_be_reached_is_told_apart() -> None:
    metres = np.array([[100.0, np.inf, 300.0], [np.inf, np.inf, np.inf]], dtype=np.float32)
    histogram = histogram_of(metres, np.array([1.0, 2.0, 1.0]))
    assert histogram.unreached.tolist() == [2.0, 4.0]
    found = distances_of(histogram)
    assert found.mean_m[0] == 200.0
    for part in (found.mean_m, found.p90_m, found.worst_decile_m, found.gini):
        assert np.isnan(part).tolist() == [False, True]


def test_nothing_has_no_distance() -> None:
    for empty in (empty_histogram(2), histogram_of(np.zeros((2, 0), dtype=np.float32), np.zeros(0))):
        assert np.isnan(distances_of(empty).mean_m).tolist() == [True, True]
        assert empty.unreached.tolist() == [0.0, 0.0]


@given(pairs, pairs)
def test_histograms_add_up(one: list[tuple[float, int]], other: list[tuple[float, int]]) -> None:
    def histogram(points: list[tuple[float, int]]) -> object:
        metres = np.array([[m for m, _ in points]], dtype=np.float32)
        return histogram_of(metres, np.array([float(w) for _, w in points]))

    both, sum_ = distances_of(histogram(one + other)), distances_of(histogram(one) + histogram(other))
    for name in ("mean_m", "p90_m", "worst_decile_m", "gini"):
        assert getattr(sum_, name)[0] == pytest.approx(getattr(both, name)[0], rel=1e-9, abs=1e-9)
