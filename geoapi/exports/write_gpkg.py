"""GeoPackage: a layer or table for each sheet, read by every GIS."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import shapely

from geoapi.errors import Words
from geoapi.exports.cells import plain
from geoapi.exports.sheets import Column, Sheet

if TYPE_CHECKING:
    import pyarrow as pa

_SHAPE = "geom"
_COLUMNS = [Column(key, Words(key, key)) for key in ("layer", "column_key", "zh", "en")]


def write_gpkg(sheets: Sequence[Sheet], lang: str) -> bytes:
    """A GeoPackage with every sheet under its key, columns under theirs; WGS-84 shapes where it has any.

    The further table "columns" says what each column is called in Chinese and English. The package's
    list of contents describes each sheet in `lang`.
    """
    # SQLite writes to a file alone
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.gpkg"
        for sheet in (*sheets, _columns_of(sheets)):
            _write(path, sheet, lang)
        return path.read_bytes()


def _write(path: Path, sheet: Sheet, lang: str) -> None:
    # half a second and 50 MB that only who asks for a GeoPackage needs
    import pyarrow as pa
    import pyogrio

    rows = [[plain(value) for value in row] for row in sheet.rows]
    arrays = {column.key: _array([row[place] for row in rows]) for place, column in enumerate(sheet.columns)}
    options: dict[str, Any] = {"layer_options": {"DESCRIPTION": sheet.name.in_language(lang)}}
    if sheet.geometry is not None:
        shapes, options["geometry_type"] = _one_type(sheet.geometry)
        arrays[_SHAPE] = pa.array(shapely.to_wkb(shapes).tolist(), pa.binary())
        options |= {"geometry_name": _SHAPE, "crs": "EPSG:4326"}
    else:
        options["layer_options"]["ASPATIAL_VARIANT"] = "GPKG_ATTRIBUTES"
    pyogrio.write_arrow(pa.table(arrays), path, layer=sheet.key, driver="GPKG", **options)


def _array(values: list[Any]) -> pa.Array:
    """One column, of one type: numbers where all are, else dates, else text."""
    import pyarrow as pa

    types = {type(value) for value in values if value is not None}
    if types == {bool}:
        return pa.array(values, pa.bool_())
    if types == {int}:
        return pa.array(values, pa.int64())
    if types and types <= {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    if types == {date}:
        return pa.array(values, pa.date32())
    return pa.array([None if value is None else str(value) for value in values], pa.string())


def _one_type(geometry: Sequence[shapely.Geometry | None]) -> tuple[Any, str]:
    """The shapes, polygons as multipolygons, and the type of the layer."""
    shapes = np.array(geometry, dtype=object)
    kinds = {shape.geom_type for shape in geometry if shape is not None}
    if kinds and kinds <= {"Polygon", "MultiPolygon"}:
        several = [
            shapely.MultiPolygon([shape]) if shape is not None and shape.geom_type == "Polygon" else shape
            for shape in geometry
        ]
        return np.array(several, dtype=object), "MultiPolygon"
    return shapes, kinds.pop() if len(kinds) == 1 else "Unknown"


def _columns_of(sheets: Sequence[Sheet]) -> Sheet:
    rows = [
        (sheet.key, column.key, column.name.zh, column.name.en)
        for sheet in sheets
        for column in sheet.columns
    ]
    return Sheet("columns", Words("字段说明", "columns"), _COLUMNS, rows)
