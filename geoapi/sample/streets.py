"""Made-up streets for the sample city, to walk along and to be seen on a map.

No street in it is real. It is drawn on flat ground first: a lattice of straight lines, close together where
the city is dense, with blocks, superblocks and rings of avenues; round the communities of the country a few
lanes each; and roads from one such cluster to the next. Then the ground is bent a little, ever less straight
the farther from the centre. Bending parts nothing and crosses nothing, so streets meet where they did before.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array
from scipy.sparse.csgraph import connected_components, dijkstra
from scipy.spatial import Delaunay, cKDTree
from shapely.geometry.base import BaseGeometry

from geoapi.coverage.street_ranks import StreetRank
from geoapi.sample.city import DEFAULT_SEED, Station, sample_city
from geoapi.sample.districts import sample_districts
from geoapi.sample.draws import Draws
from geoapi.sample.places import DEGREES_PER_M_EAST, DEGREES_PER_M_NORTH, places

Numbers = NDArray[np.float64]
Whole = NDArray[np.int64]
Mask = NDArray[np.bool_]


_THROUGH: Final = 9
"""Among the ranks while they are drawn: a street that goes a long way. Main roads follow it through a town
rather than zigzag."""

CENTRE: Final = (116.3975, 39.9075)
"""Where the axes cross, WGS-84 lon, lat."""

STEP_M: Final = 200.0
"""Between neighbouring lines of the lattice, before they are bent."""
LINE_JITTER_M: Final = 45.0
AVENUE_JITTER_M: Final = 150.0
REACH: Final = 608
"""Cells of the lattice on each side of the centre; a multiple of the superblock's."""

SUPERBLOCK: Final = 8
"""Cells along a superblock, the ground between avenues."""
RINGS: Final = (2, 4, 6, 11)
"""Ring avenues: superblocks from the centre."""

# How built up the ground is: hills about streets and towns, by the form's name; metres.
HILL_M: Final = {"街道": 1_250.0, "镇": 900.0}
MOUNTAIN_HILL_M: Final = 500.0
BUILT, CLOSE, DENSE = 0.26, 0.3, 1.7
PARK_SHARE: Final = 0.05
CUL_DE_SAC_SHARE: Final = 0.3

LONGEST_ROAD_M: Final = 30_000.0
PIECE_M: Final = 220.0
DETOUR: Final = 0.97
"""No road where two others lead there by a third place, both shorter than this share of it."""
AVENUE_AT_HAND_M: Final = 1_000.0


@dataclass(frozen=True, slots=True, eq=False)
class SampleStreets:
    """Nodes in WGS-84 lon/lat, degrees, and straight pieces between rows of them, walked both ways.

    `rank` is each piece's `StreetRank`: avenues and roads between towns are main roads.
    """

    lon: Numbers
    lat: Numbers
    tail: Whole
    head: Whole
    rank: Whole


def sample_streets(seed: int = DEFAULT_SEED, stations: Sequence[Station] | None = None) -> SampleStreets:
    """The streets of a seed's city, the same at every making. `stations`: the city's, if they are at hand."""
    if stations is None:
        stations = sample_city(seed).stations
    ground = Ground(seed)
    draws = Draws(seed, "streets/blocks")
    graph = _graph_of(*_lattice(ground, stations, draws), draws)
    graph = _joined(_clipped(graph, ground), ground)
    return _with_avenues(graph, ground)


class Ground:
    """The flat ground that is drawn on, metres east and north of `CENTRE`, and how it is bent."""

    def __init__(self, seed: int) -> None:
        draws = Draws(seed, "streets/ground")
        self._waves = [
            (_Waves(draws, 9_500.0), 1_150.0, 0.15),
            (_Waves(draws, 3_100.0), 190.0, 0.2),
            (_Waves(draws, 1_300.0), 85.0, 0.0),
        ]

    def bent(self, xy: Numbers) -> Numbers:
        """Where points of the flat ground come to lie."""
        return np.asarray(xy + self._shift(xy))

    def flat(self, xy: Numbers) -> Numbers:
        """The points of the flat ground that come to lie there, to a metre or so."""
        found = xy
        for _ in range(6):
            found = xy - self._shift(found)
        return found

    def _shift(self, xy: Numbers) -> Numbers:
        square = xy[:, 0] * xy[:, 0] + xy[:, 1] * xy[:, 1]
        shift = np.zeros_like(xy)
        # calm within the old walls, wild in the mountains
        outward = square / (square + 14_000.0 * 14_000.0)
        for waves, height_m, calm in self._waves:
            share = calm + (1.0 - calm) * (outward if calm else outward * outward)
            shift += waves.at(xy) * (height_m * share)[:, None]
        return shift

    def lonlat(self, xy: Numbers) -> Numbers:
        """WGS-84 degrees, to a centimetre, of points of the bent ground."""
        east = np.round(CENTRE[0] + xy[:, 0] * DEGREES_PER_M_EAST, 7)
        return np.column_stack([east, np.round(CENTRE[1] + xy[:, 1] * DEGREES_PER_M_NORTH, 7)])

    def metres(self, lon: Numbers, lat: Numbers) -> Numbers:
        """Points of the bent ground at WGS-84 degrees."""
        return np.column_stack(
            [(lon - CENTRE[0]) / DEGREES_PER_M_EAST, (lat - CENTRE[1]) / DEGREES_PER_M_NORTH]
        )


