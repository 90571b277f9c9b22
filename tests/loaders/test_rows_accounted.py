"""Every row is accepted, unchanged, or quarantined with its reason and as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from geoapi.errors import InvalidMapping, LoadStopped, UnreadableFile
from tests.loaders.files import GOOD, HEADER, csv_file, load, make_districts, mapping

REASONS = [
    ("no_coordinates", "2,甲,驿站,,,,,"),
    ("no_coordinates", "2,甲,驿站,116.5,-,,,"),
    ("not_a_number", "2,甲,驿站,东,39.5,,,"),
    ("not_a_number", "2,甲,驿站,1_16,39.5,,,"),
    ("not_finite", "2,甲,驿站,nan,39.5,,,"),
    ("not_finite", "2,甲,驿站,inf,39.5,,,"),
    ("out_of_range", "2,甲,驿站,416.5,39.5,,,"),
    ("swapped_axes", "2,甲,驿站,39.5,116.5,,,"),
    ("zero_zero", "2,甲,驿站,0,0,,,"),
    ("outside_districts", "2,甲,驿站,115.5,39.5,,,"),
    ("duplicate_id", "1,甲,驿站,116.5,39.5,,,"),
    ("no_id", ",甲,驿站,116.5,39.5,,,"),
    ("no_name", "2,,驿站,116.5,39.5,,,"),
    ("unknown_kind", "2,甲,咖啡馆,116.5,39.5,,,"),
    ("there_is_none", "2,甲,驿站,116.5,39.5,,,没有"),
    ("unknown_whether_there", "2,甲,驿站,116.5,39.5,,,"),
    ("bad_row", "2,甲,驿站,116.5,39.5"),
    ("bad_row", "2,甲,驿站,116.5,39.5,,,,多余"),
    ("bad_text", "2,甲\0,驿站,116.5,39.5,,,"),
    ("cell_too_long", f"2,{'甲' * 100_001},驿站,116.5,39.5,,,"),
]


@pytest.mark.parametrize(("reason", "row"), REASONS)
def test_quarantined_with_reason(conn: psycopg.Connection, tmp_path: Path, reason: str, row: str) -> None:
    make_districts(conn)
    asks = reason in ("there_is_none", "unknown_whether_there")
    plan = mapping(presence={"column": "地址", "none": ["没有"]}) if asks else mapping()
    report = load(conn, csv_file(tmp_path, GOOD, GOOD.replace("1,", "9,", 1), row), plan)
    assert report.quarantined == {reason: 1}
    assert (report.rows, report.accepted) == (3, 2)
    waiting = conn.execute(
        "SELECT reason, row_number, raw FROM quarantine WHERE resolved_at IS NULL"
    ).fetchall()
    assert [one[:2] for one in waiting] == [(reason, 4)]
    if reason not in ("bad_row", "bad_text", "cell_too_long"):
        assert waiting[0][2] == dict(zip(HEADER.split(","), row.split(","), strict=True))


def test_a_formula_is_a_text(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    load(conn, csv_file(tmp_path, "1,=cmd|' /C calc'!A0,驿站,116.5,39.5,,,"))
    assert conn.execute("SELECT name_zh FROM station").fetchall() == [("=cmd|' /C calc'!A0",)]


def test_unknown_values_are_listed_not_dropped(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    row = "1,甲,驿站,116.5,39.5,,微波炉、饮料机；热水,"
    report = load(conn, csv_file(tmp_path, row, row.replace("1,", "2,", 1)))
    assert report.unknown_values == {"amenity": {"饮料机": 2}}
    assert conn.execute("SELECT DISTINCT amenity_ids FROM station").fetchall() == [([2, 3],)]


def test_the_station_on_record(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    load(conn, csv_file(tmp_path, GOOD))
    row = conn.execute(
        """SELECT kind_id, name_zh, lon, lat, district_code, hours_text, hours_osm, hours_certainty,
             amenity_ids, search LIKE '%%wjyz%%', version, source FROM station"""
    ).fetchone()
    assert row == (
        1, "望京驿站", 116.5, 39.5, "110101", "周一至周五 9:00-17:30", "Mo-Fr 09:00-17:30", "full",
        [2, 3], True, 1, "test",
    )  # fmt: skip
    assert conn.execute("SELECT count(*) FROM station_schedule").fetchone() == (1,)


CANNOT = [
    ("", UnreadableFile),
    (HEADER, UnreadableFile),
    ("a,b,c\n1,2,3", InvalidMapping),
    (HEADER.replace("名称", "名稱") + "\n" + GOOD, InvalidMapping),
    (HEADER + '\n1,"望京', UnreadableFile),
]


@pytest.mark.parametrize(("text", "error"), CANNOT)
def test_files_that_cannot_be_loaded(
    conn: psycopg.Connection, tmp_path: Path, text: str, error: type[Exception]
) -> None:
    make_districts(conn)
    path = tmp_path / "a.csv"
    path.write_text(text, "utf-8")
    if text.endswith('"望京'):
        assert load(conn, path).quarantined == {"bad_row": 1}
        return
    with pytest.raises(error):
        load(conn, path)
    assert conn.execute("SELECT count(*) FROM load_batch").fetchone() == (0,)


def test_a_missing_column_names_the_near_one(conn: psycopg.Connection, tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(HEADER.replace("名称", "站点名称") + "\n" + GOOD, "utf-8")
    with pytest.raises(InvalidMapping) as error:
        load(conn, path)
    assert error.value.field == "columns.name_zh"
    assert "站点名称" in error.value.extra["near"]


def test_most_points_swapped_stop_the_load(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    rows = [f"{n},甲{n},驿站,39.{n},116.{n},,," for n in range(1, 9)]
    with pytest.raises(LoadStopped) as error:
        load(conn, csv_file(tmp_path, GOOD.replace("1,", "99,", 1), *rows))
    assert error.value.extra["swapped"] == 8
    conn.rollback()
    assert conn.execute("SELECT count(*) FROM station").fetchone() == (0,)


def test_no_districts_no_quarantine_of_everything(conn: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(LoadStopped, match="no district"):
        load(conn, csv_file(tmp_path, GOOD))


cell = st.one_of(
    st.text(st.characters(exclude_characters='\r\n"', exclude_categories=["Cs"]), max_size=6),
    st.sampled_from(["116.5", "39.5", "0", "nan", "1e400", "驿站", "无", "-", "=1+1", "1", "2", ""]),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(cell, min_size=6, max_size=10), min_size=1, max_size=8))
def test_rows_in_are_rows_out(conn: psycopg.Connection, tmp_path: Path, rows: list[list[str]]) -> None:
    import csv

    if not conn.execute("SELECT 1 FROM district").fetchone():
        make_districts(conn)
    path = tmp_path / "junk.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(HEADER.split(","))
        writer.writerows(rows)
    written = [row for row in rows if any(row)]
    try:
        report: Any = load(conn, path)
    except (LoadStopped, UnreadableFile):
        conn.rollback()
        return
    assert report.rows == len(written)
    assert report.rows == report.accepted + report.unchanged + sum(report.quarantined.values())
