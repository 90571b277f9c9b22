"""Commands as a person or a script runs them: arguments in; exit status, stdout and stderr out."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable

import pytest

Geoapi = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def geoapi(db_url: str, monkeypatch: pytest.MonkeyPatch) -> Geoapi:
    """Run `geoapi ARGUMENTS…` on a database of this test's own."""
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)

    def run(*arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from geoapi.cli import main; main()", *arguments]
        return subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=120, check=False)

    return run
