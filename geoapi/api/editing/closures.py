"""POST /v1/stations/{id}/closures and /openings, and their early end."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Response
from fastapi.openapi.models import Example
from psycopg import Connection
from pydantic import Field, model_validator

from geoapi.api.answers import Answer, problem_responses
from geoapi.api.changes import IfMatch, Post, version_of
from geoapi.api.editing.dated import (
    DayField,
    EndField,
    FirstField,
    MomentField,
    ShownNote,
    ShownReason,
    StartField,
)
from geoapi.api.editing.shapes import LINE
from geoapi.api.parameters import Parameters
from geoapi.api.stations import StationId
from geoapi.editing import closures
from geoapi.editing.dated import editable_station
from geoapi.editing.transaction import Answered
from geoapi.errors import Words
from geoapi.validation_words import FieldError

router = APIRouter(prefix="/v1/stations", tags=["managing"])
ClosureId = Annotated[
    int, Path(ge=1, le=2**63 - 1, description="关闭的编号 · the closure's id", examples=[1])
]
OpeningId = Annotated[
    int, Path(ge=1, le=2**63 - 1, description="加开的编号 · the opening's id", examples=[1])
]


class ClosureBody(Parameters):
    """A closure, with the reason that workers read."""

    starts: Annotated[
        FirstField,
        Field(
            description="now：立即 · at once；日期：那天起 · from that day on；时刻 · or a moment",
            examples=["now"],
        ),
    ] = "now"
    until: Annotated[
        EndField,
        Field(
            description="today:今天不再开放 · for the rest of today;日期 · to the end of that day;"
            "时刻 · to a moment. 跨午夜的时段算在开始的那天 · hours past midnight belong to the day they "
            "begin on",
            examples=["today"],
        ),
    ]
    reason: Annotated[
        ShownReason, Field(description="原因，工作者可见 · why; workers read it", examples=["设备检修"])
    ]
    reason_en: Annotated[
        ShownNote, Field(description="英文原因 · the same in English", examples=["maintenance"])
    ] = None


class OpeningBody(Parameters):
    """An extra opening: from one moment to another, or hours of a day."""

    starts: Annotated[
        StartField | None,
        Field(description="now:立即 · at once;或某个时刻 · or a moment", examples=["now"]),
    ] = None
    ends: Annotated[
        MomentField | None,
        Field(description="到何时 · until when", examples=["2026-12-31T23:00:00+08:00"]),
    ] = None
    date: Annotated[
        DayField | None, Field(description="哪一天 · or which day, with `hours`", examples=["2026-12-31"])
    ] = None
    hours: Annotated[
        list[Annotated[str, LINE, Field(max_length=20)]] | None,
        Field(
            min_length=1,
            max_length=8,
            description="当天的时段 · the hours of that day; past midnight 19:00-26:00",
            examples=[["09:00-17:00", "19:00-26:00"]],
        ),
    ] = None
    reason: Annotated[
        ShownNote, Field(description="说明，工作者可见 · why; workers read it", examples=["跨年夜加开"])
    ] = None
    reason_en: Annotated[
        ShownNote, Field(description="英文说明 · the same in English", examples=["New Year's Eve"])
    ] = None

    @model_validator(mode="after")
    def _one_way(self) -> OpeningBody:
        times = self.starts is not None and self.ends is not None and self.date is None and self.hours is None
        day = self.date is not None and self.hours is not None and self.starts is None and self.ends is None
        if not times and not day:
            raise FieldError(
                Words(
                    "须写 starts 与 ends，或 date 与 hours",
                    "needs `starts` and `ends`, or `date` and `hours`",
                ),
                Words("二者选其一，成对填写", "one pair of them, whole"),
            )
        return self


class DatedChange(Answer):
    """A closure or extra opening; `station_version` is what its station came to by it."""

    id: str
    state: Literal["closed", "open"]
    starts_at: datetime
    ends_at: datetime
    note: str | None
    note_en: str | None
    station_version: int


class DatedOpenings(Answer):
    """The extra openings, one for each stretch of hours."""

    openings: list[DatedChange]
    station_version: int


class Ended(DatedChange):
    """What was ended; `removed` where it had not begun, and never will."""

    removed: bool


CLOSURES: dict[str, Example] = {
    "today": {
        "summary": "今天不开放 · closed for the rest of today",
        "value": {"until": "today", "reason": "设备检修", "reason_en": "maintenance"},
    },
    "days": {
        "summary": "关到某天 · to the end of a day",
        "value": {"until": "2026-12-31", "reason": "装修，请到朝内驿站"},
    },
}
OPENINGS: dict[str, Example] = {
    "day": {
        "summary": "某天加开 · hours of a day",
        "value": {"date": "2026-12-31", "hours": ["19:00-26:00"], "reason": "跨年夜加开"},
    },
    "now": {
        "summary": "现在起加开 · from now on",
        "value": {"starts": "now", "ends": "2026-12-31T23:00:00+08:00", "reason": "寒潮"},
    },
}
PROBLEMS: dict[int | str, dict[str, Any]] = problem_responses(
    401, 403, 404, 409, 412, 413, 414, 415, 422, 428, 503
)


@router.post(
    "/{id}/closures",
    status_code=201,
    summary="临时关闭 · close for a time",
    response_model=DatedChange,
    response_description="已登记，立即见于最近站点 · closed; `nearest` knows it at once",
    responses=PROBLEMS,
    description="现在、今天、到某天或某个时刻，附工作者可见的原因。最长 400 天；重叠时后登记的为准。\n\n"
    "Now, for today, to the end of a day or until a moment, with a reason that workers read. At most 400 "
    "days; where several overlap, the one entered later decides.",
)
async def close_station(
    id: StationId,
    asked: Annotated[ClosureBody, Body(openapi_examples=CLOSURES)],
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    def close(conn: Connection) -> Answered:
        row = editable_station(conn, change.by, id, _version(if_match), change.service.settings.editing)
        note = closures.Note(asked.reason, asked.reason_en)
        return closures.close(conn, row, asked.starts, asked.until, note)

    return await change("close", close, reason=asked.reason)


@router.post(
    "/{id}/closures/{closure_id}/end",
    summary="提前结束关闭 · end a closure early",
    response_model=Ended,
    response_description="已结束，或已取消 · ended, or taken back",
    responses=PROBLEMS,
    description="正在关闭的立即恢复；尚未开始的取消。\n\nOne that is on ends now; one that has not begun is "
    "taken back.",
)
async def end_closure(
    id: StationId,
    closure_id: ClosureId,
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    def end(conn: Connection) -> Answered:
        row = editable_station(conn, change.by, id, _version(if_match), change.service.settings.editing)
        return closures.end(conn, row, closure_id, "closed")

    return await change("end_closure", end)


@router.post(
    "/{id}/openings",
    status_code=201,
    summary="临时加开 · open for extra hours",
    response_model=DatedOpenings,
    response_description="已登记，每段一项 · open then; one for each stretch",
    responses=PROBLEMS,
    description="不论平时开放时间，在这些时段开放。写起止时刻，或某天的时段，过午夜写 26:00。最长 31 天。\n\n"
    "Open then, whatever its hours: from one moment to another, or hours of a day (02:00 of the next "
    "is 26:00). At most 31 days.",
)
async def open_station(
    id: StationId,
    asked: Annotated[OpeningBody, Body(openapi_examples=OPENINGS)],
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    note = closures.Note(asked.reason, asked.reason_en)

    def open_extra(conn: Connection) -> Answered:
        row = editable_station(conn, change.by, id, _version(if_match), change.service.settings.editing)
        if asked.starts is not None and asked.ends is not None:
            return closures.open_from(conn, row, asked.starts, asked.ends, note)
        assert asked.date is not None, "the body has one or the other"
        return closures.open_on(conn, row, asked.date, asked.hours or (), note)

    return await change("open_extra", open_extra, reason=asked.reason)


@router.post(
    "/{id}/openings/{opening_id}/end",
    summary="取消加开 · end an extra opening early",
    response_model=Ended,
    response_description="已结束，或已取消 · ended, or taken back",
    responses=PROBLEMS,
)
async def end_opening(
    id: StationId,
    opening_id: OpeningId,
    change: Post,
    if_match: IfMatch = None,
) -> Response:
    def end(conn: Connection) -> Answered:
        row = editable_station(conn, change.by, id, _version(if_match), change.service.settings.editing)
        return closures.end(conn, row, opening_id, "open")

    return await change("end_opening", end)


def _version(if_match: str | None) -> int | None:
    """The version that is named; it need not be: a closure overwrites nothing."""
    return None if if_match is None else version_of(if_match)
