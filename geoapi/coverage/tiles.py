"""Points in tiles: squares of a fixed lon/lat grid, halved until few enough points lie in each.

Which tile a point is in depends on the points alone, never on the machine or on who works it out.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.inputs import Floats, Ints

SQUARE_DEGREES: Final = 0.4
"""Side of the largest squares, in degrees of longitude and latitude: 44 km from north to south."""

HALVINGS: Final = 12
"""How often a square may be halved: the smallest are some 11 m across."""

POINTS_AT_MOST: Final = 512
"""Tiles of more points than this are split, unless they are of the smallest."""


@dataclass(frozen=True, slots=True, eq=False)
class Tiles:
    """Points sorted by tile. Tile t holds the points `order[start[t]:start[t + 1]]`; none is empty.

    `square` is the largest square that each tile is part of, counted from 0, ascending.
    """

    order: Ints
    start: Ints
    square: Ints

    def __len__(self) -> int:
        return int(self.square.size)


def tiles_of(
    lon: Floats, lat: Floats, then_by: Ints | None = None, *, points_at_most: int = POINTS_AT_MOST
) -> Tiles:
    """The tiles of points at WGS-84 lon/lat; within a tile they are sorted by `then_by`, then as given."""
    if not lon.size:
        nothing = np.zeros(0, dtype=np.int64)
        return Tiles(nothing, np.zeros(1, dtype=np.int64), nothing)
    code = _codes(lon, lat)
    order = np.argsort(code, kind="stable")
    code = code[order]
    shift = _shifts(code, points_at_most)
    # the tile's first smallest square names it: no two tiles share one
    key = (code >> shift) << shift
    if then_by is not None:
        within = np.lexsort((then_by[order], key))
        order, key, code = order[within], key[within], code[within]
    start = np.concatenate(([0], np.flatnonzero(np.diff(key)) + 1, [key.size]))
    _, square = np.unique(key[start[:-1]] >> (2 * HALVINGS), return_inverse=True)
    return Tiles(order, start, square.reshape(-1))


def _codes(lon: Floats, lat: Floats) -> Ints:
    """Morton codes: bits of the smallest square's column and row, alternating."""
    steps = (1 << HALVINGS) / SQUARE_DEGREES
    column = np.floor((lon + 180.0) * steps).astype(np.uint64)
    row = np.floor((lat + 90.0) * steps).astype(np.uint64)
    return (_spread(column) | (_spread(row) << np.uint64(1))).astype(np.int64)


def _spread(bits: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """The lower 32 bits of each number with a zero after each (Sean Anderson, Bit Twiddling Hacks)."""
    for shift, mask in (
        (16, 0x0000_FFFF_0000_FFFF),
        (8, 0x00FF_00FF_00FF_00FF),
        (4, 0x0F0F_0F0F_0F0F_0F0F),
        (2, 0x3333_3333_3333_3333),
        (1, 0x5555_5555_5555_5555),
    ):
        bits = (bits | (bits << np.uint64(shift))) & np.uint64(mask)
    return bits


def _shifts(code: Ints, points_at_most: int) -> Ints:
    """For each of the sorted codes, how many of its bits lie within its tile."""
    shift = np.full(code.size, 0, dtype=np.int64)
    left = np.arange(code.size)
    for halvings in range(HALVINGS):
        bits = 2 * (HALVINGS - halvings)
        prefix = code[left] >> bits
        start = np.concatenate(([0], np.flatnonzero(np.diff(prefix)) + 1))
        count = np.diff(start, append=prefix.size)
        few = np.repeat(count <= points_at_most, count)
        shift[left[few]] = bits
        left = left[~few]
        if not left.size:
            break
    return shift
