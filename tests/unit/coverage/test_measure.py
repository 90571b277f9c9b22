"""Coverage against going through all pairs, and what must hold of it whatever is asked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN, Floats, Ints, Supply
from geoapi.coverage.measure import Coverage, measure
from geoapi.coverage.open_sets import COUNTED_CLOSED, COUNTED_OPEN
from geoapi.coverage.straight import StraightModel, along_surface, earth_centred
from geoapi.coverage.tile_cache import TileCache
from tests.unit.coverage.worlds import (
    World,
    demand_of,
    nearest_open,
    same,
    scattered,
    supply_of,
    worlds,
)

FACTOR = 1.3
MODEL = StraightModel(FACTOR)
limits = st.sampled_from((0.0, 450.0, 600.0, 1080.0, 5000.0, 100_000.0))
FIGURES = ("mean_distance_m", "p90_distance_m", "worst_decile_distance_m", "gini")


class AllPairs:
    """A model that answers for all points at once, as a network does."""

    def nearest(
        self, lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, pattern: Ints, patterns: int
    ) -> Floats:
        here, there = earth_centred(lon, lat), earth_centred(to_lon, to_lat)
        squares = ((here[:, None] - there[None]) ** 2).sum(axis=2)
        answer = np.full((lon.size, patterns), np.inf)
        for column in range(patterns):
            answer[:, column] = squares[:, pattern == column].min(axis=1, initial=np.inf)
        return along_surface(np.sqrt(answer)) * FACTOR


def exact(metres: Floats, weight: Floats) -> tuple[float, float, float, float]:
    """Mean, percentile, worst decile and Gini of points sorted one by one; whole weights are exact."""
    order = np.argsort(metres)
    metres, weight = metres[order], weight[order]
    if not weight.sum():
        return (np.nan,) * 4
    up_to = weight.cumsum()
    p90 = metres[np.flatnonzero(10 * up_to >= 9 * up_to[-1])[0]]
    share = np.clip(up_to - 0.9 * up_to[-1], 0, weight)
    apart = np.abs(metres[:, None] - metres[None]) * weight[:, None] * weight[None]
    mean = np.average(metres, weights=weight)
    gini = apart.sum() / (2 * up_to[-1] ** 2 * mean) if mean > 0 else 0.0
    return mean, p90, (metres * share).sum() / share.sum(), gini


def undecided(world: World, limit_m: float) -> bool:
    """Whether a distance is so near the limit that rounding decides."""
    d, s = world.demand, world.supply
    apart = (d.lon[:, None] != s.lon) | (d.lat[:, None] != s.lat)
    return bool((apart & (abs(world.metres(FACTOR) - limit_m) < 1e-3)).any())


def assert_true(found: Coverage, world: World, limit_m: float) -> None:
    demand = world.demand
    metres = world.metres(FACTOR)
    nearest = nearest_open(metres, world.supply)
    groups = [(demand.area == area, found.by_area, (area,)) for area in range(len(demand.areas))]
    groups.append((demand.area >= 0, found.whole, ()))
    for reading, instant in np.ndindex(nearest.shape[:2]):
        for who, measures, index in groups:
            at = (reading, instant, *index)
            far, weight = nearest[reading, instant, who], demand.weight[who]
            assert measures.total[at] == weight.sum()
            assert measures.covered[at] == weight[far <= limit_m].sum()
            reached = np.isfinite(far)
            assert measures.unreached[at] == weight[~reached].sum()
            expected = exact(far[reached], weight[reached])
            tolerances = ((1e-6, 1e-3), (2e-3, 1.0), (2e-3, 1.0), (0, 2e-3))
            for name, value, (relative, absolute) in zip(FIGURES, expected, tolerances, strict=True):
                assert getattr(measures, name)[at] == pytest.approx(
                    value, rel=relative, abs=absolute, nan_ok=True
                )
    assert found.outside_points == (demand.area < 0).sum()
    assert found.outside_weight == demand.weight[demand.area < 0].sum()
    assert found.points.tolist() == [(demand.area == area).sum() for area in range(len(demand.areas))]


@settings(max_examples=150, deadline=None)
@given(worlds(), limits)
def test_as_by_all_pairs(world: World, limit_m: float) -> None:
    assume(not undecided(world, limit_m))
    assert_true(measure(world.demand, world.supply, MODEL, limit_m=limit_m), world, limit_m)


@pytest.mark.parametrize("seed", [1, 2])
def test_as_by_all_pairs_in_many_tiles(seed: int) -> None:
    world = scattered(2000, 150, seed=seed)
    world = World(
        demand_of(
            world.demand.lon.tolist(),
            world.demand.lat.tolist(),
            np.round(world.demand.weight).tolist(),
            world.demand.area.tolist(),
        ),
        world.supply,
    )
    assert not undecided(world, 1080.0)
    assert_true(measure(world.demand, world.supply, MODEL, limit_m=1080.0), world, 1080.0)


@settings(max_examples=60, deadline=None)
@given(worlds(), limits)
def test_a_model_for_all_points_at_once(world: World, limit_m: float) -> None:
    by_tiles = measure(world.demand, world.supply, MODEL, limit_m=limit_m)
    at_once = measure(world.demand, world.supply, AllPairs(), limit_m=limit_m)
    assert np.array_equal(by_tiles.by_area.covered, at_once.by_area.covered)
    np.testing.assert_allclose(
        by_tiles.whole.mean_distance_m, at_once.whole.mean_distance_m, rtol=1e-9, equal_nan=True
    )


@dataclass
class Named(AllPairs):
    """One that a cache can tell from others, and that counts the patterns it is asked about."""

    digest: bytes = b"all pairs"
    asked: int = 0

    def nearest(
        self, lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, pattern: Ints, patterns: int
    ) -> Floats:
        self.asked += patterns
        return super().nearest(lon, lat, to_lon, to_lat, pattern, patterns)


@settings(max_examples=40, deadline=None)
@given(worlds(), worlds(), limits)
def test_a_model_for_all_points_through_the_cache(world: World, other: World, limit_m: float) -> None:
    cache = TileCache(1 << 20)
    for supply in (world.supply, other.supply, world.supply):
        kept = measure(world.demand, supply, Named(), limit_m=limit_m, cache=cache)
        fresh = measure(world.demand, supply, Named(), limit_m=limit_m)
        assert same(kept.by_area, fresh.by_area)
        assert same(kept.whole, fresh.whole)


def test_a_model_is_asked_again_only_about_hours_that_changed() -> None:
    demand = demand_of([116.4, 116.41], [39.9, 39.9])
    states = [[1, 0], [0, 1], [1, 1]]
    before = supply_of([116.4, 116.41, 116.42], [39.9] * 3, states, [0, 1, 2])
    after = supply_of([116.4, 116.41, 116.42, 116.43], [39.9] * 4, states, [0, 1, 2, 1])
    model, cache = Named(), TileCache(1 << 20)
    asked = []
    for supply in (before, before, after, before):
        measure(demand, supply, model, limit_m=1080.0, cache=cache)
        asked.append(model.asked)
    assert asked == [3, 3, 4, 4]
    # another network, another limit, other points: nothing is known of those
    measure(demand, before, Named(b"other", model.asked), limit_m=1080.0, cache=cache)
    measure(demand, before, model, limit_m=1000.0, cache=cache)
    measure(demand.only(np.array([0])), before, model, limit_m=1080.0, cache=cache)
    assert model.asked == 10


def test_a_model_without_a_name_is_not_kept() -> None:
    cache = TileCache(1 << 20)
    supply = supply_of([116.4], [39.9], [[OPEN]], [0])
    for metres in (0.0, 1000.0):
        moved = demand_of([116.4 + metres / 85_000], [39.9])
        found = measure(moved, supply, AllPairs(), limit_m=1080.0, cache=cache)
        assert found.whole.mean_distance_m[0, 0] == pytest.approx(metres * FACTOR, rel=0.01)
    # what is known of areas where nobody is
    assert cache.use.kept == 1


@settings(max_examples=60, deadline=None)
@given(worlds(), worlds(), limits, limits)
def test_what_must_hold(world: World, other: World, limit_m: float, other_limit_m: float) -> None:
    demand, supply = world.demand, world.supply
    found = measure(demand, supply, MODEL, limit_m=limit_m)

    assert (found.by_area.covered[COUNTED_OPEN] >= found.by_area.covered[COUNTED_CLOSED]).all()
    for name in ("total", "covered", "unreached"):
        parts = getattr(found.by_area, name)
        assert np.array_equal(parts[..., 0] + parts[..., 1] + parts[..., 2], getattr(found.whole, name))
    assert (found.whole.uncovered >= 0).all()

    more = Supply(
        np.arange(len(supply) + len(other.supply)),
        np.append(supply.lon, other.supply.lon),
        np.append(supply.lat, other.supply.lat),
        np.append(supply.pattern, other.supply.pattern + len(supply.states)),
        np.vstack((supply.states, other.supply.states)),
    )
    with_more = measure(demand, more, MODEL, limit_m=limit_m)
    assert (with_more.by_area.covered >= found.by_area.covered).all()
    assert not (with_more.whole.mean_distance_m > found.whole.mean_distance_m * (1 + 1e-12)).any()

    short, long = sorted((limit_m, other_limit_m))
    assert (
        measure(demand, supply, MODEL, limit_m=long).by_area.covered
        >= measure(demand, supply, MODEL, limit_m=short).by_area.covered
    ).all()


@settings(max_examples=40, deadline=None)
@given(worlds(), worlds(), limits, st.randoms(use_true_random=False))
def test_a_what_if_by_the_cache_is_that_from_nothing(
    world: World, other: World, limit_m: float, random: object
) -> None:
    cache = TileCache(1 << 20)
    for supply in (world.supply, other.supply, world.supply):
        kept = measure(world.demand, supply, MODEL, limit_m=limit_m, cache=cache)
        fresh = measure(world.demand, supply, MODEL, limit_m=limit_m)
        assert same(kept.by_area, fresh.by_area)
        assert same(kept.whole, fresh.whole)


def test_a_new_station_touches_only_tiles_near_it() -> None:
    world = scattered(20_000, 2000)
    cache = TileCache(64 << 20)
    measure(world.demand, world.supply, MODEL, limit_m=1080.0, cache=cache)
    before = cache.use
    s = world.supply
    # with hours of its own, so that the distinct sets of open stations are other ones as well
    hours = np.arange(24)[None] % 3 == 0
    more = Supply(
        np.append(s.ids, 10**6),
        np.append(s.lon, 116.2),
        np.append(s.lat, 39.9),
        np.append(s.pattern, len(s.states)),
        np.vstack((s.states, hours.astype(np.uint8))),
    )
    kept = measure(world.demand, more, MODEL, limit_m=1080.0, cache=cache)
    assert cache.use.misses - before.misses < before.kept / 3
    assert cache.use.hits > before.kept / 2
    fresh = measure(world.demand, more, MODEL, limit_m=1080.0)
    assert same(kept.by_area, fresh.by_area)
    assert same(kept.whole, fresh.whole)


def test_areas_without_a_change_are_not_added_up_again() -> None:
    demand = demand_of([116.4, 116.41, 120.1, 120.2], [39.9] * 4, area=[0, 0, 1, 1])
    supply = supply_of([116.4, 120.1], [39.9] * 2, [[OPEN]], [0, 0])
    more = supply_of([116.4, 120.1, 120.2], [39.9] * 3, [[OPEN]], [0, 0, 0])
    cache = TileCache(1 << 20)
    measure(demand, supply, MODEL, limit_m=1080.0, cache=cache)
    before = cache.use
    kept = measure(demand, more, MODEL, limit_m=1080.0, cache=cache)
    # one of two tiles; one of the two areas, and the third, where nobody is
    assert (cache.use.misses - before.misses, cache.use.hits - before.hits) == (2, 3)
    assert same(kept.by_area, measure(demand, more, MODEL, limit_m=1080.0).by_area)
    heavier = demand_of([116.4, 116.41, 120.1, 120.2], [39.9] * 4, [1.0, 5.0, 1.0, 1.0], [0, 0, 1, 1])
    kept = measure(heavier, more, MODEL, limit_m=1080.0, cache=cache)
    assert same(kept.by_area, measure(heavier, more, MODEL, limit_m=1080.0).by_area)


def test_another_limit_or_factor_is_not_taken_from_the_cache() -> None:
    world = scattered(500, 50)
    cache = TileCache(1 << 20)
    for model in (MODEL, StraightModel(1.0)):
        for limit_m in (500.0, 1080.0):
            kept = measure(world.demand, world.supply, model, limit_m=limit_m, cache=cache)
            assert same(kept.whole, measure(world.demand, world.supply, model, limit_m=limit_m).whole)
    assert cache.use.hits == 0


def test_the_order_of_stations_makes_no_difference() -> None:
    world = scattered(3000, 300)
    back = world.supply.only(np.arange(len(world.supply))[::-1])
    one = measure(world.demand, world.supply, MODEL, limit_m=1080.0)
    assert same(one.by_area, measure(world.demand, back, MODEL, limit_m=1080.0).by_area)


def test_a_station_on_a_border_serves_both_sides() -> None:
    demand = demand_of([116.395, 116.405], [39.9, 39.9], [2.0, 3.0], [0, 1])
    supply = supply_of([116.4], [39.9], [[OPEN]], [0])
    found = measure(demand, supply, MODEL, limit_m=1080.0)
    assert found.by_area.covered[0, 0].tolist() == [2.0, 3.0, 0.0]


def test_across_the_antimeridian() -> None:
    found = measure(
        demand_of([179.999], [-16.5]), supply_of([-179.999], [-16.5], [[OPEN]], [0]), MODEL, limit_m=300.0
    )
    assert found.whole.covered.tolist() == [[1.0], [1.0]]
    assert found.whole.mean_distance_m[0, 0] == pytest.approx(213.5 * FACTOR, rel=1e-3)


def test_the_limit_is_within_the_limit() -> None:
    demand, supply = demand_of([116.4], [39.9]), supply_of([116.41], [39.9], [[OPEN]], [0])
    [metres] = AllPairs().nearest(demand.lon, demand.lat, supply.lon, supply.lat, supply.pattern, 1)[0]
    for limit_m, covered in ((metres, 1.0), (np.nextafter(metres, 0.0), 0.0)):
        assert measure(demand, supply, MODEL, limit_m=limit_m).whole.covered[0, 0] == covered


def test_hours_at_which_nothing_is_open() -> None:
    supply = supply_of([116.4], [39.9], [[OPEN, CLOSED, UNKNOWN]], [0])
    found = measure(demand_of([116.4], [39.9]), supply, MODEL, limit_m=1080.0).whole
    assert found.covered.tolist() == [[1.0, 0.0, 0.0], [1.0, 0.0, 1.0]]
    assert found.unreached.tolist() == [[0.0, 1.0, 1.0], [0.0, 1.0, 0.0]]
    for name in FIGURES:
        assert np.isnan(getattr(found, name)).tolist() == [[False, True, True], [False, True, False]]
    assert found.mean_distance_m[0, 0] == found.gini[0, 0] == 0.0


def test_far_from_any_station_the_distance_is_still_told() -> None:
    # Kashgar to Beijing, 3,433 km on the spheroid (GeographicLib)
    found = measure(
        demand_of([75.99], [39.47]), supply_of([116.4], [39.9], [[OPEN]], [0]), MODEL, limit_m=1080.0
    )
    far = World(demand_of([75.99], [39.47]), supply_of([116.4], [39.9], [[OPEN]], [0])).metres(FACTOR)[0, 0]
    assert found.whole.mean_distance_m[0, 0] == pytest.approx(far, rel=5e-3)
    assert found.whole.covered[0, 0] == 0.0


@pytest.mark.parametrize("points", [0, 2])
@pytest.mark.parametrize("stations", [0, 2])
@pytest.mark.parametrize("instants", [0, 1])
def test_nothing_is_a_question_too(points: int, stations: int, instants: int) -> None:
    demand = demand_of([116.4] * points, [39.9] * points)
    supply = supply_of(
        [116.4] * stations, [39.9] * stations, np.ones((1, instants), dtype=np.uint8), [0] * stations
    )
    for model in (MODEL, AllPairs()):
        found = measure(demand, supply, model, limit_m=1080.0)
        assert found.by_area.covered.shape == (2, instants, 3)
        assert found.whole.covered.shape == (2, instants)
        assert (found.whole.covered == min(stations, 1) * points).all()
        assert (found.whole.total == points).all()
        assert np.isnan(found.whole.share).all() == (points == 0 or instants == 0)


def test_points_outside_and_without_weight_count_in_nothing() -> None:
    demand = demand_of([116.4, 116.4, 116.4], [39.9, 39.9, 39.9], [5.0, 0.0, 1.0], [-1, 0, 0])
    found = measure(demand, supply_of([116.4], [39.9], [[OPEN]], [0]), MODEL, limit_m=1.0)
    assert (found.outside_points, found.outside_weight) == (1, 5.0)
    assert found.points.tolist() == [2, 0, 0]
    assert found.whole.total.tolist() == [[1.0], [1.0]]
