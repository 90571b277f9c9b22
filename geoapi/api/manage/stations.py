"""GET /v1/manage/stations and /v1/manage/stations/{id}: mine, and what needs attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import Field

from geoapi.api.answers import Answer, DistrictRef, Location, json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import etag_of
from geoapi.api.dependencies import ServiceDep
from geoapi.api.editing.shapes import ManagedStation, ShownParameters
from geoapi.api.parameters import Codes, DatumField, Lang, LangField, Parameters, PlainText
from geoapi.api.shapes import local, name_of
from geoapi.api.stations import StationId
from geoapi.editing.managed import get_managed, location_shape, managed_shape
from geoapi.errors import UnknownCode, Words
from geoapi.geometry.datums import Datum
from geoapi.queries.catalog import Catalog
from geoapi.queries.managed import ATTENTION
from geoapi.queries.managed_list import ManagedFilter, list_managed
from geoapi.queries.near_codes import near_codes

router = APIRouter(prefix="/v1/manage/stations", tags=["managing"])


class MineParameters(Parameters):
    """Which of my stations."""

    q: Annotated[
        PlainText | None,
        Field(
            min_length=1,
            max_length=100,
            description="名称、地址、拼音、首字母或编号 · name, address, pinyin, initials or id",
            examples=["东四"],
        ),
    ] = None
    attention: Annotated[
        Codes,
        Field(description="须处理的事项，任一即可 · asks for any of these", examples=[["never_verified"]]),
    ] = []  # noqa: RUF012
    organisation: Annotated[
        int | None,
        Field(ge=1, le=2**63 - 1, description="该组织及其下级的 · of this organisation and those below it"),
    ] = None
    kind: Annotated[Codes, Field(description="类别，任一即可 · any of these kinds")] = []  # noqa: RUF012
    include_retired: Annotated[bool, Field(description="也列出已停用的 · list retired ones too")] = False
    cursor: Annotated[
        PlainText | None, Field(max_length=1000, description="上一页的 next_cursor · of the page before")
    ] = None
    limit: Annotated[int, Field(ge=1, le=500, description="每页几处 · stations a page")] = 50
    crs: DatumField = Datum.WGS84
    lang: LangField = "zh"


class Attention(Answer):
    """What asks for attention, since when, and when it is over or due."""

    code: str
    text: str
    since: datetime | None
    until: datetime | None


class MyOrganisation(Answer):
    """Whose station it is."""

    id: str
    code: str
    name: str


class MyStation(Answer):
    """One of my stations; `open_state` is the present one."""

    id: str
    version: int
    kind: str
    name: str
    address: str | None
    location: Location
    district: DistrictRef | None
    organisation: MyOrganisation | None
    open_state: Literal["open", "closed", "unknown"]
    attention: list[Attention]
    verified_at: datetime | None
    updated_at: datetime
    retired_at: datetime | None


class MyStations(Answer):
    """A page of my stations; `total` in use and `counts` by what asks for attention are of all of mine."""

    items: list[MyStation]
    next_cursor: str | None
    total: int
    counts: dict[str, int]


@router.get(
    "",
    summary="我管理的站点 · my stations, and what needs attention",
    response_model=MyStations,
    responses=problem_responses(401, 414, 422, 503),
    description="最须处理的在前，其次按名称。`counts` 是全部站点中各事项的数目："
    + "、".join(f"`{code}` {words.zh}" for code, words in ATTENTION.items())
    + "。\n\nMost pressing first, then by name. `counts` are of all of mine: "
    + ", ".join(f"`{code}` {words.en}" for code, words in ATTENTION.items())
    + ".",
)
async def my_stations(
    asked: Annotated[MineParameters, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    catalog = await service.catalog.current()
    page = await list_managed(
        service.database,
        caller,
        ManagedFilter(
            asked.q,
            _attention_codes(asked.attention),
            asked.organisation,
            catalog.kind_ids(asked.kind) if asked.kind else (),
            asked.include_retired,
        ),
        limit=asked.limit,
        cursor=asked.cursor,
        unverified_days=service.settings.editing.unverified_days,
    )
    return json_answer(
        {
            "items": [_item(row, catalog, asked.crs, asked.lang) for row in page.rows],
            "next_cursor": page.next_cursor,
            "total": page.total,
            "counts": page.counts,
        },
        headers={"Cache-Control": "no-store"},
    )


@router.get(
    "/{id}",
    summary="我管理的一个站点 · one of my stations",
    response_model=ManagedStation,
    responses=problem_responses(401, 403, 404, 414, 422, 503),
    description="与修改后的答复相同;`ETag` 是修改时 `If-Match` 要带的版本。\n\n"
    "The same as an edit answers; `ETag` is what the next `If-Match` takes.",
)
async def my_station(
    id: StationId, shown: Annotated[ShownParameters, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    row = await get_managed(
        service.database, caller, id, unverified_days=service.settings.editing.unverified_days
    )
    body = managed_shape(row, await service.catalog.current(), shown.showing())
    return json_answer(body, headers={"Cache-Control": "no-store", **etag_of(row["version"])})


def _attention_codes(codes: Sequence[str]) -> list[str]:
    for code in codes:
        if code not in ATTENTION:
            near = near_codes(code, list(ATTENTION))
            raise UnknownCode(
                Words("没有这种事项", "there is no such kind of attention"),
                field="attention",
                mend=Words(
                    f"可选：{'、'.join(near or ATTENTION)}", f"choose from {', '.join(near or ATTENTION)}"
                ),
                near=near,
            )
    return list(codes)


def _item(row: Mapping[str, Any], catalog: Catalog, crs: Datum, lang: Lang) -> dict[str, Any]:
    district = organisation = None
    if row["district_code"] is not None:
        district = {"code": row["district_code"], "name": name_of(row, lang, "district_")}
    if row["organisation_id"] is not None:
        organisation = {
            "id": str(row["organisation_id"]),
            "code": row["organisation_code"],
            "name": name_of(row, lang, "organisation_"),
        }
    return {
        "id": str(row["id"]),
        "version": row["version"],
        "kind": catalog.kind_by_id[row["kind_id"]].code,
        "name": name_of(row, lang),
        "address": row["address"],
        "location": location_shape(row["lon"], row["lat"], crs),
        "district": district,
        "organisation": organisation,
        "open_state": row["open_state"],
        "attention": [
            {
                "code": code,
                "text": ATTENTION[code].in_language(lang),
                "since": _moment(since, row),
                "until": _moment(until, row),
            }
            for code, since, until in row["attention"]
        ],
        "verified_at": local(row["verified_at"], row),
        "updated_at": local(row["updated_at"], row),
        "retired_at": local(row["retired_at"], row),
    }


def _moment(text: str | None, row: Mapping[str, Any]) -> datetime | None:
    return None if text is None else local(datetime.fromisoformat(text), row)
