"""GET /v1/tiles/{layer}.json: TileJSON, what tools such as QGIS and MapLibre learn a layer from."""

from __future__ import annotations

from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response

from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.caller import public_address
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.map.answers import TileJson
from geoapi.api.map.overview import attribution, bounds_in
from geoapi.api.map.parameters import (
    PlanningTileParameters,
    StationsTileParameters,
    TileParameters,
    last_quarter,
    planning_question,
)
from geoapi.api.map.tile_answers import CACHE_CONTROL
from geoapi.api.parameters import Parameters
from geoapi.geometry.boxes import Box
from geoapi.geometry.datums import Datum
from geoapi.queries.map.overview import read_overview
from geoapi.queries.map.streets import FROM as WAYS_FROM
from geoapi.queries.map.vector_tile import DEEPEST
from geoapi.queries.planning.areas import read_area

router = APIRouter(prefix="/v1/tiles", tags=["map"])

STATE: Final = "open, unknown or closed"
READINGS: Final = {
    "weight": "people of the cell, in the demand layer's unit",
    "crowd": "its density, where 1 is that of the cell that the average person lives in",
    "covered": "of them, those with an open station within the limit",
    "covered_if_open": "the same where unknown hours count as open",
    "distance_m": "mean metres to the nearest open station; none where none is open",
    "distance_m_if_open": "the same where unknown hours count as open",
}
GAP: Final = {
    "rank": "1 is the worst",
    "uncovered": "demand without an open station within the limit",
    "uncovered_if_open": "of it, what stays so where unknown hours count as open",
    "area_km2": "ground",
    "district": "code",
    "district_zh": "its name",
    "district_en": "its name",
}
DISTRICT: Final = {
    "code": "GB/T 2260", "parent_code": "what it lies in", "level": "city, district or street",
    "name_zh": "name", "name_en": "name",
}  # fmt: skip
LAYERS: Final[dict[str, dict[str, dict[str, str]]]] = {
    "stations": {
        "stations": {
            "id": "the station's id", "kind": "code", "name_zh": "name", "name_en": "name", "state": STATE,
        },
        "station_counts": {
            "stations": "how many", "open": "of them open", "unknown": "perhaps open", "closed": "closed",
        },
    },
    "districts": {"districts": DISTRICT, "district_labels": DISTRICT},
    "streets": {
        "streets": {"class": "main, street or path", "length_m": "metres from one junction to the next"},
    },
    "gaps": {"gaps": GAP, "gaps_if_open": GAP},
    "demand": {"demand": READINGS},
}  # fmt: skip
# from and to which zoom a layer is there; else at every one
ZOOMS: Final = {
    "stations": (DEEPEST, DEEPEST),
    "station_counts": (0, DEEPEST - 1),
    "streets": (WAYS_FROM, DEEPEST),
}
NAMES: Final = {
    "stations": "站点 · stations", "districts": "行政区 · districts", "streets": "步行路网 · streets",
    "gaps": "覆盖空白 · gaps", "demand": "需求 · demand",
}  # fmt: skip
RESPONSES: Final = problem_responses(404, 414, 422, 503)


@router.get(
    "/stations.json",
    summary="站点瓦片的 TileJSON · of stations",
    response_model=TileJson,
    responses=problem_responses(400, 414, 422, 503),
)
async def stations_tilejson(
    asked: Annotated[StationsTileParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    catalog = await service.catalog.current()
    catalog.kind_ids(asked.kind)
    catalog.amenity_ids(asked.amenity)
    if asked.at is not None:
        (await service.window.current()).require(asked.at, asked.at)
    return await _describe("stations", asked, service, request)


@router.get(
    "/districts.json", summary="行政区瓦片的 TileJSON · of districts", response_model=TileJson,
    responses=RESPONSES,
)  # fmt: skip
async def districts_tilejson(
    asked: Annotated[TileParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    return await _describe("districts", asked, service, request)


@router.get(
    "/streets.json", summary="路网瓦片的 TileJSON · of walking networks", response_model=TileJson,
    responses=RESPONSES,
)  # fmt: skip
async def streets_tilejson(
    asked: Annotated[TileParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    return await _describe("streets", asked, service, request)


@router.get(
    "/gaps.json", summary="覆盖空白瓦片的 TileJSON · of gaps", response_model=TileJson, responses=RESPONSES,
    description="不给 `at` 时，瓦片地址写明上一个整刻钟，使同一张图的瓦片一致。\n\n"
    "Without `at`, the address of the tiles names the last full quarter of an hour: one map is of one time.",
)  # fmt: skip
async def gaps_tilejson(
    asked: Annotated[PlanningTileParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    return await _describe_planning("gaps", asked, service, request)


@router.get(
    "/demand.json", summary="需求瓦片的 TileJSON · of demand", response_model=TileJson, responses=RESPONSES,
    description="不给 `at` 时，瓦片地址写明上一个整刻钟，使同一张图的瓦片一致。\n\n"
    "Without `at`, the address of the tiles names the last full quarter of an hour: one map is of one time.",
)  # fmt: skip
async def demand_tilejson(
    asked: Annotated[PlanningTileParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    return await _describe_planning("demand", asked, service, request)


async def _describe_planning(
    layer: str, asked: PlanningTileParameters, service: Service, request: Request
) -> Response:
    asked = asked.model_copy(update={"at": asked.at or last_quarter()})
    await planning_question(asked, service)
    async with service.database.connection() as conn:
        area = await read_area(conn, asked.district, field="district")
    return await _describe(layer, asked, service, request, area.box)


async def _describe(
    layer: str,
    asked: TileParameters | PlanningTileParameters,
    service: Service,
    request: Request,
    box: Box | None = None,
) -> Response:
    crs, lang = asked.crs, asked.lang
    overview = await read_overview(service.database)
    west, south, east, north = bounds_in(box or overview.box, crs)
    address = f"{public_address(request, service)}/v1/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt"
    body: dict[str, Any] = {
        "tilejson": "3.0.0",
        "name": NAMES[layer],
        "description": f"Positions as a map in {crs} has them",
        "attribution": attribution(overview, service.settings.map, lang),
        "scheme": "xyz",
        "tiles": [f"{address}?{_query(asked, crs)}"],
        "minzoom": WAYS_FROM if layer == "streets" else 0,
        "maxzoom": DEEPEST,
        "bounds": [west, south, east, north],
        "center": [round((west + east) / 2, 6), round((south + north) / 2, 6), 9],
        "vector_layers": [_vector_layer(name, fields) for name, fields in LAYERS[layer].items()],
        "crs": crs,
    }
    return json_answer(body, headers={"Cache-Control": CACHE_CONTROL})


def _vector_layer(name: str, fields: dict[str, str]) -> dict[str, Any]:
    minzoom, maxzoom = ZOOMS.get(name, (0, DEEPEST))
    return {"id": name, "fields": fields, "minzoom": minzoom, "maxzoom": maxzoom}


def _query(asked: Parameters, crs: Datum) -> str:
    """What was asked, as the tiles have to be asked for it."""
    given = asked.model_dump(mode="json", exclude_defaults=True, exclude={"lang"}) | {"crs": str(crs)}
    return urlencode(given, doseq=True)
