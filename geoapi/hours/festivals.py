"""When the festivals are that hours name: 除夕, 初一, 清明, 端午, 中秋."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal

Festival = Literal["new_year", "qingming", "dragon_boat", "mid_autumn"]

_FIRST_YEAR = 2000
# the day each calendar counts from, and one base-36 digit a year: days from then to the festival
_LUNAR: dict[Festival, tuple[tuple[int, int], str]] = {
    "new_year": (
        (1, 20),
        "g4nc2k9ti6pe3lbuj8rg5nc2l9sh6oe3mbuj8qf4nc2lash6pd"
        "3mcuj8qf4nd1k9sg6pe3mbui7qg4nd2k9sh6pe4lati7qg5nc1",
    ),
    "dragon_boat": (
        (5, 27),
        "atj8qf4nc1karg6od3mbti7qe4nd1k9sg5oe3mb0i7qf4nc2j8"
        "rh5oe3lati7qf5nc1k8rh6oe3lasi8qf5nb0j9rh6pd2lasi8r",
    ),
    "mid_autumn": (
        (9, 7),
        "5oe4lbti7qf5nc1k8rh6oe3mati8qf5oc1k9rh6pd3lasi8rf4"
        "nc0j9sh6pe2lati8qg4mc1j9sh5od3latj7qf4mb1k9sh6nd2m",
    ),
}
# from this year on, among those with the same remainder by four, 清明 is on 4 April rather than 5
_QINGMING_ON_THE_FOURTH = (1976, 2009, 2042, 2075)


def festival_day(festival: Festival, year: int) -> date | None:
    """The festival's day in a Gregorian year; None outside 2000-2099.

    "new_year" is the first day of the lunar year that begins in it. Agrees with the
    tables of the `holidays` package.
    """
    at = year - _FIRST_YEAR
    if not 0 <= at < 100:
        return None
    if festival == "qingming":
        return date(year, 4, 4 if year >= _QINGMING_ON_THE_FOURTH[year % 4] else 5)
    (month, day), days = _LUNAR[festival]
    return date(year, month, day) + timedelta(days=int(days[at], 36))
