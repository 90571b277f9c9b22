"""geoapi load-targets."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from geoapi.commands.progress import console
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.settings import Settings
from loaders.targets import REASONS, TargetReport
from loaders.targets import load_targets as record_targets


def load_targets(
    file: Annotated[Path, typer.Argument(help="CSV 或 XLSX · a table, CSV or XLSX", metavar="FILE")],
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON · one JSON document on stdout")
    ] = False,
) -> None:
    """导入目标 · Load planned numbers by district and kind; exit status 1 if any row is refused."""
    settings = Settings()
    with database_address(settings.database) as url:
        migrate(url)
        with connect(url) as conn, conn.transaction():
            report = record_targets(conn, file)
    _say(report, as_json)
    if report.refused:
        raise typer.Exit(1)


def _say(report: TargetReport, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(report.as_dict()))
        return
    console.print(
        f"行 rows {report.rows} · 新增 new {report.inserted} · 更新 updated {report.updated} · "
        f"未变 unchanged {report.unchanged} · 拒收 refused {len(report.refused)}"
    )
    for one in report.refused:
        words = REASONS[one["reason"]]
        said = "，".join(one["said"].values())
        console.print(f"第 {one['row']} 行 row {one['row']}: {words.zh} {words.en} ({said})", markup=False)
