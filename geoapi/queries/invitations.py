"""Invitations and recovery links: what a link is to, and which invitations there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller
from geoapi.db.engine import Database
from geoapi.errors import NotFound, Words
from geoapi.queries.accounts import BELOW, Page, page_by_id, utc

State = Literal["open", "used", "expired", "revoked"]

# as `accept_invitation` sees it: good only as long as whoever gave it could still give it
_INVITATION = """
SELECT i.name, i.role, i.expires_at, o.id AS organisation_id, o.code, o.level, o.name_zh, o.name_en,
  inviter.name AS invited_by
FROM invitation AS i
JOIN organisation AS o ON o.id = i.organisation_id
LEFT JOIN account AS inviter ON inviter.id = i.created_by
WHERE i.token_sha256 = %s AND i.purpose = 'invitation' AND i.used_at IS NULL AND i.revoked_at IS NULL
  AND i.expires_at > clock_timestamp()
  AND (i.created_by IS NULL OR account_may_grant(i.created_by, i.organisation_id, i.role))
"""
# as `recover_account` sees it
_RECOVERY = """
SELECT a.id, a.login, a.name FROM invitation AS i JOIN account AS a ON a.id = i.account_id
WHERE i.token_sha256 = %s AND i.purpose = 'recovery' AND i.used_at IS NULL AND i.revoked_at IS NULL
  AND i.expires_at > clock_timestamp() AND a.disabled_at IS NULL
  AND (i.created_by IS NULL OR account_may_administer(i.created_by, a.id))
"""
_STATE = """CASE WHEN i.used_at IS NOT NULL THEN 'used' WHEN i.revoked_at IS NOT NULL THEN 'revoked'
  WHEN i.expires_at <= now() THEN 'expired' ELSE 'open' END"""
_LISTED = f"""
WITH RECURSIVE {BELOW}
SELECT i.id, i.name, i.role, i.created_at, i.expires_at, i.used_at, i.revoked_at, {_STATE} AS state,
  o.id AS organisation_id, o.code, o.level, o.name_zh, o.name_en, inviter.name AS invited_by,
  i.account_id
FROM invitation AS i
JOIN organisation AS o ON o.id = i.organisation_id
LEFT JOIN account AS inviter ON inviter.id = i.created_by
WHERE i.purpose = 'invitation' AND i.organisation_id IN (SELECT id FROM below)
  AND (%(state)s::text IS NULL OR {_STATE} = %(state)s)
  AND (%(after)s::bigint IS NULL OR i.id < %(after)s)
ORDER BY i.id DESC
LIMIT %(limit)s
"""  # noqa: S608


def no_such_link() -> NotFound:
    """What to raise for a link that is not good, whatever the cause: which it is, is nobody's to learn."""
    return NotFound(
        Words("链接无效、已使用或已过期", "the link is not valid, or used, or expired"),
        field="token",
        mend=Words("请向管理员索取新的链接", "ask an administrator for a new one"),
    )


def organisation_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """The organisation that a row with its columns names."""
    return {
        "id": str(row["organisation_id"]),
        "code": row["code"],
        "level": row["level"],
        "name": row["name_zh"],
        "name_en": row["name_en"],
    }


async def look_at_invitation(database: Database, token_sha256: bytes) -> dict[str, Any]:
    """What an invitation is to, who gives it and until when; `NotFound` where it is not good."""
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_INVITATION, [token_sha256])
        row = await cursor.fetchone()
    if row is None:
        raise no_such_link()
    return {
        "name": row["name"],
        "role": row["role"],
        "organisation": organisation_shape(row),
        "invited_by": row["invited_by"],
        "expires_at": utc(row["expires_at"]),
    }


async def look_at_recovery(database: Database, token_sha256: bytes) -> Mapping[str, Any]:
    """id, login and name of the account whose recovery link this is; `NotFound` where it is not good."""
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_RECOVERY, [token_sha256])
        row = await cursor.fetchone()
    if row is None:
        raise no_such_link()
    return row


async def find_invitations(
    database: Database, caller: Caller, *, state: State | None, cursor: str | None, limit: int
) -> Page:
    """Invitations to organisations where the caller may see accounts, the newest first."""
    reach = sorted(caller.organisations(Act.SEE_ACCOUNTS))
    rows, following = await page_by_id(
        database, _LISTED, {"reach": reach, "state": state},
        question=["invitations", reach, state], cursor=cursor, limit=limit,
    )  # fmt: skip
    items = [
        {
            "id": str(row["id"]),
            "state": row["state"],
            "name": row["name"],
            "role": row["role"],
            "organisation": organisation_shape(row),
            "invited_by": row["invited_by"],
            "account_id": str(row["account_id"]) if row["account_id"] is not None else None,
            **{at: utc(row[at]) for at in ("created_at", "expires_at", "used_at", "revoked_at")},
        }
        for row in rows
    ]
    return Page(items, following)
