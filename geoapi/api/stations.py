"""GET /v1/stations, /v1/stations/{id} and /v1/stations/{id}/hours."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import Field

from geoapi.api.answers import Station, StationHours, StationPage, json_answer, problem_responses
from geoapi.api.dependencies import ServiceDep, warning_rule
from geoapi.api.parameters import Codes, DatumField, LangField, Moment, Parameters, PlainText
from geoapi.api.shapes import local, name_of, station_shape
from geoapi.errors import InvalidInput, Words
from geoapi.geometry.boxes import parse_bbox
from geoapi.geometry.datums import Datum
from geoapi.queries.lookup import StationDetail, get_hours, get_station
from geoapi.queries.search import StationFilter, find_stations

router = APIRouter(prefix="/v1/stations", tags=["stations"])
MOST_HOURS = timedelta(days=366)
StationId = Annotated[int, Path(ge=1, le=2**63 - 1, description="站点编号 · the station's id", examples=[1])]


class ListParameters(Parameters):
    """Which stations to list."""

    bbox: Annotated[
        PlainText | None,
        Field(
            max_length=200,
            description="西,南,东,北(度) · west,south,east,north in degrees; west > east crosses 180°",
            examples=["116.38,39.90,116.43,39.93"],
        ),
    ] = None
    crs: DatumField = Datum.WGS84
    district: Annotated[
        PlainText | None, Field(max_length=20, description="行政区代码 · GB/T 2260 code", examples=["110101"])
    ] = None
    kind: Annotated[Codes, Field(description="类别，任一即可 · any of these kinds")] = []  # noqa: RUF012
    amenity: Annotated[Codes, Field(description="设施，须全部可用 · all of these amenities")] = []  # noqa: RUF012
    q: Annotated[
        PlainText | None,
        Field(
            min_length=1,
            max_length=100,
            description="名称、地址、拼音或首字母 · name, address, pinyin or initials; forgiving",
            examples=["nxyz"],
        ),
    ] = None
    updated_since: Annotated[
        Moment | None,
        Field(description="此后有变动的(含已撤销) · changed since then, retired ones included"),
    ] = None
    cursor: Annotated[PlainText | None, Field(max_length=500, description="上一页的 next_cursor")] = None
    limit: Annotated[int, Field(ge=1, le=500, description="每页几处 · stations a page")] = 50
    lang: LangField = "zh"


class DetailParameters(Parameters):
    """How to answer about one station."""

    crs: DatumField = Datum.WGS84
    at: Annotated[
        Moment | None, Field(description="何时的状态，默认现在 · the state when; now when left out")
    ] = None
    lang: LangField = "zh"


class HoursParameters(Parameters):
    """Between which times."""

    from_: Annotated[
        Moment | None, Field(alias="from", description="起，默认现在 · from; now when left out")
    ] = None
    to: Annotated[
        Moment | None, Field(description="止，默认七天后，最长 366 天 · to; seven days on when left out")
    ] = None
    lang: LangField = "zh"


@router.get(
    "",
    summary="站点列表与搜索 · list and search",
    response_model=StationPage,
    responses=problem_responses(414, 422, 503),
    description="条件同时满足。`next_cursor` 不为空时，带上它再问下一页。"
    "`q` 按相近程度排序,`updated_since` 按变动先后，否则按编号。\n\n"
    "All conditions hold at once. While `next_cursor` is not null, ask again with it. Ordered by how well "
    "`q` matches, by time of change with `updated_since`, else by id.",
)
async def list_stations(asked: Annotated[ListParameters, Query()], service: ServiceDep) -> Response:
    catalog = await service.catalog.current()
    page = await find_stations(
        service.database,
        StationFilter(
            box=parse_bbox(asked.bbox) if asked.bbox is not None else None,
            crs=asked.crs,
            district_code=asked.district,
            kind_ids=catalog.kind_ids(asked.kind) if asked.kind else (),
            amenity_ids=catalog.amenity_ids(asked.amenity),
            words=asked.q,
            updated_since=asked.updated_since,
            warn=warning_rule(service),
        ),
        limit=asked.limit,
        cursor=asked.cursor,
    )
    items = [
        {
            **station_shape(row, catalog, asked.crs, asked.lang),
            "updated_at": local(row["updated_at"], row),
            "retired_at": local(row["retired_at"], row),
        }
        for row in page.rows
    ]
    return json_answer({"items": items, "next_cursor": page.next_cursor})


@router.get(
    "/{id}",
    summary="一个站点 · one station",
    response_model=Station,
    responses={**problem_responses(404, 414, 422, 503), 304: {"description": "未变 · as you have it"}},
    description="开放时间的原文、OSM 写法、一周表与当前状态。带 `If-None-Match` 询问，未变则 304。\n\n"
    "Its hours as text, as an OpenStreetMap string and as a week; its state now. With `If-None-Match`, "
    "304 when nothing changed.",
)
async def one_station(
    id: StationId,
    asked: Annotated[DetailParameters, Query()],
    service: ServiceDep,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Response:
    at = asked.at or datetime.now(UTC).replace(second=0, microsecond=0)
    catalog = await service.catalog.current()
    detail = await get_station(service.database, id, at, warning_rule(service))
    row = detail.row
    body = {
        **station_shape(row, catalog, asked.crs, asked.lang),
        "host": {"code": row["host_code"], "name": name_of(row, asked.lang, "host_")}
        if row["host_code"]
        else None,
        "host_name": row["host_name"],
        "organisation": {
            "code": row["organisation_code"],
            "name": name_of(row, asked.lang, "organisation_"),
        }
        if row["organisation_code"]
        else None,
        "description": row["description"],
        "attributes": row["attributes"],
        "hours": _hours_shape(detail, asked.lang),
        "now": {
            "at": local(at, row),
            "open_state": detail.now.state,
            "open_reason": detail.reason,
            "changes_at": local(detail.now.changes_at, row),
            "notice": detail.notice.in_language(asked.lang) if detail.notice else None,
        },
        **{field: local(row[field], row) for field in ("created_at", "updated_at", "retired_at")},
    }
    # the version leads, for If-Match; the rest tells apart what else the answer depends on
    told = {**body, "now": {**body["now"], "at": None}} if asked.at is None else body
    etag = f'"{row["version"]}-{hashlib.sha256(orjson.dumps([asked.lang, told])).hexdigest()[:16]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Content-Language": asked.lang}
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    if etag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return json_answer(body, headers=headers)


@router.get(
    "/{id}/hours",
    summary="两个时刻之间的开放时段 · open hours between two times",
    response_model=StationHours,
    responses=problem_responses(404, 414, 422, 503),
    description="没有列出的时间都不开放;`unknown` 为不确定。\n\n"
    "Closed whenever nothing is listed; `unknown` may be open.",
)
async def station_hours(
    id: StationId, asked: Annotated[HoursParameters, Query()], service: ServiceDep
) -> Response:
    start = asked.from_ or datetime.now(UTC).replace(second=0, microsecond=0)
    end = asked.to or start + timedelta(days=7)
    if end <= start:
        raise InvalidInput(
            Words("须晚于 from", "must be later than `from`"),
            field="to",
            mend=Words("给一个更晚的时间", "give a later time"),
        )
    if end - start > MOST_HOURS:
        raise InvalidInput(
            Words("最长 366 天", "at most 366 days at a time"),
            field="to",
            mend=Words("分几次询问", "ask for one year after another"),
        )
    hours = await get_hours(service.database, id, start, end)
    return json_answer(
        {
            "id": str(id),
            "time_zone": hours.zone.key,
            "starts_at": start.astimezone(hours.zone),
            "ends_at": end.astimezone(hours.zone),
            "intervals": [
                {
                    "starts_at": i.start.astimezone(hours.zone),
                    "ends_at": i.end.astimezone(hours.zone),
                    "state": i.state,
                    "reason": i.reason,
                }
                for i in hours.intervals
            ],
            "special_days": [
                {
                    "date": day.date.isoformat(),
                    "type": day.type,
                    "name": day.name.in_language(asked.lang) if day.name else None,
                }
                for day in hours.calendar
                if day.type in ("holiday", "makeup")
                and start.astimezone(hours.zone).date() <= day.date <= end.astimezone(hours.zone).date()
            ],
        }
    )


def _hours_shape(detail: StationDetail, lang: str) -> dict[str, Any]:
    row = detail.row
    note = "note_en" if lang == "en" else "note_zh"
    return {
        "text": row["hours_text"],
        "osm": row["hours_osm"],
        "certainty": row["hours_certainty"],
        "unread": row["hours_unread"],
        "week": [{"weekday": n, "hours": hours} for n, hours in enumerate(detail.week, 1)],
        "holiday_policy": row["holiday_policy"] or row["host_policy"],
        "time_zone": row["time_zone"],
        "calendar": row["calendar"],
        "exceptions": [
            {
                "starts_at": local(one["during"].lower, row),
                "ends_at": local(one["during"].upper, row),
                "state": one["state"],
                "note": one[note] or one["note_zh"] or one["note_en"],
            }
            for one in detail.exceptions
        ],
    }
