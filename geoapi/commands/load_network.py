"""geoapi load-network."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import orjson
import typer

from geoapi.commands.progress import console, shown_progress
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.errors import Words
from geoapi.settings import Settings
from loaders import network
from loaders.network import NetworkReport


def load_network(
    file: Annotated[
        Path, typer.Argument(help="OpenStreetMap 摘录 · an OpenStreetMap extract", metavar="FILE.osm.pbf")
    ],
    code: Annotated[str, typer.Option(help="路网代码，如 porto_alegre · the network's code")],
    source: Annotated[
        str | None, typer.Option(help="来源，默认文件名 · source; the file's name if not given")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="输出一个 JSON · one JSON document on stdout")
    ] = False,
) -> None:
    """导入步行路网 · Load a walking network, in place of the one that has this code."""
    settings = Settings()
    with database_address(settings.database) as url:
        migrate(url)
        with connect(url) as conn, shown_progress() as progress, conn.transaction():
            progress(Words("读取路网并写入", "reading and recording the network"), None)
            report = network.load_network(conn, file, code=code, source=source)
    _say(report, as_json)


def _say(report: NetworkReport, as_json: bool) -> None:
    if as_json:
        typer.echo(orjson.dumps(report.as_dict()))
        return
    console.print(
        f"{'已写入 recorded' if report.changed else '未变 unchanged'} {report.code} · "
        f"节点 nodes {report.nodes} · 路段 edges {report.edges}（单行 one-way {report.one_way_edges}）· "
        f"{report.length_km:.1f} km · 互不相通的部分 parts {report.islands} · "
        f"最大一片 largest {report.largest_share:.1%} · 封闭的门 closed gates {report.closed_barriers}"
    )
