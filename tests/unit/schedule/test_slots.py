"""Slots let through too much, never too little."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from geoapi.hours import Interval
from geoapi.schedule.slots import DAY, EPOCH, RECURS_AFTER_DAYS, Slot, slots_of

START = datetime(2026, 11, 20, tzinfo=UTC)
FIRST_DAY = (START - EPOCH).days


def interval(first_minute: int, length: int, state: str = "open") -> Interval:
    begin = START + timedelta(minutes=first_minute)
    return Interval(begin, begin + timedelta(minutes=length), state, "rule")  # type: ignore[arg-type]


def test_the_same_hours_every_day_are_one_slot_that_recurs() -> None:
    fortnight = [interval(day * DAY + 60, 600) for day in range(14)]
    assert slots_of(fortnight) == [Slot("open", 60, 660, None)]


def test_a_single_day_keeps_its_day() -> None:
    assert slots_of([interval(3 * DAY + 60, 600)]) == [Slot("open", 60, 660, (FIRST_DAY + 3, FIRST_DAY + 4))]


def test_past_midnight_is_two_slots() -> None:
    nights = [interval(day * DAY + 23 * 60, 120) for day in range(14)]
    assert slots_of(nights) == [Slot("open", 0, 60, None), Slot("open", 23 * 60, DAY, None)]


def test_round_the_clock_is_one_slot() -> None:
    assert slots_of([interval(0, 16 * DAY)]) == [Slot("open", 0, DAY, None)]


def test_states_are_kept_apart_and_nothing_is_nothing() -> None:
    both = [interval(0, 60), interval(60, 60, "unknown")]
    assert [slot.state for slot in slots_of(both)] == ["open", "unknown"]
    assert slots_of([]) == []


@given(
    pieces=st.lists(
        st.tuples(st.integers(0, 16 * DAY), st.integers(1, 3 * DAY), st.sampled_from(["open", "unknown"])),
        max_size=8,
    ),
    at=st.integers(0, 19 * DAY * 60 - 1),
)
def test_whenever_an_interval_holds_a_slot_lets_it_through(
    pieces: list[tuple[int, int, str]], at: int
) -> None:
    intervals = [interval(*piece) for piece in pieces]
    moment = START + timedelta(seconds=at)
    day, minute = divmod((moment - EPOCH) // timedelta(minutes=1), DAY)
    slots = slots_of(intervals)
    for one in intervals:
        if one.start <= moment < one.end:
            assert any(
                slot.state == one.state
                and slot.first_minute <= minute < slot.last_minute
                and (slot.days is None or slot.days[0] <= day < slot.days[1])
                for slot in slots
            )
    assert all(s.days is None or s.days[1] - s.days[0] < RECURS_AFTER_DAYS for s in slots)
