"""What administrators do with the rows of imports that wait: mend and try again, set aside, take back up.

The row as it came stays on record. How a row becomes a station is the loaders' business, which the
application hands in as `Loading`: this module knows who may, and what is told.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple, Protocol

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, may, not_allowed, not_signed_in, places, require
from geoapi.editing.managed import Showing, managed_body
from geoapi.editing.transaction import Answered, By, note_event
from geoapi.editing.waiting_reasons import MENDS, reason_words
from geoapi.errors import Conflict, InvalidInput, NotFound, Words
from geoapi.queries.quarantine import STATE, State, no_such_row
from geoapi.settings import EditingSettings

MOST_AT_ONCE: Final = 2_000
"""Rows tried or set aside by one request; it says how many are left."""
EXAMPLES: Final = 20
"""Rows that are told of one by one, of many."""


@dataclass(frozen=True)
class TriedRow:
    """A row to be tried again: as it came, and the cells that are mended in it."""

    id: int
    file: str
    reason: str
    external_id: str | None
    cells: Mapping[str, str]
    mended: Mapping[str, str] = field(default_factory=dict)


class Refusal(NamedTuple):
    """Why a row is refused again."""

    reason: str
    detail: str | None
    external_id: str | None


@dataclass(frozen=True)
class Outcome:
    """What became of rows, by their ids: `stations` of those that are accepted, of which some were new
    (`created`) and some said news (`changed`); and `refused`. `report` is the load's."""

    stations: Mapping[int, int]
    created: frozenset[int]
    changed: frozenset[int]
    refused: Mapping[int, Refusal]
    report: Mapping[str, Any]


class ColumnSaid(NamedTuple):
    """A column of a row: the fields that the mapping takes it for, and whether the reason lies in it."""

    name: str
    fields: tuple[str, ...]
    at_fault: bool


class TryRows(Protocol):
    def __call__(
        self,
        conn: Connection,
        mapping: Mapping[str, Any],
        rows: Sequence[TriedRow],
        *,
        horizon_days: int,
    ) -> Outcome: ...


@dataclass(frozen=True)
class Loading:
    """What the loaders do for administrators."""

    try_rows: TryRows
    columns_of: Callable[[Mapping[str, Any], Mapping[str, str], str], list[ColumnSaid]]


@dataclass(frozen=True)
class Desk:
    """What deciding on rows takes beside them."""

    loading: Loading
    settings: EditingSettings
    horizon_days: int
    showing: Showing


@dataclass(frozen=True)
class Chosen:
    """Waiting rows of one source; of one batch, for one reason, where these are given."""

    source: str
    batch: str | None = None
    reason: str | None = None


_ROW = f"""
SELECT q.*, {STATE} AS state, b.file_name, import_path(q.district_code) AS path,
  (SELECT latest.mapping FROM load_batch AS latest WHERE latest.source = q.source
   ORDER BY latest.loaded_at DESC, latest.id LIMIT 1) AS mapping
FROM quarantine AS q JOIN load_batch AS b ON b.id = q.batch_id
WHERE q.id = %s
"""  # noqa: S608 - fixed parts of our own


def preview_row(conn: Connection, by: By, desk: Desk, row_id: int, cells: Mapping[str, str]) -> Answered:
    """What `retry_row` would come to, with nothing done; a row that would be refused again is told so."""
    row = _waiting_row(conn, by, row_id)
    with conn.transaction(force_rollback=True):
        told = _try_one(conn, desk, row, _mended(row, desk, cells))
    return Answered(told)


def retry_row(conn: Connection, by: By, desk: Desk, row_id: int, cells: Mapping[str, str]) -> Answered:
    """Make a station of the row, with these cells in place of its own; the row as it came stays on record.

    Raises `InvalidInput` naming the column where it would be refused again: nothing is changed then.
    """
    row = _waiting_row(conn, by, row_id)
    mended = _mended(row, desk, cells)
    told = _try_one(conn, desk, row, mended)
    if told["outcome"] == "refused":
        refused = told["refused"]
        columns = refused["columns"]
        raise InvalidInput(
            reason_words(refused["reason"]),
            field=f"cells.{columns[0]}" if columns else "cells",
            mend=MENDS.get(refused["reason"]),
            reason=refused["reason"],
            columns=columns,
        )
    _note(
        conn, row["district_code"], "mend_import_row" if mended else "retry_import_row",
        f"quarantine {row_id}", source=row["source"], file=row["file_name"], row=row["row_number"],
        reason=row["reason"], columns=list(mended), station_id=told["station"]["id"],
    )  # fmt: skip
    return Answered(told)


