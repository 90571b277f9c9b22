"""Anybody may have a text read, so a long one must not take out of proportion."""

from __future__ import annotations

import sys
from types import FrameType
from typing import Any

import pytest

from geoapi.hours.chinese import clauses
from geoapi.hours.chinese.scan import T, Token


def lines_run(seasons: int) -> int:
    """How many lines of Python it takes to make sense of so many seasons without months."""
    tokens = [Token(T.SEASON, 3 * at, 3 * at + 2) for at in range(seasons)]
    text, count = "夏季~" * seasons, 0

    def trace(_frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        clauses.sentences(text, text, tokens)
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("seasons", [50, 100])
def test_twice_as_much_takes_twice_as_long(seasons: int) -> None:
    assert lines_run(2 * seasons) < 2.2 * lines_run(seasons)
