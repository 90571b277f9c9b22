"""The ways in which a station could open longer, in words."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from numpy.typing import NDArray

from geoapi.coverage.blocks import blocks_of
from geoapi.coverage.week_text import week_text
from tests.unit.coverage.test_week_text import week, weeks


def words(open_hours: NDArray[np.bool_]) -> set[str]:
    return {"; ".join(week_text(block)) for block in blocks_of(~open_hours)}


def later(days: str, start: int, until: range) -> set[str]:
    return {f"{days} {start:02}:00-{end if end <= 24 else end - 24:02}:00" for end in until}


def earlier(days: str, since: range, end: int) -> set[str]:
    return {f"{days} {start:02}:00-{end:02}:00" for start in since}


FAMILIES = ("Mo-Su", "Mo-Fr", "Sa-Su")


def test_every_day_from_nine_to_eight() -> None:
    expected = {"Mo-Su 20:00-09:00"}
    for days in FAMILIES:
        expected |= later(days, 20, range(21, 31)) | earlier(days, range(9), 9)
    assert words(week(("Mo-Su", 9, 20))) == expected


def test_weekdays_only() -> None:
    always = "Mo 00:00-09:00,17:00-09:00; Tu-Th 17:00-09:00; Fr 17:00-24:00; Sa-Su 00:00-24:00"
    weekdays = later("Mo-Fr", 17, range(18, 31)) | earlier("Mo-Fr", range(9), 9)
    assert words(week(("Mo-Fr", 9, 17))) == weekdays | {"Sa-Su 09:00-17:00", always}


def test_each_day_from_its_own_closing() -> None:
    found = words(week(("Mo-Fr", 8, 20), ("Sa-Su", 10, 18)))
    assert "Mo-Fr 20:00-22:00; Sa-Su 18:00-22:00" in found
    assert "Mo-Fr 06:00-08:00; Sa-Su 06:00-10:00" in found
    assert "Sa-Su 18:00-19:00" in found
    assert "Sa-Su 08:00-10:00,18:00-20:00" in found  # as on weekdays


def test_through_the_break_and_not_beyond() -> None:
    found = words(week(("Mo-Su", 9, 12), ("Mo-Su", 14, 24)))
    assert {"Mo-Su 12:00-14:00", "Mo-Fr 12:00-14:00", "Sa-Su 12:00-14:00"} < found
    assert "Mo-Su 12:00-13:00" not in found
    assert "Mo-Su 00:00-02:00" in found  # later
    assert "Mo-Su 07:00-09:00" in found  # earlier


def test_past_midnight_is_late() -> None:
    found = words(week(("Mo-Su", 12, 26)))
    assert {"Mo-Su 02:00-03:00", "Mo-Su 02:00-06:00", "Mo-Su 02:00-12:00", "Mo-Su 11:00-12:00"} < found
    # of Friday night and before: what closes on Saturday at 02:00 closes Friday's business
    assert "Tu-Sa 02:00-03:00" in found


def test_sunday_night_with_a_break_on_sunday() -> None:
    found = words(week(("Mo-Su", 9, 12), ("Mo-Su", 14, 26)))
    assert "Mo-Su 02:00-03:00" in found
    assert "Mo,Su 02:00-03:00" in found  # of Saturday and Sunday


def test_a_day_off_like_the_others() -> None:
    assert "Mo 09:00-20:00" in words(week(("Tu-Su", 9, 20)))
    assert "Mo 18:00-02:00" in words(week(("Tu-Su", 18, 26)))
    assert "Sa-Su 00:00-24:00" in words(week(("Mo-Fr", 0, 24)))


def test_without_hours_any_daily_block() -> None:
    found = words(week())
    assert {"Mo-Su 08:00-20:00", "Mo-Fr 22:00-06:00", "Sa-Su 00:00-24:00", "24/7"} < found
    # three sets of days, each start and length; 24 hours every day are the same from any start
    assert len(found) == 3 * 24 * 24 - 23


def test_always_open_there_is_nothing_to_add() -> None:
    assert blocks_of(~week(("Mo-Su", 0, 24))).shape == (0, 168)


def test_one_moment() -> None:
    assert blocks_of(np.array([True])).tolist() == [[True]]
    assert blocks_of(np.array([False])).shape == (0, 1)


@pytest.mark.parametrize("size", [0, 2, 24])
def test_neither_a_week_nor_a_moment(size: int) -> None:
    with pytest.raises(ValueError, match="168"):
        blocks_of(np.ones(size, dtype=bool))


@given(weeks())
def test_blocks_lie_in_closed_hours_and_differ(closed: NDArray[np.bool_]) -> None:
    blocks = blocks_of(closed)
    assert not (blocks & ~closed).any()
    assert blocks.any(axis=1).all()
    assert len(np.unique(blocks, axis=0)) == len(blocks)
    assert closed.any() == any((block == closed).all() for block in blocks)
