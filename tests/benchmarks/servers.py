"""Servers in processes of their own, each on a free port and one core."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
GEOAPI = Path(sys.executable).with_name("geoapi")
SERVER_CORE, GENERATOR_CORE = 0, 1
PATIENCE_S = 120


@dataclass(frozen=True)
class Server:
    """A running server: its process, port and seconds from start to first answer."""

    pid: int
    port: int
    ready_after_s: float

    def memory_mb(self) -> float:
        """Resident memory now, shared pages included."""
        status = Path(f"/proc/{self.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        assert found is not None
        return int(found[1]) / 1024


@contextmanager
def bare() -> Iterator[Server]:
    """The bare route, under the server settings of `geoapi serve`."""
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        "tests.benchmarks.bare:app",
        "--no-access-log",
        "--no-server-header",
    ]
    with _running([*command, f"--port={port}"], {}, port, "/bare") as server:
        yield server


@contextmanager
def service(environment: Mapping[str, str], *, pinned: bool = True) -> Iterator[Server]:
    """`geoapi serve` with these settings, everything else at its default.

    Not `pinned`: free to use every core, as PostgreSQL is where the service starts it.
    """
    port = free_port()
    command = [str(GEOAPI), "serve", f"--port={port}"]
    with _running(command, environment, port, "/readyz", pinned=pinned) as server:
        yield server


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@contextmanager
def _running(
    command: list[str], environment: Mapping[str, str], port: int, path: str, *, pinned: bool = True
) -> Iterator[Server]:
    with tempfile.TemporaryFile("w+") as said:
        begun = time.perf_counter()
        process = subprocess.Popen(
            command, cwd=PROJECT, env={**os.environ, **environment}, stdout=said, stderr=said
        )
        if pinned:
            os.sched_setaffinity(process.pid, {SERVER_CORE})
        try:
            _until_answering(process, f"http://127.0.0.1:{port}{path}")
            yield Server(process.pid, port, time.perf_counter() - begun)
        except BaseException:
            said.seek(0)
            sys.stderr.write(said.read()[-2000:])
            raise
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(timeout=PATIENCE_S)


def _until_answering(process: subprocess.Popen[bytes], url: str) -> None:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                if answer.status == 200:
                    return
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            pass
        time.sleep(0.01)
    raise RuntimeError(f"{process.args!r} did not answer at {url}")
