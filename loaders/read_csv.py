"""CSV as people save it: UTF-8, GB18030 or Big5; comma, semicolon or tab; any line ending."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from geoapi.errors import UnreadableFile, Words
from loaders.rows import EXTRA, Row, Table, text_fault, unique_names

DELIMITERS = ",;\t"
CHUNK = 1 << 20
# csv's own limit is for the whole process; a cell beyond ours is quarantined, one beyond this ends the file
_FIELD_LIMIT = 32 << 20


def read_csv(
    path: Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    skip: int = 0,
    header_rows: int = 1,
) -> Table:
    """The table in a CSV file, read as its rows are asked for.

    Blank lines are no rows. A row with more or fewer cells than the header is a "bad_row". Raises
    `UnreadableFile` for a file that is empty, has only a header, or whose encoding does not hold.
    """
    encoding = encoding or detect_encoding(path)
    size = path.stat().st_size
    raw = path.open("rb")
    text = io.TextIOWrapper(raw, encoding=encoding, errors="strict", newline="")
    try:
        csv.field_size_limit(_FIELD_LIMIT)
        reader = csv.reader(text, delimiter=delimiter or sniff_delimiter(_sample(path, encoding), skip=skip))
        lines = _lines(reader, path, encoding)
        for _ in range(skip):
            next(lines, None)
        headers = [cells for _, (_, cells) in zip(range(header_rows), lines, strict=False)]
        if not any(cell.strip() for header in headers for cell in header):
            raise UnreadableFile(
                Words(f"{path.name} 是空的", f"{path.name} is empty"),
                field="FILE",
                mend=Words("第一行应为列名", "the first line names the columns"),
            )
    except BaseException:
        text.close()
        raise

    def read_share() -> float:
        # the buffered position runs ahead of the row by a chunk at most
        return 1.0 if raw.closed else raw.tell() / size

    columns = unique_names(join_headers(headers))
    return Table(columns, _rows(lines, columns, text), read_share=read_share, close=text.close)


def _rows(lines: Iterator[tuple[int, list[str]]], columns: list[str], text: IO[str]) -> Iterator[Row]:
    width = len(columns)
    with text:
        for number, cells in lines:
            if not cells or not any(cells) or (len(cells) == 1 and not cells[0].strip()):
                continue
            if len(cells) == width:
                row = dict(zip(columns, cells, strict=True))
                yield Row(number, row, text_fault(row))
            else:
                row = dict(zip(columns, cells, strict=False))
                if len(cells) > width:
                    row[EXTRA] = "\t".join(cells[width:])
                yield Row(number, row, "bad_row")


def _lines(reader: Iterator[list[str]], path: Path, encoding: str) -> Iterator[tuple[int, list[str]]]:
    """Each record with the line it begins on."""
    begins = 1
    while True:
        try:
            cells = next(reader, None)
        except UnicodeDecodeError as error:
            raise UnreadableFile(
                Words(
                    f"{path.name} 不是 {encoding} 编码(第 {begins} 行以后)",
                    f"{path.name} is not {encoding} (after line {begins})",
                ),
                field="file.encoding",
                mend=Words(
                    "在映射中写明编码，或另存为 UTF-8", "state the encoding in the mapping, or save as UTF-8"
                ),
            ) from error
        except csv.Error as error:
            raise UnreadableFile(
                Words(
                    f"{path.name} 第 {begins} 行起读不下去",
                    f"{path.name} cannot be read from line {begins}: {error}",
                ),
                field="FILE",
                mend=Words("多半是引号没有成对", "most likely a quotation mark that is never closed"),
            ) from error
        if cells is None:
            return
        yield begins, cells
        begins = reader.line_num + 1  # type: ignore[attr-defined]


def join_headers(headers: list[list[str]]) -> list[str]:
    """One name per column from one or more header rows: "设施/微波炉"; an upper cell spans to the right."""
    if len(headers) == 1:
        return headers[0]
    width = max(map(len, headers))
    rows = [header + [""] * (width - len(header)) for header in headers]
    for upper in rows[:-1]:
        for place in range(1, width):
            upper[place] = upper[place].strip() or upper[place - 1]
    return [
        "/".join(dict.fromkeys(row[place].strip() for row in rows if row[place].strip()))
        for place in range(width)
    ]


def sniff_delimiter(sample: str, *, skip: int = 0) -> str:
    """The delimiter that the first line after `skip` has most of outside quotation marks; a comma if none."""
    line = (sample.splitlines()[skip:] or [""])[0]
    bare = "".join(line.split('"')[::2])
    return max(DELIMITERS, key=bare.count)


def detect_encoding(path: Path) -> str:
    """The encoding of a text file: from its BOM, UTF-8 if all of it is, else GB18030 or Big5.

    Every byte is looked at. Most files in one of the last two can be read as the other, too, as
    rubbish; of two readings the one with more of its characters among the thousands in daily use is
    right (the first level of GB 2312, and of Big5). Raises `UnreadableFile` when neither reads.
    """
    with path.open("rb") as file:
        start = file.read(4)
        for bom, name in (
            (codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")
        ):  # fmt: skip
            if start.startswith(bom):
                return name
        file.seek(0)
        if _decodes(file, "utf-8"):
            return "utf-8"
        shares = {}
        for name in ("gb18030", "cp950"):
            file.seek(0)
            if _decodes(file, name):
                file.seek(0)
                shares[name] = _daily_share(file.read(CHUNK), name)
    if not shares:
        raise UnreadableFile(
            Words(
                f"认不出 {path.name} 的编码",
                f"the encoding of {path.name} is none of UTF-8, GB18030 and Big5",
            ),
            field="file.encoding",
            mend=Words(
                "在映射中写明编码，或另存为 UTF-8", "state it in the mapping, or save the file as UTF-8"
            ),
        )
    return max(shares, key=lambda name: shares[name])


def _decodes(file: IO[bytes], encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        while chunk := file.read(CHUNK):
            decoder.decode(chunk)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _daily_share(data: bytes, encoding: str) -> float:
    text = codecs.getincrementaldecoder(encoding)().decode(data)
    level, first, last = ("gb2312", 0xB0, 0xD7) if encoding == "gb18030" else ("big5", 0xA4, 0xC6)
    wide = [char for char in text if ord(char) > 0x7F]
    daily = 0
    for char in wide:
        code = char.encode(level, "ignore")
        daily += len(code) == 2 and (first <= code[0] <= last or code[0] in (0xA1, 0xA2, 0xA3))
    return daily / len(wide) if wide else 1.0


def _sample(path: Path, encoding: str) -> str:
    with path.open("rb") as file:
        return codecs.getincrementaldecoder(encoding)(errors="replace").decode(file.read(1 << 16))
