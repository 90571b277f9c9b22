"""Datums: against published pairs, there and back, one point against many, and the border."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapi.errors import UnknownCode
from geoapi.geometry.datums import (
    Datum,
    Epsg,
    from_wgs84,
    parse_datum,
    parse_file_datum,
    point_from_wgs84,
    point_to_wgs84,
    to_wgs84,
)
from geoapi.geometry.distances import sphere_distances_m
from geoapi.geometry.gcj02 import bd09_shift, gcj02_shift
from geoapi.geometry.gcj02_area import gcj02_area, share_at, shares_at
from tests.conftest import SHARED_DATA, needs_shared_data

SHIFTED = [Datum.GCJ02, Datum.BD09]
MILLIMETRE_DEG = 0.001 / 111_320


@pytest.mark.parametrize(
    ("text", "datum"),
    [
        ("wgs84", Datum.WGS84),
        ("WGS-84", Datum.WGS84),
        (" wgs 84 ", Datum.WGS84),
        ("EPSG:4326", Datum.WGS84),
        ("epsg:4490", Datum.WGS84),
        ("CGCS2000", Datum.WGS84),
        ("urn:ogc:def:crs:OGC:1.3:CRS84", Datum.WGS84),
        ("urn:ogc:def:crs:EPSG::4326", Datum.WGS84),
        ("gcj02", Datum.GCJ02),
        ("GCJ-02", Datum.GCJ02),
        ("ＧＣＪ０２", Datum.GCJ02),
        ("高德", Datum.GCJ02),
        ("BD-09", Datum.BD09),
        ("bd09ll", Datum.BD09),
    ],
)
def test_names_of_datums(text: str, datum: Datum) -> None:
    assert parse_datum(text) is datum
    assert parse_file_datum(text) is datum


@pytest.mark.parametrize("text", ["", "gcj2", "EPSG:3857", "epsg:99999", "bd09mc", "\ud800", "\0", "²³⁴⁵"])
def test_a_request_takes_no_other_datum(text: str) -> None:
    with pytest.raises(UnknownCode) as caught:
        parse_datum(text)
    assert caught.value.field == "crs"
    assert set(caught.value.extra["near"]) <= {"wgs84", "gcj02", "bd09"}


def test_a_near_name_is_offered() -> None:
    with pytest.raises(UnknownCode) as caught:
        parse_datum("gcj2")
    assert caught.value.extra["near"] == ["gcj02"]


@pytest.mark.parametrize("text", ["EPSG:999999", "epsg:5773", "nad27?", ""])  # 5773 is a vertical system
def test_a_file_takes_no_unknown_code(text: str) -> None:
    with pytest.raises(UnknownCode):
        parse_file_datum(text)


@pytest.mark.parametrize(
    ("code", "x", "y"),
    [
        (3857, 12952464.5, 4852834.1),  # web mercator
        (
            4547,
            449217.4,
            4417760.1,
        ),  # CGCS2000 / 3-degree Gauss-Krueger CM 114E … easting first, not northing
        (32650, 448791.2, 4416977.6),  # WGS 84 / UTM zone 50N
    ],
)
def test_epsg_codes_take_easting_first(code: int, x: float, y: float) -> None:
    datum = parse_file_datum(f"EPSG:{code}")
    assert datum == Epsg(code)
    lon, lat = to_wgs84([x], [y], datum)
    assert 113.0 < lon[0] < 117.0
    assert 39.0 < lat[0] < 41.0


@needs_shared_data
@pytest.mark.parametrize("datum", SHIFTED)
def test_published_pairs_agree_within_a_metre(datum: Datum) -> None:
    cities = json.loads((SHARED_DATA / "coords/china_cities_six_crs.json").read_text("utf-8"))
    wgs84 = np.array([city["coords"]["WGS84"] for city in cities])
    shifted = np.array([city["coords"][datum.name] for city in cities])
    for ours, theirs in (
        (from_wgs84(wgs84[:, 0], wgs84[:, 1], datum), shifted),
        (to_wgs84(shifted[:, 0], shifted[:, 1], datum), wgs84),
    ):
        off = (
            np.hypot((ours[0] - theirs[:, 0]) * np.cos(np.radians(theirs[:, 1])), ours[1] - theirs[:, 1])
            * 111_320
        )
        assert off.max() < 1.0


anywhere = st.tuples(st.floats(-180, 180), st.floats(-90, 90))
around_china = st.tuples(st.floats(72, 137), st.floats(2, 55))
# Dandong and Sinuiju, Shenzhen and Hong Kong, Zhuhai and Macau, Xiamen and Kinmen, Heihe and Blagoveshchensk,
# Khorgos, Pingxiang: a few kilometres either side of each.
at_the_border = st.builds(
    lambda place, east, north: (place[0] + east, place[1] + north),
    st.sampled_from(
        [
            (124.39, 40.12),
            (114.1, 22.53),
            (113.55, 22.21),
            (118.25, 24.47),
            (127.52, 50.25),
            (80.41, 44.21),
            (106.7, 21.98),
        ]
    ),
    st.floats(-0.15, 0.15),
    st.floats(-0.15, 0.15),
)


@pytest.mark.parametrize("datum", SHIFTED)
@given(point=st.one_of(anywhere, around_china, at_the_border))
def test_there_and_back_is_the_same_place(datum: Datum, point: tuple[float, float]) -> None:
    for first, second in ((point_from_wgs84, point_to_wgs84), (point_to_wgs84, point_from_wgs84)):
        lon, lat = second(*first(*point, datum), datum)
        assert lon == pytest.approx(point[0], abs=MILLIMETRE_DEG / 100)
        assert lat == pytest.approx(point[1], abs=MILLIMETRE_DEG / 100)


@pytest.mark.parametrize("datum", list(Datum))
@given(points=st.lists(st.one_of(anywhere, around_china, at_the_border), min_size=1, max_size=20))
def test_one_point_and_many_agree(datum: Datum, points: list[tuple[float, float]]) -> None:
    lon, lat = np.array(points).T
    for many, one in ((from_wgs84, point_from_wgs84), (to_wgs84, point_to_wgs84)):
        together = np.column_stack(many(lon, lat, datum))
        assert together == pytest.approx(np.array([one(*point, datum) for point in points]), abs=1e-11)


@pytest.mark.parametrize("datum", SHIFTED)
@given(point=st.one_of(around_china, at_the_border), east=st.floats(-1, 1), north=st.floats(-1, 1))
def test_neighbours_stay_neighbours(
    datum: Datum, point: tuple[float, float], east: float, north: float
) -> None:
    """Continuous: a metre's step is a step of at most a few metres in the other datum, across borders too."""
    step = (point[0] + east * 1e-5, point[1] + north * 1e-5)
    for way in (point_from_wgs84, point_to_wgs84):
        here, there = way(*point, datum), way(*step, datum)
        assert np.hypot(there[0] - here[0], there[1] - here[1]) < 1e-4


