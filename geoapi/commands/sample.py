"""geoapi sample."""

from __future__ import annotations

import time
from typing import Annotated

import orjson
import typer

from geoapi.commands.progress import console, shown_progress
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.settings import Settings
from loaders.report import LoadReport
from loaders.sample import load_sample_city


def sample(
    stations: Annotated[
        int | None,
        typer.Option(min=1, max=950_000, help="改为这么多站点的示例国家 · a sample country of this many"),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON · one JSON document on stdout")
    ] = False,
) -> None:
    """写入示例城市 · Fill in the sample city. It is made up, says so, and is the same at every making."""
    with database_address(Settings().database) as url:
        migrate(url)
        report = load_sample(url, stations=stations)
    if as_json:
        typer.echo(orjson.dumps(report.as_dict() if report else {"unchanged": True}))


def load_sample(url: str, *, stations: int | None = None) -> LoadReport | None:
    """The sample on record in this migrated database; None, and at once, when it is there already."""
    started = time.monotonic()
    with connect(url) as conn, shown_progress() as progress:
        report = load_sample_city(
            conn, stations=stations, horizon_days=Settings().schedule.horizon_days, progress=progress
        )
    if report is None:
        console.print("示例已在 · the sample is there already", style="dim")
    else:
        seconds = time.monotonic() - started
        console.print(f"示例站点 · sample stations: {report.rows} ({seconds:.1f} s)", style="dim")
    return report
