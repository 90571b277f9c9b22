"""A running service over real HTTP, with a small Beijing of a few hand-made stations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx
import psycopg
import pytest
import uvicorn
from psycopg.types.range import TimestamptzRange

from geoapi.app import create_app
from geoapi.coverage.runners import Runner, inline
from geoapi.db.engine import as_service
from geoapi.db.search_text import search_text
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from tests.conftest import clone
from tests.queries.conftest import World


@dataclass(frozen=True)
class Running:
    """A service's address, its database's, the ids of its stations by name, and a client of it."""

    url: str
    database_url: str
    ids: dict[str, int]
    client: httpx.Client

    def get(self, path: str, **parameters: Any) -> httpx.Response:
        """GET; `from_` stands for `from`."""
        given = {name.rstrip("_"): value for name, value in parameters.items()}
        return self.client.get(path, params=given)

    def post(self, path: str, json: Any) -> httpx.Response:
        return self.client.post(path, json=json)


DISTRICTS = """
INSERT INTO district (code, parent_code, level, name_zh, name_en, geom, population, source) VALUES
  ('110000', NULL, 'city', '北京市', 'Beijing',
   ST_Multi(ST_MakeEnvelope(116.0, 39.7, 116.8, 40.1, 4326)), 21893095, 'test'),
  ('110101', '110000', 'district', '东城区', 'Dongcheng',
   ST_Multi(ST_MakeEnvelope(116.4, 39.7, 116.8, 40.1, 4326)), 708829, 'test'),
  ('110102', '110000', 'district', '西城区', 'Xicheng',
   ST_Multi(ST_MakeEnvelope(116.0, 39.7, 116.4, 40.1, 4326)), 1106214, 'test')
"""
# name, English name, lon, lat, kind, hours, amenities, district: east of one another by about 85 m
STATIONS = (
    ("东四暖心驿站", "Dongsi care station", 116.410, 39.910, 1, "24小时", [1, 3, 10], "110101"),
    ("朝内暖心驿站", "Chaonei care station", 116.411, 39.910, 1, "每天 9:00-20:00", [1, 2, 3], "110101"),
    ("灯市口职工之家", None, 116.412, 39.910, 2, "每天 22:00-次日6:00", [5, 6], "110101"),
    ("王府井母婴室", "Wangfujing nursing room", 116.413, 39.910, 3, None, [18, 19], "110101"),
    ("西单心灵驿站", "Xidan care point", 116.374, 39.910, 4, "周一至周五 9:00-17:00", [24], "110102"),
    ("西四暖心驿站(停用)", None, 116.373, 39.923, 1, "24小时", [1], "110102"),
)


def fill(url: str) -> dict[str, int]:
    """Put the stations into the database at `url`; their ids by name."""
    with psycopg.connect(url) as conn:
        world = World(url, conn)
        conn.execute(DISTRICTS)
        names = {"110101": "东城区", "110102": "西城区"}
        ids = {}
        for zh, en, lon, lat, kind, hours, amenities, district in STATIONS:
            ids[zh] = world.add(
                lon, lat, hours, kind_id=kind, name_zh=zh, name_en=en, amenity_ids=amenities,
                district_code=district, address=f"北京市{names[district]}某街1号", hours_certainty="full",
                search=search_text(zh, en, None, f"北京市{names[district]}某街1号", names[district]),
            )  # fmt: skip
        conn.execute("UPDATE station SET retired_at = now(), version = 2 WHERE name_zh LIKE '%停用%'")
        conn.execute(
            "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, 10, %s)",
            [ids["东四暖心驿站"], TimestamptzRange(None, None)],
        )
        world.ready()
    return ids


@pytest.fixture(scope="session")
def service(server_url: str) -> Iterator[Running]:
    """The service on a database of its own, kept current by itself; nothing may change its stations."""
    with clone(server_url) as database_url:
        ids = fill(database_url)
        # large cells, and no processes of its own: what planners ask is small here
        settings = Settings(
            database=DatabaseSettings(pool_size=4), coverage=CoverageSettings(cell_size_m=5000)
        )
        with (
            running(database_url, settings, runner=inline) as url,
            httpx.Client(base_url=url, timeout=30) as client,
        ):
            yield Running(url, database_url, ids, client)


class running:  # noqa: N801 - reads as what it is
    """`with running(database_url) as url`: the service in a thread of this process, on a free port."""

    def __init__(
        self,
        database_url: str,
        settings: Settings | None = None,
        *,
        keep_schedule: bool = True,
        runner: Runner | None = None,
    ) -> None:
        self._runner = runner
        self._settings = settings or Settings(database=DatabaseSettings(pool_size=4))
        app = create_app(
            self._settings, as_service(database_url), keep_schedule=keep_schedule, runner=self._runner
        )
        self._server = uvicorn.Server(
            uvicorn.Config(app, host="127.0.0.1", port=0, access_log=False, log_level="warning")
        )
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def __enter__(self) -> str:
        self._thread.start()
        while not self._server.started:
            self._thread.join(0.01)
            assert self._thread.is_alive(), "the service did not start"
        port = self._server.servers[0].sockets[0].getsockname()[1]
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join()
