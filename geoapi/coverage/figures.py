"""From distances to figures: what is covered and how far it is, by area and as a whole."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.nearest_straight import Metres32, limit32
from geoapi.coverage.statistics import Histogram, distances_of, empty_histogram, histogram_of

POINTS_AT_ONCE: Final = 1 << 15
"""Points added up together, as a bound on memory: 8 MB for 64 distinct sets of open stations."""


@dataclass(frozen=True, slots=True, eq=False)
class Measures:
    """Figures by reading (`READINGS`: unknown hours counted closed, counted open) and instant.

    The arrays are float64 (2, instants, areas), or (2, instants) of the whole. `total`, `covered` and
    `unreached` are weights: all that is asked for, what has an open station within the limit, and what can
    reach no open station at all. Distances are metres walked to the nearest open station, however far, over
    what can reach one: NaN where nothing is open, or nothing is asked for. `gini` is theirs.
    """

    total: Floats
    covered: Floats
    unreached: Floats
    mean_distance_m: Floats
    p90_distance_m: Floats
    worst_decile_distance_m: Floats
    gini: Floats

    @property
    def uncovered(self) -> Floats:
        """Weight without an open station within the limit."""
        return self.total - self.covered

    @property
    def share(self) -> Floats:
        """Covered ÷ total; NaN where nothing is asked for."""
        with np.errstate(invalid="ignore", divide="ignore"):
            return self.covered / self.total

    def taken(self, index: Ints) -> Measures:
        """The figures at an index array along the first axis."""
        return Measures(*(getattr(self, field.name)[index] for field in fields(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """Metres (own sets, points) of the points from `begin` on, and the own set of each distinct set."""

    begin: int
    metres: Metres32
    set_of: Ints


def figures_by_set(
    area: Ints, weight: Floats, areas: int, sets: int, found: Sequence[Found], limit_m: float
) -> tuple[Measures, Measures]:
    """The figures (sets, areas) of each area and (sets,) of the whole, from what is found of every point.

    `area` and `weight` (points,) are in the order of the points found. Everything is added up in that order
    within an area, and by area then, so the same distances give the same figures to the last bit.
    """
    everything, columns = empty_histogram(sets), []
    pieces = _pieces(area, areas, found)
    for stretches in pieces:
        covered, total, histogram = np.zeros(sets), 0.0, empty_histogram(sets)
        for stretch in _together(stretches):
            metres = np.empty((sets, sum(end - begin for _, begin, end in stretch)), dtype=np.float32)
            at = 0
            for part, begin, end in stretch:
                here = part.metres[:, begin - part.begin : end - part.begin]
                metres[:, at : at + end - begin] = here[part.set_of]
                at += end - begin
            weights = np.concatenate([weight[begin:end] for _, begin, end in stretch])
            sums = _sums(metres <= limit32(limit_m), weights)
            covered, total = covered + sums[:-1], total + sums[-1]
            histogram = histogram + histogram_of(metres, weights)
        columns.append(_measures(np.full(sets, total), covered, histogram))
        everything = everything + histogram
    names = [field.name for field in fields(Measures)]
    by_area = Measures(
        *(np.array([getattr(column, name) for column in columns]).reshape(areas, sets).T for name in names)
    )
    return by_area, _measures(_total(by_area.total), _total(by_area.covered), everything)


def _measures(total: Floats, covered: Floats, histogram: Histogram) -> Measures:
    distances = distances_of(histogram)
    return Measures(
        total=total,
        covered=covered,
        unreached=histogram.unreached,
        mean_distance_m=distances.mean_m,
        p90_distance_m=distances.p90_m,
        worst_decile_distance_m=distances.worst_decile_m,
        gini=distances.gini,
    )


def _total(of_areas: Floats) -> Floats:
    """The sum (sets,) over areas, in their order."""
    total = np.zeros(len(of_areas))
    for column in of_areas.T:
        total = total + column
    return total


def _sums(near: NDArray[np.bool_], weight: Floats) -> Floats:
    """(rows + 1,) weight of the points picked in each row, and of all. More points never weigh less, to the
    last bit: each row is added up in the same way."""
    picked = np.ones((len(near) + 1, weight.size))
    picked[:-1] = near
    return np.asarray(np.einsum("ij,j->i", picked, weight))


def _pieces(area: Ints, areas: int, found: Sequence[Found]) -> list[list[tuple[Found, int, int]]]:
    """For each area the stretches of points that lie in it, each within one of what is found."""
    pieces: list[list[tuple[Found, int, int]]] = [[] for _ in range(areas)]
    changes = np.flatnonzero(np.diff(area)) + 1
    for part in found:
        end = part.begin + part.metres.shape[1]
        within = changes[(changes > part.begin) & (changes < end)].tolist()
        for since, until in pairwise([part.begin, *within, end]):
            for begin in range(since, until, POINTS_AT_ONCE):
                pieces[area[begin]].append((part, begin, min(begin + POINTS_AT_ONCE, until)))
    return pieces


def _together(pieces: list[tuple[Found, int, int]]) -> Iterator[list[tuple[Found, int, int]]]:
    """The stretches in groups of at most `POINTS_AT_ONCE` points."""
    group: list[tuple[Found, int, int]] = []
    points = 0
    for piece in pieces:
        size = piece[2] - piece[1]
        if group and points + size > POINTS_AT_ONCE:
            yield group
            group, points = [], 0
        group.append(piece)
        points += size
    if group:
        yield group
