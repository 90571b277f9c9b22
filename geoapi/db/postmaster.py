"""Which processes of a PostgreSQL cluster are alive, told from the system's process table.

PostgreSQL's own lock file names a process that may be dead, a zombie that nobody has waited for, or by now
somebody else: after a container starts anew, numbers begin at 1 again.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

PROCESSES = Path("/proc")
LOCK_FILE = "postmaster.pid"
DEAD = frozenset("ZX")


@dataclass(frozen=True)
class _Process:
    pid: int
    name: str
    state: str
    parent: int


def postmaster_of(data: Path) -> int | None:
    """The process id of the server that runs the cluster in `data`; None when none does."""
    pid = locked_by(data / LOCK_FILE)
    if pid is None:
        return None
    if not PROCESSES.joinpath("self", "stat").exists():
        # no process table to look into: macOS, the BSDs
        return pid if exists(pid) else None
    process = _process(pid)
    if process is None or not _is_postgres(process) or _works_in(pid, data) is False:
        return None
    return pid


def orphans_of(data: Path, *, uid: int) -> list[int]:
    """Processes of the cluster whose server is dead. They still hold its shared memory, and a new server
    does not start beside them.

    Most notice by themselves and go at once; one that computes does not look up until it is done. Where
    the system does not let us see whose they are, those of the same user count as the cluster's: their
    server is dead in any case.
    """
    return [
        process.pid
        for process in _processes()
        if _is_postgres(process)
        and _owner(process.pid) == uid
        # a server says `postgres -D …` of itself, those that it started `postgres: …`
        and _title(process.pid).startswith(b"postgres: ")
        and not _is_postgres(_process(process.parent))
        and _works_in(process.pid, data) is not False
    ]


def locked_by(lock_file: Path) -> int | None:
    """The process id that a lock file of PostgreSQL's names; None without one."""
    try:
        return abs(int(lock_file.read_text().split("\n", 1)[0]))
    except (OSError, ValueError):
        return None


def exists(pid: int) -> bool:
    """Whether there is any process of this number, a zombie included."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _processes() -> Iterator[_Process]:
    if PROCESSES.is_dir():
        for entry in os.listdir(PROCESSES):
            if entry.isdigit() and (process := _process(int(entry))) is not None:
                yield process


def _process(pid: int) -> _Process | None:
    try:
        said = (PROCESSES / str(pid) / "stat").read_text()
    except OSError:
        return None
    # 4711 (postgres) S 1 …: the name may hold spaces and brackets
    name, rest = said[said.index("(") + 1 :].rsplit(")", 1)
    state, parent = rest.split()[:2]
    return _Process(pid, name, state, int(parent))


def _is_postgres(process: _Process | None) -> bool:
    return process is not None and process.name == "postgres" and process.state not in DEAD


def _owner(pid: int) -> int | None:
    try:
        return (PROCESSES / str(pid)).stat().st_uid
    except OSError:
        return None


def _works_in(pid: int, data: Path) -> bool | None:
    """Whether the folder is what the process works in, as all of a cluster's do; None: we may not see."""
    try:
        return Path(os.readlink(PROCESSES / str(pid) / "cwd")) == data.resolve()
    except PermissionError:
        return None
    except OSError:
        return False


def _title(pid: int) -> bytes:
    try:
        return (PROCESSES / str(pid) / "cmdline").read_bytes()
    except OSError:
        return b""
