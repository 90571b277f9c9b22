"""What answers say of accounts, sessions, invitations and organisations; and what their routes take."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from fastapi import Path
from pydantic import BeforeValidator, Field

from geoapi.accounts.permissions import Role
from geoapi.api.answers import Answer
from geoapi.api.parameters import Parameters, PlainText
from geoapi.editing.texts import one_line
from geoapi.errors import InvalidInput, Words
from geoapi.validation_words import FieldError

RowId = Annotated[int, Path(ge=1, le=2**63 - 1, description="编号 · its id", examples=[1])]
IdText = Annotated[str, Field(pattern=r"^[1-9][0-9]{0,17}$", description="编号 · its id", examples=["1"])]
TokenText = Annotated[
    PlainText, Field(min_length=1, max_length=200, description="链接中的令牌 · from the link")
]
LoginText = Annotated[PlainText, Field(min_length=1, max_length=200, description="登录名 · login")]
PasswordText = Annotated[PlainText, Field(min_length=1, max_length=1000, description="密码 · password")]


def _on_one_line(value: Any) -> Any:
    """A name as it is kept: shown in histories and lists, it neither hides nor turns what is around it."""
    if not isinstance(value, str):
        return value
    try:
        name = one_line(value)
    except InvalidInput as error:
        raise FieldError.of(error) from None
    if not name:
        raise FieldError(Words("不能为空", "must not be empty"), Words("请填写", "give a value"))
    return name


NameText = Annotated[str, BeforeValidator(_on_one_line), Field(max_length=100)]


class ListOf(Parameters):
    """Which page."""

    cursor: Annotated[
        PlainText | None, Field(max_length=500, description="上一页的 next_cursor · from the page before")
    ] = None
    limit: Annotated[int, Field(ge=1, le=500, description="每页几条 · how many a page")] = 50


class OrganisationRef(Answer):
    """An organisation."""

    id: str
    code: str
    level: Literal["city", "district", "zone", "street", "venue"]
    name: str
    name_en: str | None


class AccountRef(Answer):
    """An account, by itself."""

    id: str
    login: str
    name: str


class PasswordMethod(Answer):
    """Signing in by login and password."""

    min_length: int = Field(description="新密码最短几个字符 · characters of a new one at least")


class OidcMethod(Answer):
    """Signing in at a provider: `GET /v1/auth/oidc/start`."""

    name: str = Field(description="按钮上的名称 · what people call it")


class SignInMethods(Answer):
    """Ways of signing in; null for one that there is not."""

    password: PasswordMethod
    oidc: OidcMethod | None
    signed_in: bool = Field(description="这个请求是否已登录 · whether this request is somebody's")


class SignedInAnswer(Answer):
    """A session. `token` only where it was asked for as a bearer token: a cookie keeps it from scripts.

    Without `expires_at`: the session that was there already goes on.
    """

    token: str | None = Field(None, description="令牌，只显示这一次 · told this once")
    expires_at: datetime | None = None
    account: AccountRef


class SessionItem(Answer):
    """One of one's own sessions."""

    id: str
    current: bool = Field(description="是否为本次登录 · whether it is this one")
    kind: Literal["bearer", "cookie"]
    address: str | None
    user_agent: str | None
    created_at: datetime
    last_seen_at: datetime = Field(description="最近使用，精确到五分钟 · last used, to five minutes")
    expires_at: datetime


class SessionPage(Answer):
    items: list[SessionItem]
    next_cursor: str | None


class Revoked(Answer):
    """How many sessions ended."""

    revoked: int


class InvitationLook(Answer):
    """What an invitation is to."""

    name: str | None
    role: Role
    organisation: OrganisationRef
    invited_by: str | None
    expires_at: datetime


class Recovered(Answer):
    """Whose password was set."""

    login: str


class RoleItem(Answer):
    """A role, and where it holds (and everywhere below)."""

    id: str
    role: Role
    organisation: OrganisationRef


class GivenRole(RoleItem):
    """A role and since when."""

    granted_at: datetime


class MyCounts(Answer):
    """What a home screen shows."""

    stations: int = Field(description="我可编辑的站点 · stations in use that I may edit")
    open_invitations: int = Field(description="未接受的邀请 · invitations that wait, where I may invite")


class Me(Answer):
    """The account that is signed in."""

    id: str
    login: str
    name: str
    roles: list[RoleItem]
    may: dict[str, list[str]] = Field(
        description="每种权限所在的组织编号，含其下级 · the organisations at and below which I may, by act"
    )
    signs_in_with: list[Literal["password", "oidc"]]
    counts: MyCounts
    created_at: datetime


class Account(Answer):
    """An account as administrators and auditors see it: its roles within their reach."""

    id: str
    login: str
    name: str
    roles: list[GivenRole]
    roles_elsewhere: int = Field(description="您看不到的其他角色数 · roles beyond your reach")
    signs_in_with: list[Literal["password", "oidc"]]
    created_at: datetime
    disabled_at: datetime | None
    signed_in_at: datetime | None


class AccountPage(Answer):
    items: list[Account]
    next_cursor: str | None


class Link(Answer):
    """A one-time link, told this once."""

    link: str
    token: str
    expires_at: datetime


class InvitationLink(Link):
    """An invitation's."""

    id: str


class Invitation(Answer):
    """An invitation that was given."""

    id: str
    state: Literal["open", "used", "expired", "revoked"]
    name: str | None
    role: Role
    organisation: OrganisationRef
    invited_by: str | None
    account_id: str | None = Field(description="谁接受了 · who accepted it")
    created_at: datetime
    expires_at: datetime
    used_at: datetime | None
    revoked_at: datetime | None


class InvitationPage(Answer):
    items: list[Invitation]
    next_cursor: str | None


class Organisation(OrganisationRef):
    """An organisation in the tree."""

    parent_id: str | None
    district_code: str | None


class CountedOrganisation(Organisation):
    """An organisation with what it has, in itself and below."""

    mine: bool = Field(description="在我的角色之下 · at or below a role of mine; else only on the way up")
    stations: int | None = Field(description="在用站点 · stations in use; null above my roles")
    accounts: int | None = Field(description="账号 · accounts; null where I may not see them")


class OrganisationPage(Answer):
    items: list[CountedOrganisation]
    next_cursor: str | None


class Event(Answer):
    """Something that was done besides editing stations."""

    id: str
    at: datetime
    actor: str
    account_id: str | None
    address: str | None
    action: str
    organisation: OrganisationRef
    subject: str | None = Field(description="对象，如 account:12 · what it was done to")
    detail: dict[str, Any]


class EventPage(Answer):
    items: list[Event]
    next_cursor: str | None
