"""Who is served, moment by moment, against asking one point and one station at a time."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_array

from geoapi.coverage.inputs import CLOSED, OPEN, Supply
from geoapi.coverage.served import served


@given(
    points=st.integers(0, 6),
    stations=st.integers(0, 5),
    patterns=st.integers(1, 4),
    instants=st.integers(1, 7),
    seed=st.integers(0, 2**32 - 1),
)
def test_served_as_one_by_one(points: int, stations: int, patterns: int, instants: int, seed: int) -> None:
    draw = np.random.default_rng(seed)
    near = draw.random((points, stations)) < 0.4
    # a station at the very place is within reach at distance 0: a stored zero
    rows, columns = np.nonzero(near)
    starts = np.concatenate(([0], np.cumsum(near.sum(axis=1)))).astype(np.int64)
    reach = csr_array((np.zeros(rows.size), columns, starts), shape=near.shape)
    supply = Supply(
        np.arange(stations),
        np.zeros(stations),
        np.zeros(stations),
        draw.integers(0, patterns, stations),
        draw.integers(0, 3, (patterns, instants)).astype(np.uint8),
    )
    for reading in ("unknown_closed", "unknown_open"):
        found = served(reach, supply, reading)  # type: ignore[arg-type]
        for point in range(points):
            for instant in range(instants):
                states = supply.states[supply.pattern[near[point]], instant]
                is_open = states == OPEN if reading == "unknown_closed" else states != CLOSED
                assert found.at(instant)[point] == found.by_instant()[point, instant] == bool(is_open.any())
