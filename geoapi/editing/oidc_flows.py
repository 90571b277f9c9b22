"""Sign-ins by OpenID Connect that are under way, and what they come to: a sign-in, an accepted invitation, a
link to an account. Each is good for ten minutes, once, in the browser that began it."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from psycopg import Connection
from psycopg.errors import CheckViolation, UniqueViolation
from psycopg.rows import class_row

from geoapi.accounts.logins import normalised_login
from geoapi.accounts.oidc import Identity
from geoapi.accounts.registry import note_account_event
from geoapi.accounts.tokens import token_sha256
from geoapi.editing.sessions import Device, Entered, as_account, enter
from geoapi.editing.transaction import By
from geoapi.errors import Conflict, InvalidInput, NotAllowed, Words
from geoapi.queries.invitations import no_such_link

GOOD_FOR: Final = timedelta(minutes=10)


@dataclass(frozen=True)
class Flow:
    """A sign-in under way. With `invitation_sha256` it accepts that; with `account_id` it links to that."""

    nonce: str
    code_verifier: str
    invitation_sha256: bytes | None
    account_id: int | None
    return_to: str


def begin_flow(conn: Connection, state: str, browser: str, flow: Flow) -> None:
    """Remember a flow under its `state`, for whoever has `browser` too."""
    # those that nobody came back from, a few at a time and never waiting for another's
    conn.execute(
        """DELETE FROM oidc_flow WHERE state_sha256 IN (
             SELECT state_sha256 FROM oidc_flow WHERE expires_at <= clock_timestamp()
             LIMIT 100 FOR UPDATE SKIP LOCKED)"""
    )
    conn.execute(
        """INSERT INTO oidc_flow (state_sha256, browser_sha256, nonce, code_verifier, invitation_sha256,
             account_id, return_to, expires_at)
           VALUES (%s, %s, %s, %s, %s, %s, %s, clock_timestamp() + %s)""",
        [
            token_sha256(state), token_sha256(browser), flow.nonce, flow.code_verifier,
            flow.invitation_sha256, flow.account_id, flow.return_to, GOOD_FOR,
        ],
    )  # fmt: skip


def take_flow(conn: Connection, state: str, browser: str) -> Flow:
    """The flow of this `state`, which nobody gets again.

    Raises `InvalidInput` where there is none, it is over, or another browser began it: to that one it is
    left.
    """
    with conn.cursor(row_factory=class_row(Flow)) as cursor:
        flow = cursor.execute(
            """DELETE FROM oidc_flow
               WHERE state_sha256 = %s AND browser_sha256 = %s AND expires_at > clock_timestamp()
               RETURNING nonce, code_verifier, invitation_sha256, account_id, return_to""",
            [token_sha256(state), token_sha256(browser)],
        ).fetchone()
    if flow is None:
        raise flow_is_over()
    return flow


def sign_in(conn: Connection, by: By, identity: Identity, device: Device) -> Entered:
    """A session for the account linked to this identity; `NotAllowed` where none is, or it is disabled."""
    account = _linked(conn, identity)
    if account is None:
        raise _unknown()
    as_account(conn, account.id, account.name, by)
    _hold(conn, account)
    return enter(conn, account.id, account.login, account.name, device, "oidc_sign_in")


def accept(conn: Connection, by: By, identity: Identity, invitation_sha256: bytes, device: Device) -> Entered:
    """A session for who accepts the invitation: the account linked to this identity, or a new one that is.

    Raises `NotFound` where the invitation is no longer good, and `NotAllowed` where the account is disabled.
    """
    account = _linked(conn, identity)
    if account is not None:
        as_account(conn, account.id, account.name, by)
        _hold(conn, account)
        _accept_invitation(conn, invitation_sha256, identity, account)
    else:
        account = _new_account(conn, invitation_sha256, identity)
        as_account(conn, account.id, account.name, by)
    return enter(conn, account.id, account.login, account.name, device, "accept_invitation")


def _new_account(conn: Connection, invitation_sha256: bytes, identity: Identity) -> _Account:
    invited = conn.execute(
        "SELECT name FROM invitation WHERE token_sha256 = %s", [invitation_sha256]
    ).fetchone()
    for login in _logins(identity):
        account = _Account(0, login, _name(identity.name, invited[0] if invited else None, login))
        try:
            # a login that is taken, or none to PostgreSQL, undoes this try alone
            with conn.transaction():
                return replace(account, id=_accept_invitation(conn, invitation_sha256, identity, account))
        except (UniqueViolation, CheckViolation) as error:
            if error.diag.constraint_name not in ("account_login_key", "account_login_check"):
                raise _linked_elsewhere() from None
    raise Conflict(
        Words("登录名都已被占用", "every login tried is taken"), mend=Words("请再试一次", "try once more")
    )


def _accept_invitation(
    conn: Connection, invitation_sha256: bytes, identity: Identity, account: _Account
) -> int:
    row = conn.execute(
        "SELECT accept_invitation(%s, %s, %s, NULL, %s, %s)",
        [invitation_sha256, account.login, account.name, identity.issuer, identity.subject],
    ).fetchone()
    if row is None or row[0] is None:
        raise no_such_link()
    return int(row[0])


def link(conn: Connection, by: By, identity: Identity, account_id: int) -> None:
    """Link this identity to the account, in place of any before.

    Raises `Conflict` where another account has it, and `InvalidInput` where the account was disabled, or
    all its sessions ended, since it asked.
    """
    row = conn.execute(
        """SELECT a.name FROM account AS a WHERE a.id = %s AND a.disabled_at IS NULL AND EXISTS (
             SELECT FROM account_session AS s WHERE s.account_id = a.id
             AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp())""",
        [account_id],
    ).fetchone()
    if row is None:
        raise flow_is_over()
    as_account(conn, account_id, row[0], by)
    try:
        conn.execute(
            "UPDATE account SET oidc_issuer = %s, oidc_subject = %s WHERE id = %s",
            [identity.issuer, identity.subject, account_id],
        )
    except UniqueViolation:
        raise _linked_elsewhere() from None
    note_account_event(conn, "oidc_link", account_id)


def unlink(conn: Connection, account_id: int) -> None:
    """Take away the account's link. Raises `Conflict` where it has none, or could not sign in without."""
    row = conn.execute(
        "SELECT oidc_subject IS NOT NULL, password_hash IS NOT NULL FROM account WHERE id = %s FOR UPDATE",
        [account_id],
    ).fetchone()
    has_link, has_password = row or (False, False)
    if not has_link:
        raise Conflict(
            Words("账号没有关联", "the account is linked to nothing"),
            mend=Words("无需取消", "there is nothing to take away"),
        )
    if not has_password:
        raise Conflict(
            Words("没有密码，取消关联后无法登录", "without the link this account has no way to sign in"),
            mend=Words(
                "先请管理员发恢复链接设置密码",
                "first set a password by a recovery link from an administrator",
            ),
        )
    conn.execute("UPDATE account SET oidc_issuer = NULL, oidc_subject = NULL WHERE id = %s", [account_id])
    note_account_event(conn, "oidc_unlink", account_id)


