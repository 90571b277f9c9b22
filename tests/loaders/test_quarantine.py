"""Waiting rows: listed, exported safely, tried again."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import psycopg
import pytest

from geoapi.errors import NotFound
from loaders.quarantine import json_lines, retry_rows, safe_cell, waiting_rows, write_csv
from tests.loaders.files import GOOD, csv_file, load, make_districts, mapping

CAFE = "2,=1+1,咖啡馆,116.5,39.5,,,"


@pytest.fixture(autouse=True)
def _loaded(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    load(conn, csv_file(tmp_path, GOOD, CAFE, GOOD, "3,甲,驿站,,,,,", "坏行"))


def reasons(conn: psycopg.Connection) -> list[tuple[int, str]]:
    return [(row.row, row.reason) for row in waiting_rows(conn)]


def test_listed_with_filters(conn: psycopg.Connection) -> None:
    assert reasons(conn) == [
        (3, "unknown_kind"),
        (4, "duplicate_id"),
        (5, "no_coordinates"),
        (6, "bad_row"),
    ]
    assert [row.external_id for row in waiting_rows(conn, reason="unknown_kind")] == ["2"]
    assert waiting_rows(conn, source="another") == []
    assert len(waiting_rows(conn, limit=2)) == 2


def test_retry_with_a_mended_mapping(conn: psycopg.Connection) -> None:
    [report] = retry_rows(conn, mapping(values={"kind": {"咖啡馆": "care_station"}}), horizon_days=2)
    conn.commit()
    assert (report.rows, report.accepted) == (3, 1)
    assert report.quarantined == {"no_coordinates": 1, "bad_row": 1}
    assert sorted(reasons(conn)) == [(4, "duplicate_id"), (5, "no_coordinates"), (6, "bad_row")]
    assert conn.execute("SELECT count(*) FROM station").fetchone() == (2,)
    # the row that waits as a duplicate has not overwritten the station
    assert conn.execute("SELECT version FROM station WHERE name_zh = '望京驿站'").fetchone() == (1,)


def test_retry_without_news_changes_nothing(conn: psycopg.Connection) -> None:
    before = conn.execute("SELECT * FROM quarantine ORDER BY id").fetchall()
    [report] = retry_rows(conn, None, source="test", horizon_days=2)
    assert (report.accepted, sum(report.quarantined.values())) == (0, 3)
    assert conn.execute("SELECT * FROM quarantine ORDER BY id").fetchall() == before


def test_retry_of_nothing(conn: psycopg.Connection) -> None:
    with pytest.raises(NotFound):
        retry_rows(conn, None, source="another", horizon_days=2)


def test_exported_csv_holds_no_formula(conn: psycopg.Connection) -> None:
    out = io.StringIO(newline="")
    write_csv(waiting_rows(conn, reason="unknown_kind"), out)
    [row] = csv.DictReader(io.StringIO(out.getvalue()))
    assert (row["名称"], row["类别"], row["reason"]) == ("'=1+1", "咖啡馆", "unknown_kind")


def test_exported_json_is_the_row_as_it_was(conn: psycopg.Connection) -> None:
    [line] = json_lines(waiting_rows(conn, reason="unknown_kind"))
    assert json.loads(line)["raw"]["名称"] == "=1+1"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\0", "\r", "＝"])
def test_every_formula_start_is_quoted(start: str) -> None:
    assert safe_cell(f"{start}1").startswith("'")
    assert safe_cell(f"1{start}").startswith("1")


def test_no_terminal_takes_an_exported_row_for_a_command() -> None:
    assert safe_cell("\x1b[2J驿\x9b1m站\x7f") == "�[2J驿�1m站�"
    assert safe_cell("a\tb\nc<b>") == "a\tb\nc<b>"
