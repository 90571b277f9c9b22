"""CSV: what Excel opens without asking."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from geoapi.exports.cells import looks_like_formula, plain
from geoapi.exports.sheets import Sheet


def write_csv(sheets: Sequence[Sheet], lang: str) -> bytes:
    """The sheets one below the other: the first from line 1, others after an empty line and their name.

    UTF-8 with a byte order mark, without which Excel takes Chinese for the machine's old code page; commas,
    CRLF between rows (RFC 4180), a bare LF within a cell. Text that could be taken for a formula has a '
    before it; numbers, negative ones too, stay numbers.
    """
    file = io.StringIO(newline="")
    writer = csv.writer(file, lineterminator="\r\n")
    for place, sheet in enumerate(sheets):
        if place:
            file.write("\r\n")
            writer.writerow([_cell(sheet.name.in_language(lang))])
        writer.writerow([_cell(name) for name in sheet.headings(lang)])
        # the shape of a row is for maps: no cell is long enough for it
        writer.writerows([_cell(value) for value in row] for row in sheet.rows)
    return file.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    match plain(value):
        case bool() as truth:
            return "true" if truth else "false"
        case str() as text:
            return f"'{text}" if looks_like_formula(text) else text
        case other:
            return other
