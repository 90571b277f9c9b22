"""A small Beijing with people in it: every figure can be worked out by hand.

Two districts side by side share the border at 116.4° E. Stations stand on the parallel of 39.91° N, and
people live on it, too, at whole thousandths of a degree: 85.5 m from one to the next, 111.2 m walked at
1.3 times the straight line. Within 800 m of a station are seven steps on either side.

    "day"       116.390  9:00-20:00 every day
    "night"     116.410  22:00-6:00 every day
    "always"    116.450  round the clock
    "nobody knows"  116.470  hours unknown
    "mothers"   116.430  a nursing room, round the clock
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.types.json import Jsonb

from geoapi.coverage.runners import inline
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from tests.api.conftest import DISTRICTS, running
from tests.conftest import clone
from tests.queries.conftest import World

STATIONS = (
    ("day", 116.390, "每天 9:00-20:00", 1, "110102", 2),
    ("night", 116.410, "每天 22:00-次日6:00", 1, "110101", 9),
    ("always", 116.450, "24小时", 1, "110101", 7),
    ("nobody knows", 116.470, None, 1, "110101", 4),
    ("mothers", 116.430, "24小时", 3, "110101", 5),
)
# people at 116.380, 116.381 … 116.479, one more at each: 1, 2 … 100
PEOPLE = tuple((round(116.380 + n / 1000, 3), n + 1) for n in range(100))
STEP_M = 85.506 * 1.3
NIGHT = "2026-11-25T03:00:00+08:00"
NOON = "2026-11-25T12:00:00+08:00"


@dataclass(frozen=True)
class Planning:
    """The service, its stations' ids by name, and a client of it."""

    ids: dict[str, int]
    client: httpx.Client
    database_url: str

    def ask(self, path: str, **parameters: Any) -> Any:
        """The answer to a GET, which must be one."""
        response = self.client.get(path, params=parameters)
        assert response.status_code == 200, response.text
        return response.json()

    def tell(self, path: str, body: Any) -> Any:
        """The answer to a POST, which must be one."""
        response = self.client.post(path, json=body)
        assert response.status_code == 200, response.text
        return response.json()

    def refused(self, status: int, path: str, body: Any = None, **parameters: Any) -> dict[str, Any]:
        """The first fault of a problem that the request must be answered with."""
        if body is None:
            response = self.client.get(path, params=parameters)
        else:
            response = self.client.post(path, json=body)
        assert response.status_code == status, response.text
        assert response.headers["content-type"] == "application/problem+json"
        problem: dict[str, Any] = response.json()
        return {**problem, **problem.get("errors", [{}])[0]}


def people_within(*stations: float, steps: int = 7, of: str | None = None) -> int:
    """How many live within so many steps of one of these longitudes (of one district's people)."""
    return sum(
        number
        for lon, number in PEOPLE
        if any(abs(round((lon - station) * 1000)) <= steps for station in stations)
        and (of is None or (lon >= 116.4) == (of == "110101"))
    )


@pytest.fixture(scope="package")
def planning(server_url: str) -> Iterator[Planning]:
    """The service on a database of its own; nothing may change what is in it."""
    with clone(server_url) as database_url:
        with psycopg.connect(database_url) as conn:
            ids = settle_small_city(database_url, conn)
        settings = Settings(
            database=DatabaseSettings(pool_size=4),
            coverage=CoverageSettings(cell_size_m=2000, max_changes=50, max_sites=20, max_candidates=500),
        )
        with (
            running(database_url, settings, runner=inline) as url,
            httpx.Client(base_url=url, timeout=60) as client,
        ):
            yield Planning(ids, client, database_url)


@pytest.fixture(scope="package")
def few_pairs(planning: Planning) -> Iterator[Planning]:
    """The same city, asked of a service with next to no memory."""
    settings = Settings(
        database=DatabaseSettings(pool_size=4), coverage=CoverageSettings(cell_size_m=2000, max_pairs=100)
    )
    with (
        running(planning.database_url, settings, runner=inline) as url,
        httpx.Client(base_url=url, timeout=60) as client,
    ):
        yield Planning(planning.ids, client, planning.database_url)


def settle_small_city(url: str, conn: psycopg.Connection) -> dict[str, int]:
    """Districts, stations and people, and two who live in no district; the stations' ids by name."""
    world = World(url, conn)
    conn.execute(DISTRICTS)
    ids = {
        name: world.add(
            lon, 39.91, hours, name_zh=name, kind_id=kind, district_code=code, host_id=host,
            host_name=f"{name}'s venue", attributes=Jsonb({"area_m2": 20}),
        )
        for name, lon, hours, kind, code, host in STATIONS
    }  # fmt: skip
    conn.execute(
        """INSERT INTO demand_layer (code, name_zh, name_en, unit_zh, unit_en, as_of, source, cell,
             cell_size_m, points, total, fingerprint)
           VALUES ('people', '居民', 'Residents', '人', 'people', '2020-11-01', 'test', 'point', 85, 101,
             5052, 'first')"""
    )
    rows = [(n, lon, 39.91, number, "110101" if lon >= 116.4 else "110102")
            for n, (lon, number) in enumerate(PEOPLE)]  # fmt: skip
    with conn.cursor() as cursor:
        cursor.executemany("INSERT INTO demand_point VALUES (1, %s, %s, %s, %s, %s)", rows)
        cursor.execute("INSERT INTO demand_point VALUES (1, 100, 120.0, 39.91, 2, NULL)")
    world.ready()
    return ids
