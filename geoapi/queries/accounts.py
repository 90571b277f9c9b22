"""Accounts as requests see them: whose session this is, who else there is, and what they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from psycopg import AsyncConnection, Connection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import MAY, Act, Caller, Role, RoleAt
from geoapi.db.engine import Database
from geoapi.errors import NotFound, Words
from geoapi.queries.cursors import an_id, make_cursor, read_cursor

_SESSION = """
SELECT s.id AS session_id, a.id AS account_id, a.login, a.name,
  s.last_seen_at < now() - interval '5 minutes' AS unseen,
  coalesce((SELECT jsonb_agg(jsonb_build_array(r.role, r.organisation_id) ORDER BY r.id)
            FROM account_role AS r WHERE r.account_id = a.id), '[]') AS roles
FROM account_session AS s
JOIN account AS a ON a.id = s.account_id
WHERE s.token_sha256 = %s AND s.revoked_at IS NULL AND s.expires_at > clock_timestamp()
  AND a.disabled_at IS NULL
"""
# of many requests at once one does it, and none waits
_SEEN = """
UPDATE account_session SET last_seen_at = now()
WHERE id = (
  SELECT id FROM account_session
  WHERE id = %s AND last_seen_at < now() - interval '5 minutes'
  FOR UPDATE SKIP LOCKED
)
"""


async def session_caller(database: Database, token_sha256: bytes) -> Caller | None:
    """Who is signed in with this token; None where the session is unknown, over or revoked, or the account
    disabled. Looked up anew at every request: what ends a session ends it at once, in every process."""
    async with database.raw_connection() as conn:
        async with conn.cursor(row_factory=dict_row) as cursor:
            await cursor.execute(_SESSION, [token_sha256])
            row = await cursor.fetchone()
        if row is None:
            return None
        if row["unseen"]:
            async with conn.transaction():
                await conn.execute("SELECT set_config('geoapi.account', %s, true)", [str(row["account_id"])])
                await conn.execute(_SEEN, [row["session_id"]])
    return Caller(
        account_id=row["account_id"],
        login=row["login"],
        name=row["name"],
        roles=tuple(RoleAt(Role(role), organisation) for role, organisation in row["roles"]),
        session_id=row["session_id"],
    )


@dataclass(frozen=True)
class Known:
    """An account as signing in needs it. `password_hash` None: there is none, or it may not sign in."""

    id: int
    login: str
    name: str
    password_hash: str | None
    password_changed_at: datetime | None


async def account_by_login(database: Database, login: str) -> Known | None:
    """The account of a (normalised) login; None where there is none."""
    async with database.raw_connection() as conn:
        cursor = await conn.execute(
            """SELECT id, login, name, CASE WHEN disabled_at IS NULL THEN password_hash END,
                 password_changed_at
               FROM account WHERE login = %s""",
            [login],
        )
        row = await cursor.fetchone()
    return Known(*row) if row else None


@dataclass(frozen=True)
class Page:
    """JSON-ready items, and the cursor of the next page, None on the last."""

    items: list[dict[str, Any]]
    next_cursor: str | None


async def page_by_id(
    database: Database,
    statement: str,
    values: Mapping[str, Any],
    *,
    question: Sequence[Any],
    cursor: str | None,
    limit: int,
) -> tuple[list[dict[str, Any]], str | None]:
    """A page of a statement's rows, and where the next begins.

    The statement takes `after` (an id, or null for the first page) and `limit`, and answers with an `id`
    that it is sorted by. A cursor belongs to its question: whose, and about what.
    """
    after = read_cursor(question, cursor, (an_id,))[0] if cursor is not None else None
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as rows_of:
        await rows_of.execute(statement.encode(), {**values, "after": after, "limit": limit + 1})
        rows = await rows_of.fetchall()
    more = len(rows) > limit
    rows = rows[:limit]
    return rows, make_cursor(question, [rows[-1]["id"]]) if more else None


def utc(moment: datetime | None) -> datetime | None:
    """A time that belongs to no place, in UTC."""
    return moment.astimezone(UTC) if moment else None


_SESSIONS = """
SELECT id, kind, host(address) AS address, user_agent, created_at, last_seen_at, expires_at
FROM account_session
WHERE account_id = %(account)s AND revoked_at IS NULL AND expires_at > now()
  AND (%(after)s::bigint IS NULL OR id < %(after)s)
