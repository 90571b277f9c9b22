"""Boxes, the antimeridian included."""

from __future__ import annotations

import numpy as np
import pyproj
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapi.errors import InvalidInput
from geoapi.geometry.boxes import Box, parse_bbox

GEOD = pyproj.Geod(ellps="WGS84")


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("116,39,117,40", [(116, 39, 117, 40)]),
        (" 116.0 , 39 ,117, 40 ", [(116, 39, 117, 40)]),
        ("116，39，117，40", [(116, 39, 117, 40)]),
        ("-180,-90,180,90", [(-180, -90, 180, 90)]),
        ("116,39,116,39", [(116, 39, 116, 39)]),
        ("170,-10,-170,10", [(170, -10, 180, 10), (-180, -10, -170, 10)]),
    ],
)
def test_boxes_read(text: str, parts: list[tuple[float, ...]]) -> None:
    assert list(parse_bbox(text).parts()) == parts


@pytest.mark.parametrize(
    ("text", "mend"),
    [
        ("", "west,south,east,north"),
        ("116,39,117", "west,south,east,north"),
        ("116,39,117,40,41", "west,south,east,north"),
        ("a,b,c,d", "west,south,east,north"),
        ("nan,39,117,40", "west,south,east,north"),
        ("116,39,inf,40", "west,south,east,north"),
        ("39,116,40,117", "the other way round"),
        ("116,40,117,39", "west,south,east,north"),
        ("116,39,217,40", "west,south,east,north"),
        ("116,39,117,95", "west,south,east,north"),
        ("1\0,39,117,40", "west,south,east,north"),
    ],
)
def test_boxes_refused_with_a_mend(text: str, mend: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_bbox(text)
    assert caught.value.field == "bbox"
    assert caught.value.mend is not None
    assert mend in caught.value.mend.en


@given(
    west=st.floats(-180, 180), east=st.floats(-180, 180), lon=st.floats(-180, 180), lat=st.floats(-90, 90),
    edges=st.tuples(st.floats(-90, 90), st.floats(-90, 90)).map(sorted),
)  # fmt: skip
def test_a_box_is_its_parts(west: float, east: float, lon: float, lat: float, edges: list[float]) -> None:
    box = Box(west, edges[0], east, edges[1])
    x, y = np.array([lon]), np.array([lat])
    assert all(part.west <= part.east for part in box.parts())
    assert box.contains(x, y)[0] == any(part.contains(x, y)[0] for part in box.parts())


def test_a_grown_box_stays_on_earth() -> None:
    assert Box(-179.9, 80.0, 10.0, 89.9).grown(0.5) == Box(-180.0, 79.5, 10.5, 90.0)


@given(
    lon=st.floats(-170, 170), lat=st.floats(-85, 85), metres=st.floats(1, 100_000), bearing=st.floats(0, 360)
)
def test_a_box_with_a_margin_holds_all_that_is_so_near(
    lon: float, lat: float, metres: float, bearing: float
) -> None:
    """Against GeographicLib: as far as the margin in any direction."""
    there_lon, there_lat, _ = GEOD.fwd(lon, lat, bearing, metres)
    box = Box(lon, lat, lon, lat).beside(metres)
    assert box.contains(np.array([there_lon]), np.array([there_lat])).all() or abs(there_lon - lon) > 180
