"""POST /v1/stations/{id}/reports: what a worker found, without an account."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Body, Request, Response
from fastapi.openapi.models import Example
from pydantic import BeforeValidator, Field

from geoapi.api.answers import Answer, problem_responses
from geoapi.api.caller import address_of
from geoapi.api.changes import IdempotencyKey, change
from geoapi.api.dependencies import ServiceDep
from geoapi.api.parameters import Parameters
from geoapi.api.stations import StationId
from geoapi.editing import reports
from geoapi.editing.texts import one_line
from geoapi.editing.transaction import By
from geoapi.errors import GeoapiError, InvalidInput, Words
from geoapi.validation_words import FieldError

router = APIRouter(prefix="/v1/stations", tags=["stations"])


def _one_line(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return one_line(value)
    except GeoapiError as error:
        raise FieldError.of(error) from None


Remark = Annotated[str, BeforeValidator(_one_line), Field(max_length=300)]


class ReportBody(Parameters):
    """What was found."""

    kind: Annotated[
        reports.ReportKind,
        Field(
            description="closed:显示开放但关着 · closed though shown open;amenity:设施不能用 · an amenity "
            "does not work;gone:没有这个站点 · does not exist;other:其他 · something else"
        ),
    ]
    amenity: Annotated[
        str | None, Field(max_length=50, description="哪项设施(kind=amenity)· which amenity, its code")
    ] = None
    note: Annotated[Remark | None, Field(description="补充说明 · a remark")] = None


class Thanks(Answer):
    """The same in both languages: whoever reports has chosen none."""

    zh: str
    en: str


class Noted(Answer):
    """That it is noted; `id` is null where an earlier report of the same was settled by now."""

    id: str | None
    already_noted: bool
    thanks: Thanks


EXAMPLES: dict[str, Example] = {
    "closed": {
        "summary": "显示开放但关着 · closed though shown open",
        "value": {"kind": "closed", "note": "门锁着"},
    },
    "amenity": {
        "summary": "没有饮用水 · no drinking water",
        "value": {"kind": "amenity", "amenity": "drinking_water"},
    },
    "gone": {"summary": "没有这个站点 · does not exist", "value": {"kind": "gone"}},
}


@router.post(
    "/{id}/reports",
    status_code=201,
    summary="反映问题，无需登录 · report what is wrong, without an account",
    response_model=Noted,
    response_description="已记下 · noted",
    responses={
        200: {"model": Noted, "description": "一天内已反映过 · noted before, within a day"},
        **problem_responses(404, 409, 413, 414, 415, 422, 429, 503),
    },
    description="不记录位置和地址,不改动站点数据；管理员会看到并处理。几位不同的人反映同样的问题后,"
    "答复中会带 `warnings`。\n\n"
    "Neither a position nor an address is kept, and nothing of the station changes; its managers see it. "
    "Once several people report the same, answers carry `warnings`.",
)
async def report_station(
    id: StationId,
    asked: Annotated[ReportBody, Body(openapi_examples=EXAMPLES)],
    request: Request,
    service: ServiceDep,
    idempotency_key: IdempotencyKey = None,
) -> Response:
    if (asked.kind == "amenity") != (asked.amenity is not None):
        raise InvalidInput(
            Words("与 kind 不符", "does not go with `kind`"),
            field="amenity",
            mend=Words(
                "kind=amenity 时填设施代码，其他情况不填",
                "give the amenity's code with kind=amenity, and leave it out otherwise",
            ),
        )
    said = reports.Report(asked.kind, asked.amenity, asked.note or None)
    address = address_of(request)
    # nobody's change, from nowhere: the address goes no further than its digest
    return await change(
        request, service, By(), "report", lambda conn: reports.report(conn, id, said, address)
    )
