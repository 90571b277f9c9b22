"""One load: a file and a mapping in, stations and a report out, in one transaction."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from psycopg import Connection
from psycopg.types.json import Jsonb

from geoapi.errors import InvalidMapping, LoadStopped, UnreadableFile, Words
from geoapi.schedule import refresh
from loaders import merge as merging
from loaders.candidates import Candidate, CandidateReader, Rejected, check_codes
from loaders.hours_column import HoursColumn
from loaders.mapping import Mapping as MappingFile
from loaders.near_duplicates import find_near_duplicates
from loaders.positions import PositionCheck, read_districts
from loaders.report import LISTED_NEAR_DUPLICATES, LoadReport
from loaders.rows import Row, Table
from loaders.source_file import check_columns, file_sha256, open_table
from loaders.staging import create_staging, run, sql, stage, stage_hours, stage_rejected, stage_seen
from loaders.vocabulary import read_vocabulary

CHUNK = 5_000
"""Rows read, placed and staged at a time; more would only take memory."""

Progress = Callable[[Words, float | None], None]
"""Told what is being done, and the share done of it (0 to 1) where that is known."""


def no_progress(step: Words, share: float | None) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Batch:
    """One load's identity: the same file with the same mapping is the same batch."""

    file_name: str
    file_sha256: str
    mapping: MappingFile

    @property
    def id(self) -> str:
        both = f"{self.file_sha256}:{self.mapping.sha256}"
        return hashlib.sha256(both.encode()).hexdigest()[:20]

    @classmethod
    def of_content(cls, name: str, content: bytes, mapping: MappingFile) -> Batch:
        """The batch of rows that are in no file."""
        return cls(name, hashlib.sha256(content).hexdigest(), mapping)


def load_file(
    conn: Connection,
    path: Path,
    mapping: MappingFile,
    *,
    horizon_days: int,
    sync: bool = False,
    dry_run: bool = False,
    now: datetime | None = None,
    progress: Progress = no_progress,
) -> LoadReport:
    """Load a file and say what became of every row. One transaction, committed unless `dry_run`.

    The opening times of what changed are worked out before the commit. Raises `UnreadableFile`,
    `InvalidMapping`, and `LoadStopped` when the evidence speaks against the load; nothing is changed then.
    """
    batch = Batch(path.name, file_sha256(path), mapping)
    with open_table(path, mapping.file) as table:
        check_columns(table, mapping)
        return load_table(
            conn,
            table,
            batch,
            horizon_days=horizon_days,
            sync=sync,
            dry_run=dry_run,
            now=now,
            progress=progress,
        )


def load_table(
    conn: Connection,
    table: Table,
    batch: Batch,
    *,
    horizon_days: int,
    sync: bool = False,
    dry_run: bool = False,
    now: datetime | None = None,
    progress: Progress = no_progress,
) -> LoadReport:
    """`load_file` for rows that are already at hand."""
    started = time.monotonic()
    with conn.transaction(force_rollback=dry_run):
        report = _load(conn, table, batch, horizon_days, sync, now, progress)
        report.dry_run = dry_run
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _load(
    conn: Connection,
    table: Table,
    batch: Batch,
    horizon_days: int,
    sync: bool,
    now: datetime | None,
    progress: Progress,
) -> LoadReport:
    report = start(conn, batch, sync=sync)
    intake = Intake(conn, batch.mapping, table)
    for row_count, share in intake.take(table):
        progress(Words(f"读取 {row_count} 行", f"reading {row_count} rows"), share)
    report.datum = intake.positions.judge()
    report.rows, report.quarantined = intake.rows, dict(intake.reasons)
    report.unknown_values = intake.reader.unknown_values.as_dict()
    report.without_district = intake.without_district
    return finish(
        conn,
        batch,
        report,
        intake.hours,
        intake.hours_used,
        intake.seen(),
        horizon_days,
        now=now,
        progress=progress,
    )


def start(conn: Connection, batch: Batch, *, sync: bool) -> LoadReport:
    """An empty report, and empty staging tables in the caller's transaction."""
    source = batch.mapping.source.name
    # two loads of one source at once would each merge against what the other is about to change
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"load:{source}"])
    merging.sign(conn, source=source, batch=batch.id)
    create_staging(conn)
    return LoadReport(batch.id, source, batch.file_name, synced=sync)


def finish(
    conn: Connection,
    batch: Batch,
    report: LoadReport,
    hours: HoursColumn,
    hours_used: Counter[int],
    seen: Iterable[str],
    horizon_days: int,
    *,
    now: datetime | None = None,
    progress: Progress = no_progress,
    near_duplicates: bool = True,
) -> LoadReport:
    """Merge what is staged, and complete the report: from here on a load knows nothing of files."""
    mapping, source = batch.mapping, batch.mapping.source.name
    report.hours = hours.certainties(hours_used)
    stage_hours(conn, hours)
    stage_seen(conn, seen)
    run(
        conn,
        "ANALYZE incoming (seq, organisation, hours_key); ANALYZE incoming_hours; ANALYZE seen_id",
    )
    progress(Words("合并", "merging"), None)
    # rows refer to the batch, so it is there before them; its report is complete at the end
    is_new = _record(conn, batch, report)
    merged = merging.merge(
        conn, source=source, batch=batch.id, time_zone=mapping.place.time_zone,
        calendar=mapping.place.calendar, sync=report.synced,
    )  # fmt: skip
    report.inserted, report.updated, report.unchanged = merged.inserted, merged.updated, merged.unchanged
    report.accepted, report.revived, report.retired = merged.accepted, merged.revived, merged.retired
    report.conflicts, report.conflicts_total = merged.conflicts, merged.conflicts_total
    run(conn, sql("quarantine"), {"source": source, "batch": batch.id, "whole_source": report.synced})
    if not report.balances:
        raise AssertionError(f"rows do not add up: {report.as_dict()}")
    if near_duplicates:
        progress(Words("查找疑似重复", "looking for near-duplicates"), None)
        pairs = find_near_duplicates(conn, "touched", within_m=mapping.near_duplicate_m)
        _record_near_duplicates(conn, batch, pairs)
        report.near_duplicates = [pair.as_dict() for pair in pairs[:LISTED_NEAR_DUPLICATES]]
        report.near_duplicates_total = len(pairs)
    progress(Words("推算开放时间", "working out opening times"), None)
    refresh(conn, horizon_days=horizon_days, now=now)
    if is_new or report.accepted or report.retired:
        conn.execute(
            "UPDATE load_batch SET report = %s, loaded_at = now() WHERE id = %s",
            [Jsonb(report.as_dict()), batch.id],
        )
    return report


