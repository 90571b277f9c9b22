"""geoapi quarantine list | export | retry."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Annotated

import orjson
import typer

from geoapi.commands.progress import shown_progress
from geoapi.commands.terminal import Column, screen, table_of
from geoapi.db.engine import connect, database_address
from geoapi.db.migrate import migrate
from geoapi.editing.waiting_reasons import reason_words
from geoapi.settings import Settings
from loaders.mapping import read_mapping
from loaders.quarantine import json_lines, retry_rows, waiting_rows, write_csv
from loaders.report import print_report

app = typer.Typer(help="待查的行 · The rows that wait.", no_args_is_help=True)

SourceOption = Annotated[str | None, typer.Option("--source", help="来源 · of this source only")]
BatchOption = Annotated[str | None, typer.Option("--batch", help="批次 · of this batch only")]
ReasonOption = Annotated[str | None, typer.Option("--reason", help="原因代码 · for this reason only")]
JsonOption = Annotated[bool, typer.Option("--json", help="一行一个 JSON 对象 · one JSON object per line")]

HEADINGS = (
    Column("id", "number"), Column("来源 source"), Column("行 row", "number"),
    Column("编号 external id"), Column("原因 reason"), Column("说明 detail"),
)  # fmt: skip


@app.command("list")
def list_rows(
    source: SourceOption = None,
    batch: BatchOption = None,
    reason: ReasonOption = None,
    everything: Annotated[
        bool, typer.Option("--all", help="含已解决的 · with those that wait no longer")
    ] = False,
    limit: Annotated[int | None, typer.Option(min=1, help="最多多少行 · most rows")] = None,
    as_json: JsonOption = False,
) -> None:
    """列出 · Which rows wait, and why."""
    with database_address(Settings().database) as url:
        migrate(url)
        with connect(url) as conn:
            rows = waiting_rows(
                conn, source=source, batch=batch, reason=reason, resolved=everything, limit=limit
            )
    if as_json:
        for line in json_lines(rows):
            typer.echo(line)
        return
    lines = [
        (
            str(row.id), row.source, str(row.row), row.external_id or "",
            f"{reason_words(row.reason).zh} {row.reason}", (row.detail or "")[:60],
        )
        for row in rows
    ]  # fmt: skip
    screen().print(table_of(HEADINGS, lines))


@app.command("export")
def export_rows(
    to: Annotated[
        Path | None, typer.Argument(help="文件；不给则写到标准输出 · file; stdout if not given")
    ] = None,
    source: SourceOption = None,
    batch: BatchOption = None,
    reason: ReasonOption = None,
    as_json: JsonOption = False,
) -> None:
    """导出为 CSV 或 JSON · Export as CSV (safe to open in a spreadsheet) or JSON."""
    with database_address(Settings().database) as url:
        migrate(url)
        with connect(url) as conn:
            rows = waiting_rows(conn, source=source, batch=batch, reason=reason)
    if as_json:
        text = "".join(f"{line}\n" for line in json_lines(rows))
    else:
        out = io.StringIO(newline="")
        write_csv(rows, out)
        text = out.getvalue()
    if to is None:
        typer.echo(text, nl=False)
    else:
        # spreadsheet programs take UTF-8 for something else without the BOM
        to.write_text(text, "utf-8" if as_json else "utf-8-sig", newline="")


@app.command("retry")
def retry(
    mapping: Annotated[
        Path | None,
        typer.Option("--map", help="映射文件；不给则用上次的 · mapping; the source's latest if not given"),
    ] = None,
    source: SourceOption = None,
    batch: BatchOption = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="只试，不写入 · do all of it, keep nothing")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """重试 · Load the waiting rows again, after a mapping was mended or districts were loaded."""
    settings, plan = Settings(), read_mapping(mapping) if mapping else None
    with database_address(settings.database) as url:
        migrate(url)
        with connect(url) as conn, shown_progress() as progress:
            reports = retry_rows(
                conn, plan, source=source, batch=batch, horizon_days=settings.schedule.horizon_days,
                dry_run=dry_run, progress=progress,
            )  # fmt: skip
    for report in reports:
        if as_json:
            typer.echo(orjson.dumps(report.as_dict()))
        else:
            print_report(report, screen())
