"""What is written of accounts, by routes and by the command line alike. Who may, is asked before."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import orjson
from psycopg import Connection

from geoapi.accounts.permissions import Role
from geoapi.accounts.tokens import new_token, token_sha256

SessionKind = Literal["bearer", "cookie"]


@dataclass(frozen=True)
class Issued:
    """A row that stands for a token, and the token itself, which is told once and kept nowhere."""

    id: int
    token: str
    expires_at: datetime


def begin_session(
    conn: Connection,
    account_id: int,
    *,
    kind: SessionKind,
    days: float,
    address: str | None,
    user_agent: str | None,
) -> Issued:
    """Sign the account in; it must be the transaction's own (`identify`)."""
    token = new_token()
    return _issued(
        conn,
        """INSERT INTO account_session (account_id, token_sha256, kind, expires_at, address, user_agent)
           VALUES (%s, %s, %s, now() + %s, %s, %s) RETURNING id, expires_at""",
        [
            account_id, token_sha256(token), kind, timedelta(days=days), address,
            (user_agent or "")[:200] or None,
        ],
        token,
    )  # fmt: skip


def end_sessions(conn: Connection, account_id: int, *, but: int | None = None) -> int:
    """End the account's sessions, all or all but one: how many."""
    return conn.execute(
        """UPDATE account_session SET revoked_at = now()
           WHERE account_id = %s AND revoked_at IS NULL AND expires_at > now() AND id IS DISTINCT FROM %s""",
        [account_id, but],
    ).rowcount


def make_invitation(
    conn: Connection,
    *,
    organisation_id: int,
    role: Role,
    name: str | None,
    by: int | None,
    hours: float,
) -> Issued:
    """A one-time link to a new account with this role. `by` None: the command line's."""
    token = new_token()
    return _issued(
        conn,
        """INSERT INTO invitation (token_sha256, purpose, organisation_id, role, name, created_by, expires_at)
           VALUES (%s, 'invitation', %s, %s, %s, %s, now() + %s) RETURNING id, expires_at""",
        [token_sha256(token), organisation_id, role.value, name, by, timedelta(hours=hours)],
        token,
    )


def make_recovery(conn: Connection, account_id: int, *, by: int | None, hours: float) -> Issued:
    """A one-time link to a new password of this account. `by` None: the command line's."""
    token = new_token()
    return _issued(
        conn,
        """INSERT INTO invitation (token_sha256, purpose, account_id, created_by, expires_at)
           VALUES (%s, 'recovery', %s, %s, now() + %s) RETURNING id, expires_at""",
        [token_sha256(token), account_id, by, timedelta(hours=hours)],
        token,
    )


def _issued(conn: Connection, statement: str, values: list[Any], token: str) -> Issued:
    row = conn.execute(statement.encode(), values).fetchone()
    assert row is not None
    return Issued(row[0], token, row[1].astimezone(UTC))


def link_to(public_address: str, purpose: Literal["invitation", "recovery"], token: str) -> str:
    """The address to send: the token stands behind the #, which browsers keep from servers and their logs."""
    return f"{public_address}/manage#{purpose}={token}"


def give_role(
    conn: Connection, account_id: int, organisation_id: int, role: Role, *, by: int | None
) -> int | None:
    """The id of the new role; None where the account has it already."""
    row = conn.execute(
        """INSERT INTO account_role (account_id, organisation_id, role, granted_by) VALUES (%s, %s, %s, %s)
           ON CONFLICT DO NOTHING RETURNING id""",
        [account_id, organisation_id, role.value, by],
    ).fetchone()
    return row[0] if row else None


def set_password(conn: Connection, account_id: int, password_hash: str) -> None:
    """A new password, from now on. An identity that was to be linked on the old one's word no longer is."""
    conn.execute(
        "UPDATE account SET password_hash = %s, password_changed_at = now() WHERE id = %s",
        [password_hash, account_id],
    )
    conn.execute("DELETE FROM oidc_flow WHERE account_id = %s", [account_id])


def set_disabled(conn: Connection, account_id: int, disabled: bool) -> bool:
    """Disable or enable an account; whether that changed anything. A disabled one's sessions end."""
    changed = conn.execute(
        """UPDATE account SET disabled_at = CASE WHEN %(disabled)s THEN now() END
           WHERE id = %(id)s AND (disabled_at IS NOT NULL) <> %(disabled)s""",
        {"id": account_id, "disabled": disabled},
    ).rowcount
    if disabled:
        end_sessions(conn, account_id)
    return changed > 0


def note_account_event(conn: Connection, action: str, account_id: int, **detail: Any) -> None:
    """Put on record what was done by or to an account, wherever it has a role: overseers there read it."""
    conn.execute(
        """INSERT INTO event (account_id, action, organisation_id, subject, detail)
           SELECT current_account(), %(action)s, place.id, 'account:' || %(account)s, %(detail)s::jsonb
           FROM (
             SELECT DISTINCT organisation_id AS id FROM account_role WHERE account_id = %(account)s
             UNION ALL
             SELECT NULL WHERE NOT EXISTS (SELECT FROM account_role WHERE account_id = %(account)s)
           ) AS place""",
        {"action": action, "account": account_id, "detail": orjson.dumps(detail, default=str).decode()},
    )
