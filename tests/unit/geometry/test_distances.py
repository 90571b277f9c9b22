"""Sphere against spheroid, and minutes on foot."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from pyproj import Geod

from geoapi.geometry.distances import SPHERE_RADIUS_M, SPHERE_TO_SPHEROID, sphere_distances_m, walk_minutes

WGS84 = Geod(ellps="WGS84")
lons, lats = st.floats(-180, 180), st.floats(-90, 90)


def test_the_radius_is_that_of_postgis() -> None:
    assert pytest.approx((2 * WGS84.a + WGS84.b) / 3, abs=1e-6) == SPHERE_RADIUS_M


@given(lons, lats, lons, lats)
def test_the_bounds_hold(lon: float, lat: float, other_lon: float, other_lat: float) -> None:
    sphere = float(sphere_distances_m(lon, lat, [other_lon], [other_lat])[0])
    assume(sphere > 0.01)
    spheroid = WGS84.inv(lon, lat, other_lon, other_lat)[2]
    low, high = SPHERE_TO_SPHEROID
    assert low <= spheroid / sphere <= high


@pytest.mark.parametrize(
    ("lat", "azimuth", "ratio"), [(0, 0, 0.99442), (0, 90, 1.00112), (89.99, 0, 1.00449), (39.9, 0, 0.99854)]
)
def test_the_bounds_are_nearly_reached(lat: float, azimuth: float, ratio: float) -> None:
    lon2, lat2, _ = WGS84.fwd(0, lat, azimuth, 100)
    assert 100 / float(sphere_distances_m(0, lat, [lon2], [lat2])[0]) == pytest.approx(ratio, abs=2e-5)


@pytest.mark.parametrize(
    ("distance_m", "minutes"), [(0, 0), (0.1, 1), (57.6, 1), (58, 2), (75 / 1.3, 1), (800, 14), (228, 4)]
)
def test_minutes_round_up(distance_m: float, minutes: int) -> None:
    assert walk_minutes(distance_m, seconds_per_metre=1.3 / 1.25) == minutes


def test_a_slower_walk_takes_longer() -> None:
    assert walk_minutes(1000, seconds_per_metre=0.6) == 10
    assert walk_minutes(1000, seconds_per_metre=1.2) == 20
