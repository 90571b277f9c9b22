"""Where a site could stand: demand points, thinned where there are too many to weigh each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.fft import irfft2, next_fast_len, rfft2

from geoapi.coverage.inputs import Floats, Ints
from geoapi.errors import InvalidInput, Words
from geoapi.geometry.distances import SPHERE_RADIUS_M

STEPS_A_DOUBLING: Final = 8
"""Sizes of lattice tried between one and its double: 9 % apart, so that few places are given away."""

MOST_ACROSS: Final = 3000
"""Cells across the lattice on which need is summed."""

LARGEST_M: Final = 2.0**26
"""A lattice whose one cell holds the Earth."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidates:
    """The points (their indices, ascending) that stand for all with need.

    `considered` had need. Where they were more than allowed, one is left in each cell of `cell_m` metres;
    None where all are left. A point left out lies within some `cell_m` × √2 of one with as much need or more
    that is kept.
    """

    kept: Ints
    considered: int
    cell_m: float | None

    @property
    def thinned(self) -> bool:
        return self.kept.size < self.considered


def thin(lon: Floats, lat: Floats, need: Floats, most: int) -> Candidates:
    """At most `most` of the points with need: the neediest of each cell of a lattice, the finest that fits.

    WGS-84 degrees. Cells are squares in rows of equal latitude, so that their size is the same everywhere;
    every cell with need keeps a candidate, thus no place is lost, however little its need. In a cell the
    greatest `need` wins, then the first. Points of need 0 are no candidates. Give not the points' own need
    but what each has about it (`need_nearby`): of 20,000 candidates for a city's 262,000 points, 20 sites
    then cover 0.2 % less than of all, with their own need 10 % less. Raises `InvalidInput` for `most`
    below 1.
    """
    if most < 1:
        raise InvalidInput(
            Words("候选点数至少为 1", "There must be at least one candidate"),
            field="candidates",
            mend=Words("请给出 1 或更大的整数", "Give a whole number from 1"),
        )
    points = np.flatnonzero(need > 0)
    if points.size <= most:
        return Candidates(points, int(points.size), None)
    # neediest first, so that the first of each cell is the one to keep; stable: then by index
    points = points[np.argsort(-need[points], kind="stable")]
    lon, lat = lon[points], lat[points]
    # sizes go up in even ratios; the number of cells all but falls with size, so look by halving
    fine, coarse = -1, round(math.log2(LARGEST_M) * STEPS_A_DOUBLING)
    first = _first_of_cells(lon, lat, LARGEST_M)
    while coarse - fine > 1:
        step = (fine + coarse) // 2
        of_step = _first_of_cells(lon, lat, 2.0 ** (step / STEPS_A_DOUBLING))
        if of_step.size <= most:
            coarse, first = step, of_step
        else:
            fine = step
    return Candidates(np.sort(points[first]), int(points.size), 2.0 ** (coarse / STEPS_A_DOUBLING))


def need_nearby(lon: Floats, lat: Floats, need: Floats, radius_m: float) -> NDArray[np.float64]:
    """About how much need is within `radius_m` metres of each point, its own always: what a site may gain.

    For ranking candidates only: summed over a lattice of a twelfth of the radius (coarser beyond 3,000 cells
    across), so that a point some 1.5 cells within the radius may be missed, or one beyond it counted. The
    lattice is that of the points' middle latitude and knows no antimeridian: for a city or a province.
    """
    if not lon.size:
        return np.zeros(0)
    middle = math.radians((float(lat.min()) + float(lat.max())) / 2)
    x = np.radians(lon - lon.min()) * SPHERE_RADIUS_M * math.cos(middle)
    y = np.radians(lat - lat.min()) * SPHERE_RADIUS_M
    cell_m = max(radius_m / 12, float(x.max()) / MOST_ACROSS, float(y.max()) / MOST_ACROSS)
    column, row = (x // cell_m).astype(np.int64), (y // cell_m).astype(np.int64)
    total = np.zeros((int(row.max()) + 1, int(column.max()) + 1))
    np.add.at(total, (row, column), need)
    cells = int(radius_m // cell_m)
    away = np.arange(-cells, cells + 1)
    disc = np.hypot(away[:, np.newaxis], away) * cell_m <= radius_m
    # a convolution by scipy.fft: scipy.signal has one, and brings all of scipy.stats along
    shape = [next_fast_len(size + 2 * cells, real=True) for size in total.shape]
    summed = irfft2(rfft2(total, shape) * rfft2(disc.astype(np.float64), shape), shape)
    nearby = summed[row + cells, column + cells]
    # the transform leaves a little everywhere
    return np.maximum(np.where(nearby > 1e-9 * float(total.sum()), nearby, 0.0), need)


def _first_of_cells(lon: Floats, lat: Floats, cell_m: float) -> NDArray[np.int64]:
    """The index of the first point in each cell of `cell_m` metres that has one."""
    row = np.floor(np.radians(lat + 90.0) * (SPHERE_RADIUS_M / cell_m))
    middle = np.minimum((row + 0.5) * (cell_m / SPHERE_RADIUS_M), math.pi) - math.pi / 2
    # metres along the row's own middle latitude, as in the sinusoidal projection
    column = np.floor(np.radians(lon + 180.0) * np.cos(middle) * (SPHERE_RADIUS_M / cell_m))
    # rows and columns are below 2^26 at a metre, and a number of both is whole in int64
    key = row.astype(np.int64) * 2**27 + column.astype(np.int64)
    return np.unique(key, return_index=True)[1]
