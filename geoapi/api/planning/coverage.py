"""GET /v1/districts/{code}/coverage."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.planning.answers import Coverage
from geoapi.api.planning.formats import answer_as, table_responses
from geoapi.api.planning.measures import coverage_shape
from geoapi.api.planning.method import area_shape, method_of
from geoapi.api.planning.parameters import CodePath, Format, PlanningParameters, question_of

router = APIRouter(prefix="/v1/districts", tags=["planning"])


class CoverageParameters(PlanningParameters):
    """Who has an open station within reach, at one time or hour by hour."""

    format: Annotated[Format, Field(description="答复的格式 · format of the answer")] = "json"


@router.get(
    "/{code}/coverage",
    summary="覆盖 · coverage: who has an open station within reach",
    response_model=Coverage,
    response_description="按区列出，第 1 名覆盖最差 · by district; rank 1 is the least covered",
    responses=table_responses(404, 414, 422, 503),
)
async def coverage(
    code: CodePath, asked: Annotated[CoverageParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_coverage(code, asked, service)
    return await answer_as(
        asked.format,
        "week" if "hours" in answer else "coverage",
        answer,
        asked.lang,
        districts=await service.desk.polygons(code) if asked.format in ("gpkg", "geojson") else None,
    )


async def answer_coverage(code: str, asked: CoverageParameters, service: Service) -> dict[str, Any]:
    """The answer to one question, ready for JSON."""
    desk = service.desk
    scene = await desk.scene(await question_of(asked, code, service))
    found = await desk.work(desk.measurer.cover, scene, scene.supply)
    points, total = scene.outside
    return {
        "query": asked.echo(code),
        "method": await method_of(scene, service),
        "area": area_shape(scene.area.itself, asked.lang),
        **coverage_shape(found, scene.area, scene.moments, asked.lang),
        "outside": {"points": points, "total": total},
    }
