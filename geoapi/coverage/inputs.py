"""What coverage is worked out from: weighted demand points, and stations with their states hour by hour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLOSED: Final = 0
OPEN: Final = 1
UNKNOWN: Final = 2

CellShape = Literal["point", "grid", "h3"]


@dataclass(frozen=True, slots=True)
class Cell:
    """What one demand point stands for: a place of `size_m` metres across, a square of that edge whose
    middle it is, or the hexagon of `h3_resolution` that it lies in."""

    shape: CellShape
    size_m: float
    h3_resolution: int | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Demand:
    """Weighted points: where people are. WGS-84 lon/lat in degrees, three arrays of one length.

    `area` is each point's index into `areas` (district codes), -1 outside every district. A weight is zero
    or more, and finite. No points at all is a demand too: nothing is asked for.
    """

    lon: Floats
    lat: Floats
    weight: Floats
    area: Ints
    areas: tuple[str, ...]
    cell: Cell

    def __len__(self) -> int:
        return int(self.lon.size)

    def only(self, which: NDArray[np.bool_] | Ints) -> Demand:
        """The points that a mask or index array picks, in that order; the areas stay as they are."""
        return Demand(
            self.lon[which], self.lat[which], self.weight[which], self.area[which], self.areas, self.cell
        )


@dataclass(frozen=True, slots=True, eq=False)
class Supply:
    """Stations. WGS-84 lon/lat in degrees; `ids` are the stations' own.

    `pattern` is each station's row of `states`: uint8 array (patterns, instants) of CLOSED, OPEN and
    UNKNOWN, one column for each instant that is asked about. Stations with the same hours share a row.
    """

    ids: Ints
    lon: Floats
    lat: Floats
    pattern: Ints
    states: NDArray[np.uint8]

    def __len__(self) -> int:
        return int(self.ids.size)

    @property
    def instants(self) -> int:
        return int(self.states.shape[1])

    def only(self, which: NDArray[np.bool_] | Ints) -> Supply:
        """The stations that a mask or index array picks, in that order."""
        return Supply(self.ids[which], self.lon[which], self.lat[which], self.pattern[which], self.states)
