"""GET /v1/districts/{code}/distances."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated, Any

import numpy as np
from fastapi import APIRouter, Query, Request, Response

from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.planning.answers import DistanceDistribution
from geoapi.api.planning.method import area_shape, method_of
from geoapi.api.planning.parameters import CodePath, MomentParameters, question_of
from geoapi.coverage.served import READINGS
from geoapi.queries.planning.distances import CLASSES, PERCENTS, DistancesFound, distances_in

router = APIRouter(prefix="/v1/districts", tags=["planning"])


class DistanceParameters(MomentParameters):
    """How far people have to walk to the nearest open station, at one time."""


@router.get(
    "/{code}/distances",
    summary="距离分布 · distances: how far the nearest open station is, for how many",
    response_model=DistanceDistribution,
    response_description="等宽的距离分组与百分位 · classes of equal width, and percentiles",
    responses=problem_responses(404, 414, 422, 503),
)
async def distances(
    code: CodePath, asked: Annotated[DistanceParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_distances(code, asked, service)
    return json_answer(answer)


async def answer_distances(code: str, asked: MomentParameters, service: Service) -> dict[str, Any]:
    """The answer to one question, ready for JSON."""
    scene = await service.desk.scene(await question_of(asked, code, service))
    found = await service.desk.work(distances_in, scene)
    return {
        "query": asked.echo(code),
        "method": await method_of(scene, service),
        "area": area_shape(scene.area.itself, asked.lang),
        "total": found.total,
        "classes": _classes(found),
        "unreached": _both(one.unreached for one in found.readings),
        "percentiles": [
            {
                "percent": percent,
                **_both(
                    None if np.isnan(metres) else round(float(metres), 1)
                    for metres in found.percentiles[:, at]
                ),
            }
            for at, percent in enumerate(PERCENTS)
        ],
    }


def _classes(found: DistancesFound) -> list[dict[str, Any]]:
    width = found.readings[0].class_m
    return [
        {
            "from_m": round(at * width, 1),
            "upto_m": None if at == CLASSES - 1 else round((at + 1) * width, 1),
            **_both(float(one.weight[at]) for one in found.readings),
        }
        for at in range(CLASSES)
    ]


def _both(values: Iterable[float | None]) -> dict[str, Any]:
    return dict(zip(READINGS, values, strict=True))
