"""GET /v1/districts/{code}/targets."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.parameters import Codes, LangField, Moment, Parameters
from geoapi.api.planning.answers import Targets
from geoapi.api.planning.formats import answer_as, table_responses
from geoapi.api.planning.method import area_shape
from geoapi.api.planning.parameters import CodePath, Format
from geoapi.queries.catalog import Catalog
from geoapi.queries.planning.areas import Part
from geoapi.queries.targets import TargetItem, shape_of, targets_of

router = APIRouter(prefix="/v1/districts", tags=["planning"])


class TargetParameters(Parameters):
    """What is planned, what is there, how much of it was verified, and what is open at a time."""

    kind: Annotated[Codes, Field(description="类别 · kinds; else all", examples=[["nursing_room"]])] = []  # noqa: RUF012
    at: Annotated[
        Moment | None, Field(description="时刻，须带时区，默认现在 · a time, with an offset; else now")
    ] = None
    lang: LangField = "zh"
    format: Annotated[Format, Field(description="答复的格式 · format of the answer")] = "json"


@router.get(
    "/{code}/targets",
    summary="目标 · targets: planned, existing, verified, open and missing",
    response_model=Targets,
    responses=table_responses(404, 414, 422, 503),
)
async def targets(
    code: CodePath, asked: Annotated[TargetParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_targets(code, asked, service)
    return await answer_as(asked.format, "targets", answer, asked.lang)


async def answer_targets(code: str, asked: TargetParameters, service: Service) -> dict[str, Any]:
    """The answer to one question, ready for JSON."""
    catalog = await service.catalog.current()
    kind_ids = catalog.kind_ids(asked.kind)
    at = asked.at or datetime.now(UTC).replace(microsecond=0)
    area, states, moments = await service.desk.states(code, kind_ids, at)
    parts = {part.code: part for part in area.parts}
    found = await targets_of(
        service.database,
        list(parts),
        at,
        whole=area.itself.code,
        kind_ids=kind_ids,
        states=states,
        now=datetime.now(UTC),
    )
    return {
        "query": {"code": code, **asked.model_dump()},
        "area": area_shape(area.itself, asked.lang),
        "at": moments.local()[0],
        "items": [
            _item(item, parts[item.district_code], catalog, asked)
            for item in found.items
            # what lies in the area and in none of its districts, where there is any
            if item.district_code and (not parts[item.district_code].rest or item.count.existing)
        ],
        "total": [_shape(item, catalog) for item in found.total],
    }


def _item(item: TargetItem, part: Part, catalog: Catalog, asked: TargetParameters) -> dict[str, Any]:
    named = area_shape(part, asked.lang)
    return {
        "district": {"code": named["code"], "name": named["name"]},
        "rest": part.rest,
        **_shape(item, catalog),
    }


def _shape(item: TargetItem, catalog: Catalog) -> dict[str, Any]:
    return {"kind": catalog.kind_by_id[item.kind_id].code, **shape_of(item)}
