"""GeoJSON (RFC 7946): the first sheet as features, the others beside them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any, Final

import orjson
import shapely

from geoapi.exports.cells import plain
from geoapi.exports.sheets import Sheet

_DECIMALS: Final = 7
"""Of a degree: a centimetre."""


def write_geojson(sheets: Sequence[Sheet], lang: str) -> bytes:
    """A FeatureCollection of the first sheet's rows, properties by key; `geometry` null without a shape.

    Its member `tables` holds the other sheets, `headings` the columns' names in `lang`.
    """
    answer: dict[str, Any] = {"type": "FeatureCollection", "features": []}
    if sheets:
        first, *others = sheets
        shapes = first.geometry if first.geometry is not None else [None] * len(first.rows)
        answer["features"] = [
            {"type": "Feature", "geometry": _shape(shape), "properties": properties}
            for shape, properties in zip(shapes, _records(first), strict=True)
        ]
        answer["headings"] = {
            sheet.key: dict(zip([c.key for c in sheet.columns], sheet.headings(lang), strict=True))
            for sheet in sheets
        }
        answer["tables"] = {sheet.key: _records(sheet) for sheet in others}
    return orjson.dumps(answer)


def _records(sheet: Sheet) -> list[dict[str, Any]]:
    keys = [column.key for column in sheet.columns]
    return [dict(zip(keys, map(_value, row), strict=True)) for row in sheet.rows]


def _value(value: Any) -> Any:
    value = plain(value)
    return value.isoformat() if isinstance(value, date) else value


def _shape(shape: shapely.Geometry | None) -> orjson.Fragment | None:
    if shape is None or shape.is_empty:
        return None
    rounded = shapely.transform(shape, lambda points: points.round(_DECIMALS))
    # rounding must not make a shape invalid that was not
    if shape.is_valid and not rounded.is_valid:
        rounded = shape
    return orjson.Fragment(shapely.to_geojson(shapely.orient_polygons(rounded)))
