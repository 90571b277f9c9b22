"""Tiles of Web Mercator: every point is one tile's, and a tile's ground has all that it shows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Transformer

from geoapi.errors import InvalidInput
from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile, project, project_points, unproject, web_tile

TO_MERCATOR = Transformer.from_crs(4326, 3857, always_xy=True)
lons = st.floats(-180, 180)
lats = st.floats(-85, 85)
zooms = st.integers(0, 12)


@given(lons, lats)
def test_the_projection_is_projs(lon: float, lat: float) -> None:
    x, y = project(np.array([lon]), np.array([lat]))
    assert (x[0], y[0]) == pytest.approx(TO_MERCATOR.transform(lon, lat), abs=1e-6)
    back = unproject(x, y)
    assert (back[0][0], back[1][0]) == pytest.approx((lon, lat), abs=1e-9)


@given(lons, st.floats(-90, 90), zooms)
def test_every_point_is_one_tiles_alone(lon: float, lat: float, z: int) -> None:
    x, y = project(np.array([lon]), np.array([lat]))
    west, south, east, north = WebTile(0, 0, 0).bounds
    column = min(int((x[0] - west) / (east - west) * (1 << z)), (1 << z) - 1)
    row = min(int((north - y[0]) / (north - south) * (1 << z)), (1 << z) - 1)
    around = [
        WebTile(z, column + right, row + down)
        for right in (-1, 0, 1) for down in (-1, 0, 1)
        if 0 <= column + right < 1 << z and 0 <= row + down < 1 << z
    ]  # fmt: skip
    assert sum(bool(tile.holds(x, y)[0]) for tile in around) == 1


@given(st.floats(70, 140), st.floats(0, 55), zooms, st.sampled_from(list(Datum)))
def test_the_ground_of_a_tile_has_every_point_that_it_shows(
    lon: float, lat: float, z: int, datum: Datum
) -> None:
    x, y = project_points(np.array([lon]), np.array([lat]), datum)
    west, _, _, north = WebTile(0, 0, 0).bounds
    size = WebTile(z, 0, 0).size_m
    tile = WebTile(z, int((x[0] - west) // size), int((north - y[0]) // size))
    assert tile.ground(datum).contains(np.array([lon]), np.array([lat]))[0]


@pytest.mark.parametrize(
    ("numbers", "field"), [((-1, 0, 0), "z"), ((13, 0, 0), "z"), ((2, 4, 0), "x"), ((2, 0, -1), "y")]
)
def test_a_tile_that_is_none_is_named(numbers: tuple[int, int, int], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        web_tile(*numbers, deepest=12)
    assert refused.value.field == field
    assert refused.value.mend is not None
