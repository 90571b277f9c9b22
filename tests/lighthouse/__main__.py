"""`make lighthouse`: Lighthouse's figures for the pages, on the sample city. Not a test: it takes minutes.

Each page is measured several times and the run with the median performance is told: the figures of one run
sway by several points on a busy machine. The whole reports are in build/lighthouse/.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import orjson

from geoapi.commands.sample import load_sample
from geoapi.coverage.runners import inline
from geoapi.db.embedded import PrivateCluster
from geoapi.db.migrate import migrate
from tests.api.conftest import running
from tests.conftest import PROJECT

HERE = Path(__file__).parent
NODE = PROJECT / ".venv" / "bin" / "node"
RUNS = 3


def main(pages: list[str]) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        PrivateCluster(Path(folder) / "cluster", durable=False).running() as database_url,
        sample_service(database_url) as url,
    ):
        for page in pages or ["/", "/plan", "/manage"]:
            runs = sorted((measured(url + page) for _ in range(RUNS)), key=_performance)
            print(orjson.dumps(runs[RUNS // 2], option=orjson.OPT_INDENT_2).decode(), flush=True)


@contextmanager
def sample_service(database_url: str) -> Iterator[str]:
    """The address of a service with the sample city."""
    migrate(database_url)
    load_sample(database_url)
    with running(database_url, runner=inline) as url:
        yield url


def measured(address: str) -> dict[str, object]:
    """One run's figures."""
    run = subprocess.run(
        [NODE, HERE / "measure.mjs", address, PROJECT / "build" / "lighthouse"],
        capture_output=True,
        text=True,
        timeout=300,
    )
    if run.returncode:
        sys.exit(run.stderr[-2000:])
    return dict(orjson.loads(run.stdout.strip().splitlines()[-1]))


def _performance(figures: dict[str, object]) -> float:
    return float(str(figures["performance"]))


if __name__ == "__main__":
    main(sys.argv[1:])
