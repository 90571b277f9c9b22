"""geoapi load."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from geoapi.commands.progress import shown_progress
from geoapi.commands.terminal import screen
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.errors import LoadStopped
from geoapi.settings import Settings
from loaders.load import load_file
from loaders.mapping import read_mapping
from loaders.report import print_report


def load(
    file: Annotated[Path, typer.Argument(help="CSV、XLSX、JSON 或 GeoJSON 文件 · the file", metavar="FILE")],
    mapping: Annotated[
        Path,
        typer.Option("--map", help="映射文件，或随附映射之名 · mapping file, or one that ships"),
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只试，不写入 · do all of it, keep nothing")
    ] = False,
    sync: Annotated[
        bool, typer.Option("--sync", help="停用文件里已没有的站点 · retire what the file no longer has")
    ] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON · one JSON document on stdout")
    ] = False,
) -> None:
    """导入站点文件 · Load a file of stations. One transaction; running it again changes nothing."""
    settings, plan = Settings(), read_mapping(mapping)
    try:
        with database_address(settings.database) as url:
            migrate(url)
            with connect(url) as conn, shown_progress() as progress:
                report = load_file(
                    conn, file, plan, horizon_days=settings.schedule.horizon_days, sync=sync, dry_run=dry_run,
                    progress=progress,
                )  # fmt: skip
    except LoadStopped as error:
        if as_json:
            typer.echo(orjson.dumps({"stopped": error.message.en, "field": error.field, **error.extra}))
        raise
    if as_json:
        typer.echo(orjson.dumps(report.as_dict()))
    else:
        print_report(report, screen())
