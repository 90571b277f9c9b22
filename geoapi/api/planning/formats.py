"""The same answer as JSON or as tables: CSV, XLSX, GeoPackage, GeoJSON."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import shapely
from fastapi import Response
from pydantic import BaseModel

from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.parameters import Lang
from geoapi.api.planning.parameters import Format
from geoapi.exports.answers import AnswerKind, sheets_of
from geoapi.exports.files import WRITERS

GEOJSON: Final = "application/geo+json"
MEDIA_TYPES: Final[dict[str, str]] = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "gpkg": "application/geopackage+sqlite3",
    "geojson": GEOJSON,
}


async def answer_as(
    format_: Format,
    kind: AnswerKind,
    answer: dict[str, Any],
    lang: Lang,
    *,
    districts: Mapping[str, shapely.Geometry] | None = None,
) -> Response:
    """The answer in the format asked for, as a file to save unless it is JSON.

    `districts` gives what is told by district a shape on the map, where the format has any.
    """
    if format_ == "json":
        return json_answer(answer)

    def written() -> bytes:
        return WRITERS[format_](sheets_of(kind, answer, lang, districts=districts), lang)

    return Response(
        # a city's demand points take seconds: nobody else is to wait for them
        await asyncio.to_thread(written),
        media_type=MEDIA_TYPES[format_],
        headers={"Content-Disposition": _named(kind, answer, format_)},
    )


def geojson_answer(answer: dict[str, Any]) -> Response:
    """An answer that is GeoJSON as it stands."""
    response = json_answer(answer)
    response.headers["content-type"] = GEOJSON
    return response


def geojson_response(shape: type[BaseModel]) -> dict[str, Any]:
    """The OpenAPI entry of GeoJSON of a shape, which has to be an operation's response model, too."""
    return {GEOJSON: {"schema": {"$ref": f"#/components/schemas/{shape.__name__}"}}}


def table_responses(
    *statuses: int, geojson: type[BaseModel] | None = None
) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries of an operation that answers tables, too: the files, and the problems.

    `geojson` is the shape of what is GeoJSON as it stands.
    """
    files = {
        media_type.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
        for media_type in MEDIA_TYPES.values()
    }
    if geojson is not None:
        files |= geojson_response(geojson)
    return {200: {"content": files}, **problem_responses(*statuses)}


def _named(kind: str, answer: dict[str, Any], format_: str) -> str:
    """A name for the file that says what is in it."""
    at = answer.get("method", {}).get("at") or answer.get("at")
    moment = f"-{at:%Y%m%dT%H%M}" if isinstance(at, datetime) else ""
    name = f"{kind}-{answer['area']['code']}{moment}.{format_}"
    return f"attachment; filename*=UTF-8''{quote(name)}"
