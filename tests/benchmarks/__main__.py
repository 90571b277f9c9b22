"""`python -m tests.benchmarks [--quick]`: every figure of docs/figures.md, in one run."""

from __future__ import annotations

import argparse
import signal
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from rich.console import Console

from geoapi.db.embedded import PrivateCluster
from tests.benchmarks import coverage, databases, generator, hours_rate, pages, pgbench, servers
from tests.benchmarks.figures import Figures, Row
from tests.benchmarks.questions import BEIJING, Scenario, next_wednesday, spots_of

BUILD = servers.PROJECT / "build"
HOURS = (14, 3)
# of the lowest peak of all, so that every scenario is asked at the same pace: well below the knee
LOAD = 0.6
RUNS = 3
Step = Callable[[str], None]


@dataclass(frozen=True)
class Effort:
    """How long to look, in seconds, and how large a country to make."""

    country: int
    pgbench_s: int
    peak_s: float
    latency_s: float
    hours_s: float


FULL = Effort(country=200_000, pgbench_s=5, peak_s=5, latency_s=6, hours_s=3)
QUICK = Effort(country=200_000, pgbench_s=1, peak_s=1.5, latency_s=1.5, hours_s=0.5)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="shorter looks: a rough picture")
    effort = QUICK if parser.parse_args().quick else FULL
    # so that servers and the cluster are stopped, and their folder removed, whoever ends the run
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    console = Console(stderr=True)
    with tempfile.TemporaryDirectory(prefix="geoapi-bench-") as name, console.status("…") as status:

        def step(text: str) -> None:
            status.update(text)
            console.log(text)

        figures = _measure(Path(name), effort, step)
    figures.write(BUILD)
    figures.show(Console())
    console.print(f"written to {BUILD / 'figures.md'}")


def _measure(folder: Path, effort: Effort, step: Step) -> Figures:
    begun = datetime.now(BEIJING)
    # the cluster is the user's own business: PostgreSQL's user must be able to pass through
    folder.chmod(0o755)
    cluster = PrivateCluster(folder / "data")
    step("hours")
    hours = hours_rate.measure(effort.hours_s)
    with cluster.running() as city_url:
        step("the sample city")
        city = databases.fill_city(city_url)
        step(f"a file of {effort.country:,} rows")
        country_url = databases.create_country(city_url)
        country = databases.fill_country(country_url, folder, effort.country)
        for url in (city_url, country_url):
            databases.settle(url)
        covered = coverage.run(city_url, step)
        for_pages = pages.run(city_url, step)
        step("a bare route")
        with servers.bare() as server:
            bare = generator.peak(server.port, ["/bare"], effort.peak_s)
        day = next_wednesday(begun)
        rows: list[Row] = []
        for url, stations in ((city_url, 12_000), (country_url, effort.country)):
            rows += _throughput(url, stations, day, effort, step)
        rate = round(LOAD * min(row.peak.per_s for row in rows))
        memory_mb = 0.0
        for url, stations in ((city_url, 12_000), (country_url, effort.country)):
            of_url = [row for row in rows if row.scenario.stations == stations]
            memory_mb = _latency(url, of_url, rate, effort, step)
    step("start on an existing folder")
    with servers.service(
        {"GEOAPI_DATA_DIR": str(folder / "data"), "GEOAPI_DATABASE_URL": ""}, pinned=False
    ) as server:
        start_s = server.ready_after_s
    return Figures(
        begun=begun,
        bare_per_s=bare.per_s,
        hours=hours,
        city_load_s=city.seconds,
        country_load_s=country.seconds,
        country_rows=effort.country,
        load_memory_mb=country.memory_mb,
        start_s=start_s,
        service_memory_mb=memory_mb,
        rows=rows,
        coverage=covered,
        pages=for_pages,
    )


def _throughput(url: str, stations: int, day: datetime, effort: Effort, step: Step) -> list[Row]:
    """Our statement and plain KNN by pgbench, then the service's peak, for every hour and filter."""
    spots = spots_of(url)
    scenarios = [
        Scenario(stations, day + timedelta(hours=hour), microwave)
        for hour in HOURS
        for microwave in (False, True)
    ]
    rows = []
    with servers.service({"GEOAPI_DATABASE_URL": url}) as server:
        for scenario in scenarios:
            step(f"{scenario.label}: pgbench and peak")
            sql, knn = (
                pgbench.measure(url, statement, scenario.parameters, spots, effort.pgbench_s)
                for statement in (scenario.open_statement, scenario.knn_statement)
            )
            peak = generator.peak(server.port, scenario.paths(spots, 2000), effort.peak_s)
            if peak.failed:
                raise RuntimeError(f"{scenario.label}: {peak.failed} answers were not 200")
            rows.append(Row(scenario, sql, knn, peak))
    return rows


def _latency(url: str, rows: list[Row], rate: float, effort: Effort, step: Step) -> float:
    """Fill in the rows' latencies at `rate`, and tell the service's memory after it all in MB."""
    spots = spots_of(url)
    with servers.service({"GEOAPI_DATABASE_URL": url}) as server:
        for row in rows:
            step(f"{row.scenario.label}: latency at {rate} a second")
            paths = row.scenario.paths(spots, 2000)
            generator.latency(server.port, paths, effort.latency_s / 3, rate)
            runs = [generator.latency(server.port, paths, effort.latency_s, rate) for _ in range(RUNS)]
            row.latency = generator.median_of(runs)
        return server.memory_mb()


if __name__ == "__main__":
    main()
