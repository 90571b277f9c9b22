"""/v1/manage/quarantine: the rows of imports that wait, mended in place, tried again, set aside."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Query, Response
from fastapi.openapi.models import Example
from pydantic import Field

from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import Changing, Post
from geoapi.api.dependencies import ServiceDep
from geoapi.api.editing.shapes import LINE, ShownParameters
from geoapi.api.manage.quarantine_rows import (
    RowDecision,
    RowOutcome,
    RowsOutcome,
    RowsSetAside,
    WaitingList,
    WaitingRow,
    listed,
    told,
)
from geoapi.api.parameters import LangField, Parameters, PlainText
from geoapi.api.people import ListOf, RowId
from geoapi.editing import quarantine
from geoapi.editing.quarantine import Chosen, Desk
from geoapi.editing.texts import REASON_LENGTH
from geoapi.editing.waiting_reasons import reason_words
from geoapi.queries.quarantine import State, WaitingFilter, get_waiting, list_waiting

router = APIRouter(prefix="/v1/manage/quarantine", tags=["administration"])
NO_STORE = {"Cache-Control": "no-store"}
# some thousand rows are read and merged before it answers
PATIENCE_S = 120
LONGEST_CELL = 5_000
MOST_CELLS = 300

SourceField = Annotated[
    PlainText, Field(min_length=1, max_length=60, description="来源 · the source", examples=["test"])
]
OneSource = Annotated[
    PlainText | None,
    Field(min_length=1, max_length=60, description="来源 · of this source only", examples=["test"]),
]
OneBatch = Annotated[PlainText | None, Field(max_length=60, description="批次 · of this load only")]
OneReason = Annotated[
    PlainText | None,
    Field(max_length=60, description="原因代码 · for this reason only", examples=["no_coordinates"]),
]

CELLS: dict[str, Example] = {
    "mended": {
        "summary": "改两格 · two cells mended",
        "value": {"cells": {"经度": "116.41", "纬度": "39.91"}},
    },
    "as it is": {"summary": "原样再试 · as it came", "value": {}},
}
CHOSEN: dict[str, Example] = {
    "reason": {
        "summary": "一个来源、一种原因 · one source, one reason",
        "value": {"source": "test", "reason": "unknown_kind"},
    }
}
ASIDE: dict[str, Example] = {"note": {"summary": "已撤销 · it is no more", "value": {"note": "已撤销的站点"}}}
ALL_ASIDE: dict[str, Example] = {
    "note": {
        "summary": "同一原因的全部 · all of one reason",
        "value": {"source": "test", "reason": "there_is_none", "note": "来源注明没有"},
    }
}


class WaitingAsked(ListOf):
    """Which rows."""

    state: Annotated[
        State,
        Field(
            description="waiting 待查、accepted 已导入、set_aside 不导入、overtaken 后来的文件另有说法 · "
            "as they stand; overtaken: a later file says otherwise"
        ),
    ] = "waiting"
    source: OneSource = None
    batch: OneBatch = None
    reason: OneReason = None
    lang: LangField = "zh"


class CellsBody(Parameters):
    """The cells that are corrected, by column; the others stay as they came."""

    cells: Annotated[
        dict[
            Annotated[PlainText, Field(max_length=500)],
            Annotated[PlainText, Field(max_length=LONGEST_CELL)],
        ],
        Field(max_length=MOST_CELLS, description="改过的单元格 · cells as they are to be, by column"),
    ] = {}  # noqa: RUF012


class ChosenBody(Parameters):
    """Waiting rows of a source."""

    source: SourceField
    batch: OneBatch = None
    reason: OneReason = None

    def chosen(self) -> Chosen:
        return Chosen(self.source, self.batch, self.reason)


Why = Annotated[
    str,
    LINE,
    Field(
        min_length=1, max_length=REASON_LENGTH, description="为何不导入 · why it is not to be loaded",
        examples=["已撤销的站点"],
    ),
]  # fmt: skip


class AsideBody(Parameters):
    """Why it is not to be loaded."""

    note: Why


class AllAsideBody(ChosenBody):
    """Which rows are not to be loaded, and why."""

    note: Why


@router.get(
    "",
    summary="待查的行 · rows of imports that wait",
    response_model=WaitingList,
    responses=problem_responses(401, 403, 414, 422, 503),
    description="您的区域内的行，新的在前。看不出属于哪个区的行归市级。\n\n"
    "Rows that belong to your districts, the newest first. Where nobody can tell, they are the city's.",
)
async def waiting_rows(
    asked: Annotated[WaitingAsked, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    page = await list_waiting(
        service.database,
        caller,
        WaitingFilter(asked.state, asked.source, asked.batch, asked.reason),
        cursor=asked.cursor,
        limit=asked.limit,
    )
    counts = [
        {
            "source": source,
            "reason": reason,
            "text": reason_words(reason).in_language(asked.lang),
            "rows": rows,
        }
        for source, reason, rows in page.counts
    ]
    return json_answer(
        {
            "items": [listed(row, asked.lang) for row in page.rows],
            "next_cursor": page.next_cursor,
            "counts": counts,
            "total": sum(rows for *_, rows in page.counts),
        },
        headers=NO_STORE,
    )


@router.get(
    "/{id}",
    summary="一行的各列 · one row with its columns",
    response_model=WaitingRow,
    responses=problem_responses(401, 404, 414, 422, 503),
)
async def waiting_row(
    id: RowId, shown: Annotated[ShownParameters, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    row, may_mend = await get_waiting(service.database, caller, id)
    catalog = await service.catalog.current()
    return json_answer(told(row, may_mend, service, catalog, shown.lang), headers=NO_STORE)


@router.post(
    "/{id}/preview",
    summary="这一行会成为什么 · what the row would become",
    response_model=RowOutcome,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
    description="不保存：改好后会成为怎样的站点，或仍因何不能导入、问题在哪一列。\n\n"
    "Keeps nothing: the station that it would become, or why it would be refused again and in which column.",
)
async def preview_row(
    id: RowId,
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    asked: Annotated[CellsBody | None, Body(openapi_examples=CELLS)] = None,
) -> Response:
    cells = asked.cells if asked else {}
    desk = _desk(change, shown)
    return await change(
        "edit",
        lambda conn: quarantine.preview_row(conn, change.by, desk, id, cells),
        patience_s=PATIENCE_S,
    )


@router.post(
    "/{id}/retry",
    summary="改好并导入一行 · mend a row and load it",
    response_model=RowOutcome,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
    description="原行与改动都留有记录；同一文件再次导入时沿用改动。仍不能导入则 422，指出是哪一列。\n\n"
    "The row as it came stays on record beside the mend, which holds for the same row of a later file. 422 "
    "names the column where it is refused again.",
)
async def retry_row(
    id: RowId,
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    asked: Annotated[CellsBody | None, Body(openapi_examples=CELLS)] = None,
) -> Response:
    cells = asked.cells if asked else {}
    desk = _desk(change, shown)
    return await change(
        "import",
        lambda conn: quarantine.retry_row(conn, change.by, desk, id, cells),
        patience_s=PATIENCE_S,
    )


@router.post(
    "/{id}/set-aside",
    summary="不导入这一行 · decide that a row is not to be loaded",
    response_model=RowDecision,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
    description="行仍留有记录，可以恢复；同样的行再次出现时也不导入。\n\n"
    "The row stays on record and can be restored. The same row of a later file is not loaded either.",
)
async def set_aside_row(
    id: RowId, asked: Annotated[AsideBody, Body(openapi_examples=ASIDE)], change: Post
) -> Response:
    return await change("edit", lambda conn: quarantine.set_aside_row(conn, change.by, id, asked.note))


@router.post(
    "/{id}/restore",
    summary="恢复为待查 · let a row wait again that was set aside",
    response_model=RowDecision,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
)
async def restore_row(id: RowId, change: Post) -> Response:
    return await change("edit", lambda conn: quarantine.restore_row(conn, change.by, id))


@router.post(
    "/preview",
    summary="这些行会成为什么 · what all of these would become",
    response_model=RowsOutcome,
    responses=problem_responses(401, 403, 404, 413, 414, 415, 422, 503),
    description="不保存。一次最多 2,000 行，`left` 是剩下的。\n\n"
    "Keeps nothing. 2,000 rows at most; `left` says how many more there are.",
)
async def preview_rows(
    asked: Annotated[ChosenBody, Body(openapi_examples=CHOSEN)],
    shown: Annotated[ShownParameters, Query()],
    change: Post,
) -> Response:
    desk = _desk(change, shown)
    return await change(
        "edit",
        lambda conn: quarantine.preview_rows(conn, change.by, desk, asked.chosen()),
        patience_s=PATIENCE_S,
    )


@router.post(
    "/retry",
    summary="全部再试 · try all of these again",
    response_model=RowsOutcome,
    responses=problem_responses(401, 403, 404, 413, 414, 415, 422, 503),
    description="按来源最近的映射、现在的区界与词表，原样再试。一次最多 2,000 行。\n\n"
    "As they came, by the source's latest mapping and by the districts and words of now: for when a mapping "
    "was mended. 2,000 rows at most.",
)
async def retry_rows(
    asked: Annotated[ChosenBody, Body(openapi_examples=CHOSEN)],
    shown: Annotated[ShownParameters, Query()],
    change: Post,
) -> Response:
    desk = _desk(change, shown)
    return await change(
        "import",
        lambda conn: quarantine.retry_rows(conn, change.by, desk, asked.chosen()),
        patience_s=PATIENCE_S,
    )


@router.post(
    "/set-aside",
    summary="这些行都不导入 · decide that none of these is to be loaded",
    response_model=RowsSetAside,
    responses=problem_responses(401, 403, 404, 413, 414, 415, 422, 503),
)
async def set_aside_rows(
    asked: Annotated[AllAsideBody, Body(openapi_examples=ALL_ASIDE)], change: Post
) -> Response:
    return await change(
        "edit", lambda conn: quarantine.set_aside_rows(conn, change.by, asked.chosen(), asked.note)
    )


def _desk(change: Changing, shown: ShownParameters) -> Desk:
    settings = change.service.settings
    return Desk(change.service.loading, settings.editing, settings.schedule.horizon_days, shown.showing())