ORDER BY id DESC
LIMIT %(limit)s
"""


async def sessions_of(database: Database, caller: Caller, *, cursor: str | None, limit: int) -> Page:
    """The caller's sessions that are not over, the newest first."""
    rows, following = await page_by_id(
        database, _SESSIONS, {"account": caller.account_id},
        question=["sessions", caller.account_id], cursor=cursor, limit=limit,
    )  # fmt: skip
    items = [
        {
            "id": str(row["id"]),
            "current": row["id"] == caller.session_id,
            "kind": row["kind"],
            "address": row["address"],
            "user_agent": row["user_agent"],
            **{name: utc(row[name]) for name in ("created_at", "last_seen_at", "expires_at")},
        }
        for row in rows
    ]
    return Page(items, following)


# organisations at and below those in `reach`
BELOW: Final = """
below AS (
  SELECT id FROM organisation WHERE id = ANY (%(reach)s::bigint[])
  UNION
  SELECT o.id FROM organisation AS o JOIN below ON o.parent_id = below.id
)
"""
_ACCOUNTS = f"""
WITH RECURSIVE {BELOW}
SELECT a.id, a.login, a.name, a.created_at, a.disabled_at, roles.*,
  a.password_hash IS NOT NULL AS has_password, a.oidc_subject IS NOT NULL AS has_oidc,
  (SELECT max(s.created_at) FROM account_session AS s WHERE s.account_id = a.id) AS signed_in_at
FROM account AS a
CROSS JOIN LATERAL (
  SELECT count(*) FILTER (WHERE r.organisation_id NOT IN (SELECT id FROM below)) AS elsewhere,
    jsonb_agg(jsonb_build_object(
      'id', r.id::text, 'role', r.role,
      'granted_at', to_char(r.granted_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
      'organisation', jsonb_build_object(
        'id', o.id::text, 'code', o.code, 'level', o.level, 'name', o.name_zh, 'name_en', o.name_en)
    ) ORDER BY r.id) FILTER (WHERE r.organisation_id IN (SELECT id FROM below)) AS within
  FROM account_role AS r JOIN organisation AS o ON o.id = r.organisation_id
  WHERE r.account_id = a.id
) AS roles
WHERE roles.within IS NOT NULL
"""  # noqa: S608
_LISTED = f"""{_ACCOUNTS}
  AND (%(words)s::text IS NULL OR strpos(a.login, lower(%(words)s)) > 0
    OR strpos(lower(a.name), lower(%(words)s)) > 0)
  AND (%(after)s::bigint IS NULL OR a.id > %(after)s)
ORDER BY a.id
LIMIT %(limit)s
"""
_ONE = f"{_ACCOUNTS} AND a.id = %(id)s"


def _account_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(row["id"]),
        "login": row["login"],
        "name": row["name"],
        "roles": row["within"],
        "roles_elsewhere": row["elsewhere"],
        "signs_in_with": [
            way for way, has in (("password", row["has_password"]), ("oidc", row["has_oidc"])) if has
        ],
        "created_at": utc(row["created_at"]),
        "disabled_at": utc(row["disabled_at"]),
        "signed_in_at": utc(row["signed_in_at"]),
    }


async def find_accounts(
    database: Database, caller: Caller, *, words: str | None, cursor: str | None, limit: int
) -> Page:
    """Accounts with a role where the caller may see accounts, by id; `words` are part of login or name."""
    reach = sorted(caller.organisations(Act.SEE_ACCOUNTS))
    rows, following = await page_by_id(
        database, _LISTED, {"reach": reach, "words": words},
        question=["accounts", reach, words], cursor=cursor, limit=limit,
    )  # fmt: skip
    return Page([_account_shape(row) for row in rows], following)


