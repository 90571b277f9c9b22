"""Longer hours and hours to find out: against doing it by hand, point by point and hour by hour."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from geoapi.coverage.blocks import blocks_of
from geoapi.coverage.extensions import Extension, best_extensions, verify_first
from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN
from geoapi.errors import InvalidInput
from tests.unit.coverage.test_sites import Reached, reach_of
from tests.unit.coverage.test_week_text import week

# Weeks of stations as there are: by day, weekdays, past midnight, never, always, unknown, in part unknown.
WEEKS = np.array(
    [
        np.where(week(("Mo-Su", 9, 20)), OPEN, CLOSED),
        np.where(week(("Mo-Fr", 8, 12), ("Mo-Fr", 14, 18)), OPEN, CLOSED),
        np.where(week(("Tu-Su", 18, 26)), OPEN, CLOSED),
        np.full(168, CLOSED),
        np.full(168, OPEN),
        np.full(168, UNKNOWN),
        np.where(week(("Mo-Th", 9, 17)), OPEN, np.where(week(("Fr", 9, 17)), UNKNOWN, CLOSED)),
    ],
    dtype=np.uint8,
)
MOMENT = np.array([[CLOSED], [OPEN], [UNKNOWN]], dtype=np.uint8)


class City:
    """A few points and stations, and who is uncovered when unknown hours count as closed."""

    def __init__(
        self, reached: Reached, weight: list[int], pattern: list[int], states: NDArray[np.uint8]
    ) -> None:
        self.reached = reached
        self.weight = np.array(weight, dtype=np.float64)
        self.pattern = np.array(pattern, dtype=np.int64)
        self.states = states
        is_open = states[self.pattern] == OPEN
        self.uncovered = ~np.array(
            [[bool((is_open[:, h] & row).any()) for h in range(states.shape[1])] for row in reached],
            dtype=bool,
        ).reshape(len(weight), states.shape[1])

    def arguments(self) -> tuple:  # type: ignore[type-arg]
        return reach_of(self.reached), self.weight, self.uncovered, self.pattern, self.states

    def gain(self, station: int, hours: NDArray[np.bool_], uncovered: NDArray[np.bool_]) -> float:
        total = 0.0
        for point in np.flatnonzero(self.reached[:, station]):
            total += self.weight[point] * int((uncovered[point] & hours).sum())
        return total


@st.composite
def cities(draw: st.DrawFn, states: NDArray[np.uint8] = WEEKS) -> City:
    points, stations = draw(st.integers(0, 6)), draw(st.integers(0, 5))
    bits = draw(st.lists(st.booleans(), min_size=points * stations, max_size=points * stations))
    weight = draw(st.lists(st.integers(0, 5), min_size=points, max_size=points))
    pattern = draw(st.lists(st.integers(0, len(states) - 1), min_size=stations, max_size=stations))
    return City(np.array(bits, dtype=bool).reshape(points, stations), weight, pattern, states)


def by_hand(city: City, n: int, least: float, worth: float) -> list[tuple[int, list[bool], float]]:
    """The same rules as loops over stations and blocks."""
    uncovered, found = city.uncovered.copy(), []
    free = list(range(len(city.pattern)))
    while len(found) < n:
        offers = []
        for station in free:
            blocks = blocks_of(city.states[city.pattern[station]] == CLOSED)
            gains = [city.gain(station, block, uncovered) for block in blocks]
            per = [
                gain / block.sum() if gain > least else 0.0 for gain, block in zip(gains, blocks, strict=True)
            ]
            if not per or max(per) == 0:
                continue
            worthy = [i for i in range(len(per)) if per[i] >= max(per) * worth and per[i] > 0]
            i = max(worthy, key=lambda i: (gains[i], -i))
            offers.append((per[i], gains[i], -station, blocks[i]))
        if not offers:
            break
        _, gain, station, block = max(offers, key=lambda offer: offer[:3])
        found.append((-station, block.tolist(), gain))
        free.remove(-station)
        uncovered[np.ix_(city.reached[:, -station], block)] = False
    return found


def told(extensions: list[Extension]) -> list[tuple[int, list[bool], float]]:
    return [(found.station, found.hours.tolist(), found.gain) for found in extensions]


@given(cities(), st.integers(1, 6), st.sampled_from((0.0, 20.0)), st.sampled_from((0.5, 0.9, 1.0)))
@settings(deadline=None, max_examples=60)
def test_each_extension_is_the_best_at_its_turn(city: City, n: int, least: float, worth: float) -> None:
    found = best_extensions(*city.arguments(), n, least_gain=least, worth=worth)
    assert told(found) == by_hand(city, n, least, worth)


@given(cities(MOMENT), st.integers(1, 6))
@settings(deadline=None)
def test_at_one_moment_the_block_is_the_moment(city: City, n: int) -> None:
    found = best_extensions(*city.arguments(), n)
    assert told(found) == by_hand(city, n, 0.0, 0.9)
    assert all(city.states[city.pattern[one.station], 0] == CLOSED for one in found)
    assert all((one.extra_hours, one.gain_per_hour, one.text) == (1, one.gain, []) for one in found)


@given(cities(), st.integers(1, 6))
@settings(deadline=None, max_examples=60)
def test_what_is_promised_is_what_comes_of_it(city: City, n: int) -> None:
    """With the hours really added, as many more weight-hours are covered as the gains say together."""
    found = best_extensions(*city.arguments(), n)
    states = city.states[city.pattern]
    for one in found:
        assert (states[one.station][one.hours] == CLOSED).all()
        states[one.station][one.hours] = OPEN
    after = City(city.reached, city.weight.astype(int).tolist(), list(range(len(states))), states)
    gained = city.weight @ (city.uncovered.sum(axis=1) - after.uncovered.sum(axis=1))
    assert sum(one.gain for one in found) == gained
    assert len({one.station for one in found}) == len(found)


@given(cities(), st.integers(1, 6))
@settings(deadline=None, max_examples=60)
def test_stations_to_ask_first(city: City, n: int) -> None:
    found = verify_first(*city.arguments(), n)
    uncovered, stations = city.uncovered.copy(), range(len(city.pattern))
    unknown = [city.states[pattern] == UNKNOWN for pattern in city.pattern]
    for one in found:
        gains = [city.gain(station, unknown[station], uncovered) for station in stations]
        assert (one.station, one.gain) == (gains.index(max(gains)), max(gains))
        assert one.depending == city.gain(one.station, unknown[one.station], city.uncovered)
        assert one.hours.tolist() == unknown[one.station].tolist()
        depend = city.reached[:, one.station] & city.uncovered[:, one.hours].any(axis=1)
        assert one.people == city.weight[depend].sum()
        uncovered[np.ix_(city.reached[:, one.station], one.hours)] = False
    if len(found) < n:
        assert all(city.gain(station, unknown[station], uncovered) == 0 for station in stations)


def test_a_longer_block_where_its_hours_are_worth_as_much() -> None:
    """Nobody else is near: each closed hour gains as much, so the answer is all of them, not the first."""
    city = City(np.ones((1, 1), dtype=bool), [10], [0], WEEKS)
    (found,) = best_extensions(*city.arguments(), 5)
    assert (found.text, found.extra_hours, found.gain_per_hour) == (["Mo-Su 20:00-09:00"], 91, 10.0)


def test_only_the_hours_that_the_neighbour_is_shut() -> None:
    """The neighbour is open from 18:00 to 02:00 save on Mondays: from 02:00 on each hour is worth all."""
    city = City(np.array([[1, 1]], dtype=bool), [10], [0, 2], WEEKS)
    first, second = best_extensions(*city.arguments(), 2)
    assert (first.station, first.text, first.gain_per_hour) == (0, ["Mo-Su 02:00-09:00"], 10.0)
    assert (second.station, second.text, second.gain) == (1, ["Mo 18:00-02:00"], 60.0)


def test_unknown_hours_are_asked_for_not_extended() -> None:
    city = City(np.ones((1, 1), dtype=bool), [10], [5], WEEKS)
    assert best_extensions(*city.arguments(), 1) == []
    (found,) = verify_first(*city.arguments(), 1)
    assert (found.station, found.gain, found.people) == (0, 1680.0, 10.0)


@pytest.mark.parametrize(("points", "stations"), [(0, 0), (0, 2), (2, 0)])
def test_nothing_there_nothing_to_extend(points: int, stations: int) -> None:
    city = City(np.zeros((points, stations), dtype=bool), [1] * points, [0] * stations, WEEKS)
    assert best_extensions(*city.arguments(), 3) == []
    assert verify_first(*city.arguments(), 3) == []


def test_what_was_given_stays_as_it_was() -> None:
    city = City(np.ones((2, 2), dtype=bool), [1, 2], [0, 5], WEEKS)
    before = city.uncovered.copy()
    best_extensions(*city.arguments(), 2)
    verify_first(*city.arguments(), 2)
    assert (city.uncovered == before).all()


@pytest.mark.parametrize("ask", [best_extensions, verify_first])
def test_none_cannot_be_asked_for(ask) -> None:  # type: ignore[no-untyped-def]
    city = City(np.ones((1, 1), dtype=bool), [1], [0], WEEKS)
    with pytest.raises(InvalidInput) as caught:
        ask(*city.arguments(), 0)
    assert caught.value.field == "n"
