"""Commands as a person or a script runs them: arguments in; exit status, stdout and stderr out."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.commands.forked import run as forked

Geoapi = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def geoapi(db_url: str, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Geoapi:
    """Run `geoapi ARGUMENTS…` on a database of this test's own."""
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)
    folder: Path = tmp_path_factory.mktemp("run")

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        return forked(arguments, stdin, folder)

    return run
