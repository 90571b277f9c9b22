"""What editing routes take and answer: bodies with clean texts, and the station as its managers see it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, datetime
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator

from geoapi.api.answers import Answer, DistrictRef, Location, Named
from geoapi.api.parameters import DatumField, LangField, Parameters
from geoapi.editing import texts
from geoapi.editing.hours_text import MOST_SPANS
from geoapi.editing.managed import Showing
from geoapi.errors import GeoapiError, Words
from geoapi.geometry.datums import Datum
from geoapi.geometry.points import check_point
from geoapi.validation_words import FieldError

HolidayPolicy = Literal["as_usual", "closed"]


def _cleaned(clean: Callable[[str], str], *, blank_is_none: bool) -> Callable[[Any], Any]:
    """A validator that cleans a text; what is no text is left to whoever judges it next."""

    def validate(value: Any) -> Any:
        if not isinstance(value, str):
            return value
        try:
            cleaned = clean(value)
        except GeoapiError as error:
            raise FieldError.of(error) from None
        return None if blank_is_none and not cleaned else cleaned

    return validate


LINE = BeforeValidator(_cleaned(texts.one_line, blank_is_none=False))
LINE_OR_NONE = BeforeValidator(_cleaned(texts.one_line, blank_is_none=True))
LINES_OR_NONE = BeforeValidator(_cleaned(texts.some_lines, blank_is_none=True))
LINES = BeforeValidator(_cleaned(texts.some_lines, blank_is_none=False))

NameText = Annotated[str, LINE, Field(min_length=1, max_length=texts.NAME_LENGTH)]
EnglishName = Annotated[Annotated[str, Field(max_length=texts.NAME_LENGTH)] | None, LINE_OR_NONE]
AddressText = Annotated[Annotated[str, Field(max_length=texts.ADDRESS_LENGTH)] | None, LINE_OR_NONE]
PhoneText = Annotated[Annotated[str, Field(max_length=texts.PHONE_LENGTH)] | None, LINE_OR_NONE]
DescriptionText = Annotated[Annotated[str, Field(max_length=texts.DESCRIPTION_LENGTH)] | None, LINES_OR_NONE]
AccessText = Annotated[str, LINE, Field(min_length=1, max_length=texts.ACCESS_LENGTH)]
CodeText = Annotated[str, LINE, Field(min_length=1, max_length=50)]
Reason = Annotated[
    Annotated[str, Field(max_length=texts.REASON_LENGTH)] | None,
    LINE_OR_NONE,
    Field(description="原因，记入历史 · why; goes into the history", examples=["换了店长"]),
]


def _day(value: Any) -> Any:
    # pydantic takes a bare number for seconds since 1970
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise FieldError(*NOT_A_DAY)
    if not isinstance(value, str | date | None):
        raise FieldError(*NOT_A_DAY)
    return value


_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
NOT_A_DAY = Words("不是日期", "is not a date"), Words("例如 2026-12-01", "for example 2026-12-01")
Day = Annotated[date, BeforeValidator(_day)]


def _not_given() -> Any:
    """What stands for a field that is not sent; it is never looked at."""


class LocationBody(Parameters):
    """A position with its datum."""

    lon: Annotated[float, Field(allow_inf_nan=False, description="经度 · longitude", examples=[116.4074])]
    lat: Annotated[float, Field(allow_inf_nan=False, description="纬度 · latitude", examples=[39.9042])]
    crs: DatumField = Datum.WGS84

    @model_validator(mode="after")
    def _on_earth(self) -> LocationBody:
        try:
            check_point(self.lon, self.lat)
        except GeoapiError as error:
            raise FieldError.of(error) from None
        return self


class HoursBody(Parameters):
    """Hours as a text, or as a table of the week with what holds on public holidays."""

    text: Annotated[
        Annotated[str, Field(min_length=1, max_length=texts.HOURS_LENGTH)] | None,
        LINES,
        Field(description="文字 · a text, Chinese or OpenStreetMap's", examples=["周一至周五 9:00-17:30"]),
    ] = None
    week: Annotated[
        list[Annotated[list[Annotated[str, LINE, Field(max_length=20)]], Field(max_length=MOST_SPANS)]]
        | None,
        Field(
            min_length=7,
            max_length=7,
            description="七天，周一在前 · seven days, Monday first; a closed day is []",
        ),
    ] = None
    holidays: Annotated[
        HolidayPolicy | None,
        Field(
            description="与 week 一起：法定节假日照常或休息 · with `week`: public holidays; null: not known"
        ),
    ] = None

    @model_validator(mode="after")
    def _one_of_two(self) -> HoursBody:
        if (self.text is None) == (self.week is None):
            raise FieldError(
                Words("text 与 week 须且只能有一个", "must have either `text` or `week`"),
                Words(
                    '例如 {"text": "每天 9:00-20:00"}；未知填 null',
                    'for example {"text": "每天 9:00-20:00"}; null where they are not known',
                ),
            )
        if self.holidays is not None and self.week is None:
            raise FieldError(
                Words("holidays 只与 week 一起使用", "`holidays` goes with `week` only"),
                Words("在文字里写明，如“法定节假日休息”", "say it in the text: 法定节假日休息"),
            )
        return self


class DetailsBody(Parameters):
    """Fields of a station: what is not sent stays, null clears."""

    name: Annotated[NameText, Field(default_factory=_not_given, description="名称 · name")]
    name_en: Annotated[EnglishName, Field(description="英文名称 · English name")] = None
    address: Annotated[AddressText, Field(description="地址 · address")] = None
    phone: Annotated[PhoneText, Field(description="电话 · telephone", examples=["010-12345678 转 801"])] = (
        None
    )
    description: Annotated[DescriptionText, Field(description="说明 · description")] = None
    amenities: Annotated[
        list[CodeText],
        Field(
            default_factory=_not_given,
            max_length=100,
            description="设施代码，全部列出 · codes of all its amenities",
            examples=[["drinking_water", "microwave"]],
        ),
    ]
    access: Annotated[
        list[AccessText],
        Field(
            default_factory=_not_given,
            max_length=texts.MOST_ACCESS,
            description="谁可进入 · who may enter, and how",
            examples=[["户外劳动者"]],
        ),
    ]
    hours: Annotated[
        HoursBody | None, Field(description="开放时间，null 为未知 · hours; null: not known")
    ] = None
    holiday_policy: Annotated[
        HolidayPolicy | None,
        Field(description="开放时间未提及的法定节假日 · public holidays of which the hours say nothing"),
    ] = None
    location: Annotated[
        LocationBody, Field(default_factory=_not_given, description="位置；迁得远须批准 · position")
    ]
    host: Annotated[CodeText | None, Field(description="所在场所类型 · type of venue, a code")] = None
    host_name: Annotated[EnglishName, Field(description="所在场所 · the venue's name")] = None

    def changes(self) -> dict[str, Any]:
        """The fields that were sent, as `editing.fields.columns_of` takes them."""
        # of what was sent all of it, the defaults of its parts as well: a position's datum
        return self.model_dump(include=self.model_fields_set & DetailsBody.model_fields.keys())


class PatchBody(DetailsBody):
    """A change of a station's details."""

    reason: Reason = None
    effective_on: Annotated[
        Day | None,
        Field(description="从哪天起生效 · from which day on (local); now when left out"),
    ] = None


