"""GET /v1/manage/loads: what came of each file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response
from pydantic import Field

from geoapi.api.answers import Answer, json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.dependencies import ServiceDep
from geoapi.api.parameters import Lang, LangField, PlainText
from geoapi.api.people import ListOf
from geoapi.editing.waiting_reasons import reason_words
from geoapi.queries.accounts import utc
from geoapi.queries.loads import list_loads

router = APIRouter(prefix="/v1/manage/loads", tags=["administration"])
MOST_VALUES = 10


class LoadsAsked(ListOf):
    """Which loads."""

    source: Annotated[
        PlainText | None, Field(max_length=60, description="来源 · of this source", examples=["test"])
    ] = None
    retries: Annotated[
        bool, Field(description="也列出待查行的重试 · also waiting rows that were tried again")
    ] = False
    lang: LangField = "zh"


class ReasonCount(Answer):
    """Rows that waited for a reason."""

    reason: str
    text: str
    rows: int


class NotUnderstood(Answer):
    """Words of a field that no translation knew, the most frequent first."""

    field: str
    values: dict[str, int]


class Now(Answer):
    """What the rows that came to wait by this load are now; `overtaken`: a later file says otherwise."""

    waiting: int
    accepted: int
    set_aside: int
    overtaken: int


class LoadItem(Answer):
    """A load: `rows` = `accepted` + `unchanged` + the sum of `quarantined` + `set_aside`."""

    id: str
    source: str
    title: str | None
    file: str
    datum: str | None
    loaded_at: datetime
    loaded_by: str | None = Field(description="空为命令行 · null: by the command line")
    is_retry: bool
    synced: bool
    rows: int
    accepted: int
    created: int
    updated: int
    unchanged: int
    set_aside: int
    revived: int
    retired: int
    quarantined: list[ReasonCount]
    conflicts: int
    near_duplicates: int
    hours: dict[str, int] = Field(description="读懂、部分读懂、未知 · full, partial, unknown")
    not_understood: list[NotUnderstood]
    now: Now


class LoadList(Answer):
    """A page of loads, the newest first."""

    items: list[LoadItem]
    next_cursor: str | None


@router.get(
    "",
    summary="导入记录 · what came of each file",
    response_model=LoadList,
    responses=problem_responses(401, 403, 414, 422, 503),
    description="每次导入的行数：接受、未变、待查（按原因）、不导入；`now` 是其中待查的行现在的情况。\n\n"
    "Rows of each load: accepted, unchanged, waiting by reason, set aside; `now` is what became of those "
    "that came to wait by it.",
)
async def loads(asked: Annotated[LoadsAsked, Query()], service: ServiceDep, caller: SignedIn) -> Response:
    page = await list_loads(
        service.database,
        caller,
        source=asked.source,
        retries=asked.retries,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    return json_answer(
        {"items": [_item(row, asked.lang) for row in page.rows], "next_cursor": page.next_cursor},
        headers={"Cache-Control": "no-store"},
    )


def _item(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    # a report holds what its time had to tell
    report = row["report"]
    return {
        "id": row["id"],
        "source": row["source"],
        "title": row["title"] or None,
        "file": row["file_name"],
        "datum": row["datum"],
        "loaded_at": utc(row["loaded_at"]),
        "loaded_by": row["loaded_by"],
        "is_retry": row["is_retry"],
        "synced": report.get("synced", False),
        "rows": report.get("rows", 0),
        "accepted": report.get("accepted", 0),
        "created": report.get("inserted", 0),
        "updated": report.get("updated", 0),
        "unchanged": report.get("unchanged", 0),
        "set_aside": report.get("set_aside", 0),
        "revived": report.get("revived", 0),
        "retired": report.get("retired", 0),
        "quarantined": [
            {"reason": reason, "text": reason_words(reason).in_language(lang), "rows": rows}
            for reason, rows in sorted(report.get("quarantined", {}).items(), key=lambda one: -one[1])
        ],
        "conflicts": report.get("conflicts_total", 0),
        "near_duplicates": report.get("near_duplicates_total", 0),
        "hours": report.get("hours", {}),
        "not_understood": [
            {"field": field, "values": dict(list(values.items())[:MOST_VALUES])}
            for field, values in report.get("unknown_values", {}).items()
        ],
        "now": {name: row[name] for name in ("waiting", "accepted", "set_aside", "overtaken")},
    }
