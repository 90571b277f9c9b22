"""GET /v1/districts/{code}/stations."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from geoapi.api.answers import problem_responses
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.planning.answers import StationCollection
from geoapi.api.planning.formats import geojson_answer, geojson_response
from geoapi.api.planning.method import area_shape, method_of
from geoapi.api.planning.parameters import CodePath, MomentParameters, question_of
from geoapi.api.planning.places import location
from geoapi.queries.planning.stations_in import stations_in

router = APIRouter(prefix="/v1/districts", tags=["planning"])


class StationStateParameters(MomentParameters):
    """Every station of a district, and whether it is open at a time."""


@router.get(
    "/{code}/stations",
    summary="站点及其开放状态 · stations and whether they are open at a time",
    response_model=StationCollection,
    response_description="GeoJSON 点 · GeoJSON points",
    responses={
        200: {"content": geojson_response(StationCollection)},
        **problem_responses(404, 414, 422, 503),
    },
)
async def stations_of(
    code: CodePath, asked: Annotated[StationStateParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_stations(code, asked, service)
    return geojson_answer(answer)


async def answer_stations(code: str, asked: StationStateParameters, service: Service) -> dict[str, Any]:
    """The stations as a GeoJSON collection with its method."""
    scene = await service.desk.scene(await question_of(asked, code, service))
    catalog = await service.catalog.current()
    features = []
    for one in await stations_in(service.database, scene):
        place = location(one.lon, one.lat, asked.crs)
        features.append(
            {
                "type": "Feature",
                "id": str(one.id),
                "geometry": {"type": "Point", "coordinates": [place["lon"], place["lat"]]},
                "properties": {
                    "kind": catalog.kind_by_id[one.kind_id].code,
                    "name": one.name_en if asked.lang == "en" and one.name_en else one.name_zh,
                    "state": one.state,
                },
            }
        )
    return {
        "type": "FeatureCollection",
        "query": asked.echo(code),
        "method": await method_of(scene, service),
        "area": area_shape(scene.area.itself, asked.lang),
        "features": features,
    }
