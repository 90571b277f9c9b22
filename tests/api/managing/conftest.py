"""The small Beijing with its union: organisations, people in every role, and a signed-in client for each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

import httpx
import psycopg
import pytest
from argon2 import PasswordHasher

from geoapi.accounts.tokens import new_token, token_sha256
from geoapi.coverage.runners import inline
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from tests.api.conftest import fill, running
from tests.conftest import clone

if TYPE_CHECKING:
    from tests.api.managing.asks import Scene

PASSWORD = "驿站 opens at eight"

# code, parent, level, name, district
ORGANISATIONS = (
    ("bj", None, "city", "北京市总工会", "110000"),
    ("dc", "bj", "district", "东城区总工会", "110101"),
    ("xc", "bj", "district", "西城区总工会", "110102"),
    ("dc-dongsi", "dc", "street", "东四街道总工会", None),
    ("dc-jianguomen", "dc", "street", "建国门街道总工会", None),
    ("xc-xidan", "xc", "street", "西单街道总工会", None),
)
# whose stations are whose; the others are their district's, having no organisation of their own
MANAGED_BY = {"东四暖心驿站": "dc-dongsi", "朝内暖心驿站": "dc-dongsi", "西单心灵驿站": "xc-xidan"}
# login: name, organisation, role, state
PEOPLE = {
    "manager": ("王芳", "dc-dongsi", "manager", ""),
    "other_manager": ("李强", "xc-xidan", "manager", ""),
    "neighbour": ("周敏", "dc-jianguomen", "manager", ""),
    "district_admin": ("赵静", "dc", "district_admin", ""),
    "other_district_admin": ("钱伟", "xc", "district_admin", ""),
    "city_admin": ("孙丽", "bj", "city_admin", ""),
    "auditor": ("吴刚", "dc", "auditor", ""),
    "disabled": ("郑洁", "dc-dongsi", "manager", "disabled"),
    "expired": ("冯涛", "dc-dongsi", "manager", "expired"),
}


@dataclass
class Union:
    """A running service, its people and their sessions, and the ids of stations, organisations and accounts.

    `database_url` is the owner's: what tests do with it no wall stops.
    """

    url: str
    database_url: str
    stations: dict[str, int]
    organisations: dict[str, int]
    accounts: dict[str, int]
    tokens: dict[str, str]
    client: httpx.Client

    def as_(self, who: str | None) -> Client:
        """Requests as this person (a login of `PEOPLE`); None: as nobody."""
        return Client(self.client, self.tokens[who] if who else None)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """Rows of a statement by the owner, committed."""
        with psycopg.connect(self.database_url, autocommit=True) as conn:
            cursor = conn.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []

    def version(self, station: str) -> int:
        return int(self.sql("SELECT version FROM station WHERE id = %s", self.stations[station])[0][0])


@dataclass(frozen=True)
class Client:
    """HTTP requests with somebody's bearer token."""

    client: httpx.Client
    token: str | None

    def request(self, method: str, path: str, **more: Any) -> httpx.Response:
        headers = dict(more.pop("headers", {}))
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        return self.client.request(method, path, headers=headers, **more)

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        return self.request("GET", path, params=parameters)

    def post(self, path: str, json: Any = None, **headers: str) -> httpx.Response:
        """POST; `idempotency_key="…"` and the like are headers."""
        more = {} if json is None else {"json": json}
        return self.request("POST", path, headers=_named(headers), **more)

    def patch(
        self, path: str, json: Any, *, version: int | str | None = None, **headers: str
    ) -> httpx.Response:
        """PATCH with `If-Match` of this version."""
        named = _named(headers)
        if version is not None:
            named["If-Match"] = version if isinstance(version, str) else f'"{version}"'
        return self.request("PATCH", path, json=json, headers=named)

    def delete(self, path: str, **headers: str) -> httpx.Response:
        return self.request("DELETE", path, headers=_named(headers))


def _named(headers: dict[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}


@cache
def password_hash() -> str:
    return PasswordHasher(time_cost=1, memory_cost=1024, parallelism=1).hash(PASSWORD)


def staff(
    conn: psycopg.Connection, stations: dict[str, int]
) -> tuple[dict[str, int], dict[str, int], dict[str, str]]:
    """Put organisations, people and sessions in: ids of organisations and accounts, and tokens, by name."""
    organisations: dict[str, int] = {}
    for code, parent, level, name, district in ORGANISATIONS:
        organisations[code] = _id(
            conn,
            """INSERT INTO organisation (code, parent_id, level, name_zh, district_code, source)
               VALUES (%s, %s, %s, %s, %s, 'test') RETURNING id""",
            code, organisations.get(parent or ""), level, name, district,
        )  # fmt: skip
    for station, code in MANAGED_BY.items():
        conn.execute(
            "UPDATE station SET organisation_id = %s WHERE id = %s", [organisations[code], stations[station]]
        )
    accounts, tokens = {}, {}
    for login, (name, code, role, state) in PEOPLE.items():
        account = _id(
            conn,
            """INSERT INTO account (login, name, password_hash, password_changed_at, disabled_at)
               VALUES (%s, %s, %s, now(), CASE WHEN %s THEN now() END) RETURNING id""",
            login, name, password_hash(), state == "disabled",
        )  # fmt: skip
        conn.execute(
            "INSERT INTO account_role (account_id, organisation_id, role) VALUES (%s, %s, %s)",
            [account, organisations[code], role],
        )
        accounts[login], tokens[login] = account, new_token()
        conn.execute(
            """INSERT INTO account_session (account_id, token_sha256, kind, expires_at)
               VALUES (%s, %s, 'bearer', now() + %s)""",
            [account, token_sha256(tokens[login]), timedelta(days=-1 if state == "expired" else 1)],
        )
    return organisations, accounts, tokens


def _id(conn: psycopg.Connection, statement: str, *values: Any) -> int:
    row = conn.execute(statement.encode(), values).fetchone()
    assert row is not None
    return int(row[0])


@pytest.fixture(scope="module")
def start_union(server_url: str) -> Iterator[Callable[..., Union]]:
    """A function that starts a service with people, on a database of its own; all end with the module."""
    from contextlib import ExitStack

    with ExitStack() as stack:

        def start(settings: Settings | None = None, *, keep_schedule: bool = True) -> Union:
            database_url = stack.enter_context(clone(server_url))
            stations = fill(database_url)
            with psycopg.connect(database_url) as conn:
                organisations, accounts, tokens = staff(conn, stations)
            chosen = settings or Settings(
                # patient: a hundred at once on a busy machine are to be served, not sent away
                database=DatabaseSettings(pool_size=4, pool_wait_s=20),
                coverage=CoverageSettings(cell_size_m=5000),
            )
            url = stack.enter_context(
                running(database_url, chosen, keep_schedule=keep_schedule, runner=inline)
            )
            client = stack.enter_context(httpx.Client(base_url=url, timeout=30))
            return Union(url, database_url, stations, organisations, accounts, tokens, client)

        yield start


@pytest.fixture(scope="module")
def union(start_union: Callable[..., Union]) -> Union:
    """The service with its people, shared by a module's tests: each uses a station or account of its own,
    or says how it leaves things."""
    return start_union()


@pytest.fixture(scope="module")
def scene(start_union: Callable[..., Union]) -> Iterator[Scene]:
    """A service where nothing changes by itself, and whatever requests can be about is put when asked for."""
    from tests.api.managing.asks import Scene
    from tests.api.managing.things import things_in

    union = start_union(keep_schedule=False)
    with things_in(union.database_url) as things:
        yield Scene(union, things)
