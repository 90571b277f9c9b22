"""The rows that wait: listed, exported, tried again with the mapping as it is now."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import IO, Any

import orjson
from psycopg import Connection, sql

from geoapi.editing.quarantine import ColumnSaid, Outcome, Refusal, TriedRow
from geoapi.errors import NotFound, Words
from loaders.candidates import external_id_of
from loaders.load import Batch, Progress, load_waiting, mended_row, no_progress
from loaders.mapping import FIELDS, parse_mapping
from loaders.mapping import Mapping as MappingFile
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
    mapping: MappingFile | None,
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
        own = [TriedRow(row.id, row.file, row.reason, row.external_id, row.raw) for row in rows
               if row.source == name]  # fmt: skip
        with conn.transaction(force_rollback=dry_run):
            tried = _try(
                conn, own, mapping or _latest_mapping(conn, name), horizon_days, judge=True, progress=progress
            )
        tried.report.dry_run = dry_run
        reports.append(tried.report)
    return reports


def try_rows(
    conn: Connection, mapping: Mapping[str, Any], rows: Sequence[TriedRow], *, horizon_days: int
) -> Outcome:
    """Load waiting rows of one source again, in the caller's transaction, with the cells that are mended in
    them; and say what became of each. `mapping` is as it is on record (`load_batch.mapping`).

    A row whose id is another's on record by now, or became so by its mending, is refused as `duplicate_id`:
    it would write over that station.
    """
    plan = parse_mapping(dict(mapping))
    tried = _try(conn, rows, plan, horizon_days, judge=False, progress=no_progress)
    return Outcome(tried.stations, tried.created, tried.changed, tried.refused, tried.report.as_dict())


@dataclass(frozen=True)
class _Tried:
    report: LoadReport
    stations: dict[int, int] = field(default_factory=dict)
    created: frozenset[int] = frozenset()
    changed: frozenset[int] = frozenset()
    refused: dict[int, Refusal] = field(default_factory=dict)


def _try(
    conn: Connection,
    rows: Sequence[TriedRow],
    mapping: MappingFile,
    horizon_days: int,
    *,
    judge: bool,
    progress: Progress,
) -> _Tried:
    source = mapping.source.name
    columns = list(dict.fromkeys([*mapping.columns_used(), *(name for row in rows for name in row.cells)]))
    columns = [name for name in columns if name != EXTRA]
    ready = {row.id: _row(row, columns) for row in rows}
    taken = _taken(conn, mapping, rows, ready)
    tried = [row for row in rows if row.id not in taken]
    refused = {
        id_: Refusal("duplicate_id", f"station {station} has this id", external_id)
        for id_, (external_id, station) in taken.items()
    }
    whose = conn.execute("SELECT current_account()").fetchone()
    content = orjson.dumps(
        [whose, *([row.id, row.cells, row.mended] for row in tried)], option=orjson.OPT_SORT_KEYS
    )
    batch = Batch.of_waiting(rows[0].file, content, mapping)
    if not tried:
        return _Tried(LoadReport(batch.id, source, batch.file_name), refused=refused)
    table = Table(columns, (ready[row.id] for row in tried), len(tried))
    report, numbers = load_waiting(
        conn, table, batch, horizon_days=horizon_days, judge=judge, progress=progress
    )
    refused |= {
        number: Refusal(reason, detail, external_id)
        for number, reason, detail, external_id in conn.execute(
            "SELECT row_number, reason, detail, external_id FROM rejected"
        ).fetchall()
    }
    stations = {
        numbers[external_id]: station
        for external_id, station in conn.execute(
            "SELECT external_id, station_id FROM station_import WHERE source = %s AND external_id = ANY (%s)",
            [source, list(numbers)],
        ).fetchall()
    }
    touched: dict[int, bool] = dict(conn.execute("SELECT id, is_new FROM touched").fetchall())
    result = _Tried(
        report,
        stations,
        frozenset(row for row, station in stations.items() if touched.get(station) is True),
        frozenset(row for row, station in stations.items() if touched.get(station) is False),
        refused,
    )
    _settle(conn, tried, result)
    return result


def _settle(conn: Connection, tried: Sequence[TriedRow], result: _Tried) -> None:
    """What was accepted waits no longer; what was refused again waits for the reason of now."""
    with conn.cursor() as cursor:
        cursor.executemany(
            """UPDATE quarantine
               SET resolved_at = now(), station_id = %(station)s, mended = %(mended)s::jsonb,
                 mended_reason = CASE WHEN %(mended)s::jsonb IS NOT NULL THEN reason END,
                 mended_at = CASE WHEN %(mended)s::jsonb IS NOT NULL THEN now() END,
                 mended_by = CASE WHEN %(mended)s::jsonb IS NOT NULL THEN current_account() END
               WHERE id = %(id)s""",
            [
                {
                    "id": row.id,
                    "station": result.stations[row.id],
                    "mended": orjson.dumps(dict(row.mended)).decode() if row.mended else None,
                }
                for row in tried
                if row.id in result.stations
            ],
        )
        # what is refused with its cells mended still waits as it came
        cursor.executemany(
            """UPDATE quarantine SET reason = %s, detail = %s, external_id = %s
               WHERE id = %s AND (reason, detail, external_id) IS DISTINCT FROM (%s, %s, %s)""",
            [
                [*refusal, row.id, *refusal]
                for row in tried
                if not row.mended and (refusal := result.refused.get(row.id)) is not None
            ],
        )


def _taken(
    conn: Connection, mapping: MappingFile, rows: Sequence[TriedRow], ready: Mapping[int, Row]
) -> dict[int, tuple[str, int]]:
    """Rows with an id that was not theirs when they were refused, and is a station's on record: both."""
    ids: dict[int, str] = {}
    for row in rows:
        if ready[row.id].fault is None:
            external_id = external_id_of(mapping.id, ready[row.id].cells)
            if external_id is not None and (row.reason == "duplicate_id" or external_id != row.external_id):
                ids[row.id] = external_id
    if not ids:
        return {}
    on_record: dict[str, int] = dict(
        conn.execute(
            "SELECT external_id, station_id FROM station_import WHERE source = %s AND external_id = ANY (%s)",
            [mapping.source.name, list(ids.values())],
        ).fetchall()
    )
    return {id_: (found, on_record[found]) for id_, found in ids.items() if found in on_record}


