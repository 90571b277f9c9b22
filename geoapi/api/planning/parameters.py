"""What every planner's question takes, and the question it makes of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BeforeValidator, Field

from geoapi.api.dependencies import Service
from geoapi.api.parameters import Codes, DatumField, LangField, Moment, Parameters, PlainText
from geoapi.coverage.limit import parse_within
from geoapi.errors import InvalidInput, Words
from geoapi.geometry.datums import Datum
from geoapi.queries.planning.scene import ModelName, Question
from geoapi.validation_words import FieldError

Format = Literal["json", "csv", "xlsx", "gpkg", "geojson"]
CodePath = Annotated[
    PlainText,
    Path(
        max_length=20,
        description="市、区或街道的代码 · code of a city, district or street",
        examples=["110000"],
    ),
]
Code = Annotated[PlainText, Field(min_length=1, max_length=60)]


def as_day(value: Any) -> Any:
    """A date of a year that there are calendars of, from its text."""
    if isinstance(value, str):
        try:
            day = date.fromisoformat(value.strip())
        except ValueError:
            raise FieldError(
                Words("不是日期", "is no date"), Words("例如 2026-10-01", "for example 2026-10-01")
            ) from None
        if not 1971 <= day.year <= 2099:
            raise FieldError(
                Words("年份须在 1971 至 2099 之间", "the year must be between 1971 and 2099"),
                Words("给一个更近的日期", "give a date nearer to now"),
            )
        return day
    return value


class MomentParameters(Parameters):
    """Which stations count, how far is within reach, whose demand, and at what time."""

    kind: Annotated[
        Codes,
        Field(description="类别，合并计算 · kinds, counted together; else all", examples=[["care_station"]]),
    ] = []  # noqa: RUF012 - pydantic copies defaults
    amenity: Annotated[
        Codes, Field(description="设施，须全部可用 · only stations with all of these, in working order")
    ] = []  # noqa: RUF012
    within: Annotated[
        PlainText | None,
        Field(max_length=20, description="步行范围 · limit on foot: 800m, 15min", examples=["15min"]),
    ] = None
    model: Annotated[
        ModelName,
        Field(description="straight:直线×绕行系数 · straight line × detour; walk:步行路网 · walking network"),
    ] = "straight"
    network: Annotated[Code | None, Field(description="步行路网 · which walking network")] = None
    demand: Annotated[
        Code | None,
        Field(description="需求图层,area 为按面积 · demand layer; `area` counts ground", examples=["area"]),
    ] = None
    at: Annotated[
        Moment | None, Field(description="时刻，须带时区，默认现在 · a time, with an offset; else now")
    ] = None
    crs: DatumField = Datum.WGS84
    lang: LangField = "zh"

    def echo(self, code: str) -> dict[str, Any]:
        """The question as it was asked, for its answer."""
        return {"code": code, **self.model_dump()}


class PlanningParameters(MomentParameters):
    """The same at one time, or over the hours of a week."""

    week: Annotated[bool, Field(description="一周 168 小时 · each of the 168 hours of a week")] = False
    week_of: Annotated[
        date | None,
        BeforeValidator(as_day),
        Field(description="该日所在的一周 · the week of this day", examples=["2026-10-01"]),
    ] = None


async def question_of(asked: MomentParameters, code: str, service: Service) -> Question:
    """The question with its defaults filled in. `InvalidInput` names what cannot be asked together."""
    week, week_of = (asked.week, asked.week_of) if isinstance(asked, PlanningParameters) else (False, None)
    if asked.at is not None and (week or week_of is not None):
        raise InvalidInput(
            Words("不能同时给时刻和一周", "cannot be asked together with a week"),
            field="at",
            mend=Words("at 与 week、week_of 选其一", "give either at, or week or week_of"),
        )
    if asked.network is not None and asked.model != "walk":
        raise InvalidInput(
            Words("直线模型不用路网", "means nothing to the straight-line model"),
            field="network",
            mend=Words("请加 model=walk", "ask with model=walk"),
        )
    catalog = await service.catalog.current()
    settings = service.settings
    return Question(
        code=code,
        kind_ids=tuple(catalog.kind_ids(asked.kind)),
        amenity_ids=tuple(catalog.amenity_ids(asked.amenity)),
        limit=parse_within(
            asked.within or settings.coverage.default_within,
            walk_speed_m_s=settings.walking.walk_speed_m_s,
            most_m=settings.coverage.max_within_m,
        ),
        model=asked.model,
        network=asked.network,
        demand=asked.demand,
        at=asked.at,
        week=week,
        week_of=week_of,
    )
