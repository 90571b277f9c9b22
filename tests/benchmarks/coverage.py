"""Coverage's figures: `python -m tests.benchmarks.coverage`, or as part of the whole benchmark.

Against PostGIS doing the same by a join each hour; a what-if; 1, 4 and 16 times as many cells; and what all
of China would take, from the measured times of tiles drawn from it.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import psycopg

from geoapi.coverage.inputs import OPEN
from geoapi.db.embedded import PrivateCluster
from geoapi.sample.city import sample_city
from tests.benchmarks.coverage_inputs import city_cells, supply_of
from tests.benchmarks.coverage_work import CELL_M, LIMIT_M, MODEL

HOURS_ASKED: Final = {"Wednesday 14:00": 2 * 24 + 14, "Wednesday 03:00": 2 * 24 + 3}
HOURS_OF_WEEK: Final = 168

CHINA_KM2: Final = 9_600_000
COLD_AT_MOST_S: Final = 5.0
WHAT_IF_AT_MOST_S: Final = 1.0
MEMORY_AT_MOST_MB: Final = 2048
FASTER_AT_LEAST: Final = 20

Step = Callable[[str], None]
Table = tuple[str, list[str], list[list[str]]]


@dataclass(frozen=True)
class PostgisHour:
    """An hour by PostGIS: its seconds, and whether every district's covered area was ours to 1e-9 km²."""

    hour: str
    open_stations: int
    seconds: float
    equal: bool


@dataclass(frozen=True)
class CoverageRun:
    """Everything measured; each part in a process of its own, times in seconds."""

    inline: dict[str, Any]
    pool: dict[str, Any]
    city: dict[str, Any]
    finer: list[dict[str, Any]]
    country: dict[str, Any]
    postgis: list[PostgisHour]

    @property
    def postgis_week_s(self) -> float:
        """The week by PostGIS: the quickest hour measured, times 168."""
        return min(hour.seconds for hour in self.postgis) * HOURS_OF_WEEK

    def targets(self) -> Iterable[tuple[str, float, str, bool]]:
        """What, how much, the bound, and whether it was reached."""
        cold, memory = self.inline["cold_s"], max(self.inline["memory_mb"], self.pool["memory_mb"])
        yield "coverage, city × week, cold, s", cold, f"≤ {COLD_AT_MOST_S:g}", cold <= COLD_AT_MOST_S
        first = self.city["what_if"][0]["seconds"]
        yield (
            "coverage, what-if of one change, s",
            first,
            f"≤ {WHAT_IF_AT_MOST_S:g}",
            first <= WHAT_IF_AT_MOST_S,
        )
        yield "coverage, most memory, MB", memory, f"≤ {MEMORY_AT_MOST_MB}", memory <= MEMORY_AT_MOST_MB
        ratio = self.postgis_week_s / cold
        equal = all(hour.equal for hour in self.postgis)
        yield (
            "PostGIS each hour ÷ coverage, equal results", ratio, f"≥ {FASTER_AT_LEAST}",
            equal and ratio >= FASTER_AT_LEAST,
        )  # fmt: skip

    def tables(self) -> list[Table]:
        """Title, head and rows of each table."""
        return [self._city(), self._what_if(), self._against_postgis(), self._finer(), self._china()]

    def _city(self) -> Table:
        one, two = self.inline, self.pool
        return (
            f"Coverage: {one['cells']:,} cells × {one['stations']:,} stations × {one['hours']} hours",
            ["what", "figure"],
            [
                ["cold, in one process", f"{one['cold_s']:.2f} s"],
                ["cold, two processes, their start included", f"{two['cold_s']:.2f} s"],
                ["again, two processes already started", f"{two['started_s']:.2f} s"],
                ["one hour, cold", f"{self.city['one_hour_s']:.2f} s"],
                ["most memory, one process", f"{one['memory_mb']:.0f} MB"],
                ["most memory, two processes besides", f"{two['memory_mb']:.0f} MB"],
            ],
        )

    def _what_if(self) -> Table:
        rows = [["0", "0", f"{self.city['unchanged_s']:.2f}", ""]]
        rows += [
            [f"{w['changes']:,}", f"{w['worked_out']:,}", f"{w['seconds']:.2f}", "yes" if w["same"] else "NO"]
            for w in self.city["what_if"]
        ]
        head = [
            "changes all over the city",
            "tiles and districts worked out anew",
            "s",
            "as from nothing, to the bit",
        ]
        return "What-if, warm, one process", head, rows

    def _against_postgis(self) -> Table:
        rows = [
            [hour.hour, f"{hour.open_stations:,}", f"{hour.seconds:.1f}", "yes" if hour.equal else "NO"]
            for hour in self.postgis
        ]
        week = self.postgis_week_s
        rows.append(["the week: the quicker hour × 168", "", f"{week:,.0f}", ""])
        rows.append(["÷ ours, cold, in one process", "", f"{week / self.inline['cold_s']:,.0f}", ""])
        return (
            "The same by PostGIS, hour by hour (ST_DWithin, both tables indexed)",
            ["hour", "open stations", "s", "equal, by district"],
            rows,
        )

    def _finer(self) -> Table:
        head = ["cells", "cell, m", "tiles", "s", "µs a cell", "of it in tiles, s", "most memory so far, MB"]
        rows = [
            [
                f"{r['cells']:,}", f"{r['cell_m']:g}", f"{r['tiles']:,}", f"{r['seconds']:.2f}",
                f"{r['seconds'] / r['cells'] * 1e6:.2f}", f"{r['tiles_s']:.2f}", f"{r['memory_mb']:.0f}",
            ]
            for r in self.finer
        ]  # fmt: skip
        return "Finer cells, one process", head, rows

    def _china(self) -> Table:
        c = self.country
        cells = CHINA_KM2 * 1e6 / CELL_M**2
        tile_s, cell_s = c["tiles_s"] / c["tiles"], c["tiles_s"] / c["cells"]
        rest_s = (c["seconds"] - c["tiles_s"]) / c["cells"]
        return (
            f"All of China at {CELL_M:g} m, from {c['squares']} squares of 0.4° drawn from it",
            ["what", "figure"],
            [
                ["cells measured", f"{c['cells']:,} in {c['tiles']:,} tiles"],
                [f"a tile against {c['stations']:,} stations × 168 hours", f"{tile_s * 1000:.2f} ms"],
                ["tiles, a cell", f"{cell_s * 1e6:.2f} µs"],
                ["planning and adding up, a cell", f"{rest_s * 1e6:.2f} µs"],
                ["answers, a cell", f"{c['answer_mb'] * 1e6 / c['cells']:.0f} bytes"],
                ["all cells of China", f"{cells / 1e6:.0f} million"],
                ["their tiles, one core", f"{cells * cell_s / 60:.0f} min"],
                ["planning and adding up, one core", f"{cells * rest_s / 60:.0f} min"],
                ["answers", f"{cells * c['answer_mb'] / c['cells'] / 1000:.0f} GB"],
            ],
        )


