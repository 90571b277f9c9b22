"""How a tile is sent: compressed, with a tag that tells what it is of, and 304 when nothing changed."""

from __future__ import annotations

import gzip
import hashlib
from importlib.metadata import version
from typing import Annotated, Any, Final

from fastapi import Header, Path, Request, Response

from geoapi.api.answers import problem_responses
from geoapi.api.encodings import accepts
from geoapi.queries.map.maps import Asked

MEDIA_TYPE: Final = "application/vnd.mapbox-vector-tile"
# whoever has a tile asks whether it is still so, which costs next to nothing
CACHE_CONTROL: Final = "no-cache"
# another program may make other tiles of the same data
_PROGRAM: Final = hashlib.sha256(version("geoapi").encode()).hexdigest()[:8]
_WORTH_COMPRESSING_BYTES: Final = 300

Z = Annotated[int, Path(description="缩放级别 · zoom level", examples=[10])]
X = Annotated[int, Path(description="自西起的列号 · column from the west", examples=[843])]
Y = Annotated[int, Path(description="自北起的行号 · row from the north", examples=[388])]
IfNoneMatch = Annotated[str | None, Header()]


def tile_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """OpenAPI entries of a tile's route."""
    return {
        200: {
            "description": "矢量瓦片;空瓦片没有内容 · the tile; one with nothing in it has no bytes",
            "content": {MEDIA_TYPE: {"schema": {"type": "string", "format": "binary"}}},
        },
        304: {"description": "未变 · as you have it"},
        **problem_responses(*statuses),
    }


async def answer_tile(asked: Asked, request: Request, known: str | None) -> Response:
    """The tile, or 304 for whoever has it.

    A tag names the state that its tile is of, and what is in it. Of the same state, the tile is not even
    made; of another, it is sent only when there is something else in it.
    """
    basis = f"{_PROGRAM}.{asked.basis}"
    tags = [tag.strip().removeprefix("W/").strip('"') for tag in (known or "").split(",")]
    for tag in tags:
        if tag.rpartition("-")[0] == basis:
            return _unchanged(tag)
    tile = await asked.get(request.is_disconnected)
    for tag in tags:
        if tag.rpartition("-")[2] == tile.digest:
            return _unchanged(tag)
    headers = _headers(f"{basis}-{tile.digest}")
    body = tile.gzipped
    if len(body) >= _WORTH_COMPRESSING_BYTES and accepts(request.headers.get("accept-encoding", ""), "gzip"):
        headers["Content-Encoding"] = "gzip"
    else:
        body = gzip.decompress(body)
    return Response(body, media_type=MEDIA_TYPE, headers=headers)


def _unchanged(tag: str) -> Response:
    return Response(status_code=304, headers=_headers(tag))


def _headers(tag: str) -> dict[str, str]:
    # weak: the same tile compressed or not
    return {"ETag": f'W/"{tag}"', "Cache-Control": CACHE_CONTROL, "Vary": "Accept-Encoding"}
