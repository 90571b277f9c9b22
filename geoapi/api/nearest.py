"""GET and POST /v1/stations/nearest."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Body, Query, Response
from fastapi.openapi.models import Example
from pydantic import Field

from geoapi.api.answers import Nearest, json_answer, problem_responses
from geoapi.api.dependencies import Service, ServiceDep, warning_rule
from geoapi.api.parameters import Codes, DatumField, Lang, LangField, Moment, Parameters
from geoapi.api.shapes import local, station_shape
from geoapi.errors import InvalidInput, Words
from geoapi.geometry.datums import Datum, point_to_wgs84
from geoapi.geometry.distances import walk_minutes
from geoapi.geometry.points import check_point
from geoapi.queries.catalog import Catalog
from geoapi.queries.nearest import NearestQuestion, OpenMode, PlaceHit, nearest_places

Number = TypeVar("Number", int, float)
router = APIRouter(prefix="/v1/stations", tags=["nearest"])


class NearestParameters(Parameters):
    """The nearest station that is open when I get there, with what I need."""

    lon: Annotated[float, Field(allow_inf_nan=False, description="经度 · longitude", examples=[116.4074])]
    lat: Annotated[float, Field(allow_inf_nan=False, description="纬度 · latitude", examples=[39.9042])]
    crs: DatumField = Datum.WGS84
    kind: Annotated[
        Codes,
        Field(description="类别，任一即可 · any of these; else all", examples=[["care_station"]]),
    ] = []  # noqa: RUF012 - pydantic copies defaults
    amenity: Annotated[
        Codes,
        Field(description="设施，须全部可用 · all of these, in working order", examples=[["microwave"]]),
    ] = []  # noqa: RUF012
    open: Annotated[
        OpenMode,
        Field(
            description="arrival:到达时开放且够停留 · open from the walker's arrival for `stay_minutes`; "
            "at:该时刻开放 · open at the time given; any:不论开放与否 · whatever the hours"
        ),
    ] = "arrival"
    at: Annotated[
        Moment | None,
        Field(
            description="出发时刻，须带时区，默认现在 · the time of asking, with an offset; else now",
        ),
    ] = None
    stay_minutes: Annotated[
        int | None, Field(ge=0, le=1440, description="到达后至少还开放多少分钟 · must stay open so long")
    ] = None
    radius_m: Annotated[
        float | None,
        Field(gt=0, allow_inf_nan=False, description="半径，米 · radius, metres", examples=[3000]),
    ] = None
    limit: Annotated[
        int | None, Field(ge=1, description="最多几处 · most stations to answer", examples=[5])
    ] = None
    lang: LangField = "zh"


ANSWERS: dict[str, Any] = {
    "response_model": Nearest,
    "response_description": "由近及远 · nearest first; those with unknown hours apart",
    "description": "按真实距离排序。不确定是否开放的另列于 `unknown_hours`;"
    "都不开放时,`opens_next` 是最先开放的一处。\n\n"
    "Ordered by true distance before the limit. Those that may be open are apart in `unknown_hours`; "
    "when none is open, `opens_next` is the one that opens first.",
}
# an answer is about a person's position: no cache is to keep it
NO_STORE = {"Cache-Control": "no-store"}
QUESTIONS: dict[str, Example] = {
    "arrival": {
        "summary": "现在走过去，有微波炉 · open when I get there, with a microwave",
        "value": {"lon": 116.4136, "lat": 39.9109, "crs": "gcj02", "amenity": ["microwave"], "limit": 3},
    },
    "any": {
        "summary": "不论开放与否 · whatever the hours",
        "value": {"lon": 116.4074, "lat": 39.9042, "open": "any", "kind": ["nursing_room"], "lang": "en"},
    },
}


@router.get(
    "/nearest",
    summary="最近的、到达时开放的驿站 · the nearest station open when I get there",
    responses=problem_responses(400, 414, 422, 503),
    **ANSWERS,
)
async def get_nearest(asked: Annotated[NearestParameters, Query()], service: ServiceDep) -> Response:
    return json_answer(await answer_nearest(asked, service), headers=NO_STORE)


@router.post(
    "/nearest",
    summary="同上，位置不进入网址 · the same, with the position in no URL",
    responses=problem_responses(400, 413, 414, 415, 422, 503),
    **ANSWERS,
)
async def post_nearest(
    asked: Annotated[NearestParameters, Body(openapi_examples=QUESTIONS)], service: ServiceDep
) -> Response:
    return json_answer(await answer_nearest(asked, service), headers=NO_STORE)


async def answer_nearest(asked: NearestParameters, service: Service) -> dict[str, Any]:
    """The answer to one question, ready for JSON."""
    defaults, walking = service.settings.nearest, service.settings.walking
    check_point(asked.lon, asked.lat)
    limit = _within(asked.limit, defaults.default_limit, defaults.max_limit, "limit")
    radius_m = _within(asked.radius_m, defaults.default_radius_m, defaults.max_radius_m, "radius_m")
    stay_minutes = defaults.default_stay_minutes if asked.stay_minutes is None else asked.stay_minutes
    at = asked.at or datetime.now(UTC).replace(microsecond=0)
    catalog = await service.catalog.current()
    lon, lat = point_to_wgs84(asked.lon, asked.lat, asked.crs)
    question = NearestQuestion(
        lon=lon,
        lat=lat,
        at=at,
        mode=asked.open,
        kind_ids=catalog.kind_ids(asked.kind) if asked.kind else None,
        amenity_ids=catalog.amenity_ids(asked.amenity),
        stay=timedelta(minutes=stay_minutes),
        radius_m=radius_m,
        limit=limit,
        seconds_per_metre=walking.seconds_per_metre,
        warn=warning_rule(service),
    )
    answer = await nearest_places(service.database, question, await service.window.current())

    def shaped(hit: PlaceHit) -> dict[str, Any]:
        return shape_hit(hit, catalog, asked.crs, asked.lang, walking.seconds_per_metre)

    return {
        "query": {
            "lon": asked.lon,
            "lat": asked.lat,
            "crs": asked.crs,
            "kind": asked.kind or [kind.code for kind in catalog.kinds],
            "amenity": asked.amenity,
            "open": asked.open,
            "at": at,
            "stay_minutes": stay_minutes,
            "radius_m": radius_m,
            "limit": limit,
            "lang": asked.lang,
            "walk_speed_m_s": walking.walk_speed_m_s,
            "detour_factor": walking.detour_factor,
        },
        "stations": [shaped(hit) for hit in answer.stations],
        "unknown_hours": [shaped(hit) for hit in answer.unknown_hours],
        "opens_next": shaped(answer.opens_next) if answer.opens_next else None,
    }


def shape_hit(
    hit: PlaceHit, catalog: Catalog, crs: Datum, lang: Lang, seconds_per_metre: float
) -> dict[str, Any]:
    """One station of an answer."""
    return {
        **station_shape(hit.row, catalog, crs, lang),
        "distance_m": round(hit.distance_m, 1),
        "walk_minutes": walk_minutes(hit.distance_m, seconds_per_metre=seconds_per_metre),
        "open_state": hit.state,
        "open_reason": hit.reason,
        "closes_at": local(hit.closes_at, hit.row),
        "opens_at": local(hit.opens_at, hit.row),
        "notice": hit.notice.in_language(lang) if hit.notice else None,
    }


def _within(asked: Number | None, default: Number, most: Number, field: str) -> Number:
    if asked is None:
        return default
    if asked > most:
        raise InvalidInput(
            Words(f"不能大于 {most:g}", f"must be at most {most:g}"),
            field=field,
            mend=Words(f"请给 {most:g} 或更小的数", f"ask for {most:g} or less"),
        )
    return asked