def run(url: str, step: Step) -> CoverageRun:
    """Everything; `url` is of a database that a schema of its own may be made in."""
    with tempfile.TemporaryDirectory(prefix="geoapi-coverage-") as name:
        folder = Path(name)
        step("coverage: the city, cold")
        inline, pool = _part("cold", "1"), _part("cold", "2")
        step("coverage: what if")
        city = _part("city", name)
        step("coverage: finer cells")
        finer = _part("finer")
        step("coverage: squares of China")
        country = _part("country")
        step("coverage: the same by PostGIS")
        postgis = _by_postgis(url, np.load(folder / "covered.npy"))
    return CoverageRun(inline, pool, city, finer, country, postgis)


def _part(*arguments: str) -> Any:
    said = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.coverage_work", *arguments],
        check=True, stdout=subprocess.PIPE, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    return json.loads(said.stdout)


COVERED = """
SELECT c.area, sum(c.weight)
FROM coverage_bench.cell AS c
WHERE EXISTS (SELECT FROM coverage_bench.place AS p WHERE ST_DWithin(c.geog, p.geog, %s))
GROUP BY c.area
"""


def _by_postgis(url: str, covered: np.ndarray) -> list[PostgisHour]:
    demand, supply = city_cells(CELL_M), supply_of(sample_city().stations)
    hours = []
    with psycopg.connect(url, autocommit=True) as conn:
        conn.execute("DROP SCHEMA IF EXISTS coverage_bench CASCADE")
        conn.execute("CREATE SCHEMA coverage_bench")
        conn.execute("CREATE TABLE coverage_bench.cell (area integer, weight float8, geog geography)")
        _copy(conn, "cell", demand.lon, demand.lat, demand.area.tolist(), demand.weight.tolist())
        for name, hour in HOURS_ASKED.items():
            conn.execute("DROP TABLE IF EXISTS coverage_bench.place")
            conn.execute("CREATE TABLE coverage_bench.place (id integer, geog geography)")
            is_open = np.flatnonzero(supply.states[supply.pattern, hour] == OPEN)
            _copy(conn, "place", supply.lon[is_open], supply.lat[is_open], is_open.tolist())
            begun = time.perf_counter()
            rows = conn.execute(COVERED.encode(), [LIMIT_M / MODEL.detour_factor]).fetchall()
            seconds = time.perf_counter() - begun
            theirs = np.zeros(len(demand.areas))
            for area, weight in rows:
                theirs[area] = weight
            equal = bool(np.allclose(theirs, covered[0, hour], rtol=0, atol=1e-9))
            hours.append(PostgisHour(name, is_open.size, seconds, equal))
        conn.execute("DROP SCHEMA coverage_bench CASCADE")
    return hours


def _copy(
    conn: psycopg.Connection, table: str, lon: np.ndarray, lat: np.ndarray, *columns: Sequence[object]
) -> None:
    with conn.cursor() as cursor, cursor.copy(f"COPY coverage_bench.{table} FROM STDIN") as copy:
        for x, y, *values in zip(lon.tolist(), lat.tolist(), *columns, strict=True):
            copy.write_row([*values, f"SRID=4326;POINT({x!r} {y!r})"])
    conn.execute(f"CREATE INDEX ON coverage_bench.{table} USING gist (geog)".encode())
    conn.execute(f"VACUUM ANALYZE coverage_bench.{table}".encode())


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="geoapi-bench-") as name:
        folder = Path(name)
        # PostgreSQL's own user must be able to pass through
        folder.chmod(0o755)
        with PrivateCluster(folder / "data").running() as url:
            with psycopg.connect(url, autocommit=True) as conn:
                conn.execute("CREATE EXTENSION IF NOT EXISTS postgis")
            found = run(url, lambda text: print(text, file=sys.stderr))
    reached = [
        [what, f"{figure:,.2f}", bound, "reached" if good else "NOT reached"]
        for what, figure, bound, good in found.targets()
    ]
    for title, head, rows in [*found.tables(), ("Targets", ["figure", "is", "to be", ""], reached)]:
        print(f"\n### {title}\n")
        for cells in (head, ["---"] * len(head), *rows):
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
