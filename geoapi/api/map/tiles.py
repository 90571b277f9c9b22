"""GET /v1/tiles/{layer}/{z}/{x}/{y}.mvt: vector tiles."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.openapi.models import Example

from geoapi.api.dependencies import ServiceDep
from geoapi.api.map.parameters import (
    PlanningTileParameters,
    StationsTileParameters,
    SupposedTileParameters,
    TileParameters,
    planning_question,
    stations_question,
    supposed_changes,
)
from geoapi.api.map.tile_answers import IfNoneMatch, X, Y, Z, answer_tile, tile_responses
from geoapi.geometry.web_tiles import web_tile
from geoapi.queries.map.vector_tile import DEEPEST

router = APIRouter(prefix="/v1/tiles", tags=["map"])

ADDRESS: Final = "/{z}/{x}/{y}.mvt"
PLAIN: Final[dict[str, Any]] = {"response_class": Response, "responses": tile_responses(414, 422, 503)}
ABOUT: Final = (
    f"Mapbox 矢量瓦片（XYZ，0 至 {DEEPEST} 级，更大的比例请放大 {DEEPEST} 级的瓦片）。"
    "带 `If-None-Match` 询问，未变则 304。\n\n"
    f"Mapbox Vector Tile (XYZ, zoom 0 to {DEEPEST}; draw the deepest larger). With `If-None-Match`, 304 when "
    "nothing changed."
)

SUPPOSED: Final = (
    "位置写在正文里，不写在地址里。请求体与 `POST /v1/coverage/what-if` 相同，另加 `district`。\n\n"
    "Places stand in the body, and in no address. The body is that of `POST /v1/coverage/what-if`, with "
    "`district` for `code`."
)
EXAMPLES: Final[dict[str, Example]] = {
    "night": {
        "summary": "凌晨三点，新增一处 · at 03:00, one more",
        "value": {
            "district": "110101",
            "at": "2026-11-25T03:00:00+08:00",
            "add": [{"lon": 116.42, "lat": 39.92}],
        },
    }
}


@router.get(
    f"/stations{ADDRESS}",
    summary="站点瓦片及其开放状态 · stations with their state at a time",
    description=ABOUT
    + f" `stations` at zoom {DEEPEST}; above it `station_counts`: squares, counted by state.",
    response_class=Response,
    responses=tile_responses(400, 414, 422, 503),
)
async def stations_tile(
    z: Z, x: X, y: Y, asked: Annotated[StationsTileParameters, Query()], service: ServiceDep,
    request: Request, if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    question = await stations_question(asked, web_tile(z, x, y, deepest=DEEPEST), service)
    found = await service.maps.stations(question)
    return await answer_tile(found, request, if_none_match)


@router.get(
    f"/districts{ADDRESS}", summary="行政区瓦片 · districts and their names", description=ABOUT, **PLAIN
)
async def districts_tile(
    z: Z, x: X, y: Y, asked: Annotated[TileParameters, Query()], service: ServiceDep,
    request: Request, if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    found = await service.maps.districts(web_tile(z, x, y, deepest=DEEPEST), asked.crs)
    return await answer_tile(found, request, if_none_match)


@router.get(f"/streets{ADDRESS}", summary="步行路网瓦片 · walking networks", description=ABOUT, **PLAIN)
async def streets_tile(
    z: Z, x: X, y: Y, asked: Annotated[TileParameters, Query()], service: ServiceDep,
    request: Request, if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    found = await service.maps.streets(web_tile(z, x, y, deepest=DEEPEST), asked.crs)
    return await answer_tile(found, request, if_none_match)


@router.get(
    f"/gaps{ADDRESS}",
    summary="覆盖空白瓦片 · gaps, in both readings of unknown hours",
    description=ABOUT + " Without `at`: the last full quarter of an hour.",
    response_class=Response,
    responses=tile_responses(404, 414, 422, 503),
)
async def gaps_tile(
    z: Z, x: X, y: Y, asked: Annotated[PlanningTileParameters, Query()], service: ServiceDep,
    request: Request, if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    tile = web_tile(z, x, y, deepest=DEEPEST)
    found = await service.maps.gaps(tile, await planning_question(asked, service), asked.crs)
    return await answer_tile(found, request, if_none_match)


@router.get(
    f"/demand{ADDRESS}",
    summary="需求瓦片及到最近开放站点的距离 · demand, and how far its nearest open station is",
    description=ABOUT + " Without `at`: the last full quarter of an hour.",
    response_class=Response,
    responses=tile_responses(404, 414, 422, 503),
)
async def demand_tile(
    z: Z, x: X, y: Y, asked: Annotated[PlanningTileParameters, Query()], service: ServiceDep,
    request: Request, if_none_match: IfNoneMatch = None,
) -> Response:  # fmt: skip
    tile = web_tile(z, x, y, deepest=DEEPEST)
    found = await service.maps.demand(tile, await planning_question(asked, service), asked.crs)
    return await answer_tile(found, request, if_none_match)


@router.post(
    f"/gaps{ADDRESS}",
    summary="假如更改之后的覆盖空白瓦片 · gaps, were stations added, moved or open longer",
    description=SUPPOSED,
    response_class=Response,
    responses=tile_responses(400, 404, 413, 414, 415, 422, 503),
)
async def supposed_gaps_tile(
    z: Z, x: X, y: Y, asked: Annotated[SupposedTileParameters, Body(openapi_examples=EXAMPLES)],
    service: ServiceDep, request: Request,
) -> Response:  # fmt: skip
    tile, question = web_tile(z, x, y, deepest=DEEPEST), await planning_question(asked, service)
    found = await service.maps.gaps(tile, question, asked.crs, supposed_changes(asked, service))
    return await answer_tile(found, request, None)


@router.post(
    f"/demand{ADDRESS}",
    summary="假如更改之后的需求瓦片 · demand, were stations added, moved or open longer",
    description=SUPPOSED,
    response_class=Response,
    responses=tile_responses(400, 404, 413, 414, 415, 422, 503),
)
async def supposed_demand_tile(
    z: Z, x: X, y: Y, asked: Annotated[SupposedTileParameters, Body(openapi_examples=EXAMPLES)],
    service: ServiceDep, request: Request,
) -> Response:  # fmt: skip
    tile, question = web_tile(z, x, y, deepest=DEEPEST), await planning_question(asked, service)
    found = await service.maps.demand(tile, question, asked.crs, supposed_changes(asked, service))
    return await answer_tile(found, request, None)
