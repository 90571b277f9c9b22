"""Which hours matter: the distinct sets of stations that are open together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.inputs import CLOSED, OPEN, Ints, Supply

COUNTED_CLOSED: Final = 0
COUNTED_OPEN: Final = 1
READINGS: Final = ("unknown_closed", "unknown_open")
"""The two readings of unknown hours, in the order of every array's first axis."""

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class OpenSets:
    """Supply without what makes no difference: stations never open, hours that are the same, moments alike.

    `stations` are the indices into the supply of those ever open in some reading, `hours` the row of
    `sets` of each, ascending. `sets` is bool (hours, sets): which hours are open in which distinct set of
    them; rows and columns are in an order of their contents. `column` (2, instants) is the set that is open
    at each instant in each of `READINGS`.
    """

    stations: Ints
    hours: Ints
    sets: Mask
    column: Ints


def open_sets(supply: Supply) -> OpenSets:
    """The distinct hours of a supply's stations, and the distinct sets of hours open together."""
    both = np.hstack((supply.states == OPEN, supply.states != CLOSED))
    ever = np.asarray(both.any(axis=1))[supply.pattern] if len(supply) else np.zeros(0, dtype=bool)
    stations = np.flatnonzero(ever)
    used, hours = np.unique(supply.pattern[stations], return_inverse=True)
    # by their contents at all instants, so that a pattern more leaves the others in their order
    rows, same = distinct_rows(both[used])
    hours = same[hours]
    columns, column = distinct_rows(rows.T)
    by_hours = np.argsort(hours, kind="stable")
    return OpenSets(
        stations=stations[by_hours],
        hours=hours[by_hours],
        sets=np.ascontiguousarray(columns.T),
        column=column.reshape(2, supply.instants),
    )


def distinct_rows(rows: Mask) -> tuple[Mask, Ints]:
    """The distinct rows in the order of their contents, and each row's index among them."""
    if not rows.size:
        # no columns: all rows are alike
        return rows[: min(len(rows), 1)], np.zeros(len(rows), dtype=np.int64)
    packed = np.packbits(rows, axis=1)
    width = packed.shape[1]
    if width <= 8:
        # one whole number each: sorted several times faster than bytes, and in the same order
        padded = np.zeros((len(rows), 8), dtype=np.uint8)
        padded[:, :width] = packed
        keys = padded.view(">u8").ravel().astype(np.uint64)
    else:
        keys = np.ascontiguousarray(packed).view(f"V{width}").ravel()
    _, first, index = np.unique(keys, return_index=True, return_inverse=True)
    return rows[first], index.reshape(-1).astype(np.int64, copy=False)
