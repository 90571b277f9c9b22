"""`geoapi serve` as a process of its own, its parts, and what it takes until it answers again."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO, TypeVar

import httpx

from geoapi.db.postmaster import postmaster_of
from tests.soak.city import City

Found = TypeVar("Found")
PATIENCE_S = 60.0
LOOK_AGAIN_S = 0.02
WORKERS = 2


class Server:
    """The service of a city, started anew by whoever finds it dead: here, the one who kills it."""

    def __init__(self, city: City, log: Path) -> None:
        self.city = city
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._log: IO[str] = log.open("a")
        self._parent: subprocess.Popen[str] | None = None

    def start(self) -> None:
        environment = {k: v for k, v in os.environ.items() if not k.startswith("GEOAPI_")}
        environment |= {"GEOAPI_DATA_DIR": str(self.city.cluster.folder), "GEOAPI_LOG_LEVEL": "warning"}
        self._parent = subprocess.Popen(
            [
                *(sys.executable, "-c", "from geoapi.cli import main; main()"),
                *("serve", "--port", str(self.port), "--workers", str(WORKERS)),
            ],
            stdout=self._log,
            stderr=self._log,
            text=True,
            env=environment,
        )

    def stop(self) -> None:
        """End it in an orderly way, or by force where it has been killed already."""
        assert self._parent is not None
        if self._parent.poll() is None:
            self._parent.send_signal(signal.SIGTERM)
            self._parent.wait(PATIENCE_S)
        self._log.close()

    def until_ready(self) -> None:
        """Returns once /readyz says 200; fails where that takes longer than anybody's patience."""
        began = time.monotonic()
        # a connection of its own each time: one kept alive would ask the same worker
        while not _answers(f"{self.url}/readyz"):
            assert time.monotonic() - began < PATIENCE_S, "the service does not recover"
            time.sleep(LOOK_AGAIN_S)

    # What there is to kill. Each returns once the process is dead.

    def kill_parent(self) -> None:
        """kill -9 of `geoapi serve` itself, which is then started again."""
        assert self._parent is not None
        orphans = _children(self._parent.pid)
        self._parent.kill()
        self._parent.wait(PATIENCE_S)
        self.start()
        # what they still answer is no recovery
        _until_gone(orphans)

    def kill_worker(self, choose: random.Random) -> None:
        assert self._parent is not None
        parent = self._parent.pid
        _kill(
            choose.choice(_eventually(lambda: [p for p in _children(parent) if b"spawn_main" in _title(p)]))
        )

    def kill_postmaster(self) -> None:
        data = self.city.cluster.data
        _kill(_eventually(lambda: postmaster_of(data)))

    def kill_backend(self, choose: random.Random) -> None:
        """kill -9 of one of the processes that PostgreSQL serves the service with."""
        postmaster = _eventually(lambda: postmaster_of(self.city.cluster.data))
        ours = _eventually(lambda: [p for p in _children(postmaster) if b"geoapi_service" in _title(p)])
        _kill(choose.choice(ours))


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=2).status_code == 200
    except httpx.HTTPError:
        return False


def _eventually(look: Callable[[], Found | None]) -> Found:
    """What there is to find, as soon as there is any."""
    patience_ends = time.monotonic() + PATIENCE_S
    while not (found := look()):
        assert time.monotonic() < patience_ends
        time.sleep(LOOK_AGAIN_S)
    return found


def _children(parent: int) -> list[int]:
    said = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True, check=False)
    return [int(pid) for pid in said.stdout.split()]


def _title(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""


def _kill(pid: int) -> None:
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    _until_gone([pid])


def _until_gone(pids: list[int]) -> None:
    patience_ends = time.monotonic() + PATIENCE_S
    # a zombie has no title any more
    while any(_title(pid) for pid in pids):
        assert time.monotonic() < patience_ends
        time.sleep(0.001)
