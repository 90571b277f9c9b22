"""Every point in one tile, and in every tile all that can matter to it."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoapi.coverage.nearest_straight import limit32, nearest_in_tile, plan_straight, round_beside
from geoapi.coverage.open_sets import distinct_rows, open_sets
from geoapi.coverage.straight import along_surface, earth_centred
from geoapi.coverage.tile_cache import TileCache
from geoapi.coverage.tiles import SQUARE_DEGREES, tiles_of
from tests.unit.coverage.worlds import World, nearest_open, scattered, supply_of, worlds

degrees = st.tuples(
    st.floats(-180, 180) | st.sampled_from((-180.0, 180.0)), st.floats(-90, 90) | st.sampled_from((90.0,))
)


@given(st.lists(degrees, max_size=40), st.integers(1, 5))
def test_every_point_is_in_one_tile(points: list[tuple[float, float]], most: int) -> None:
    lon, lat = np.array([x for x, _ in points]), np.array([y for _, y in points])
    tiles = tiles_of(lon, lat, points_at_most=most)
    assert sorted(tiles.order.tolist()) == list(range(len(points)))
    assert tiles.start[0] == 0
    assert tiles.start[-1] == len(points)
    assert (np.diff(tiles.start) > 0).all()
    assert (np.diff(tiles.square) >= 0).all()
    for begin, end in zip(tiles.start[:-1], tiles.start[1:], strict=True):
        here = tiles.order[begin:end]
        assert np.ptp(lon[here]) <= SQUARE_DEGREES + 1e-9
        assert np.ptp(lat[here]) <= SQUARE_DEGREES + 1e-9
        if end - begin > most:
            assert max(np.ptp(lon[here]), np.ptp(lat[here])) < 2e-4


def test_a_tile_depends_on_its_own_points_only() -> None:
    world = scattered(4000, 1)
    lon, lat = world.demand.lon, world.demand.lat
    far = np.full(3000, 100.0)
    alone, beside = tiles_of(lon, lat), tiles_of(np.append(lon, far), np.append(lat, far / 4))
    tiles = {tuple(alone.order[a:b]) for a, b in zip(alone.start, alone.start[1:], strict=False)}
    others = {tuple(beside.order[a:b]) for a, b in zip(beside.start, beside.start[1:], strict=False)}
    assert tiles < others


def test_points_of_a_tile_are_sorted_as_asked() -> None:
    area = np.array([2, 0, 1, 0, 2])
    tiles = tiles_of(np.full(5, 116.4), np.full(5, 39.9), area)
    assert tiles.order.tolist() == [1, 3, 2, 0, 4]


def _by_tiles(world: World, most: int, limit_m: float = 1000.0) -> tuple[np.ndarray, int]:
    """(2, instants, points) metres as the tiles have them, and how many pairs were looked at."""
    sets = open_sets(world.supply)
    tiles = tiles_of(world.demand.lon, world.demand.lat, points_at_most=most)
    points = earth_centred(world.demand.lon, world.demand.lat)[tiles.order]
    stations = earth_centred(world.supply.lon, world.supply.lat)[sets.stations]
    answer = np.empty((2, world.supply.instants, len(points)), dtype=np.float32)
    pairs = 0
    plan = plan_straight(points, tiles, stations, sets, limit_m=limit_m, detour_factor=1.0)
    for begin, planned in zip(tiles.start[:-1], plan, strict=True):
        job = planned.job
        pairs += len(job.points) * len(job.stations)
        here = tiles.order[begin : begin + len(job.points)]
        answer[:, :, here] = nearest_in_tile(job)[planned.set_of][sets.column]
    return answer, pairs


@settings(max_examples=200, deadline=None)
@given(worlds(most_points=12, most_stations=14), st.integers(1, 6))
def test_no_station_that_matters_is_left_out(world: World, most: int) -> None:
    here, there = (earth_centred(x.lon, x.lat) for x in (world.demand, world.supply))
    metres = along_surface(np.sqrt(((here[:, None] - there[None]) ** 2).sum(axis=2)))
    found, _ = _by_tiles(world, most)
    np.testing.assert_allclose(found, nearest_open(metres, world.supply), rtol=1e-6)


def test_few_pairs_are_looked_at() -> None:
    world = scattered(20_000, 2000)
    _, pairs = _by_tiles(world, 512)
    assert pairs < 0.1 * len(world.demand) * len(world.supply)


def test_only_the_sets_that_are_open_together_are_kept() -> None:
    # the last is never open, two are alike; at the second instant one counts only if unknown hours are open
    states = [[1, 0, 1], [1, 2, 1], [1, 0, 1], [0, 0, 0]]
    sets = open_sets(supply_of([116.4] * 5, [39.9] * 5, states, [3, 2, 1, 0, 0]))
    assert sorted(sets.stations.tolist()) == [1, 2, 3, 4]
    assert sets.sets.shape == (2, 3)
    assert np.array_equal(sets.column[:, 0], sets.column[:, 2])
    assert len({sets.column[0, 0], sets.column[0, 1], sets.column[1, 1]}) == 3
    for station, hours in zip(sets.stations, sets.hours, strict=True):
        row = [3, 2, 1, 0, 0][station]
        expected = [[x == 1 for x in states[row]], [x > 0 for x in states[row]]]
        assert sets.sets[hours][sets.column].tolist() == expected


@given(st.lists(st.lists(st.booleans(), min_size=9, max_size=9), max_size=12))
def test_distinct_rows(rows: list[list[bool]]) -> None:
    array = np.array(rows, dtype=bool).reshape(len(rows), 9)
    distinct, index = distinct_rows(array)
    assert np.array_equal(distinct[index], array)
    assert len({row.tobytes() for row in distinct}) == len(distinct)


@given(st.floats(0, 1e6), st.floats(0, 1e6))
def test_rounding_does_not_cross_the_limit(metres: float, limit_m: float) -> None:
    [rounded] = round_beside(np.array([metres]), limit_m)
    assert (rounded <= limit32(limit_m)) == (metres <= limit_m)
    assert rounded == pytest.approx(metres, rel=2e-7, abs=1e-6)


def test_the_cache_keeps_to_its_bounds() -> None:
    cache = TileCache(1000)
    answers = [np.zeros((1, 100), dtype=np.float32) for _ in range(4)]
    for name, answer in zip((b"a", b"b"), answers, strict=False):
        cache.put(name, answer)
    assert cache.get(b"a") is answers[0]
    cache.put(b"c", answers[2])
    # the one that was not asked for since
    assert cache.get(b"b") is None
    assert (cache.use.hits, cache.use.misses, cache.use.kept, cache.use.bytes) == (1, 1, 2, 800)
    cache.put(b"large", np.zeros((1, 1000), dtype=np.float32))
    assert cache.use.kept == 0
    cache.put(b"c", answers[2])
    cache.put(b"c", answers[3])
    assert cache.use.bytes == 400
    cache.clear()
    assert cache.get(b"c") is None


def test_a_cache_of_no_size_keeps_nothing() -> None:
    cache = TileCache(0)
    cache.put(b"a", np.zeros((1, 1), dtype=np.float32))
    assert (cache.use.kept, cache.use.bytes) == (0, 0)
