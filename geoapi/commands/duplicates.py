"""geoapi duplicates list."""

from __future__ import annotations

from typing import Annotated

import orjson
import typer

from geoapi.commands.terminal import Column, screen, table_of
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.settings import Settings

app = typer.Typer(help="疑似重复的站点 · Stations that may be one.", no_args_is_help=True)

_QUERY = """
    SELECT n.station_id, n.other_id, s.name_zh, o.name_zh, s.source, o.source, n.similarity, n.distance_m
    FROM near_duplicate AS n
    JOIN station AS s ON s.id = n.station_id AND s.retired_at IS NULL
    JOIN station AS o ON o.id = n.other_id AND o.retired_at IS NULL
    WHERE n.reviewed_at IS NULL AND (%(source)s::text IS NULL OR %(source)s IN (s.source, o.source))
    ORDER BY n.similarity DESC, n.distance_m, n.station_id, n.other_id
    LIMIT %(limit)s
"""
_NAMES = (
    "station_id",
    "other_id",
    "name",
    "other_name",
    "source",
    "other_source",
    "similarity",
    "distance_m",
)

_HEADINGS = (
    Column("id", "number"), Column("id", "number"), Column("名称 name"), Column("名称 name"),
    Column("相似 %", "number"), Column("米 m", "number"),
)  # fmt: skip


# a group of one command must say so, or Typer would drop its name
@app.callback()
def _group() -> None:
    """疑似重复的站点 · Stations that may be one."""


@app.command("list")
def list_duplicates(
    source: Annotated[str | None, typer.Option(help="来源 · of this source only")] = None,
    limit: Annotated[int | None, typer.Option(min=1, help="最多多少对 · most pairs")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="一行一个 JSON 对象 · one JSON object per line")
    ] = False,
) -> None:
    """列出 · Pairs near each other with nearly the same name, not yet reviewed."""
    with database_address(Settings().database) as url:
        migrate(url)
        with connect(url) as conn:
            pairs = conn.execute(_QUERY, {"source": source, "limit": limit}).fetchall()
    if as_json:
        for pair in pairs:
            typer.echo(orjson.dumps(dict(zip(_NAMES, pair, strict=True))))
        return
    rows = [
        (str(one), str(other), name, other_name, f"{alike:.0f}", f"{metres:.0f}")
        for one, other, name, other_name, _, _, alike, metres in pairs
    ]
    screen().print(table_of(_HEADINGS, rows))
