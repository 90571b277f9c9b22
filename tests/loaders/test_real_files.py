"""The real files of ../shared/data: every row accounted for."""

from __future__ import annotations

import csv
import tomllib
from pathlib import Path

import numpy as np
import psycopg
import pytest

from geoapi.errors import LoadStopped
from geoapi.geometry.datums import Datum
from geoapi.sample.districts import sample_districts
from loaders.districts import known_codes, read_boundaries, record_districts
from loaders.draft import draft_mapping
from loaders.load import load_file
from loaders.mapping import Mapping, parse_mapping, read_mapping, shipped_mappings
from loaders.positions import read_districts
from tests.conftest import SHARED_DATA, needs_shared_data

pytestmark = needs_shared_data
FACILITIES = SHARED_DATA / "facilities"

# mapping, file, rows, accepted, quarantined
FILES = [
    (
        "beijing_subway", "beijing_subway_nursing_rooms.csv", 517, 315,
        {"there_is_none": 194, "unknown_whether_there": 7, "outside_districts": 1},
    ),
    ("zhengzhou", "zhengzhou_union_stations.csv", 82, 82, {}),
    ("taiwan", "taiwan_nursing_rooms.csv", 2772, 2771, {"no_coordinates": 1}),
    ("porto_alegre_places", "../roads/porto_alegre_points.csv", 15, 15, {}),
    ("takamatsu_libraries", "takamatsu_libraries.xlsx", 5, 5, {}),
    ("takamatsu_toilets", "takamatsu_toilets.xlsx", 169, 169, {}),
]  # fmt: skip


@pytest.fixture
def beijing(conn: psycopg.Connection) -> psycopg.Connection:
    boundaries, _ = read_boundaries(
        SHARED_DATA / "boundaries" / "beijing_districts_gcj02.geojson", datum=Datum.GCJ02, known_codes={}
    )
    record_districts(conn, boundaries, source="test")
    conn.commit()
    return conn


@pytest.mark.parametrize(
    ("name", "file", "rows", "accepted", "quarantined"), FILES, ids=[f[0] for f in FILES]
)
def test_every_row_accounted_for(
    beijing: psycopg.Connection, name: str, file: str, rows: int, accepted: int, quarantined: dict[str, int]
) -> None:
    plan = read_mapping(Path(name))
    first = load_file(beijing, FACILITIES / file, plan, horizon_days=2)
    assert (first.rows, first.accepted, first.quarantined) == (rows, accepted, quarantined)
    assert first.unknown_values == {}
    assert sum(first.hours.values()) == accepted
    again = load_file(beijing, FACILITIES / file, plan, horizon_days=2)
    assert (again.accepted, again.unchanged, again.quarantined) == (0, accepted, quarantined)
    waiting = beijing.execute("SELECT count(*) FROM quarantine WHERE resolved_at IS NULL").fetchone()
    assert waiting == (sum(quarantined.values()),)


def test_every_mapping_has_its_file() -> None:
    assert sorted(name for name, *_ in FILES) == shipped_mappings()


def test_an_interchange_is_one_place_on_several_lines(beijing: psycopg.Connection) -> None:
    report = load_file(
        beijing,
        FACILITIES / "beijing_subway_nursing_rooms.csv",
        read_mapping(Path("beijing_subway")),
        horizon_days=2,
    )
    rooms = beijing.execute(
        "SELECT description, lon, lat FROM station WHERE name_zh = '地铁公主坟站母婴室' ORDER BY id"
    ).fetchall()
    # a room on line 1's platform and one on line 10's: both kept, apart by where they are in the station
    assert len(rooms) == 2
    assert len({room[1:] for room in rooms}) == 1
    assert len({room[0] for room in rooms}) == 2
    pairs = {(pair["name"], pair["other_name"]) for pair in report.near_duplicates}
    assert ("地铁公主坟站母婴室", "地铁公主坟站母婴室") in pairs
    # a station on two lines is never in two districts, and never reported beside another station
    assert all(name == other for name, other in pairs)


