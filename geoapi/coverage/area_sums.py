"""Distances added up by area: what all of an area's figures are made of."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, NamedTuple

import numpy as np

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.nearest_straight import Metres32, limit32
from geoapi.coverage.statistics import Distances, Histogram, distances_of, empty_histogram, histogram_of
from geoapi.coverage.tile_cache import TileCache

POINTS_AT_ONCE: Final = 1 << 14
"""Points added up together, as a bound on memory: 4 MB for 64 distinct sets of open stations."""

KEPT_SHARE: Final = 0.5
"""Of a cache, what areas may take: many of them would drive out the tiles, which save more."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Metres (own sets, points) of the points from `begin` on, and the own set of each distinct set.

    `key` is the same for two only if their metres are; None where that is not known.
    """

    begin: int
    metres: Metres32
    set_of: Ints
    key: bytes | None = None


class Piece(NamedTuple):
    """A stretch of points of one area, counted within what is found."""

    part: Found
    begin: int
    end: int


@dataclass(frozen=True, slots=True, eq=False)
class AreaSums:
    """An area's weight, and for each of its own sets what is covered and how far it is."""

    total: float
    covered: Floats
    histogram: Histogram
    distances: Distances

    @property
    def nbytes(self) -> int:
        """About what it takes in memory."""
        return self.histogram.weight.nbytes + self.histogram.moment.nbytes + 8 * 6 * self.covered.size


def sums_by_area(
    area: Ints,
    weight: Floats,
    areas: int,
    sets: int,
    found: Sequence[Found],
    limit_m: float,
    cache: TileCache | None = None,
) -> list[tuple[AreaSums, Ints]]:
    """Each area's sums, and which of its own sets each of the distinct `sets` is.

    Sets that differ nowhere in an area are one there. An area that is in the `cache`, because nothing in it
    has changed, is not added up again.
    """
    answer: list[tuple[AreaSums, Ints]] = []
    for pieces in _pieces(area, areas, found):
        chosen, own = _own_sets(pieces, sets)
        key = _key(pieces, chosen, weight, limit_m) if cache is not None else None
        sums = cache.get(key) if cache is not None and key is not None else None
        if sums is None:
            sums = _added_up(pieces, chosen, weight, limit_m)
            if cache is not None and key is not None and sums.nbytes * areas <= KEPT_SHARE * cache.max_bytes:
                cache.put(key, sums)
        answer.append((sums, own))
    return answer


def _pieces(area: Ints, areas: int, found: Sequence[Found]) -> list[list[Piece]]:
    """For each area the stretches of points that lie in it."""
    pieces: list[list[Piece]] = [[] for _ in range(areas)]
    changes = np.flatnonzero(np.diff(area)) + 1
    for part in found:
        until = part.begin + part.metres.shape[1]
        first, last = np.searchsorted(changes, part.begin, "right"), np.searchsorted(changes, until)
        for begin, end in pairwise([part.begin, *changes[first:last].tolist(), until]):
            for at in range(begin - part.begin, end - part.begin, POINTS_AT_ONCE):
                piece = Piece(part, at, min(at + POINTS_AT_ONCE, end - part.begin))
                pieces[area[begin]].append(piece)
    return pieces


def _own_sets(pieces: Sequence[Piece], sets: int) -> tuple[Ints, Ints]:
    """(own sets, pieces) the set of each piece in each of the area's own; and the own set of each set."""
    if not pieces:
        return np.zeros((min(sets, 1), 0), dtype=np.int64), np.zeros(sets, dtype=np.int64)
    set_of = np.stack([piece.part.set_of for piece in pieces], axis=1)
    keys = np.ascontiguousarray(set_of.astype(">u4")).view(f"V{4 * len(pieces)}").ravel()
    _, first, own = np.unique(keys, return_index=True, return_inverse=True)
    return set_of[first], own.reshape(-1)


def _key(pieces: Sequence[Piece], chosen: Ints, weight: Floats, limit_m: float) -> bytes | None:
    said = hashlib.blake2b(digest_size=20, person=b"area")
    said.update(np.array([limit_m, *chosen.shape]).tobytes())
    said.update(chosen.tobytes())
    for part, begin, end in pieces:
        if part.key is None:
            return None
        said.update(part.key)
        said.update(np.array([begin, end]).tobytes())
        said.update(weight[part.begin + begin : part.begin + end].tobytes())
    return said.digest()


def _added_up(pieces: Sequence[Piece], chosen: Ints, weight: Floats, limit_m: float) -> AreaSums:
    sets = len(chosen)
    total, covered, histogram = 0.0, np.zeros(sets), empty_histogram(sets)
    for some in _together(pieces):
        metres = np.empty((sets, sum(pieces[at].end - pieces[at].begin for at in some)), dtype=np.float32)
        weights = np.empty(metres.shape[1])
        to = 0
        for at in some:
            part, begin, end = pieces[at]
            here = slice(to, to + end - begin)
            np.take(part.metres[:, begin:end], chosen[:, at], axis=0, out=metres[:, here])
            weights[here] = weight[part.begin + begin : part.begin + end]
            to = here.stop
        total += float(weights.sum())
        covered += _within(metres, weights, limit_m)
        histogram = histogram + histogram_of(metres, weights)
    return AreaSums(total, covered, histogram, distances_of(histogram))


def _within(metres: Metres32, weight: Floats, limit_m: float) -> Floats:
    """(rows,) weight within the limit. The sums of all rows, and of the whole weight, are taken in one way,
    so that to the last bit more points never weigh less."""
    answer, taken = np.empty(len(metres)), np.empty(weight.size)
    for row, near in enumerate(metres <= limit32(limit_m)):
        np.multiply(weight, near, out=taken)
        answer[row] = taken.sum()
    return answer


def _together(pieces: Sequence[Piece]) -> Iterator[list[int]]:
    """The pieces' indices in groups of at most `POINTS_AT_ONCE` points."""
    group: list[int] = []
    points = 0
    for at, piece in enumerate(pieces):
        size = piece.end - piece.begin
        if group and points + size > POINTS_AT_ONCE:
            yield group
            group, points = [], 0
        group.append(at)
        points += size
    if group:
        yield group
