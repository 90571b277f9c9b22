"""/v1/manage/overrides: emergency hours for whole districts."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Body, Path, Query, Response
from fastapi.openapi.models import Example
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError, WithJsonSchema

from geoapi.api.answers import Answer, OpenInterval, json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import Post
from geoapi.api.dependencies import ServiceDep
from geoapi.api.editing.reports import Remark
from geoapi.api.parameters import FIRST_YEAR, LAST_YEAR, Codes, Moment, Parameters, PlainText
from geoapi.editing import overrides
from geoapi.editing.override_effect import Effect
from geoapi.editing.override_period import clock_words
from geoapi.editing.overrides import NO_STATION_S_ZONE, AskedOverride
from geoapi.errors import Words
from geoapi.queries.catalog import Catalog
from geoapi.queries.overrides import OverrideState, list_overrides
from geoapi.validation_words import FieldError, explain

router = APIRouter(prefix="/v1/manage/overrides", tags=["administration"])
OverrideId = Annotated[
    int, Path(ge=1, le=2**63 - 1, description="应急开放的编号 · the id of emergency hours", examples=[1])
]
NO_STORE = {"Cache-Control": "no-store"}
# a whole city's opening times are worked out before it answers
PATIENCE_S = 120
NOT_A_DAY = (
    Words("没有这一天", "there is no such day"),
    Words("例如 2026-11-27", "for example 2026-11-27"),
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


def _day_or_moment(value: Any) -> Any:
    """A date stays one: it stands for the hours of that day."""
    if not isinstance(value, str) or not _DAY.fullmatch(value.strip()):
        try:
            return _MOMENT.validate_python(value)
        except ValidationError as error:
            raise FieldError(*explain(error.errors()[0])) from None
    try:
        day = date.fromisoformat(value.strip())
    except ValueError:
        raise FieldError(*NOT_A_DAY) from None
    if not FIRST_YEAR < day.year < LAST_YEAR:
        raise FieldError(*NOT_A_DAY)
    return day


_MOMENT: TypeAdapter[datetime] = TypeAdapter(Moment)
DayOrMoment = Annotated[
    Any,
    BeforeValidator(_day_or_moment),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]}
    ),
]
Clock = Annotated[PlainText, Field(min_length=1, max_length=5, examples=["24:00"])]
Name = Annotated[Remark, Field(min_length=1, max_length=100)]


class DailyHours(Parameters):
    """Open from when to when each day, by the clock at the station."""

    opens: Annotated[
        Clock | None,
        Field(description="几点起，默认 12:00 · from when; 12:00 when left out", examples=["08:00"]),
    ] = None
    closes: Annotated[
        Clock,
        Field(description="到几点；次日凌晨 2 点写 26:00 · until when; 26:00 is 02:00 of the next morning"),
    ]


class OverrideBody(Parameters):
    """Emergency hours."""

    name_zh: Annotated[Name, Field(description="名称 · name, in Chinese", examples=["高温应急开放"])]
    name_en: Annotated[Name | None, Field(description="英文名称 · name, in English")] = None
    district_codes: Annotated[
        Codes, Field(min_length=1, description="行政区代码，含其下街道 · districts, with all inside them")
    ]
    kinds: Annotated[Codes, Field(description="类别，不填为全部 · of these kinds; else all")] = []  # noqa: RUF012
    from_: Annotated[
        DayOrMoment,
        Field(alias="from", description="起：日期或时刻，默认现在 · from a day or moment; now when left out"),
    ] = None
    until: Annotated[
        DayOrMoment, Field(description="止：日期(含当天)或时刻 · until a day, that day included, or a moment")
    ]
    daily: Annotated[DailyHours, Field(description="每日时段 · the hours of each day")]
    reason: Annotated[Remark, Field(min_length=1, description="原因 · the reason, for the record")]

    def asked(self) -> AskedOverride:
        """What is asked for."""
        return AskedOverride(
            name_zh=self.name_zh,
            name_en=self.name_en,
            districts=tuple(dict.fromkeys(self.district_codes)),
            kinds=tuple(self.kinds),
            begin=self.from_,
            until=self.until,
            opens=self.daily.opens,
            closes=self.daily.closes,
            reason=self.reason,
        )


class Told(Answer):
    """The same in both languages."""

    zh: str
    en: str


class Daily(Answer):
    """The hours of each day, past midnight as 26:00; `opens_assumed`: nobody said from when."""

    opens: str
    closes: str
    opens_assumed: bool


class Counts(Answer):
    """Stations, each in one of four: `open_longer`, `unknown_become_open`, `open_already`, `stay_closed`."""

    stations: int
    open_longer: int = Field(description="比平时多开放 · open when they are closed otherwise")
    unknown_become_open: int = Field(
        description="原本时间不明，一律显示为开放 · hours unknown, and shown as open for certain"
    )
    open_already: int = Field(description="本来就开放 · open in all of those hours anyway")
    stay_closed: int = Field(description="因临时关闭仍不开放 · a closure, which wins, leaves nothing to gain")
    closed_in_part: int = Field(description="部分时段临时关闭 · a closure wins for some of the hours, or all")
    open_earlier: int = Field(description="比平时更早开放 · open earlier, not only later, than they do")


class DistrictNames(Answer):
    code: str
    name_zh: str
    name_en: str | None


class CountsThere(Counts):
    """The same for one kind in one district."""

    district: DistrictNames
    kind: str


class Affected(Answer):
    """A station with its first day, before and after."""

    id: str
    name_zh: str
    name_en: str | None
    effect: Effect
    extra_hours: float
    before: list[OpenInterval]
    after: list[OpenInterval]


class EffectFigures(Counts):
    """Who is affected, and how."""

    hours_each: float = Field(description="每处共多少小时 · hours of a station in the whole period")
    extra_station_hours: float = Field(description="各站多开放的小时之和 · hours gained, over all stations")
    unknown_station_hours: float = Field(description="由不明变为开放的小时之和 · hours no longer unknown")
    by_district_and_kind: list[CountsThere]
    examples: list[Affected]


class OverridePreview(Answer):
    """What the emergency hours would be and do."""

    name_zh: str
    name_en: str
    district_codes: list[str]
    kinds: list[str] | None
    starts_at: datetime
    ends_at: datetime
    daily: Daily
    reason: str
    notes: list[Told]
    effect: EffectFigures


class OverrideMade(OverridePreview):
    """The same, done."""

    id: str


class OverrideItem(Answer):
    """Emergency hours and how they stand. `district_codes` null: everywhere; `kinds` null: every kind."""

    id: str
    name_zh: str
    name_en: str
    state: OverrideState
    district_codes: list[str] | None
    kinds: list[str] | None
    starts_at: datetime
    ends_at: datetime
    opens: str
    closes: str
    reason: str | None
    created_at: datetime
    created_by: str | None
    ended_at: datetime | None
    ended_by: str | None
    may_end: bool


class OverrideList(Answer):
    """A page of emergency hours, the latest first."""

    items: list[OverrideItem]
    next_cursor: str | None


class OverrideEnded(Answer):
    """Over now; or called off, having not begun."""

    id: str
    state: Literal["over", "called_off"]
    ended_at: datetime


class OverrideParameters(Parameters):
    """Which emergency hours to list."""

    state: Annotated[
        OverrideState | None,
        Field(description="active:生效中;coming:未开始;over:已结束;called_off:已取消 · as they stand"),
    ] = None
    cursor: Annotated[
        PlainText | None, Field(max_length=500, description="上一页的 next_cursor · of the page before")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="每页几项 · items a page")] = 50


class EndBody(Parameters):
    """Why they end."""

    reason: Annotated[Remark | None, Field(description="原因 · the reason, for the record")] = None


HEAT: Mapping[str, Any] = {
    "name_zh": "高温应急开放",
    "name_en": "Heat wave",
    "district_codes": ["110101"],
    # so that the example is no past one
    "until": (date.today() + timedelta(days=4)).isoformat(),
    "daily": {"closes": "24:00"},
    "reason": "高温红色预警",
}
EXAMPLES: dict[str, Example] = {
    "heat": {
        "summary": "高温：即日起开放到 24 点 · heat: open until 24:00, from now on",
        "value": dict(HEAT),
    },
    "cold": {
        "summary": "寒潮：驿站整夜开放 · cold: care stations open all night",
        "value": {
            **HEAT, "name_zh": "寒潮应急开放", "name_en": "Cold wave", "kinds": ["care_station"],
            "daily": {"opens": "18:00", "closes": "30:00"}, "reason": "寒潮橙色预警",
        },
    },
}  # fmt: skip
END_EXAMPLES: dict[str, Example] = {
    "over": {"summary": "提前结束 · end early", "value": {"reason": "预警解除"}},
}


@router.post(
    "/preview",
    summary="先看影响 · who would be affected",
    response_model=OverridePreview,
    responses=problem_responses(401, 403, 413, 414, 415, 422, 503),
    description="不作任何改动。各站自己的时间照旧，应急时段内另行开放；临时关闭的站点仍关闭；到期自动失效。"
    "`opens` 不填时从 12:00 起算。\n\n"
    "Changes nothing. Stations keep their own hours and are open in these besides; a closure wins; they end "
    "by themselves. Without `opens` they hold from 12:00.",
)
async def preview_override(
    asked: Annotated[OverrideBody, Body(openapi_examples=EXAMPLES)],
    change: Post,
) -> Response:
    return await change(
        "preview_override",
        lambda conn: overrides.preview(conn, change.by, asked.asked()),
        patience_s=PATIENCE_S,
    )


@router.post(
    "",
    status_code=201,
    summary="应急开放 · emergency hours for whole districts",
    response_model=OverrideMade,
    response_description="已生效或将生效 · made",
    responses=problem_responses(401, 403, 413, 414, 415, 422, 503),
    description="与预览相同的内容;答复之前，各进程的 `nearest` 已按新时间回答。\n\n"
    "The body of the preview. By the time this answers, `nearest` of every process goes by the new hours.",
)
async def create_override(
    asked: Annotated[OverrideBody, Body(openapi_examples=EXAMPLES)],
    change: Post,
) -> Response:
    return await change(
        "create_override",
        lambda conn: overrides.create(conn, change.by, asked.asked()),
        reason=asked.reason,
        patience_s=PATIENCE_S,
    )


@router.get(
    "",
    summary="与我有关的应急开放 · emergency hours that concern me",
    response_model=OverrideList,
    responses=problem_responses(401, 414, 422, 503),
)
async def overrides_of_mine(
    asked: Annotated[OverrideParameters, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    catalog = await service.catalog.current()
    page = await list_overrides(
        service.database, caller, state=asked.state, limit=asked.limit, cursor=asked.cursor
    )
    items = [_shape(row, catalog) for row in page.rows]
    return json_answer({"items": items, "next_cursor": page.next_cursor}, headers=NO_STORE)


@router.post(
    "/{id}/end",
    summary="提前结束或取消 · end now, or call off",
    response_model=OverrideEnded,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
)
async def end_override(
    id: OverrideId,
    change: Post,
    asked: Annotated[EndBody | None, Body(openapi_examples=END_EXAMPLES)] = None,
) -> Response:
    reason = asked.reason if asked else None
    return await change(
        "end_override",
        lambda conn: overrides.end(conn, change.by, id, reason),
        reason=reason,
        patience_s=PATIENCE_S,
    )


def _shape(row: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    kinds = row["kind_ids"]
    return {
        "id": str(row["id"]),
        **{name: row[name] for name in ("name_zh", "name_en", "state", "district_codes")},
        "kinds": None if kinds is None else [catalog.kind_by_id[one].code for one in kinds],
        **{name: _in_city_time(row[name]) for name in ("starts_at", "ends_at", "created_at", "ended_at")},
        **{name: clock_words(row[name]) for name in ("opens", "closes")},
        **{name: row[name] for name in ("reason", "created_by", "ended_by", "may_end")},
    }


def _in_city_time(moment: datetime | None) -> datetime | None:
    return moment.astimezone(ZoneInfo(NO_STATION_S_ZONE)) if moment else None
