"""Parquet and GeoParquet as rows of text, a batch at a time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from geoapi.errors import InvalidMapping, UnreadableFile, Words
from geoapi.geometry.datums import Datum, Epsg
from loaders.read_json import GEOMETRY, LAT, LON
from loaders.rows import Row, Table, cell_text, text_fault

SUFFIXES = (".parquet", ".geoparquet", ".pq")
BATCH = 50_000
_SAME_FRAME = (4326, 4490)  # CGCS2000 is within decimetres of WGS-84


def read_parquet(path: Path, *, datum: Datum | Epsg, wanted: Sequence[str]) -> Table:
    """The table in a Parquet file; of its columns only those `wanted`, and a GeoParquet point as @lon, @lat.

    Rows count from 1. Raises `UnreadableFile` for a damaged file, and `InvalidMapping` where the file names
    another reference system than `datum`. That it names WGS-84 proves nothing: GCJ-02 is often called that.
    """
    try:
        file = pq.ParquetFile(path)
        columns = list(file.schema_arrow.names)
        geometry = _geometry(file, path, datum)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise _damaged(path, error) from error
    names = [name for name in columns if name in wanted]
    shown = [name for name in columns if name != geometry] + ([LON, LAT, GEOMETRY] if geometry else [])
    read = [*dict.fromkeys([*names, *([geometry] if geometry else [])])]
    return Table(shown, _rows(file, path, read, geometry), file.metadata.num_rows, close=file.close)


def _rows(file: pq.ParquetFile, path: Path, columns: list[str], geometry: str | None) -> Iterator[Row]:
    number = 0
    with file:
        batches = file.iter_batches(BATCH, columns=columns)
        while True:
            try:
                batch = next(batches, None)
                if batch is None:
                    return
                values = {name: batch.column(name).to_pylist() for name in columns if name != geometry}
                points = _points(batch.column(geometry).to_pylist()) if geometry else None
            except (pa.ArrowException, OSError, ValueError) as error:
                raise _damaged(path, error) from error
            for place in range(batch.num_rows):
                number += 1
                cells = {name: cell_text(column[place]) for name, column in values.items()}
                if points is not None:
                    cells.update(points[place])
                yield Row(number, cells, text_fault(cells))


def _points(geometries: list[bytes | None]) -> list[dict[str, str]]:
    shapes = shapely.from_wkb(geometries, on_invalid="ignore")
    cells = []
    for shape in shapes:
        if shape is not None and shape.geom_type == "Point" and not shape.is_empty:
            cells.append({LON: repr(shape.x), LAT: repr(shape.y), GEOMETRY: ""})
        else:
            cells.append({LON: "", LAT: "", GEOMETRY: shape.geom_type if shape is not None else ""})
    return cells


def _geometry(file: pq.ParquetFile, path: Path, datum: Datum | Epsg) -> str | None:
    """The name of a GeoParquet file's point column; None where there is none."""
    said = (file.schema_arrow.metadata or {}).get(b"geo")
    if said is None:
        return None
    meta: Any = orjson.loads(said)
    name = meta["primary_column"]
    column = meta["columns"][name]
    if column.get("encoding", "WKB") != "WKB":
        raise ValueError(f"geometry encoding {column['encoding']!r}: only WKB is read")
    if column.get("crs") is not None:
        _check_system(column["crs"], path, datum)
    return str(name)


def _check_system(crs: Any, path: Path, datum: Datum | Epsg) -> None:
    try:
        system = CRS.from_user_input(crs)
    except CRSError as error:
        raise ValueError(f"its reference system cannot be read: {error}") from error
    code = system.to_epsg()
    lon_lat = code in _SAME_FRAME or system.to_authority() == ("OGC", "CRS84")
    if lon_lat != isinstance(datum, Datum) or (isinstance(datum, Epsg) and code not in (None, datum.code)):
        named = f"EPSG:{code}" if code else system.name
        raise InvalidMapping(
            Words(
                f"{path.name} 自称 {named}，映射写的是 {datum}",
                f"{path.name} says {named}, the mapping {datum}",
            ),
            field="place.datum",
            mend=Words("请核对来源，二者须一致", "ask the source; the two must agree"),
        )


def _damaged(path: Path, error: Exception) -> UnreadableFile:
    return UnreadableFile(
        Words(f"{path.name} 不是完好的 Parquet 文件", f"{path.name} is not an intact Parquet file: {error}"),
        field="FILE",
        mend=Words("请重新导出或下载", "export or download it again"),
    )
