"""Targets: every row recorded or refused with a reason, and a second time nothing."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import psycopg
import pytest
import typer
from typer.testing import CliRunner

from geoapi.commands import load_targets as command
from geoapi.errors import InvalidInput, UnreadableFile
from loaders.targets import REASONS, TargetReport, load_targets, read_due
from tests.loaders.files import make_districts

app = typer.Typer()
app.command()(command.load_targets)
HEADER = "区划代码,行政区,类别,计划数,期限,来源"


@pytest.fixture
def districts(conn: psycopg.Connection) -> psycopg.Connection:
    make_districts(conn)
    conn.execute("UPDATE district SET name_en = 'Dongcheng' WHERE code = '110101'")
    for number in (1, 2):
        conn.execute(
            """INSERT INTO district (code, parent_code, level, name_zh, geom, source)
               VALUES (%s, '110101', 'street', '和平街道',
                 ST_Multi(ST_MakeEnvelope(116, 39, 117, 40, 4326)), 'test')""",
            [f"11010100{number}"],
        )
    conn.commit()
    return conn


def file(folder: Path, *rows: str, header: str = HEADER) -> Path:
    path = folder / "targets.csv"
    path.write_text("\n".join((header, *rows)) + "\n", "utf-8")
    return path


def load(conn: psycopg.Connection, path: Path) -> TargetReport:
    report = load_targets(conn, path)
    assert report.rows == report.accepted + len(report.refused)
    return report


def recorded(conn: psycopg.Connection) -> list[tuple[Any, ...]]:
    return conn.execute(
        """SELECT district_code, code, planned, due, t.source FROM target AS t
           JOIN kind ON kind.id = kind_id ORDER BY district_code, kind_id"""
    ).fetchall()


def test_a_table_of_targets_twice(districts: psycopg.Connection, tmp_path: Path) -> None:
    path = file(
        tmp_path,
        '110101,东城区,母婴关爱室,"2,000",2027-12-31,市总工会计划',
        ",西城,psych_point,40.0,2027年底,",
        ",Dongcheng,psychological care point,0,,",
        "110102,,驿站,７,,",
    )
    report = load(districts, path)
    assert (report.inserted, report.refused) == (4, [])
    assert recorded(districts) == [
        ("110101", "nursing_room", 2000, date(2027, 12, 31), "市总工会计划"),
        ("110101", "psych_point", 0, None, "targets.csv"),
        ("110102", "care_station", 7, None, "targets.csv"),
        ("110102", "psych_point", 40, date(2027, 12, 31), "targets.csv"),
    ]
    again = load(districts, path)
    assert (again.inserted, again.updated, again.unchanged) == (0, 0, 4)


def test_a_row_replaces_its_own_target_and_no_other(districts: psycopg.Connection, tmp_path: Path) -> None:
    load(districts, file(tmp_path, "110101,,驿站,5,,甲", "110102,,驿站,6,,甲"))
    report = load(districts, file(tmp_path, "110101,,驿站,9,2028,乙"))
    assert (report.inserted, report.updated) == (0, 1)
    assert [row[2:] for row in recorded(districts)] == [(9, date(2028, 12, 31), "乙"), (6, None, "甲")]


REFUSED = [
    (",,驿站,5,,", "no_district"),
    ("999999,,驿站,5,,", "unknown_district"),
    (",火星区,驿站,5,,", "unknown_district"),
    ("999999,东城区,驿站,5,,", "unknown_district"),
    ("110101,火星区,驿站,5,,", "unknown_district"),
    ("110101,西城区,驿站,5,,", "two_districts"),
    (",和平街道,驿站,5,,", "two_districts"),
    ("110101,,咖啡馆,5,,", "unknown_kind"),
    ("110101,,,5,,", "unknown_kind"),
    ("110101,,驿站,,,", "bad_planned"),
    ("110101,,驿站,-5,,", "bad_planned"),
    ("110101,,驿站,5.5,,", "bad_planned"),
    ("110101,,驿站,约5,,", "bad_planned"),
    ("110101,,驿站,1e3,,", "bad_planned"),
    ("110101,,驿站,2147483648,,", "bad_planned"),
    ("110101,,驿站," + "9" * 5000 + ",,", "bad_planned"),
    ("110101,,驿站,5,2027-02-30,", "bad_due"),
    ("110101,,驿站,5,尽快,", "bad_due"),
    ("110101,,驿站,5", "bad_row"),
    ("110101,,驿站,5,,\0", "bad_text"),
]


@pytest.mark.parametrize(("row", "reason"), REFUSED)
def test_refused_with_a_reason(districts: psycopg.Connection, tmp_path: Path, row: str, reason: str) -> None:
    report = load(districts, file(tmp_path, "110102,,驿站,1,,", row))
    assert [(one["row"], one["reason"]) for one in report.refused] == [(3, reason)]
    assert [(code, planned) for code, _, planned, *_ in recorded(districts)] == [("110102", 1)]


def test_every_reason_has_words() -> None:
    assert {reason for _, reason in REFUSED} | {"repeated", "cell_too_long"} == set(REASONS)


def test_a_street_is_known_by_its_code(districts: psycopg.Connection, tmp_path: Path) -> None:
    load(districts, file(tmp_path, "110101001,和平街道,驿站,3,,"))
    assert recorded(districts)[0][0] == "110101001"


def test_twice_the_same_is_taken_neither_time(districts: psycopg.Connection, tmp_path: Path) -> None:
    report = load(
        districts, file(tmp_path, "110101,,驿站,5,,", "110102,,驿站,1,,", ",东城区,care_station,6,,")
    )
    assert [(one["row"], one["reason"]) for one in report.refused] == [(2, "repeated"), (4, "repeated")]
    assert [row[2] for row in recorded(districts)] == [1]


@pytest.mark.parametrize(
    ("header", "missing"),
    [
        ("类别,计划数", ["district"]),
        ("行政区,计划数", ["kind"]),
        ("行政区,类别,备注", ["planned"]),
        ("a,b", ["district", "kind", "planned"]),
    ],
)
def test_a_header_without_what_is_needed(
    districts: psycopg.Connection, tmp_path: Path, header: str, missing: list[str]
) -> None:
    with pytest.raises(InvalidInput) as caught:
        load(districts, file(tmp_path, "1,2,3", header=header))
    assert caught.value.extra["missing"] == missing
    assert caught.value.mend is not None
    assert header.split(",")[0] in caught.value.mend.zh


def test_files_that_are_no_tables(districts: psycopg.Connection, tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "broken.xlsx").write_bytes(b"PK nothing")
    for name in ("empty.csv", "broken.xlsx", "absent.csv", "targets.pdf"):
        with pytest.raises((UnreadableFile, OSError)):
            load(districts, tmp_path / name)


def test_a_workbook_with_its_own_dates_and_numbers(districts: psycopg.Connection, tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.append(["district_code", "kind", "planned", "due", "备注"])
    book.active.append([110101, "nursing_room", 12, datetime(2027, 6, 30), "x"])
    book.active.append([110102, "nursing_room", 8.0, "2027年6月", None])
    path = tmp_path / "targets.xlsx"
    book.save(path)
    report = load(districts, path)
    assert (report.inserted, report.refused) == (2, [])
    assert [row[2:4] for row in recorded(districts)] == [(12, date(2027, 6, 30)), (8, date(2027, 6, 30))]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2027-12-31", date(2027, 12, 31)),
        ("2027/2/3", date(2027, 2, 3)),
        ("2027.02.03", date(2027, 2, 3)),
        ("2027年2月3日", date(2027, 2, 3)),
        ("2027-02-03 00:00:00", date(2027, 2, 3)),
        ("2028-02", date(2028, 2, 29)),
        ("2027年2月底", date(2027, 2, 28)),
        ("2027", date(2027, 12, 31)),
        ("2027年末", date(2027, 12, 31)),
        ("0000-01-01", None),
        ("27-12-31", None),
        ("2027-13", None),
        ("31.12.2027", None),
        ("", None),
    ],
)
def test_due_days(text: str, day: date | None) -> None:
    assert read_due(text) == day


def test_the_command_says_what_became_of_the_rows(
    districts: psycopg.Connection, db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)
    path = file(tmp_path, "110101,,驿站,5,,", "110102,,[b]咖啡,5,,")
    result = CliRunner().invoke(app, [str(path), "--json"])
    assert result.exit_code == 1
    report = json.loads(result.stdout)
    assert (report["rows"], report["accepted"], report["refused"]) == (2, 1, {"unknown_kind": 1})
    assert report["refused_rows"][0]["said"] == {"code": "110102", "kind": "[b]咖啡", "planned": "5"}
    assert CliRunner().invoke(app, [str(path)]).exit_code == 1
    good = CliRunner().invoke(app, [str(file(tmp_path, "110101,,驿站,5,,")), "--json"])
    assert (good.exit_code, json.loads(good.stdout)["unchanged"]) == (0, 1)


def test_a_file_that_breaks_off_leaves_nothing(districts: psycopg.Connection, tmp_path: Path) -> None:
    """Promised to be UTF-8 by its mark, and not after some thousand rows."""
    path = file(tmp_path, "110101,,驿站,5,,", *["110102,,驿站,x,,"] * 5000)
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes() + b"\xff\n")
    with pytest.raises(UnreadableFile):
        load(districts, path)
    assert recorded(districts) == []