def subway(datum: str, columns: str) -> Mapping:
    """Every station of the file, whether it has a room or not."""
    return parse_mapping(
        {
            "source": {"name": "subway-datum"},
            "place": {"datum": datum},
            "id": {"columns": "station_code"},
            "constants": {"kind": "nursing_room"},
            "columns": {
                "name_zh": "name", "lon": f"lon_{columns}", "lat": f"lat_{columns}",
                "district_code": "adcode",
            },
        }
    )  # fmt: skip


def test_datum_evidence_of_the_subway(beijing: psycopg.Connection) -> None:
    """GCJ-02 explains AMap's columns best; declared as another datum they stop the load."""
    path = FACILITIES / "beijing_subway_nursing_rooms.csv"
    report = load_file(beijing, path, subway("gcj02", "gcj02_amap"), horizon_days=2, dry_run=True)
    matched = report.datum["evidence"]["matched"]
    assert report.datum["evidence"]["best"] == "gcj02"
    assert matched["gcj02"] >= 514
    for wrong in ("wgs84", "bd09"):
        with pytest.raises(LoadStopped) as error:
            load_file(beijing, path, subway(wrong, "gcj02_amap"), horizon_days=2)
        beijing.rollback()
        assert error.value.extra["datum"]["evidence"]["best"] == "gcj02"
    assert beijing.execute("SELECT count(*) FROM station").fetchone() == (0,)


def test_taiwan_keeps_its_clock_and_calendar(conn: psycopg.Connection) -> None:
    load_file(conn, FACILITIES / "taiwan_nursing_rooms.csv", read_mapping(Path("taiwan")), horizon_days=2)
    assert conn.execute("SELECT DISTINCT time_zone, calendar, district_code FROM station").fetchall() == [
        ("Asia/Taipei", "TW", None)
    ]


def test_zhengzhou_takes_only_sourced_hours(conn: psycopg.Connection) -> None:
    path = FACILITIES / "zhengzhou_union_stations.csv"
    load_file(conn, path, read_mapping(Path("zhengzhou")), horizon_days=2)
    with path.open(encoding="utf-8-sig", newline="") as file:
        sourced = sum(bool(row["open_hours_raw_explicit"]) for row in csv.DictReader(file))
    assert conn.execute(
        "SELECT count(hours_text), count(hours_rules) <= count(hours_text) FROM station"
    ).fetchone() == (
        sourced,
        True,
    )


# a file of places without names is nothing that a draft could make stations of
@pytest.mark.parametrize("file", [file for name, file, *_ in FILES if name != "porto_alegre_places"])
def test_a_draft_is_a_mapping_that_loads(conn: psycopg.Connection, file: str) -> None:
    draft = draft_mapping(FACILITIES / file, [district.polygon for district in sample_districts()])
    plan = parse_mapping(tomllib.loads(draft))
    report = load_file(conn, FACILITIES / file, plan, horizon_days=2, dry_run=True)
    assert report.accepted > 0.9 * report.rows


def test_districts_in_either_datum_agree(beijing: psycopg.Connection) -> None:
    before = read_districts(beijing)
    boundaries, _ = read_boundaries(
        SHARED_DATA / "boundaries" / "beijing_districts_wgs84.geojson",
        datum=Datum.WGS84,
        known_codes=known_codes(beijing),
    )
    assert sorted(one.code for one in boundaries) == list(before.codes)
    by_code = {one.code: one.polygon for one in boundaries}
    for code, polygon in zip(before.codes, before.polygons, strict=True):
        assert polygon.intersection(by_code[code]).area > 0.99 * polygon.area
    first = record_districts(beijing, boundaries, source="test")
    again = record_districts(beijing, boundaries, source="test")
    assert (first.updated, again.updated, again.unchanged) == (16, 0, 16)
    assert np.isfinite(first.stations_moved)