@pytest.mark.parametrize("datum", SHIFTED)
@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("Taipei", 121.5, 25.03),
        ("Penghu", 119.57, 23.57),
        ("Kinmen", 118.317, 24.432),
        ("Matsu", 119.93, 26.16),
        ("Seoul", 126.98, 37.57),
        ("Fukuoka", 130.4, 33.6),
        ("Hanoi", 105.85, 21.03),
        ("Ulaanbaatar", 106.9, 47.9),
        ("Kathmandu", 85.3, 27.7),
        ("Almaty", 76.9, 43.25),
        ("London", -0.12, 51.5),
        ("Null Island", 0.0, 0.0),
        ("North Pole", 0.0, 90.0),
        ("antimeridian", 180.0, 0.0),
    ],
)
def test_outside_china_points_pass_unchanged(datum: Datum, place: str, lon: float, lat: float) -> None:
    assert point_from_wgs84(lon, lat, datum) == (lon, lat)
    assert point_to_wgs84(lon, lat, datum) == (lon, lat)


@pytest.mark.parametrize(
    ("place", "lon", "lat"),
    [
        ("Beijing", 116.4, 39.9),
        ("Hong Kong", 114.17, 22.28),
        ("Macau", 113.55, 22.19),
        ("Dandong, on the Yalu", 124.385, 40.125),
        ("Heihe, on the Amur", 127.5, 50.25),
        ("Dongxing, on the Beilun", 107.97, 21.545),
        ("Yangshan port, an island", 122.129, 30.603),
        ("Hong Kong-Zhuhai-Macau bridge", 113.8, 22.27),
        ("Lhasa", 91.1, 29.65),
        ("Kashgar", 75.99, 39.47),
    ],
)
def test_in_china_the_whole_shift_applies(place: str, lon: float, lat: float) -> None:
    assert share_at(lon, lat) == 1.0
    shifted = point_from_wgs84(lon, lat, Datum.GCJ02)
    assert 50.0 < sphere_distances_m(lon, lat, *shifted) < 900.0


