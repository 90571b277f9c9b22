"""What administrators do to accounts: disable, enable, recover, give and take roles."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from psycopg import Connection

from geoapi.accounts import permissions
from geoapi.accounts.permissions import ADMINISTRATORS, Act, Caller, Role, not_allowed, not_signed_in
from geoapi.accounts.registry import give_role, link_to, make_recovery, note_account_event, set_disabled
from geoapi.editing.invitations import Links, require_to_give
from geoapi.editing.organisations import organisation_with_path
from geoapi.editing.transaction import Answered, By, note_event
from geoapi.errors import Conflict, NotAllowed, NotFound, Words
from geoapi.queries.accounts import account_within


def disable(conn: Connection, by: By, account_id: int) -> Answered:
    """End an account's use, now; its sessions end with it. Raises as `_administrable`; `Conflict` for
    oneself."""
    caller, _ = _administrable(conn, by, account_id)
    if account_id == caller.account_id:
        raise Conflict(
            Words("不能停用自己的账号", "nobody can disable their own account"),
            field="id",
            mend=Words("请另一位管理员来做", "ask another administrator"),
        )
    _set_disabled(conn, account_id, True)
    return Answered(account_within(conn, caller, account_id))


def enable(conn: Connection, by: By, account_id: int) -> Answered:
    """Let a disabled account sign in again. Raises as `_administrable`."""
    caller, _ = _administrable(conn, by, account_id)
    _set_disabled(conn, account_id, False)
    return Answered(account_within(conn, caller, account_id))


def recovery_link(conn: Connection, by: By, account_id: int, links: Links) -> Answered:
    """A one-time link to a new password. Raises as `_administrable`; `Conflict` for oneself (whoever found a
    phone unlocked must not get to keep the account) and for a disabled account."""
    caller, account = _administrable(conn, by, account_id)
    if account_id == caller.account_id:
        raise Conflict(
            Words("不能给自己发恢复链接", "nobody can give themselves a recovery link"),
            field="id",
            mend=Words(
                "用 POST /v1/auth/password 修改密码", "change the password with POST /v1/auth/password"
            ),
        )
    if account["disabled_at"] is not None:
        raise Conflict(
            Words("账号已停用", "the account is disabled"),
            field="id",
            mend=Words("先启用", "enable it first"),
        )
    issued = make_recovery(conn, account_id, by=caller.account_id, hours=links.hours)
    note_account_event(conn, "make_recovery_link", account_id)
    return Answered(
        {
            "link": link_to(links.public_address, "recovery", issued.token),
            "token": issued.token,
            "expires_at": issued.expires_at,
        },
        201,
    )


def add_role(conn: Connection, by: By, account_id: int, organisation_id: int, role: Role) -> Answered:
    """Give an account within reach a further role. Raises `NotFound`, `NotAllowed`; `Conflict` where it
    has it."""
    caller = _caller(by)
    account_within(conn, caller, account_id)
    organisation = organisation_with_path(conn, organisation_id, "organisation_id")
    require_to_give(caller, role, organisation["path"])
    given = give_role(conn, account_id, organisation_id, role, by=caller.account_id)
    if given is None:
        raise Conflict(
            Words("账号已有这个角色", "the account has this role there already"),
            field="role",
            mend=Words("无需再给", "nothing needs to be done"),
        )
    note_event(
        conn, "give_role", organisation_id=organisation_id, subject=f"account:{account_id}", role=role
    )  # fmt: skip
    return Answered(account_within(conn, caller, account_id), 201)


def remove_role(conn: Connection, by: By, account_id: int, role_id: int) -> Answered:
    """Take a role away. Raises `NotFound` where it is none of that account's within reach, `NotAllowed`, and
    `Conflict` for one's own last role as an administrator."""
    caller = _caller(by)
    account_within(conn, caller, account_id)
    if account_id == caller.account_id:
        # one at a time: two at once must not take the last two
        conn.execute("SELECT FROM account WHERE id = %s FOR NO KEY UPDATE", [account_id])
    row = conn.execute(
        """SELECT role, organisation_id, organisation_path(organisation_id) FROM account_role
           WHERE id = %s AND account_id = %s""",
        [role_id, account_id],
    ).fetchone()
    if row is None or not permissions.may(caller, Act.SEE_ACCOUNTS, row[2]):
        raise NotFound(
            Words("账号没有这个角色", "the account has no such role"),
            field="role_id",
            mend=Words("见账号的 roles", "the account's `roles` lists them"),
        )
    role, organisation_id = Role(row[0]), row[1]
    require_to_give(caller, role, row[2])
    if (
        account_id == caller.account_id
        and role in ADMINISTRATORS
        and _administrator_roles(conn, account_id) < 2
    ):
        raise Conflict(
            Words(
                "不能收回自己最后一个管理员角色", "nobody can take away their own last administrator's role"
            ),
            field="role_id",
            mend=Words("请另一位管理员来做", "ask another administrator"),
        )
    taken = conn.execute("DELETE FROM account_role WHERE id = %s", [role_id]).rowcount
    # what PostgreSQL's own rules keep from us it does not show, either
    if not taken:
        raise not_allowed()
    note_event(
        conn, "take_role", organisation_id=organisation_id, subject=f"account:{account_id}", role=role
    )  # fmt: skip
    return Answered(None, 204)


def _administrable(conn: Connection, by: By, account_id: int) -> tuple[Caller, dict[str, Any]]:
    """The caller, and the account, which is the caller's to disable or recover: every role that it has is one
    that the caller could give. `NotFound` beyond reach, else `NotAllowed` with the reason."""
    caller = _caller(by)
    account = account_within(conn, caller, account_id)
    if not caller.organisations(Act.ADMINISTER_ACCOUNT):
        raise not_allowed()
    roles: list[tuple[str, Collection[int]]] = conn.execute(
        "SELECT role, organisation_path(organisation_id) FROM account_role WHERE account_id = %s",
        [account_id],
    ).fetchall()
    if not all(permissions.may_give(caller, Role(role), path) for role, path in roles):
        raise NotAllowed(
            Words(
                "账号还有您无权给予的角色",
                "the account has a role that is not yours to give, so the account is not yours to administer",
            ),
            field="id",
            mend=Words(
                "可收回您辖区内的角色，或请上级管理员来做",
                "take away its roles within your reach, or ask an administrator above",
            ),
        )
    return caller, account


def _set_disabled(conn: Connection, account_id: int, disabled: bool) -> None:
    if set_disabled(conn, account_id, disabled):
        note_account_event(conn, "disable_account" if disabled else "enable_account", account_id)
    elif conn.execute(
        "SELECT FROM account WHERE id = %s AND (disabled_at IS NOT NULL) <> %s", [account_id, disabled]
    ).rowcount:
        # PostgreSQL's own rules left it as it is, without a word
        raise not_allowed()


def _administrator_roles(conn: Connection, account_id: int) -> int:
    row = conn.execute(
        "SELECT count(*) FROM account_role WHERE account_id = %s AND role = ANY (%s)",
        [account_id, [role.value for role in ADMINISTRATORS]],
    ).fetchone()
    return int(row[0]) if row else 0


def _caller(by: By) -> Caller:
    if by.caller is None:
        raise not_signed_in()
    if not by.caller.organisations(Act.SEE_ACCOUNTS):
        raise not_allowed()
    return by.caller