class Intake:
    """Reads, checks and stages a table's rows, chunk by chunk, and counts what became of them."""

    def __init__(self, conn: Connection, mapping: MappingFile, table: Table) -> None:
        vocabulary = read_vocabulary(conn)
        for key, code, known in check_codes(mapping, vocabulary):
            raise InvalidMapping(
                Words(f"没有代码“{code}”", f"there is no code {code!r}"),
                field=key,
                mend=Words(f"可用:{'、'.join(known)}", f"use one of {', '.join(known)}"),
                near=list(known),
            )
        self._conn = conn
        self._districts = read_districts(conn)
        if not self._districts.polygons and mapping.place.outside == "quarantine":
            raise LoadStopped(
                Words("还没有任何区的边界", "no district boundaries are loaded yet"),
                field="place.outside",
                mend=Words(
                    '先运行 geoapi load-districts,或在映射中写 outside = "keep"',
                    'run `geoapi load-districts` first, or set outside = "keep" in the mapping',
                ),
            )
        self.hours = HoursColumn(mapping.hours.times_without_days)
        self.reader = CandidateReader(mapping, vocabulary, table.columns, self.hours)
        states_district = bool({"district_code", "district_name"} & mapping.columns.keys())
        self.positions = PositionCheck(mapping.place, self._districts, states_district=states_district)
        self.rows = 0
        self.reasons: Counter[str] = Counter()
        self.hours_used: Counter[int] = Counter()
        self.without_district = 0
        self._staged: dict[str, int] = {}
        self._waiting: set[str] = set()

    def take(self, table: Table) -> Iterator[tuple[int, float | None]]:
        """Stage everything; after each chunk, how many rows were read and the share of the file they are."""
        seq = 1
        rows = iter(table.rows)
        while chunk := list(islice(rows, CHUNK)):
            self.rows += len(chunk)
            seq = self._take_chunk(chunk, seq)
            if table.total is not None:
                yield self.rows, self.rows / table.total
            else:
                yield self.rows, table.read_share() if table.read_share else None
        if not self.rows:
            raise UnreadableFile(
                Words("文件里没有数据行", "the file has a header and no rows"),
                field="FILE",
                mend=Words(
                    "请检查文件，以及映射中的 skip 与 header_rows", "check the file, and skip and header_rows"
                ),
            )

    def _take_chunk(self, chunk: list[Row], seq: int) -> int:
        candidates: list[Candidate] = []
        rejected: list[Rejected] = []
        for row in chunk:
            outcome = self.reader.read(row)
            if isinstance(outcome, Rejected):
                rejected.append(outcome)
            else:
                candidates.append(outcome)
        placed, nowhere = self.positions.place(candidates)
        rejected += nowhere
        kept = []
        for one in placed:
            said = one.candidate
            # only a row that would be accepted can be in another's way
            if (first := self._staged.setdefault(said.external_id, said.row.number)) != said.row.number:
                rejected.append(
                    Rejected(said.row, "duplicate_id", f"same id as row {first}", said.external_id)
                )
                continue
            kept.append(one)
            self.hours_used[said.hours_key] += 1
            self.without_district += one.district < 0
        for refused in rejected:
            self.reasons[refused.reason] += 1
            # a row that says "there is none" says that the source no longer has it
            if refused.external_id and refused.reason != "there_is_none":
                self._waiting.add(refused.external_id)
        stage_rejected(self._conn, rejected)
        return stage(self._conn, kept, seq, self._districts)

    def seen(self) -> Iterator[str]:
        """Every id that the file says exists, whether its row was good or not."""
        yield from self._staged
        yield from self._waiting - self._staged.keys()


def _record(conn: Connection, batch: Batch, report: LoadReport) -> bool:
    """Put the batch on record; whether it is new there. An earlier load's report stays as it was."""
    return bool(
        conn.execute(
            """
            INSERT INTO load_batch (id, source, file_name, file_sha256, mapping_sha256, mapping, report)
            VALUES (%s, %s, %s, %s, %s, %s, %s)
            ON CONFLICT (id) DO NOTHING
            """,
            [
                batch.id, batch.mapping.source.name, batch.file_name, batch.file_sha256, batch.mapping.sha256,
                Jsonb(batch.mapping.as_json()), Jsonb(report.as_dict()),
            ],
        ).rowcount
    )  # fmt: skip


def _record_near_duplicates(conn: Connection, batch: Batch, pairs: list[Any]) -> None:
    if not pairs:
        return
    conn.cursor().executemany(
        """
        INSERT INTO near_duplicate (station_id, other_id, batch_id, similarity, distance_m)
        VALUES (%s, %s, %s, %s, %s)
        ON CONFLICT (station_id, other_id) DO NOTHING
        """,
        [(pair.station_id, pair.other_id, batch.id, pair.similarity, pair.distance_m) for pair in pairs],
    )
