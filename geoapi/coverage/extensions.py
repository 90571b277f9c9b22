"""Which existing stations, open longer, would cover as many as new ones; whose hours to find out first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geoapi.coverage.blocks import Mask, blocks_of
from geoapi.coverage.inputs import CLOSED, UNKNOWN, Floats, Ints
from geoapi.coverage.sites import ones, row_entries
from geoapi.coverage.week_text import HOURS_A_WEEK, week_text
from geoapi.errors import InvalidInput, Words

WORTH: Final = 0.9
"""A longer block is preferred while each of its hours gains at least this share of the best block's."""


@dataclass(frozen=True, slots=True, eq=False)
class Extension:
    """A station (its index) that would open in `hours`, bool[instants], closed now.

    `gain` is Σ weight × hours in which people are served who were not, by the extensions before it neither.
    """

    station: int
    hours: Mask
    gain: float

    @property
    def extra_hours(self) -> int:
        return int(self.hours.sum())

    @property
    def gain_per_hour(self) -> float:
        return self.gain / self.extra_hours

    @property
    def text(self) -> list[str]:
        """The hours of a week in words, one rule for days alike; none for a single moment."""
        return week_text(self.hours) if self.hours.size == HOURS_A_WEEK else []


@dataclass(frozen=True, slots=True, eq=False)
class Verification:
    """A station (its index) whose hours should be found out: `hours`, bool[instants], are unknown.

    `depending` is Σ weight × unknown hours in which people within its reach have no station that is open for
    sure; `gain` is the part of it that no station before it in the list would serve too, were it open.
    `people` is the weight of those who depend on it in at least one of the hours.
    """

    station: int
    hours: Mask
    gain: float
    depending: float
    people: float


def best_extensions(
    reach: csr_array,
    weight: Floats,
    uncovered: NDArray[np.bool_],
    pattern: Ints,
    states: NDArray[np.uint8],
    n: int,
    *,
    least_gain: float = 0.0,
    worth: float = WORTH,
) -> list[Extension]:
    """Up to `n` extensions of hours, one for each station, the most people gained per extra hour first.

    `reach` is (points, stations), stored: within the limit; `uncovered` is bool (points, instants), 168 of
    them for a week or 1; `pattern` and `states` are the supply's. Only hours in which a station is closed
    for sure are extensions, see `blocks_of`: an unknown hour is one to find out (`verify_first`).

    A station's block is the one with the greatest gain among those whose gain per hour is at least `worth`
    of its best block's; blocks that gain `least_gain` or less do not count. After each choice all is weighed
    anew. Ties: the greater gain, then the first station. Empty where nothing is gained. Raises
    `InvalidInput` for `n` below 1.
    """
    _check_count(n)
    left = _Left(reach, weight, uncovered)
    blocks = {row: blocks_of(states[row] == CLOSED) for row in np.unique(pattern[left.stations]).tolist()}
    stations = pattern.size
    gain, per_hour, block = np.zeros(stations), np.full(stations, -1.0), np.zeros(stations, dtype=np.int64)

    def weigh(which: Ints) -> None:
        for row in np.unique(pattern[which]).tolist():
            if len(blocks[row]):
                of_row = which[pattern[which] == row]
                gain[of_row], per_hour[of_row], block[of_row] = _best_blocks(
                    left.gains[of_row], blocks[row], least_gain, worth
                )

    weigh(left.stations)
    done = np.zeros(stations, dtype=bool)
    found: list[Extension] = []
    while len(found) < n and stations:
        # the last key counts first
        best = int(np.lexsort((-gain, -np.where(done, -1.0, per_hour)))[0])
        if done[best] or per_hour[best] <= 0:
            break
        hours = blocks[int(pattern[best])][block[best]]
        found.append(Extension(best, hours, float(gain[best])))
        done[best] = True
        weigh(left.serve(best, hours))
    return found


def _best_blocks(gains: Floats, blocks: Mask, least_gain: float, worth: float) -> tuple[Floats, Floats, Ints]:
    """(gain, gain per hour, index) of each station's best block; (0, -1, 0) without one worth it."""
    total = gains @ blocks.T.astype(np.float64)
    per_hour = np.where(total > max(least_gain, 0.0), total / blocks.sum(axis=1), -1.0)
    enough = per_hour >= per_hour.max(axis=1, keepdims=True) * worth
    which = np.argmax(np.where(enough & (per_hour > 0), total, 0.0), axis=1)
    rows = np.arange(len(gains))
    per = per_hour[rows, which]
    return np.where(per > 0, total[rows, which], 0.0), per, which


def verify_first(
    reach: csr_array,
    weight: Floats,
    uncovered: NDArray[np.bool_],
    pattern: Ints,
    states: NDArray[np.uint8],
    n: int,
) -> list[Verification]:
    """Up to `n` stations with unknown hours on which most people depend; arguments as `best_extensions`.

    `uncovered` is of the reading that counts unknown hours as closed. Each station is the one with the
    greatest `gain`, ties by index; those on whom nobody depends are not in it.
    """
    _check_count(n)
    left = _Left(reach, weight, uncovered)
    unknown = (states == UNKNOWN)[pattern]
    depending = (left.gains * unknown).sum(axis=1)
    found: list[Verification] = []
    while len(found) < n and pattern.size:
        gains = (left.gains * unknown).sum(axis=1)
        best = int(np.argmax(gains))
        if gains[best] <= 0:
            break
        hours = unknown[best]
        near = row_entries(left.by_station, best)
        people = float(weight[near][uncovered[near][:, hours].any(axis=1)].sum())
        found.append(Verification(best, hours, float(gains[best]), float(depending[best]), people))
        left.serve(best, hours)
    return found


class _Left:
    """Who is left uncovered, and what each station would gain by being open at each instant."""

    def __init__(self, reach: csr_array, weight: Floats, uncovered: NDArray[np.bool_]) -> None:
        self.by_point = ones(reach)
        self.by_station = csr_array(self.by_point.T)
        self.weight = weight
        self.uncovered = uncovered.copy()
        self.stations = np.flatnonzero(np.diff(self.by_station.indptr))
        self.gains = np.zeros((reach.shape[1], uncovered.shape[1]))
        # only points that some station reaches count, most of a city's mountains do not
        near = np.flatnonzero((np.diff(self.by_point.indptr) > 0) & (weight > 0))
        by_station = self.by_station[:, near]
        for some in np.array_split(np.arange(uncovered.shape[1]), max(uncovered.shape[1] // 24, 1)):
            self.gains[:, some] = by_station @ (weight[near, np.newaxis] * uncovered[np.ix_(near, some)])

    def serve(self, station: int, hours: Mask) -> Ints:
        """Count those within reach of a station as served in these hours; answers whose gains changed."""
        near = row_entries(self.by_station, station)
        self.uncovered[np.ix_(near, hours)] = False
        touched = np.unique(self.by_point[near].indices).astype(np.int64)
        rows = self.by_station[touched]
        points, columns = np.unique(rows.indices, return_inverse=True)
        local = csr_array((rows.data, columns, rows.indptr), shape=(touched.size, points.size))
        left = self.weight[points, np.newaxis] * self.uncovered[np.ix_(points, hours)]
        self.gains[np.ix_(touched, hours)] = local @ left
        return touched


def _check_count(n: int) -> None:
    if n < 1:
        raise InvalidInput(
            Words("至少要求一个结果", "At least one must be asked for"),
            field="n",
            mend=Words("请给出 1 或更大的整数", "Give a whole number from 1"),
        )
