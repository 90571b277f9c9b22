"""An OpenStreetMap extract → the nodes and straight pieces that can be walked."""

from __future__ import annotations

from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Final, cast

import numpy as np
import osmium
import osmium.filter
import osmium.io
import osmium.osm
from numpy.typing import NDArray
from pyproj import Geod

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.street_ranks import StreetRank
from geoapi.errors import UnreadableFile, Words
from loaders.network_rules import (
    Direction,
    Tags,
    is_closed_barrier,
    is_walkable,
    street_rank,
    walking_direction,
)
from loaders.network_squares import across

WGS84: Final = Geod(ellps="WGS84")

_DIRECTIONS: Final[dict[Direction, int]] = {"both": 0, "forward": 1, "backward": -1}
_RANKS: Final = max(StreetRank) + 1
_KEPT_KEYS: Final = (
    "highway", "foot", "access", "service", "motorroad", "oneway", "oneway:foot", "conveying", "bicycle",
    "foot:forward", "foot:backward", "area",
)  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Extract:
    """What can be walked: nodes in WGS-84 lon/lat, degrees, and edges between rows of them, from `tail` to
    `head` and back where `both_ways`; `length_m` on the spheroid. `as_of` None: the file does not say."""

    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    length_m: Floats
    both_ways: NDArray[np.bool_]
    rank: Ints
    """of each edge its `StreetRank`"""
    as_of: date | None
    ways: int
    """ways that are walkable"""
    closed_barriers: int
    """nodes at which a walkable way is cut"""
    missing_nodes: int
    """nodes that the ways name and the file lacks, as at the edge of an extract"""


@dataclass(slots=True)
class _Ways:
    """The walkable ways as they are read: one flat list of nodes, and where each way ends in it."""

    nodes: array[int] = field(default_factory=lambda: array("q"))
    ends: array[int] = field(default_factory=lambda: array("q"))
    directions: array[int] = field(default_factory=lambda: array("b"))
    ranks: array[int] = field(default_factory=lambda: array("b"))
    squares: dict[str, list[list[int]]] = field(default_factory=dict)
    """the outlines of each walkable area; its name is that of the way or relation that it is"""

    def add(self, nodes: Iterable[int], direction: Direction, rank: StreetRank) -> None:
        self.nodes.extend(nodes)
        self.ends.append(len(self.nodes))
        self.directions.append(_DIRECTIONS[direction])
        self.ranks.append(rank)


def read_extract(path: Path) -> Extract:
    """The walkable part of an .osm.pbf file.

    Raises `UnreadableFile` for a file that is missing, damaged or no PBF, or has nothing to walk on.
    """
    try:
        with path.open("rb") as file:
            file.read(1)
    except OSError as error:
        raise UnreadableFile(
            Words(f"打不开 {path}", f"cannot open {path}: {error.strerror}"),
            field="FILE",
            mend=Words("请检查路径与权限", "check the path and its permissions"),
        ) from error
    # without the format libosmium goes by the file's name
    source = osmium.io.File(str(path), "pbf")
    try:
        as_of = _as_of(osmium.FileProcessor(source).header)
        ways = _read_ways(source, _square_rings(source))
        ids, lon, lat, closed = _read_nodes(source, _named(ways))
    except (RuntimeError, ValueError) as error:
        raise _unreadable(
            f"{path.name} 不是完好的 OSM PBF 文件：{error}", f"{path.name} is no sound OSM PBF file: {error}"
        ) from error
    walkable = len(ways.ends)
    for crossing in across(ways.squares.values(), ids, lon, lat, _shared(ways)):
        ways.add(crossing, "both", StreetRank.PATH)
    tail, head, both_ways, rank = _pieces(ways)
    named = _ascending(np.concatenate((tail, head)))
    known = np.isin(tail, ids) & np.isin(head, ids)
    tail, head, both_ways, rank = tail[known], head[known], both_ways[known], rank[known]
    if not tail.size:
        raise _unreadable(f"{path.name} 里没有可步行的道路", f"{path.name} has no way that can be walked")
    used = _ascending(np.concatenate((tail, head)))
    missing = int(named.size - np.isin(named, ids).sum())
    at = np.searchsorted(ids, used)
    lon, lat, closed = lon[at], lat[at], closed[at]
    tail, head, origin = _cut_at(np.searchsorted(used, tail), np.searchsorted(used, head), closed)
    lon, lat = lon[origin], lat[origin]
    _, _, length_m = WGS84.inv(lon[tail], lat[tail], lon[head], lat[head])
    return Extract(
        lon, lat, tail, head, np.asarray(length_m, dtype=np.float64), both_ways, rank, as_of, walkable,
        int(closed.sum()), missing,
    )  # fmt: skip


