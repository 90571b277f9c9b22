"""/v1/me: who I am and what I may."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Response
from psycopg import Connection

from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.changes import Change
from geoapi.api.dependencies import ServiceDep
from geoapi.api.parameters import Parameters
from geoapi.api.people import Me, NameText
from geoapi.editing.sessions import rename_self
from geoapi.editing.transaction import Answered
from geoapi.queries.accounts import who_is

router = APIRouter(prefix="/v1/me", tags=["accounts"])


class MyDetails(Parameters):
    """What I may change of my account."""

    name: NameText


@router.get(
    "",
    summary="我是谁、可做什么 · who I am, and what I may",
    response_model=Me,
    responses=problem_responses(401, 422, 503),
)
async def get_me(service: ServiceDep, caller: SignedIn) -> Response:
    return json_answer(await who_is(service.database, caller), headers={"Cache-Control": "no-store"})


@router.patch(
    "",
    summary="修改自己的姓名 · change my name",
    response_model=Me,
    responses=problem_responses(401, 403, 413, 415, 422, 503),
)
async def patch_me(
    asked: Annotated[
        MyDetails, Body(openapi_examples={"example": {"summary": "姓名 · name", "value": {"name": "王芳"}}})
    ],
    change: Change,
) -> Response:
    def work(conn: Connection) -> Answered:
        rename_self(conn, change.caller, asked.name)
        return Answered(None)

    await change("change_name", work)
    return json_answer(
        await who_is(change.service.database, change.caller), headers={"Cache-Control": "no-store"}
    )
