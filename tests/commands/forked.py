"""Runs of the command line in processes of their own that begin with everything imported.

Importing the service takes seconds, and these tests run it some two hundred times: a server that has imported
it forks for each run. That a command starts from nothing as well is what `test_serve.py` is for.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterable, Mapping
from multiprocessing import get_context
from pathlib import Path

from geoapi.cli import COMMANDS, main

_PROGRAM = "geoapi"
_LONGEST_S = 120
_forks = get_context("forkserver")
_forks.set_forkserver_preload(
    [
        __name__,
        "geoapi.app",
        *{f"geoapi.commands.{function.rpartition('.')[0]}" for function in COMMANDS.values()},
    ]
)


def run(arguments: Iterable[str], stdin: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """`geoapi ARGUMENTS…` in the environment and the folder of now; its streams are kept in `folder`."""
    arguments = list(arguments)
    (folder / "stdin").write_text(stdin, "utf-8")
    process = _forks.Process(target=_become, args=(arguments, folder, dict(os.environ), Path.cwd()))
    process.start()
    try:
        process.join(_LONGEST_S)
        if process.exitcode is None:
            raise subprocess.TimeoutExpired([_PROGRAM, *arguments], _LONGEST_S)
        out, err = ((folder / name).read_text("utf-8") for name in ("stdout", "stderr"))
        return subprocess.CompletedProcess([_PROGRAM, *arguments], process.exitcode, out, err)
    finally:
        process.kill()


def _become(arguments: list[str], folder: Path, environment: Mapping[str, str], cwd: Path) -> None:
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        opened = os.open(
            folder / name, os.O_RDONLY if number == 0 else os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600
        )
        os.dup2(opened, number)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115 -- the process's own
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(cwd)
    sys.argv = [_PROGRAM, *arguments]
    main()
