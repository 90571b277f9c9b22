"""Places of planners' answers in the datum and language that were asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray

from geoapi.api.parameters import Lang
from geoapi.api.shapes import name_of
from geoapi.geometry.datums import Datum, from_wgs84, point_from_wgs84
from geoapi.queries.planning.areas import Area


def location(lon: float, lat: float, crs: Datum) -> dict[str, Any]:
    """A WGS-84 point as answers carry it: 1e-7 degrees is a centimetre."""
    x, y = point_from_wgs84(lon, lat, crs)
    return {"lon": round(x, 7), "lat": round(y, 7), "crs": crs}


def geometry(shape: shapely.Geometry, crs: Datum) -> dict[str, Any]:
    """A WGS-84 shape as a GeoJSON geometry, six decimals."""

    def moved(points: NDArray[np.float64]) -> NDArray[np.float64]:
        if crs is not Datum.WGS84:
            points = np.column_stack(from_wgs84(points[:, 0], points[:, 1], crs))
        return np.round(points, 6)

    found: dict[str, Any] = orjson.loads(shapely.to_geojson(shapely.transform(shape, moved)))
    return found


def part_ref(area: Area, index: int, lang: Lang) -> dict[str, Any] | None:
    """Code and name of one of an area's parts; None for an index outside them."""
    if not 0 <= index < len(area.parts):
        return None
    part = area.parts[index]
    return {
        "code": part.code,
        "name": part.name_en if lang == "en" and part.name_en else part.name_zh,
    }


def station_ref(row: Mapping[str, Any], crs: Datum, lang: Lang) -> dict[str, Any]:
    """A station as planners' answers name it."""
    return {
        "id": str(row["id"]),
        "name": name_of(row, lang),
        "location": location(row["lon"], row["lat"], crs),
        "hours_text": row["hours_text"],
        "district": None
        if row["district_code"] is None
        else {
            "code": row["district_code"],
            "name": row["district_en"] if lang == "en" and row["district_en"] else row["district_zh"],
        },
    }
