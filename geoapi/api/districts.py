"""GET /v1/districts and /v1/districts/{code}."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Path, Query, Response

from geoapi.api.answers import DistrictDetail, DistrictList, json_answer, problem_responses
from geoapi.api.dependencies import ServiceDep
from geoapi.api.parameters import DatumField, Lang, LangField, Parameters, PlainText
from geoapi.api.shapes import name_of
from geoapi.geometry.datums import Datum, from_wgs84
from geoapi.queries.catalog import Catalog
from geoapi.queries.districts import get_district, list_districts

router = APIRouter(prefix="/v1/districts", tags=["districts"])


class ListParameters(Parameters):
    """In which language."""

    lang: LangField = "zh"


class DetailParameters(Parameters):
    """In which datum and language."""

    crs: DatumField = Datum.WGS84
    lang: LangField = "zh"


@router.get(
    "", summary="行政区 · districts", response_model=DistrictList, responses=problem_responses(414, 422, 503)
)
async def districts(asked: Annotated[ListParameters, Query()], service: ServiceDep) -> Response:
    catalog = await service.catalog.current()
    rows = await list_districts(service.database)
    return json_answer({"items": [_shape(row, catalog, asked.lang) for row in rows], "next_cursor": None})


@router.get(
    "/{code}",
    summary="一个行政区及其边界 · one district and its boundary",
    response_model=DistrictDetail,
    responses=problem_responses(404, 414, 422, 503),
)
async def one_district(
    code: Annotated[
        PlainText, Path(max_length=20, description="GB/T 2260;110000 为全市 · the city", examples=["110101"])
    ],
    asked: Annotated[DetailParameters, Query()],
    service: ServiceDep,
) -> Response:
    catalog = await service.catalog.current()
    row = await get_district(service.database, code)
    body = {
        **_shape(row, catalog, asked.lang),
        "area_km2": round(row["area_km2"], 3),
        "crs": asked.crs,
        "geometry": _in_datum(orjson.loads(row["geojson"]), asked.crs),
    }
    return json_answer(body)


def _shape(row: Mapping[str, Any], catalog: Catalog, lang: Lang) -> dict[str, Any]:
    return {
        "code": row["code"],
        "name": name_of(row, lang),
        "name_zh": row["name_zh"],
        "name_en": row["name_en"],
        "level": row["level"],
        "parent_code": row["parent_code"],
        "population": row["population"],
        "source": row["source"],
        "stations": {kind.code: row["stations"].get(kind.id, 0) for kind in catalog.kinds},
    }


def _in_datum(geometry: dict[str, Any], crs: Datum) -> dict[str, Any]:
    """A GeoJSON MultiPolygon with every ring in `crs`."""
    if crs is Datum.WGS84:
        return geometry

    def ring(points: list[list[float]]) -> list[list[float]]:
        lon, lat = np.asarray(points).T
        return np.round(np.column_stack(from_wgs84(lon, lat, crs)), 6).tolist()  # type: ignore[no-any-return]

    return {
        **geometry,
        "coordinates": [[ring(points) for points in polygon] for polygon in geometry["coordinates"]],
    }
