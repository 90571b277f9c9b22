"""Reach along a walking network: to the nearest way, along the ways, and from there to the place."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.network import WalkNetwork, shortest_of
from geoapi.coverage.snapping import MAX_SNAP_M, Attachments, MercatorFrame, Snapper

KEPT_SNAPPINGS: Final = 8
BLOCK_CELLS: Final = 1 << 24
"""distances held at once, 128 MB of them"""
MOST_ORIGINS: Final = 1024
LEAST_TILE_M: Final = 2_000.0
AT_THE_NODE_M: Final = 0.01
FARTHEST_M: Final = 1e9


@dataclass(frozen=True, slots=True, eq=False)
class _Ends:
    """The nodes at which walks from (or to) attachments meet the network, and the metres from (to) the point.

    Two for each attachment, one after the other; the node is -1 where the edge is not walked that way.
    """

    node: Ints
    metres: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """One side of a search: its points in the frame, where they are attached, and their ends."""

    x: Floats
    y: Floats
    at: Attachments
    ends: _Ends


class WalkModel:
    """Metres walked along `network` from points to places, the way onto it and off it included.

    A point farther than `max_snap_m` from every edge reaches nothing. One-way edges bind in the
    direction of the walker, who goes from the point to the place. Where a point steps onto the network is
    kept for the last few sets of points, so that asking again is quick.
    """

    def __init__(self, network: WalkNetwork, *, max_snap_m: float = MAX_SNAP_M) -> None:
        self.network = network
        self.max_snap_m = max_snap_m
        self._snapper = Snapper(network, max_snap_m)
        self._frame = MercatorFrame(float(network.lon[0]) if network.nodes else 0.0)
        self._spots = _Spots(*self._frame.project(network.lon, network.lat))
        self._towards = network.towards()
        # by the model alone: what was answered once is found again by it
        self.digest = _digest(network, max_snap_m)
        self._snappings: OrderedDict[bytes, Attachments] = OrderedDict()

    def __reduce__(self) -> tuple[Any, ...]:
        # another process makes its own index: quicker than sending it
        return _remade, (self.network, self.max_snap_m)

    def attach(self, lon: Floats, lat: Floats) -> Attachments:
        """Where the points step onto the network."""
        key = blake2b(lon.tobytes() + lat.tobytes(), digest_size=16).digest()
        if (known := self._snappings.get(key)) is None:
            known = self._snapper.attach(lon, lat)
        # put back at the end by one assignment: threads may do it at once, and lose no more than time
        self._snappings[key] = known
        while len(self._snappings) > KEPT_SNAPPINGS:
            self._snappings.popitem(last=False)
        return known

    def unreached(self, lon: Floats, lat: Floats) -> NDArray[np.bool_]:
        """Which points are too far from every edge to step onto the network."""
        alone = np.ones(lon.size, dtype=np.bool_)
        alone[self.attach(lon, lat).point] = False
        return alone

    def reach(self, lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, limit_m: float) -> csr_array:
        """Sparse (points, places) metres walked from each point to each place within `limit_m`.

        What is stored is within the limit, a distance of 0 included; what is not stored is beyond it.
        """
        # what cannot be reached is infinitely far, and not within an infinite limit
        limit_m = min(limit_m, FARTHEST_M)
        here, there = self.attach(lon, lat), self.attach(to_lon, to_lat)
        point, place, metres = _on_one_edge(self.network, here, there)
        near = metres <= limit_m
        found = [(point[near], place[near], metres[near])]
        points = _Side(*self._frame.project(lon, lat), here, _ends(self.network, here, arriving=False))
        places = _Side(*self._frame.project(to_lon, to_lat), there, _ends(self.network, there, arriving=True))
        # a search costs the same from either side: the one with fewer begins
        widest = float(self._frame.scale(np.concatenate((lat, to_lat, [0.0]))).max())
        margin = limit_m * widest * 1.001
        if to_lon.size <= lon.size:
            for place, point, metres in self._between(self._towards, places, points, limit_m, margin):
                found.append((point, place, metres))
        else:
            found.extend(self._between(self._towards.T.tocsr(), points, places, limit_m, margin))
        point, place, metres = (np.concatenate(column) for column in zip(*found, strict=True))
        return shortest_of(point, place, metres, (lon.size, to_lon.size))

    def nearest(
        self, lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, pattern: Ints, patterns: int
    ) -> NDArray[np.float64]:
        """float64 (points, patterns): metres walked to the nearest place of each pattern, inf where none is.

        `pattern` is each place's own, 0 … patterns - 1. However far it is: there is no limit.
        """
        here, there = self.attach(lon, lat), self.attach(to_lon, to_lat)
        best = np.full((lon.size, patterns), np.inf)
        point, place, metres = _on_one_edge(self.network, here, there)
        np.minimum.at(best, (point, pattern[place]), metres)
        if not len(here) or not len(there):
            return best
        starts = _ends(self.network, there, arriving=True)
        begun = pattern[np.repeat(there.point, 2)]
        ends = _ends(self.network, here, arriving=False)
        node = np.where(ends.node < 0, self.network.nodes, ends.node)
        first = np.flatnonzero(np.diff(here.point, prepend=-1))
        rows = _rows_at_once(self.network.nodes + ends.node.size)
        for low in range(0, patterns, rows):
            high = min(low + rows, patterns)
            wanted = (begun >= low) & (begun < high) & (starts.node >= 0)
            metres_to = _search(
                self._towards,
                begun[wanted] - low,
                starts.node[wanted],
                starts.metres[wanted],
                high - low,
                np.inf,
            )
            walked = (metres_to[:, node] + ends.metres).reshape(high - low, -1, 2).min(axis=2)
            walked = np.minimum.reduceat(walked, first, axis=1)
            at = here.point[first]
            best[at, low:high] = np.minimum(best[at, low:high], walked.T)
        return best

    def _between(
        self, graph: csr_array, origin: _Side, target: _Side, limit_m: float, margin: float
    ) -> Iterator[tuple[Ints, Ints, Floats]]:
        """Origins, targets and the metres between them along `graph`, within the limit, tile by tile.

        A walk within the limit stays within `margin` of where it begins: of the network and of the
        targets no more than that is looked at.
        """
        tile = max(2 * margin, LEAST_TILE_M)
        begun = origin.at.point
        group = np.lexsort((np.floor(origin.x[begun] / tile), np.floor(origin.y[begun] / tile)))
        column, line = np.floor(origin.x[begun] / tile)[group], np.floor(origin.y[begun] / tile)[group]
        change = np.flatnonzero((np.diff(column) != 0) | (np.diff(line) != 0)) + 1
        ended = target.at.point
        near_ends = _Spots(target.x[ended], target.y[ended])
        # of each node its row among those that are looked at; the one behind the last stands for "no node"
        number = np.full(self.network.nodes + 1, -1, dtype=np.int64)
        for rows in np.split(group, change) if group.size else []:
            x, y = origin.x[begun[rows]], origin.y[begun[rows]]
            box = (x.min() - margin, y.min() - margin, x.max() + margin, y.max() + margin)
            nodes, to = self._spots.within(box), near_ends.within(box)
            if not nodes.size or not to.size:
                continue
            number.fill(-1)
            number[nodes] = np.arange(nodes.size)
            part = _part(graph, nodes, number)
            ends = np.stack((2 * to, 2 * to + 1), axis=1).ravel()
            node, extra = number[target.ends.node[ends]], target.ends.metres[ends]
            node = np.where(node < 0, nodes.size, node)
            for some in _split(rows, _rows_at_once(nodes.size + ends.size)):
                starts = np.stack((2 * some, 2 * some + 1), axis=1).ravel()
                at, metres = number[origin.ends.node[starts]], origin.ends.metres[starts]
                row = np.repeat(np.arange(some.size), 2)
                known = at >= 0
                walked = _search(part, row[known], at[known], metres[known], some.size, limit_m)
                walked = (walked[:, node] + extra).reshape(some.size, -1, 2).min(axis=2)
                one, other = np.nonzero(walked <= limit_m)
                yield begun[some[one]], ended[to[other]], walked[one, other]


def _digest(network: WalkNetwork, max_snap_m: float) -> bytes:
    """The same for two models only if all their answers are."""
    digest = blake2b(repr((network.nodes, network.edges, max_snap_m)).encode(), digest_size=16)
    for array in (
        network.lon, network.lat, network.tail, network.head, network.length_m, network.both_ways,
    ):  # fmt: skip
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.digest()


def _remade(network: WalkNetwork, max_snap_m: float) -> WalkModel:
    return WalkModel(network, max_snap_m=max_snap_m)


def _ends(network: WalkNetwork, at: Attachments, *, arriving: bool) -> _Ends:
    """Where walks to the attached points come from (`arriving`), or walks from them go to: tail, then head.

    Forward along its edge a walker may always go; back only where the edge is walked both ways. Who stands at
    the edge's very end stands on the node, whatever the edge allows.
    """
    forward = at.along_m
    back = np.maximum(network.length_m[at.edge] - forward, 0.0)
    tail, head, both = network.tail[at.edge], network.head[at.edge], network.both_ways[at.edge]
    if arriving:
        head = np.where(both | (back <= AT_THE_NODE_M), head, -1)
    else:
        tail = np.where(both | (forward <= AT_THE_NODE_M), tail, -1)
    return _Ends(
        np.stack((tail, head), axis=1).ravel(),
        np.stack((at.off_m + forward, at.off_m + back), axis=1).ravel(),
    )


def _on_one_edge(network: WalkNetwork, here: Attachments, there: Attachments) -> tuple[Ints, Ints, Floats]:
    """Points and places on the same edge, and the metres from one to the other along it."""
    order = np.argsort(there.edge, kind="stable")
    edges = there.edge[order]
    low, high = np.searchsorted(edges, here.edge, "left"), np.searchsorted(edges, here.edge, "right")
    one = np.repeat(np.arange(len(here)), high - low)
    # 0, 1, 2 … within each run
    run = np.arange(one.size) - np.repeat(np.cumsum(high - low) - (high - low), high - low)
    other = order[np.repeat(low, high - low) + run]
    forward = there.along_m[other] - here.along_m[one]
    allowed = (forward >= 0) | network.both_ways[here.edge[one]]
    one, other, forward = one[allowed], other[allowed], forward[allowed]
    return (
        here.point[one],
        there.point[other],
        here.off_m[one] + np.abs(forward) + there.off_m[other],
    )


def _search(
    graph: csr_array, origin: Ints, node: Ints, metres: Floats, origins: int, limit_m: float
) -> NDArray[np.float64]:
    """float64 (origins, nodes + 1): metres from each origin to each node along `graph`, inf beyond the limit.

    An origin begins at any of its nodes, the metres to there counted. The last column is inf, for "no node".
    """
    nodes = graph.shape[0]
    # every origin is a node of its own behind the others, from which edges lead to where it begins
    first = shortest_of(origin, node, metres, (origins, nodes))
    whole = csr_array(
        (
            np.concatenate((graph.data, first.data)),
            np.concatenate((graph.indices, first.indices)),
            np.concatenate((graph.indptr, graph.indptr[-1] + first.indptr[1:])),
        ),
        shape=(nodes + origins, nodes + origins),
    )
    found = dijkstra(whole, indices=np.arange(nodes, nodes + origins), limit=limit_m)
    walked: NDArray[np.float64] = found[:, : nodes + 1]
    walked[:, nodes] = np.inf
    return walked


def _part(graph: csr_array, nodes: Ints, number: Ints) -> csr_array:
    """The graph between some of its nodes; `number` is each node's row among them, -1 for the others."""
    if nodes.size == graph.shape[0]:
        return graph
    rows = graph[nodes]
    column = number[rows.indices]
    kept = column >= 0
    starts = np.concatenate(([0], np.cumsum(kept)))[rows.indptr]
    return csr_array((rows.data[kept], column[kept], starts), shape=(nodes.size, nodes.size))


class _Spots:
    """Places in the frame, sorted so that those in a box are found without looking at all."""

    def __init__(self, x: Floats, y: Floats) -> None:
        self._order = np.argsort(x, kind="stable")
        self._x, self._y = x[self._order], y[self._order]

    def within(self, box: tuple[float, float, float, float]) -> Ints:
        """The places in the box (west, south, east, north), by their numbers, ascending."""
        low, high = np.searchsorted(self._x, box[0], "left"), np.searchsorted(self._x, box[2], "right")
        y = self._y[low:high]
        return np.sort(self._order[low:high][(y >= box[1]) & (y <= box[3])])


def _rows_at_once(columns: int) -> int:
    return min(max(1, BLOCK_CELLS // columns), MOST_ORIGINS)


def _split(rows: Ints, size: int) -> Iterator[Ints]:
    for low in range(0, rows.size, size):
        yield rows[low : low + size]
