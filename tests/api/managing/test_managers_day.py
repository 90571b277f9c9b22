"""The manager's day of docs/managing.md runs as it is written there, command by command."""

from __future__ import annotations

import re
import shutil
import subprocess

import pytest

from tests.api.managing.conftest import PASSWORD, Union
from tests.conftest import PROJECT

DAY = (PROJECT / "docs" / "managing.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"```sh\n(.*?)```", DAY, re.DOTALL)


@pytest.mark.skipif(not (shutil.which("curl") and shutil.which("bash")), reason="the docs use curl and bash")
def test_the_day_runs_from_top_to_bottom(union: Union) -> None:
    beginning, *rest = BLOCKS
    assert "MANAGER_PASSWORD" in beginning
    given = (
        f"API={union.url}\nMANAGER=manager MANAGER_PASSWORD='{PASSWORD}'\n"
        f"ADMIN=district_admin ADMIN_PASSWORD='{PASSWORD}'\n"
    )
    told = subprocess.run(
        ["bash", "-c", "set -euo pipefail\n" + given + "\n".join(rest)],
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stdout[-2000:] + told.stderr[-2000:]
    # every step of it is in the station's history
    done = union.sql(
        """SELECT action FROM revision WHERE account_id IS NOT NULL
           GROUP BY station_id, action, version ORDER BY station_id, version"""
    )
    assert [action for (action,) in done] == [
        "edit", "close", "end_closure", "open_extra", "break", "repair", "confirm", "revert", "approve_move",
        "retire", "restore",
    ]  # fmt: skip
