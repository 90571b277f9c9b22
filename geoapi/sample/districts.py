"""The sixteen districts of Beijing as they ship with the project."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, NamedTuple

import shapely
from shapely.geometry.base import BaseGeometry

CITY_CODE: Final = "110000"

# Residents on 1 November 2020, by district: 北京市第七次全国人口普查公报（第二号）, Beijing Municipal Bureau
# of Statistics, 19 May 2021. They add up to the city's 21,893,095.
RESIDENTS_2020: Final = {
    "110101": 708_829,
    "110102": 1_106_214,
    "110105": 3_452_460,
    "110106": 2_019_764,
    "110107": 567_851,
    "110108": 3_133_469,
    "110109": 392_606,
    "110111": 1_312_778,
    "110112": 1_840_295,
    "110113": 1_324_044,
    "110114": 2_269_487,
    "110115": 1_993_591,
    "110116": 441_040,
    "110117": 457_313,
    "110118": 527_683,
    "110119": 345_671,
}


class District(NamedTuple):
    """A district: GB/T 2260 code, names, and its polygon in WGS-84."""

    code: str
    name_zh: str
    name_en: str
    polygon: BaseGeometry


def district_file() -> Traversable:
    """The GeoJSON that ships with the project: WGS-84, properties code, name, name_en."""
    return files("geoapi.sample").joinpath("data/beijing_districts.geojson")


@cache
def sample_districts() -> tuple[District, ...]:
    """The sixteen districts in the order of their codes."""
    collection = json.loads(district_file().read_text("utf-8"))
    return tuple(
        District(
            feature["properties"]["code"],
            feature["properties"]["name"],
            feature["properties"]["name_en"],
            shapely.from_geojson(json.dumps(feature["geometry"])),
        )
        for feature in collection["features"]
    )
