"""GET /v1/stations/{id}/history and POST /v1/stations/{id}/revert."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Query, Response
from fastapi.openapi.models import Example
from psycopg import Connection
from pydantic import Field

from geoapi.accounts.permissions import Act, may
from geoapi.api.answers import Answer, json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import IfMatch, Post, version_of
from geoapi.api.dependencies import ServiceDep
from geoapi.api.editing.shapes import ManagedStation, Reason, ShownParameters
from geoapi.api.parameters import Parameters, PlainText
from geoapi.api.stations import StationId
from geoapi.editing.history import Told, tell
from geoapi.editing.replay import replay
from geoapi.editing.revert import Revert, revert
from geoapi.editing.station import locked_station
from geoapi.editing.transaction import Answered
from geoapi.queries.history import station_history

router = APIRouter(prefix="/v1/stations", tags=["managing"])

REVERTS: dict[str, Example] = {
    "undo": {"summary": "撤销第 5 版的修改 · undo what version 5 changed", "value": {"version": 5}},
    "to": {
        "summary": "恢复到第 3 版时的样子 · everything as version 3 had it",
        "value": {"version": 3, "mode": "to", "reason": "改错了站点"},
    },
}


class HistoryParameters(ShownParameters):
    """Which page of the history, and how it is told."""

    cursor: Annotated[
        PlainText | None, Field(max_length=500, description="上一页的 next_cursor · from the page before")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="每页几条 · how many a page")] = 50


class Who(Answer):
    """Who changed something: an account by the name it had, an import by its source, a command."""

    name: str
    account_id: str | None
    kind: Literal["account", "import", "service", "command"]


class FieldChange(Answer):
    """What became of one field, in words that can be read."""

    field: str
    label: str
    before: Any
    after: Any


class Revision(Answer):
    """One change of a station."""

    version: int
    at: datetime
    who: Who
    address: str | None = Field(
        description="来源地址，仅管理员与审计员可见 · for administrators and auditors only"
    )
    action: str
    action_name: str
    reason: str | None
    revert_of: int | None = Field(description="撤销或恢复的是哪一版 · the version that a revert speaks of")
    file: str | None = Field(description="导入的文件 · the file of an import")
    changes: list[FieldChange]
    sentence: str = Field(description="一句话 · the whole of it on one line")


class StationHistory(Answer):
    """A page of a station's history, newest first."""

    items: list[Revision]
    next_cursor: str | None


class RevertBody(Parameters):
    """What to put back."""

    version: Annotated[int, Field(ge=1, le=2**31 - 1, description="哪一版 · which version", examples=[5])]
    mode: Annotated[
        Literal["undo", "to"],
        Field(
            description="undo 撤销该版的修改,to 恢复到该版 · undo that revision, or go back to that version"
        ),
    ] = "undo"
    force: Annotated[
        bool, Field(description="后来又改过的也一并撤销 · also what has changed again since")
    ] = False
    reason: Reason = None


@router.get(
    "/{id}/history",
    summary="修改历史 · the history of a station",
    response_model=StationHistory,
    responses=problem_responses(401, 403, 404, 414, 422, 503),
    description="谁、何时、改了什么、从什么改成什么，新的在前。每条附一句话。\n\n"
    "Who did what, when, and what became what; newest first, each with a sentence.",
)
async def history_of_station(
    id: StationId, asked: Annotated[HistoryParameters, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    page = await station_history(service.database, caller, id, limit=asked.limit, cursor=asked.cursor)
    told = Told(
        lang=asked.lang,
        zone=ZoneInfo(page.time_zone),
        crs=asked.crs,
        catalog=await service.catalog.current(),
        now=datetime.now(UTC),
        organisations={id_: name.in_language(asked.lang) for id_, name in page.organisations.items()},
        files=page.files,
    )
    shows_address = may(caller, Act.READ_EVENTS, page.path)
    items = []
    was = replay([page.fields_before])
    for revision in reversed(page.revisions):
        address = revision["address"] if shows_address else None
        items.append({**tell(revision, was, told), "address": address})
        was = was.changed(revision["after"])
    body = {"items": items[::-1], "next_cursor": page.next_cursor}
    return json_answer(body, headers={"Cache-Control": "no-store", "Content-Language": asked.lang})


@router.post(
    "/{id}/revert",
    summary="撤销或恢复 · put back",
    response_model=ManagedStation,
    responses=problem_responses(401, 403, 404, 409, 412, 413, 414, 415, 422, 428, 503),
    description="`undo` 撤销某一版的修改；同一项后来又改过则 409,`force` 一并撤销。`to` 恢复到某一版。"
    "已过去的临时关闭与故障不变。撤销本身也记入历史，也可撤销。\n\n"
    "`undo` puts back what one revision changed; 409 where that has changed again since, unless `force`. "
    "`to` puts everything back as that version had it. Closures and outages that are over stay as they were. "
    "A revert is on record too, and can be undone.",
)
async def revert_station(
    id: StationId,
    asked: Annotated[RevertBody, Body(openapi_examples=REVERTS)],
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    def put_back(conn: Connection) -> Answered:
        row = locked_station(conn, change.by, id, Act.EDIT_STATION)
        wanted = Revert(asked.version, asked.mode, version_of(if_match), asked.force)
        return revert(conn, change.by, row, wanted, change.service.settings.editing, shown.showing())

    return await change("revert", put_back, reason=asked.reason)
