"""A small Beijing whose packs are asked for, and whose data tests change as they like."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import httpx
import psycopg
import pytest

from geoapi.coverage.runners import inline
from geoapi.queries.pack.columns import read_columns
from geoapi.queries.pack.content import FIELDS, Content, number
from geoapi.schedule import refresh
from geoapi.settings import DatabaseSettings, PackSettings, Settings
from tests.api.conftest import fill, running
from tests.conftest import clone
from tests.queries.conftest import HORIZON_DAYS

Pack = dict[str, Any]


@dataclass(frozen=True)
class Packed:
    """A service that keeps nothing current by itself, its database's address and its stations' ids."""

    client: httpx.Client
    database_url: str
    ids: dict[str, int]

    def get(
        self, code: str = "110000", *, headers: dict[str, str] | None = None, **query: str
    ) -> httpx.Response:
        return self.client.get(f"/v1/pack/{code}", params=query, headers=headers)

    def pack(self, code: str = "110000", **query: str) -> Pack:
        answer: Pack = self.client.get(f"/v1/pack/{code}", params=query).raise_for_status().json()
        return answer

    @contextmanager
    def changing(self, *, now: datetime | None = None) -> Iterator[psycopg.Connection]:
        """A transaction by the owner; opening times follow, as after every write."""
        with psycopg.connect(self.database_url) as conn:
            yield conn
            refresh(conn, horizon_days=HORIZON_DAYS, now=now)

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.changing() as conn:
            cursor = conn.execute(statement.encode(), values)
            return cursor.fetchall() if cursor.description else []


def stations_of(pack: Pack) -> dict[int, dict[str, Any]]:
    """The records of a pack, or of a delta, by id."""
    return {row[0]: dict(zip(FIELDS, row, strict=True)) for row in read_columns(FIELDS, pack["stations"])}


def applied(pack: Pack, delta: Pack) -> Pack:
    """The pack after a delta: what docs/pack.md says of applying one."""
    assert delta["kind"] == "delta"
    assert delta["since"] == pack["version"]
    stations = {**stations_of(pack), **stations_of(delta)}
    for id_ in delta["removed"]:
        stations.pop(id_, None)
    return {
        "version": delta["version"],
        "about": delta["about"],
        "parts": {**pack["parts"], **delta["parts"]},
        "stations": dict(sorted(stations.items())),
    }


def as_applied(pack: Pack) -> Pack:
    """A whole pack in the form of `applied`."""
    return {
        "version": pack["version"], "about": pack["about"], "parts": pack["parts"],
        "stations": stations_of(pack),
    }  # fmt: skip


def version_of(pack: Pack) -> str:
    """The version that a pack's content has, as docs/pack.md says it is made."""
    import orjson

    lon, lat = FIELDS.index("lon"), FIELDS.index("lat")
    rows = read_columns(FIELDS, pack["stations"])
    for row in rows:
        row[lon], row[lat] = number(row[lon]), number(row[lat])
    return Content(pack["about"], pack["parts"], {row[0]: orjson.dumps(row) for row in rows}).version()


@pytest.fixture
def start_packed(server_url: str) -> Iterator[Callable[..., Packed]]:
    """A function that starts a service on a database of its own, or on another service's."""
    with ExitStack() as stack:

        def start(
            beside: Packed | None = None, *, fresh_s: float = 0, margin_m: float = 5000, schedule: Any = None
        ) -> Packed:
            url, ids = (
                (beside.database_url, beside.ids) if beside else (stack.enter_context(clone(server_url)), {})
            )
            ids = ids or fill(url)
            settings = Settings(
                database=DatabaseSettings(pool_size=4, pool_wait_s=20),
                pack=PackSettings(pack_fresh_s=fresh_s, pack_margin_m=margin_m),
            )
            base = stack.enter_context(running(url, settings, keep_schedule=False, runner=inline))
            client = stack.enter_context(httpx.Client(base_url=base, timeout=60))
            return Packed(client, url, ids)

        yield start


@pytest.fixture
def packed(start_packed: Callable[..., Packed]) -> Packed:
    return start_packed()
