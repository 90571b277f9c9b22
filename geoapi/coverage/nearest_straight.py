"""Distances in a straight line from the points of a tile to the nearest open stations, and no farther than
need be looked: the inner loop of coverage."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.open_sets import Mask, OpenSets, distinct_rows
from geoapi.coverage.straight import along_surface
from geoapi.coverage.tiles import Tiles

Metres32 = NDArray[np.float32]

PAIRS_AT_ONCE: Final = 1 << 18
"""Distances held at one time within a tile: 2 MB, about what a core keeps near itself."""


@dataclass(frozen=True, slots=True, eq=False)
class TileJob:
    """All that the distances within one tile depend on; small, and can be sent anywhere.

    `points` (n, 3) and `stations` (m, 3) are metres from the Earth's centre. `start` are where each hours'
    stations begin, `sets` (hours, sets) which hours are open together.
    """

    points: Floats
    stations: Floats
    start: Ints
    sets: Mask
    limit_m: float
    detour_factor: float

    def digest(self) -> bytes:
        """The same for two jobs exactly if their answers must be the same."""
        said = hashlib.blake2b(digest_size=20)
        said.update(
            np.array([self.limit_m, self.detour_factor, *self.points.shape, *self.sets.shape]).tobytes()
        )
        for part in (self.points, self.stations, self.start, self.sets):
            said.update(part.tobytes())
        return said.digest()


@dataclass(frozen=True, slots=True, eq=False)
class PlannedTile:
    """A tile's job, and which of its sets each distinct set of the whole supply is within it."""

    job: TileJob
    set_of: Ints


def plan_straight(
    points: Floats, tiles: Tiles, stations: Floats, sets: OpenSets, *, limit_m: float, detour_factor: float
) -> Iterator[PlannedTile]:
    """Each tile's job, in the order of tiles. `points` are in the tiles' order, `stations` in that of `sets`.

    A station is in a tile's job unless another serves every point of the tile better whenever it is open:
    with r the tile's radius about its centre c, and m the least distance from c of what is open at a time,
    every point has an open station within m + r then, and a station is no nearer than its distance from c
    less r. So one farther from c than m + 2r, for the largest m of its opening times, is the nearest to none.
    """
    centre, radius = _circles(points, tiles.start)
    first_tile = np.searchsorted(tiles.square, np.arange(tiles.square[-1] + 2 if len(tiles) else 1))
    for begin, end in pairwise(first_tile):
        within = slice(int(begin), int(end))
        middle, around = _circle_of_circles(centre[within], radius[within])
        some = _those_that_matter(middle, around, stations, sets.hours, sets.sets)
        candidates = np.flatnonzero(some[0])
        hours, places = sets.hours[candidates], stations[candidates]
        matter = _those_that_matter(centre[within], radius[within], places, hours, sets.sets)
        for tile, row in zip(range(within.start, within.stop), matter, strict=True):
            chosen = np.flatnonzero(row)
            start = _starts(hours[chosen])
            open_here, set_of = distinct_rows(sets.sets[hours[chosen[start]]].T)
            yield PlannedTile(
                TileJob(
                    points=points[tiles.start[tile] : tiles.start[tile + 1]],
                    stations=places[chosen],
                    start=start,
                    sets=open_here.T,
                    limit_m=limit_m,
                    detour_factor=detour_factor,
                ),
                set_of,
            )


def nearest_in_tiles(jobs: Sequence[TileJob]) -> list[Metres32]:
    """`nearest_in_tile` of each: several at once are worth sending to another process."""
    return [nearest_in_tile(job) for job in jobs]


