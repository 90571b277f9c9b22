"""Accounts as requests see them: whose session this is, and where the stations and organisations belong."""

from __future__ import annotations

from psycopg.rows import dict_row

from geoapi.accounts.permissions import Caller, Role, RoleAt
from geoapi.db.engine import Database

_SESSION = """
SELECT s.id AS session_id, a.id AS account_id, a.login, a.name,
  coalesce((SELECT jsonb_agg(jsonb_build_array(r.role, r.organisation_id) ORDER BY r.id)
            FROM account_role AS r WHERE r.account_id = a.id), '[]') AS roles
FROM account_session AS s
JOIN account AS a ON a.id = s.account_id
WHERE s.token_sha256 = %s AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
  AND a.disabled_at IS NULL
"""


async def session_caller(database: Database, token_sha256: bytes) -> Caller | None:
    """Who is signed in with this token; None where the session is unknown, over or revoked, or the account
    disabled. Looked up anew at every request: what ends a session ends it at once, in every process."""
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SESSION, [token_sha256])
        row = await cursor.fetchone()
    if row is None:
        return None
    return Caller(
        account_id=row["account_id"],
        login=row["login"],
        name=row["name"],
        roles=tuple(RoleAt(Role(role), organisation) for role, organisation in row["roles"]),
        session_id=row["session_id"],
    )
