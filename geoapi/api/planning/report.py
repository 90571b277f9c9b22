"""GET /v1/districts/{code}/coverage/report: everything a planner puts before a meeting, on one page."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Any, Final
from urllib.parse import quote
from zoneinfo import ZoneInfo

import orjson
from fastapi import APIRouter, Query, Request, Response
from pydantic import BeforeValidator, Field

from geoapi.api.answers import problem_responses
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.planning.coverage import CoverageParameters, answer_coverage
from geoapi.api.planning.extensions import ExtensionParameters, answer_extensions
from geoapi.api.planning.gaps import GapParameters, answer_gaps
from geoapi.api.planning.parameters import CodePath, MomentParameters, as_day, question_of
from geoapi.api.planning.sites import SiteParameters, answer_sites, at_most
from geoapi.api.planning.stations import StationStateParameters, answer_stations
from geoapi.api.planning.targets import TargetParameters, answer_targets
from geoapi.errors import InvalidInput, NotFound, Words
from geoapi.queries.districts import get_district, list_districts
from geoapi.report.inputs import Boundary, Dot, ReportInputs
from geoapi.report.policy import content_security_policy
from geoapi.report.render import render_report
from geoapi.report.sources import attributions, districts_drawn

router = APIRouter(prefix="/v1/districts", tags=["planning"])

STATES: Final = {"closed": 0, "open": 1, "unknown": 2}
NIGHT_HOUR: Final = 3
MOST_GAPS: Final = 200
HTML: Final = "text/html; charset=utf-8"


class ReportParameters(MomentParameters):
    """Of which time and week, and how many sites and longer hours."""

    week_of: Annotated[
        date | None,
        BeforeValidator(as_day),
        Field(
            description="该日所在的一周，默认 at 所在的一周 · the week of this day; else that of `at`",
            examples=["2026-10-01"],
        ),
    ] = None
    n: Annotated[int, Field(ge=1, le=1000, description="选址与延时各几处 · sites, and longer hours")] = 5


@router.get(
    "/{code}/coverage/report",
    summary="报告 · report: one page with maps, week, ranking, sites and method",
    description="一个自足的网页：没有脚本，不请求任何别的东西。没有给 `at` 时是当地下一个凌晨 3 点。\n\n"
    "One page that needs nothing else: no script, no request. Of the place's next 03:00 where no `at` is "
    "given.",
    response_class=Response,
    responses={
        200: {"content": {"text/html": {"schema": {"type": "string"}}}},
        **problem_responses(404, 414, 422, 503),
    },
)
async def report(
    code: CodePath, asked: Annotated[ReportParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    at_most(asked.n, service.settings.coverage.max_sites, "n")
    inputs = await _inputs(code, asked, service, request)
    # maps of a city take seconds to draw: nobody else is to wait for them
    html = await asyncio.to_thread(render_report, inputs)
    name = f"report-{code}-{inputs.coverage['method']['at'][:16].replace('-', '').replace(':', '')}.html"
    return Response(
        html,
        media_type=HTML,
        headers={
            "Content-Security-Policy": content_security_policy(html),
            "Content-Disposition": f"inline; filename*=UTF-8''{quote(name)}",
        },
    )


async def _inputs(code: str, asked: ReportParameters, service: Service, request: Request) -> ReportInputs:
    """The answers that the report shows, each at a turn of its own."""

    async def told(answer: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """An answer as those who ask over HTTP have it."""
        async with service.desk.turn(request.is_disconnected):
            return orjson.loads(orjson.dumps(await answer()))  # type: ignore[no-any-return]

    why: dict[str, Words] = {}

    async def may(section: str, answer: Callable[[], Awaitable[dict[str, Any]]]) -> dict[str, Any] | None:
        """An answer that the report can do without: the section then says why."""
        try:
            return await told(answer)
        except (InvalidInput, NotFound) as error:
            why[section] = error.message
            return None

    async with service.desk.turn(request.is_disconnected):
        # the place's own clocks are known once anything of it is
        scene = await service.desk.scene(await question_of(asked, code, service))
    given = asked.model_dump(include=set(MomentParameters.model_fields))
    given["crs"] = "wgs84"  # the maps' datum
    given["at"] = asked.at or next_night(scene.moments.zone)
    coverage = await told(lambda: answer_coverage(code, CoverageParameters(**given), service))
    # all that follows is about the same time and the same demand
    same = {**given, "demand": coverage["method"]["demand"]["layer"]}
    day = asked.week_of or date.fromisoformat(coverage["method"]["at"][:10])
    lasting = {**same, "at": None, "week_of": day}
    rows = [
        {name: row[name] for name in ("code", "parent_code", "source")}
        for row in await list_districts(service.database)
    ]
    above = next(row["parent_code"] for row in rows if row["code"] == code) or code
    drawn = districts_drawn(rows, above, code)
    outlines = [await _outline(service, row["code"]) for row in drawn]
    stations = await may("stations", lambda: answer_stations(code, StationStateParameters(**same), service))
    catalog = await service.catalog.current()
    return ReportInputs(
        coverage=coverage,
        week=await may("week", lambda: answer_coverage(code, CoverageParameters(**lasting), service)),
        worst=coverage
        if above == code
        else await may("ranking", lambda: answer_coverage(above, CoverageParameters(**same), service)),
        gaps=await may("gaps", lambda: answer_gaps(code, GapParameters(**same, limit=MOST_GAPS), service)),
        sites=await may("sites", lambda: answer_sites(code, SiteParameters(**same, n=asked.n), service)),
        extensions=await may(
            "extensions",
            lambda: answer_extensions(code, ExtensionParameters(**lasting, n=asked.n), service),
        ),
        targets=await may(
            "targets",
            lambda: answer_targets(code, TargetParameters(at=given["at"], lang=asked.lang), service),
        ),
        stations=None if stations is None else [_dot(feature) for feature in stations["features"]],
        boundary=next((one for one in outlines if one.code == code), None),
        outlines=[one for one in outlines if one.code != code],
        names={word.code: word.name for word in (*catalog.kinds, *catalog.amenities)},
        why=why,
        attributions=attributions(coverage, drawn),
        made_at=datetime.now(UTC).astimezone(ZoneInfo(coverage["method"]["time_zone"])),
        lang=asked.lang,
    )


def next_night(zone: str) -> datetime:
    """The next 03:00 by the clocks of a zone: when least is open, and a report tells most."""
    now = datetime.now(ZoneInfo(zone))
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return night if night > now else night + timedelta(days=1)


async def _outline(service: Service, code: str) -> Boundary:
    row = await get_district(service.database, code)
    return Boundary(
        code, Words(row["name_zh"], row["name_en"] or row["name_zh"]), orjson.loads(row["geojson"])
    )


def _dot(feature: dict[str, Any]) -> Dot:
    lon, lat = feature["geometry"]["coordinates"]
    return Dot(lon, lat, STATES[feature["properties"]["state"]])