def nearest_in_tile(job: TileJob) -> Metres32:
    """(sets, points) metres walked to the nearest station that is open in each set; inf where none is.

    Rounded to float32 towards the limit's own side of it: what is within `limit_m` is so by exactly the
    float64 distance.
    """
    points, stations = job.points, job.stations
    if not len(stations):
        return np.full((job.sets.shape[1], len(points)), np.inf, dtype=np.float32)
    nearest = np.empty((len(job.start) + 1, len(points)))
    step = max(1, PAIRS_AT_ONCE // len(stations))
    for at in range(0, len(points), step):
        some = points[at : at + step]
        squares = np.subtract(some[:, 0], stations[:, :1])
        squares *= squares
        for axis in (1, 2):
            along = np.subtract(some[:, axis], stations[:, axis : axis + 1])
            along *= along
            squares += along
        ends = [*job.start[1:], len(stations)]
        for row, (begin, end) in enumerate(zip(job.start, ends, strict=True)):
            np.minimum.reduce(squares[begin:end], axis=0, out=nearest[row, at : at + step])
    nearest[-1] = np.inf
    metres = along_surface(np.sqrt(nearest[:-1])) * job.detour_factor
    return nearest_of_sets(round_beside(metres, job.limit_m), job.sets)


def nearest_of_sets(metres: Metres32, sets: Mask) -> Metres32:
    """(sets, points) the least of the metres to each set's hours, from those (hours, points) to each."""
    answer = np.empty((sets.shape[1], metres.shape[1]), dtype=np.float32)
    for row, which in zip(answer, sets.T, strict=True):
        np.minimum.reduce(metres[which], axis=0, out=row, initial=np.inf)
    return answer


def round_beside(metres: Floats, limit_m: float) -> Metres32:
    """To float32, but not across the limit: at most `limit32(limit_m)` exactly where at most `limit_m`."""
    within, beyond = limit32(limit_m), np.nextafter(limit32(limit_m), np.float32(np.inf))
    rounded = metres.astype(np.float32)
    return np.where(metres <= limit_m, np.minimum(rounded, within), np.maximum(rounded, beyond))


def limit32(limit_m: float) -> np.float32:
    """The largest float32 that is not above the limit."""
    near = np.float32(limit_m)
    return near if float(near) <= limit_m else np.nextafter(near, np.float32(-np.inf))


def _circles(points: Floats, start: Ints) -> tuple[Floats, Floats]:
    """Centre (tiles, 3) and radius (tiles,) of a ball around each tile's points."""
    if not len(points):
        return np.zeros((0, 3)), np.zeros(0)
    low = np.minimum.reduceat(points, start[:-1], axis=0)
    high = np.maximum.reduceat(points, start[:-1], axis=0)
    centre = (low + high) / 2.0
    apart = np.sqrt(((points - np.repeat(centre, np.diff(start), axis=0)) ** 2).sum(axis=1))
    return centre, np.maximum.reduceat(apart, start[:-1])


def _circle_of_circles(centre: Floats, radius: Floats) -> tuple[Floats, Floats]:
    """One ball (1, 3), (1,) around several."""
    middle = (centre.min(axis=0) + centre.max(axis=0)) / 2.0
    around = (np.sqrt(((centre - middle) ** 2).sum(axis=1)) + radius).max()
    return middle[np.newaxis], np.array([around])


def _those_that_matter(centre: Floats, radius: Floats, stations: Floats, hours: Ints, sets: Mask) -> Mask:
    """(tiles, stations): False where others serve every point of the tile better whenever it is open."""
    if not len(stations):
        return np.zeros((len(centre), 0), dtype=bool)
    squares = np.zeros((len(centre), len(stations)))
    for axis in range(3):
        along = np.subtract(centre[:, axis : axis + 1], stations[:, axis])
        along *= along
        squares += along
    apart = np.sqrt(squares, out=squares)
    start = _starts(hours)
    least = np.minimum.reduceat(apart, start, axis=1)
    at_times, _ = distinct_rows(sets[hours[start]].T)
    at_times = at_times[at_times.any(axis=1)]
    times, theirs = np.nonzero(at_times)
    least_open = np.minimum.reduceat(least[:, theirs], _starts(times), axis=1)
    theirs, times = np.nonzero(at_times.T)
    farthest = np.maximum.reduceat(least_open[:, times], _starts(theirs), axis=1)
    # a hair more, so that rounding keeps a station rather than loses it
    reach = (farthest + 2.0 * radius[:, np.newaxis]) * (1.0 + 1e-9) + 1e-6
    return np.asarray(apart <= np.repeat(reach, np.diff(start, append=len(hours)), axis=1))


def _starts(ascending: Ints) -> Ints:
    """Where each run of equal numbers begins."""
    changes = np.flatnonzero(ascending[1:] != ascending[:-1]) + 1
    return np.concatenate(([0], changes)) if ascending.size else changes
