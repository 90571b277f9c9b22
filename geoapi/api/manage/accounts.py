"""/v1/manage/accounts and /v1/manage/invitations."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Body, Path, Query, Request, Response
from pydantic import Field

from geoapi.accounts.permissions import Act, Role, places
from geoapi.api.answers import json_answer, problem_responses
from geoapi.api.caller import SignedIn, public_address
from geoapi.api.changes import Change, Post
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.api.parameters import Parameters, PlainText
from geoapi.api.people import (
    Account,
    AccountPage,
    IdText,
    InvitationLink,
    InvitationPage,
    Link,
    ListOf,
    NameText,
    RowId,
)
from geoapi.editing import accounts, invitations
from geoapi.editing.invitations import Links
from geoapi.queries.accounts import account_for, find_accounts
from geoapi.queries.invitations import State, find_invitations

router = APIRouter(prefix="/v1/manage", tags=["administration"])
NO_STORE = {"Cache-Control": "no-store"}
RoleId = Annotated[int, Path(ge=1, le=2**63 - 1, description="角色编号 · the role's id", examples=[1])]
RoleField = Annotated[
    Role,
    Field(
        description="manager 站点管理员、district_admin 区级管理员、city_admin 市级管理员、auditor 审计员 · "
        "what the account is at the organisation and below it"
    ),
]


class AccountsAsked(ListOf):
    """Which accounts."""

    q: Annotated[
        PlainText | None,
        Field(min_length=1, max_length=100, description="登录名或姓名的一部分 · part of login or name"),
    ] = None


class InvitationsAsked(ListOf):
    """Which invitations."""

    state: Annotated[
        State | None, Field(description="状态：可用、已用、过期、已撤销 · open, used, expired or revoked")
    ] = None


class Invite(Parameters):
    """Who is to be what, where."""

    organisation_id: IdText
    role: RoleField
    name: Annotated[NameText | None, Field(description="请谁 · who is meant")] = None


class NewRole(Parameters):
    """What, where."""

    organisation_id: IdText
    role: RoleField


def _links(request: Request, service: Service) -> Links:
    return Links(public_address(request, service), service.settings.accounts.invitation_hours)


@router.get(
    "/accounts",
    summary="账号列表 · accounts",
    response_model=AccountPage,
    responses=problem_responses(401, 403, 414, 422, 503),
    description="在您辖区内有角色的账号。\n\nThose with a role within your reach.",
)
async def list_accounts(
    asked: Annotated[AccountsAsked, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    places(caller, Act.SEE_ACCOUNTS)
    page = await find_accounts(
        service.database, caller, words=asked.q, cursor=asked.cursor, limit=asked.limit
    )
    return json_answer({"items": page.items, "next_cursor": page.next_cursor}, headers=NO_STORE)


@router.get(
    "/accounts/{id}",
    summary="一个账号 · one account",
    response_model=Account,
    responses=problem_responses(401, 403, 404, 422, 503),
)
async def one_account(id: RowId, service: ServiceDep, caller: SignedIn) -> Response:
    places(caller, Act.SEE_ACCOUNTS)
    return json_answer(await account_for(service.database, caller, id), headers=NO_STORE)


@router.post(
    "/accounts/{id}/disable",
    summary="停用账号 · disable an account",
    response_model=Account,
    responses=problem_responses(401, 403, 404, 409, 422, 503),
    description="登录随即结束。只能停用您有权给予其全部角色的账号。\n\n"
    "Its sessions end at once. Only accounts all of whose roles are yours to give.",
)
async def disable_account(
    id: RowId,
    change: Post,
) -> Response:
    return await change("disable_account", lambda conn: accounts.disable(conn, change.by, id))


@router.post(
    "/accounts/{id}/enable",
    summary="启用账号 · enable an account",
    response_model=Account,
    responses=problem_responses(401, 403, 404, 422, 503),
)
async def enable_account(
    id: RowId,
    change: Post,
) -> Response:
    return await change("enable_account", lambda conn: accounts.enable(conn, change.by, id))


@router.post(
    "/accounts/{id}/recovery",
    status_code=201,
    response_description="一次性链接 · a one-time link",
    summary="恢复链接 · a recovery link",
    response_model=Link,
    responses=problem_responses(401, 403, 404, 409, 422, 503),
    description="给忘记密码或被锁定的人：一次性链接，只显示这一次。\n\n"
    "For whoever forgot the password or is locked out: a one-time link, told this once.",
)
async def make_recovery_link(
    id: RowId,
    change: Post,
) -> Response:
    links = _links(change.request, change.service)
    return await change("make_recovery_link", lambda conn: accounts.recovery_link(conn, change.by, id, links))


@router.post(
    "/accounts/{id}/roles",
    status_code=201,
    response_description="已给予 · given",
    summary="给予角色 · give a role",
    response_model=Account,
    responses=problem_responses(401, 403, 404, 409, 413, 415, 422, 503),
)
async def give_role(
    id: RowId,
    asked: Annotated[
        NewRole,
        Body(
            openapi_examples={
                "manager": {
                    "summary": "街道的站点管理员 · a street's station manager",
                    "value": {"organisation_id": "4", "role": "manager"},
                }
            }
        ),
    ],
    change: Post,
) -> Response:
    return await change("give_role",
        lambda conn: accounts.add_role(conn, change.by, id, int(asked.organisation_id), asked.role),
    )  # fmt: skip


@router.delete(
    "/accounts/{id}/roles/{role_id}",
    status_code=204,
    response_description="已收回 · taken away",
    summary="收回角色 · take a role away",
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
async def take_role(id: RowId, role_id: RoleId, change: Change) -> Response:
    return await change("take_role", lambda conn: accounts.remove_role(conn, change.by, id, role_id))


@router.get(
    "/invitations",
    summary="邀请列表 · invitations",
    response_model=InvitationPage,
    responses=problem_responses(401, 403, 414, 422, 503),
)
async def list_invitations(
    asked: Annotated[InvitationsAsked, Query()], service: ServiceDep, caller: SignedIn
) -> Response:
    places(caller, Act.SEE_ACCOUNTS)
    page = await find_invitations(
        service.database, caller, state=asked.state, cursor=asked.cursor, limit=asked.limit
    )
    return json_answer({"items": page.items, "next_cursor": page.next_cursor}, headers=NO_STORE)


@router.post(
    "/invitations",
    status_code=201,
    response_description="一次性链接 · a one-time link",
    summary="邀请 · invite",
    response_model=InvitationLink,
    responses=problem_responses(401, 403, 404, 413, 415, 422, 503),
    description="答复中的链接只显示这一次，请转给本人。\n\nThe link is told once: pass it on.",
)
async def invite(
    asked: Annotated[
        Invite,
        Body(
            openapi_examples={
                "manager": {
                    "summary": "街道的站点管理员 · a street's station manager",
                    "value": {"organisation_id": "4", "role": "manager", "name": "王芳"},
                }
            }
        ),
    ],
    change: Post,
) -> Response:
    links = _links(change.request, change.service)
    return await change("invite",
        lambda conn: invitations.invite(
            conn, change.by, organisation_id=int(asked.organisation_id), role=asked.role, name=asked.name,
            links=links,
        ),
    )  # fmt: skip


@router.delete(
    "/invitations/{id}",
    status_code=204,
    response_description="已撤销 · taken back",
    summary="撤销邀请 · take an invitation back",
    responses=problem_responses(401, 403, 404, 409, 422, 503),
)
async def revoke_invitation(id: RowId, change: Change) -> Response:
    return await change("revoke_invitation", lambda conn: invitations.revoke_invitation(conn, change.by, id))
