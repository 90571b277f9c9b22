"""One load: a file and a mapping in, stations and a report out, in one transaction."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from psycopg import Connection
from psycopg.types.json import Jsonb

from geoapi.accounts.permissions import not_allowed
from geoapi.errors import InvalidMapping, LoadStopped, UnreadableFile, Words
from geoapi.schedule import refresh
from loaders import merge as merging
from loaders.candidates import Candidate, CandidateReader, Rejected, check_codes
from loaders.hours_column import HoursColumn
from loaders.mapping import Mapping as MappingFile
from loaders.near_duplicates import find_near_duplicates
from loaders.positions import Placed, PositionCheck, read_districts
from loaders.report import LISTED_NEAR_DUPLICATES, LoadReport
from loaders.rows import EXTRA, Row, Table, storable, text_fault
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
    is_retry: bool = False
    """Rows that waited, rather than a file."""

    @property
    def id(self) -> str:
        both = f"{self.file_sha256}:{self.mapping.sha256}"
        return hashlib.sha256(both.encode()).hexdigest()[:20]

    @classmethod
    def of_waiting(cls, name: str, content: bytes, mapping: MappingFile) -> Batch:
        """The batch of rows that waited: of no file, but of these contents."""
        return cls(f"{name} (retry)", hashlib.sha256(content).hexdigest(), mapping, is_retry=True)


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
    intake = Intake(conn, batch.mapping, table, Mends.of(conn, report.source))
    for row_count, share in intake.take(table):
        progress(Words(f"读取 {row_count} 行", f"reading {row_count} rows"), share)
    report.datum = intake.positions.judge()
    intake.tell(report)
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


def load_waiting(
    conn: Connection,
    table: Table,
    batch: Batch,
    *,
    horizon_days: int,
    judge: bool,
    progress: Progress = no_progress,
) -> tuple[LoadReport, Mapping[str, int]]:
    """Load rows that waited, in the caller's transaction: the report, and the rows' numbers by id.

    What is refused again is left in the temporary table `rejected`. With `judge` the points that they have
    are weighed as those of a file are (`LoadStopped`).
    """
    report = start(conn, batch, sync=False)
    intake = Intake(conn, batch.mapping, table)
    for row_count, share in intake.take(table):
        progress(Words(f"读取 {row_count} 行", f"reading {row_count} rows"), share)
    if judge:
        report.datum = intake.positions.judge()
    intake.tell(report)
    _require_stations(conn, report.source)
    finish(
        conn,
        batch,
        report,
        intake.hours,
        intake.hours_used,
        intake.seen(),
        horizon_days,
        progress=progress,
        is_waiting=True,
    )
    return report, intake.staged


def _require_stations(conn: Connection, source: str) -> None:
    """Refuse (`NotAllowed`) what would change a station that the account of this transaction does not
    administer: PostgreSQL would pass it over in silence."""
    row = conn.execute(
        """SELECT EXISTS (
             SELECT FROM incoming AS i
             JOIN station_import AS m ON m.source = %s AND m.external_id = i.external_id
             WHERE NOT coalesce(may_administer_station(m.station_id), false))
           AND current_account() IS NOT NULL""",
        [source],
    ).fetchone()
    if row is not None and row[0]:
        raise not_allowed()


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
    is_waiting: bool = False,
) -> LoadReport:
    """Merge what is staged, and complete the report: from here on a load knows nothing of files.

    `is_waiting`: these are rows of the quarantine; what is refused has its place there already.
    """
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
    if not is_waiting:
        _quarantine(conn, batch, report)
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


def _quarantine(conn: Connection, batch: Batch, report: LoadReport) -> None:
    """Let what was refused wait; what was set aside before stays so, and is counted apart."""
    run(
        conn,
        sql("quarantine"),
        {"source": batch.mapping.source.name, "batch": batch.id, "whole_source": report.synced},
    )
    for reason, count in conn.execute(
        "SELECT reason, count(*) FROM known_match WHERE is_set_aside GROUP BY reason"
    ).fetchall():
        report.set_aside += count
        report.quarantined[reason] -= count
        if not report.quarantined[reason]:
            del report.quarantined[reason]


class Mends:
    """What people corrected in rows of a source. A row that comes again as it was is corrected again."""

    def __init__(self, known: Iterable[tuple[str, dict[str, str], dict[str, str]]] = ()) -> None:
        # of equal rows the first comes first
        self._known: dict[tuple[str, bytes], list[dict[str, str]]] = {}
        for reason, raw, mended in known:
            self._known.setdefault((reason, _fingerprint(raw)), []).append(mended)

    @classmethod
    def of(cls, conn: Connection, source: str) -> Mends:
        """All that were accepted."""
        rows = conn.execute(
            """SELECT mended_reason, raw, mended FROM quarantine
               WHERE source = %s AND mended IS NOT NULL AND station_id IS NOT NULL
               ORDER BY row_number, id""",
            [source],
        ).fetchall()
        return cls(rows)

    def row(self, refused: Rejected) -> Row | None:
        """The row as it was corrected; None where nobody did. Each correction is for one row of a file."""
        if not self._known:
            return None
        known = self._known.get((refused.reason, _fingerprint(storable(refused.row.cells))))
        return mended_row(refused.row, known.pop(0)) if known else None


def mended_row(row: Row, mended: Mapping[str, str]) -> Row:
    """The row with these cells in place of its own: somebody has looked at it, and stands for the whole."""
    cells = {**row.cells, **mended}
    cells.pop(EXTRA, None)
    return Row(row.number, cells, text_fault(cells))


def _fingerprint(cells: Mapping[str, str]) -> bytes:
    return hashlib.sha256(orjson.dumps(cells, option=orjson.OPT_SORT_KEYS)).digest()


class Intake:
    """Reads, checks and stages a table's rows, chunk by chunk, and counts what became of them."""

    def __init__(
        self, conn: Connection, mapping: MappingFile, table: Table, mends: Mends | None = None
    ) -> None:
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
        self.staged: dict[str, int] = {}
        """The number of the row that each id was staged from."""
        self._waiting: set[str] = set()
        self._columns = table.columns
        self._mends = mends or Mends()

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

    def tell(self, report: LoadReport) -> None:
        """Put what was counted into the report."""
        report.rows, report.quarantined = self.rows, dict(self.reasons)
        report.unknown_values = self.reader.unknown_values.as_dict()
        report.without_district = self.without_district

    def _take_chunk(self, chunk: list[Row], seq: int) -> int:
        kept, rejected = self._sort(chunk)
        again = [row for refused in rejected if (row := self._mended(refused)) is not None]
        if again:
            # who corrected a row did so knowing why it was refused
            numbers = {row.number for row in again}
            as_it_came = {one.row.number: one.row for one in rejected}
            mended, still = self._sort(again)
            kept += mended
            rejected = [one for one in rejected if one.row.number not in numbers]
            rejected += [one._replace(row=as_it_came[one.row.number]) for one in still]
        for one in kept:
            self.hours_used[one.candidate.hours_key] += 1
            self.without_district += one.district < 0
        for refused in rejected:
            self.reasons[refused.reason] += 1
            # a row that says "there is none" says that the source no longer has it
            if refused.external_id and refused.reason != "there_is_none":
                self._waiting.add(refused.external_id)
        districts = self.positions.districts_of([self.reader.whereabouts(one.row) for one in rejected])
        stage_rejected(
            self._conn, [one._replace(district=code) for one, code in zip(rejected, districts, strict=True)]
        )
        return stage(self._conn, kept, seq, self._districts)

    def _mended(self, refused: Rejected) -> Row | None:
        row = self._mends.row(refused)
        if row is None:
            return None
        # a row with too few cells may lack some even so
        return row._replace(cells={**dict.fromkeys(self._columns, ""), **row.cells})

    def _sort(self, chunk: list[Row]) -> tuple[list[Placed], list[Rejected]]:
        """The rows that are stations somewhere, and those that are not."""
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
            if (first := self.staged.setdefault(said.external_id, said.row.number)) != said.row.number:
                rejected.append(
                    Rejected(said.row, "duplicate_id", f"same id as row {first}", said.external_id)
                )
                continue
            kept.append(one)
        return kept, rejected

    def seen(self) -> Iterator[str]:
        """Every id that the file says exists, whether its row was good or not."""
        yield from self.staged
        yield from self._waiting - self.staged.keys()


def _record(conn: Connection, batch: Batch, report: LoadReport) -> bool:
    """Put the batch on record; whether it is new there. An earlier load's report stays as it was."""
    return bool(
        conn.execute(
            """
            INSERT INTO load_batch
              (id, source, file_name, file_sha256, mapping_sha256, mapping, report, is_retry, loaded_by)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, current_account())
            ON CONFLICT (id) DO NOTHING
            """,
            [
                batch.id, batch.mapping.source.name, batch.file_name, batch.file_sha256, batch.mapping.sha256,
                Jsonb(batch.mapping.as_json()), Jsonb(report.as_dict()), batch.is_retry,
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