def preview_rows(conn: Connection, by: By, desk: Desk, chosen: Chosen) -> Answered:
    """What `retry_rows` would come to, with nothing done."""
    with conn.transaction(force_rollback=True):
        told, *_ = _try_many(conn, by, desk, chosen)
    return Answered(told)


def retry_rows(conn: Connection, by: By, desk: Desk, chosen: Chosen) -> Answered:
    """Try all of these rows again as they came, by the source's latest mapping and the districts of now.

    What is refused again waits for the reason of now. Raises `NotFound` where nothing waits.
    """
    told, rows, outcome = _try_many(conn, by, desk, chosen)
    accepted = _by_district(row for row in rows if row["id"] in outcome.stations)
    for district, tried in _by_district(rows).items():
        _note(
            conn, district, "retry_import_rows", f"source {chosen.source}",
            batch=chosen.batch, reason=chosen.reason, rows=tried, accepted=accepted[district],
        )  # fmt: skip
    return Answered(told)


def set_aside_row(conn: Connection, by: By, row_id: int, note: str) -> Answered:
    """Decide that the row is not to be loaded, in this file or in a later one."""
    row = _waiting_row(conn, by, row_id)
    _set_aside(conn, [row_id], note)
    _note(
        conn, row["district_code"], "set_aside_import_row", f"quarantine {row_id}",
        source=row["source"], file=row["file_name"], row=row["row_number"], reason=row["reason"], note=note,
    )  # fmt: skip
    return Answered({"id": str(row_id), "state": "set_aside", "note": note})


def set_aside_rows(conn: Connection, by: By, chosen: Chosen, note: str) -> Answered:
    """`set_aside_row` for all of these. Raises `NotFound` where nothing waits."""
    rows, left = _chosen_rows(conn, by, chosen)
    _set_aside(conn, [row["id"] for row in rows], note)
    for district, count in _by_district(rows).items():
        _note(
            conn, district, "set_aside_import_rows", f"source {chosen.source}",
            batch=chosen.batch, reason=chosen.reason, rows=count, note=note,
        )  # fmt: skip
    return Answered({"rows": len(rows), "left": left})


def restore_row(conn: Connection, by: By, row_id: int) -> Answered:
    """Let a row that was set aside wait again."""
    row = _locked_row(conn, by, row_id)
    if row["state"] != "set_aside":
        raise Conflict(
            Words("没有被设为不导入", "it is not set aside"),
            field="id",
            mend=Words("只有不导入的行才能恢复", "only what was set aside can wait again"),
        )
    conn.execute(
        """UPDATE quarantine
           SET resolved_at = NULL, set_aside_at = NULL, set_aside_by = NULL, set_aside_note = NULL
           WHERE id = %s""",
        [row_id],
    )
    _note(
        conn, row["district_code"], "restore_import_row", f"quarantine {row_id}",
        source=row["source"], file=row["file_name"], row=row["row_number"], reason=row["reason"],
    )  # fmt: skip
    return Answered({"id": str(row_id), "state": "waiting", "note": None})


# -- rows ------------------------------------------------------------------------------------


def _locked_row(conn: Connection, by: By, row_id: int) -> Mapping[str, Any]:
    """The row, which nobody else decides on until this transaction ends. `NotFound` beyond reach."""
    if by.caller is None:
        raise not_signed_in()
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(f"{_ROW} FOR UPDATE OF q".encode(), [row_id]).fetchone()
        # row-level security lets nobody lock what is not theirs to decide on
        seen = row or cursor.execute(_ROW.encode(), [row_id]).fetchone()
    if seen is None or not may(by.caller, Act.READ_IMPORTS, seen["path"]):
        raise no_such_row()
    require(by.caller, Act.MEND_IMPORTS, seen["path"])
    if row is None:
        raise not_allowed()
    return row