def flow_is_over() -> InvalidInput:
    """What to raise where somebody comes back from the provider with nothing under way here."""
    return InvalidInput(
        Words("这次登录已失效或已用过", "this sign-in is over, was used, or began in another browser"),
        field="state",
        mend=Words("请在同一浏览器重新登录", "begin again, and finish in the same browser"),
    )


@dataclass(frozen=True)
class _Account:
    id: int
    login: str
    name: str


def _linked(conn: Connection, identity: Identity) -> _Account | None:
    """The account linked to this identity; a disabled one is answered as if there were none."""
    row = conn.execute(
        """SELECT id, login, name, disabled_at IS NOT NULL FROM account
           WHERE oidc_issuer = %s AND oidc_subject = %s""",
        [identity.issuer, identity.subject],
    ).fetchone()
    if row is None:
        return None
    if row[3]:
        raise _unknown()
    return _Account(*row[:3])


def _hold(conn: Connection, account: _Account) -> None:
    """Let whoever disables the account wait, and then end the session that it is about to have as well."""
    held = conn.execute(
        "SELECT FROM account WHERE id = %s AND disabled_at IS NULL FOR NO KEY UPDATE", [account.id]
    ).fetchone()
    if held is None:
        raise _unknown()


def _logins(identity: Identity) -> Iterator[str]:
    """Logins to try for a new account: as the provider has it, then with something added."""
    wanted = re.sub(r"[^\w.@+-]", "", normalised_login(identity.login or ""))[:80]
    if len(wanted) >= 3:
        yield wanted
        yield f"{wanted}-{secrets.token_hex(3)}"
    for _ in range(3):
        yield f"user-{secrets.token_hex(5)}"


def _name(*choices: str | None) -> str:
    for one in choices:
        shown = "".join(c for c in (one or "") if c.isprintable()).strip()[:100]
        if shown:
            return shown
    raise AssertionError("a login is a name")


def _unknown() -> NotAllowed:
    return NotAllowed(
        Words("没有账号与此身份关联", "no account here is linked to this identity"),
        mend=Words(
            "请向管理员索取邀请，或用密码登录后关联",
            "ask an administrator for an invitation, or sign in with your password and link it",
        ),
    )


def _linked_elsewhere() -> Conflict:
    return Conflict(
        Words("此身份已关联另一个账号", "this identity is linked to another account"),
        mend=Words("先在那个账号取消关联", "unlink it there first"),
    )
