"""GET /v1/kinds and /v1/amenities: the controlled words."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from geoapi.api.answers import AmenityList, KindList, json_answer, problem_responses
from geoapi.api.dependencies import ServiceDep
from geoapi.api.parameters import LangField, Parameters
from geoapi.queries.catalog import Word

router = APIRouter(prefix="/v1", tags=["words"])


class WordParameters(Parameters):
    """In which language."""

    lang: LangField = "zh"


@router.get(
    "/kinds", summary="设施类别 · kinds", response_model=KindList, responses=problem_responses(414, 422, 503)
)
async def kinds(asked: Annotated[WordParameters, Query()], service: ServiceDep) -> Response:
    catalog = await service.catalog.current()
    return json_answer({"items": [_word(kind, asked.lang) for kind in catalog.kinds], "next_cursor": None})


@router.get(
    "/amenities",
    summary="设施 · amenities",
    response_model=AmenityList,
    responses=problem_responses(414, 422, 503),
)
async def amenities(asked: Annotated[WordParameters, Query()], service: ServiceDep) -> Response:
    catalog = await service.catalog.current()
    items = [{**_word(one, asked.lang), "osm_tag": one.osm_tag} for one in catalog.amenities]
    return json_answer({"items": items, "next_cursor": None})


def _word(word: Word, lang: str) -> dict[str, Any]:
    return {
        "code": word.code,
        "name": word.name.in_language(lang),
        "name_zh": word.name.zh,
        "name_en": word.name.en,
    }
