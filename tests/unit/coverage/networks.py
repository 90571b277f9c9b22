"""Small walking networks, and how far it is in them by brute force."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import strategies as st
from numpy.typing import NDArray
from pyproj import Geod

from geoapi.coverage.network import WalkNetwork
from geoapi.coverage.snapping import Attachments
from geoapi.coverage.walk import AT_THE_NODE_M

LON, LAT = 116.4, 39.9
EAST_M, NORTH_M = 85_512.0, 111_032.0
"""metres in a degree there, near enough for drawing"""
GEOD = Geod(ellps="WGS84")

Edge = tuple[int, int] | tuple[int, int, str]


def place(x: float, y: float) -> tuple[float, float]:
    """The lon/lat of a point drawn in metres."""
    return LON + x / EAST_M, LAT + y / NORTH_M


def places(points: Sequence[tuple[float, float]]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The lon and the lat of points drawn in metres."""
    drawn = np.array([place(x, y) for x, y in points], dtype=np.float64).reshape(-1, 2)
    return drawn[:, 0].copy(), drawn[:, 1].copy()


def network(nodes: Sequence[tuple[float, float]], edges: Sequence[Edge]) -> WalkNetwork:
    """A network drawn in metres; an edge (0, 1, "oneway") is walked from 0 to 1 only."""
    lon, lat = places(nodes)
    tail = np.array([edge[0] for edge in edges], dtype=np.int64)
    head = np.array([edge[1] for edge in edges], dtype=np.int64)
    both = np.array([len(edge) == 2 for edge in edges], dtype=np.bool_)
    _, _, length_m = GEOD.inv(lon[tail], lat[tail], lon[head], lat[head])
    return WalkNetwork(lon, lat, tail, head, np.asarray(length_m, dtype=np.float64), both)


@st.composite
def networks(draw: st.DrawFn) -> WalkNetwork:
    """Up to eight nodes within 1.5 km, with edges any way, some doubled, some looping, some in parts."""
    spot = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda p: (p[0] * 50.0, p[1] * 50.0))
    nodes = draw(st.lists(spot, min_size=1, max_size=8))
    node = st.integers(0, len(nodes) - 1)
    edge = st.one_of(st.tuples(node, node), st.tuples(node, node, st.just("oneway")))
    return network(nodes, draw(st.lists(edge, max_size=12)))


points = st.lists(st.tuples(st.floats(-300, 1800), st.floats(-300, 1800)), max_size=5).map(places)


def walked(
    net: WalkNetwork, here: Attachments, there: Attachments, shape: tuple[int, int]
) -> NDArray[np.float64]:
    """float64 (points, places): Floyd and Warshall, with a node wherever somebody steps onto the network."""
    feet = [(at, row) for at in (here, there) for row in range(len(at))]
    size = net.nodes + len(feet)
    metres = np.full((size, size), np.inf)
    np.fill_diagonal(metres, 0.0)

    def link(one: int, other: int, length: float) -> None:
        metres[one, other] = min(metres[one, other], length)

    for edge in range(net.edges):
        length = float(net.length_m[edge])
        stops = [(0.0, int(net.tail[edge])), (length, int(net.head[edge]))]
        stops += [
            (float(at.along_m[row]), net.nodes + number)
            for number, (at, row) in enumerate(feet)
            if at.edge[row] == edge
        ]
        for one_m, one in stops:
            for other_m, other in stops:
                at_the_end = min(one_m, other_m) < AT_THE_NODE_M and max(one_m, other_m) < AT_THE_NODE_M
                at_the_end |= min(one_m, other_m) > length - AT_THE_NODE_M
                if one_m <= other_m or net.both_ways[edge] or at_the_end:
                    link(one, other, abs(other_m - one_m))
    for middle in range(size):
        metres = np.minimum(metres, metres[:, [middle]] + metres[[middle], :])
    found = np.full(shape, np.inf)
    for one in range(len(here)):
        for other in range(len(there)):
            way = metres[net.nodes + one, net.nodes + len(here) + other]
            whole = here.off_m[one] + way + there.off_m[other]
            spot = (here.point[one], there.point[other])
            found[spot] = min(found[spot], whole)
    return found
