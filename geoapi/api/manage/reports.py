"""/v1/manage/reports: what workers reported of one's stations, and settling it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, Path, Query, Response
from fastapi.openapi.models import Example
from pydantic import Field

from geoapi.accounts.permissions import Act, may
from geoapi.api.answers import Answer, DistrictRef, json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import Post
from geoapi.api.dependencies import ServiceDep
from geoapi.api.editing.reports import Remark
from geoapi.api.parameters import Lang, LangField, Parameters, PlainText
from geoapi.api.shapes import local, name_of
from geoapi.editing import reports
from geoapi.queries.catalog import Catalog
from geoapi.queries.reports import ReportFilter, list_reports

router = APIRouter(prefix="/v1/manage/reports", tags=["managing"])
ReportId = Annotated[int, Path(ge=1, le=2**63 - 1, description="反映的编号 · the report's id", examples=[1])]
NO_STORE = {"Cache-Control": "no-store"}


class ReportParameters(Parameters):
    """Which reports to list."""

    resolved: Annotated[
        Literal["no", "yes", "all"],
        Field(description="no:未处理 · open;yes:已处理 · settled;all:全部 · both"),
    ] = "no"
    kind: Annotated[reports.ReportKind | None, Field(description="哪类问题 · of this kind alone")] = None
    station: Annotated[
        int | None, Field(ge=1, le=2**63 - 1, description="站点编号 · of this station alone", examples=[1])
    ] = None
    cursor: Annotated[
        PlainText | None, Field(max_length=500, description="上一页的 next_cursor · of the page before")
    ] = None
    limit: Annotated[int, Field(ge=1, le=200, description="每页几条 · reports a page")] = 50
    lang: LangField = "zh"


class ReportedStation(Answer):
    """The station that is spoken of."""

    id: str
    name: str
    address: str | None
    district: DistrictRef | None


class Alike(Answer):
    """How many open reports say the same of the station, from how many independent people."""

    reports: int
    reporters: int


class ReportItem(Answer):
    """What somebody found. Who it was is not known, and what tells people apart is not told."""

    id: str
    station: ReportedStation
    kind: reports.ReportKind
    amenity: str | None
    note: str | None
    created_at: datetime
    open_alike: Alike
    resolved_at: datetime | None
    resolved_by: str | None
    resolution: reports.Resolution | None
    resolution_note: str | None
    may_resolve: bool


class ReportList(Answer):
    """A page of reports, the latest first."""

    items: list[ReportItem]
    next_cursor: str | None


class ResolveBody(Parameters):
    """What came of it."""

    resolution: Annotated[
        reports.Resolution,
        Field(
            description="corrected:已改正 · put right;not_so:并非如此 · it is not so;"
            "duplicate:重复 · told by another report already"
        ),
    ]
    note: Annotated[Remark | None, Field(description="处理说明 · a remark")] = None
    also_alike: Annotated[
        bool,
        Field(
            description="同站点同类未处理的一并处理 · with it the open ones that say the same of the station"
        ),
    ] = False


class Resolved(Answer):
    """The reports that are settled by this."""

    resolved: list[str]
    station_id: str
    resolution: reports.Resolution
    note: str | None


EXAMPLES: dict[str, Example] = {
    "corrected": {
        "summary": "已改正，同类一并处理 · put right, all that say the same",
        "value": {"resolution": "corrected", "note": "已更正开放时间", "also_alike": True},
    },
    "not_so": {"summary": "并非如此 · it is not so", "value": {"resolution": "not_so"}},
}


@router.get(
    "",
    summary="我的站点收到的反映 · what workers reported of my stations",
    response_model=ReportList,
    responses=problem_responses(401, 414, 422, 503),
)
async def reports_of_mine(
    asked: Annotated[ReportParameters, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    catalog = await service.catalog.current()
    page = await list_reports(
        service.database,
        caller,
        ReportFilter(
            resolved={"no": False, "yes": True, "all": None}[asked.resolved],
            kind=asked.kind,
            station_id=asked.station,
        ),
        limit=asked.limit,
        cursor=asked.cursor,
    )
    items = [
        _shape(row, catalog, asked.lang, may_resolve=may(caller, Act.RESOLVE_REPORT, row["path"]))
        for row in page.rows
    ]
    return json_answer({"items": items, "next_cursor": page.next_cursor}, headers=NO_STORE)


@router.post(
    "/{id}/resolve",
    summary="处理一条反映 · settle a report",
    response_model=Resolved,
    responses=problem_responses(401, 403, 404, 409, 413, 414, 415, 422, 503),
    description="处理后，由它引起的提示随即消失。站点数据不因此改动，请另行修改。\n\n"
    "What answers warned of because of it is gone with it. The station's data stay as they are: "
    "put them right by themselves.",
)
async def resolve_report(
    id: ReportId,
    asked: Annotated[ResolveBody, Body(openapi_examples=EXAMPLES)],
    change: Post,
) -> Response:
    note = asked.note or None
    return await change(
        "resolve_report",
        lambda conn: reports.resolve(
            conn, change.by, id, asked.resolution, note, also_alike=asked.also_alike
        ),
        reason=note,
    )


def _shape(row: Mapping[str, Any], catalog: Catalog, lang: Lang, *, may_resolve: bool) -> dict[str, Any]:
    district = None
    if row["district_code"] is not None:
        district = {"code": row["district_code"], "name": name_of(row, lang, "district_")}
    return {
        "id": str(row["id"]),
        "station": {
            "id": str(row["station_id"]),
            "name": name_of(row, lang),
            "address": row["address"],
            "district": district,
        },
        "kind": row["kind"],
        "amenity": None if row["amenity_id"] is None else catalog.amenity_by_id[row["amenity_id"]].code,
        "note": row["note"],
        "created_at": local(row["created_at"], row),
        "open_alike": {"reports": row["alike_reports"], "reporters": row["alike_reporters"]},
        "resolved_at": local(row["resolved_at"], row),
        "resolved_by": row["resolved_by"],
        "resolution": row["resolution"],
        "resolution_note": row["resolution_note"],
        "may_resolve": may_resolve,
    }
