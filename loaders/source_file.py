"""A file that was handed to us: what format it is in, its fingerprint, and its table."""

from __future__ import annotations

import difflib
import hashlib
from pathlib import Path

from geoapi.errors import InvalidMapping, UnreadableFile, Words
from loaders.mapping import FileShape, Format, Mapping
from loaders.read_csv import read_csv
from loaders.read_json import read_json
from loaders.read_xlsx import read_xlsx
from loaders.rows import Table

_BY_SUFFIX: dict[str, Format] = {
    ".csv": "csv", ".tsv": "csv", ".txt": "csv", ".xlsx": "xlsx", ".xlsm": "xlsx", ".json": "json",
    ".jsonl": "json", ".ndjson": "json", ".geojson": "geojson",
}  # fmt: skip


def file_sha256(path: Path) -> str:
    """The file's SHA-256 in hexadecimal. Raises `UnreadableFile` when it cannot be read."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise UnreadableFile(
            Words(f"打不开 {path}", f"cannot open {path}: {error.strerror}"),
            field="FILE",
            mend=Words("请检查路径与权限", "check the path and its permissions"),
        ) from error


def format_of(path: Path) -> Format:
    """The format that the file's name says. Raises `UnreadableFile` for a name that says none of ours."""
    if (found := _BY_SUFFIX.get(path.suffix.lower())) is None:
        raise UnreadableFile(
            Words(f"看不出 {path.name} 是什么格式", f"the name {path.name!r} does not say its format"),
            field="file.format",
            mend=Words(
                "在映射的 [file] 中写 format = csv、xlsx、json 或 geojson",
                "set format in [file] of the mapping: csv, xlsx, json or geojson",
            ),
        )
    return found


def open_table(path: Path, shape: FileShape) -> Table:
    """The file as a table. Raises `UnreadableFile`."""
    match shape.format or format_of(path):
        case "csv":
            return read_csv(
                path, encoding=shape.encoding, delimiter=shape.delimiter, skip=shape.skip,
                header_rows=shape.header_rows,
            )  # fmt: skip
        case "xlsx":
            return read_xlsx(path, sheet=shape.sheet, skip=shape.skip, header_rows=shape.header_rows)
        case "json" | "geojson":
            return read_json(path, records=shape.records)


def check_columns(table: Table, mapping: Mapping) -> None:
    """Nothing, if the table has every column the mapping names; else `InvalidMapping`, with near names."""
    for column, where in mapping.columns_used().items():
        if column not in table.columns:
            near = difflib.get_close_matches(column, table.columns, n=3, cutoff=0.4) or list(
                table.columns[:12]
            )
            raise InvalidMapping(
                Words(f"文件里没有“{column}”这一列", f"the file has no column {column!r}"),
                field=where,
                mend=Words(f"是不是:{'、'.join(near)}?", f"did you mean {', '.join(near)}?"),
                near=near,
            )
