"""Kinds, amenities and districts: the codes that other questions take, and boundaries in any datum."""

from __future__ import annotations

import numpy as np
import pytest

from geoapi.geometry.datums import Datum, from_wgs84
from tests.api.conftest import Running


def test_kinds(service: Running) -> None:
    answer = service.get("/v1/kinds").json()
    assert [item["code"] for item in answer["items"]] == [
        "care_station", "worker_home", "nursing_room", "psych_point",
    ]  # fmt: skip
    assert answer["next_cursor"] is None
    assert answer["items"][0]["name"] == answer["items"][0]["name_zh"] == "职工暖心驿站"
    english = service.get("/v1/kinds", lang="en").json()["items"][0]
    assert english["name"] == english["name_en"] == "worker care station"


def test_amenities_with_their_openstreetmap_tags(service: Running) -> None:
    items = {item["code"]: item for item in service.get("/v1/amenities").json()["items"]}
    assert items["wifi"]["osm_tag"] == "internet_access=wlan"
    assert items["microwave"]["osm_tag"] is None
    assert items["microwave"]["name"] == "微波炉"


def test_every_code_is_taken_where_codes_are(service: Running) -> None:
    for path, name in (("/v1/kinds", "kind"), ("/v1/amenities", "amenity"), ("/v1/districts", "district")):
        for item in service.get(path).json()["items"]:
            response = service.get("/v1/stations", **{name: item["code"]})
            assert response.status_code == 200, (name, item["code"], response.text)


def test_districts_count_what_is_in_use_inside(service: Running) -> None:
    items = service.get("/v1/districts").json()["items"]
    assert [item["code"] for item in items] == ["110000", "110101", "110102"]
    city, east, west = (item["stations"] for item in items)
    # the care station of 西城 is retired
    assert east == {"care_station": 2, "worker_home": 1, "nursing_room": 1, "psych_point": 0}
    assert west == {"care_station": 0, "worker_home": 0, "nursing_room": 0, "psych_point": 1}
    assert city == {kind: east[kind] + west[kind] for kind in east}
    assert (items[0]["level"], items[0]["parent_code"]) == ("city", None)
    assert (items[1]["level"], items[1]["parent_code"], items[1]["population"]) == (
        "district", "110000", 708829,
    )  # fmt: skip


def test_a_district_in_either_language(service: Running) -> None:
    assert service.get("/v1/districts/110101").json()["name"] == "东城区"
    assert service.get("/v1/districts/110101", lang="en").json()["name"] == "Dongcheng"
    # 0.4 by 0.4 degrees at latitude 39.9
    assert service.get("/v1/districts/110101").json()["area_km2"] == pytest.approx(1519, rel=0.01)


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
def test_a_boundary_in_the_datum_asked_for(service: Running, crs: str) -> None:
    answer = service.get("/v1/districts/110101", crs=crs).json()
    assert answer["crs"] == crs
    assert answer["geometry"]["type"] == "MultiPolygon"
    (ring,) = answer["geometry"]["coordinates"][0]
    lon, lat = from_wgs84([116.4, 116.4, 116.8, 116.8], [39.7, 40.1, 40.1, 39.7], Datum(crs))
    expected = {tuple(point) for point in np.round(np.column_stack([lon, lat]), 6).tolist()}
    assert {tuple(point) for point in ring} == expected
    assert ring[0] == ring[-1]
