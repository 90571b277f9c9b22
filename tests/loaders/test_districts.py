"""Boundaries: converted, repaired, given codes, and stations put into them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest
import shapely

from geoapi.errors import GeoapiError
from geoapi.geometry.datums import Datum, from_wgs84
from geoapi.sample.districts import sample_districts
from loaders.districts import city_of, in_wgs84, read_boundaries, record_districts, with_parent
from loaders.sample import load_sample_city
from tests.loaders.files import GOOD, csv_file, load, mapping

SQUARE = [[116.0, 39.0], [117.0, 39.0], [117.0, 40.0], [116.0, 40.0], [116.0, 39.0]]
BOWTIE = [[116.0, 39.0], [117.0, 40.0], [117.0, 39.0], [116.0, 40.0], [116.0, 39.0]]


def geojson(folder: Path, ring: list[list[float]], **properties: Any) -> Path:
    path = folder / "d.geojson"
    feature = {
        "type": "Feature",
        "properties": properties,
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    return path


def test_stations_move_into_a_new_district(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, GOOD), mapping(place={"outside": "keep"}))
    boundaries, repaired = read_boundaries(
        geojson(tmp_path, SQUARE, name="东城区"), datum=Datum.WGS84, known_codes={"东城区": "110101"}
    )
    city = city_of("110000", "北京市", None, boundaries)
    first = record_districts(conn, [city, *with_parent(boundaries, "110000")], source="test")
    again = record_districts(conn, [city, *with_parent(boundaries, "110000")], source="test")
    assert (repaired, first.inserted, first.stations_moved) == (0, 2, 1)
    assert (again.inserted, again.updated, again.unchanged, again.stations_moved) == (0, 0, 2, 0)
    row = conn.execute("SELECT district_code, version, search LIKE '%%东城区%%' FROM station").fetchone()
    assert row == ("110101", 2, True)
    assert conn.execute("SELECT code, parent_code FROM district ORDER BY code").fetchall() == [
        ("110000", None),
        ("110101", "110000"),
    ]


def test_converted_from_gcj02(tmp_path: Path) -> None:
    ring = [list(map(float, from_wgs84(x, y, Datum.GCJ02))) for x, y in SQUARE]
    [one], _ = read_boundaries(
        geojson(tmp_path, ring, name="甲", code="1"), datum=Datum.GCJ02, known_codes={}
    )
    assert shapely.hausdorff_distance(one.polygon, shapely.Polygon(SQUARE)) < 1e-7


def test_a_bow_tie_is_repaired() -> None:
    polygon, valid = in_wgs84(shapely.Polygon(BOWTIE), Datum.WGS84)
    assert not valid
    assert polygon.is_valid
    assert polygon.area == pytest.approx(0.5)


FEATURE = '{"features": [{"properties": {"name": "甲", "code": "1"}, '
WRONG = [
    ("[1]", "is no"),
    ('{"features": [{"properties": {"code": "1"}}]}', "name"),
    ('{"features": [{"properties": {"name": "甲"}}]}', "code"),
    (FEATURE + '"geometry": {"type": "Point"}}]}', "no polygon"),
    (
        FEATURE + '"geometry": {"type": "Polygon", "coordinates": '
        + "[" * 500 + "]" * 500 + "}}]}",
        "cannot be read",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), WRONG)
def test_what_is_no_boundary(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "d.json"
    path.write_text(text, "utf-8")
    with pytest.raises(GeoapiError, match=said):
        read_boundaries(path, datum=Datum.WGS84, known_codes={})


def test_the_sample_city_twice(conn: psycopg.Connection) -> None:
    report = load_sample_city(conn, stations=300, horizon_days=2)
    assert report is not None
    assert (report.rows, report.accepted, report.quarantined) == (300, 300, {})
    assert conn.execute("SELECT DISTINCT source FROM station").fetchall() == [("sample",)]
    assert conn.execute(
        "SELECT count(*), sum(population) FILTER (WHERE level = 'district') FROM district"
    ).fetchone() == (
        17,
        21_893_095,
    )
    # each lies where it says it does, and somebody runs it
    assert conn.execute(
        """SELECT count(*) FROM station AS s JOIN district AS d ON d.code = s.district_code
           WHERE ST_Intersects(d.geom, s.geog::geometry) AND s.organisation_id IS NOT NULL"""
    ).fetchone() == (300,)
    assert load_sample_city(conn, stations=300, horizon_days=2) is None


def test_the_sample_keeps_boundaries_that_are_there(conn: psycopg.Connection) -> None:
    square, _ = in_wgs84(shapely.Polygon(SQUARE), Datum.WGS84)
    conn.execute(
        "INSERT INTO district (code, level, name_zh, geom, source) "
        "VALUES ('110101', 'district', '东城区', ST_GeomFromWKB(%s, 4326), 'mine')",
        [shapely.to_wkb(square)],
    )
    load_sample_city(conn, stations=1, horizon_days=2)
    assert conn.execute("SELECT source FROM district WHERE code = '110101'").fetchone() == ("mine",)
    assert len(sample_districts()) == 16
