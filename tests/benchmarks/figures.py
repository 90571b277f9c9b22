"""What a run found: the table, and what was to be reached."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.benchmarks.coverage import CoverageRun
from tests.benchmarks.generator import Latency, Peak
from tests.benchmarks.hours_rate import HoursRate
from tests.benchmarks.pages import PagesRun
from tests.benchmarks.pgbench import SqlFigures
from tests.benchmarks.questions import Scenario

NIGHT = 3
SQL_AT_MOST = 1.5
API_AT_LEAST = 0.15
GROWTH_AT_MOST = 1.3


@dataclass
class Row:
    """One scenario: our statement and plain KNN in pgbench, and the service."""

    scenario: Scenario
    sql: SqlFigures
    knn: SqlFigures
    peak: Peak
    latency: Latency | None = None


@dataclass
class Figures:
    """Everything a run measured."""

    begun: datetime
    bare_per_s: float
    hours: HoursRate
    city_load_s: float
    country_load_s: float
    country_rows: int
    load_memory_mb: float
    start_s: float
    service_memory_mb: float
    rows: list[Row] = field(default_factory=list)
    coverage: CoverageRun | None = None
    pages: PagesRun | None = None

    def targets(self) -> Iterable[tuple[str, float, str, bool]]:
        """What, how much, the bound, and whether it was reached."""
        large = [row for row in self.rows if row.scenario.large]
        for row in large:
            if row.scenario.at.hour == NIGHT:
                ratio = row.sql.p50_ms / row.knn.p50_ms
                yield (
                    f"SQL ÷ plain KNN, p50: {row.scenario.label}",
                    ratio,
                    f"≤ {SQL_AT_MOST}",
                    ratio <= SQL_AT_MOST,
                )
        for row in large:
            ratio = row.peak.per_s / self.bare_per_s
            yield (
                f"API ÷ bare route, peak: {row.scenario.label}",
                ratio,
                f"≥ {API_AT_LEAST}",
                ratio >= API_AT_LEAST,
            )
        for row in large:
            small = next(r for r in self.rows if r.scenario.small_twin_of(row.scenario))
            if row.latency and small.latency:
                ratio = row.latency.p50_ms / small.latency.p50_ms
                what = f"p50 ÷ p50 of the city: {row.scenario.label}"
                yield what, ratio, f"≤ {GROWTH_AT_MOST}", ratio <= GROWTH_AT_MOST
        if self.coverage:
            yield from self.coverage.targets()
        if self.pages:
            yield from self.pages.targets()

    def tables(self) -> list[tuple[str, list[str], list[list[str]]]]:
        """Title, head and rows of each table."""
        questions = []
        for row in self.rows:
            late = row.latency
            questions.append(
                [
                    row.scenario.label,
                    f"{row.sql.p50_ms:.2f}", f"{row.sql.p99_ms:.2f}", f"{row.sql.peak_per_s:,.0f}",
                    f"{row.knn.p50_ms:.2f}", f"{row.knn.p99_ms:.2f}", f"{row.knn.peak_per_s:,.0f}",
                    f"{late.p50_ms:.2f}" if late else "", f"{late.p99_ms:.2f}" if late else "",
                    f"{late.rate_per_s:.0f}" if late else "",
                    f"{late.lateness_p50_ms:.2f} / {late.lateness_p99_ms:.2f}" if late else "",
                    f"{row.peak.per_s:,.0f}", f"{row.peak.per_s / self.bare_per_s:.3f}",
                ]
            )  # fmt: skip
        head = [
            "stations · hour · filter", "SQL p50 ms", "SQL p99", "SQL peak/s", "KNN p50 ms", "KNN p99",
            "KNN peak/s", "API p50 ms", "API p99", "at req/s", "lateness p50 / p99 ms", "API peak/s",
            "÷ bare",
        ]  # fmt: skip
        per_10k = self.country_load_s * 10_000 / self.country_rows
        others = [
            ["bare FastAPI route, peak", f"{self.bare_per_s:,.0f} /s"],
            [f"load, per 10,000 rows (of {self.country_rows:,})", f"{per_10k:.2f} s"],
            [f"load, {self.country_rows:,} rows", f"{self.country_load_s:.1f} s"],
            [f"load, {self.country_rows:,} rows, most memory", f"{self.load_memory_mb:.0f} MB"],
            ["sample city, from nothing", f"{self.city_load_s:.1f} s"],
            [f"hours texts read ({self.hours.texts} distinct)", f"{self.hours.read_per_s:,.0f} /s"],
            ["hours evaluated over the window", f"{self.hours.evaluated_per_s:,.0f} /s"],
            [
                "start on an existing folder, PostgreSQL included, to the first answer",
                f"{self.start_s:.2f} s",
            ],
            ["service after the load, resident memory", f"{self.service_memory_mb:.0f} MB"],
        ]
        reached = [
            [what, f"{ratio:.2f}", bound, "reached" if good else "NOT reached"]
            for what, ratio, bound, good in self.targets()
        ]
        return [
            ("Nearest open", head, questions),
            ("Everything else", ["what", "figure"], others),
            *(self.coverage.tables() if self.coverage else ()),
            *(self.pages.tables() if self.pages else ()),
            ("Targets", ["figure", "is", "to be", ""], reached),
        ]

    def show(self, console: Console) -> None:
        for title, head, rows in self.tables():
            table = Table(title=title, title_justify="left")
            for number, column in enumerate(head):
                table.add_column(column, justify="right" if number else "left")
            for row in rows:
                table.add_row(*row)
            console.print(table)

    def write(self, folder: Path) -> None:
        """`figures.json` with everything, `figures.md` with the tables."""
        folder.mkdir(exist_ok=True)
        (folder / "figures.json").write_text(
            json.dumps(asdict(self), default=str, ensure_ascii=False, indent=2), encoding="utf-8"
        )
        (folder / "figures.md").write_text(self.markdown(), encoding="utf-8")

    def markdown(self) -> str:
        parts = [f"{self.begun:%Y-%m-%d %H:%M}, {machine()}\n"]
        for title, head, rows in self.tables():
            parts.append(f"\n### {title}\n")
            parts += ["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]]
        return "\n".join(parts) + "\n"


def machine() -> str:
    """The cores and the software that a figure belongs to."""
    cores = os.cpu_count()
    return f"{cores} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
