"""GET /v1/districts/{code}/supply."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.planning.answers import SupplyAnswer
from geoapi.api.planning.formats import answer_as, table_responses
from geoapi.api.planning.method import area_shape, method_of
from geoapi.api.planning.parameters import CodePath, Format, MomentParameters, question_of
from geoapi.api.planning.places import location
from geoapi.coverage.inputs import Floats
from geoapi.queries.planning.scene import Scene
from geoapi.queries.planning.supply_demand import (
    PER,
    CapacityOf,
    Spread,
    areas_m2,
    spread_of,
    supply_in,
)

router = APIRouter(prefix="/v1/districts", tags=["planning"])


class SupplyParameters(MomentParameters):
    """How much the open stations offer to each person within reach, shared with all others within reach."""

    capacity: Annotated[
        CapacityOf,
        Field(
            description="容量:station 每站为 1;area_m2 按面积 · what a station offers: 1 each, or its area"
        ),
    ] = "station"
    points: Annotated[
        bool, Field(description="附上每个需求点 · with every demand point; tables always have them")
    ] = False
    format: Annotated[Format, Field(description="答复的格式 · format of the answer")] = "json"


@router.get(
    "/{code}/supply",
    summary="供需 · supply against demand (E2SFCA)",
    response_model=SupplyAnswer,
    response_description="按区列出，第 1 名供给最少 · by district; rank 1 has the least",
    responses=table_responses(404, 414, 422, 503),
)
async def supply(
    code: CodePath, asked: Annotated[SupplyParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_supply(code, asked, service)
    return await answer_as(asked.format, "supply", answer, asked.lang)


async def answer_supply(code: str, asked: SupplyParameters, service: Service) -> dict[str, Any]:
    """The answer to one question, ready for JSON."""
    desk = service.desk
    scene = await desk.scene(await question_of(asked, code, service))
    areas = None
    if asked.capacity == "area_m2":
        async with service.database.connection() as conn:
            areas = await areas_m2(conn, scene.supply.ids)
    found = await desk.work(supply_in, scene, await desk.demand_around(scene), areas)
    access = found.access * PER
    answer = {
        "query": asked.echo(code),
        "method": await method_of(scene, service),
        "area": area_shape(scene.area.itself, asked.lang),
        "total": float(scene.demand.weight.sum()),
        "per": PER,
        "capacity": found.capacity,
        "capacity_unused": found.idle,
        "capacity_guessed": found.guessed,
        "zones": [
            {"upto_m": round(upto, 1), "weight": weight}
            for upto, weight in zip(found.zones.upto_m, found.zones.weights, strict=True)
        ],
        "figures": _figures(spread_of(access, scene.demand.weight)),
        "districts": _districts(scene, access, asked),
        "points": None,
    }
    if asked.points or asked.format != "json":
        # a city has more points than everybody else should wait for
        answer["points"] = await desk.work(_points, scene, access, asked)
    return answer


def _districts(scene: Scene, access: Floats, asked: SupplyParameters) -> list[dict[str, Any]]:
    shapes: list[dict[str, Any]] = []
    for index, part in enumerate(scene.area.parts):
        here = scene.demand.area == index
        if not here.any() and part.code == scene.area.itself.code:
            continue
        spread = spread_of(access[here], scene.demand.weight[here])
        named = area_shape(part, asked.lang)
        shapes.append(
            {
                "code": named["code"],
                "name": named["name"],
                "rest": part.rest,
                "total": spread.total,
                "rank": None,
                **_figures(spread),
            }
        )
    # what lies in no district is none, and has no rank
    ranked = [shape for shape in shapes if shape["mean"] is not None and not shape["rest"]]
    for shape in ranked:
        shape["rank"] = 1 + sum(other["mean"] < shape["mean"] for other in ranked)
    return shapes


def _figures(spread: Spread) -> dict[str, Any]:
    return {
        "mean": spread.mean,
        "median": spread.median,
        "lowest_decile": spread.lowest_decile,
        "without": spread.without,
    }


def _points(scene: Scene, access: Floats, asked: SupplyParameters) -> list[dict[str, Any]]:
    demand = scene.demand
    return [
        {
            "location": location(lon, lat, asked.crs),
            "weight": weight,
            "accessibility": value,
        }
        for lon, lat, weight, value in zip(
            demand.lon.tolist(), demand.lat.tolist(), demand.weight.tolist(), access.tolist(),
            strict=True,
        )
    ]  # fmt: skip
