"""`geoapi demo` and `geoapi serve` as a person starts and stops them, on a private cluster of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from geoapi.db.embedded import PrivateCluster

GEOAPI = [sys.executable, "-c", "from geoapi.cli import main; main()"]


@contextmanager
def started(*arguments: str, folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The command running, and what it printed until it served."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith("GEOAPI_")}
    environment["GEOAPI_DATA_DIR"] = str(folder)
    with subprocess.Popen(
        [*GEOAPI, *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        said = ""
        try:
            for line in process.stdout:
                said += line
                if "Ctrl-C" in line:
                    break
            yield process, said
        finally:
            if process.poll() is None:
                process.kill()


def stop(process: subprocess.Popen[str], number: int = signal.SIGINT) -> tuple[int, str]:
    process.send_signal(number)
    assert process.stdout is not None
    rest = process.stdout.read()
    return process.wait(60), rest


def address(said: str) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+", said)
    assert found, said
    return found[0]


def test_demo_answers_the_question_it_prints_and_stops_everything(tmp_path: Path) -> None:
    with started("demo", "--port", "0", folder=tmp_path) as (process, said):
        printed = re.search(r"curl '([^']+)'", said)
        assert printed, said
        answer = httpx.get(printed[1], timeout=30).json()
        assert answer["stations"]
        assert {station["source"] for station in answer["stations"]} == {"sample"}
        assert all("microwave" in station["amenities"] for station in answer["stations"])
        assert answer["query"]["crs"] == "gcj02"
        counts = httpx.get(f"{address(said)}/v1/districts", timeout=30).json()["items"][0]["stations"]
        assert counts == {
            "care_station": 9650, "worker_home": 14, "nursing_room": 2020, "psych_point": 300,
        }  # fmt: skip
        status, rest = stop(process)
    assert status == 0, rest
    assert "stopped" in rest
    assert not PrivateCluster(tmp_path).is_running()
    # the second time everything is there, and SIGTERM stops as cleanly
    with started("demo", "--port", "0", folder=tmp_path) as (process, said):
        assert "there already" in said
        assert httpx.get(f"{address(said)}/readyz", timeout=30).json()["stations"] == 11_984
        stop(process, signal.SIGTERM)
    assert not PrivateCluster(tmp_path).is_running()


def test_a_busy_port_is_one_clear_line_before_anything_is_made(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with started("serve", "--port", str(port), folder=tmp_path / "data") as (process, said):
            assert process.wait(60) == 1
    assert f"127.0.0.1:{port}" in said
    assert "Address already in use" in said
    assert "Traceback" not in said
    assert not (tmp_path / "data").exists()


def test_several_workers_answer_alike(tmp_path: Path) -> None:
    with started("serve", "--port", "0", "--workers", "2", folder=tmp_path) as (process, said):
        transport = httpx.HTTPTransport(retries=20)
        with httpx.Client(transport=transport, timeout=30) as client:
            assert client.get(f"{address(said)}/healthz").json() == {"status": "ok"}
            assert client.get(f"{address(said)}/v1/kinds").json()["items"][0]["code"] == "care_station"
        stop(process)
    assert not PrivateCluster(tmp_path).is_running()


def test_a_configured_server_is_used_and_no_cluster_made(
    db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)
    monkeypatch.setenv("GEOAPI_DATA_DIR", str(tmp_path / "untouched"))
    done = subprocess.run([*GEOAPI, "migrate"], capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "untouched").exists()
