"""GET /v1/districts/{code}/gaps."""

from __future__ import annotations

from typing import Annotated, Any

import shapely
from fastapi import APIRouter, Query, Request, Response
from pydantic import Field

from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.planning.answers import GapCollection
from geoapi.api.planning.formats import answer_as, geojson_answer, table_responses
from geoapi.api.planning.method import area_shape, method_of
from geoapi.api.planning.parameters import CodePath, Format, MomentParameters, question_of
from geoapi.api.planning.places import geometry, part_ref
from geoapi.api.shapes import name_of
from geoapi.coverage.gaps import Gap
from geoapi.coverage.week_text import week_text
from geoapi.queries.planning.gaps import gaps_in
from geoapi.queries.planning.scene import Scene
from geoapi.queries.planning.station_names import station_names

router = APIRouter(prefix="/v1/districts", tags=["planning"])


class GapParameters(MomentParameters):
    """Where nobody has an open station within reach, and for how long."""

    limit: Annotated[
        int, Field(ge=1, le=10_000, description="最多几处，最严重的在前 · most gaps, the worst first")
    ] = 100
    format: Annotated[Format, Field(description="答复的格式 · format of the answer")] = "geojson"


@router.get(
    "/{code}/gaps",
    summary="覆盖空白 · gaps: who has no open station within reach",
    response_model=GapCollection,
    response_description="GeoJSON,最严重的在前 · GeoJSON, the worst first",
    responses=table_responses(404, 414, 422, 503, geojson=GapCollection),
)
async def gaps(
    code: CodePath, asked: Annotated[GapParameters, Query()], service: ServiceDep, request: Request
) -> Response:
    async with service.desk.turn(request.is_disconnected):
        answer = await answer_gaps(code, asked, service)
    if asked.format == "geojson":
        return geojson_answer(answer)
    return await answer_as(asked.format, "gaps", answer, asked.lang)


async def answer_gaps(code: str, asked: GapParameters, service: Service) -> dict[str, Any]:
    """The gaps as a GeoJSON collection with its method."""
    scene = await service.desk.scene(await question_of(asked, code, service))
    found = await service.desk.work(gaps_in, scene, await service.desk.polygons(code))
    shown = found.gaps[: asked.limit]
    names = await station_names(service.database, (id_ for id_ in found.nearest[: asked.limit] if id_))
    return {
        "type": "FeatureCollection",
        "query": asked.echo(code),
        "method": await method_of(scene, service),
        "area": area_shape(scene.area.itself, asked.lang),
        "total": float(scene.demand.weight.sum()),
        "uncovered": found.uncovered,
        "uncovered_if_open": found.uncovered_if_open,
        "gaps": len(found.gaps),
        "features": [
            _feature(rank, gap, found.nearest[rank - 1], names, scene, asked)
            for rank, gap in enumerate(shown, 1)
        ],
    }


def _feature(
    rank: int, gap: Gap, nearest: int | None, names: dict[int, Any], scene: Scene, asked: GapParameters
) -> dict[str, Any]:
    codes = [part.code for part in scene.area.parts]
    hours = gap.hours
    lon, lat = gap.centre
    centre = geometry(shapely.Point(lon, lat), asked.crs)["coordinates"]
    return {
        "type": "Feature",
        "id": rank,
        "geometry": geometry(gap.polygon, asked.crs),
        "properties": {
            "rank": rank,
            "uncovered": gap.uncovered,
            "uncovered_if_open": gap.uncovered_if_open,
            "points": int(gap.points.size),
            "district": part_ref(scene.area, codes.index(gap.area) if gap.area in codes else -1, asked.lang),
            "area_km2": round(gap.area_km2, 3),
            "centre": {"lon": centre[0], "lat": centre[1]},
            "nearest": None
            if nearest is None or gap.nearest_m is None or nearest not in names
            else {
                "station_id": str(nearest),
                "name": name_of(names[nearest], asked.lang),
                "distance_m": round(gap.nearest_m, 1),
            },
            "mean_distance_m": None if gap.mean_m is None else round(gap.mean_m, 1),
            "hours": None if hours is None else {"count": int(hours.sum()), "week": week_text(hours)},
        },
    }
