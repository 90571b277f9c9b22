"""CSV, XLSX, JSON and GeoJSON as people save them, and as people who mean harm do."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from geoapi.errors import UnreadableFile
from loaders.read_csv import detect_encoding, read_csv
from loaders.read_json import read_json
from loaders.read_xlsx import read_xlsx

SIMPLE = "站点名称,详细地址\n望京职工暖心驿站,北京市朝阳区望京街道广顺北大街\n东四服务站点,东城区东四北大街\n"
TRADITIONAL = (
    "名稱,地址\n臺北車站哺集乳室,臺北市中正區北平西路三號\n圓山轉運站育嬰室,臺北市中山區玉門街一號\n"
)
ENCODINGS = [
    ("utf-8", SIMPLE, "utf-8"),
    ("utf-8-sig", SIMPLE, "utf-8-sig"),
    ("utf-16", SIMPLE, "utf-16"),
    ("gb18030", SIMPLE, "gb18030"),
    ("big5", TRADITIONAL, "cp950"),
    ("utf-8", TRADITIONAL, "utf-8"),
    ("gb18030", TRADITIONAL, "gb18030"),
]


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r"], ids=["lf", "crlf", "cr"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"], ids=["comma", "semicolon", "tab"])
@pytest.mark.parametrize(
    ("encoding", "text", "found"), ENCODINGS, ids=[f"{e}-{t[1]}" for e, t, _ in ENCODINGS]
)
def test_encodings_line_endings_delimiters(
    tmp_path: Path, encoding: str, text: str, found: str, ending: str, delimiter: str
) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(text.replace(",", delimiter).replace("\n", ending).encode(encoding))
    assert detect_encoding(path) == found
    table = read_csv(path)
    lines = [line.split(",") for line in text.splitlines()]
    assert list(table.columns) == lines[0]
    assert [list(row.cells.values()) for row in table.rows] == lines[1:]


def test_a_newline_within_a_cell_and_the_row_numbers(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text('id,时间\n1,"1.周日\n2.周一"\n\n2,x\n', "utf-8")
    rows = list(read_csv(path).rows)
    assert [(row.number, row.cells["时间"]) for row in rows] == [(2, "1.周日\n2.周一"), (5, "x")]


def test_ragged_rows_are_faults(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1\n1,2\n1,2,3\n", "utf-8")
    assert [row.fault for row in read_csv(path).rows] == ["bad_row", None, "bad_row"]


def test_repeated_and_empty_column_names(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("名称,,名称\n1,2,3\n", "utf-8")
    with read_csv(path) as table:
        assert list(table.columns) == ["名称", "column_2", "名称_2"]


def test_an_encoding_that_does_not_hold(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes("名称\n".encode() + b"\xff\xff\xff\n")
    with pytest.raises(UnreadableFile):
        list(read_csv(path, encoding="utf-8").rows)
    with pytest.raises(UnreadableFile):
        detect_encoding(path)


def workbook(path: Path, rows: list[list[object]]) -> Path:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(path)
    return path


def test_xlsx_with_a_title_and_two_header_rows(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["北京市站点汇总"],
            ["编号", "设施", None],
            [None, "微波炉", "热水"],
            [1, "有", None],
            [],
            [2.0, None, True],
        ],
    )
    table = read_xlsx(path, skip=1, header_rows=2)
    assert list(table.columns) == ["编号", "设施/微波炉", "设施/热水"]
    rows = [(row.number, list(row.cells.values())) for row in table.rows]
    assert rows == [(4, ["1", "有", ""]), (6, ["2", "", "true"])]


def test_xlsx_dimensions_that_lie(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["id"], *([n] for n in range(50))])
    lying = tmp_path / "b.xlsx"
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(lying, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name).replace(b'ref="A1:A51"', b'ref="A1:A2"'))
    assert len(list(read_xlsx(lying).rows)) == 50


def test_xlsx_with_one_far_corner_cell(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active["A1"], book.active["A2"] = "id", "1"
    book.active.cell(300_000, 16_384, "far")
    book.save(tmp_path / "a.xlsx")
    rows = list(read_xlsx(tmp_path / "a.xlsx").rows)
    assert [row.cells["id"] for row in rows] == ["1"]


def test_xlsx_bomb(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", [["id"]])
    with zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("xl/sharedStrings.xml", b" " * (65 << 20))
    with pytest.raises(UnreadableFile, match="unpacks"):
        read_xlsx(path)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"id,name\n1,2"])
def test_xlsx_that_is_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(UnreadableFile):
        read_xlsx(path)


JSONS = [
    ('[{"a": 1, "b": {"c": "x"}}, {"a": 2.5}]', [{"a": "1", "b.c": "x"}, {"a": "2.5", "b.c": ""}]),
    ('{"code": 0, "data": {"items": [{"a": true, "tags": ["x", "y"]}]}}', [{"a": "true", "tags": "x;y"}]),
    ('{"a": 1}\n{"a": null}\n', [{"a": "1"}, {"a": ""}]),
    (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "id": 7, "properties": {"n": "甲"}, '
        '"geometry": {"type": "Point", "coordinates": [116.5, 39.5]}}]}',
        [{"n": "甲", "@lon": "116.5", "@lat": "39.5", "@id": "7"}],
    ),
    (
        '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, '
        '"geometry": {"type": "LineString", "coordinates": [[1, 2], [3, 4]]}}]}',
        [{"@geometry": "LineString"}],
    ),
    ('[{"a": NaN}]', [{"a": "nan"}]),
]


@pytest.mark.parametrize(("text", "cells"), JSONS)
def test_json(tmp_path: Path, text: str, cells: list[dict[str, str]]) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    assert [row.cells for row in read_json(path).rows] == cells


NOT_TABLES = ["", "[]", "3", '{"a": 1}', "[1, 2]", "{", "[" * 200_000, '{"a":' * 200_000]


@pytest.mark.parametrize("text", NOT_TABLES, ids=range(len(NOT_TABLES)))
def test_json_that_is_no_table(tmp_path: Path, text: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(text, "utf-8")
    with pytest.raises(UnreadableFile):
        read_json(path)


def test_half_a_surrogate_pair_is_one_rows_fault(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([{"a": "\ud800"}, {"a": "x"}]), "utf-8")
    assert [row.fault for row in read_json(path).rows] == ["bad_text", None]