def _waiting_row(conn: Connection, by: By, row_id: int) -> Mapping[str, Any]:
    row = _locked_row(conn, by, row_id)
    if row["state"] != "waiting":
        words: Mapping[State, Words] = {
            "accepted": Words("已经导入", "it has been loaded"),
            "set_aside": Words("已设为不导入", "it has been set aside"),
            "overtaken": Words("后来的文件已有新的说法", "a later file says otherwise"),
        }
        raise Conflict(
            words[row["state"]],
            field="id",
            mend=Words("重新取这一行", "get the row anew"),
            state=row["state"],
        )
    return row


def _chosen_rows(conn: Connection, by: By, chosen: Chosen) -> tuple[list[Mapping[str, Any]], int]:
    """The waiting rows that are meant and within reach, the oldest first, and how many are left."""
    if by.caller is None:
        raise not_signed_in()
    reach = places(by.caller, Act.MEND_IMPORTS)
    where = """
      FROM quarantine AS q JOIN load_batch AS b ON b.id = q.batch_id
      WHERE q.resolved_at IS NULL AND q.source = %(source)s
        AND (%(batch)s::text IS NULL OR q.batch_id = %(batch)s)
        AND (%(reason)s::text IS NULL OR q.reason = %(reason)s)
        AND coalesce(q.district_code, '') IN (
          SELECT coalesce(d.code, '') FROM (SELECT DISTINCT district_code AS code FROM quarantine
            WHERE resolved_at IS NULL AND source = %(source)s) AS d
          WHERE import_path(d.code) && %(reach)s::bigint[])
    """
    values = {
        "source": chosen.source,
        "batch": chosen.batch,
        "reason": chosen.reason,
        "reach": reach,
        "most": MOST_AT_ONCE,
    }
    with conn.cursor(row_factory=dict_row) as cursor:
        rows: list[Mapping[str, Any]] = list(
            cursor.execute(
                f"SELECT q.*, b.file_name {where} ORDER BY q.id LIMIT %(most)s FOR UPDATE OF q".encode(),
                values,
            )
        )
        counted = cursor.execute(f"SELECT count(*) AS rows {where}".encode(), values).fetchone()
    if not rows:
        raise NotFound(
            Words("没有等待处理的行", "no such rows are waiting"),
            field="source",
            mend=Words("见 GET /v1/manage/quarantine", "see GET /v1/manage/quarantine for what waits"),
        )
    return rows, (counted["rows"] if counted else 0) - len(rows)


def _set_aside(conn: Connection, ids: Sequence[int], note: str) -> None:
    changed = conn.execute(
        """UPDATE quarantine
           SET resolved_at = now(), set_aside_at = now(), set_aside_by = current_account(),
             set_aside_note = %s
           WHERE id = ANY (%s)""",
        [note, list(ids)],
    )
    if changed.rowcount != len(ids):
        raise not_allowed()


# -- trying ----------------------------------------------------------------------------------


def _mended(row: Mapping[str, Any], desk: Desk, cells: Mapping[str, str]) -> dict[str, str]:
    """The cells that are other than they came. Raises `InvalidInput` for a column that there is not."""
    known = {said.name for said in desk.loading.columns_of(row["mapping"], row["raw"], row["reason"])}
    for name in cells:
        if name not in known:
            raise InvalidInput(
                Words("这一行没有这一列", "the row has no such column"),
                field="cells",
                mend=Words(f"可用：{'、'.join(sorted(known))}", f"use one of {', '.join(sorted(known))}"),
            )
    return {name: text for name, text in cells.items() if text != row["raw"].get(name, "")}


