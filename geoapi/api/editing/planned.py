"""/v1/stations/{id}/planned: changes that wait for their day."""

from __future__ import annotations

from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Response
from psycopg import Connection

from geoapi.accounts.permissions import Act
from geoapi.api.answers import Answer, json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import Change
from geoapi.api.dependencies import ServiceDep
from geoapi.api.editing.shapes import PlannedChange
from geoapi.api.stations import StationId
from geoapi.editing import planned
from geoapi.editing.station import locked_station
from geoapi.editing.transaction import Answered
from geoapi.queries.planned import planned_changes

router = APIRouter(prefix="/v1/stations", tags=["managing"])
PlannedId = Annotated[
    int, Path(ge=1, le=2**63 - 1, description="预定修改的编号 · the planned change's id", examples=[1])
]
NO_STORE = {"Cache-Control": "no-store"}


class PlannedList(Answer):
    """What waits for a station, by day; a lapsed one waits for somebody to plan it anew, or cancel it."""

    items: list[PlannedChange]
    next_cursor: None


@router.get(
    "/{id}/planned",
    summary="预定的修改 · changes that wait for their day",
    response_model=PlannedList,
    responses=problem_responses(401, 403, 404, 414, 422, 503),
    description="用 PATCH 的 `effective_on` 预定。已生效的见历史。\n\nPlanned with `effective_on` of PATCH. "
    "What has taken effect is in the history.",
)
async def planned_of_station(id: StationId, service: ServiceDep, caller: SignedIn) -> Response:
    rows, zone = await planned_changes(service.database, caller, id)
    catalog = await service.catalog.current()
    items = [
        planned.planned_shape({**row, "created_at": row["created_at"].astimezone(ZoneInfo(zone))}, catalog)
        for row in rows
    ]
    return json_answer({"items": items, "next_cursor": None}, headers=NO_STORE)


@router.delete(
    "/{id}/planned/{planned_id}",
    status_code=204,
    response_description="已取消 · cancelled",
    summary="取消预定的修改 · cancel a planned change",
    responses=problem_responses(401, 403, 404, 409, 414, 422, 503),
)
async def cancel_planned(
    id: StationId,
    planned_id: PlannedId,
    change: Change,
) -> Response:
    def cancel(conn: Connection) -> Answered:
        planned.cancel(conn, change.by, locked_station(conn, change.by, id, Act.EDIT_STATION), planned_id)
        return Answered(None, 204)

    return await change("edit", cancel)
