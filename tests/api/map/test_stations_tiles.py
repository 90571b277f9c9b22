"""Tiles of stations: every station in one place, in the state that the nearest question has it in."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.geometry.web_tiles import WebTile
from tests.api.conftest import Running
from tests.api.map.decode import Feature, decode, place, step_m, tile_at


def tile_of(service: Running, tile: WebTile, folder: Path, **parameters: Any) -> dict[str, list[Feature]]:
    response = service.get(f"/v1/tiles/stations/{tile.z}/{tile.x}/{tile.y}.mvt", **parameters)
    assert response.status_code == 200, response.text
    assert response.headers["content-type"] == "application/vnd.mapbox-vector-tile"
    return decode(response.content, tile, folder)


def soon(service: Running, hour: int) -> str:
    """A time of tomorrow, which is always worked out."""
    now = service.get("/v1/stations/nearest", lon=116.41, lat=39.91, open="any").json()["query"]["at"]
    day = datetime.fromisoformat(now).astimezone(ZoneInfo("Asia/Shanghai")) + timedelta(days=1)
    return day.replace(hour=hour, minute=0, second=0, microsecond=0).isoformat()


@pytest.mark.parametrize("hour", [0, 3, 5, 12, 20, 23])
@pytest.mark.parametrize("crs", list(Datum))
@pytest.mark.parametrize(
    "more", [{}, {"kind": "care_station"}, {"amenity": "hot_water"}, {"amenity": "microwave"}]
)
def test_stations_are_what_nearest_says_of_any(
    service: Running, tmp_path: Path, hour: int, crs: Datum, more: dict[str, str]
) -> None:
    at = soon(service, hour)
    asked = service.get(
        "/v1/stations/nearest", lon=116.40, lat=39.91, open="any", at=at, radius_m=20_000, limit=50, **more
    )
    assert asked.status_code == 200, asked.text
    expected = {one["id"]: one for one in asked.json()["stations"]}
    seen: dict[str, Feature] = {}
    tiles = {tile_at(*point_from_wgs84(one["location"]["lon"], one["location"]["lat"], crs), 12)
             for one in expected.values()}  # fmt: skip
    for tile in tiles:
        for feature in tile_of(service, tile, tmp_path, at=at, crs=crs, **more).get("stations", []):
            assert feature.properties["id"] not in seen
            seen[feature.properties["id"]] = feature
            one = expected[feature.properties["id"]]
            x, y = place(*point_from_wgs84(one["location"]["lon"], one["location"]["lat"], crs))
            assert feature.shape.x == pytest.approx(x, abs=step_m(tile))
            assert feature.shape.y == pytest.approx(y, abs=step_m(tile))
    assert set(seen) == set(expected)
    for id_, feature in seen.items():
        one = expected[id_]
        assert feature.properties["state"] == one["open_state"]
        assert feature.properties["kind"] == one["kind"]
        assert feature.properties["name_zh"] == one["name"]


@pytest.mark.parametrize("z", range(12))
@pytest.mark.parametrize("crs", list(Datum))
def test_far_off_stations_are_counted_by_state(service: Running, tmp_path: Path, z: int, crs: Datum) -> None:
    at = soon(service, 3)
    stations = service.get(
        "/v1/stations/nearest", lon=116.40, lat=39.91, open="any", at=at, radius_m=20_000, limit=50
    ).json()["stations"]
    states = Counter(one["open_state"] for one in stations)
    places = [point_from_wgs84(one["location"]["lon"], one["location"]["lat"], crs) for one in stations]
    total: Counter[str] = Counter()
    for tile in {tile_at(*one, z) for one in places}:
        layers = tile_of(service, tile, tmp_path, at=at, crs=crs)
        assert list(layers) == ["station_counts"]
        for feature in layers["station_counts"]:
            west, south, east, north = tile.bounds
            assert west <= feature.shape.x <= east
            assert south <= feature.shape.y <= north
            counts = {name: feature.properties.get(name, 0) for name in ("open", "unknown", "closed")}
            assert sum(counts.values()) == feature.properties["stations"]
            total.update(counts)
    assert total == states


def test_a_retired_station_is_on_no_tile(service: Running, tmp_path: Path) -> None:
    tile = tile_at(116.373, 39.923, 12)
    ids = {one.properties["id"] for one in tile_of(service, tile, tmp_path).get("stations", [])}
    assert str(service.ids["西四暖心驿站(停用)"]) not in ids


def test_a_tile_of_nowhere_is_empty(service: Running) -> None:
    response = service.get("/v1/tiles/stations/12/0/0.mvt")
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["etag"]


@pytest.mark.parametrize("layer", ["stations", "districts", "streets", "gaps", "demand"])
@pytest.mark.parametrize(
    ("numbers", "field"),
    [("13/0/0", "z"), ("-1/0/0", "z"), ("3/8/0", "x"), ("3/0/8", "y"), ("0/0/1", "y"), ("3/-1/0", "x")],
)
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_no_tile_has_such_numbers(service: Running, layer: str, numbers: str, field: str, lang: str) -> None:
    more = {"district": "110000"} if layer in ("gaps", "demand") else {}
    response = service.get(f"/v1/tiles/{layer}/{numbers}.mvt", lang=lang, **more)
    assert response.status_code == 422
    assert response.headers["content-type"] == "application/problem+json"
    (error,) = response.json()["errors"]
    assert error["field"] == field
    assert error["mend"]


@pytest.mark.parametrize(
    ("parameters", "status", "field"),
    [
        ({"at": "2099-01-01T00:00:00+08:00"}, 400, "at"),
        ({"at": "tomorrow"}, 422, "at"),
        ({"kind": "care_statoin"}, 422, "kind"),
        ({"amenity": "microwav"}, 422, "amenity"),
        ({"crs": "mars9"}, 422, "crs"),
        ({"colour": "red"}, 422, "colour"),
    ],
)
def test_what_cannot_be_asked_is_said(
    service: Running, parameters: dict[str, str], status: int, field: str
) -> None:
    for path in ("/v1/tiles/stations/12/3372/1551.mvt", "/v1/tiles/stations.json"):
        response = service.get(path, **parameters)
        assert response.status_code == status
        assert response.json()["errors"][0]["field"] == field


def test_numbers_that_are_none(service: Running) -> None:
    response = service.get("/v1/tiles/stations/a/b/c.mvt")
    assert response.status_code == 422
    assert [one["field"] for one in response.json()["errors"]] == ["z", "x", "y"]
