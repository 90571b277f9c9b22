"""Limits as people write them."""

from __future__ import annotations

import pytest

from geoapi.coverage.limit import parse_within
from geoapi.errors import InvalidInput


@pytest.mark.parametrize(
    ("text", "metres", "minutes"),
    [
        ("800m", 800, 800 / 72),
        ("15min", 1080, 15),
        (" 1.2 km ", 1200, 1200 / 72),
        ("15分钟", 1080, 15),
        ("500米", 500, 500 / 72),
        ("８００米", 800, 800 / 72),
        ("1公里", 1000, 1000 / 72),
        ("0.5MIN", 36, 0.5),
        ("20000m", 20_000, 20_000 / 72),
    ],
)
def test_a_limit_is_metres_walked(text: str, metres: float, minutes: float) -> None:
    limit = parse_within(text, walk_speed_m_s=1.2, most_m=20_000)
    assert (limit.metres, limit.minutes) == (pytest.approx(metres), pytest.approx(minutes))
    assert limit.asked == text.strip()


@pytest.mark.parametrize("text", ["", "800", "m", "-5m", "1e9m", "nan m", "15 h", "800m 15min"])
def test_what_is_no_limit_says_what_one_looks_like(text: str) -> None:
    with pytest.raises(InvalidInput, match="no limit") as error:
        parse_within(text, walk_speed_m_s=1.2, most_m=20_000)
    assert error.value.field == "within"
    assert "15min" in error.value.line()


@pytest.mark.parametrize("text", ["0m", "0min", "500km", "20000.1m", "9999999min"])
def test_nothing_and_too_far_name_the_bound(text: str) -> None:
    with pytest.raises(InvalidInput, match="at most 20000 m"):
        parse_within(text, walk_speed_m_s=1.2, most_m=20_000)
