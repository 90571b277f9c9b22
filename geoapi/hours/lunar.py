"""When the lunar New Year is, for hours that say 除夕 or 初一."""

from __future__ import annotations

from datetime import date, timedelta

_FIRST_YEAR = 2000
_AFTER_20_JANUARY = (  # one base-36 digit a year: days from 20 January to the lunar New Year
    "g4nc2k9ti6pe3lbuj8rg5nc2l9sh6oe3mbuj8qf4nc2lash6pd3mcuj8qf4nd1k9sg6pe3mbui7qg4nd2k9sh6pe4lati7qg5nc1"
)


def new_year_day(year: int) -> date | None:
    """The first day of the Chinese lunar year that begins in `year`; None outside 2000-2099."""
    at = year - _FIRST_YEAR
    if not 0 <= at < len(_AFTER_20_JANUARY):
        return None
    return date(year, 1, 20) + timedelta(days=int(_AFTER_20_JANUARY[at], 36))
