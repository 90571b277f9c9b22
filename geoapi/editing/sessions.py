"""Signing in and out, and changing one's own password: what is written, once the password was right."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from psycopg import Connection

from geoapi.accounts.passwords import is_outdated
from geoapi.accounts.permissions import Caller
from geoapi.accounts.registry import (
    Issued,
    SessionKind,
    begin_session,
    end_sessions,
    note_account_event,
    set_password,
)
from geoapi.db.engine import Database
from geoapi.editing.transaction import Answered, By, identify
from geoapi.errors import Conflict, NotFound, NotSignedIn, Words
from geoapi.queries.accounts import Known


@dataclass(frozen=True)
class Device:
    """How and from where somebody signs in, and for how long."""

    kind: SessionKind
    days: float
    address: str | None
    user_agent: str | None


@dataclass(frozen=True)
class Entered:
    """A new session, and whose it is."""

    session: Issued
    account: dict[str, str]


def wrong_password() -> NotSignedIn:
    """What to raise where login or password is wrong, or the account may not sign in: never which of them."""
    return NotSignedIn(
        Words("登录名或密码不对", "the login or the password is wrong"),
        mend=Words(
            "重试；忘了密码可请管理员发恢复链接", "try again; an administrator can give you a recovery link"
        ),
    )


def as_account(conn: Connection, account_id: int, name: str, by: By) -> None:
    """Let the rest of this transaction be that account's own."""
    identify(conn, replace(by, caller=Caller(account_id, "", name, (), 0)))


def sign_in(conn: Connection, by: By, known: Known, new_hash: str | None, device: Device) -> Entered:
    """A session for the account whose password was right a moment ago; `new_hash` replaces an outdated one.

    Raises `NotSignedIn` where the account was disabled, or its password changed, since.
    """
    as_account(conn, known.id, known.name, by)
    # a change of password waits for this, and then ends this session as well
    still = conn.execute(
        """SELECT FROM account WHERE id = %s AND disabled_at IS NULL
             AND password_changed_at IS NOT DISTINCT FROM %s FOR NO KEY UPDATE""",
        [known.id, known.password_changed_at],
    ).fetchone()
    if still is None:
        raise wrong_password()
    if new_hash is not None:
        conn.execute("UPDATE account SET password_hash = %s WHERE id = %s", [new_hash, known.id])
    return enter(conn, known.id, known.login, known.name, device, "sign_in")


def enter(conn: Connection, account_id: int, login: str, name: str, device: Device, how: str) -> Entered:
    """A session for the account that this transaction is for, on record as `how`."""
    session = begin_session(
        conn, account_id, kind=device.kind, days=device.days, address=device.address,
        user_agent=device.user_agent,
    )  # fmt: skip
    note_account_event(conn, how, account_id, session=str(session.id), kind=device.kind)
    return Entered(session, {"id": str(account_id), "login": login, "name": name})


def needs_new_hash(known: Known) -> bool:
    """Whether the password should be hashed anew, now that it is at hand."""
    return known.password_hash is not None and is_outdated(known.password_hash)


async def note_failure(database: Database, known: Known | None, address: str | None, action: str) -> None:
    """Put on record that somebody guessed wrong; for a login that there is not, it costs the same."""
    async with database.raw_connection() as conn:
        await conn.execute(
            """INSERT INTO event (actor, address, action, organisation_id, subject, detail)
               SELECT 'service', %(address)s, %(action)s, place.id, 'account:' || %(account)s::text, '{}'
               FROM (
                 SELECT DISTINCT organisation_id AS id FROM account_role WHERE account_id = %(account)s
                 UNION ALL
                 SELECT NULL WHERE NOT EXISTS (SELECT FROM account_role WHERE account_id = %(account)s)
               ) AS place""",
            {"address": address, "action": action, "account": known.id if known else None},
        )


def sign_out(conn: Connection, caller: Caller, headers: dict[str, str]) -> Answered:
    """End the session that asks for it."""
    conn.execute(
        "UPDATE account_session SET revoked_at = now() WHERE id = %s AND revoked_at IS NULL",
        [caller.session_id],
    )
    note_account_event(conn, "sign_out", caller.account_id, session=str(caller.session_id))
    return Answered(None, 204, headers)


def revoke_session(conn: Connection, caller: Caller, session_id: int) -> Answered:
    """End one of the caller's sessions; `NotFound` where it is none of theirs, or over."""
    revoked = conn.execute(
        """UPDATE account_session SET revoked_at = now()
           WHERE id = %s AND account_id = %s AND revoked_at IS NULL AND expires_at > now()""",
        [session_id, caller.account_id],
    ).rowcount
    if not revoked:
        raise NotFound(
            Words("没有这个登录，或已结束", "there is no such session, or it is over"),
            field="id",
            mend=Words("编号见 GET /v1/auth/sessions", "GET /v1/auth/sessions lists yours"),
        )
    note_account_event(conn, "revoke_session", caller.account_id, session=str(session_id))
    return Answered(None, 204)


def revoke_others(conn: Connection, caller: Caller) -> Answered:
    """End all of the caller's sessions but this one."""
    revoked = end_sessions(conn, caller.account_id, but=caller.session_id)
    note_account_event(conn, "revoke_other_sessions", caller.account_id, sessions=revoked)
    return Answered({"revoked": revoked})


def change_password(conn: Connection, caller: Caller, known: Known, new_hash: str) -> Answered:
    """Set the new password and end all other sessions. `Conflict` where another change came between."""
    unchanged = conn.execute(
        """SELECT FROM account WHERE id = %s AND password_changed_at IS NOT DISTINCT FROM %s
           FOR NO KEY UPDATE""",
        [caller.account_id, known.password_changed_at],
    ).fetchone()
    if unchanged is None:
        raise Conflict(
            Words("密码刚被改过", "the password has just been changed"),
            mend=Words("用新密码再试", "try again with the newer one"),
        )
    set_password(conn, caller.account_id, new_hash)
    ended = end_sessions(conn, caller.account_id, but=caller.session_id)
    note_account_event(conn, "change_password", caller.account_id, sessions_ended=ended)
    return Answered(None, 204)


def rename_self(conn: Connection, caller: Caller, name: str) -> dict[str, Any]:
    """Set the caller's own name."""
    conn.execute("UPDATE account SET name = %s WHERE id = %s", [name, caller.account_id])
    note_account_event(conn, "change_name", caller.account_id, before=caller.name, after=name)
    return {"name": name}
