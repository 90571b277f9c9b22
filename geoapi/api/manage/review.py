"""/v1/manage/review: what waits for a decision; and the decisions on moves, conflicts and duplicates."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Response
from fastapi.openapi.models import Example
from pydantic import Field

from geoapi.api.answers import Answer, DistrictRef, json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import Post
from geoapi.api.dependencies import ServiceDep
from geoapi.api.editing.shapes import LINE_OR_NONE, ManagedStation, ShownParameters
from geoapi.api.manage.review_items import review_item
from geoapi.api.parameters import Codes, Parameters, PlainText
from geoapi.api.people import RowId
from geoapi.editing import review
from geoapi.editing.review import Decision, Taken
from geoapi.editing.texts import REASON_LENGTH
from geoapi.errors import UnknownCode, Words
from geoapi.queries.near_codes import near_codes
from geoapi.queries.review import TYPES, ItemType, review_queue

router = APIRouter(prefix="/v1/manage", tags=["administration"])

NOTES: dict[str, Example] = {"plain": {"summary": "附言 · with a note", "value": {"note": "已电话核实"}}}
TAKES: dict[str, Example] = {
    "edited": {"summary": "保留修改的值 · keep what was edited", "value": {"take": "edited"}},
    "imported": {"summary": "采用导入的值 · take what the import says", "value": {"take": "imported"}},
}
DECISIONS: dict[str, Example] = {
    "distinct": {"summary": "是两处 · they are two", "value": {"decision": "distinct"}}
}


class ReviewParameters(ShownParameters):
    """Which part of the queue."""

    type: Annotated[
        Codes,
        Field(
            description="类型，不填为全部 · of these types: move_request, import_conflict, near_duplicate, "
            "planned_change; all if left out"
        ),
    ] = []  # noqa: RUF012
    order: Annotated[
        Literal["newest", "oldest"], Field(description="新的在前或旧的在前 · which come first")
    ] = "newest"
    cursor: Annotated[
        PlainText | None, Field(max_length=500, description="上一页的 next_cursor · from the page before")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="每页几条 · how many a page")] = 50


class ReviewedStation(Answer):
    """A station that something waits for."""

    id: str
    name: str
    kind: str
    version: int
    district: DistrictRef | None


class AllowedAction(Answer):
    """What the caller may do about it."""

    action: Literal[
        "approve", "reject", "withdraw", "take_edited", "take_imported", "mark_reviewed", "cancel"
    ]
    method: Literal["POST", "DELETE"]
    path: str
    body: dict[str, Any] | None


class ReviewItem(Answer):
    """Something that waits for a decision."""

    type: Literal["move_request", "import_conflict", "near_duplicate", "planned_change"]
    id: str
    since: datetime
    station: ReviewedStation
    other: ReviewedStation | None = Field(description="疑似重复的另一处 · the other of two that may be one")
    who: str = Field(description="谁提出的：人或来源 · who asked: a person, or a source")
    what: dict[str, Any] = Field(description="内容，因类型而异 · what it is about, as its type has it")
    sentence: str = Field(description="一句话 · the whole of it on one line")
    actions: list[AllowedAction] = Field(description="您可做的 · what you may do")


class ReviewQueue(Answer):
    """A page of what waits."""

    items: list[ReviewItem]
    next_cursor: str | None


class MoveDecision(Answer):
    """What became of a move that was asked for."""

    id: str
    station_id: str
    decision: Literal["rejected", "withdrawn"]
    note: str | None


class DuplicateDecision(Answer):
    """What became of two stations that may be one."""

    station_id: str
    other_id: str
    decision: Literal["distinct", "same"]


Note = Annotated[
    Annotated[str, Field(max_length=REASON_LENGTH)] | None,
    LINE_OR_NONE,
    Field(description="附言 · a note to whoever asked", examples=["已电话核实"]),
]


class NoteBody(Parameters):
    """A word about the decision."""

    note: Note = None


class ConflictBody(Parameters):
    """Which of the two values holds."""

    take: Annotated[
        Taken,
        Field(description="edited 保留修改的值,imported 采用导入的值 · keep the edit, or take the import"),
    ]


class DuplicateBody(Parameters):
    """Whether they are one."""

    decision: Annotated[
        Decision,
        Field(description="distinct 是两处,same 是同一处(多余的另行停用)· two, or one (retire the other)"),
    ]
    note: Note = None


@router.get(
    "/review",
    summary="待处理事项 · what waits for a decision",
    response_model=ReviewQueue,
    responses=problem_responses(401, 414, 422, 503),
    description="您的站点的迁移申请、导入冲突、疑似重复、未能生效的预定修改，并列出您可做的操作。\n\n"
    "At your stations: moves asked for, imports that say otherwise than people, stations that may be one, "
    "and planned changes that could not take effect; each with what you may do.",
)
async def list_review(
    asked: Annotated[ReviewParameters, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    page = await review_queue(
        service.database,
        caller,
        types=_types(asked.type),
        oldest_first=asked.order == "oldest",
        limit=asked.limit,
        cursor=asked.cursor,
    )
    catalog = await service.catalog.current()
    items = [review_item(row, caller, catalog, asked.crs, asked.lang) for row in page.rows]
    return json_answer(
        {"items": items, "next_cursor": page.next_cursor},
        headers={"Cache-Control": "no-store", "Content-Language": asked.lang},
    )


@router.post(
    "/moves/{id}/approve",
    summary="批准迁移 · approve a move",
    response_model=ManagedStation,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
    description="站点随即迁移；申请之后站点又移动过或已停用则 409。\n\n"
    "The station moves at once. 409 where it has been moved since, or retired.",
)
async def approve_move(
    id: RowId,
    shown: Annotated[ShownParameters, Query()],
    change: Post,
    asked: Annotated[NoteBody | None, Body(openapi_examples=NOTES)] = None,
) -> Response:
    note = asked.note if asked is not None else None
    settings = change.service.settings.editing
    return await change(
        "approve_move",
        lambda conn: review.approve_move(conn, change.by, id, note, settings, shown.showing()),
        reason=note,
    )


@router.post(
    "/moves/{id}/reject",
    summary="驳回迁移 · reject a move",
    response_model=MoveDecision,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
)
async def reject_move(
    id: RowId,
    change: Post,
    asked: Annotated[NoteBody | None, Body(openapi_examples=NOTES)] = None,
) -> Response:
    note = asked.note if asked is not None else None
    return await change("edit", lambda conn: review.reject_move(conn, change.by, id, note), reason=note)


@router.post(
    "/moves/{id}/withdraw",
    summary="撤回迁移申请 · withdraw a move",
    response_model=MoveDecision,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
)
async def withdraw_move(
    id: RowId,
    change: Post,
    asked: Annotated[NoteBody | None, Body(openapi_examples=NOTES)] = None,
) -> Response:
    note = asked.note if asked is not None else None
    return await change("edit", lambda conn: review.withdraw_move(conn, change.by, id, note), reason=note)


@router.post(
    "/conflicts/{id}/resolve",
    summary="处理导入冲突 · settle a conflict with an import",
    response_model=ManagedStation,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
)
async def resolve_conflict(
    id: RowId,
    asked: Annotated[ConflictBody, Body(openapi_examples=TAKES)],
    shown: Annotated[ShownParameters, Query()],
    change: Post,
) -> Response:
    settings = change.service.settings.editing
    return await change(
        "resolve_conflict",
        lambda conn: review.resolve_conflict(conn, change.by, id, asked.take, settings, shown.showing()),
    )


@router.post(
    "/duplicates/{station_id}/{other_id}/review",
    summary="处理疑似重复 · settle two stations that may be one",
    response_model=DuplicateDecision,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
    description="只标记为已看过；多余的一处请另行停用。\n\n"
    "Marks them as looked at; where they are one, retire the other by itself.",
)
async def review_duplicate(
    station_id: Annotated[
        int, Path(ge=1, le=2**63 - 1, description="站点编号 · a station's id", examples=[1])
    ],
    other_id: Annotated[
        int, Path(ge=1, le=2**63 - 1, description="另一处的编号 · the other's id", examples=[2])
    ],
    asked: Annotated[DuplicateBody, Body(openapi_examples=DECISIONS)],
    change: Post,
) -> Response:
    return await change(
        "edit",
        lambda conn: review.review_duplicate(
            conn, change.by, station_id, other_id, asked.decision, asked.note
        ),
    )


def _types(asked: list[str]) -> tuple[ItemType, ...]:
    for code in asked:
        if code not in TYPES:
            near = near_codes(code, list(TYPES))
            raise UnknownCode(
                Words("没有这种待办", "there is no such type"),
                field="type",
                mend=Words(f"可选：{'、'.join(TYPES)}", f"choose from {', '.join(TYPES)}"),
                near=near,
            )
    return tuple(one for one in TYPES if one in asked) or TYPES
