"""The sample city's pattern many times over, for measuring at the scale of a country.

China had about 186,000 union stations at the end of 2024. The pattern is moved as it is by whole steps of a
grid to the south and west: over eastern China, each copy beside the last and none upon another. It says
nothing about where cities are; the clustering within each is what a spatial index has to cope with.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Final

from geoapi.sample.city import DEFAULT_SEED, Station, sample_city

# Beijing is 2.1° wide and 1.7° high. Eight columns reach 100° E, ten rows 23° N: nearly all of it land.
STEP_WEST_DEG: Final = 2.2
STEP_SOUTH_DEG: Final = 1.8
COLUMNS: Final = 8
ROWS: Final = 10
LARGEST: Final = 950_000


def sample_country(n: int, seed: int = DEFAULT_SEED) -> Iterator[Station]:
    """`n` stations: the sample city's, then copies of it moved about, nearest copies first.

    A copy's stations have ids of their own ("…@3") and, being outside Beijing, no district. They keep the
    organisation of the station they copy. Raises `ValueError` beyond `LARGEST`.
    """
    if not 0 <= n <= LARGEST:
        raise ValueError(f"n must be between 0 and {LARGEST}")
    return islice(_copies(seed), n)


def _copies(seed: int) -> Iterator[Station]:
    city = sample_city(seed).stations
    cells = sorted(
        ((column, row) for column in range(COLUMNS) for row in range(ROWS)),
        key=lambda cell: (cell[0] + cell[1], cell[0]),
    )
    yield from city
    for number, (column, row) in enumerate(cells[1:], start=1):
        west, south = column * STEP_WEST_DEG, row * STEP_SOUTH_DEG
        for station in city:
            yield replace(
                station,
                external_id=f"{station.external_id}@{number}",
                lon=round(station.lon - west, 6),
                lat=round(station.lat - south, 6),
                district_code=None,
            )
