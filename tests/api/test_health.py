"""Is it alive, and can it answer? Against databases that are empty, busy, frozen and gone."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from geoapi.db.embedded import PrivateCluster
from geoapi.db.migrate import migrate
from geoapi.settings import DatabaseSettings, Settings
from tests.api.conftest import Running, fill, running
from tests.conftest import clone

QUICK = Settings(database=DatabaseSettings(pool_size=2, pool_wait_s=0.5, statement_timeout_ms=1000))
NEAREST = "/v1/stations/nearest?lon=116.4&lat=39.9"


def unavailable(response: httpx.Response) -> str:
    """The machine-readable type of a 503 that says when to come back."""
    assert response.status_code == 503, response.text
    assert response.headers["content-type"] == "application/problem+json"
    assert int(response.headers["retry-after"]) >= 1
    return str(response.json()["type"]).rsplit(":", 1)[1]


def test_alive(service: Running) -> None:
    assert service.get("/healthz").json() == {"status": "ok"}


def test_ready(service: Running) -> None:
    answer = service.get("/readyz").json()
    assert (answer["status"], answer["stations"]) == ("ok", 5)
    assert answer["known_from"] < answer["known_until"]


def test_a_database_that_is_not_migrated(server_url: str) -> None:
    with clone(server_url) as url:
        with psycopg.connect(url) as conn:
            conn.execute("UPDATE alembic_version SET version_num = 'older'")
        with running(url) as address:
            assert unavailable(httpx.get(address + "/readyz")) == "setup-needed"
            assert httpx.get(address + "/healthz").status_code == 200
        with psycopg.connect(url) as conn:
            conn.execute("DROP TABLE alembic_version")
        with running(url) as address:
            problem = httpx.get(address + "/readyz", headers={"Accept-Language": "en"})
            assert unavailable(problem) == "setup-needed"
            assert "geoapi migrate" in problem.json()["errors"][0]["mend"]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM schedule_window",
        "UPDATE schedule_window SET starts_at = '2020-01-01', ends_at = '2020-01-15'",
    ],
)
def test_opening_times_that_are_not_worked_out(server_url: str, change: str) -> None:
    with clone(server_url) as url:
        fill(url)
        with psycopg.connect(url) as conn:
            conn.execute(change)
        with running(url, keep_schedule=False) as address:
            assert unavailable(httpx.get(address + "/readyz")) == "setup-needed"
            answer = httpx.get(address + NEAREST)
            assert answer.status_code in (400, 503)


def test_every_connection_in_use(server_url: str) -> None:
    """Whoever finds none within half a second is told to come back."""
    with clone(server_url) as url:
        fill(url)
        with running(url, QUICK) as address, psycopg.connect(url) as conn:
            conn.execute("LOCK TABLE station, kind, schedule_window IN ACCESS EXCLUSIVE MODE")
            with httpx.Client(base_url=address, timeout=30) as client:
                for path in ("/v1/stations", NEAREST, "/readyz", "/v1/stations/1"):
                    assert unavailable(client.get(path)) == "unavailable"
            conn.rollback()
            assert httpx.get(address + NEAREST).status_code == 200


@contextmanager
def own_server(folder: Path) -> Iterator[tuple[str, list[int]]]:
    """A filled database on a server that may be stopped, and its main process's id."""
    with PrivateCluster(folder, durable=False).running() as url:
        migrate(url)
        fill(url)
        pid = int(next(folder.rglob("postmaster.pid")).read_text().split()[0])
        yield url, [pid]


def test_a_database_that_is_frozen_and_thaws(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A stopped process answers nothing and refuses nothing; no timeout of its own will fire."""
    with (
        own_server(tmp_path_factory.mktemp("frozen")) as (url, processes),
        running(url, QUICK) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        assert client.get("/readyz").status_code == 200
        assert client.get(NEAREST).status_code == 200
        children = subprocess.run(
            ["pgrep", "-P", str(processes[0])], capture_output=True, text=True, check=True
        )
        processes += map(int, children.stdout.split())
        try:
            for process in processes:
                os.kill(process, signal.SIGSTOP)
            for path in ("/readyz", NEAREST, "/readyz", "/v1/stations", NEAREST, "/v1/stations/1"):
                response = client.get(path)
                assert unavailable(response) == "unavailable"
                # the pool's patience and the question's, with room for a busy machine
                if path == "/readyz":
                    assert response.elapsed.total_seconds() < 5
            assert client.get("/healthz").status_code == 200
        finally:
            for process in processes:
                os.kill(process, signal.SIGCONT)


def test_a_database_that_is_gone(tmp_path_factory: pytest.TempPathFactory) -> None:
    with (
        own_server(tmp_path_factory.mktemp("gone")) as (url, processes),
        running(url, QUICK) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        assert client.get("/readyz").status_code == 200
        os.kill(processes[0], signal.SIGQUIT)
        for path in ("/readyz", "/v1/stations", NEAREST, "/v1/districts", "/readyz"):
            assert unavailable(client.get(path)) == "unavailable"
        assert client.get("/healthz").status_code == 200
