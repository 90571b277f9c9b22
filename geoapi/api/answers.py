"""The shapes of answers, for the OpenAPI document. Routes fill them as plain dictionaries.

Building and checking pydantic models for every answer would take longer than the
question itself; `tests/api/test_answers.py` holds real answers against these shapes.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from geoapi.problems import MEDIA_TYPE

NOTICE = "当时临时关闭或加开的说明 · what is said of the dated closure or opening in force at that time"


class Answer(BaseModel):
    """Base of every answer: what is not described is not sent."""

    model_config = ConfigDict(extra="forbid")


class Location(Answer):
    """A position in the datum that was asked in."""

    lon: float
    lat: float
    crs: Literal["wgs84", "gcj02", "bd09"]


class DistrictRef(Answer):
    """A district by its GB/T 2260 code."""

    code: str
    name: str


class StationWarning(Answer):
    """What several people reported of a station, one by one, and nobody has looked into yet."""

    kind: Literal["closed", "amenity", "gone", "other"]
    amenity: str | None
    reports: int = Field(description="多少人反映 · how many people say so")
    since: datetime
    text: str


class StationBase(Answer):
    """What every answer says of a station."""

    id: str
    kind: str
    name: str
    address: str | None
    location: Location
    district: DistrictRef | None
    amenities: list[str] = Field(description="可用设施 · amenities in working order")
    out_of_order: list[str] = Field(description="故障设施 · amenities out of order at the time asked about")
    access: list[str] = Field(description="谁可进入 · who may enter, as the source says")
    hours_text: str | None
    phone: str | None
    verified_at: datetime | None
    version: int
    source: str
    warnings: list[StationWarning] = Field(
        description="多人反映、尚未核实的问题 · what several people reported lately and nobody has settled"
    )


class NearbyStation(StationBase):
    """A station as `nearest` answers it."""

    distance_m: float = Field(description="直线距离，米 · straight-line metres on the WGS-84 spheroid")
    walk_minutes: int = Field(description="步行分钟 · minutes on foot: distance × detour ÷ speed, rounded up")
    open_state: Literal["open", "closed", "unknown"]
    open_reason: Literal["rule", "exception", "holiday", "override", "unstated"]
    closes_at: datetime | None
    opens_at: datetime | None
    notice: str | None = Field(description=NOTICE)


class NearestQuery(Answer):
    """The question as it was understood."""

    lon: float
    lat: float
    crs: Literal["wgs84", "gcj02", "bd09"]
    kind: list[str]
    amenity: list[str]
    open: Literal["arrival", "at", "any"]
    at: datetime
    stay_minutes: int
    radius_m: float
    limit: int
    lang: Literal["zh", "en"]
    walk_speed_m_s: float
    detour_factor: float


class Nearest(Answer):
    """The answer to `nearest`."""

    query: NearestQuery
    stations: list[NearbyStation] = Field(description="由近及远 · nearest first, ties by id")
    unknown_hours: list[NearbyStation] = Field(
        description="开放时间不确定 · near, but nobody knows whether they are open then"
    )
    opens_next: NearbyStation | None = Field(
        description="都不开放时，最先开放的一处 · when none is open: the one that opens next"
    )


class ProblemEntry(Answer):
    """One field that is wrong, and the mend."""

    field: str | None
    detail: str
    mend: str | None = None
    in_: str | None = Field(None, alias="in")


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={
            "example": {
                "type": "urn:geoapi:problem:unknown-code",
                "title": "The request has a mistake",
                "status": 422,
                "detail": "there is no such amenity",
                "errors": [
                    {
                        "field": "amenity",
                        "detail": "there is no such amenity",
                        "mend": "did you mean microwave?",
                    }
                ],
                "near": ["microwave"],
            }
        },
    )
    type: str
    title: str
    status: int
    detail: str
    errors: list[ProblemEntry] | None = None


class ListedStation(StationBase):
    """A station as the list answers it; `retired_at` is set only where `updated_since` asks for changes."""

    updated_at: datetime
    retired_at: datetime | None


class StationPage(Answer):
    """A page of stations; ask again with `cursor` until `next_cursor` is null."""

    items: list[ListedStation]
    next_cursor: str | None


class Named(Answer):
    """A code and its name."""

    code: str
    name: str


class WeekDay(Answer):
    """One weekday of an ordinary week."""

    weekday: int = Field(description="1 = 周一 Monday … 7 = 周日 Sunday")
    hours: list[str]


class DatedException(Answer):
    """A dated closure or extra opening."""

    starts_at: datetime
    ends_at: datetime
    state: Literal["open", "closed"]
    note: str | None


class Hours(Answer):
    """Hours as text, as an OpenStreetMap string, and as a table of an ordinary week."""

    text: str | None
    osm: str | None
    certainty: Literal["full", "partial", "unknown"]
    unread: list[str]
    week: list[WeekDay]
    holiday_policy: Literal["as_usual", "closed"] | None
    time_zone: str
    calendar: str
    exceptions: list[DatedException]


class NowState(Answer):
    """The state at a time, why, and when it changes next (null: not within two weeks)."""

    at: datetime
    open_state: Literal["open", "closed", "unknown"]
    open_reason: Literal["rule", "exception", "holiday", "override", "unstated"]
    changes_at: datetime | None
    notice: str | None = Field(description=NOTICE)


class Station(StationBase):
    """Everything about one station."""

    host: Named | None
    host_name: str | None
    organisation: Named | None
    description: str | None
    attributes: dict[str, Any]
    hours: Hours
    now: NowState
    created_at: datetime
    updated_at: datetime
    retired_at: datetime | None


class OpenInterval(Answer):
    """A stretch in which the station is open, or may be."""

    starts_at: datetime
    ends_at: datetime
    state: Literal["open", "unknown"]
    reason: Literal["rule", "exception", "holiday", "override", "unstated"]


class DayType(Answer):
    """A day that is not an ordinary one: a public holiday or a make-up workday."""

    date: str
    type: Literal["holiday", "makeup"]
    name: str | None


class StationHours(Answer):
    """A station's hours between two times: what no interval covers is closed."""

    id: str
    time_zone: str
    starts_at: datetime
    ends_at: datetime
    intervals: list[OpenInterval]
    special_days: list[DayType]


