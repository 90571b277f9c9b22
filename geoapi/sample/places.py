"""Where in a district its stations cluster: streets and towns, and communities within them.

Streets and towns are real, their centres rough (`data/places.csv`). Communities are invented.
"""

from __future__ import annotations

import csv
from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.sample.districts import District
from geoapi.sample.draws import Draws, Weighted

# Metres to degrees at 40° N, as constants: a cosine's last bit is not the same everywhere.
DEGREES_PER_M_EAST: Final = 1 / 85_400.0
DEGREES_PER_M_NORTH: Final = 1 / 111_030.0


class Form(NamedTuple):
    """How a sort of place is built: words for it, its weight, and how far things lie from one another."""

    suffix_zh: str
    suffix_en: str
    weight: float
    communities: int
    spread_m: float  # of communities about the place's centre
    walk_m: float  # of stations about their community's


FORMS: Final = {
    "street": Form("街道", "Subdistrict", 1.0, 7, 480.0, 200.0),
    "town": Form("镇", "Town", 0.6, 6, 1_300.0, 420.0),
    "mountain": Form("镇", "Town", 0.14, 3, 900.0, 300.0),
    "zone": Form("街道", "Subdistrict", 1.5, 7, 900.0, 320.0),
}


class Place(NamedTuple):
    """A street or town of a district; `zone` when the economic development zone runs it."""

    district_code: str
    number: int
    name_zh: str
    name_en: str
    form: Form
    zone: bool
    lon: float
    lat: float

    @property
    def full_zh(self) -> str:
        return self.name_zh + self.form.suffix_zh

    @property
    def full_en(self) -> str:
        return f"{self.name_en} {self.form.suffix_en}"


class Spot(NamedTuple):
    """Where one station stands (WGS-84), in which place, and in which of its communities."""

    lon: float
    lat: float
    place: Place
    community: int


# Beijing Economic-Technological Development Area: its own federation, its ground in Daxing and Tongzhou.
ZONE_PLACES: Final = (
    ("110115", "荣华", "Ronghua", 116.506, 39.795),
    ("110115", "博兴", "Boxing", 116.500, 39.762),
    ("110112", "经海", "Jinghai", 116.562, 39.780),
)


@cache
def places() -> dict[str, tuple[Place, ...]]:
    """Streets and towns by district code, the zone's last."""
    lines = files("geoapi.sample").joinpath("data/places.csv").read_text("utf-8").splitlines()
    found: dict[str, list[Place]] = {}
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        here = found.setdefault(row["district"], [])
        form = FORMS[row["form"]]
        here.append(
            Place(
                row["district"],
                len(here) + 1,
                row["name_zh"],
                row["name_en"],
                form,
                False,
                float(row["lon"]),
                float(row["lat"]),
            )
        )
    for number, (code, name_zh, name_en, lon, lat) in enumerate(ZONE_PLACES, start=1):
        found[code].append(Place(code, number, name_zh, name_en, FORMS["zone"], True, lon, lat))
    return {code: tuple(here) for code, here in found.items()}


def spots(district: District, count: int, draws: Draws) -> list[Spot]:
    """`count` positions inside the district, clustered in communities of its places; six decimals."""
    here = places()[district.code]
    shapely.prepare(district.polygon)
    centres: list[tuple[Place, int, float, float]] = []
    for place in here:
        wanted = place.form.communities
        xy = _inside(
            district,
            np.full(wanted, place.lon),
            np.full(wanted, place.lat),
            np.full(wanted, place.form.spread_m),
            draws,
        )
        centres += [(place, i, float(lon), float(lat)) for i, (lon, lat) in enumerate(xy)]
    pick = Weighted(
        [(i, place.form.weight / place.form.communities) for i, (place, *_) in enumerate(centres)]
    )
    chosen = [pick.at(u) for u in draws.uniforms(count).tolist()]
    xy = _inside(
        district,
        np.array([centres[i][2] for i in chosen], dtype=np.float64),
        np.array([centres[i][3] for i in chosen], dtype=np.float64),
        np.array([centres[i][0].form.walk_m for i in chosen], dtype=np.float64),
        draws,
    )
    return [
        Spot(lon, lat, centres[i][0], centres[i][1])
        for i, (lon, lat) in zip(chosen, xy.tolist(), strict=True)
    ]


def _inside(
    district: District,
    lon: NDArray[np.float64],
    lat: NDArray[np.float64],
    spread_m: NDArray[np.float64],
    draws: Draws,
) -> NDArray[np.float64]:
    """(n, 2) points scattered about the given ones; those outside the district are drawn again."""
    xy = np.column_stack([lon, lat])
    left = np.arange(lon.size)
    while left.size:
        offsets = draws.offsets(left.size) * spread_m[left, None]
        tries = np.column_stack([lon[left], lat[left]])
        tries += offsets * (DEGREES_PER_M_EAST, DEGREES_PER_M_NORTH)
        xy[left] = np.round(tries, 6)
        left = left[~shapely.contains_xy(district.polygon, xy[left, 0], xy[left, 1])]
    return xy