@needs_shared_data
def test_no_real_place_in_taiwan_moves() -> None:
    with (SHARED_DATA / "facilities/taiwan_nursing_rooms.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = [(row["longitude"], row["latitude"]) for row in csv.DictReader(file)]
    lon, lat = np.array([(float(lon), float(lat)) for lon, lat in rows if lon and lat]).T
    in_taiwan = (lon > 118.0) & (lon < 123.0) & (lat > 21.0) & (lat < 27.0)
    assert in_taiwan.sum() > 2_700
    assert shares_at(lon[in_taiwan], lat[in_taiwan]).max() == 0.0


def test_the_fade_is_wide_against_the_shift() -> None:
    """What makes the conversion one to one: the faded shift's slope stays below 1 everywhere in the rim."""
    area = gcj02_area()
    lon = np.linspace(area.west, area.west + (area.columns - 1) / 50, 6_000)
    for lat in np.linspace(area.south + 0.011, area.south + (area.rows - 1) / 50 - 0.011, 300):
        lats = np.full(lon.shape, lat)
        share = shares_at(lon, lats)
        rim = np.flatnonzero((share > 0.0) & (share < 1.0))
        x, y, tiny = lon[rim], lats[rim], 1e-7
        for shift in (gcj02_shift, bd09_shift):

            def faded(x: np.ndarray, y: np.ndarray, shift: object = shift) -> np.ndarray:
                return np.array(shift(x, y, np)) * shares_at(x, y)  # type: ignore[operator]

            jacobian = (
                np.stack([faded(x + tiny, y) - faded(x, y), faded(x, y + tiny) - faded(x, y)], axis=-1) / tiny
            )
            assert np.linalg.norm(jacobian.transpose(1, 0, 2), 2, axis=(1, 2)).max(initial=0.0) < 0.8


@pytest.mark.parametrize("datum", list(Datum))
def test_values_that_are_no_place_come_back_as_they_were(datum: Datum) -> None:
    nan, inf = float("nan"), float("inf")
    for bad in ((nan, 39.9), (116.4, nan), (inf, 39.9), (116.4, -inf), (1e308, 1e308)):
        for many, one in ((from_wgs84, point_from_wgs84), (to_wgs84, point_to_wgs84)):
            np.testing.assert_array_equal(np.ravel(many(*bad, datum)), bad)
            np.testing.assert_array_equal(one(*bad, datum), bad)


def test_shapes_are_kept_and_inputs_are_not_touched() -> None:
    lon, lat = np.full((2, 3), 116.4), np.full((2, 3), 39.9)
    for datum in Datum:
        there = from_wgs84(lon, lat, datum)
        back = to_wgs84(*there, datum)
        assert there[0].shape == back[1].shape == (2, 3)
    assert (lon == 116.4).all()
    assert to_wgs84([], [], Datum.GCJ02)[0].shape == (0,)
