"""POST /v1/stations and …/{id}/retire, restore, move, reassign: what administrators do to stations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Response
from fastapi.openapi.models import Example
from psycopg import Connection
from pydantic import Field

from geoapi.accounts.permissions import Act
from geoapi.api.answers import problem_responses
from geoapi.api.changes import Changing, IfMatch, Post, version_of
from geoapi.api.editing.shapes import (
    LINE,
    CodeText,
    DetailsBody,
    LocationBody,
    ManagedStation,
    NameText,
    Reason,
    ReasonBody,
    ShownParameters,
)
from geoapi.api.parameters import Parameters
from geoapi.api.people import IdText
from geoapi.api.stations import StationId
from geoapi.editing import lifecycle
from geoapi.editing.lifecycle import NewStation
from geoapi.editing.managed import Showing
from geoapi.editing.stale import require_version
from geoapi.editing.station import locked_station
from geoapi.editing.texts import REASON_LENGTH
from geoapi.editing.transaction import Answered
from geoapi.editing.vocabulary import catalog_of

router = APIRouter(prefix="/v1/stations", tags=["administration"])

ReasonGiven = Annotated[
    str,
    LINE,
    Field(
        min_length=1,
        max_length=REASON_LENGTH,
        description="原因，记入历史 · why; goes into the history",
        examples=["原址拆迁"],
    ),
]
NEW: dict[str, Example] = {
    "new": {
        "summary": "新站点 · a new station",
        "value": {
            "kind": "care_station",
            "name": "金鱼胡同暖心驿站",
            "location": {"lon": 116.4153, "lat": 39.9149, "crs": "wgs84"},
            "hours": {"text": "每天 8:00-20:00"},
            "amenities": ["hot_water", "microwave"],
        },
    }
}
RETIREMENTS: dict[str, Example] = {"plain": {"summary": "停用 · retire", "value": {"reason": "原址拆迁"}}}
RESTORATIONS: dict[str, Example] = {
    "plain": {"summary": "恢复 · bring back", "value": {"reason": "装修结束"}}
}
MOVES: dict[str, Example] = {
    "plain": {
        "summary": "迁移 · move",
        "value": {"location": {"lon": 116.4169, "lat": 39.9163, "crs": "wgs84"}, "reason": "搬到对面楼"},
    }
}
# null cannot be shown: FastAPI leaves it out of examples
REASSIGNMENTS: dict[str, Example] = {
    "to": {
        "summary": "改由某组织管理 · to an organisation",
        "value": {"organisation_id": "4", "reason": "移交街道"},
    },
}


class NewStationBody(DetailsBody):
    """A station to be made."""

    kind: Annotated[CodeText, Field(description="类别 · kind, a code", examples=["care_station"])]
    name: Annotated[NameText, Field(description="名称 · name")]
    location: Annotated[LocationBody, Field(description="位置 · position")]
    organisation_id: Annotated[
        IdText | None, Field(description="管理组织；不填则属所在区 · whose it is; its district's if left out")
    ] = None
    force: Annotated[
        bool, Field(description="附近已有名称相近的也新建 · also where one of this name is near")
    ] = False
    reason: Reason = None


class RetireBody(Parameters):
    """Why it is retired."""

    reason: ReasonGiven


class MoveBody(Parameters):
    """Where to, and why."""

    location: LocationBody
    reason: ReasonGiven


class ReassignBody(Parameters):
    """To whom, and why."""

    organisation_id: Annotated[
        IdText | None, Field(description="组织编号;null 为所在区的 · an id; null: its district's own")
    ]
    reason: ReasonGiven


Work = Callable[[Connection, Mapping[str, Any], Showing], Answered]
CHANGES_ONE = problem_responses(401, 403, 404, 409, 412, 413, 414, 415, 422, 428, 503)


async def _administer(
    change: Changing,
    action: str,
    id: int,
    work: Work,
    *,
    if_match: str | None,
    shown: ShownParameters,
    reason: str | None,
) -> Response:
    """Do `work` to the locked station, by an administrator of it who knows its present version."""

    def administer(conn: Connection) -> Answered:
        row = locked_station(conn, change.by, id, Act.ADMINISTER_STATION)
        showing = shown.showing()
        version = version_of(if_match)
        require_version(conn, row, version, {}, catalog_of(conn), change.service.settings.editing, showing)
        return work(conn, row, showing)

    return await change(action, administer, reason=reason)


@router.post(
    "",
    status_code=201,
    summary="新建站点 · make a station",
    response_description="新站点 · the new station",
    response_model=ManagedStation,
    responses=problem_responses(401, 403, 409, 413, 414, 415, 422, 503),
    description="位置须在您管理的区内。50 米内已有名称相近的同类站点时 409,`force` 仍新建。\n\n"
    "It must lie in a district that you administer. 409 where one of its kind and nearly its name is within "
    "50 m, unless `force`.",
)
async def create_station(
    asked: Annotated[NewStationBody, Body(openapi_examples=NEW)],
    shown: Annotated[ShownParameters, Query()],
    change: Post,
) -> Response:
    organisation = int(asked.organisation_id) if asked.organisation_id is not None else None
    new = NewStation(asked.kind, asked.changes(), organisation, asked.force)
    settings = change.service.settings.editing
    return await change(
        "create",
        lambda conn: lifecycle.create(conn, change.by, new, settings, shown.showing()),
        reason=asked.reason,
    )


@router.post(
    "/{id}/retire",
    summary="停用站点 · retire a station",
    response_model=ManagedStation,
    responses=CHANGES_ONE,
    description="从现在起不再列出，历史保留，可恢复。\n\n"
    "From now on it is no longer listed; its history stays, and it can be brought back.",
)
async def retire_station(
    id: StationId,
    asked: Annotated[RetireBody, Body(openapi_examples=RETIREMENTS)],
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    def work(conn: Connection, row: Mapping[str, Any], showing: Showing) -> Answered:
        return lifecycle.retire(conn, row, change.service.settings.editing, showing)

    return await _administer(change, "retire", id, work, if_match=if_match, shown=shown, reason=asked.reason)


@router.post(
    "/{id}/restore",
    summary="恢复站点 · bring a station back",
    response_model=ManagedStation,
    responses=CHANGES_ONE,
)
async def restore_station(
    id: StationId,
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    asked: Annotated[ReasonBody | None, Body(openapi_examples=RESTORATIONS)] = None,
    if_match: IfMatch = None,
) -> Response:
    def work(conn: Connection, row: Mapping[str, Any], showing: Showing) -> Answered:
        return lifecycle.restore(conn, row, change.service.settings.editing, showing)

    reason = asked.reason if asked is not None else None
    return await _administer(change, "restore", id, work, if_match=if_match, shown=shown, reason=reason)


@router.post(
    "/{id}/move",
    summary="迁移站点 · move a station",
    response_model=ManagedStation,
    responses=CHANGES_ONE,
    description="立即生效，不限距离；新位置所在的区也须由您管理。等待批准的迁移申请随之撤回。\n\n"
    "At once, however far; the district there must be yours to administer too. A move that waits for "
    "approval is withdrawn.",
)
async def move_station(
    id: StationId,
    asked: Annotated[MoveBody, Body(openapi_examples=MOVES)],
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    location = asked.location.model_dump()

    def work(conn: Connection, row: Mapping[str, Any], showing: Showing) -> Answered:
        return lifecycle.move(conn, change.by, row, location, change.service.settings.editing, showing)

    return await _administer(change, "move", id, work, if_match=if_match, shown=shown, reason=asked.reason)


@router.post(
    "/{id}/reassign",
    summary="改由其他组织管理 · give a station to another organisation",
    response_model=ManagedStation,
    responses=CHANGES_ONE,
    description="现在的与新的组织都须由您管理。\n\n"
    "The organisation that has it and the one that is to have it must both be yours to administer.",
)
async def reassign_station(
    id: StationId,
    asked: Annotated[ReassignBody, Body(openapi_examples=REASSIGNMENTS)],
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    organisation = int(asked.organisation_id) if asked.organisation_id is not None else None

    def work(conn: Connection, row: Mapping[str, Any], showing: Showing) -> Answered:
        return lifecycle.reassign(
            conn, change.by, row, organisation, change.service.settings.editing, showing
        )

    return await _administer(
        change, "reassign", id, work, if_match=if_match, shown=shown, reason=asked.reason
    )
