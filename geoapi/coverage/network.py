"""A walking network as arrays: nodes, and straight pieces between them that are walked one way or both."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from geoapi.coverage.inputs import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class WalkNetwork:
    """Nodes in WGS-84 lon/lat, degrees, and edges between them: straight pieces from row `tail` to row `head`
    of the nodes, `length_m` metres on the spheroid, walked back as well where `both_ways`.

    Raises `ValueError` for arrays that do not fit each other. A network without edges reaches nothing.
    """

    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    length_m: Floats
    both_ways: NDArray[np.bool_]

    part: Ints = field(init=False)
    """of each node the part it is in: nobody can walk from one part to another. Part 0 has the most nodes"""

    def __post_init__(self) -> None:
        if not (
            self.lon.shape == self.lat.shape
            and self.tail.shape == self.head.shape == self.length_m.shape == self.both_ways.shape
        ):
            raise ValueError("the arrays of a network do not fit each other")
        ends = np.concatenate((self.tail, self.head))
        if ends.size and (ends.min() < 0 or ends.max() >= self.nodes):
            raise ValueError("an edge names a node that is not there")
        if not np.all(self.length_m >= 0) or not np.all(np.isfinite(self.length_m)):
            raise ValueError("an edge has no length that can be walked")
        object.__setattr__(self, "part", _parts(self.nodes, self.tail, self.head))

    @property
    def nodes(self) -> int:
        return int(self.lon.size)

    @property
    def edges(self) -> int:
        return int(self.tail.size)

    @property
    def islands(self) -> int:
        """How many parts there are, the largest included."""
        return int(self.part.max(initial=-1)) + 1

    @property
    def largest_share(self) -> float:
        """The share of the nodes that are in the largest part; 0 where there are none."""
        return float(np.mean(self.part == 0)) if self.nodes else 0.0

    def towards(self) -> csr_array:
        """Sparse (nodes, nodes) of the metres from the column's node to the row's: every edge turned round.

        A search from a place along it finds the walks *to* the place.
        """
        rows = np.concatenate((self.head, self.tail[self.both_ways]))
        columns = np.concatenate((self.tail, self.head[self.both_ways]))
        metres = np.concatenate((self.length_m, self.length_m[self.both_ways]))
        return shortest_of(rows, columns, metres, (self.nodes, self.nodes))


def shortest_of(rows: Ints, columns: Ints, metres: Floats, shape: tuple[int, int]) -> csr_array:
    """The sparse matrix of these entries; of several at one place the least. A stored 0 is kept."""
    order = np.lexsort((metres, columns, rows))
    rows, columns, metres = rows[order], columns[order], metres[order]
    first = np.ones(rows.size, dtype=np.bool_)
    first[1:] = (np.diff(rows) != 0) | (np.diff(columns) != 0)
    rows, columns, metres = rows[first], columns[first], metres[first]
    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=shape[0]))))
    return csr_array((metres, columns, starts), shape=shape)


def _parts(nodes: int, tail: Ints, head: Ints) -> Ints:
    """The part of each node; parts numbered from the one with the most nodes, of equal ones the earlier."""
    if not nodes:
        return np.empty(0, dtype=np.int64)
    links = csr_array((np.ones(tail.size, dtype=np.int8), (tail, head)), shape=(nodes, nodes))
    _, label = connected_components(links, directed=False)
    order = np.argsort(-np.bincount(label), kind="stable")
    rank = np.empty(order.size, dtype=np.int64)
    rank[order] = np.arange(order.size)
    return np.asarray(rank[label], dtype=np.int64)
