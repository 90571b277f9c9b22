"""The two databases that are asked: the sample city and a sample country, filled by our own commands."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg

from geoapi.db.embedded import DATABASE
from geoapi.sample.country import sample_country
from tests.benchmarks.servers import GEOAPI

COUNTRY = "country"
COLUMNS = (
    "id", "name_zh", "name_en", "address", "lon", "lat", "kind", "host", "host_name", "phone", "description",
    "hours", "amenities", "verified_at",
)  # fmt: skip
MAPPING = Path(__file__).with_name("country.toml")


@dataclass(frozen=True)
class Loaded:
    """A command's seconds from start to end, its largest resident memory, and what it reported."""

    seconds: float
    memory_mb: float
    report: dict[str, Any]


def fill_city(url: str) -> Loaded:
    """`geoapi sample`: the city of 11,984 stations, migrations included."""
    return _run(url, ["sample", "--json"])


def fill_country(url: str, folder: Path, stations: int) -> Loaded:
    """`geoapi load` of a CSV file of `stations` rows into an empty database."""
    file = folder / "country.csv"
    _write_csv(file, stations)
    _run(url, ["migrate"])
    return _run(url, ["load", str(file), "--map", str(MAPPING), "--json"])


def create_country(url: str) -> str:
    """An empty database beside the cluster's own; its address."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {COUNTRY}")
    return url.replace(f"/{DATABASE}?", f"/{COUNTRY}?")


def settle(url: str) -> None:
    """As a database is after its first night: no hint bits to write, statistics current."""
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("VACUUM (ANALYZE)")
        conn.execute("CHECKPOINT")


def _write_csv(file: Path, stations: int) -> None:
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        for s in sample_country(stations):
            writer.writerow(
                [
                    s.external_id, s.name_zh, s.name_en, s.address, s.lon, s.lat, s.kind, s.host, s.host_name,
                    s.phone, s.description, s.hours_text, ";".join(s.amenities), s.verified_at,
                ]
            )  # fmt: skip


def _run(url: str, arguments: Sequence[str]) -> Loaded:
    begun = time.perf_counter()
    process = subprocess.Popen(
        [str(GEOAPI), *arguments],
        env={**os.environ, "GEOAPI_DATABASE_URL": url},
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    said = process.stdout.read()
    # unlike wait(), this tells how much memory that one process took at most
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - begun
    if process.returncode != 0:
        raise RuntimeError(f"geoapi {' '.join(arguments)} ended with {process.returncode}: {said[-2000:]}")
    return Loaded(seconds, usage.ru_maxrss / 1024, json.loads(said) if "--json" in arguments else {})