def _try_one(
    conn: Connection, desk: Desk, row: Mapping[str, Any], mended: Mapping[str, str]
) -> dict[str, Any]:
    tried = _tried_row(row, mended)
    outcome = desk.loading.try_rows(conn, row["mapping"], [tried], horizon_days=desk.horizon_days)
    lang = desk.showing.lang
    refusal = outcome.refused.get(row["id"])
    refused = station = None
    if refusal is not None:
        cells = {**row["raw"], **mended}
        columns = desk.loading.columns_of(row["mapping"], cells, refusal.reason)
        mend = MENDS.get(refusal.reason)
        refused = {
            "reason": refusal.reason,
            "text": reason_words(refusal.reason).in_language(lang),
            "mend": mend.in_language(lang) if mend else None,
            "detail": refusal.detail,
            "columns": [said.name for said in columns if said.at_fault],
        }
    else:
        station = managed_body(
            conn, outcome.stations[row["id"]], desk.showing, unverified_days=desk.settings.unverified_days
        )
    return {
        "id": str(row["id"]),
        "outcome": _outcome_of(row["id"], outcome),
        "mended": dict(mended),
        "refused": refused,
        "station": station,
        "near_duplicates": [_near(one, station) for one in outcome.report.get("near_duplicates", ())],
        "conflicts": outcome.report.get("conflicts_total", 0),
        "not_understood": [
            {"field": name, "values": list(values)}
            for name, values in outcome.report.get("unknown_values", {}).items()
            if refusal is None
        ],
    }


def _near(pair: Mapping[str, Any], station: Mapping[str, Any] | None) -> dict[str, Any]:
    """The other of two stations that may be one."""
    own = station is not None and str(pair["station_id"]) == station["id"]
    return {
        "id": str(pair["other_id"] if own else pair["station_id"]),
        "name": pair["other_name"] if own else pair["name"],
        "distance_m": pair["distance_m"],
    }


def _try_many(
    conn: Connection, by: By, desk: Desk, chosen: Chosen
) -> tuple[dict[str, Any], list[Mapping[str, Any]], Outcome]:
    rows, left = _chosen_rows(conn, by, chosen)
    latest = conn.execute(
        "SELECT mapping FROM load_batch WHERE source = %s ORDER BY loaded_at DESC, id LIMIT 1",
        [chosen.source],
    ).fetchone()
    assert latest is not None, "its rows are of a batch"
    tried = [_tried_row(row, {}) for row in rows]
    outcome = desk.loading.try_rows(conn, latest[0], tried, horizon_days=desk.horizon_days)
    names: dict[int, str] = dict(
        conn.execute(
            "SELECT id, name_zh FROM station WHERE id = ANY (%s)", [list(outcome.stations.values())]
        ).fetchall()
    )
    by_reason = Counter(refusal.reason for refusal in outcome.refused.values())
    lang = desk.showing.lang
    told = {
        "rows": len(rows),
        "left": left,
        "accepted": len(outcome.stations),
        "created": len(outcome.created),
        "updated": len(outcome.changed),
        "unchanged": len(outcome.stations) - len(outcome.created) - len(outcome.changed),
        "refused": [
            {"reason": reason, "text": reason_words(reason).in_language(lang), "rows": count}
            for reason, count in by_reason.most_common()
        ],
        "near_duplicates": outcome.report.get("near_duplicates_total", 0),
        "conflicts": outcome.report.get("conflicts_total", 0),
        "examples": [
            {
                "id": str(row["id"]),
                "file": row["file_name"],
                "row": row["row_number"],
                "outcome": _outcome_of(row["id"], outcome),
                "station_id": str(outcome.stations[row["id"]]),
                "name": names.get(outcome.stations[row["id"]]),
            }
            for row in [row for row in rows if row["id"] in outcome.stations][:EXAMPLES]
        ],
    }
    return told, rows, outcome


def _outcome_of(row_id: int, outcome: Outcome) -> str:
    if row_id in outcome.refused:
        return "refused"
    if row_id in outcome.created:
        return "created"
    return "updated" if row_id in outcome.changed else "unchanged"


def _tried_row(row: Mapping[str, Any], mended: Mapping[str, str]) -> TriedRow:
    return TriedRow(row["id"], row["file_name"], row["reason"], row["external_id"], row["raw"], mended)


# -- the record ------------------------------------------------------------------------------


def _by_district(rows: Iterable[Mapping[str, Any]]) -> Counter[str | None]:
    """How many of the rows are each district's: what its own people are told of."""
    return Counter(row["district_code"] for row in rows)


def _note(conn: Connection, district: str | None, action: str, subject: str, **detail: Any) -> None:
    """An event where the row belongs."""
    found = conn.execute(
        "SELECT coalesce(managing_organisation(NULL, %s), (import_path(%s))[1])", [district, district]
    ).fetchone()
    organisation = None if found is None else found[0]
    note_event(conn, action, organisation_id=organisation, subject=subject, **detail)
