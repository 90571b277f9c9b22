"""Pairs within reach, counted, against making them."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from geoapi.coverage.pairs import pairs_within
from geoapi.coverage.straight import StraightModel


@given(points=st.integers(0, 40), places=st.integers(0, 30), seed=st.integers(0, 2**32 - 1),
       metres=st.floats(1, 20_000))  # fmt: skip
def test_as_many_as_reach_finds(points: int, places: int, seed: int, metres: float) -> None:
    draw = np.random.default_rng(seed)
    lon, to_lon = 179.95 + draw.random(points) / 10, 179.95 + draw.random(places) / 10
    lat, to_lat = 60 + draw.random(points) / 10, 60 + draw.random(places) / 10
    lon, to_lon = np.where(lon > 180, lon - 360, lon), np.where(to_lon > 180, to_lon - 360, to_lon)
    found = StraightModel(1.0).reach(lon, lat, to_lon, to_lat, metres)
    assert pairs_within(lon, lat, to_lon, to_lat, metres) == found.nnz