class ReasonBody(Parameters):
    """Why, for the history."""

    reason: Reason = None


class ShownParameters(Parameters):
    """How to show the station."""

    crs: DatumField = Datum.WGS84
    lang: LangField = "zh"

    def showing(self) -> Showing:
        """The same for whoever makes the answer."""
        return Showing(self.crs, self.lang)


class ManagingOrganisation(Answer):
    """Whose station it is; `own` false: that of its district, having none of its own."""

    id: str
    code: str
    name: str
    own: bool
    path: list[str] = Field(
        description="本组织及各级上级的编号：在其中任一处的权限在此也有效 · "
        "its id and those of all above it: what somebody may at any of these, they may here"
    )


class ManagedOutage(Answer):
    """An amenity that is out of order, or will be."""

    outage_id: str
    amenity: str
    since: datetime | None
    until: datetime | None
    note: str | None


class ManagedException(Answer):
    """A closure or extra opening that is on or to come."""

    id: str
    starts_at: datetime
    ends_at: datetime
    state: Literal["open", "closed"]
    note: str | None
    note_en: str | None


class ManagedHours(Answer):
    """Hours as they were understood. `holiday_policy` is the station's or its venue's."""

    text: str | None
    osm: str | None
    certainty: Literal["full", "partial", "unknown"]
    unread: list[str]
    week: list[list[str]] = Field(description="七天，周一在前 · seven days, Monday first")
    holiday_policy: HolidayPolicy | None


class PlannedChange(Answer):
    """A change that waits for its day; lapsed: it could not take effect."""

    id: str
    effective_on: date
    changes: dict[str, Any]
    reason: str | None
    planned_by: str
    planned_at: datetime
    state: Literal["waiting", "lapsed"]


class PendingMove(Answer):
    """A move that waits for an administrator."""

    id: str
    location: Location
    district: DistrictRef | None
    distance_m: float
    reason: str | None
    asked_by: str
    asked_at: datetime


class DecidedMove(Answer):
    """What became of the move that was asked for last, within 90 days."""

    id: str
    decision: Literal["approved", "rejected", "withdrawn"]
    note: str | None
    decided_by: str | None
    decided_at: datetime
    distance_m: float
    reason: str | None


class OpenReports(Answer):
    """What workers reported and nobody has answered yet."""

    kind: Literal["closed", "amenity", "gone", "other"]
    amenity: str | None
    reports: int
    reporters: int
    latest_at: datetime


class ManagedStation(Answer):
    """A station as its managers see it."""

    id: str
    version: int
    kind: str
    name: str
    name_en: str | None
    address: str | None
    location: Location
    district: DistrictRef | None
    organisation: ManagingOrganisation | None
    host: Named | None
    host_name: str | None
    phone: str | None
    description: str | None
    amenities: list[str]
    out_of_order: list[ManagedOutage]
    access: list[str]
    hours: ManagedHours
    holiday_policy: HolidayPolicy | None
    time_zone: str
    calendar: str
    verified_at: datetime | None
    closures: list[ManagedException]
    planned: list[PlannedChange]
    pending_move: PendingMove | None
    last_move: DecidedMove | None
    open_reports: list[OpenReports]
    attention: list[str]
    source: str
    retired_at: datetime | None
    created_at: datetime
    updated_at: datetime
    updated_by: str | None