def _as_of(header: osmium.io.Header) -> date | None:
    """The day of the data, as the header has it."""
    for key in ("osmosis_replication_timestamp", "timestamp"):
        try:
            return datetime.fromisoformat(header.get(key)).date()
        except ValueError:
            continue
    return None


def _square_rings(source: osmium.io.File) -> dict[int, tuple[str, Tags]]:
    """The ways that bound a walkable square drawn as a relation, with the relation's name and tags."""
    rings: dict[int, tuple[str, Tags]] = {}
    relations = osmium.FileProcessor(source, osmium.osm.RELATION)
    squares = relations.with_filter(osmium.filter.TagFilter(("type", "multipolygon")))
    for relation in cast(Iterable[osmium.osm.Relation], squares):
        tags = dict(relation.tags)
        if is_walkable(tags):
            square = (f"relation {relation.id}", tags)
            rings.update((member.ref, square) for member in relation.members if member.type == "w")
    return rings


def _read_ways(source: osmium.io.File, rings: dict[int, tuple[str, Tags]]) -> _Ways:
    """The ways that can be walked. The outline of an area is one: walkers may go round it."""
    found = _Ways()
    for way in cast(Iterable[osmium.osm.Way], osmium.FileProcessor(source, osmium.osm.WAY)):
        ring = rings.get(way.id)
        if ring is None and "highway" not in way.tags:
            continue
        tags: Tags = {key: value for key in _KEPT_KEYS if (value := way.tags.get(key)) is not None}
        nodes = [node.ref for node in way.nodes]
        if ring is not None:
            found.squares.setdefault(ring[0], []).append(nodes)
        if not is_walkable(tags):
            if ring is None or "highway" in tags:
                continue
            tags = ring[1]
        elif tags.get("area") == "yes":
            found.squares[f"way {way.id}"] = [nodes]
        if len(nodes) > 1:
            found.add(nodes, walking_direction(tags), street_rank(tags))
    return found


def _read_nodes(source: osmium.io.File, wanted: Ints) -> tuple[Ints, Floats, Floats, NDArray[np.bool_]]:
    """Of the wanted nodes those in the file: ids, ascending, lon, lat, and whether they stop a walker."""
    # Places of all nodes are kept, 16 bytes each; a filter by id keeps a bit for every possible id: 1 GB.
    # The ways are read again because at the first of them libosmium sorts what a file has out of order.
    nodes = osmium.FileProcessor(source, osmium.osm.NODE | osmium.osm.WAY).with_locations()
    nodes.with_filter(osmium.filter.EntityFilter(osmium.osm.NODE))
    nodes.with_filter(osmium.filter.KeyFilter("barrier", "entrance", "highway"))
    closed = [
        node.id for node in cast(Iterable[osmium.osm.Node], nodes) if is_closed_barrier(dict(node.tags))
    ]
    place_of = nodes.node_location_storage
    assert place_of is not None
    ids, lon, lat = array("q"), array("d"), array("d")
    for node in wanted.tolist():
        try:
            place = place_of.get(node)
        except KeyError:
            continue
        if place.valid():
            ids.append(node)
            lon.append(place.lon)
            lat.append(place.lat)
    found = np.array(ids, dtype=np.int64)
    return found, np.array(lon), np.array(lat), np.isin(found, np.array(closed, dtype=np.int64))


