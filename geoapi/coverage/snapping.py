"""Where people step onto a walking network: the nearest point of the nearest edge."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.network import WalkNetwork
from geoapi.coverage.straight import ECCENTRICITY_SQUARED, SEMI_MAJOR_M

MAX_SNAP_M: Final = 500.0
"""Farther than this from any way, seven minutes over ground without a path, the network knows nothing."""

LARGE_SHARE: Final = 0.01
"""A part of the network with this share of the nodes is a place of its own; a smaller one is an island."""


@dataclass(frozen=True, slots=True, eq=False)
class Attachments:
    """Where points step onto the network: none, one or two rows for each, ordered by point.

    `along_m` is how far from the edge's tail, along the edge; `off_m` from the point to there.
    """

    point: Ints
    edge: Ints
    along_m: Floats
    off_m: Floats

    def __len__(self) -> int:
        return int(self.point.size)


class Snapper:
    """Finds where points step onto a network.

    Every point steps onto its nearest edge. Where that one is on an island (a pavement drawn without its
    crossings, a courtyard behind a gate), the point steps onto the nearest edge of a large part as well, and
    the shorter walk counts: an island in front of the door makes no house unreachable, and a walk that
    stays on the island is found too.
    """

    def __init__(self, network: WalkNetwork, max_snap_m: float = MAX_SNAP_M) -> None:
        self.network = network
        self.max_snap_m = max_snap_m
        self._frame = MercatorFrame(float(network.lon[0]) if network.nodes else 0.0)

    def attach(self, lon: Floats, lat: Floats) -> Attachments:
        """Where points, WGS-84 in degrees, step onto the network; no row for one beyond the limit."""
        everywhere = np.arange(lon.size)
        point, edge, along_m, off_m = self._nearest(self._tree, None, everywhere, lon, lat)
        if self._large_tree is not None:
            on_island = point[~self._is_large[edge]]
            more = self._nearest(
                self._large_tree, self._large_edges, on_island, lon[on_island], lat[on_island]
            )
            point, edge, along_m, off_m = (
                np.concatenate(pair) for pair in zip((point, edge, along_m, off_m), more, strict=True)
            )
            order = np.argsort(point, kind="stable")
            point, edge, along_m, off_m = point[order], edge[order], along_m[order], off_m[order]
        return Attachments(point, edge, along_m, off_m)

    def _nearest(
        self, tree: shapely.STRtree, edges: Ints | None, name: Ints, lon: Floats, lat: Floats
    ) -> tuple[Ints, Ints, Floats, Floats]:
        """Each point's `name`, its nearest edge of the tree, and where on it; without those too far off."""
        if not lon.size or not len(tree):
            none = np.empty(0, dtype=np.int64)
            return none, none, none.astype(np.float64), none.astype(np.float64)
        x, y = self._frame.project(lon, lat)
        # the frame's scale grows towards the poles: a hair more, and the true metres decide below
        reach = self.max_snap_m * float(self._frame.scale(lat).max()) * 1.01
        found, edge = tree.query_nearest(shapely.points(x, y), max_distance=reach, all_matches=False)
        edge = edge if edges is None else edges[edge]
        tail, head = self.network.tail[edge], self.network.head[edge]
        tail_x, tail_y = self._node_x[tail], self._node_y[tail]
        across_x, across_y = self._node_x[head] - tail_x, self._node_y[head] - tail_y
        off_x, off_y = x[found] - tail_x, y[found] - tail_y
        length = across_x**2 + across_y**2
        share = (off_x * across_x + off_y * across_y) / np.where(length > 0, length, 1.0)
        share = np.clip(share, 0.0, 1.0)
        foot_lat = self.network.lat[tail] * (1 - share) + self.network.lat[head] * share
        scale = self._frame.scale((foot_lat + lat[found]) / 2)
        off_m = np.hypot(off_x - share * across_x, off_y - share * across_y) / scale
        near = off_m <= self.max_snap_m
        return name[found[near]], edge[near], (share * self.network.length_m[edge])[near], off_m[near]

    @cached_property
    def _nodes(self) -> tuple[Floats, Floats]:
        x, y = self._frame.project(self.network.lon, self.network.lat)
        # to the micrometre: GEOS finds nothing near a line whose squared length is too small for a double
        return np.round(x, 6), np.round(y, 6)

    @property
    def _node_x(self) -> Floats:
        return self._nodes[0]

    @property
    def _node_y(self) -> Floats:
        return self._nodes[1]

    @cached_property
    def _is_large(self) -> NDArray[np.bool_]:
        """Of each edge, whether it belongs to a large part."""
        share = np.bincount(self.network.part, minlength=1) / max(self.network.nodes, 1)
        large = share >= LARGE_SHARE
        large[0] = True
        return np.asarray(large[self.network.part[self.network.tail]], dtype=np.bool_)

    @cached_property
    def _large_edges(self) -> Ints:
        return np.flatnonzero(self._is_large)

    @cached_property
    def _tree(self) -> shapely.STRtree:
        return self._tree_of(np.arange(self.network.edges))

    @cached_property
    def _large_tree(self) -> shapely.STRtree | None:
        """The edges of the large parts, where there are others."""
        return None if self._is_large.all() else self._tree_of(self._large_edges)

    def _tree_of(self, edges: Ints) -> shapely.STRtree:
        ends = np.stack((self.network.tail[edges], self.network.head[edges]), axis=1)
        return shapely.STRtree(
            shapely.linestrings(np.stack((self._node_x[ends], self._node_y[ends]), axis=2))
        )


@dataclass(frozen=True, slots=True)
class MercatorFrame:
    """Mercator's projection of the WGS-84 spheroid, cut open opposite to `centre_lon`.

    It keeps angles, so the nearest point of a line is found in it as on the ground. Its scale changes by
    one part in 7,000 over 500 m at 60° of latitude: only between edges as nearly as far as that can it pick
    the other one. Snyder, Map Projections (USGS Professional Paper 1395), equations 7-7 and 7-8.
    """

    centre_lon: float

    def project(self, lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
        """x and y of points in degrees, in metres at the equator."""
        eccentricity = np.sqrt(ECCENTRICITY_SQUARED)
        sine = np.sin(np.radians(lat))
        x = SEMI_MAJOR_M * np.radians((lon - self.centre_lon + 180.0) % 360.0 - 180.0)
        y = SEMI_MAJOR_M * (np.arctanh(sine) - eccentricity * np.arctanh(eccentricity * sine))
        return x, y

    def scale(self, lat: Floats) -> Floats:
        """Metres of the frame per metre on the ground."""
        latitude = np.radians(lat)
        scale: Floats = np.sqrt(1.0 - ECCENTRICITY_SQUARED * np.sin(latitude) ** 2) / np.cos(latitude)
        return scale