class _Waves:
    """Smooth numbers in [-1, 1]², by place: drawn on a grid, and between its points by a cubic."""

    def __init__(self, draws: Draws, apart_m: float) -> None:
        self._apart_m = apart_m
        self._side = int(REACH * STEP_M * 2.2 / apart_m) + 4
        self._values = draws.uniforms(self._side, self._side, 2) * 2.0 - 1.0

    def at(self, xy: Numbers) -> Numbers:
        at = xy / self._apart_m + self._side / 2
        low = np.clip(np.floor(at).astype(np.int64), 0, self._side - 2)
        share = np.clip(at - low, 0.0, 1.0)
        share = share * share * (3.0 - 2.0 * share)
        (x, y), (right, up) = low.T, share.T[:, :, None]
        v = self._values
        below = v[y, x] * (1 - right) + v[y, x + 1] * right
        above = v[y + 1, x] * (1 - right) + v[y + 1, x + 1] * right
        return np.asarray(below * (1 - up) + above * up)


@dataclass(slots=True, eq=False)
class _Lattice:
    """Streets on the lattice: `east[y, x]` from its point (x, y) to (x + 1, y), `north` to (x, y + 1)."""

    east: Mask = field(default_factory=lambda: np.zeros((2 * REACH + 1, 2 * REACH), dtype=np.bool_))
    north: Mask = field(default_factory=lambda: np.zeros((2 * REACH, 2 * REACH + 1), dtype=np.bool_))

    def surround(self, blocks: Mask, size: int) -> None:
        """Streets round the blocks, each `size` cells along."""
        beside = np.pad(blocks, ((1, 1), (0, 0)))
        self.east[::size] |= np.repeat(beside[:-1] | beside[1:], size, axis=1)
        beside = np.pad(blocks, ((0, 0), (1, 1)))
        self.north[:, ::size] |= np.repeat(beside[:, :-1] | beside[:, 1:], size, axis=0)

    def divide(self, eastward: Mask, northward: Mask, size: int) -> None:
        """Streets through the middle of blocks, west to east and south to north."""
        self.east[size // 2 :: size] |= np.repeat(eastward, size, axis=1)
        self.north[:, size // 2 :: size] |= np.repeat(northward, size, axis=0)

    def degrees(self) -> Whole:
        """Of each point how many streets meet in it."""
        count = np.zeros((2 * REACH + 1, 2 * REACH + 1), dtype=np.int64)
        count[:, :-1] += self.east
        count[:, 1:] += self.east
        count[:-1] += self.north
        count[1:] += self.north
        return count

    def shorten(self, dead: Mask) -> None:
        """Take away what leads to these points."""
        self.east &= ~(dead[:, :-1] | dead[:, 1:])
        self.north &= ~(dead[:-1] | dead[1:])


@dataclass(frozen=True, slots=True, eq=False)
class _Graph:
    """Nodes on the flat ground, and pieces between them."""

    xy: Numbers
    tail: Whole
    head: Whole
    rank: Whole

    def parts(self) -> Whole:
        links = coo_array(
            (np.ones(self.tail.size, np.int8), (self.tail, self.head)), shape=[len(self.xy)] * 2
        )
        return np.asarray(connected_components(links, directed=False)[1], dtype=np.int64)

    def only(self, kept: Mask) -> _Graph:
        """With some of its pieces, and the nodes that they end in."""
        used, ends = np.unique(np.concatenate([self.tail[kept], self.head[kept]]), return_inverse=True)
        half = int(kept.sum())
        return _Graph(self.xy[used], ends[:half], ends[half:], self.rank[kept])


def _lattice(ground: Ground, stations: Sequence[Station], draws: Draws) -> tuple[_Lattice, _Lattice]:
    lattice = _Lattice()
    side = 2 * REACH
    half = SUPERBLOCK // 2
    built = _built_up(ground, side // half, STEP_M * half)
    settled = _settled(ground, stations, side // 2, STEP_M * 2)

    superblocks = _without_notches(_largest_of_four(built) >= BUILT)
    urban = superblocks & (_neighbours(superblocks) >= 2)
    lattice.surround(urban, SUPERBLOCK)
    for ring in RINGS:
        low, high = REACH - ring * SUPERBLOCK, REACH + ring * SUPERBLOCK
        lattice.east[[low, high], low:high] = True
        lattice.north[low:high, [low, high]] = True
    avenues = _Lattice(lattice.east.copy(), lattice.north.copy())
    lattice.surround(superblocks, SUPERBLOCK)
    lattice.divide(superblocks, superblocks, SUPERBLOCK)

    within = np.repeat(np.repeat(superblocks, 2, axis=0), 2, axis=1)
    luck = draws.uniforms(*built.shape, 2)
    close = within & (built >= CLOSE) & (luck[..., 0] >= PARK_SHARE)
    one_way = luck[..., 1]
    lattice.divide(close & (one_way >= 0.10), close & (one_way <= 0.90), half)
    # what stations stand in, and the country's communities
    lattice.surround(_without_notches(_without_notches(settled > 0, 2), 2), 2)

    built = np.repeat(np.repeat(built, 2, axis=0), 2, axis=1)
    luck = draws.uniforms(*built.shape, 2)
    dense = (
        np.repeat(np.repeat(close, 2, axis=0), 2, axis=1) & (built >= DENSE) & (luck[..., 0] >= PARK_SHARE)
    )
    dense |= settled >= 8
    # lanes run from east to west, as hutongs do
    lattice.divide(dense & (luck[..., 1] >= 0.22), dense & (luck[..., 1] <= 0.5), 2)

    keep = draws.uniforms(side + 1, side + 1) < CUL_DE_SAC_SHARE
    for _ in range(4):
        lattice.shorten((lattice.degrees() == 1) & ~keep)
    return lattice, avenues


def _centres(ground: Ground) -> tuple[Numbers, Numbers]:
    """Of every street and town where on the flat ground its middle is, and how far its hill reaches."""
    every = [place for here in places().values() for place in here]
    reach_m = [MOUNTAIN_HILL_M if one.form.weight < 0.2 else HILL_M[one.form.suffix_zh] for one in every]
    degrees = np.array([(one.lon, one.lat) for one in every])
    return ground.flat(ground.metres(degrees[:, 0], degrees[:, 1])), np.array(reach_m)


def _built_up(ground: Ground, side: int, size_m: float) -> Numbers:
    """How built up each of side × side blocks about the centre is: about 1 in a town, 5 in the middle."""
    middle = (np.arange(side) - side / 2 + 0.5) * size_m
    built = np.zeros((side, side))
    for (x, y), reach_m in zip(*(one.tolist() for one in _centres(ground)), strict=True):
        # nothing to speak of farther off
        near_x = np.flatnonzero(np.abs(middle - x) < 6 * reach_m)
        near_y = np.flatnonzero(np.abs(middle - y) < 6 * reach_m)
        east, north = middle[near_x] - x, middle[near_y] - y
        ratio = 1.0 + ((east * east)[None, :] + (north * north)[:, None]) / (reach_m * reach_m)
        built[near_y[0] : near_y[-1] + 1, near_x[0] : near_x[-1] + 1] += 1.0 / (ratio * ratio)
    return built


def _settled(ground: Ground, stations: Sequence[Station], side: int, size_m: float) -> Whole:
    """How many stations stand in each of side × side blocks about the centre."""
    lon = np.array([station.lon for station in stations])
    lat = np.array([station.lat for station in stations])
    block = np.floor(ground.flat(ground.metres(lon, lat)) / size_m).astype(np.int64) + side // 2
    count = np.bincount(block[:, 1] * side + block[:, 0], minlength=side * side)
    return np.asarray(count.reshape(side, side), dtype=np.int64)


def _largest_of_four(blocks: Numbers) -> Numbers:
    side = blocks.shape[0] // 2
    return np.asarray(blocks.reshape(side, 2, side, 2).max(axis=(1, 3)))


def _neighbours(blocks: Mask) -> Whole:
    """How many of the four blocks beside each are among the blocks."""
    beside = np.pad(blocks, 1).astype(np.int64)
    return np.asarray(beside[:-2, 1:-1] + beside[2:, 1:-1] + beside[1:-1, :-2] + beside[1:-1, 2:])


def _without_notches(blocks: Mask, least: int = 3) -> Mask:
    """With the blocks that have at least so many of them for neighbours."""
    return np.asarray(blocks | (_neighbours(blocks) >= least))


def _graph_of(lattice: _Lattice, avenues: _Lattice, draws: Draws) -> _Graph:
    """The lattice's streets as nodes and pieces; every second point where nothing else meets is left out."""
    side = 2 * REACH + 1
    tails, heads, ranks = [], [], []
    degrees = lattice.degrees()
    for streets, major, count, scale in (
        (lattice.east, avenues.east, degrees, (side, 1)),
        (lattice.north.T, avenues.north.T, degrees.T, (1, side)),
    ):
        through = np.zeros((side, side), dtype=np.bool_)
        through[:, 1:-1] = streets[:, :-1] & streets[:, 1:] & (count[:, 1:-1] == 2)
        through[:, ::2] = False
        row, column = np.nonzero(streets & ~through[:, :-1])
        last = column + 1 + through[row, column + 1]
        tails.append(row * scale[0] + column * scale[1])
        heads.append(row * scale[0] + last * scale[1])
        ranks.append(
            np.where(major[row, column], StreetRank.MAIN, np.where(row % 4 == 0, _THROUGH, StreetRank.STREET))
        )
    line = _lines(draws)
    point = np.arange(side * side)
    xy = np.column_stack([line[0][point % side], line[1][point // side]])
    tail, head, rank = (np.concatenate(one) for one in (tails, heads, ranks))
    return _Graph(xy, tail, head, rank).only(np.ones(tail.size, dtype=np.bool_))


def _lines(draws: Draws) -> Numbers:
    """Where the lattice's lines lie: east of the centre those from south to north, then the others north."""
    number = np.arange(2 * REACH + 1)
    avenue, beyond = number // SUPERBLOCK, number % SUPERBLOCK / SUPERBLOCK
    wide = (draws.uniforms(2, avenue[-1] + 2) * 2.0 - 1.0) * AVENUE_JITTER_M
    narrow = (draws.uniforms(2, number.size) * 2.0 - 1.0) * LINE_JITTER_M
    shift = wide[:, avenue] * (1.0 - beyond) + wide[:, avenue + 1] * beyond + narrow
    return np.asarray((number - REACH) * STEP_M + shift)


def _clipped(graph: _Graph, ground: Ground) -> _Graph:
    """What lies in the city."""
    ends = np.column_stack([graph.tail, graph.head])
    return graph.only(_in_city(list(graph.xy[ends]), ground))


def _in_city(lines: Sequence[Numbers], ground: Ground) -> Mask:
    """Which lines of the flat ground lie in the city when they are bent."""
    degrees = ground.lonlat(ground.bent(np.concatenate(lines)))
    line = np.repeat(np.arange(len(lines)), [len(one) for one in lines])
    return np.asarray(shapely.contains(_city(), shapely.linestrings(degrees, indices=line)))


@cache
def _city() -> BaseGeometry:
    city = shapely.union_all([district.polygon for district in sample_districts()])
    shapely.prepare(city)
    return city


def _joined(graph: _Graph, ground: Ground) -> _Graph:
    """With roads from each part to those beside it, unless a way round by a third is made of shorter ones."""
    part = graph.parts()
    ends = Delaunay(graph.xy).simplices[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2).astype(np.int64)
    ends = ends[part[ends[:, 0]] != part[ends[:, 1]]]
    ends = np.unique(np.sort(ends, axis=1), axis=0)
    metres = _lengths(graph.xy, ends[:, 0], ends[:, 1])
    ends, metres = ends[metres < LONGEST_ROAD_M], metres[metres < LONGEST_ROAD_M]
    roads = [_road(graph.xy[one], graph.xy[other]) for one, other in ends]
    stays = np.flatnonzero(_in_city(roads, ground))
    chosen = stays[_neighbouring(np.sort(part[ends[stays]], axis=1), metres[stays])]
    xys, tails, heads = [graph.xy], [graph.tail], [graph.head]
    nodes = len(graph.xy)
    for road in chosen.tolist():
        between = roads[road][1:-1]
        numbers = np.array([ends[road, 0], *range(nodes, nodes + len(between)), ends[road, 1]])
        nodes += len(between)
        xys.append(between)
        tails.append(numbers[:-1])
        heads.append(numbers[1:])
    tail, head = np.concatenate(tails), np.concatenate(heads)
    rank = np.concatenate([graph.rank, np.full(tail.size - graph.rank.size, _THROUGH)])
    return _Graph(np.concatenate(xys), tail, head, rank)


def _road(start: Numbers, end: Numbers) -> Numbers:
    """A straight road in pieces that can be bent."""
    run = end - start
    pieces = 1 + int(np.sqrt(run[0] * run[0] + run[1] * run[1]) / PIECE_M)
    return np.asarray(start + np.arange(pieces + 1)[:, None] / pieces * run)


def _with_avenues(graph: _Graph, ground: Ground) -> SampleStreets:
    """Main roads lead from each street or town to those beside it; and all is bent, and in degrees."""
    bent = ground.bent(graph.xy)
    metres = _lengths(bent, graph.tail, graph.head)
    # who can stays on one street
    metres *= np.where(graph.rank == _THROUGH, 0.7, 1.0)
    size = [len(bent)] * 2
    major = graph.rank == StreetRank.MAIN
    system = np.full(len(bent), -1)
    on_avenue = np.unique(np.concatenate([graph.tail[major], graph.head[major]]))
    links = coo_array(
        (np.ones(int(major.sum()), np.int8), (graph.tail[major], graph.head[major])), shape=size
    )
    system[on_avenue] = connected_components(links, directed=False)[1][on_avenue]
    spots = _centres(ground)[0]
    # a street with an avenue at hand needs no other
    spots = spots[cKDTree(graph.xy[on_avenue]).query(spots)[0] > AVENUE_AT_HAND_M]
    middles = np.unique(cKDTree(graph.xy).query(spots)[1])
    system[middles] = len(bent) + np.arange(middles.size)
    starts = np.flatnonzero(system >= 0)
    both = csr_array(
        (
            np.concatenate([metres, metres]),
            (np.concatenate([graph.tail, graph.head]), np.concatenate([graph.head, graph.tail])),
        ),
        shape=size,
    )
    far, before, origin = dijkstra(both, indices=starts, min_only=True, return_predecessors=True)
    known = np.isfinite(far[graph.tail]) & np.isfinite(far[graph.head])
    of_tail, of_head = (
        np.where(known, system[origin[ends] * known], -1) for ends in (graph.tail, graph.head)
    )
    meets = np.flatnonzero(of_tail != of_head)
    whole = far[graph.tail[meets]] + metres[meets] + far[graph.head[meets]]
    pairs = np.sort(np.column_stack([of_tail, of_head])[meets], axis=1)
    piece_of = {}
    for number, (a, b) in enumerate(zip(graph.tail.tolist(), graph.head.tolist(), strict=True)):
        piece_of[a, b] = piece_of[b, a] = number
    rank = np.where(major, StreetRank.MAIN, StreetRank.STREET)
    for piece in meets[_neighbouring(pairs, whole)].tolist():
        rank[piece] = StreetRank.MAIN
        for node in (int(graph.tail[piece]), int(graph.head[piece])):
            while (previous := int(before[node])) >= 0:
                rank[piece_of[previous, node]] = StreetRank.MAIN
                node = previous
    lonlat = ground.lonlat(bent)
    return SampleStreets(lonlat[:, 0], lonlat[:, 1], graph.tail, graph.head, rank)


def _neighbouring(pairs: Whole, metres: Numbers) -> list[int]:
    """Which ways between pairs of things to build: of each pair the shortest, and none where the two are each
    nearer to some third: the relative neighbourhood graph (Toussaint, 1980)."""
    best: dict[tuple[int, int], int] = {}
    beside: dict[int, dict[int, float]] = {}
    for way in np.argsort(metres, kind="stable").tolist():
        one, other = pairs[way].tolist()
        if best.setdefault((one, other), way) == way:
            beside.setdefault(one, {})[other] = beside.setdefault(other, {})[one] = float(metres[way])
    return [
        way
        for (one, other), way in best.items()
        if not any(
            max(length, beside[other].get(third, np.inf)) < metres[way] * DETOUR
            for third, length in beside[one].items()
        )
    ]


def _lengths(xy: Numbers, tail: Whole, head: Whole) -> Numbers:
    run = xy[head] - xy[tail]
    # a square root is exactly rounded, as the four operations are
    return np.asarray(np.sqrt(run[:, 0] * run[:, 0] + run[:, 1] * run[:, 1]))
