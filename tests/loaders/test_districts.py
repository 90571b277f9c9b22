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
from geoapi.schedule import refresh
from loaders.districts import Boundary, city_of, in_wgs84, read_boundaries, record_districts, with_parent
from loaders.sample import load_sample_city
from tests.loaders.files import GOOD, csv_file, load, make_districts, mapping

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


def area(code: str, west: float, east: float, level: str = "street", parent: str | None = None) -> Boundary:
    polygon = shapely.MultiPolygon([shapely.box(west, 39, east, 40)])
    return Boundary(code, f"{code}街道", None, level, parent, polygon)  # type: ignore[arg-type]


# the western half of 东城区 but for a strip at its edge
STREETS = [area("110101001", 116.1, 116.3, parent="110101"), area("110101002", 116.3, 116.5, parent="110101")]
ROWS = [
    f"{n},站{n},驿站,{lon},39.5,周一至周五 9:00-17:30,,某街{n}号"
    for n, lon in enumerate((116.05, 116.2, 116.4, 116.7, 117.5), 1)
]
IN_STREETS = ["110101", "110101001", "110101002", "110101", "110102"]


def in_district(conn: psycopg.Connection) -> list[str]:
    return [row[0] for row in conn.execute("SELECT district_code FROM station ORDER BY name_zh").fetchall()]


def test_stations_move_into_streets_and_stay(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    path = csv_file(tmp_path, *ROWS)
    load(conn, path)
    assert in_district(conn) == ["110101"] * 4 + ["110102"]
    first = record_districts(conn, STREETS, source="t")
    again = record_districts(conn, STREETS, source="t")
    assert (first.inserted, first.stations_moved, again.unchanged, again.stations_moved) == (2, 2, 2, 0)
    assert in_district(conn) == IN_STREETS
    # found by the street's name and by the district's
    words = conn.execute("SELECT search FROM station WHERE name_zh = '站2'").fetchone()
    assert words is not None
    assert ("110101001街道" in words[0], "东城区" in words[0]) == (True, True)
    report = load(conn, path)
    assert (report.accepted, report.unchanged, in_district(conn)) == (0, 5, IN_STREETS)


def test_a_load_puts_stations_into_streets(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    conn.execute(
        """INSERT INTO organisation (code, level, name_zh, district_code, source)
           VALUES ('union', 'district', '东城区总工会', '110101', 'test')"""
    )
    record_districts(conn, STREETS, source="t")
    load(conn, csv_file(tmp_path, *ROWS))
    assert in_district(conn) == IN_STREETS
    rows = conn.execute(
        """SELECT s.search, o.code FROM station AS s LEFT JOIN organisation AS o ON o.id = s.organisation_id
           ORDER BY s.name_zh"""
    ).fetchall()
    assert ("110101001街道" in rows[1][0], "东城区" in rows[1][0]) == (True, True)
    # the district's own federation runs what is in its streets
    assert [code for _, code in rows] == ["union"] * 4 + [None]
    # a street that goes away in a later drawing gives its stations back
    record_districts(conn, [area("110101001", 116.9, 116.95, parent="110101")], source="t")
    assert in_district(conn) == ["110101", "110101", "110101002", "110101", "110102"]


def test_a_street_whose_parent_nobody_names_is_its_districts(conn: psycopg.Connection) -> None:
    make_districts(conn)
    drawn = [
        area("110101001", 116.1, 116.3),
        area("1", 116.9, 117.4),
        area("2", 119, 120),
        area("9", 116, 118, "city"),
    ]
    first = record_districts(conn, [*drawn, area("110101002", 116.3, 116.5, parent="110102")], source="t")
    again = record_districts(conn, [*drawn, area("110101002", 116.3, 116.5)], source="t")
    assert (first.inserted, again.unchanged) == (5, 5)
    parents = conn.execute("SELECT code, parent_code FROM district WHERE source = 't'").fetchall()
    assert dict(parents) == {
        "110101001": "110101", "1": "110102", "2": None, "9": None, "110101002": "110102",
    }  # fmt: skip


def test_streets_change_nothing_in_what_stated_districts_say(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    make_districts(conn)
    path = tmp_path / "stated.csv"
    rows = [f"{row},东城区" for row in ROWS[:4]] + [f"{ROWS[4]},西城区", "6,站6,驿站,118.5,39.5,,,,东城区"]
    path.write_text("\n".join(("id,名称,类别,经度,纬度,时间,设施,地址,区", *rows)) + "\n", "utf-8")
    plan = mapping(columns={"district_name": "区"})
    before = load(conn, path, plan, dry_run=True)
    record_districts(conn, STREETS, source="t")
    report = load(conn, path, plan)
    assert report.quarantined == before.quarantined == {"outside_districts": 1}
    assert report.datum == before.datum
    assert report.datum["evidence"]["matched"]["wgs84"] == 5
    assert in_district(conn) == IN_STREETS


def test_an_override_of_the_city_or_the_district_reaches_a_street(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    make_districts(conn)
    record_districts(conn, [area("110000", 116, 118, "city"), *STREETS], source="t")
    conn.execute("UPDATE district SET parent_code = '110000' WHERE level = 'district'")
    load(conn, csv_file(tmp_path, *ROWS))
    for codes, reached in (
        (["110000"], ["站1", "站2", "站3", "站4", "站5"]),
        (["110101"], ["站1", "站2", "站3", "站4"]),
        (["110101002"], ["站3"]),
        (["110102"], ["站5"]),
    ):
        conn.execute("DELETE FROM hours_override")
        refresh(conn, horizon_days=2)
        conn.commit()
        conn.execute(
            """INSERT INTO hours_override (name_zh, name_en, during, district_codes, daily_minutes)
               VALUES ('高温', 'heat', tstzrange(now() - interval '2 days', now() + interval '2 days'), %s,
                 '[0,1440)')""",
            [codes],
        )
        stale = "SELECT name_zh FROM stale_station JOIN station ON id = station_id ORDER BY 1"
        assert [row[0] for row in conn.execute(stale).fetchall()] == reached
        refresh(conn, horizon_days=2)
        held = conn.execute(
            """SELECT name_zh FROM station JOIN station_schedule ON station_id = station.id
               JOIN schedule ON schedule.id = schedule_id
               WHERE inputs -> 'overrides' <> '[]' ORDER BY 1"""
        ).fetchall()
        assert [row[0] for row in held] == reached
        conn.commit()


def test_a_street_that_comes_to_another_district_comes_under_its_overrides(
    conn: psycopg.Connection, tmp_path: Path
) -> None:
    make_districts(conn)
    record_districts(conn, STREETS, source="t")
    load(conn, csv_file(tmp_path, *ROWS))
    assert conn.execute("SELECT count(*) FROM stale_station").fetchone() == (0,)
    record_districts(conn, [area("110101002", 116.3, 116.5, parent="110102")], source="t")
    stale = "SELECT name_zh FROM stale_station JOIN station ON id = station_id"
    assert conn.execute(stale).fetchall() == [("站3",)]
