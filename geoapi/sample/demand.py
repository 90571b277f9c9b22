"""Made-up demand for the sample city: where its residents live and where its outdoor workers work.

Residents add up to the census of 2020 district by district; where in a district they live is invented, thick
around the sample's streets and towns and thin elsewhere. Outdoor workers are invented altogether: fewer,
drawn to centres and to the roads between them. Both on a 250 m grid, whole people, empty cells left out.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.apportion import apportion
from geoapi.coverage.grid import area_grid
from geoapi.coverage.inputs import Demand
from geoapi.sample.city import AS_OF, CENTRALITY, DEFAULT_SEED
from geoapi.sample.districts import RESIDENTS_2020, sample_districts
from geoapi.sample.draws import Draws, shares
from geoapi.sample.places import DEGREES_PER_M_EAST, DEGREES_PER_M_NORTH, Place, places

CELL_SIZE_M: Final = 250.0
OUTDOOR_WORKERS: Final = 600_000
"""A guess: about one in twenty of the employed."""

CENSUS_DAY: Final = date(2020, 11, 1)
EMPTY_SHARE: Final = 0.12
"""Of the cells, at random: parks, water, rail yards."""

ROAD_WIDTH_M: Final = 220.0
ROAD_SHARE: Final = 0.35

# Planned for the city: 2,000 nursing rooms and 300 psychological care points.
PLANNED: Final = {"nursing_room": 2_000, "psych_point": 300}
PLANNED_BY: Final = date(2027, 12, 31)

Numbers = NDArray[np.float64]
Density = Callable[[tuple[Place, ...], Numbers, Numbers], Numbers]


@dataclass(frozen=True, slots=True, eq=False)
class SampleDemand:
    """A made-up layer: what it is called, and its cells."""

    code: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    as_of: date
    points: Demand


def sample_demand(seed: int = DEFAULT_SEED) -> tuple[SampleDemand, SampleDemand]:
    """Residents and outdoor workers: the same to the byte at every making."""
    grid = _grid()
    residents = _people(grid, list(RESIDENTS_2020.values()), seed, "residents", _near_homes)
    workers = _people(grid, _workers(), seed, "outdoor_workers", _near_streets)
    return (
        SampleDemand(
            "sample_residents", "示例常住人口", "Sample residents", "人", "people", CENSUS_DAY, residents
        ),
        SampleDemand(
            "sample_outdoor_workers", "示例户外劳动者", "Sample outdoor workers", "人", "workers", AS_OF,
            workers,
        ),
    )  # fmt: skip


def sample_targets() -> dict[str, dict[str, int]]:
    """Planned counts: kind → district code → how many, in proportion to residents."""
    codes, residents = list(RESIDENTS_2020), [float(n) for n in RESIDENTS_2020.values()]
    return {kind: dict(zip(codes, shares(total, residents), strict=True)) for kind, total in PLANNED.items()}


@cache
def _grid() -> Demand:
    districts = sample_districts()
    return area_grid(
        [one.polygon for one in districts], [one.code for one in districts], cell_size_m=CELL_SIZE_M
    )


def _workers() -> list[int]:
    weights = [RESIDENTS_2020[code] * CENTRALITY[code] for code in RESIDENTS_2020]
    return shares(OUTDOOR_WORKERS, weights)


def _people(grid: Demand, totals: list[int], seed: int, label: str, density: Density) -> Demand:
    people = np.zeros(len(grid))
    luck = Draws(seed, f"demand/{label}").uniforms(len(grid), 2)
    for number, (code, total) in enumerate(zip(grid.areas, totals, strict=True)):
        here = np.flatnonzero(grid.area == number)
        weight = density(places()[code], grid.lon[here], grid.lat[here])
        # one inhabited block is up to four times as dense as the next
        weight *= np.where(luck[here, 0] < EMPTY_SHARE, 0.0, 0.4 + luck[here, 1] * 1.2)
        people[here] = apportion(total, weight)
    peopled = np.flatnonzero(people > 0)
    return Demand(
        grid.lon[peopled], grid.lat[peopled], people[peopled], grid.area[peopled], grid.areas, grid.cell
    )


def _near_homes(here: tuple[Place, ...], lon: Numbers, lat: Numbers) -> Numbers:
    weight = np.zeros(lon.size)
    for place in here:
        reach_m = place.form.spread_m * 2.2
        weight += _hill(_metres(place, lon, lat), reach_m, place.form.weight)
    return weight


def _near_streets(here: tuple[Place, ...], lon: Numbers, lat: Numbers) -> Numbers:
    weight = np.zeros(lon.size)
    for place in here:
        weight += _hill(_metres(place, lon, lat), place.form.walk_m * 1.5 + 250.0, place.form.weight)
        for other in _neighbours(place, here):
            length_m, to_road = _metres_to_road(place, other, lon, lat)
            along = ROAD_SHARE * place.form.weight / (length_m * ROAD_WIDTH_M)
            weight += along * _falling(to_road, ROAD_WIDTH_M)
    return weight


def _hill(metres: tuple[Numbers, Numbers], reach_m: float, weight: float) -> Numbers:
    """A density that falls off about a point, and whose whole is `weight` × π."""
    east, north = metres
    return weight / (reach_m * reach_m) * _falling(east * east + north * north, reach_m)


def _falling(square_m: Numbers, reach_m: float) -> Numbers:
    """1 / (1 + d²/r²)²: only products and quotients, whose last bit is the same everywhere."""
    ratio = 1.0 + square_m / (reach_m * reach_m)
    return 1.0 / (ratio * ratio)


def _metres(place: Place, lon: Numbers, lat: Numbers) -> tuple[Numbers, Numbers]:
    return (lon - place.lon) / DEGREES_PER_M_EAST, (lat - place.lat) / DEGREES_PER_M_NORTH


def _neighbours(place: Place, here: tuple[Place, ...]) -> list[Place]:
    """The two nearest other places of the district."""

    def square(other: Place) -> float:
        east = (other.lon - place.lon) / DEGREES_PER_M_EAST
        north = (other.lat - place.lat) / DEGREES_PER_M_NORTH
        return east * east + north * north

    others = [other for other in here if other.number != place.number and square(other) > 0]
    return sorted(others, key=lambda other: (square(other), other.number))[:2]


def _metres_to_road(a: Place, b: Place, lon: Numbers, lat: Numbers) -> tuple[float, Numbers]:
    """Length of the straight road between two places, at least a kilometre, and square metres to it."""
    run = (b.lon - a.lon) / DEGREES_PER_M_EAST
    rise = (b.lat - a.lat) / DEGREES_PER_M_NORTH
    square = run * run + rise * rise
    east, north = _metres(a, lon, lat)
    share = np.clip((east * run + north * rise) / square, 0.0, 1.0)
    east, north = east - share * run, north - share * rise
    # a square root is exactly rounded, as the four operations are
    return max(1000.0, float(np.sqrt(square))), east * east + north * north
