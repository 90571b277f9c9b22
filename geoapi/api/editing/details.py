"""PATCH /v1/stations/{id} and POST /v1/stations/{id}/confirm."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from fastapi.openapi.models import Example
from psycopg import Connection

from geoapi.accounts.permissions import Act
from geoapi.api.answers import problem_responses
from geoapi.api.changes import Change, IfMatch, Post, version_of
from geoapi.api.editing.shapes import ManagedStation, PatchBody, ReasonBody, ShownParameters
from geoapi.api.stations import StationId
from geoapi.editing.confirm import confirm
from geoapi.editing.details import Edit, edit_details
from geoapi.editing.station import locked_station
from geoapi.editing.transaction import Answered

router = APIRouter(prefix="/v1/stations", tags=["managing"])

EDITS: dict[str, Example] = {
    "text": {
        "summary": "开放时间与电话 · hours and telephone",
        "value": {"hours": {"text": "周一至周五 9:00-17:30"}, "phone": "010-12345678", "reason": "换了店长"},
    },
    "week": {
        "summary": "一周表 · a table of the week",
        "value": {
            "hours": {
                "week": [["09:00-17:30"], ["09:00-17:30"], ["09:00-17:30"], ["09:00-17:30"],
                         ["09:00-12:00", "13:00-17:30"], [], []],
                "holidays": "closed",
            }
        },
    },
}  # fmt: skip
CONFIRMATIONS: dict[str, Example] = {"plain": {"summary": "仍然正确 · still correct", "value": {}}}
YET_TO_COME: dict[int | str, dict[str, Any]] = {
    202: {
        "model": ManagedStation,
        "description": "已接受，部分待批准或到期生效 · accepted; a move waits, or the day is yet to come",
    }
}


@router.patch(
    "/{id}",
    summary="修改站点信息 · change details of a station",
    response_model=ManagedStation,
    responses={
        **YET_TO_COME,
        **problem_responses(401, 403, 404, 409, 412, 413, 414, 415, 422, 428, 503),
    },
    description="须用 `If-Match` 带上所依据的版本；已被他人修改时 412，附当前状态与逐项差异。"
    "没有提到的项不变,null 为清空。`effective_on` 为将来的日期时到期生效；迁得远须管理员批准。\n\n"
    "Needs `If-Match` with the version it was made of; 412 with the current state and a field-by-field "
    "difference when somebody else was first. What is not sent stays, null clears. With `effective_on` it "
    "takes effect on that day; a far move waits for an administrator.",
)
async def edit_station(
    id: StationId,
    asked: Annotated[PatchBody, Body(openapi_examples=EDITS)],
    shown: Annotated[ShownParameters, Query()],
    change: Change,
    if_match: IfMatch = None,
) -> Response:
    def edit(conn: Connection) -> Answered:
        row = locked_station(conn, change.by, id, Act.EDIT_STATION)
        wanted = Edit(version_of(if_match), asked.changes(), asked.reason, asked.effective_on)
        return edit_details(conn, change.by, row, wanted, change.service.settings.editing, shown.showing())

    return await change("edit", edit, reason=asked.reason)


@router.post(
    "/{id}/confirm",
    summary="仍然正确 · still correct",
    response_model=ManagedStation,
    responses=problem_responses(401, 403, 404, 409, 412, 413, 414, 415, 422, 428, 503),
    description="一次点击：站点信息仍与实际相符，记下核实时间。带 `If-Match` 时只确认那一版。\n\n"
    "One tap: what is told of the station is still so; notes when it was confirmed. With `If-Match` only "
    "that version is.",
)
async def confirm_station(
    id: StationId,
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    asked: Annotated[ReasonBody | None, Body(openapi_examples=CONFIRMATIONS)] = None,
    if_match: IfMatch = None,
) -> Response:
    reason = asked.reason if asked is not None else None

    def confirmed(conn: Connection) -> Answered:
        row = locked_station(conn, change.by, id, Act.EDIT_STATION)
        version = version_of(if_match) if if_match is not None else None
        return confirm(conn, change.by, row, version, change.service.settings.editing, shown.showing())

    return await change("confirm", confirmed, reason=reason)
