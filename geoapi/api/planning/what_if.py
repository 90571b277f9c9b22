"""POST /v1/coverage/what-if."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.openapi.models import Example
from pydantic import Field

from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.planning.answers import WhatIf
from geoapi.api.planning.formats import answer_as, table_responses
from geoapi.api.planning.measures import DIGITS, coverage_shape, listed, series
from geoapi.api.planning.method import area_shape, method_of
from geoapi.api.planning.parameters import Code, Format, PlanningParameters, question_of
from geoapi.api.planning.sites import at_most
from geoapi.api.planning.supposed import Supposed, changes_of
from geoapi.coverage.figures import Measures
from geoapi.coverage.measure import Coverage
from geoapi.coverage.served import READINGS
from geoapi.errors import InvalidInput, Words
from geoapi.queries.planning.what_if import changed

router = APIRouter(prefix="/v1/coverage", tags=["planning"])


class WhatIfParameters(PlanningParameters, Supposed):
    """What would change if stations were added, removed, moved, or open at other hours."""

    code: Code
    format: Annotated[Format, Field(description="答复的格式 · format of the answer")] = "json"


EXAMPLES: dict[str, Example] = {
    "night": {
        "summary": "凌晨三点，新增一处、延长一处 · at 03:00, one more, and one open longer",
        "value": {
            "code": "110101", "at": "2026-11-25T03:00:00+08:00", "within": "15min",
            "add": [{"lon": 116.42, "lat": 39.92}],
            "change_hours": [{"id": "1", "hours": "24/7"}],
        },
    }
}  # fmt: skip


@router.post(
    "/what-if",
    summary="假如 · what if stations were added, removed, moved or open longer",
    response_model=WhatIf,
    response_description="之前、之后与差 · before, after, and the difference",
    responses=table_responses(400, 404, 413, 414, 415, 422, 503),
)
async def what_if(
    asked: Annotated[WhatIfParameters, Body(openapi_examples=EXAMPLES)], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_what_if(asked, service)
    return await answer_as(asked.format, "what_if", answer, asked.lang)


async def answer_what_if(asked: WhatIfParameters, service: Service) -> dict[str, Any]:
    """Before, after and the difference, in every district and at every moment asked about."""
    desk = service.desk
    changes = changes_of(asked, asked.crs)
    if not len(changes):
        raise InvalidInput(
            Words("没有任何更改", "changes nothing"),
            field="add",
            mend=Words("请给出 add、remove、move 或 change_hours", "give add, remove, move or change_hours"),
        )
    at_most(len(changes), service.settings.coverage.max_changes, "add")
    scene = await desk.scene(await question_of(asked, asked.code, service))
    then = await desk.work(changed, scene, changes)

    def both() -> tuple[Coverage, Coverage]:
        return (
            desk.measurer.cover(scene, scene.supply),
            desk.measurer.cover(scene, then),
        )

    before, after = await desk.work(both)
    method = await method_of(scene, service)
    area = area_shape(scene.area.itself, asked.lang)
    points, total = scene.outside
    frame = {
        "query": asked.echo(asked.code),
        "method": method,
        "area": area,
        "outside": {"points": points, "total": total},
    }
    shapes = [coverage_shape(one, scene.area, scene.moments, asked.lang) for one in (before, after)]
    week = scene.moments.week is not None
    del (
        frame["query"]["add"],
        frame["query"]["remove"],
        frame["query"]["move"],
        frame["query"]["change_hours"],
    )
    return {
        "query": frame["query"],
        "method": method,
        "area": area,
        "changes": {
            "add": len(asked.add), "remove": len(asked.remove), "move": len(asked.move),
            "change_hours": len(asked.change_hours),
        },
        "before": {**frame, **shapes[0]},
        "after": {**frame, **shapes[1]},
        "difference": _difference(before.whole, after.whole, None, week),
        "districts": [
            {
                "code": part["code"],
                "name": part["name"],
                **_difference(
                    before.by_area, after.by_area, before.areas.index(part["code"]), week
                ),
            }
            for part in shapes[0]["districts"]
        ],
    }  # fmt: skip


def _difference(before: Measures, after: Measures, place: int | None, week: bool) -> dict[str, Any]:
    return {
        name: {
            figure: listed(
                series(after, figure, reading, place) - series(before, figure, reading, place),
                DIGITS.get(figure, 1),
                week=week,
            )
            for figure in ("covered", "share", "mean_distance_m")
        }
        for reading, name in enumerate(READINGS)
    }