def _row(row: TriedRow, columns: list[str]) -> Row:
    if row.mended:
        return mended_row(Row(row.id, {**dict.fromkeys(columns, ""), **row.cells}), row.mended)
    if EXTRA in row.cells or row.reason == "bad_row":
        return Row(row.id, dict(row.cells), "bad_row")
    if row.reason in ("bad_text", "cell_too_long"):  # kept in a form that is not quite the file's
        return Row(row.id, dict(row.cells), row.reason)
    cells = {name: row.cells.get(name, "") for name in columns}
    return Row(row.id, cells, text_fault(cells))


def columns_of(mapping: Mapping[str, Any], cells: Mapping[str, str], reason: str) -> list[ColumnSaid]:
    """Every column of a row and of the mapping: what the mapping takes it for, and whether it is at fault.

    Those that are taken for something come first, in the order of `FIELDS`.
    """
    plan = parse_mapping(dict(mapping))
    used: dict[str, list[str]] = {}
    for column in plan.id.used:
        used.setdefault(column, []).append("id")
    for name, recipe in plan.columns.items():
        for column in recipe.columns:
            used.setdefault(column, []).append(name)
    if plan.presence:
        used.setdefault(plan.presence.column, []).append("presence")
    for column in plan.amenities.columns:
        used.setdefault(column, []).append("amenities")
    faulty = _AT_FAULT.get(reason, frozenset())
    said = []
    # the file's own order is not on record: jsonb has none
    columns = sorted(
        {*cells, *used} - {EXTRA},
        key=lambda name: (min(map(_ORDER.index, used.get(name, ())), default=len(_ORDER)), name),
    )
    for column in columns:
        fields = tuple(dict.fromkeys(used.get(column, ())))
        text = cells.get(column, "")
        at_fault = not faulty.isdisjoint(fields)
        at_fault |= reason == "bad_text" and _UNKEPT.search(text) is not None
        at_fault |= reason == "cell_too_long" and len(text) > 900
        said.append(ColumnSaid(column, fields, at_fault))
    return said


_ORDER = ("id", "presence", *FIELDS)
_POSITION = frozenset(("lon", "lat", "lonlat"))
_AT_FAULT: Mapping[str, frozenset[str]] = {
    **dict.fromkeys(
        ("no_coordinates", "not_a_number", "not_finite", "out_of_range", "swapped_axes", "zero_zero",
         "outside_districts"),
        _POSITION,
    ),
    **dict.fromkeys(("no_id", "duplicate_id"), frozenset(("id",))),
    "no_name": frozenset(("name_zh",)),
    "unknown_kind": frozenset(("kind",)),
    **dict.fromkeys(("there_is_none", "unknown_whether_there"), frozenset(("presence",))),
}  # fmt: skip
_UNKEPT = re.compile("[\u2400\ufffd]")


def _latest_mapping(conn: Connection, source: str) -> MappingFile:
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
