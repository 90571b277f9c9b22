"""Loading again: what the source says anew, what people edited, and what is gone."""

from __future__ import annotations

from pathlib import Path

import psycopg
import pytest

from geoapi.errors import LoadStopped
from loaders.mapping import Mapping
from tests.loaders.files import GOOD, csv_file, load, make_districts, mapping

ROW = "1,望京驿站,驿站,116.5,39.5,9:00-17:30,微波炉,望京街1号"
OTHER = "2,朝阳驿站,驿站,116.6,39.6,,,"


@pytest.fixture(autouse=True)
def _districts(conn: psycopg.Connection) -> None:
    make_districts(conn)


def snapshot(conn: psycopg.Connection) -> list[object]:
    return [
        conn.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608
        for table in (
            "station",
            "station_import",
            "quarantine",
            "load_batch",
            "near_duplicate",
            "import_conflict",
        )
    ]


def test_again_changes_nothing(conn: psycopg.Connection, tmp_path: Path) -> None:
    path = csv_file(tmp_path, ROW, OTHER, ROW, "3,丙,驿站,,,,,", "3,丙,驿站,,,,,", "坏行")
    first = load(conn, path)
    before = snapshot(conn)
    again = load(conn, path)
    assert (first.accepted, first.unchanged) == (2, 0)
    assert (again.accepted, again.unchanged) == (0, 2)
    assert first.quarantined == again.quarantined == {"duplicate_id": 1, "no_coordinates": 2, "bad_row": 1}
    assert snapshot(conn) == before


# the address: before in the file, as edited (None: not), now in the file → on record, conflicts
THREE_WAYS = [
    ("甲", None, "甲", "甲", 0),
    ("甲", None, "乙", "乙", 0),
    ("甲", "丁", "甲", "丁", 0),
    ("甲", "丁", "乙", "丁", 1),
    ("甲", "乙", "乙", "乙", 0),
    ("", "丁", "", "丁", 0),
    ("", None, "乙", "乙", 0),
    ("甲", None, "", None, 0),
]


@pytest.mark.parametrize(("before", "edited", "now", "expected", "conflicts"), THREE_WAYS)
def test_three_way_merge(
    conn: psycopg.Connection,
    tmp_path: Path,
    before: str,
    edited: str | None,
    now: str,
    expected: str | None,
    conflicts: int,
) -> None:
    row = "1,望京驿站,驿站,116.5,39.5,,,{}"
    load(conn, csv_file(tmp_path, row.format(before)))
    if edited is not None:
        conn.execute("UPDATE station SET address = %s, version = version + 1", [edited])
    # another field is always new: the row as a whole has changed
    report = load(conn, csv_file(tmp_path, row.format(now).replace("望京驿站", "望京新驿站")))
    assert conn.execute("SELECT name_zh, address FROM station").fetchone() == ("望京新驿站", expected)
    assert report.conflicts_total == conflicts
    assert [one["field"] for one in report.conflicts] == ["address"] * conflicts
    again = load(conn, csv_file(tmp_path, row.format(now).replace("望京驿站", "望京新驿站")))
    assert (again.unchanged, again.conflicts_total) == (1, 0)


def test_version_counts_changes_only(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW, OTHER))
    load(conn, csv_file(tmp_path, ROW.replace("微波炉", "热水"), OTHER))
    assert conn.execute("SELECT version FROM station ORDER BY id").fetchall() == [(2,), (1,)]
    assert conn.execute("SELECT amenity_ids FROM station ORDER BY id").fetchall() == [([2],), ([],)]


def test_edited_hours_stay_whole(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, GOOD))
    conn.execute("UPDATE station SET hours_text = '24小时', hours_osm = '24/7', hours_rules = NULL")
    report = load(conn, csv_file(tmp_path, GOOD.replace("17:30", "18:00")))
    assert [one["field"] for one in report.conflicts] == ["hours"]
    assert conn.execute("SELECT hours_text, hours_osm, hours_rules FROM station").fetchone() == (
        "24小时",
        "24/7",
        None,
    )


def test_a_moved_station_changes_district(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, GOOD))
    load(conn, csv_file(tmp_path, GOOD.replace("116.5", "117.5")))
    assert conn.execute("SELECT lon, district_code FROM station").fetchone() == (117.5, "110102")


def test_an_edited_position_keeps_its_district(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, GOOD))
    conn.execute("UPDATE station SET lon = 117.2, district_code = '110102'")
    report = load(conn, csv_file(tmp_path, GOOD.replace("39.5", "39.6")))
    assert [one["field"] for one in report.conflicts] == ["position"]
    assert conn.execute("SELECT lon, lat, district_code FROM station").fetchone() == (117.2, 39.5, "110102")


def test_without_sync_nothing_is_retired(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW, OTHER))
    assert load(conn, csv_file(tmp_path, ROW)).retired == 0
    assert conn.execute("SELECT count(*) FROM station WHERE retired_at IS NULL").fetchone() == (2,)


