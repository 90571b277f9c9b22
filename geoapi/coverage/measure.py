"""Who is covered, and how far the others have to walk: at every instant, in every area and as a whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import numpy as np

from geoapi.coverage.area_sums import Found
from geoapi.coverage.figures import Measures, figures_by_set
from geoapi.coverage.inputs import Demand, Ints, Supply
from geoapi.coverage.nearest_model import NearestModel, nearest_at_once
from geoapi.coverage.nearest_straight import Metres32, TileJob, nearest_in_tiles, plan_straight
from geoapi.coverage.open_sets import OpenSets, open_sets
from geoapi.coverage.runners import Runner, inline
from geoapi.coverage.straight import StraightModel, earth_centred
from geoapi.coverage.tile_cache import TileCache
from geoapi.coverage.tiles import Tiles, tiles_of

TILES_A_JOB: Final = 24
"""Tiles sent to a process together: some 10 ms of work, so that sending does not outweigh it."""


@dataclass(frozen=True, slots=True, eq=False)
class Coverage:
    """What `measure` finds.

    `areas` are the demand's codes, in the order of the last axis of `by_area`; `points` (areas,) is how many
    demand points lie in each. The areas add up to `whole`. Points outside every area are in neither:
    `outside_points` of them, with `outside_weight`.
    """

    limit_m: float
    areas: tuple[str, ...]
    points: Ints
    by_area: Measures
    whole: Measures
    outside_points: int
    outside_weight: float


def measure(
    demand: Demand,
    supply: Supply,
    model: StraightModel | NearestModel,
    *,
    limit_m: float,
    runner: Runner = inline,
    cache: TileCache | None = None,
) -> Coverage:
    """Coverage of `demand` by `supply` within `limit_m` metres walked, at each of the supply's instants.

    A point is covered if a station that is open then is within the limit, or on it. The straight model is
    worked out tile by tile by `runner`, another for all points at once, here. With a `cache` only what has
    changed since is worked out: a what-if costs little. The answer is the same to the last bit whoever works
    it out, from nothing or from the cache.
    """
    inside = np.flatnonzero((demand.area >= 0) & (demand.weight > 0))
    asked = demand.only(inside)
    sets = open_sets(supply)
    if isinstance(model, StraightModel):
        tiles = tiles_of(asked.lon, asked.lat, asked.area)
        asked = asked.only(tiles.order)
        found = _by_tiles(asked, tiles, supply, sets, model, limit_m, runner, cache)
    else:
        asked = asked.only(np.argsort(asked.area, kind="stable"))
        found = nearest_at_once(asked, supply, sets, model, limit_m, cache)
    by_area, whole = figures_by_set(
        asked.area, asked.weight, len(demand.areas), sets.sets.shape[1], found, limit_m, cache
    )
    outside = demand.area < 0
    return Coverage(
        limit_m=limit_m,
        areas=demand.areas,
        points=np.bincount(demand.area[~outside], minlength=len(demand.areas)),
        by_area=by_area.taken(sets.column),
        whole=whole.taken(sets.column),
        outside_points=int(np.count_nonzero(outside)),
        outside_weight=float(demand.weight[outside].sum()),
    )


def _by_tiles(
    asked: Demand,
    tiles: Tiles,
    supply: Supply,
    sets: OpenSets,
    model: StraightModel,
    limit_m: float,
    runner: Runner,
    cache: TileCache | None,
) -> list[Found]:
    points = earth_centred(asked.lon, asked.lat)
    stations = earth_centred(supply.lon[sets.stations], supply.lat[sets.stations])
    plan = list(
        plan_straight(points, tiles, stations, sets, limit_m=limit_m, detour_factor=model.detour_factor)
    )
    jobs = [planned.job for planned in plan]
    keys = [job.digest() if cache is not None else None for job in jobs]
    answers = _answers(jobs, keys, runner, cache)
    return [
        Found(int(begin), answer, planned.set_of, key)
        for begin, answer, planned, key in zip(tiles.start[:-1], answers, plan, keys, strict=True)
    ]


def _answers(
    jobs: Sequence[TileJob], keys: Sequence[bytes | None], runner: Runner, cache: TileCache | None
) -> list[Metres32]:
    """Each job's answer: from the cache as far as it has it, the others from the runner."""
    answers: list[Metres32 | None] = [
        None if key is None or cache is None else cache.get(key) for key in keys
    ]
    missing = [at for at, answer in enumerate(answers) if answer is None]
    batches = [missing[at : at + TILES_A_JOB] for at in range(0, len(missing), TILES_A_JOB)]
    fresh = runner.map(nearest_in_tiles, [[jobs[at] for at in batch] for batch in batches])
    for at, nearest in zip(missing, chain.from_iterable(fresh), strict=True):
        answers[at] = nearest
        key = keys[at]
        if cache is not None and key is not None:
            cache.put(key, nearest)
    return [answer for answer in answers if answer is not None]
