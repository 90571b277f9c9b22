"""Small worlds to measure, and what is true in them by going through all pairs."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod

from geoapi.coverage.figures import Measures
from geoapi.coverage.inputs import OPEN, UNKNOWN, Cell, Demand, Floats, Supply

WGS84 = Geod(ellps="WGS84")
AREAS = ("110101", "110102", "110105")
# a plain, mountains, both sides of the antimeridian, both poles, the equator
PLACES = ((116.4, 39.9), (115.6, 40.2), (180.0, -16.5), (20.0, 89.999), (-70.0, -90.0), (0.0, 0.0))
STEP_DEGREES = 0.004


@dataclass(frozen=True)
class World:
    """Demand and supply a few kilometres across."""

    demand: Demand
    supply: Supply

    def metres(self, detour_factor: float) -> Floats:
        """(points, stations) on the spheroid by GeographicLib, which knows nothing of ours."""
        d, s = self.demand, self.supply
        lon, to_lon = np.meshgrid(d.lon, s.lon, indexing="ij")
        lat, to_lat = np.meshgrid(d.lat, s.lat, indexing="ij")
        return np.asarray(WGS84.inv(lon, lat, to_lon, to_lat)[2]).reshape(lon.shape) * detour_factor


def demand_of(
    lon: list[float], lat: list[float], weight: list[float] | None = None, area: list[int] | None = None
) -> Demand:
    """Points, each of weight 1 in the first area unless said otherwise."""
    return Demand(
        np.array(lon, dtype=float),
        np.array(lat, dtype=float),
        np.array(weight if weight is not None else [1.0] * len(lon), dtype=float),
        np.array(area if area is not None else [0] * len(lon), dtype=np.int64),
        AREAS,
        Cell("point", 100.0),
    )


def supply_of(
    lon: list[float], lat: list[float], states: list[list[int]] | NDArray[np.uint8], pattern: list[int]
) -> Supply:
    """Stations with the row of `states` of each."""
    return Supply(
        np.arange(len(lon)),
        np.array(lon, dtype=float),
        np.array(lat, dtype=float),
        np.array(pattern, dtype=np.int64),
        np.array(states, dtype=np.uint8),
    )


@st.composite
def worlds(draw: st.DrawFn, most_points: int = 10, most_stations: int = 10) -> World:
    """Points and stations on a lattice, so that they coincide and tie, over each other's borders."""
    lon0, lat0 = draw(st.sampled_from(PLACES))
    steps = st.tuples(st.integers(-9, 9), st.integers(-9, 9))
    points = draw(st.lists(steps, max_size=most_points))
    stations = draw(st.lists(steps, max_size=most_stations))
    weights = draw(
        st.lists(st.sampled_from((0, 1, 1, 2, 7)), min_size=len(points), max_size=len(points))
    )  # fmt: skip
    areas = draw(st.lists(st.integers(-1, 2), min_size=len(points), max_size=len(points)))
    hours = st.lists(st.sampled_from((0, 1, 2)), min_size=4, max_size=4)
    states = draw(st.lists(hours, min_size=1, max_size=5))
    patterns = st.lists(st.integers(0, len(states) - 1), min_size=len(stations), max_size=len(stations))
    return World(
        demand_of(*_spread(points, lon0, lat0), [float(w) for w in weights], areas),
        supply_of(*_spread(stations, lon0, lat0), states, draw(patterns)),
    )


def _spread(steps: list[tuple[int, int]], lon0: float, lat0: float) -> tuple[list[float], list[float]]:
    wide = STEP_DEGREES / max(np.cos(np.radians(lat0)), 0.01)
    lon = [(lon0 + x * wide + 180.0) % 360.0 - 180.0 for x, _ in steps]
    return lon, [float(np.clip(lat0 + y * STEP_DEGREES, -90.0, 90.0)) for _, y in steps]


def scattered(points: int, stations: int, *, seed: int = 3) -> World:
    """A world of many tiles: points and stations over half a degree, 24 instants, weights in tenths."""
    rng = np.random.default_rng(seed)
    demand = Demand(
        116.0 + rng.random(points) * 0.6,
        39.7 + rng.random(points) * 0.5,
        rng.integers(0, 50, points) / 10.0,
        rng.integers(-1, len(AREAS), points),
        AREAS,
        Cell("grid", 250.0),
    )
    supply = Supply(
        np.arange(stations),
        116.0 + rng.random(stations) ** 2 * 0.6,
        39.7 + rng.random(stations) ** 2 * 0.5,
        rng.integers(0, 12, stations),
        rng.choice(np.array([0, 1, 2], dtype=np.uint8), (12, 24), p=(0.5, 0.4, 0.1)),
    )
    return World(demand, supply)


def nearest_open(metres: Floats, supply: Supply) -> Floats:
    """(2, instants, points) metres to the nearest open station from those (points, stations); inf: none."""
    counted = (supply.states == OPEN), (supply.states == OPEN) | (supply.states == UNKNOWN)
    answer = np.full((2, supply.instants, len(metres)), np.inf)
    for reading, states in enumerate(counted):
        for instant in range(supply.instants):
            is_open = states[supply.pattern, instant]
            if is_open.any():
                answer[reading, instant] = metres[:, is_open].min(axis=1)
    return answer


def same(one: Measures, other: Measures) -> bool:
    """Equal to the last bit, NaN where NaN."""
    return all(
        np.array_equal(getattr(one, field.name), getattr(other, field.name), equal_nan=True)
        for field in fields(Measures)
    )
