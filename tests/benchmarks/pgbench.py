"""A statement as pgbench measures it: prepared, about random points, nothing else between."""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Any

from psycopg.adapt import PyFormat, Transformer

from geoapi.db.embedded import find_binaries
from tests.benchmarks.questions import JITTER_DEG, Spot

PARAMETER = re.compile(r"%\((\w+)\)s")
HERE = "%(here)s::geography"


@dataclass(frozen=True)
class SqlFigures:
    """Milliseconds of one statement with one client, and statements a second with four."""

    p50_ms: float
    p99_ms: float
    peak_per_s: float


def script(statement: str, spot: Spot) -> str:
    """A pgbench script that asks about random points around `spot`; other parameters are its variables."""
    lon, lat = spot
    reach = int(JITTER_DEG * 1e6)
    statement = re.sub(r"--.*", "", statement)
    # one random point a transaction; as a sub-select it is worked out once, like a bound value
    statement = statement.replace(HERE, "(SELECT ST_MakePoint(:lon, :lat)::geography)")
    statement = PARAMETER.sub(r":\1", statement)
    return (
        f"\\set lon {lon} + random(-{reach}, {reach}) / 1000000.0\n"
        f"\\set lat {lat} + random(-{reach}, {reach}) / 1000000.0\n"
        f"{statement};\n"
    )


def measure(
    url: str, statement: str, parameters: dict[str, Any], spots: Sequence[Spot], seconds: int
) -> SqlFigures:
    """Run `statement` for `seconds` with one client, and as long with four."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = []
        for number, spot in enumerate(spots):
            file = folder / f"{number}.sql"
            file.write_text(script(statement, spot))
            files += ["-f", str(file)]
        used = set(PARAMETER.findall(statement)) - {"here"}
        variables = [f"--define={key}={_text(parameters[key])}" for key in sorted(used)]
        common = [url, "--no-vacuum", "--protocol=prepared", f"--time={seconds}", *variables, *files]
        _pgbench([*common, "--client=1", "--log", f"--log-prefix={folder / 'log'}"])
        latencies_us = [
            float(line.split()[2]) for file in folder.glob("log.*") for line in file.read_text().splitlines()
        ]
        said = _pgbench([*common, "--client=4"])
    peak = re.search(r"tps = ([\d.]+) \(without", said)
    assert peak is not None, said
    cuts = quantiles(latencies_us, n=100)
    return SqlFigures(cuts[49] / 1e3, cuts[98] / 1e3, float(peak[1]))


def _pgbench(arguments: list[str]) -> str:
    # as the service's own connections, once they are warm: after five executions they keep to the general
    # plan. The scripts here are many statements on short connections, and would plan more than they run
    environment = {**os.environ, "PGOPTIONS": "-c jit=off -c plan_cache_mode=force_generic_plan"}
    program = Path(find_binaries()["pgbench"])
    done = subprocess.run(
        [program, *_with_url_last(arguments)], env=environment, capture_output=True, text=True
    )
    if done.returncode != 0 or "ERROR" in done.stderr:
        raise RuntimeError(f"pgbench failed: {done.stderr.strip()[-2000:]}")
    return done.stdout


def _with_url_last(arguments: list[str]) -> list[str]:
    url, *options = arguments
    return [*options, url]


def _text(value: Any) -> str:
    """A value as PostgreSQL reads it, the way psycopg writes it."""
    dumped = Transformer().get_dumper(value, PyFormat.TEXT).dump(value)
    return "" if dumped is None else bytes(dumped).decode()
