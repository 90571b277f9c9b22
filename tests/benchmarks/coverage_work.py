"""`python -m tests.benchmarks.coverage_work PART`: one part of coverage's figures in a process of its own.

So that cold is cold, and the most memory is this part's. Prints one JSON object.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from geoapi.coverage.figures import Measures
from geoapi.coverage.measure import Coverage, measure
from geoapi.coverage.runners import ProcessRunner, Runner, inline
from geoapi.coverage.straight import StraightModel
from geoapi.coverage.tile_cache import TileCache
from geoapi.sample.city import sample_city
from geoapi.sample.country import sample_country
from tests.benchmarks.coverage_inputs import changed, city_cells, squares_of_china, supply_of

MODEL = StraightModel(1.3)
LIMIT_M = 1080.0
CELL_M = 250.0
COUNTRY = 200_000
SQUARES = 60
CHANGES = (1, 10, 100, 1000)
FINER = {1: 250.0, 4: 125.0, 16: 62.5}


@dataclass
class Timing:
    """A runner that adds up the time that tiles take, and their number and answers' size."""

    runner: Runner = inline
    seconds: float = 0.0
    tiles: int = 0
    bytes: int = 0

    def map(self, function: Callable[[Any], Any], jobs: Sequence[Any]) -> list[Any]:
        begun = time.perf_counter()
        answers = self.runner.map(function, jobs)
        self.seconds += time.perf_counter() - begun
        self.tiles += sum(len(batch) for batch in answers)
        self.bytes += sum(answer.nbytes for batch in answers for answer in batch)
        return answers


@dataclass
class Part:
    """What a part found, by name."""

    found: dict[str, Any] = field(default_factory=dict)

    def timed(self, name: str, work: Callable[[], Coverage]) -> Coverage:
        begun = time.perf_counter()
        answer = work()
        self.found[name] = time.perf_counter() - begun
        return answer


def cold(processes: int) -> dict[str, Any]:
    """The first question of a process, and what a start of the pool adds to it."""
    demand, supply = city_cells(CELL_M), supply_of(sample_city().stations)
    part = Part({"cells": len(demand), "stations": len(supply), "hours": supply.instants})
    if processes == 1:
        part.timed("cold_s", lambda: measure(demand, supply, MODEL, limit_m=LIMIT_M))
    else:
        with ProcessRunner(processes, starting_pays_from=1) as runner:
            part.timed("cold_s", lambda: measure(demand, supply, MODEL, limit_m=LIMIT_M, runner=runner))
            part.timed("started_s", lambda: measure(demand, supply, MODEL, limit_m=LIMIT_M, runner=runner))
    usage = [resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    # the children's figure is that of the largest one
    part.found["memory_mb"] = (usage[0] + (usage[1] * processes if processes > 1 else 0)) / 1024
    return part.found


def city(folder: Path) -> dict[str, Any]:
    """A what-if of 1 to 1,000 changes; the same from nothing; one hour. Leaves the coverage in `folder`."""
    demand, supply = city_cells(CELL_M), supply_of(sample_city().stations)
    cache, part = TileCache(256_000_000), Part()
    before = part.timed(
        "cold_s", lambda: measure(demand, supply, MODEL, limit_m=LIMIT_M, cache=cache)
    )  # fmt: skip
    np.save(folder / "covered.npy", before.by_area.covered)
    part.timed("unchanged_s", lambda: measure(demand, supply, MODEL, limit_m=LIMIT_M, cache=cache))
    part.found["what_if"] = []
    for changes in CHANGES:
        measure(demand, supply, MODEL, limit_m=LIMIT_M, cache=cache)
        after, one = changed(supply, changes), Part()
        misses = cache.use.misses
        found = one.timed(
            "seconds", lambda then=after: measure(demand, then, MODEL, limit_m=LIMIT_M, cache=cache)
        )  # fmt: skip
        worked_out = cache.use.misses - misses
        fresh = measure(demand, after, MODEL, limit_m=LIMIT_M)
        one.found |= {
            "changes": changes,
            "worked_out": worked_out,
            "same": _same(found.by_area, fresh.by_area) and _same(found.whole, fresh.whole),
        }
        part.found["what_if"].append(one.found)
    hour = type(supply)(supply.ids, supply.lon, supply.lat, supply.pattern, supply.states[:, [62]])
    part.timed("one_hour_s", lambda: measure(demand, hour, MODEL, limit_m=LIMIT_M))
    part.found["cache_mb"] = cache.use.bytes / 1e6
    return part.found


def finer() -> list[dict[str, Any]]:
    """The city in 1, 4 and 16 times as many cells."""
    supply, rows = supply_of(sample_city().stations), []
    for times, cell_m in FINER.items():
        demand, part, timing = city_cells(cell_m), Part(), Timing()
        part.timed("seconds", lambda d=demand, t=timing: measure(d, supply, MODEL, limit_m=LIMIT_M, runner=t))
        part.found |= {"times": times, "cell_m": cell_m, "cells": len(demand), "tiles": timing.tiles,
                       "tiles_s": timing.seconds,
                       "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024}  # fmt: skip
        rows.append(part.found)
    return rows


def country() -> dict[str, Any]:
    """Squares drawn from all of China, against as many stations as China has."""
    demand, supply = squares_of_china(SQUARES, CELL_M), supply_of(list(sample_country(COUNTRY)))
    part, timing = Part(), Timing()
    part.timed("seconds", lambda: measure(demand, supply, MODEL, limit_m=LIMIT_M, runner=timing))
    return part.found | {
        "squares": SQUARES, "cells": len(demand), "stations": len(supply), "tiles": timing.tiles,
        "tiles_s": timing.seconds, "answer_mb": timing.bytes / 1e6,
        "memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }  # fmt: skip


def _same(one: Measures, other: Measures) -> bool:
    return all(
        np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
        for name in Measures.__slots__
    )


def main(arguments: Sequence[str]) -> None:
    part, *rest = arguments
    parts: dict[str, Callable[[], Any]] = {
        "cold": lambda: cold(int(rest[0])),
        "city": lambda: city(Path(rest[0])),
        "finer": finer,
        "country": country,
    }
    print(json.dumps(parts[part]()))


if __name__ == "__main__":
    main(sys.argv[1:])