def _ascending(numbers: Ints) -> Ints:
    """The numbers, each once, ascending: `np.unique` hashes them, which takes ten times as long."""
    some = np.sort(numbers)
    first = np.ones(some.size, dtype=np.bool_)
    first[1:] = some[1:] != some[:-1]
    return np.asarray(some[first], dtype=np.int64)


def _named(ways: _Ways) -> Ints:
    """The ids of the nodes that ways and squares name, ascending."""
    outlines = array("q", (node for square in ways.squares.values() for line in square for node in line))
    return _ascending(np.concatenate([np.array(some, dtype=np.int64) for some in (ways.nodes, outlines)]))


def _shared(ways: _Ways) -> Ints:
    """The ids of the nodes that two ways or more have in common, ascending."""
    sizes = np.asarray(np.diff(np.array([0, *ways.ends], dtype=np.int64)), dtype=np.int64)
    way = np.repeat(np.arange(sizes.size), sizes)
    ids, rank = np.unique(np.array(ways.nodes, dtype=np.int64), return_inverse=True)
    pairs = _ascending(rank * sizes.size + way)
    count = np.bincount(pairs // max(sizes.size, 1), minlength=ids.size)
    return np.asarray(ids[count > 1], dtype=np.int64)


def _pieces(ways: _Ways) -> tuple[Ints, Ints, NDArray[np.bool_], Ints]:
    """The pieces between consecutive nodes as node ids: tail, head, both ways, rank. Each is there once."""
    nodes = np.frombuffer(ways.nodes, dtype=np.int64) if ways.nodes else np.empty(0, dtype=np.int64)
    ends = np.array(ways.ends, dtype=np.int64)
    sizes = np.diff(ends, prepend=0)
    direction = np.repeat(np.array(ways.directions, dtype=np.int8), sizes)
    rank_of_way = np.repeat(np.array(ways.ranks, dtype=np.int64), sizes)
    inside = np.ones(nodes.size, dtype=np.bool_)
    inside[ends - 1] = False
    inside[:-1] &= nodes[:-1] != nodes[1:]
    start = np.flatnonzero(inside)
    one, other, direction = nodes[start], nodes[start + 1], direction[start]
    forward, backward = direction >= 0, direction <= 0
    # a pair of nodes is one number, made of their ranks: sorting pairs takes ten times as long
    ids, rank = np.unique(np.concatenate((one, other)), return_inverse=True)
    one, other = rank[: one.size], rank[one.size :]
    pairs = np.concatenate(((one * ids.size + other)[forward], (other * ids.size + one)[backward]))
    tail, head = np.divmod(_ascending(pairs), max(ids.size, 1))
    # two ways over the same nodes are one piece, and two one-way ones against each other are both ways
    low, high = np.minimum(tail, head), np.maximum(tail, head)
    pair, first, count = np.unique(low * ids.size + high, return_index=True, return_counts=True)
    # of the ways over a piece the one that matters most
    low, high = np.minimum(one, other), np.maximum(one, other)
    ranked = np.sort((low * ids.size + high) * _RANKS + rank_of_way[start])
    of_pair = ranked[np.searchsorted(ranked, pair * _RANKS)]
    return ids[tail[first]], ids[head[first]], count == 2, of_pair % _RANKS


def _cut_at(tail: Ints, head: Ints, closed: NDArray[np.bool_]) -> tuple[Ints, Ints, Ints]:
    """The pieces with every closed node taken apart, so that each piece ends there by itself.

    Returns tail, head, and for each node after that the node that it was before.
    """
    ends = np.stack((tail, head))
    apart = closed[ends]
    nodes = np.concatenate((np.flatnonzero(~closed), ends[apart]))
    number = np.cumsum(~closed) - 1
    after = number[ends]
    after[apart] = int((~closed).sum()) + np.arange(int(apart.sum()))
    return after[0], after[1], nodes


def _unreadable(zh: str, en: str) -> UnreadableFile:
    return UnreadableFile(
        Words(zh, en),
        field="FILE",
        mend=Words(
            "请给出完整的 OpenStreetMap 摘录（.osm.pbf）", "give a whole OpenStreetMap extract (.osm.pbf)"
        ),
    )
