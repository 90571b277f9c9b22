"""Invitations: given, taken back and accepted; and recovery by a one-time link."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.errors import UniqueViolation

from geoapi.accounts import permissions
from geoapi.accounts.permissions import Act, Caller, Role, not_signed_in
from geoapi.accounts.registry import link_to, make_invitation, note_account_event
from geoapi.accounts.throttle import clear_login
from geoapi.editing.organisations import organisation_with_path
from geoapi.editing.sessions import Device, Entered, as_account, enter
from geoapi.editing.transaction import Answered, By, note_event
from geoapi.errors import Conflict, NotFound, Words
from geoapi.queries.invitations import no_such_link


@dataclass(frozen=True)
class Links:
    """Where links lead, and how long they are good."""

    public_address: str
    hours: float


def invite(
    conn: Connection, by: By, *, organisation_id: int, role: Role, name: str | None, links: Links
) -> Answered:
    """A link for somebody who is to have this role there. Raises `NotFound`, `NotAllowed`."""
    if by.caller is None:
        raise not_signed_in()
    organisation = organisation_with_path(conn, organisation_id, "organisation_id")
    require_to_give(by.caller, role, organisation["path"])
    issued = make_invitation(
        conn, organisation_id=organisation_id, role=role, name=name, by=by.caller.account_id,
        hours=links.hours,
    )  # fmt: skip
    note_event(
        conn, "invite", organisation_id=organisation_id, subject=f"invitation:{issued.id}", role=role,
        name=name,
    )  # fmt: skip
    return Answered(
        {
            "id": str(issued.id),
            "link": link_to(links.public_address, "invitation", issued.token),
            "token": issued.token,
            "expires_at": issued.expires_at,
        },
        201,
    )


def require_to_give(caller: Caller, role: Role, path: list[int]) -> None:
    """Raise `NotAllowed` where the caller may not give, or take, this role there."""
    if not permissions.may_give(caller, role, path):
        raise permissions.not_allowed()


def revoke_invitation(conn: Connection, by: By, invitation_id: int) -> Answered:
    """Take an invitation back. Raises `NotFound` beyond the caller's reach, `NotAllowed`, and `Conflict` once
    it was accepted; one that is revoked or expired stays so."""
    if by.caller is None:
        raise not_signed_in()
    row = conn.execute(
        """SELECT organisation_path(organisation_id), role, used_at IS NOT NULL, organisation_id
           FROM invitation WHERE id = %s AND purpose = 'invitation'""",
        [invitation_id],
    ).fetchone()
    if row is None or not permissions.may(by.caller, Act.SEE_ACCOUNTS, row[0]):
        raise NotFound(
            Words("没有这个邀请", "there is no such invitation"),
            field="id",
            mend=Words("编号见 GET /v1/manage/invitations", "GET /v1/manage/invitations lists them"),
        )
    path, role, used, organisation_id = row
    require_to_give(by.caller, Role(role), path)
    if used:
        raise Conflict(
            Words("邀请已被接受", "the invitation was accepted"),
            field="id",
            mend=Words("如有需要，请收回角色或停用账号", "take the role back, or disable the account"),
        )
    revoked = conn.execute(
        "UPDATE invitation SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL AND used_at IS NULL",
        [invitation_id],
    ).rowcount
    if revoked:
        note_event(
            conn, "revoke_invitation", organisation_id=organisation_id, subject=f"invitation:{invitation_id}"
        )  # fmt: skip
    elif conn.execute(
        "SELECT FROM invitation WHERE id = %s AND revoked_at IS NULL AND used_at IS NULL", [invitation_id]
    ).rowcount:
        # PostgreSQL's own rules left it as it is, without a word
        raise permissions.not_allowed()
    return Answered(None, 204)


def accept_as_new(
    conn: Connection, by: By, token: bytes, login: str, name: str, password_hash: str, device: Device
) -> Entered:
    """The account that the invitation promises, signed in. Raises `NotFound` where the link is not good, and
    `Conflict` where the login is taken."""
    try:
        account_id = _accepted(conn, token, [login, name, password_hash])
    except UniqueViolation as error:
        raise Conflict(
            Words("登录名已被使用", "the login is taken"),
            field="login",
            mend=Words(
                "换一个；若是您自己的账号，请先登录再接受",
                "choose another; or, if it is yours, sign in first",
            ),
        ) from error
    as_account(conn, account_id, name, by)
    return enter(conn, account_id, login, name, device, "accept_invitation")


def accept_as_self(conn: Connection, caller: Caller, token: bytes) -> dict[str, Any]:
    """The invitation's role for the account that is signed in; `NotFound` where the link is not good."""
    _accepted(conn, token, [None, None, None])
    note_account_event(conn, "accept_invitation", caller.account_id)
    return {"id": str(caller.account_id), "login": caller.login, "name": caller.name}


def _accepted(conn: Connection, token: bytes, who: list[str | None]) -> int:
    row = conn.execute("SELECT accept_invitation(%s, %s, %s, %s, NULL, NULL)", [token, *who]).fetchone()
    if row is None or row[0] is None:
        raise no_such_link()
    return int(row[0])


def recover(conn: Connection, by: By, token: bytes, password_hash: str, *, login: str, name: str) -> Answered:
    """A new password by a recovery link: all sessions end, all guesses are forgotten. Raises `NotFound`."""
    row = conn.execute("SELECT recover_account(%s, %s)", [token, password_hash]).fetchone()
    if row is None or row[0] is None:
        raise no_such_link()
    as_account(conn, row[0], name, by)
    clear_login(conn, login, by.address)
    note_account_event(conn, "recover", row[0])
    return Answered({"login": login})