class KindItem(Answer):
    """A kind of facility."""

    code: str
    name: str
    name_zh: str
    name_en: str


class AmenityItem(KindItem):
    """An amenity, with its OpenStreetMap tag where there is one."""

    osm_tag: str | None


class KindList(Answer):
    items: list[KindItem]
    next_cursor: None


class AmenityList(Answer):
    items: list[AmenityItem]
    next_cursor: None


class District(Answer):
    """A district; `stations` counts those in use inside it, by kind."""

    code: str
    name: str
    name_zh: str
    name_en: str | None
    level: Literal["city", "district", "street"]
    parent_code: str | None
    population: int | None
    source: str
    stations: dict[str, int]


class DistrictDetail(District):
    """A district with its boundary."""

    area_km2: float
    crs: Literal["wgs84", "gcj02", "bd09"]
    geometry: dict[str, Any] = Field(description="GeoJSON, in the datum that was asked in")


class DistrictList(Answer):
    items: list[District]
    next_cursor: None


def json_answer(body: Any, *, status_code: int = 200, headers: dict[str, str] | None = None) -> Response:
    """`body` as JSON, times in ISO 8601."""
    return Response(
        orjson.dumps(body), status_code=status_code, media_type="application/json", headers=headers
    )


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries for the problems that a route may answer with."""
    words = {
        400: "请求无法处理 · cannot be answered (for example a time beyond the horizon)",
        401: "未登录或登录已失效 · nobody is signed in, or no longer",
        403: "账号无权这样做 · the account may not do this here",
        404: "没有找到 · not found",
        409: "与现状冲突 · the present state does not allow it",
        412: "已被他人修改 · somebody else changed it first; `current` and `difference` say how",
        413: "请求内容太大 · the body is larger than 64 KiB (what planners send: 4 MiB)",
        414: "查询参数太长 · the query is longer than 8 KiB",
        415: "请求内容不是 JSON · the body is not said to be JSON",
        422: "请求有误 · the request has a mistake; `errors` names field and mend",
        428: "须用 If-Match 说明依据的版本 · If-Match must say which version it was made of",
        429: "尝试过于频繁 · too many tries; see Retry-After",
        503: "暂时无法应答 · the database cannot answer now; see Retry-After",
    }
    return {
        status: {
            "description": words[status],
            "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}},
        }
        for status in statuses
    }
