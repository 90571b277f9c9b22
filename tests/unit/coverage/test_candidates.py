"""Candidate places thinned: nowhere is lost, the neediest stay."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geoapi.coverage.candidates import need_nearby, thin
from geoapi.errors import InvalidInput
from geoapi.geometry.distances import sphere_distances_m

Points = tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]


def city(seed: int, count: int = 300) -> Points:
    """Points about Beijing, crowded in the middle, every fourth without need, needs often the same."""
    rng = np.random.default_rng(seed)
    lon, lat = 116.4 + rng.normal(0, 0.3, count), 39.9 + rng.normal(0, 0.2, count)
    return lon, lat, np.where(np.arange(count) % 4 == 0, 0.0, rng.integers(1, 30, count) * 1.0)


@given(st.integers(0, 2**32 - 1), st.integers(1, 400))
@settings(deadline=None)
def test_each_point_left_out_has_one_near_with_as_much_need(seed: int, most: int) -> None:
    lon, lat, need = city(seed)
    found = thin(lon, lat, need, most)
    assert 0 < found.kept.size <= most
    assert found.considered == np.count_nonzero(need)
    assert (need[found.kept] > 0).all()
    assert (np.diff(found.kept) > 0).all()
    if found.cell_m is None:
        assert found.kept.tolist() == np.flatnonzero(need).tolist()
        assert not found.thinned
        return
    assert found.thinned
    assert need[found.kept].max() == need.max()
    if found.cell_m > 100_000:  # a few cells of a province: their rows are no squares any more
        return
    for point in np.setdiff1d(np.flatnonzero(need), found.kept):
        metres = sphere_distances_m(lon[point], lat[point], lon[found.kept], lat[found.kept])
        assert need[found.kept[metres <= found.cell_m * 1.45]].max(initial=-1.0) >= need[point]


@given(st.integers(0, 2**32 - 1), st.integers(1, 300), st.randoms(use_true_random=False))
@settings(deadline=None)
def test_the_order_of_points_decides_ties_only(seed: int, most: int, random) -> None:  # type: ignore[no-untyped-def]
    lon, lat, need = city(seed)
    need = need * 1000 + np.where(need > 0, np.arange(need.size), 0)  # no two alike
    order = np.array(random.sample(range(need.size), need.size))
    plain, mixed = thin(lon, lat, need, most), thin(lon[order], lat[order], need[order], most)
    assert sorted(order[mixed.kept]) == plain.kept.tolist()
    assert mixed.cell_m == plain.cell_m


def test_nearly_as_many_as_allowed_are_kept() -> None:
    lon, lat = (
        axis.ravel() for axis in np.meshgrid(np.linspace(116, 117, 300), np.linspace(39.5, 40.5, 300))
    )
    found = thin(lon, lat, np.ones(lon.size), 20_000)
    assert 0.6 * 20_000 < found.kept.size <= 20_000


def test_of_equals_in_a_cell_the_first_stays() -> None:
    assert thin(np.full(3, 116.4), np.full(3, 39.9), np.array([1.0, 2.0, 2.0]), 1).kept.tolist() == [1]


def test_far_places_are_not_lost_to_crowded_ones() -> None:
    """A hundred points in town with much need, and one village with little: both have a candidate."""
    rng = np.random.default_rng(0)
    lon, lat = (
        np.append(116.4 + rng.normal(0, 0.001, 100), 117.2),
        np.append(39.9 + rng.normal(0, 0.001, 100), 40.5),
    )
    assert 100 in thin(lon, lat, np.append(np.full(100, 50.0), 1.0), 5).kept


@pytest.mark.parametrize(
    ("lon", "lat"), [(-180.0, -90.0), (180.0, 90.0), (179.999, 0.0), (0.0, 90.0), (-180.0, 40.0)]
)
def test_the_edges_of_the_world(lon: float, lat: float) -> None:
    found = thin(np.array([lon, 0.0]), np.array([lat, 0.0]), np.array([1.0, 2.0]), 1)
    assert found.kept.tolist() == [1]
    assert thin(np.array([lon, 0.0]), np.array([lat, 0.0]), np.array([1.0, 2.0]), 2).kept.tolist() == [0, 1]


def test_no_points_and_no_need() -> None:
    nothing = np.zeros(0)
    assert thin(nothing, nothing, nothing, 5).kept.tolist() == []
    found = thin(np.zeros(3), np.zeros(3), np.zeros(3), 1)
    assert (found.kept.tolist(), found.considered, found.cell_m, found.thinned) == ([], 0, None, False)


@given(st.integers(0, 2**32 - 1), st.floats(2_000, 20_000))
@settings(deadline=None, max_examples=25)
def test_need_nearby_is_between_a_smaller_and_a_larger_circle(seed: int, radius_m: float) -> None:
    lon, lat, need = city(seed, 80)
    found = need_nearby(lon, lat, need, radius_m)
    for point in range(lon.size):
        metres = sphere_distances_m(lon[point], lat[point], lon, lat)
        # 1.5 cells of a twelfth each way, and 2 % for one lattice over latitudes
        inner, outer = need[metres < radius_m * 0.85].sum(), need[metres < radius_m * 1.15].sum()
        assert inner - 1e-6 <= found[point] <= outer + 1e-6
        assert found[point] >= need[point]


def test_need_nearby_of_nothing_and_of_one() -> None:
    nothing, one = np.zeros(0), np.array([116.4])
    assert need_nearby(nothing, nothing, nothing, 800.0).shape == (0,)
    assert need_nearby(one, np.array([39.9]), np.array([3.0]), 800.0) == pytest.approx(3.0)
    assert need_nearby(one, np.array([39.9]), np.zeros(1), 800.0).tolist() == [0.0]


@pytest.mark.parametrize("most", [0, -1])
def test_there_must_be_room_for_one(most: int) -> None:
    with pytest.raises(InvalidInput) as caught:
        thin(np.zeros(1), np.zeros(1), np.ones(1), most)
    assert caught.value.field == "candidates"