async def account_for(database: Database, caller: Caller, account_id: int) -> dict[str, Any]:
    """An account with a role where the caller may see accounts; `NotFound` where it has none there."""
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_ONE.encode(), _one_values(caller, account_id))
        return _found(await cursor.fetchone())


def account_within(conn: Connection, caller: Caller, account_id: int) -> dict[str, Any]:
    """The same within a transaction that changes it."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return _found(cursor.execute(_ONE.encode(), _one_values(caller, account_id)).fetchone())


def _one_values(caller: Caller, account_id: int) -> dict[str, Any]:
    return {"reach": sorted(caller.organisations(Act.SEE_ACCOUNTS)), "id": account_id}


def _found(row: Mapping[str, Any] | None) -> dict[str, Any]:
    if row is None:
        raise NotFound(
            Words("没有这个账号", "there is no such account"),
            field="id",
            mend=Words(
                "编号见 GET /v1/manage/accounts", "GET /v1/manage/accounts lists those within your reach"
            ),
        )
    return _account_shape(row)


_ME = """
SELECT a.id, a.login, a.name, a.created_at, a.password_hash IS NOT NULL AS has_password,
  a.oidc_subject IS NOT NULL AS has_oidc,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', r.id::text, 'role', r.role,
      'organisation', jsonb_build_object(
        'id', o.id::text, 'code', o.code, 'level', o.level, 'name', o.name_zh, 'name_en', o.name_en)
    ) ORDER BY r.id)
    FROM account_role AS r JOIN organisation AS o ON o.id = r.organisation_id WHERE r.account_id = a.id
  ), '[]') AS roles
FROM account AS a WHERE a.id = %(account)s
"""
# whose a station is, is worked out once for each organisation and district that stations have
_COUNTS = f"""
WITH RECURSIVE {BELOW}, inviting AS (
  SELECT id FROM organisation WHERE id = ANY (%(inviting)s::bigint[])
  UNION
  SELECT o.id FROM organisation AS o JOIN inviting ON o.parent_id = inviting.id
)
SELECT coalesce((
    SELECT sum(g.stations)::bigint FROM (
      SELECT organisation_id, district_code, count(*) AS stations FROM station
      WHERE retired_at IS NULL GROUP BY organisation_id, district_code
    ) AS g
    WHERE managing_organisation(g.organisation_id, g.district_code) IN (SELECT id FROM below)
  ), 0) AS stations,
  (SELECT count(*) FROM invitation WHERE purpose = 'invitation' AND used_at IS NULL AND revoked_at IS NULL
    AND expires_at > now() AND organisation_id IN (SELECT id FROM inviting)) AS open_invitations
"""  # noqa: S608


async def who_is(database: Database, caller: Caller) -> dict[str, Any]:
    """The caller: roles and where they hold, what they allow and where, and what a home screen counts."""
    async with database.raw_connection() as conn:
        row = await _row(conn, _ME, {"account": caller.account_id})
        counts = await _row(
            conn,
            _COUNTS,
            {
                "reach": sorted(caller.organisations(Act.EDIT_STATION)),
                "inviting": sorted(caller.organisations(Act.INVITE)),
            },
        )
    return {
        "id": str(row["id"]),
        "login": row["login"],
        "name": row["name"],
        "roles": row["roles"],
        "may": {act.value: [str(id) for id in sorted(caller.organisations(act))] for act in MAY},
        "signs_in_with": [
            way for way, has in (("password", row["has_password"]), ("oidc", row["has_oidc"])) if has
        ],
        "counts": {"stations": counts["stations"], "open_invitations": counts["open_invitations"]},
        "created_at": utc(row["created_at"]),
    }


async def _row(conn: AsyncConnection, statement: str, values: Mapping[str, Any]) -> dict[str, Any]:
    async with conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(statement.encode(), values)
        row = await cursor.fetchone()
    assert row is not None
    return row
