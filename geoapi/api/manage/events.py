"""/v1/manage/events: what was done besides editing stations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from pydantic import Field

from geoapi.accounts.permissions import Act, places
from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.caller import SignedIn
from geoapi.api.dependencies import ServiceDep
from geoapi.api.parameters import PlainText
from geoapi.api.people import EventPage, IdText, ListOf
from geoapi.queries.events import find_events

router = APIRouter(prefix="/v1/manage/events", tags=["administration"])


class EventsAsked(ListOf):
    """Which events."""

    action: Annotated[
        PlainText | None, Field(max_length=50, description="某一种 · of this sort", examples=["sign_in"])
    ] = None
    account_id: Annotated[
        IdText | None,
        Field(description="由此账号，或对此账号 · by this account, or done to it", examples=["1"]),
    ] = None


@router.get(
    "",
    summary="操作记录 · what was done",
    response_model=EventPage,
    responses=problem_responses(401, 403, 414, 422, 503),
    description="登录、邀请、角色、延时开放等，最新的在前；站点的修改见其历史。\n\n"
    "Sign-ins, invitations, roles, overrides and the like, the newest first. A station's changes are in "
    "its history.",
)
async def list_events(
    asked: Annotated[EventsAsked, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    places(caller, Act.READ_EVENTS)
    page = await find_events(
        service.database,
        caller,
        action=asked.action,
        account_id=int(asked.account_id) if asked.account_id else None,
        cursor=asked.cursor,
        limit=asked.limit,
    )
    return json_answer(
        {"items": page.items, "next_cursor": page.next_cursor}, headers={"Cache-Control": "no-store"}
    )
