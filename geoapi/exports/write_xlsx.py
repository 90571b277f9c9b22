"""XLSX: one sheet each, headings that stay in view."""

from __future__ import annotations

import io
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain, islice
from typing import Any, Final

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter

from geoapi.exports.cells import looks_like_formula, plain
from geoapi.exports.sheets import Sheet

_WIDEST: Final = 60
_LOOKED_AT: Final = 200  # rows that decide on a column's width
_MOST_ROWS: Final = 1_048_576
_NOT_IN_NAMES = re.compile(r"[\[\]:*?/\\]")
_HEADING = {"font": Font(bold=True), "fill": PatternFill("solid", fgColor="DDE7F0")}


def write_xlsx(sheets: Sequence[Sheet], lang: str) -> bytes:
    """A workbook of these sheets. Text is text, whatever it begins with; numbers and dates are their own.

    A table with more rows than a workbook's sheet can have goes on in another one.
    """
    book = Workbook(write_only=True)
    names: set[str] = set()
    for sheet in chain.from_iterable(map(_pages, sheets)):
        page = book.create_sheet(_page_name(sheet.name.in_language(lang), names))
        page.freeze_panes = "A2"
        headings = sheet.headings(lang)
        for place, width in enumerate(_widths(headings, sheet.rows), 1):
            page.column_dimensions[get_column_letter(place)].width = width
        page.append([_cell(page, heading, **_HEADING) for heading in headings])
        for row in sheet.rows:
            page.append([_cell(page, value) for value in row])
    if not sheets:
        book.create_sheet()
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _pages(sheet: Sheet) -> Iterator[Sheet]:
    step = _MOST_ROWS - 1
    for first in range(0, max(len(sheet.rows), 1), step):
        yield replace(sheet, rows=sheet.rows[first : first + step], geometry=None)


def _cell(page: Any, value: Any, **style: Any) -> Any:
    value = plain(value)
    if not isinstance(value, str):
        return value
    suspect = looks_like_formula(value)
    if not (style or suspect or "\n" in value or value.startswith("#")):
        return value
    cell = WriteOnlyCell(page)
    # set past openpyxl, which takes "=1+1" for a formula and "#N/A" for an error
    cell._value, cell.data_type = value, "s"
    for name, look in style.items():
        setattr(cell, name, look)
    if suspect:
        # as if typed with a ' in front: it stays text when somebody edits the cell
        cell.quotePrefix = True
    if "\n" in value:
        cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


def _page_name(name: str, taken: set[str]) -> str:
    """A name that Excel takes: 31 characters, none of its own signs, no two alike."""
    base = _NOT_IN_NAMES.sub(" ", str(plain(name))).strip("' ")[:31] or "sheet"
    unique, turn = base, 2
    while unique.casefold() in taken:
        unique, turn = f"{base[:28]} {turn}", turn + 1
    taken.add(unique.casefold())
    return unique


def _widths(headings: Sequence[str], rows: Sequence[Sequence[Any]]) -> list[float]:
    """How wide each column is in characters; a Chinese one takes two."""
    widths = [_text_width(heading) for heading in headings]
    for row in islice(rows, _LOOKED_AT):
        for place, value in enumerate(row):
            widths[place] = max(widths[place], _text_width(plain(value)))
    return [min(width + 2, _WIDEST) for width in widths]


def _text_width(value: Any) -> int:
    if isinstance(value, float):
        return min(len(str(value)), 12)
    lines = "" if value is None else str(value)[: 2 * _WIDEST]
    return max(
        (
            sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in line)
            for line in lines.split("\n")
        ),
        default=0,
    )
