"""Coverage's benchmark asks what it says it asks. Nothing is timed."""

from __future__ import annotations

import numpy as np

from geoapi.coverage.inputs import OPEN, UNKNOWN
from geoapi.sample.city import sample_city
from tests.benchmarks.coverage import CoverageRun, PostgisHour
from tests.benchmarks.coverage_inputs import HOURS, changed, supply_of


def test_the_supply_is_the_city_in_an_ordinary_week() -> None:
    stations = sample_city(scale=0.02).stations
    supply = supply_of(stations)
    assert len(supply) == len(stations)
    assert supply.instants == HOURS
    for station, pattern in zip(stations, supply.pattern, strict=True):
        if station.hours_text is None:
            assert (supply.states[pattern] == UNKNOWN).all()
    by_day = (supply.states[supply.pattern] == OPEN).mean(axis=0)
    # at 14:00 of a Wednesday most are open, at 03:00 few
    assert by_day[2 * 24 + 14] > 0.5 > 0.2 > by_day[2 * 24 + 3] > 0


def test_as_many_stations_are_changed_as_said() -> None:
    supply = supply_of(sample_city(scale=0.02).stations)
    for changes in (1, 10, 100):
        after = changed(supply, changes)
        kept, here, there = np.intersect1d(supply.ids, after.ids, return_indices=True)
        differ = (
            (supply.lon[here] != after.lon[there])
            | (supply.states[supply.pattern[here]] != after.states[after.pattern[there]]).any(axis=1)
        ).sum()
        removed, added = len(supply) - kept.size, len(after) - kept.size
        # one that was open around the clock is so already
        assert changes / 2 <= differ + removed + added <= changes


def test_a_run_can_be_shown() -> None:
    cold = {"cells": 2, "stations": 3, "hours": 168, "cold_s": 1.0, "started_s": 0.5, "memory_mb": 100.0}
    what_if = {"changes": 1, "worked_out": 2, "seconds": 0.5, "same": True}
    part = {"cells": 10, "tiles": 2, "seconds": 2.0, "tiles_s": 1.0, "memory_mb": 10.0}
    run = CoverageRun(
        inline=cold,
        pool=cold,
        city={"unchanged_s": 0.1, "one_hour_s": 0.1, "what_if": [what_if]},
        finer=[part | {"times": 1, "cell_m": 250.0}],
        country=part | {"squares": 1, "stations": 3, "answer_mb": 1.0},
        postgis=[PostgisHour("14:00", 3, 2.0, True), PostgisHour("03:00", 1, 1.0, True)],
    )
    for _, head, rows in run.tables():
        assert {len(row) for row in rows} == {len(head)}
    assert run.postgis_week_s == 168.0
    assert all(reached for *_, reached in run.targets())
