"""The arrays of a network, its parts, and the nearest point of the nearest edge."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod

from geoapi.coverage.network import WalkNetwork, shortest_of
from geoapi.coverage.snapping import MercatorFrame, Snapper
from tests.unit.coverage.networks import network, places

GEOD = Geod(ellps="WGS84")


def test_parts_are_numbered_from_the_largest() -> None:
    net = network([(0, 0), (9, 0), (50, 0), (60, 0), (70, 0), (99, 99)], [(0, 1), (2, 3, "oneway"), (4, 3)])
    assert net.part.tolist() == [1, 1, 0, 0, 0, 2]
    assert (net.nodes, net.edges, net.islands, net.largest_share) == (6, 3, 3, 0.5)


def test_no_network_at_all() -> None:
    net = network([], [])
    assert (net.nodes, net.edges, net.islands, net.largest_share) == (0, 0, 0, 0.0)
    assert net.towards().shape == (0, 0)


def test_edges_turned_round() -> None:
    net = network([(0, 0), (100, 0), (100, 100)], [(0, 1, "oneway"), (1, 2), (1, 2), (2, 2)])
    assert net.towards().toarray().round(-1).tolist() == [[0, 0, 0], [100, 0, 100], [0, 100, 0]]


def test_the_least_of_several_and_a_stored_zero() -> None:
    rows, columns = np.array([1, 0, 1, 1]), np.array([2, 0, 2, 0])
    found = shortest_of(rows, columns, np.array([5.0, 0.0, 3.0, 9.0]), (3, 3))
    assert found.indptr.tolist() == [0, 1, 3, 3]
    assert (found.indices.tolist(), found.data.tolist()) == ([0, 0, 2], [0.0, 9.0, 3.0])


@pytest.mark.parametrize(
    ("tail", "head", "length_m"),
    [([0], [2], [1.0]), ([-1], [0], [1.0]), ([0], [1], [np.nan]), ([0], [1], [-1.0]), ([0], [1], [np.inf]),
     ([0, 1], [1], [1.0])],
)  # fmt: skip
def test_arrays_that_do_not_fit(tail: list[int], head: list[int], length_m: list[float]) -> None:
    lon = lat = np.array([0.0, 1.0])
    with pytest.raises(ValueError, match=r"edge|arrays"):
        WalkNetwork(
            lon,
            lat,
            np.array(tail),
            np.array(head),
            np.array(length_m),
            np.ones(len(length_m), dtype=np.bool_),
        )


@given(
    st.floats(-180, 180), st.floats(-65, 65),
    st.lists(st.tuples(*[st.floats(-400, 400)] * 4), min_size=1, max_size=12),
    st.lists(st.tuples(st.floats(-600, 600), st.floats(-600, 600)), min_size=1, max_size=5),
)  # fmt: skip
def test_nearest_edge_as_by_brute_force(
    lon: float, lat: float, pieces: list[tuple[float, ...]], points: list[tuple[float, float]]
) -> None:
    """Anywhere on Earth, the antimeridian included: no edge is nearer than the one found, by geodesics."""

    def on_earth(drawn: list[tuple[float, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x, y = np.array(drawn, dtype=np.float64).T
        east, north, _ = GEOD.fwd(
            np.full(x.size, lon), np.full(x.size, lat), np.degrees(np.arctan2(x, y)), np.hypot(x, y)
        )
        return np.asarray(east), np.asarray(north)

    ends = [(a, b) for a, b, _, _ in pieces] + [(c, d) for _, _, c, d in pieces]
    node_lon, node_lat = on_earth(ends)
    size = len(pieces)
    tail, head = np.arange(size), np.arange(size) + size
    _, _, length_m = GEOD.inv(node_lon[tail], node_lat[tail], node_lon[head], node_lat[head])
    net = WalkNetwork(node_lon, node_lat, tail, head, np.asarray(length_m), np.ones(size, dtype=np.bool_))
    snapper = Snapper(net, 2000.0)
    point_lon, point_lat = on_earth(points)
    found = snapper.attach(point_lon, point_lat)
    assert set(found.point.tolist()) == set(range(len(points)))
    # how far each edge is, cut into a thousand pieces, in the tangent plane that it was drawn in
    shares = np.linspace(0, 1, 1001)
    for number, (x, y) in enumerate(points):
        distances = [
            np.hypot(a + (c - a) * shares - x, b + (d - b) * shares - y).min() for a, b, c, d in pieces
        ]
        off_m = found.off_m[found.point == number].min()
        assert off_m == pytest.approx(min(distances), rel=1e-3, abs=1.0)


def test_where_on_the_edge() -> None:
    net = network([(0, 0), (1000, 0)], [(0, 1)])
    found = Snapper(net).attach(*places([(250, 30), (-40, 0), (1030, 40), (500, 600)]))
    assert found.point.tolist() == [0, 1, 2]
    np.testing.assert_allclose(found.along_m, [250, 0, net.length_m[0]], rtol=2e-3)
    np.testing.assert_allclose(found.off_m, [30, 40, 50], rtol=2e-3)


def test_an_edge_without_length_is_a_point() -> None:
    net = network([(0, 0), (0, 0)], [(0, 1), (0, 0)])
    found = Snapper(net).attach(*places([(30, 40)]))
    assert found.off_m.tolist() == pytest.approx([50], rel=2e-3)
    assert found.along_m.tolist() == [0.0]


def test_the_frame_keeps_metres() -> None:
    frame = MercatorFrame(179.9)
    lat = np.array([-60.0, 0.0, 39.9, 65.0])
    for azimuth in (0.0, 90.0, 200.0):
        lon, there, _ = GEOD.fwd(np.full(4, 179.999), lat, np.full(4, azimuth), np.full(4, 100.0))
        x, y = frame.project(np.full(4, 179.999), lat)
        to_x, to_y = frame.project(np.asarray(lon), np.asarray(there))
        metres = np.hypot(to_x - x, to_y - y) / frame.scale((lat + there) / 2)
        np.testing.assert_allclose(metres, 100.0, rtol=1e-6)
