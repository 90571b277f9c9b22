"""GET /v1/demand-layers and /v1/networks: what can be asked about, and along which ways."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response

from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.dependencies import ServiceDep
from geoapi.api.parameters import LangField, Parameters
from geoapi.api.planning.answers import DemandLayerList, NetworkList
from geoapi.api.planning.method import layer_shape
from geoapi.queries.planning.demand import list_layers
from geoapi.queries.planning.networks import list_networks

router = APIRouter(prefix="/v1", tags=["planning"])


class ListParameters(Parameters):
    """In which language."""

    lang: LangField = "zh"


@router.get(
    "/demand-layers",
    summary="需求图层 · demand layers",
    response_model=DemandLayerList,
    responses=problem_responses(414, 422, 503),
)
async def demand_layers(asked: Annotated[ListParameters, Query()], service: ServiceDep) -> Response:
    async with service.database.connection() as conn:
        layers = await list_layers(conn)
    return json_answer({"items": [layer_shape(layer) for layer in layers], "next_cursor": None})


@router.get(
    "/networks",
    summary="步行路网 · walking networks",
    response_model=NetworkList,
    responses=problem_responses(414, 422, 503),
)
async def networks(asked: Annotated[ListParameters, Query()], service: ServiceDep) -> Response:
    async with service.database.connection() as conn:
        rows = await list_networks(conn)
    return json_answer(
        {"items": [{str(name): value for name, value in row.items()} for row in rows], "next_cursor": None}
    )
