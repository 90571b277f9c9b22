"""JSON as an array of objects, an object that holds one, one object a line, or GeoJSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from geoapi.errors import UnreadableFile, Words
from loaders.read_csv import detect_encoding
from loaders.rows import Row, Table, cell_text, text_fault

LARGEST_FILE = 256 << 20
"""Bytes; JSON is read whole, and takes several times its size in memory."""

LON, LAT, FEATURE_ID, GEOMETRY = "@lon", "@lat", "@id", "@geometry"
"""The columns that a GeoJSON feature has besides its properties."""


def read_json(path: Path, *, records: str | None = None) -> Table:
    """The table in a JSON file: nested objects become columns such as "location.lng", lists of values "a;b".

    `records` is the way to the list, as "data.items"; without it the list is found. Of GeoJSON, a feature's
    point is in the columns @lon and @lat, any other geometry's type in @geometry. Rows
    count from 1. Raises `UnreadableFile` for anything that is no list of objects.
    """
    content = parse_json(path)
    found = _at(content, records, path) if records else _find_records(content)
    if not isinstance(found, list) or not found or not any(isinstance(item, dict) for item in found):
        raise UnreadableFile(
            Words(f"{path.name} 里没有对象的列表", f"{path.name} holds no list of objects"),
            field="file.records",
            mend=Words(
                "在映射的 [file] 中用 records 指明列表的路径，例如 data.items",
                'say where the list is with records in [file], such as "data.items"',
            ),
        )
    table = [_cells(item) for item in found]
    columns = list(dict.fromkeys(name for cells in table for name in cells))
    return Table(columns, _rows(table, columns, found), len(table))


def _rows(table: list[dict[str, str]], columns: list[str], found: list[Any]) -> Iterator[Row]:
    for number, (cells, item) in enumerate(zip(table, found, strict=True), 1):
        if not isinstance(item, dict):
            yield Row(number, {"": cell_text(item)}, "bad_row")
        else:
            row = {name: cells.get(name, "") for name in columns}
            yield Row(number, row, text_fault(row))


def parse_json(path: Path) -> Any:
    """What a JSON file holds; for one object a line, the list of them. Raises `UnreadableFile`."""
    if path.stat().st_size > LARGEST_FILE:
        raise UnreadableFile(
            Words(f"{path.name} 超过 256 MB", f"{path.name} is larger than 256 MB"),
            field="FILE",
            mend=Words("请分成几份，或改用 CSV", "split it, or use CSV"),
        )
    text = path.read_text(detect_encoding(path))
    if not text.strip():
        raise UnreadableFile(
            Words(f"{path.name} 是空的", f"{path.name} is empty"), field="FILE",
            mend=Words("请换一个文件", "give another file"),
        )  # fmt: skip
    try:
        return json.loads(text)
    except RecursionError as error:
        raise _not_json(path, "too deeply nested") from error
    except ValueError as error:
        lines = [line for line in text.splitlines() if line.strip()]
        if len(lines) > 1 and lines[0].lstrip().startswith("{"):
            return [_line(line, number, path) for number, line in enumerate(lines, 1)]
        raise _not_json(path, str(error)) from error


def _line(line: str, number: int, path: Path) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _not_json(path, f"record {number}: {error}") from error


def _not_json(path: Path, why: str) -> UnreadableFile:
    return UnreadableFile(
        Words(f"{path.name} 不是有效的 JSON:{why}", f"{path.name} is not valid JSON: {why}"),
        field="FILE",
        mend=Words("请检查该处", "look at that place"),
    )


def _at(content: Any, way: str, path: Path) -> Any:
    for step in way.split("."):
        if not isinstance(content, dict) or step not in content:
            raise UnreadableFile(
                Words(f"{path.name} 里没有 {way}", f"{path.name} has nothing at {way!r}"),
                field="file.records",
                mend=Words("请核对路径", "check the path"),
            )
        content = content[step]
    return content


def _find_records(content: Any) -> Any:
    """The list itself, GeoJSON's features, or an object's longest list of objects, one level down or two."""
    if not isinstance(content, dict):
        return content
    if content.get("type") == "FeatureCollection":
        return content.get("features")
    if content.get("type") == "Feature":
        return [content]
    inner = [
        *content.values(),
        *(v for value in content.values() if isinstance(value, dict) for v in value.values()),
    ]
    lists = [value for value in inner if isinstance(value, list) and value and isinstance(value[0], dict)]
    return max(lists, key=len, default=None)


def _cells(item: Any) -> dict[str, str]:
    if not isinstance(item, dict):
        return {}
    if item.get("type") == "Feature":
        return _feature(item)
    return _flat(item)


def _feature(item: dict[str, Any]) -> dict[str, str]:
    properties = item.get("properties")
    cells = _flat(properties) if isinstance(properties, dict) else {}
    geometry = item.get("geometry")
    if isinstance(geometry, dict):
        coordinates = geometry.get("coordinates")
        if geometry.get("type") == "Point" and isinstance(coordinates, list) and len(coordinates) >= 2:
            cells[LON], cells[LAT] = cell_text(coordinates[0]), cell_text(coordinates[1])
        else:
            cells[GEOMETRY] = cell_text(geometry.get("type"))
    if "id" in item:
        cells[FEATURE_ID] = cell_text(item["id"])
    return cells


def _flat(item: dict[str, Any]) -> dict[str, str]:
    """Names joined by dots. A stack of our own: the parser goes deeper than Python functions may."""
    cells: dict[str, str] = {}
    waiting: list[tuple[str, Any]] = [("", item)]
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, dict):
            waiting += [(f"{name}.{key}" if name else key, inner) for key, inner in reversed(value.items())]
        elif isinstance(value, list):
            plain = [inner for inner in value if not isinstance(inner, dict | list)]
            # a list of objects is no value of one station; how many there were is kept
            cells[name] = ";".join(map(cell_text, plain)) if len(plain) == len(value) else f"[{len(value)}]"
        else:
            cells[name] = cell_text(value)
    return cells
