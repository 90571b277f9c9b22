"""The rows that wait: listed, exported, tried again with the mapping as it is now."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Any

import orjson
from psycopg import Connection, sql

from geoapi.errors import NotFound, Words
from loaders.load import Batch, Progress, load_table, no_progress
from loaders.mapping import Mapping, parse_mapping
from loaders.report import LoadReport
from loaders.rows import EXTRA, Row, Table, text_fault

_CONTROL = re.compile(r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@dataclass(frozen=True, slots=True)
class WaitingRow:
    """A quarantined row. `raw` is the row as it was, column → text."""

    id: int
    batch: str
    source: str
    file: str
    row: int
    external_id: str | None
    reason: str
    detail: str | None
    raw: dict[str, str]
    resolved_at: datetime | None

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def waiting_rows(
    conn: Connection,
    *,
    source: str | None = None,
    batch: str | None = None,
    reason: str | None = None,
    resolved: bool = False,
    limit: int | None = None,
) -> list[WaitingRow]:
    """Rows in quarantine, oldest first; with `resolved`, those that wait no longer as well."""
    conditions: list[sql.Composable] = [sql.SQL("true")] if resolved else [sql.SQL("q.resolved_at IS NULL")]
    values: dict[str, Any] = {"source": source, "batch": batch, "reason": reason, "limit": limit}
    for column, name in (("source", "source"), ("batch_id", "batch"), ("reason", "reason")):
        if values[name] is not None:
            conditions.append(sql.SQL("q.{} = {}").format(sql.Identifier(column), sql.Placeholder(name)))
    query = sql.SQL(
        """
        SELECT q.id, q.batch_id, q.source, b.file_name, q.row_number, q.external_id, q.reason, q.detail,
          q.raw, q.resolved_at
        FROM quarantine AS q JOIN load_batch AS b ON b.id = q.batch_id
        WHERE {} ORDER BY q.id LIMIT %(limit)s
        """
    ).format(sql.SQL(" AND ").join(conditions))
    return [WaitingRow(*row) for row in conn.execute(query, values).fetchall()]


def retry_rows(
    conn: Connection,
    mapping: Mapping | None,
    *,
    source: str | None = None,
    batch: str | None = None,
    horizon_days: int,
    dry_run: bool = False,
    progress: Progress = no_progress,
) -> list[LoadReport]:
    """Load the waiting rows of a source or batch again: a report for each source.

    With the given mapping, or each source's latest. A row that is accepted waits no longer; one that is not
    waits with its reason of now. A duplicate of a row on record waits on, unless its id is a new one now.
    Raises `NotFound` when nothing waits.
    """
    rows = waiting_rows(conn, source=source or (mapping.source.name if mapping else None), batch=batch)
    if not rows:
        raise NotFound(
            Words("没有等待处理的行", "no rows are waiting"), field="--source",
            mend=Words("见 geoapi quarantine list", "see `geoapi quarantine list`"),
        )  # fmt: skip
    reports = []
    for name in dict.fromkeys(row.source for row in rows):
        own = [row for row in rows if row.source == name]
        reports.append(
            _retry(conn, own, mapping or _latest_mapping(conn, name), horizon_days, dry_run, progress)
        )
    return reports


def _retry(
    conn: Connection,
    rows: list[WaitingRow],
    mapping: Mapping,
    horizon_days: int,
    dry_run: bool,
    progress: Progress,
) -> LoadReport:
    columns = list(dict.fromkeys([*mapping.columns_used(), *(name for row in rows for name in row.raw)]))
    on_record = {
        row[0]
        for row in conn.execute(
            "SELECT external_id FROM station_import WHERE source = %s AND external_id = ANY (%s)",
            [mapping.source.name, [row.external_id for row in rows if row.reason == "duplicate_id"]],
        )
    }
    tried = [row for row in rows if not (row.reason == "duplicate_id" and row.external_id in on_record)]
    content = orjson.dumps([[row.id, row.raw] for row in tried], option=orjson.OPT_SORT_KEYS)
    batch = Batch.of_content(f"{rows[0].file} (retry)", content, mapping)
    table = Table(columns, (_row(row, columns) for row in tried), len(tried))
    with conn.transaction(force_rollback=dry_run):
        # out of the way while they are tried: what fails again is entered again, under the retry's batch
        conn.execute(
            "UPDATE quarantine SET resolved_at = now() WHERE id = ANY (%s)", [[row.id for row in tried]]
        )
        if not tried:
            return LoadReport(batch.id, mapping.source.name, batch.file_name, dry_run=dry_run)
        report = load_table(conn, table, batch, horizon_days=horizon_days, progress=progress)
        _restore_numbers(conn, batch)
    report.dry_run = dry_run
    return report


def _restore_numbers(conn: Connection, batch: Batch) -> None:
    """What failed again keeps its old entry, with the reason of now."""
    conn.execute(
        """
        WITH again AS (
          DELETE FROM quarantine WHERE batch_id = %(batch)s AND resolved_at IS NULL
          RETURNING row_number, external_id, reason, detail
        )
        UPDATE quarantine AS q
        SET resolved_at = NULL, external_id = a.external_id, reason = a.reason, detail = a.detail
        FROM again AS a WHERE q.id = a.row_number
        """,
        {"batch": batch.id},
    )


def _row(row: WaitingRow, columns: list[str]) -> Row:
    if EXTRA in row.raw or row.reason == "bad_row":
        return Row(row.id, row.raw, "bad_row")
    if row.reason in ("bad_text", "cell_too_long"):  # kept in a form that is not quite the file's
        return Row(row.id, row.raw, row.reason)
    cells = {name: row.raw.get(name, "") for name in columns}
    return Row(row.id, cells, text_fault(cells))


def _latest_mapping(conn: Connection, source: str) -> Mapping:
    row = conn.execute(
        "SELECT mapping FROM load_batch WHERE source = %s ORDER BY loaded_at DESC, id LIMIT 1", [source]
    ).fetchone()
    assert row is not None
    return parse_mapping(row[0], name=source)


def safe_cell(text: str) -> str:
    """The text so that no spreadsheet takes it for a formula, and no terminal for a command.

    An apostrophe before = + - @, tab and NUL; � for control characters that are no tabs or line ends.
    """
    clean = _CONTROL.sub("�", text.replace("\0", "␀"))
    return f"'{clean}" if text.startswith(_FORMULA_STARTS) else clean


def write_csv(rows: list[WaitingRow], out: IO[str]) -> None:
    """The rows as CSV: why they wait first, then their own columns."""
    own = list(dict.fromkeys(name for row in rows for name in row.raw))
    writer = csv.writer(out)
    writer.writerow(map(safe_cell, ["quarantine_id", "source", "file", "row", "reason", "detail", *own]))
    for row in rows:
        start = (str(row.id), row.source, row.file, str(row.row), row.reason, row.detail or "")
        writer.writerow(map(safe_cell, [*start, *(row.raw.get(name, "") for name in own)]))


def json_lines(rows: list[WaitingRow]) -> Iterator[str]:
    """The rows as JSON, one object a line."""
    for row in rows:
        yield json.dumps(row.as_dict(), ensure_ascii=False, default=str)
