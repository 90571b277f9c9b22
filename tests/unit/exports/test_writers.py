"""Files read back by other readers: hostile text, numbers to the last digit, shapes, and nothing at all."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pyogrio
import pytest
import shapely
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geoapi.errors import Words
from geoapi.exports import write_xlsx
from geoapi.exports.cells import LONGEST_TEXT, looks_like_formula, plain
from geoapi.exports.files import WRITERS
from geoapi.exports.sheets import Column, Sheet

COLUMNS = [Column("name", Words("名称", "name")), Column("value", Words("数值", "value"))]
SQUARE = shapely.box(116.0, 39.0, 116.5, 39.5)


def sheet(*rows: tuple[Any, Any], key: str = "main", **options: Any) -> Sheet:
    return Sheet(key, Words("主表", "main"), COLUMNS, rows, **options)


def from_csv(data: bytes) -> list[list[str]]:
    assert data.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def from_xlsx(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def from_gpkg(data: bytes, folder: Path, layer: str) -> tuple[dict[str, list[Any]], Any, dict[str, Any]]:
    path = folder / "read.gpkg"
    path.write_bytes(data)
    meta, _, shapes, values = pyogrio.raw.read(path, layer=layer)
    return dict(zip(meta["fields"].tolist(), values, strict=True)), shapes, meta


FORMULAS = [
    "=1+1", "+1+1", "-1+1", "@SUM(A1)", "=cmd|' /C calc'!A0", "\t=1", "\r=1", "\n=1", "\x00=1", " =1",
    "＝1+1", "＋1", "－1", "＠A1", "\ufeff=1", "\u200b=1", "\xa0=1", "　=1", "\t", "-", "\x1f@x",
    "+86 10 12351",
]  # fmt: skip


@pytest.mark.parametrize("text", FORMULAS)
def test_text_is_no_formula_anywhere(text: str, tmp_path: Path) -> None:
    assert looks_like_formula(text)
    [_, [first, _]] = from_csv(WRITERS["csv"]([sheet((text, 1))], "zh"))
    assert first.startswith("'")
    page = from_xlsx(WRITERS["xlsx"]([sheet((text, 1))], "zh")).worksheets[0]
    assert page["A2"].data_type in ("s", "inlineStr")
    assert page["A2"].quotePrefix
    assert page["A2"].value == plain(text)
    values, _, _ = from_gpkg(WRITERS["gpkg"]([sheet((text, 1))], "zh"), tmp_path, "main")
    assert values["name"][0] == plain(text)


@pytest.mark.parametrize("text", ["望京驿站", "24/7", "1-2", "a=b", "'=1", "——", "9:00-17:00", "#N/A", ""])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert from_csv(WRITERS["csv"]([sheet((text, 1))], "zh"))[1][0] == text
    cell = from_xlsx(WRITERS["xlsx"]([sheet((text, 1))], "zh")).worksheets[0]["A2"]
    assert (cell.value or "") == text
    assert cell.data_type in ("s", "inlineStr", "n")


@pytest.mark.parametrize("format_", ["csv", "xlsx", "geojson"])
@pytest.mark.parametrize("control", [chr(code) for code in (0, 7, 8, 27, 127, 0x90, 0x9B, 0x9D)])
def test_no_terminal_takes_a_name_for_a_command(control: str, format_: str) -> None:
    name = f"{control}]0;owned{control}[2J<b>站</b>"
    sheet = Sheet(name, Words(name, name), [Column("name", Words(name, name))], [(name,), ([name, 1],)])
    content = WRITERS[format_]([sheet, sheet], "zh")
    if format_ == "xlsx":
        cells = [row[0] for row in openpyxl.load_workbook(io.BytesIO(content)).worksheets[0].values]
        assert cells[1] == "�]0;owned�[2J<b>站</b>"
        return
    text = content.decode("utf-8-sig")
    if format_ == "csv":
        assert control not in text
        assert "�]0;owned�[2J<b>站</b>" in text
    else:
        assert "�]0;owned�[2J<b>站</b>" in [one["properties"]["name"] for one in json.loads(text)["features"]]


def test_headings_and_names_are_text_too() -> None:
    bad = Sheet("main", Words("=A1[*]:?/\\" * 9, "=x"), [Column("a", Words("=1+1", "=1"))], [])
    assert from_csv(WRITERS["csv"]([bad, bad], "zh"))[0] == ["'=1+1"]
    book = from_xlsx(WRITERS["xlsx"]([bad, bad], "zh"))
    assert [len(name) <= 31 for name in book.sheetnames] == [True, True]
    assert book.worksheets[0]["A1"].data_type in ("s", "inlineStr")


NUMBERS = [0, -1, -0.5, 0.1 + 0.2, 1e-12, 123456789.123456, -1e300, 999_999_999_999_999]


@pytest.mark.parametrize("number", NUMBERS)
def test_numbers_stay_numbers(number: float, tmp_path: Path) -> None:
    one = sheet(("a", number))
    assert float(from_csv(WRITERS["csv"]([one], "zh"))[1][1]) == number
    cell = from_xlsx(WRITERS["xlsx"]([one], "zh")).worksheets[0]["B2"]
    # a spreadsheet has no more than 15 digits
    assert (cell.data_type, cell.value) == ("n", pytest.approx(number, rel=1e-15))
    assert from_gpkg(WRITERS["gpkg"]([one], "zh"), tmp_path, "main")[0]["value"][0] == number
    assert json.loads(WRITERS["geojson"]([one], "zh"))["features"][0]["properties"]["value"] == number


@pytest.mark.parametrize(
    ("value", "becomes"),
    [
        (float("nan"), None),
        (float("inf"), None),
        (Decimal("1.5"), 1.5),
        (np.float64(2.5), 2.5),
        (np.int64(3), 3),
        (np.bool_(True), True),
        (10**15, "1000000000000000"),
        (datetime(2026, 11, 25, 3, tzinfo=UTC), "2026-11-25T03:00:00+00:00"),
        (date(2026, 11, 25), date(2026, 11, 25)),
        (["a", None, 2], "a; 2"),
        (["=a"], "=a"),
        ("a\r\nb\rc\u2028d", "a\nb\nc\nd"),
        ("a\x01\ud800\ufffe", "a���"),
        ("x" * 40_000, "x" * (LONGEST_TEXT - 1) + "…"),
    ],
)
def test_what_a_cell_holds(value: Any, becomes: Any) -> None:
    assert plain(value) == becomes
    assert type(plain(value)) is type(becomes)


@given(st.text(max_size=40))
@example("\ud800=1")
@settings(max_examples=150, deadline=None)
def test_any_text_can_be_written_and_read(text: str) -> None:
    one = sheet((text, -1.5))
    [_, [first, second]] = from_csv(WRITERS["csv"]([one], "en"))
    expected = plain(text)
    assert isinstance(expected, str)
    assert first == (f"'{expected}" if looks_like_formula(expected) else expected)
    assert second == "-1.5"
    page = from_xlsx(WRITERS["xlsx"]([one], "en")).worksheets[0]
    assert (page["A2"].value or "") == expected
    assert page["A2"].data_type != "f"
    answer = json.loads(WRITERS["geojson"]([one], "en"))
    assert answer["features"][0]["properties"]["name"] == expected


def test_sheets_below_each_other_in_csv() -> None:
    lines = WRITERS["csv"]([sheet(("a", 1)), sheet(("b\nc", None), key="other")], "en").decode("utf-8-sig")
    assert lines == 'name,value\r\na,1\r\n\r\nmain\r\nname,value\r\n"b\nc",\r\n'


def test_workbook_sheets_have_headings_and_widths() -> None:
    book = from_xlsx(
        WRITERS["xlsx"]([sheet(("望京驿站望京驿站", True)), sheet(("b", date(2026, 1, 2)))], "zh")
    )
    assert book.sheetnames == ["主表", "主表 2"]
    page, other = book.worksheets
    assert [cell.value for cell in page[1]] == ["名称", "数值"]
    assert page["A1"].font.bold
    assert page.freeze_panes == "A2"
    assert page.column_dimensions["A"].width == 18
    assert page["B2"].value is True
    assert other["B2"].value == datetime(2026, 1, 2)
    assert other["B2"].is_date


def test_more_rows_than_a_page_has(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(write_xlsx, "_MOST_ROWS", 3)
    book = from_xlsx(WRITERS["xlsx"]([sheet(*((str(n), n) for n in range(5)))], "en"))
    assert book.sheetnames == ["main", "main 2", "main 3"]
    assert [[cell.value for cell in page["B"]] for page in book] == [
        ["value", 0, 1],
        ["value", 2, 3],
        ["value", 4],
    ]


def test_geopackage_layers_and_tables(tmp_path: Path) -> None:
    shapes = [SQUARE, None, shapely.MultiPolygon([SQUARE])]
    data = WRITERS["gpkg"](
        [sheet(("a", 1), ("b", None), ("c", 3), geometry=shapes), sheet(("x", "y"), key="method")], "zh"
    )
    values, found, meta = from_gpkg(data, tmp_path, "main")
    assert values["name"].tolist() == ["a", "b", "c"]
    assert meta["crs"] == "EPSG:4326"
    assert meta["geometry_type"] == "MultiPolygon"
    assert [None if one is None else shapely.from_wkb(one).area for one in found] == [0.25, None, 0.25]
    assert {name for name, _ in pyogrio.list_layers(tmp_path / "read.gpkg")} == {"main", "method", "columns"}
    method, none, _ = from_gpkg(data, tmp_path, "method")
    assert (method["value"].tolist(), none) == (["y"], None)
    columns, _, _ = from_gpkg(data, tmp_path, "columns")
    assert columns["zh"].tolist() == ["名称", "数值"] * 2


def test_geojson_is_to_the_standard() -> None:
    square = shapely.orient_polygons(SQUARE, exterior_cw=True)
    answer = json.loads(
        WRITERS["geojson"]([sheet(("a", date(2026, 1, 2)), ("b", 2), geometry=[square, None]), sheet()], "zh")
    )
    first, second = answer["features"]
    assert shapely.geometry.shape(first["geometry"]).exterior.is_ccw
    assert shapely.geometry.shape(first["geometry"]).equals(SQUARE)
    assert first["properties"] == {"name": "a", "value": "2026-01-02"}
    assert second["geometry"] is None
    assert answer["headings"]["main"] == {"name": "名称", "value": "数值"}


@pytest.mark.parametrize("geometry", [None, []])
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_table_without_rows(geometry: list[Any] | None, lang: str, tmp_path: Path) -> None:
    empty = sheet(geometry=geometry)
    assert from_csv(WRITERS["csv"]([empty], lang)) == [empty.headings(lang)]
    page = from_xlsx(WRITERS["xlsx"]([empty], lang)).worksheets[0]
    assert [[cell.value for cell in row] for row in page] == [empty.headings(lang)]
    assert list(from_gpkg(WRITERS["gpkg"]([empty], lang), tmp_path, "main")[0]) == ["name", "value"]
    assert json.loads(WRITERS["geojson"]([empty], lang))["features"] == []


def test_no_sheets_at_all(tmp_path: Path) -> None:
    assert from_csv(WRITERS["csv"]([], "zh")) == []
    assert len(from_xlsx(WRITERS["xlsx"]([], "zh")).worksheets) == 1
    assert json.loads(WRITERS["geojson"]([], "zh"))["features"] == []
    assert "layer" in from_gpkg(WRITERS["gpkg"]([], "zh"), tmp_path, "columns")[0]
