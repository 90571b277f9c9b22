"""geoapi load-demand, geoapi demand list | remove."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from geoapi.commands.progress import shown_progress
from geoapi.commands.terminal import Column, screen, table_of
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.errors import LoadStopped
from geoapi.settings import Settings
from loaders.demand.load import load_demand as load_layer
from loaders.demand.mapping import read_demand_mapping, read_over_mapping
from loaders.demand.record import listed_layers, remove_layer
from loaders.demand.report import print_demand_report

app = typer.Typer(help="需求图层 · Demand layers: who is where.", no_args_is_help=True)

JsonOption = Annotated[bool, typer.Option("--json", help="输出一个 JSON · one JSON document on stdout")]

HEADINGS = (
    Column("代码 code", "code"), Column("名称 name"), Column("点 points", "number"),
    Column("合计 total", "number"), Column("日期，来源 as of, source"),
)  # fmt: skip


def load_demand(
    file: Annotated[
        Path,
        typer.Argument(help="CSV、XLSX、JSON、GeoJSON、Parquet 或 GeoTIFF 文件 · the file", metavar="FILE"),
    ],
    mapping: Annotated[
        Path, typer.Option("--map", help="映射文件，或随附映射之名 · mapping file, or one that ships")
    ],
    over: Annotated[
        Path | None,
        typer.Option("--over", help="把各区合计分摊到这些点 · points that totals are spread over"),
    ] = None,
    over_mapping: Annotated[
        Path | None, typer.Option("--over-map", help="这些点的映射 · the mapping of those points")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只试，不写入 · do all of it, keep nothing")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """导入需求图层 · Load where people are. One transaction; running it again changes nothing."""
    settings, plan = Settings(), read_demand_mapping(mapping)
    over_plan = read_over_mapping(over_mapping) if over_mapping else None
    try:
        with database_address(settings.database) as url:
            migrate(url)
            with connect(url) as conn, shown_progress() as progress:
                report = load_layer(
                    conn, file, plan, over=over, over_mapping=over_plan, dry_run=dry_run, progress=progress
                )
    except LoadStopped as error:
        if as_json:
            typer.echo(orjson.dumps({"stopped": error.message.en, "field": error.field, **error.extra}))
        raise
    if as_json:
        typer.echo(orjson.dumps(report.as_dict()))
    else:
        print_demand_report(report, screen())


@app.command("list")
def list_layers(as_json: JsonOption = False) -> None:
    """列出 · Which layers there are."""
    with database_address(Settings().database) as url:
        migrate(url)
        with connect(url) as conn:
            layers = listed_layers(conn)
    if as_json:
        typer.echo(orjson.dumps(layers))
        return
    rows = [
        (
            one["code"],
            f"{one['name_zh']}\n{one['name_en']}",
            f"{one['points']:,}",
            f"{one['total']:,.10g}\n{one['unit_zh']} {one['unit_en']}",
            "\n".join(filter(None, (str(one["as_of"] or ""), one["source"]))),
        )
        for one in layers
    ]
    screen().print(table_of(HEADINGS, rows))


@app.command("remove")
def remove(
    layer: Annotated[str, typer.Argument(help="图层代码 · code of the layer")], as_json: JsonOption = False
) -> None:
    """移除 · Take a layer off the record, with its points."""
    with database_address(Settings().database) as url:
        migrate(url)
        with connect(url) as conn:
            points = remove_layer(conn, layer)
    if as_json:
        typer.echo(orjson.dumps({"removed": layer, "points": points}))
    else:
        screen().print(f"已移除 removed {layer}: {points:,}")
