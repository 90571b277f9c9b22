"""GET /v1/map and /v1/map/styles/{scheme}: what a page draws its map from."""

from __future__ import annotations

import hashlib
from typing import Annotated, Any

import numpy as np
import orjson
from fastapi import APIRouter, Path, Query, Response

from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.dependencies import ServiceDep
from geoapi.api.map.answers import MapOverview, MapStyle
from geoapi.api.map.parameters import ListParameters
from geoapi.api.map.style import Scheme, map_datum, map_style, tiles_path
from geoapi.api.map.tile_answers import CACHE_CONTROL, IfNoneMatch
from geoapi.api.parameters import Lang
from geoapi.api.planning.places import location
from geoapi.api.shapes import name_of
from geoapi.errors import Words
from geoapi.geometry.boxes import Box
from geoapi.geometry.datums import Datum, from_wgs84
from geoapi.queries.map.overview import Overview, read_overview
from geoapi.queries.map.vector_tile import DEEPEST
from geoapi.queries.planning.demand import SAMPLE
from geoapi.settings import MapSettings

router = APIRouter(prefix="/v1/map", tags=["map"])

UNCHANGED: dict[int | str, dict[str, Any]] = {304: {"description": "未变 · as you have it"}}


@router.get(
    "",
    summary="画地图所需的一切 · what a page needs to draw a map",
    response_model=MapOverview,
    responses={**problem_responses(414, 422, 503), **UNCHANGED},
    description="底图的坐标系、范围、样式与图层。页面应以此坐标系询问其余接口。\n\n"
    "The datum of the base map, what it shows, styles and layers. Ask for everything else in that datum.",
)
async def map_overview(
    asked: Annotated[ListParameters, Query()], service: ServiceDep, if_none_match: IfNoneMatch = None
) -> Response:
    settings = service.settings.map
    overview = await read_overview(service.database)
    crs, box = map_datum(settings), overview.box
    (middle_lon,), (middle_lat,) = np.array([box.west + box.east]) / 2, np.array([box.south + box.north]) / 2
    layers = ["stations", "districts", *(["streets"] if overview.networks else []), "gaps", "demand"]
    body = {
        "crs": crs,
        "bounds": bounds_in(box, crs),
        "centre": location(float(middle_lon), float(middle_lat), crs),
        "styles": {scheme: f"/v1/map/styles/{scheme}?lang={asked.lang}" for scheme in ("light", "dark")},
        "basemap": None
        if settings.basemap is None
        else {
            "type": "tiles" if settings.basemap_is_tiles else "style",
            "url": settings.basemap,
            "attribution": settings.basemap_attribution,
        },
        "attribution": attribution(overview, settings, asked.lang),
        "deepest_zoom": DEEPEST,
        "tiles": {layer: tiles_path(layer, settings) for layer in layers},
        "cities": [{"code": city["code"], "name": name_of(city, asked.lang)} for city in overview.cities],
        "networks": [
            {name: network[name] for name in ("code", "source", "as_of")} for network in overview.networks
        ],
        "demand_layers": [
            {"code": layer.code, "name": layer.name.in_language(asked.lang)} for layer in overview.layers
        ],
        "changes": overview.tallies,
    }
    return tagged(body, if_none_match, asked.lang)


@router.get(
    "/styles/{scheme}",
    summary="地图样式 · a MapLibre style",
    response_model=MapStyle,
    responses={**problem_responses(414, 422, 503), **UNCHANGED},
    description="MapLibre 样式，第 8 版，不向外请求字体或图标。\n\n"
    "A MapLibre style, version 8, that asks nobody else for fonts or pictures; addresses are relative to the "
    "service's own.",
)
async def style(
    scheme: Annotated[
        Scheme, Path(description="light:浅色 · for daylight; dark:深色 · for the night", examples=["light"])
    ],
    asked: Annotated[ListParameters, Query()],
    service: ServiceDep,
    if_none_match: IfNoneMatch = None,
) -> Response:
    settings = service.settings.map
    overview = await read_overview(service.database)
    body = map_style(
        scheme,
        asked.lang,
        settings,
        has_streets=bool(overview.networks),
        attribution=attribution(overview, settings, asked.lang),
    )
    return tagged(body, if_none_match, asked.lang)


def attribution(overview: Overview, settings: MapSettings, lang: Lang) -> str | None:
    """Whom the map is from, as its licences ask for: the base map's word, or the networks' sources."""
    if settings.basemap is not None:
        return settings.basemap_attribution
    made_up = Words("示例街道，非实地", "made-up streets").in_language(lang)
    sources = (str(network["source"]) for network in overview.networks)
    return " · ".join(dict.fromkeys(made_up if one == SAMPLE else one for one in sources)) or None


def bounds_in(box: Box, crs: Datum) -> list[float]:
    """West, south, east, north of a WGS-84 box on a map in a datum."""
    lon, lat = from_wgs84(
        [box.west, box.east, box.west, box.east], [box.south, box.south, box.north, box.north], crs
    )
    edges = (lon.min(), lat.min(), lon.max(), lat.max())
    return [round(float(edge), 6) for edge in edges]


def tagged(body: dict[str, Any], known: str | None, lang: str) -> Response:
    """`body` as JSON with a tag of what is in it, or 304 for whoever has it."""
    tag = f'"{hashlib.sha256(orjson.dumps(body)).hexdigest()[:16]}"'
    headers = {"ETag": tag, "Cache-Control": CACHE_CONTROL, "Content-Language": lang}
    if tag in [one.strip().removeprefix("W/") for one in (known or "").split(",")]:
        return Response(status_code=304, headers=headers)
    return json_answer(body, headers=headers)
