"""Who may do what to which: the whole rule, in one table.

Organisations form a tree. A role that an account has at an organisation holds there and everywhere below.
Every route asks `require`; the same rule stands in PostgreSQL as row-level security (migration 0004), so
that a route that forgets to ask changes nothing. `docs/permissions.md` shows this table to people.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from geoapi.errors import NotAllowed, NotSignedIn, Words


class Role(StrEnum):
    """What an account is at an organisation and below it."""

    MANAGER = "manager"
    DISTRICT_ADMIN = "district_admin"
    CITY_ADMIN = "city_admin"
    AUDITOR = "auditor"


class Act(StrEnum):
    """What can be done there."""

    SEE_STATIONS = "see_stations"
    READ_HISTORY = "read_history"
    EDIT_STATION = "edit_station"
    RESOLVE_REPORT = "resolve_report"
    ADMINISTER_STATION = "administer_station"
    REVIEW = "review"
    READ_IMPORTS = "read_imports"
    MEND_IMPORTS = "mend_imports"
    OVERRIDE_HOURS = "override_hours"
    CREATE_ORGANISATION = "create_organisation"
    SEE_ACCOUNTS = "see_accounts"
    INVITE = "invite"
    ADMINISTER_ACCOUNT = "administer_account"
    READ_EVENTS = "read_events"


ADMINISTRATORS: Final = frozenset((Role.DISTRICT_ADMIN, Role.CITY_ADMIN))
EDITORS: Final = ADMINISTRATORS | {Role.MANAGER}
OVERSEERS: Final = ADMINISTRATORS | {Role.AUDITOR}
EVERYBODY: Final = frozenset(Role)

MAY: Final[Mapping[Act, frozenset[Role]]] = {
    Act.SEE_STATIONS: EVERYBODY,
    Act.READ_HISTORY: EVERYBODY,
    Act.EDIT_STATION: EDITORS,
    Act.RESOLVE_REPORT: EDITORS,
    Act.ADMINISTER_STATION: ADMINISTRATORS,
    Act.REVIEW: ADMINISTRATORS,
    Act.READ_IMPORTS: OVERSEERS,
    Act.MEND_IMPORTS: ADMINISTRATORS,
    Act.OVERRIDE_HOURS: ADMINISTRATORS,
    Act.CREATE_ORGANISATION: ADMINISTRATORS,
    Act.SEE_ACCOUNTS: OVERSEERS,
    Act.INVITE: ADMINISTRATORS,
    Act.ADMINISTER_ACCOUNT: ADMINISTRATORS,
    Act.READ_EVENTS: OVERSEERS,
}

# who may give which role, where they are administrators; and take it back, and disable whoever has it
MAY_GIVE: Final[Mapping[Role, frozenset[Role]]] = {
    Role.MANAGER: ADMINISTRATORS,
    Role.AUDITOR: ADMINISTRATORS,
    Role.DISTRICT_ADMIN: ADMINISTRATORS,
    Role.CITY_ADMIN: frozenset((Role.CITY_ADMIN,)),
}

ROLE_NAMES: Final[Mapping[Role, Words]] = {
    Role.MANAGER: Words("站点管理员", "station manager"),
    Role.DISTRICT_ADMIN: Words("区级管理员", "district administrator"),
    Role.CITY_ADMIN: Words("市级管理员", "city administrator"),
    Role.AUDITOR: Words("审计员", "auditor"),
}


@dataclass(frozen=True)
class RoleAt:
    """A role at an organisation, and so at all below it."""

    role: Role
    organisation_id: int


@dataclass(frozen=True)
class Caller:
    """Who asks: an account that is signed in and not disabled."""

    account_id: int
    login: str
    name: str
    roles: tuple[RoleAt, ...]
    session_id: int

    def roles_along(self, path: Collection[int]) -> frozenset[Role]:
        """The caller's roles at any organisation of `path` (an organisation and all above it)."""
        return frozenset(one.role for one in self.roles if one.organisation_id in path)

    def organisations(self, act: Act) -> frozenset[int]:
        """The organisations at and below which the caller may do this."""
        return frozenset(one.organisation_id for one in self.roles if one.role in MAY[act])


def may(caller: Caller | None, act: Act, path: Collection[int]) -> bool:
    """Whether the caller may do this at the organisation whose path this is (itself and all above it)."""
    return caller is not None and not MAY[act].isdisjoint(caller.roles_along(path))


def may_give(caller: Caller, role: Role, path: Collection[int]) -> bool:
    """Whether the caller may give somebody this role there, or take it away."""
    return not MAY_GIVE[role].isdisjoint(caller.roles_along(path))


def require(caller: Caller | None, act: Act, path: Collection[int]) -> Caller:
    """The caller, who may; else `NotSignedIn` or `NotAllowed`."""
    if caller is None:
        raise not_signed_in()
    if not may(caller, act, path):
        raise not_allowed()
    return caller


def places(caller: Caller, act: Act) -> list[int]:
    """The organisations at and below which the caller may do this; `NotAllowed` where there are none."""
    found = sorted(caller.organisations(act))
    if not found:
        raise not_allowed()
    return found


def not_signed_in() -> NotSignedIn:
    """What to raise where somebody has to be signed in."""
    return NotSignedIn(
        Words("需要登录", "you are not signed in, or no longer"),
        field="Authorization",
        mend=Words("登录后再试", "sign in with POST /v1/auth/sign-in"),
    )


def not_allowed() -> NotAllowed:
    """What to raise where the caller may not."""
    return NotAllowed(
        Words("您的账号无权这样做", "your account may not do this here"),
        mend=Words(
            "GET /v1/me 列出您的权限；可向上级管理员申请",
            "GET /v1/me lists what you may do; an administrator above can help",
        ),
    )