def test_sync_retires_and_a_later_file_revives(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW, OTHER))
    gone = load(conn, csv_file(tmp_path, ROW), sync=True)
    assert gone.retired == 1
    assert load(conn, csv_file(tmp_path, ROW), sync=True).retired == 0
    back = load(conn, csv_file(tmp_path, ROW, OTHER), sync=True)
    assert (back.accepted, back.revived, back.unchanged) == (1, 1, 1)
    assert conn.execute("SELECT count(*) FROM station WHERE retired_at IS NULL").fetchone() == (2,)


def test_what_a_person_retired_stays_retired(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW, OTHER))
    conn.execute("UPDATE station SET retired_at = now() WHERE name_zh = '朝阳驿站'")
    load(conn, csv_file(tmp_path, ROW, OTHER.replace("朝阳", "朝阳门")), sync=True)
    assert conn.execute("SELECT name_zh FROM station WHERE retired_at IS NOT NULL").fetchall() == [
        ("朝阳门驿站",)
    ]


def test_what_a_person_brought_back_stays(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW, OTHER))
    load(conn, csv_file(tmp_path, ROW), sync=True)
    conn.execute("UPDATE station SET retired_at = NULL")
    assert load(conn, csv_file(tmp_path, ROW), sync=True).retired == 0


def test_a_quarantined_row_is_not_gone(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW, OTHER))
    assert load(conn, csv_file(tmp_path, ROW, "2,朝阳驿站,驿站,,,,,"), sync=True).retired == 0


def test_there_is_none_means_gone(conn: psycopg.Connection, tmp_path: Path) -> None:
    plan = mapping(presence={"column": "地址", "none": ["没有"]})
    load(conn, csv_file(tmp_path, ROW, OTHER + "有"), plan)
    assert load(conn, csv_file(tmp_path, ROW, OTHER + "没有"), plan, sync=True).retired == 1


def test_sync_with_nothing_left_stops(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW))
    plan = mapping(presence={"column": "地址", "none": ["望京街1号"]})
    with pytest.raises(LoadStopped):
        load(conn, csv_file(tmp_path, ROW), plan, sync=True)


def test_other_sources_are_left_alone(conn: psycopg.Connection, tmp_path: Path) -> None:
    other: Mapping = mapping(source={"name": "other"})
    load(conn, csv_file(tmp_path, ROW), other)
    load(conn, csv_file(tmp_path, OTHER), sync=True)
    assert conn.execute("SELECT count(*) FROM station WHERE retired_at IS NULL").fetchone() == (2,)


def test_dry_run_keeps_nothing(conn: psycopg.Connection, tmp_path: Path) -> None:
    before = snapshot(conn)
    report = load(conn, csv_file(tmp_path, ROW, "坏行"), dry_run=True)
    assert (report.accepted, report.quarantined, report.dry_run) == (1, {"bad_row": 1}, True)
    assert snapshot(conn) == before


def test_an_accepted_row_no_longer_waits(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, "1,望京驿站,驿站,,,,,"))
    load(conn, csv_file(tmp_path, ROW))
    assert conn.execute("SELECT count(*) FROM quarantine WHERE resolved_at IS NULL").fetchone() == (0,)


def test_near_duplicates_are_reported_not_merged(conn: psycopg.Connection, tmp_path: Path) -> None:
    rows = (
        "1,中国石化農光裏加油站(暖心驛站),驿站,116.50000,39.5,,,",
        "2,中国石化农光里加油站 职工暖心驿站,驿站,116.50050,39.5,,,",
        "3,中国石化农光里加油站暖心驿站,驿站,116.60000,39.5,,,",
        "4,农光里1号楼驿站,驿站,116.50000,39.5,,,",
        "5,农光里2号楼驿站,驿站,116.50000,39.5,,,",
    )
    report = load(conn, csv_file(tmp_path, *rows))
    assert report.accepted == 5
    assert [(pair["name"][:4], pair["other_name"][:4]) for pair in report.near_duplicates] == [
        ("中国石化", "中国石化")
    ]
    assert 40 < report.near_duplicates[0]["distance_m"] < 45


def test_many_at_one_coordinate_are_bounded(conn: psycopg.Connection, tmp_path: Path) -> None:
    rows = [f"{n},同名驿站,驿站,116.5,39.5,,," for n in range(2000)]
    report = load(conn, csv_file(tmp_path, *rows))
    assert (report.accepted, report.near_duplicates_total, len(report.near_duplicates)) == (
        2000,
        10_000,
        1000,
    )


def test_organisation_of_the_file_or_the_district(conn: psycopg.Connection, tmp_path: Path) -> None:
    conn.execute(
        "INSERT INTO organisation (code, level, name_zh, district_code, source) "
        "VALUES ('dc', 'district', '东城区总工会', '110101', 'test')"
    )
    plan = mapping(columns={"organisation": "地址"})
    load(conn, csv_file(tmp_path, "1,甲,驿站,116.5,39.5,,,望京街道", "2,乙,驿站,116.5,39.5,,,"), plan)
    rows = conn.execute(
        """SELECT o.name_zh, p.name_zh FROM station AS s JOIN organisation AS o ON o.id = s.organisation_id
           LEFT JOIN organisation AS p ON p.id = o.parent_id ORDER BY s.id"""
    ).fetchall()
    assert rows == [("望京街道", "东城区总工会"), ("东城区总工会", None)]
