"""GET and POST /v1/districts/{code}/sites."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Query, Request, Response
from fastapi.openapi.models import Example
from pydantic import Field

from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.parameters import Codes, Parameters, PlainText
from geoapi.api.planning.answers import Sites
from geoapi.api.planning.formats import answer_as, table_responses
from geoapi.api.planning.method import area_shape, method_of
from geoapi.api.planning.parameters import CodePath, Format, PlanningParameters, question_of
from geoapi.api.planning.places import location, part_ref
from geoapi.errors import InvalidInput, Words
from geoapi.geometry.datums import point_to_wgs84
from geoapi.geometry.points import check_point
from geoapi.queries.planning.scene import Question
from geoapi.queries.planning.sites import ROUND_THE_CLOCK, Place, SitesFound, sites_in, venues

router = APIRouter(prefix="/v1/districts", tags=["planning"])


class SiteParameters(PlanningParameters):
    """Where the next stations go, and how many more people each covers."""

    n: Annotated[int, Field(ge=1, le=1000, description="几处 · how many sites")] = 5
    candidates: Annotated[
        Literal["demand", "venues"],
        Field(
            description="demand:需求点;venues:host 类型的场所 · candidate places: the demand points, "
            "or known venues of the types in `host`"
        ),
    ] = "demand"
    host: Annotated[Codes, Field(description="场所类型，如 mall · types of venues, such as mall")] = []  # noqa: RUF012
    hours: Annotated[PlainText, Field(max_length=200, description="新站的开放时间 · hours of a new site")] = (
        ROUND_THE_CLOCK
    )
    exact: Annotated[bool, Field(description="求解到最优并给出证明 · solve to proven optimality (HiGHS)")] = (
        False
    )
    format: Annotated[Format, Field(description="答复的格式 · format of the answer")] = "json"


class GivenPlace(Parameters):
    """A place where a station could go, in the datum of `crs`."""

    lon: Annotated[float, Field(allow_inf_nan=False)]
    lat: Annotated[float, Field(allow_inf_nan=False)]
    name: Annotated[PlainText | None, Field(max_length=200)] = None


class GivenPlaces(SiteParameters):
    """The same, among places that are given."""

    places: Annotated[
        list[GivenPlace],
        Field(min_length=1, max_length=100_000, description="候选地点 · candidate places"),
    ]


EXAMPLES: dict[str, Example] = {
    "places": {
        "summary": "三处候选 · three candidate addresses",
        "value": {
            "n": 2, "kind": ["care_station"], "hours": "每天 0:00-24:00", "places": [
                {"lon": 116.46, "lat": 39.92, "name": "A"}, {"lon": 116.48, "lat": 39.90},
                {"lon": 116.43, "lat": 39.95},
            ],
        },
    }
}  # fmt: skip


@router.get(
    "/{code}/sites",
    summary="选址 · sites: where the next stations go",
    response_model=Sites,
    response_description="依次选出，各附新增覆盖 · in order, each with its marginal gain",
    responses=table_responses(404, 414, 422, 503),
)
async def sites(
    code: CodePath, asked: Annotated[SiteParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_sites(code, asked, service)
    return await answer_as(asked.format, "sites", answer, asked.lang)


@router.post(
    "/{code}/sites",
    summary="在给定地点中选址 · sites among given places",
    response_model=Sites,
    responses=table_responses(400, 404, 413, 414, 415, 422, 503),
)
async def sites_among(
    code: CodePath,
    asked: Annotated[GivenPlaces, Body(openapi_examples=EXAMPLES)],
    service: ServiceDep,
    request: Request,
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_sites(code, asked, service)
    return await answer_as(asked.format, "sites", answer, asked.lang)


async def answer_sites(code: str, asked: SiteParameters, service: Service) -> dict[str, Any]:
    """The answer to one question, ready for JSON."""
    settings, desk = service.settings.coverage, service.desk
    at_most(asked.n, settings.max_sites, "n")
    question = await question_of(asked, code, service)
    places = await _places(asked, question, service)
    scene = await desk.scene(question)
    found = await desk.work(
        sites_in,
        scene,
        asked.n,
        places=places,
        given=isinstance(asked, GivenPlaces),
        hours=asked.hours,
        exact=asked.exact,
        most_candidates=settings.max_candidates,
        time_limit_s=settings.exact_time_limit_s,
    )
    return {
        "query": {
            **asked.echo(code),
            **({"places": len(places)} if isinstance(asked, GivenPlaces) and places else {}),
        },
        "method": await method_of(scene, service),
        "area": area_shape(scene.area.itself, asked.lang),
        "total": found.total,
        "hours": found.hours,
        "before": _covered(found.covered_before, found.total),
        "sites": _sites(found, scene.area, asked),
        "solver": {
            "name": found.sites.solver,
            "optimal": found.sites.optimal,
            "gain": found.sites.covered / found.hours,
            "bound": found.sites.bound / found.hours,
            "gap": round(found.sites.gap, 6),
            "candidates": found.candidates,
            "candidates_there": found.candidates_there,
        },
    }


def at_most(asked: int, most: int, field: str) -> None:
    """Nothing, unless more is asked for than the settings allow."""
    if asked > most:
        raise InvalidInput(
            Words(f"不能大于 {most}", f"must be at most {most}"),
            field=field,
            mend=Words(f"请给 {most} 或更小的数", f"ask for {most} or less"),
        )


async def _places(asked: SiteParameters, question: Question, service: Service) -> list[Place] | None:
    if isinstance(asked, GivenPlaces):
        return [_given(place, index, asked) for index, place in enumerate(asked.places)]
    if asked.candidates == "demand":
        if asked.host:
            raise InvalidInput(
                Words("只用于 candidates=venues", "is only for candidates=venues"),
                field="host",
                mend=Words("请加 candidates=venues", "ask with candidates=venues"),
            )
        return None
    catalog = await service.catalog.current()
    if not asked.host:
        raise InvalidInput(
            Words("请给出场所类型", "the types of venues are missing"),
            field="host",
            mend=Words(
                f"可选：{'、'.join(host.code for host in catalog.hosts)}",
                f"choose from {', '.join(host.code for host in catalog.hosts)}",
            ),
        )
    async with service.database.connection() as conn:
        found = await venues(conn, question.code, catalog.host_ids(asked.host))
    if not found:
        raise InvalidInput(
            Words("此处没有已知的这类场所", "no venue of these types is known here"),
            field="host",
            mend=Words("换一类场所，或用 candidates=demand", "try another type, or candidates=demand"),
        )
    return found


def _given(place: GivenPlace, index: int, asked: GivenPlaces) -> Place:
    check_point(place.lon, place.lat, lon_field=f"places.{index}.lon", lat_field=f"places.{index}.lat")
    return Place(*point_to_wgs84(place.lon, place.lat, asked.crs), place.name)


def _sites(found: SitesFound, area: Any, asked: SiteParameters) -> list[dict[str, Any]]:
    covered, shapes = found.covered_before, []
    for rank, (place, part, gain) in enumerate(
        zip(found.places, found.part, found.sites.gain.tolist(), strict=True), 1
    ):
        covered += gain / found.hours
        shapes.append(
            {
                "rank": rank,
                "location": location(place.lon, place.lat, asked.crs),
                "name": place.name,
                "district": part_ref(area, part, asked.lang),
                "gain": gain / found.hours,
                **_covered(covered, found.total),
            }
        )
    return shapes


def _covered(covered: float, total: float) -> dict[str, Any]:
    return {"covered": round(covered, 6), "share": round(covered / total, 6) if total > 0 else None}
