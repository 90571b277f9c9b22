"""No position in any log: the service's at its most talkative, and PostgreSQL's own."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psycopg
import pytest

from geoapi.db.embedded import PrivateCluster
from geoapi.db.migrate import migrate
from tests.api.conftest import fill

# digits that are nobody else's, in every datum the same to four decimals at least
LON, LAT = "116.40917654321", "39.91083456789"
TRACES = ("116.40917", "39.91083", "40917654321", "91083456789")
NEAREST = "/v1/stations/nearest"


@contextmanager
def serving(url: str, log: Path) -> Iterator[str]:
    """`geoapi serve` as it is run, logging all it can into a file; its address."""
    environment = {
        **os.environ, "GEOAPI_DATABASE_URL": url, "GEOAPI_LOG_LEVEL": "debug",
        "GEOAPI_STATEMENT_TIMEOUT_MS": "500", "GEOAPI_REFRESH_S": "1", "PYTHONASYNCIODEBUG": "1",
    }  # fmt: skip
    with log.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-c", "from geoapi.cli import main; main()", "serve", "--port", "0"],
            env=environment, stdout=stderr, stderr=stderr,
        )  # fmt: skip
        try:
            while not (found := re.search(r"http://[\d.]+:\d+", log.read_text())):
                assert process.poll() is None, log.read_text()
            with httpx.Client(base_url=found[0], timeout=30) as client:
                while True:
                    try:
                        client.get("/healthz")
                        break
                    except httpx.TransportError:
                        assert process.poll() is None, log.read_text()
            yield found[0]
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(30)


def ask_in_every_way(client: httpx.Client) -> set[int]:
    """Positions in all the places where a request may have one; the statuses that came back."""
    body = {"lon": float(LON), "lat": float(LAT)}
    here = f"lon={LON}&lat={LAT}"
    queries = (
        here, f"{here}&crs=gcj02", f"{here}&open=any", f"{here}&open=at&amenity=microwave",
        f"lon={LAT}&lat={LON}", f"lon={LON}x&lat={LAT}", f"{here}&radius_m=-1", f"{here}&lng={LON}",
        f"{here}&lon={LON}", f"{here}&{LON}={LAT}", f"{here}&at={LON}", f"{here}&kind={LON}",
        f"{here}&at=2050-01-01T00:00:00Z", f"{here}&" + LON * 1000,
    )  # fmt: skip
    answers = [client.get(f"{NEAREST}?{query}") for query in queries]
    for posted in (body, {**body, "open": "any"}, {**body, "limit": 0}, {"lon": LON, LAT: LON}, [LON], LON):
        answers.append(client.post(NEAREST, json=posted))
    answers.append(client.post(f"{NEAREST}?{here}", content=f"{LON},{LAT}"))
    answers.append(client.put(f"{NEAREST}?{here}", json=body))
    paths = (
        f"/v1/stations?bbox={LON},{LAT},{LON},{LAT}", f"/v1/stations?q={LON}", f"/{LON}/{LAT}",
        f"/v1/stations/{LON}", f"/v1/districts/{LON},{LAT}", f"/v1/stations/{LON}?{here}",
    )  # fmt: skip
    for path in paths:
        answers.append(client.get(path, headers={"Referer": here, "User-Agent": here}))
    for answer in answers:
        if answer.status_code >= 400:
            assert not any(trace in answer.text + str(answer.headers) for trace in TRACES)
    return {answer.status_code for answer in answers}


def test_no_position_in_any_log(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("private")
    log = folder / "service.log"
    cluster = PrivateCluster(folder / "cluster", durable=False)
    with cluster.running() as url:
        migrate(url)
        fill(url)
        with serving(url, log) as address, httpx.Client(base_url=address, timeout=30) as client:
            statuses = ask_in_every_way(client)
            assert {200, 400, 404, 405, 415, 422} <= statuses
            with psycopg.connect(url) as conn:
                # too slow: the statement is cancelled
                conn.execute("LOCK TABLE station IN ACCESS EXCLUSIVE MODE")
                assert client.get(f"{NEAREST}?lon={LON}&lat={LAT}").status_code == 503
                assert client.get(f"/v1/stations?bbox={LON},{LAT},{LON},{LAT}").status_code == 503
            with psycopg.connect(url) as conn:
                # broken: an error that nobody foresaw
                conn.execute("ALTER TABLE station RENAME TO elsewhere")
            assert 500 in ask_in_every_way(client)
        server_log = cluster.log.read_text(errors="replace")
    service_log = log.read_text()
    # both have spoken
    assert "GET /v1/stations/nearest 500" in service_log
    assert "UndefinedTable" in service_log
    assert "ERROR" in server_log
    for trace in TRACES:
        assert trace not in service_log
        assert trace not in server_log
