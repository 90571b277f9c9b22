"""Walks along a network: against brute force, and drawn so that the answer can be seen."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geoapi.coverage import snapping, walk
from geoapi.coverage.network import WalkNetwork
from geoapi.coverage.walk import WalkModel
from tests.unit.coverage.networks import network, networks, places, points, walked

Places = tuple[NDArray[np.float64], NDArray[np.float64]]

STREET = network([(0, 0), (1000, 0)], [(0, 1)])
ONE_WAY = network([(0, 0), (1000, 0)], [(0, 1, "oneway")])
BLOCK = network([(0, 0), (400, 0), (400, 300), (0, 300)], [(0, 1), (1, 2), (2, 3), (3, 0)])
BLOCK_ONE_WAY = network([(0, 0), (400, 0), (400, 300), (0, 300)], [(0, 1, "oneway"), (1, 2), (2, 3), (3, 0)])


def full(found: csr_array) -> NDArray[np.float64]:
    """The matrix with inf where nothing is stored."""
    dense = np.full(found.shape, np.inf)
    assert np.isfinite(found.data).all()
    rows = np.repeat(np.arange(found.shape[0]), np.diff(found.indptr))
    dense[rows, found.indices] = found.data
    return dense


def one_walk(net: WalkNetwork, start: tuple[float, float], end: tuple[float, float]) -> float:
    here, there = places([start]), places([end])
    return float(full(WalkModel(net).reach(*here, *there, np.inf))[0, 0])


@given(networks(), points, points, st.floats(0, 4000), st.sampled_from([0.01, 0.5, 0.8]))
def test_as_by_brute_force(
    net: WalkNetwork, here: Places, there: Places, limit_m: float, large_share: float
) -> None:
    model = WalkModel(net)
    with pytest.MonkeyPatch.context() as patch:
        # in so small a network an island is a part with less than half of it
        patch.setattr(snapping, "LARGE_SHARE", large_share)
        attached, arrived = model.attach(*here), model.attach(*there)
    truth = walked(net, attached, arrived, (here[0].size, there[0].size))
    np.testing.assert_allclose(full(model.reach(*here, *there, np.inf)), truth, rtol=1e-12, atol=1e-6)
    assume(not np.any(np.abs(truth - limit_m) < 1e-6))
    near = full(model.reach(*here, *there, limit_m))
    np.testing.assert_allclose(near, np.where(truth <= limit_m, truth, np.inf), rtol=1e-12, atol=1e-6)


@given(networks(), points, points, st.data())
def test_nearest_of_each_pattern(net: WalkNetwork, here: Places, there: Places, data: st.DataObject) -> None:
    size = there[0].size
    pattern = np.array(data.draw(st.lists(st.integers(0, 2), min_size=size, max_size=size)), dtype=np.int64)
    model = WalkModel(net)
    truth = full(model.reach(*here, *there, np.inf))
    found = model.nearest(*here, *there, pattern, 4)
    assert found.shape == (here[0].size, 4)
    for number in range(4):
        best = truth[:, pattern == number].min(axis=1, initial=np.inf)
        np.testing.assert_allclose(found[:, number], best, rtol=1e-12, atol=1e-6)


@given(networks(), points, points, st.floats(0, 2000), st.floats(0, 2000))
def test_a_longer_limit_loses_nothing(
    net: WalkNetwork, here: Places, there: Places, one: float, other: float
) -> None:
    model = WalkModel(net)
    short, long = (full(model.reach(*here, *there, limit)) for limit in sorted((one, other)))
    kept = np.isfinite(short)
    np.testing.assert_array_equal(short[kept], long[kept])


@pytest.mark.parametrize(
    ("net", "start", "end", "metres"),
    [
        (STREET, (100, 0), (900, 0), 800),
        (STREET, (100, 30), (900, -40), 870),
        (STREET, (900, 0), (100, 0), 800),
        (STREET, (500, 0), (500, 0), 0),
        (STREET, (-200, 0), (0, 0), 200),
        (STREET, (500, 501), (500, 0), np.inf),
        (ONE_WAY, (100, 0), (900, 0), 800),
        (ONE_WAY, (900, 0), (100, 0), np.inf),
        # who stands at its beginning need not walk it
        (ONE_WAY, (0, 0), (0, 0), 0),
        (BLOCK, (100, 0), (300, 0), 200),
        (BLOCK, (0, 100), (100, 0), 200),
        (BLOCK, (300, 0), (100, 0), 200),
        # against a one-way edge: once round the block
        (BLOCK_ONE_WAY, (300, 0), (100, 0), 1200),
        (BLOCK_ONE_WAY, (100, 0), (300, 0), 200),
        (BLOCK_ONE_WAY, (400, 0), (400, 200), 200),
        (BLOCK_ONE_WAY, (0, 0), (0, 100), 100),
    ],
)  # fmt: skip
def test_drawn(net: WalkNetwork, start: tuple[float, float], end: tuple[float, float], metres: float) -> None:
    assert one_walk(net, start, end) == pytest.approx(metres, rel=2e-3, abs=0.01)


def test_an_island_in_front_of_the_door_does_not_shut_the_house_in() -> None:
    # a street of 200 nodes, and a piece of pavement that nobody joined to it, nearer to the house
    nodes = [(float(10 * n), 0.0) for n in range(200)] + [(500.0, 20.0), (600.0, 20.0)]
    net = network(nodes, [*((n, n + 1) for n in range(199)), (200, 201)])
    assert (net.islands, net.largest_share) == (2, 200 / 202)
    assert one_walk(net, (550, 25), (1000, 0)) == pytest.approx(25 + 450, rel=2e-3)
    # both on the pavement: along it
    assert one_walk(net, (500, 25), (600, 25)) == pytest.approx(110, rel=2e-3)
    assert one_walk(net, (1000, 0), (550, 25)) == pytest.approx(25 + 450, rel=2e-3)


@given(networks(), points)
def test_from_an_island_also_onto_the_mainland(net: WalkNetwork, here: Places) -> None:
    everywhere = WalkModel(net, max_snap_m=1e5).attach(*here)
    mainland = net.part[net.tail] == 0
    only = WalkNetwork(
        net.lon,
        net.lat,
        net.tail[mainland],
        net.head[mainland],
        net.length_m[mainland],
        net.both_ways[mainland],
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(snapping, "LARGE_SHARE", 2.0)
        found = WalkModel(net, max_snap_m=1e5).attach(*here)
    onto = WalkModel(only, max_snap_m=1e5).attach(*here)
    for point in range(here[0].size):
        rows, nearest = found.point == point, everywhere.point == point
        assert found.off_m[rows].min(initial=np.inf) == everywhere.off_m[nearest].min(initial=np.inf)
        on_mainland = found.off_m[rows & mainland[found.edge]] if net.edges else np.empty(0)
        wanted = onto.off_m[onto.point == point]
        assert on_mainland.min(initial=np.inf) == pytest.approx(wanted.min(initial=np.inf), rel=1e-9)


def test_a_town_of_its_own_is_no_island() -> None:
    # two towns that no way joins: a house of the smaller one steps onto its own street alone
    nodes = [(0, 0), (0, 500), (0, 900), (100, 0), (100, 500)]
    net = network(nodes, [(0, 1), (1, 2), (3, 4)])
    model = WalkModel(net)
    assert model.attach(*places([(90, 100)])).edge.tolist() == [2]
    assert full(model.reach(*places([(90, 100)]), *places([(0, 100)]), np.inf)).tolist() == [[np.inf]]


def test_points_beyond_the_snap_limit_are_told() -> None:
    model = WalkModel(STREET, max_snap_m=100)
    here = places([(500, 99), (500, 101), (1200, 0)])
    assert model.unreached(*here).tolist() == [False, True, True]
    metres = model.nearest(*here, *places([(0, 0)]), np.zeros(1, dtype=np.int64), 1)
    assert np.isinf(metres[:, 0]).tolist() == [False, True, True]


EMPTY = network([], [])
NO_EDGES = network([(0, 0), (10, 0)], [])


@pytest.mark.parametrize("net", [EMPTY, NO_EDGES, STREET])
def test_nothing_is_an_answer(net: WalkNetwork) -> None:
    none, some = places([]), places([(0, 0)])
    model, no_pattern = WalkModel(net), np.empty(0, dtype=np.int64)
    assert model.reach(*none, *none, 100).shape == (0, 0)
    assert model.reach(*some, *none, 100).shape == (1, 0)
    assert model.reach(*none, *some, 100).shape == (0, 1)
    assert model.nearest(*some, *none, no_pattern, 2).tolist() == [[np.inf, np.inf]]
    assert model.nearest(*none, *some, np.zeros(1, dtype=np.int64), 1).shape == (0, 1)
    assert model.reach(*some, *some, 100).nnz == (1 if net is STREET else 0)


def test_tiles_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    # a lattice of 3 km with every third street one way, cut into many tiles and many batches
    side = 31
    nodes = [(100.0 * (n % side), 100.0 * (n // side)) for n in range(side * side)]
    across = [
        (n, n + 1) if n % 3 else (n, n + 1, "oneway") for n in range(side * side) if n % side < side - 1
    ]
    up = [(n, n + side) for n in range(side * (side - 1))]
    model = WalkModel(network(nodes, [*across, *up]))
    random = np.random.default_rng(3)
    here, there = (places(random.uniform(0, 3000, (size, 2)).tolist()) for size in (90, 60))
    whole = full(model.reach(*here, *there, np.inf))
    other_side = full(model.reach(*places([]), *there, 1.0))
    assert other_side.shape == (0, 60)
    monkeypatch.setattr(walk, "LEAST_TILE_M", 1.0)
    monkeypatch.setattr(walk, "BLOCK_CELLS", 2000)
    for limit in (150.0, 700.0, np.inf):
        wanted = np.where(whole <= limit, whole, np.inf)
        np.testing.assert_allclose(full(model.reach(*here, *there, limit)), wanted, rtol=1e-12)
        # fewer points than places: the search begins at the points
        few = (here[0][:20], here[1][:20])
        np.testing.assert_allclose(full(model.reach(*few, *there, limit)), wanted[:20], rtol=1e-12)
    pattern = np.arange(60) % 7
    best = np.stack([whole[:, pattern == number].min(axis=1) for number in range(7)], axis=1)
    np.testing.assert_allclose(model.nearest(*here, *there, pattern, 7), best, rtol=1e-12)


def test_snapping_is_kept_and_travels_between_processes(monkeypatch: pytest.MonkeyPatch) -> None:
    model, here = WalkModel(BLOCK), places([(10, 20), (30, 40)])
    first = model.attach(*here)
    assert model.attach(here[0].copy(), here[1].copy()) is first
    for number in range(walk.KEPT_SNAPPINGS):
        model.attach(*places([(number, 0)]))
    assert model.attach(*here) is not first
    sent = pickle.loads(pickle.dumps(model))
    assert full(sent.reach(*here, *here, 500)).tolist() == full(model.reach(*here, *here, 500)).tolist()


def test_a_models_digest_is_that_of_all_it_depends_on() -> None:
    def model(length_m: float, max_snap_m: float = 500.0) -> WalkModel:
        network = WalkNetwork(
            np.array([0.0, 0.001]), np.zeros(2), np.array([0]), np.array([1]), np.array([length_m]),
            np.array([True]),
        )  # fmt: skip
        return WalkModel(network, max_snap_m=max_snap_m)

    assert model(111.0).digest == model(111.0).digest
    assert len({model(111.0).digest, model(112.0).digest, model(111.0, 400.0).digest}) == 3
