"""POST /v1/hours/preview: what is understood of hours, before anything is saved."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from fastapi import APIRouter, Body, Response
from fastapi.openapi.models import Example
from pydantic import BeforeValidator, Field

from geoapi.api.answers import Answer, OpenInterval, json_answer, problem_responses
from geoapi.api.dependencies import ServiceDep
from geoapi.api.editing.shapes import LINE, HolidayPolicy, HoursBody
from geoapi.api.parameters import LangField
from geoapi.editing.hours_text import hours_text_of
from geoapi.errors import InvalidHours, Words
from geoapi.hours import read_hours
from geoapi.hours.reading import Reading
from geoapi.queries.hours_preview import Day, Place, Preview, preview_hours

router = APIRouter(prefix="/v1/hours", tags=["managing"])

EXAMPLES: dict[str, Example] = {
    "text": {"summary": "一段文字 · a text", "value": {"text": "周一至周五 上午8:30~12:00 下午13:30~17:00"}},
    "week": {
        "summary": "一周表 · a table of the week",
        "value": {
            "week": [["09:00-17:30"], ["09:00-17:30"], ["09:00-17:30"], ["09:00-17:30"], ["09:00-17:30"],
                     ["22:00-02:00"], []],
            "holidays": "closed",
        },
    },
}  # fmt: skip


def _number(value: object) -> object:
    """An id as answers have it, in quotation marks."""
    return int(value) if isinstance(value, str) and value.isascii() and value.isdigit() else value


class PreviewBody(HoursBody):
    """Hours, and where they are of: a station, or a zone and a calendar."""

    station_id: Annotated[
        Annotated[int, Field(ge=1, le=2**63 - 1)] | None,
        BeforeValidator(_number),
        Field(description="哪个站点的 · of this station: its closures, policy and calendar count"),
    ] = None
    holiday_policy: Annotated[
        HolidayPolicy | None,
        Field(description="未提及的法定节假日；不填则按站点 · unstated public holidays; else the station's"),
    ] = None
    time_zone: Annotated[
        Annotated[str, LINE, Field(max_length=64)] | None,
        Field(description="时区 · time zone, an IANA name", examples=["Asia/Shanghai"]),
    ] = None
    calendar: Annotated[
        Annotated[str, LINE, Field(pattern="^[A-Za-z]{2}$")] | None,
        Field(description="假日日历 · calendar of holidays, an ISO 3166-1 code", examples=["CN"]),
    ] = None
    lang: LangField = "zh"


class Said(Answer):
    """A line in both languages."""

    zh: str
    en: str


class PreviewProblem(Said):
    """What may be worth mending."""

    code: Literal["not_understood", "partly_understood", "never_open", "holidays_unsaid", "calendar_unknown"]


class PreviewDay(Answer):
    """A day with what is open in it; type null: the calendar does not know it."""

    date: date
    weekday: int = Field(description="1 = 周一 Monday … 7 = 周日 Sunday")
    day_type: Literal["workday", "weekend", "holiday", "makeup"] | None
    name: str | None
    intervals: list[OpenInterval]


class HoursPreview(Answer):
    """What was understood, and what it would come to."""

    text: str
    osm: str | None
    certainty: Literal["full", "partial", "unknown"]
    unread: list[str]
    access: list[str] = Field(
        description="与何人可以进入有关，不会自动填写 · who may enter: not filled in by itself"
    )
    week: list[list[str]]
    holiday_policy: HolidayPolicy | None
    time_zone: str
    read_as: list[Said]
    next_seven_days: list[PreviewDay]
    workers_read: Said
    problems: list[PreviewProblem]
    differs_from_now: bool | None = Field(
        description="与站点现在的时间是否不同 · whether it is other than the station's now"
    )


@router.post(
    "/preview",
    summary="预览开放时间 · what is understood of hours",
    response_model=HoursPreview,
    responses=problem_responses(404, 413, 414, 415, 422, 503),
    description="不保存任何内容：读懂了什么、今后七天的开放时段、户外劳动者会看到的话。\n\n"
    "Saves nothing: what was understood, the next seven days, and what a worker will read.",
)
async def preview(
    asked: Annotated[PreviewBody, Body(openapi_examples=EXAMPLES)], service: ServiceDep
) -> Response:
    hours = asked.model_dump(include={"text", "week", "holidays"})
    text = hours_text_of(hours, where="")
    # a long text may take a quarter of a second, in which others are to be answered
    reading = await asyncio.to_thread(read_hours, text)
    place = Place(
        asked.station_id,
        _zone(asked.time_zone) if asked.time_zone else None,
        asked.calendar.upper() if asked.calendar else None,
        asked.holiday_policy if "holiday_policy" in asked.model_fields_set else "as_now",
    )
    found = await preview_hours(service.database, reading, place, datetime.now(UTC))
    return json_answer(_shape(reading, found, asked.lang), headers={"Cache-Control": "no-store"})


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidHours(
            Words("没有这个时区", "there is no such time zone"),
            field="time_zone",
            mend=Words("请用 IANA 名称，例如 Asia/Shanghai", "use an IANA name such as Asia/Shanghai"),
        ) from None


def _shape(reading: Reading, found: Preview, lang: str) -> dict[str, object]:
    return {
        **reading.to_json(),
        "holiday_policy": found.holiday_policy,
        "time_zone": found.zone.key,
        "read_as": [_said(words) for words in reading.why],
        "next_seven_days": [_day(day, found.zone, lang) for day in found.days],
        "workers_read": _said(found.workers_read),
        "problems": [{"code": code, **_said(words)} for code, words in found.problems],
        "differs_from_now": found.differs,
    }


def _said(words: Words) -> dict[str, str]:
    return {"zh": words.zh, "en": words.en}


def _day(day: Day, zone: ZoneInfo, lang: str) -> dict[str, object]:
    return {
        "date": day.date,
        "weekday": day.date.isoweekday(),
        "day_type": day.type,
        "name": day.name.in_language(lang) if day.name else None,
        "intervals": [
            {
                "starts_at": one.start.astimezone(zone),
                "ends_at": one.end.astimezone(zone),
                "state": one.state,
                "reason": one.reason,
            }
            for one in day.intervals
        ],
    }
