"""The pages' own unit tests."""

from __future__ import annotations

import subprocess

from tests.conftest import PROJECT


def test_the_pages_modules_pass_their_unit_tests() -> None:
    run = subprocess.run(
        [PROJECT / ".venv" / "bin" / "npm", "--prefix", "geoapi/web", "run", "-s", "test"],
        cwd=PROJECT,
        env={"PATH": f"{PROJECT / '.venv' / 'bin'}:/usr/bin:/bin", "HOME": "/tmp", "CI": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert run.returncode == 0, run.stdout[-4000:] + run.stderr[-4000:]
