"""XLSX, streamed: one sheet, one or more header rows, bounded whatever the file claims."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openpyxl

from geoapi.errors import UnreadableFile, Words
from loaders.read_csv import join_headers
from loaders.rows import EXTRA, Row, Table, cell_text, text_fault, unique_names

WIDEST = 500
"""Columns; a sheet has 16,384, and one stray cell in the last would make every row that long."""
LARGEST_PART = 256 << 20
LARGEST_STRINGS = 64 << 20
"""Bytes unpacked. openpyxl holds the shared strings in memory and streams the rest."""


def read_xlsx(path: Path, *, sheet: str | None = None, skip: int = 0, header_rows: int = 1) -> Table:
    """The table in a workbook's first sheet, or in the one named; formulas give their last computed value.

    Blank rows are no rows. A row with a value beyond the header's last column is a "bad_row". Raises
    `UnreadableFile` for what is no workbook, is too large unpacked, or has no such sheet.
    """
    _refuse_bombs(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True)
    except Exception as error:  # openpyxl lets through whatever zip, XML or a missing part raises
        raise _damaged(path) from error
    try:
        columns, lines = _header(book, path, sheet, skip, header_rows)
    except BaseException:
        book.close()
        raise
    return Table(columns, _rows(lines, columns), close=book.close)


def _header(
    book: Any, path: Path, sheet: str | None, skip: int, header_rows: int
) -> tuple[list[str], Iterator[tuple[int, list[str]]]]:
    """The columns of the wanted sheet, and its lines after the header."""
    if sheet is not None and sheet not in book.sheetnames:
        raise UnreadableFile(
            Words(f"{path.name} 没有工作表“{sheet}”", f"{path.name} has no sheet {sheet!r}"),
            field="file.sheet",
            mend=Words(f"有:{'、'.join(book.sheetnames)}", f"it has {', '.join(book.sheetnames)}"),
        )
    worksheet = book[sheet] if sheet is not None else book.worksheets[0]
    # the dimension tag may lie: it has made readers return 2 rows of 999,999
    worksheet.reset_dimensions()
    lines = _lines(worksheet, path)
    for _ in range(skip):
        next(lines, None)
    headers = [cells for _, (_, cells) in zip(range(header_rows), lines, strict=False)]
    if not any(cell.strip() for header in headers for cell in header):
        raise UnreadableFile(
            Words(f"{path.name} 的工作表是空的", f"the sheet of {path.name} is empty"),
            field="FILE",
            mend=Words("第一行应为列名", "the first row names the columns"),
        )
    return unique_names(join_headers(headers)), lines


def _rows(lines: Iterator[tuple[int, list[str]]], columns: list[str]) -> Iterator[Row]:
    width = len(columns)
    for number, cells in lines:
        if not any(cells):
            continue
        surplus = [cell for cell in cells[width:] if cell]
        row = dict(zip(columns, cells + [""] * (width - len(cells)), strict=False))
        if surplus:
            row[EXTRA] = "\t".join(surplus)
        yield Row(number, row, "bad_row" if surplus else text_fault(row))


def _lines(worksheet: Any, path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        for number, values in enumerate(worksheet.iter_rows(values_only=True, max_col=WIDEST), 1):
            last = len(values)
            while last and values[last - 1] is None:
                last -= 1
            yield number, [cell_text(value) for value in values[:last]]
    except Exception as error:  # the sheet's XML is parsed as it is walked
        raise _damaged(path) from error


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as parts:
            # what a part claims is what zipfile will unpack of it at most
            for part in parts.infolist():
                limit = LARGEST_STRINGS if part.filename.endswith("sharedStrings.xml") else LARGEST_PART
                if part.file_size > limit:
                    raise UnreadableFile(
                        Words(f"{path.name} 解压后过大", f"{path.name} unpacks to more than is reasonable"),
                        field="FILE",
                        mend=Words("另存为 CSV 后再导入", "save it as CSV and load that"),
                    )
    except (zipfile.BadZipFile, OSError) as error:
        raise _damaged(path) from error


def _damaged(path: Path) -> UnreadableFile:
    return UnreadableFile(
        Words(f"{path.name} 不是完好的 XLSX 文件", f"{path.name} is not an intact XLSX file"),
        field="FILE",
        mend=Words(
            "用表格软件打开后另存为 .xlsx(不加密码)",
            "open it in a spreadsheet program and save it as .xlsx, without a password",
        ),
    )
