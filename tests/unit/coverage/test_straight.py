"""Reach by straight line against GeographicLib and PROJ, near and far, at edges of the world too."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from geoapi.coverage.straight import StraightModel, along_surface, earth_centred, through_earth
from tests.unit.coverage.worlds import WGS84, World, scattered, worlds

lons, lats = st.floats(-180, 180), st.floats(-90, 90)


@given(lons, lats)
def test_earth_centred_as_by_proj(lon: float, lat: float) -> None:
    expected = Transformer.from_crs(4979, 4978, always_xy=True).transform(lon, lat, 0.0)
    assert earth_centred(np.array([lon]), np.array([lat]))[0] == pytest.approx(expected, abs=1e-6)


@given(lons, lats, st.floats(0, 360), st.floats(0, 50_000))
def test_distances_to_a_few_millimetres(lon: float, lat: float, azimuth: float, metres: float) -> None:
    to_lon, to_lat, _ = WGS84.fwd(lon, lat, azimuth, metres)
    here, there = earth_centred(np.array([lon, to_lon]), np.array([lat, to_lat]))
    found = along_surface(np.sqrt(((here - there) ** 2).sum()))
    assert found == pytest.approx(metres, abs=2e-3)
    if metres < 5000:
        assert found == pytest.approx(metres, abs=5e-6)


@given(lons, lats, st.floats(0, 360), st.floats(0, 3_000_000))
def test_distances_to_half_a_percent_across_a_continent(
    lon: float, lat: float, azimuth: float, metres: float
) -> None:
    to_lon, to_lat, _ = WGS84.fwd(lon, lat, azimuth, metres)
    here, there = earth_centred(np.array([lon, to_lon]), np.array([lat, to_lat]))
    assert along_surface(np.sqrt(((here - there) ** 2).sum())) == pytest.approx(metres, rel=5e-3, abs=1e-3)


@given(st.floats(0, 1e7))
def test_there_and_back(metres: float) -> None:
    assert along_surface(np.array(through_earth(metres))) == pytest.approx(metres, rel=1e-9, abs=1e-9)


@settings(max_examples=150, deadline=None)
@given(worlds(), st.sampled_from((0.0, 450.0, 1080.0, 5000.0)))
def test_reach_as_by_all_pairs(world: World, limit_m: float) -> None:
    d, s = world.demand, world.supply
    metres = world.metres(1.3)
    apart = (d.lon[:, None] != s.lon) | (d.lat[:, None] != s.lat)
    assume(not (apart & (abs(metres - limit_m) < 1e-3)).any())
    reach = StraightModel(1.3).reach(d.lon, d.lat, s.lon, s.lat, limit_m)
    assert reach.shape == metres.shape
    points, places = np.nonzero(metres <= limit_m)
    stored = reach.tocoo()
    assert sorted(zip(*stored.coords, strict=True)) == sorted(zip(points, places, strict=True))
    # also where the distance is 0: nothing that is stored is taken for nothing
    np.testing.assert_allclose(stored.data, metres[stored.coords], atol=1e-5)
    assert reach.has_sorted_indices


def test_reach_agrees_with_itself_at_the_limit() -> None:
    world = scattered(300, 300)
    d, s = world.demand, world.supply
    far = StraightModel(1.3).reach(d.lon, d.lat, s.lon, s.lat, 3000.0)
    for limit_m in np.sort(far.data)[:: far.nnz // 20]:
        near = StraightModel(1.3).reach(d.lon, d.lat, s.lon, s.lat, limit_m)
        assert near.nnz == (far.data <= limit_m).sum()
        assert near.data.max() == limit_m


@pytest.mark.parametrize(("points", "places"), [(0, 0), (0, 3), (3, 0)])
def test_nothing_reaches_nothing(points: int, places: int) -> None:
    reach = StraightModel(1.3).reach(
        np.zeros(points), np.zeros(points), np.zeros(places), np.zeros(places), 1000.0
    )
    assert reach.shape == (points, places)
    assert reach.nnz == 0
