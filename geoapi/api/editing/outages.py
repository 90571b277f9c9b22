"""POST /v1/stations/{id}/amenities/{code}/outage, and its end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Body, Path, Response
from fastapi.openapi.models import Example
from psycopg import Connection
from pydantic import Field

from geoapi.api.answers import Answer, problem_responses
from geoapi.api.changes import IfMatch, Post, version_of
from geoapi.api.editing.dated import ExpectedField, ShownNote
from geoapi.api.parameters import Parameters, PlainText
from geoapi.api.stations import StationId
from geoapi.editing import outages
from geoapi.editing.dated import editable_station
from geoapi.editing.transaction import Answered

router = APIRouter(prefix="/v1/stations", tags=["managing"])
AmenityCode = Annotated[
    PlainText, Path(max_length=50, description="设施代码 · the amenity's code", examples=["microwave"])
]


class OutageBody(Parameters):
    """What is known of it; nothing is needed."""

    until: Annotated[
        ExpectedField | None,
        Field(
            description="预计修复：某天(至当天结束)或时刻，届时自动恢复 · expected repair: to the end of a "
            "day or until a moment; it counts as working again then",
            examples=["2026-12-05"],
        ),
    ] = None
    note: Annotated[ShownNote, Field(description="说明 · a remark", examples=["已报修"])] = None


class Outage(Answer):
    """An amenity out of order; `until` null: nobody knows. `station_version` is what its station came to."""

    id: str
    amenity: str
    since: datetime | None
    until: datetime | None
    note: str | None
    station_version: int


BREAKDOWNS: dict[str, Example] = {
    "expected": {
        "summary": "预计某天修好 · expected to work again after a day",
        "value": {"until": "2026-12-05", "note": "已报修"},
    },
    "open": {"summary": "不知何时修好 · nobody knows when", "value": {}},
}
PROBLEMS: dict[int | str, dict[str, Any]] = problem_responses(
    401, 403, 404, 409, 412, 413, 414, 415, 422, 428, 503
)


@router.post(
    "/{id}/amenities/{code}/outage",
    status_code=201,
    summary="设施故障 · an amenity is out of order",
    response_model=Outage,
    response_description="已登记 · on record",
    responses={
        200: {"model": Outage, "description": "已在故障中，更新预计修复时间 · out of order already; updated"},
        **PROBLEMS,
    },
    description="立即不再按可用设施查到。有预计修复时间的届时自动恢复；再次提交则更新。\n\n"
    "At once nobody who asks for it is sent here. With an expected repair it counts as working again then; "
    "sent again, the expected repair is updated.",
)
async def break_amenity(
    id: StationId,
    code: AmenityCode,
    change: Post,
    asked: Annotated[OutageBody | None, Body(openapi_examples=BREAKDOWNS)] = None,
    if_match: IfMatch = None,
) -> Response:
    said = asked or OutageBody()

    def break_down(conn: Connection) -> Answered:
        version = None if if_match is None else version_of(if_match)
        row = editable_station(conn, change.by, id, version, change.service.settings.editing)
        return outages.break_down(conn, row, code, said.until, said.note)

    return await change("break", break_down, reason=said.note)


@router.post(
    "/{id}/amenities/{code}/outage/end",
    summary="设施恢复 · an amenity works again",
    response_model=Outage,
    response_description="已恢复 · the outage that is over",
    responses=PROBLEMS,
)
async def repair_amenity(
    id: StationId,
    code: AmenityCode,
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    def repair(conn: Connection) -> Answered:
        version = None if if_match is None else version_of(if_match)
        row = editable_station(conn, change.by, id, version, change.service.settings.editing)
        return outages.repair(conn, row, code)

    return await change("repair", repair)
