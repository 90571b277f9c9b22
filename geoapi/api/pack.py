"""GET /v1/pack/{district}: what a phone needs to answer `nearest` by itself."""

from __future__ import annotations

import asyncio
import gzip
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Header, Path, Query, Response
from pydantic import Field

from geoapi.api.answers import Answer, problem_responses
from geoapi.api.dependencies import ServiceDep
from geoapi.api.encodings import accepts
from geoapi.api.parameters import LangField, Parameters, PlainText

router = APIRouter(prefix="/v1/pack", tags=["pack"])


class PackParameters(Parameters):
    """Which version is there already."""

    since: Annotated[
        PlainText | None,
        Field(
            min_length=1,
            max_length=64,
            description="手中数据包的 version,只取此后的变动 · the version at hand: only what changed since",
            examples=["0b6ffc0f5e8d4cbe9e9f1a2b3c4d5e6f"],
        ),
    ] = None
    lang: LangField = "zh"


class PackStations(Answer):
    """Stations' records as columns, each written in the way that takes least room (docs/pack.md)."""

    count: int
    columns: dict[str, dict[str, Any]]


class Pack(Answer):
    """A pack, or what changed in it. docs/pack.md is the format."""

    format: int = Field(description="格式版本 · of the format; a client that knows another refuses it")
    kind: Literal["whole", "delta"]
    version: str = Field(description="内容摘要 · the digest of the content, once the delta is applied")
    since: str | None = Field(description="此变动所依据的版本 · the version that a delta is to be applied to")
    since_known: bool | None = Field(
        description="`since` 是否仍可增量，否则为全量 · whether the version asked about is still known; "
        "if not, this is the whole"
    )
    about: dict[str, Any]
    parts: dict[str, list[Any] | str] = Field(
        description="小部分，有变动才出现 · the small parts; of a delta those that changed"
    )
    stations: PackStations
    removed: list[int] = Field(description="已不在其中的站点 · stations that left the pack")


@router.get(
    "/{district}",
    summary="离线数据包 · everything to answer `nearest` offline",
    response_model=Pack,
    responses={**problem_responses(404, 414, 422, 503), 304: {"description": "未变 · as you have it"}},
    description="一个区或全市的站点、今后 14 天的开放时段与用语。带 `since` 只取变动，"
    "带 `If-None-Match` 未变则 304。\n\nThe stations of a district or a city, their open hours of the next "
    "14 days, and the words. With `since` only what changed, removals included; with `If-None-Match` 304 "
    "when nothing did.",
)
async def pack(
    district: Annotated[
        PlainText,
        Path(max_length=20, description="GB/T 2260;110000 为全市 · the city", examples=["110101"]),
    ],
    asked: Annotated[PackParameters, Query()],
    service: ServiceDep,
    if_none_match: Annotated[str | None, Header()] = None,
    accept_encoding: Annotated[str | None, Header()] = None,
) -> Response:
    if asked.since is None:
        answer = await service.packs.whole(district)
    else:
        answer = await service.packs.since(district, asked.since)
    # weak: gzip or not, it is the same pack
    etag = f'W/"{answer.version}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
    known = [tag.strip().removeprefix("W/") for tag in (if_none_match or "").split(",")]
    if f'"{answer.version}"' in known or "*" in known:
        return Response(status_code=304, headers=headers)
    if accepts(accept_encoding or "", "gzip"):
        headers["Content-Encoding"] = "gzip"
        return Response(answer.body, media_type="application/json", headers=headers)
    plain = await asyncio.to_thread(gzip.decompress, answer.body)
    return Response(plain, media_type="application/json", headers=headers)
