"""GET /v1/districts/{code}/extensions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.planning.answers import Extensions
from geoapi.api.planning.formats import answer_as, table_responses
from geoapi.api.planning.method import area_shape, method_of
from geoapi.api.planning.parameters import CodePath, Format, PlanningParameters, question_of
from geoapi.api.planning.places import station_ref
from geoapi.api.planning.sites import at_most
from geoapi.coverage.extensions import Extension, Verification
from geoapi.coverage.week_text import week_text
from geoapi.queries.planning.extensions import extensions_in
from geoapi.queries.planning.moments import HOURS_OF_A_WEEK, Moments
from geoapi.queries.planning.station_names import station_names

router = APIRouter(prefix="/v1/districts", tags=["planning"])


class ExtensionParameters(PlanningParameters):
    """Which existing stations, open longer, would cover most for each extra hour."""

    n: Annotated[int, Field(ge=1, le=1000, description="几处 · how many")] = 5
    format: Annotated[Format, Field(description="答复的格式 · format of the answer")] = "json"


@router.get(
    "/{code}/extensions",
    summary="延时 · extensions: which stations should open longer",
    response_model=Extensions,
    response_description="按每增加一小时新增覆盖排序 · by demand gained for each extra opening hour",
    responses=table_responses(404, 414, 422, 503),
)
async def extensions(
    code: CodePath, asked: Annotated[ExtensionParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_extensions(code, asked, service)
    return await answer_as(asked.format, "extensions", answer, asked.lang)


async def answer_extensions(code: str, asked: ExtensionParameters, service: Service) -> dict[str, Any]:
    """The answer to one question, ready for JSON."""
    at_most(asked.n, service.settings.coverage.max_sites, "n")
    scene = await service.desk.scene(await question_of(asked, code, service))
    found = await service.desk.work(extensions_in, scene, asked.n)
    stations = [one.station for one in found.extensions] + [one.station for one in found.verify]
    names = await station_names(service.database, found.ids[stations].tolist())

    def station(one: Extension | Verification) -> Mapping[str, Any]:
        return station_ref(names[int(found.ids[one.station])], asked.crs, asked.lang)

    return {
        "query": asked.echo(code),
        "method": await method_of(scene, service),
        "area": area_shape(scene.area.itself, asked.lang),
        "total": found.total,
        "extensions": [
            {
                "rank": rank,
                "station": station(one),
                "hours": _words(one, scene.moments),
                "extra_hours": one.extra_hours,
                "gain": one.gain,
                "gain_per_hour": one.gain_per_hour,
            }
            for rank, one in enumerate(found.extensions, 1)
        ],
        "verify_first": [
            {
                "rank": rank,
                "station": station(one),
                "hours": _words(one, scene.moments),
                "unknown_hours": int(one.hours.sum()),
                "depends": one.people,
                "gain": one.gain,
            }
            for rank, one in enumerate(found.verify, 1)
        ],
    }


def _words(one: Extension | Verification, moments: Moments) -> str:
    """The hours as OpenStreetMap writes them; of a single time that time."""
    if one.hours.size == HOURS_OF_A_WEEK:
        return "; ".join(week_text(one.hours))
    return f"{moments.local()[0]:%Y-%m-%d %H:%M}"
