"""People for the sample city, made by `geoapi demo` alone. Their passwords are new at every start, told once
on the terminal, and kept nowhere but as hashes."""

from __future__ import annotations

import secrets
from typing import Final, NamedTuple

from psycopg import Connection

from geoapi.accounts.passwords import hash_password
from geoapi.accounts.permissions import ROLE_NAMES, Role
from geoapi.accounts.registry import end_sessions, give_role, set_password
from geoapi.db.engine import connect
from geoapi.sample.city import SOURCE


class _Post(NamedTuple):
    login: str
    name: str
    role: Role
    organisation: str


# the street has a few dozen stations, in the district that the other examples are about
_POSTS: Final = (
    _Post("manager", "王芳（示例）", Role.MANAGER, f"{SOURCE}-110101-s07"),
    _Post("district", "赵静（示例）", Role.DISTRICT_ADMIN, f"{SOURCE}-110101"),
    _Post("city", "孙丽（示例）", Role.CITY_ADMIN, f"{SOURCE}-110000"),
    _Post("auditor", "吴刚（示例）", Role.AUDITOR, f"{SOURCE}-110101"),
)


class SampleLogin(NamedTuple):
    """Somebody who can sign in to the demo, and as what."""

    login: str
    password: str
    role: str
    organisation: str


def staff_sample(url: str) -> list[SampleLogin]:
    """The sample's people, each with a new password; without those whose login somebody real has."""
    with connect(url) as conn:
        conn.execute("SELECT set_config('geoapi.actor', 'demo', true)")
        return [made for post in _POSTS if (made := _appointed(conn, post)) is not None]


def _appointed(conn: Connection, post: _Post) -> SampleLogin | None:
    place = conn.execute(
        "SELECT id, name_zh FROM organisation WHERE code = %s AND source = %s", [post.organisation, SOURCE]
    ).fetchone()
    if place is None:
        return None
    row = conn.execute(
        """INSERT INTO account (login, name) VALUES (%s, %s) ON CONFLICT (login) DO NOTHING RETURNING id""",
        [post.login, post.name],
    ).fetchone()
    if row is not None:
        account_id: int = row[0]
        give_role(conn, account_id, place[0], post.role, by=None)
    else:
        ours = conn.execute(_OURS, [SOURCE, post.login]).fetchone()
        if ours is None:
            return None
        account_id = ours[0]
    password = secrets.token_urlsafe(12)
    set_password(conn, account_id, hash_password(password))
    end_sessions(conn, account_id)
    return SampleLogin(post.login, password, str(ROLE_NAMES[post.role].zh), place[1])


# an account that has a role in a real organisation, or none at all, is somebody's
_OURS: Final = """
SELECT a.id FROM account AS a
JOIN account_role AS r ON r.account_id = a.id
JOIN organisation AS o ON o.id = r.organisation_id
WHERE a.disabled_at IS NULL
GROUP BY a.id HAVING bool_and(o.source = %s) AND a.login = %s
"""
