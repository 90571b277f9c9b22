"""What waits for somebody's decision: moves, what imports say otherwise, stations that may be one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, may, not_allowed, require
from geoapi.editing.details import require_in_use
from geoapi.editing.fields import RECORDED_COLUMNS
from geoapi.editing.hours_text import columns_of_reading
from geoapi.editing.managed import Showing, managed_body, version_header
from geoapi.editing.moves import is_far, may_move_into
from geoapi.editing.place import path_at
from geoapi.editing.station import locked_station
from geoapi.editing.transaction import Answered, By, describe, note_event
from geoapi.editing.write import write_columns
from geoapi.errors import Conflict, NotFound, Words
from geoapi.hours import read_hours
from geoapi.settings import EditingSettings

Taken = Literal["edited", "imported"]
Decision = Literal["distinct", "same"]

# what only an administrator may change, whoever says so
_ADMINISTRATORS = frozenset(("kind_id", "organisation_id", "retired_at"))


def approve_move(
    conn: Connection,
    by: By,
    request_id: int,
    note: str | None,
    settings: EditingSettings,
    showing: Showing,
) -> Answered:
    """Move the station to where it was asked for. Raises `Conflict` where the station has been moved or
    retired meanwhile, `NotAllowed` into a district beyond the caller's reach."""
    row, asked = _open_request(conn, by, request_id, Act.REVIEW)
    require_in_use(row)
    if (row["lon"], row["lat"]) != (asked["from_lon"], asked["from_lat"]):
        raise Conflict(
            Words("申请之后站点又移动过", "the station has been moved since this was asked for"),
            mend=Words("驳回此申请，请对方重新提出", "reject it, and let it be asked for anew"),
        )
    if not may_move_into(conn, by, row, asked["district_code"]):
        raise not_allowed()
    # before the move: by then the station may be another organisation's
    _decide(conn, by, request_id, "approved", note)
    said = [f"{asked['account_name']}：{asked['reason']}" if asked["reason"] else asked["account_name"], note]
    describe(conn, "approve_move", "；".join(part for part in said if part))
    write_columns(conn, row, {"lon": asked["lon"], "lat": asked["lat"]})
    body = managed_body(conn, row["id"], showing, unverified_days=settings.unverified_days)
    return Answered(body, headers=version_header(body))


def reject_move(conn: Connection, by: By, request_id: int, note: str | None) -> Answered:
    """Leave the station where it is, and say so."""
    row, _ = _open_request(conn, by, request_id, Act.REVIEW)
    return _decided(conn, by, row, request_id, "rejected", note)


def withdraw_move(conn: Connection, by: By, request_id: int, note: str | None) -> Answered:
    """Ask for the move no longer."""
    row, _ = _open_request(conn, by, request_id, Act.EDIT_STATION)
    return _decided(conn, by, row, request_id, "withdrawn", note)


def resolve_conflict(
    conn: Connection,
    by: By,
    conflict_id: int,
    take: Taken,
    settings: EditingSettings,
    showing: Showing,
) -> Answered:
    """Keep what was edited, or take what the import says. Raises `Conflict` for one that is resolved, and
    for a position that is farther than the caller may move; `NotAllowed` for what only administrators may."""
    row, conflict = _open_conflict(conn, by, conflict_id)
    if take == "imported":
        columns = _imported_columns(row, conflict)
        _require_right(conn, by, row, columns)
        lon, lat = columns.get("lon", row["lon"]), columns.get("lat", row["lat"])
        if "lon" in columns and is_far(conn, by, row, lon, lat, limit_m=settings.move_limit_m):
            raise Conflict(
                Words("会把站点移到远处，须管理员决定", "it would move the station farther than you may"),
                field="position",
                mend=Words("请管理员处理", "an administrator has to decide"),
            )
    _settle(conn, by, conflict_id, take)
    if take == "imported":
        describe(conn, "resolve_conflict", conflict["file_name"])
        write_columns(conn, row, columns)
    _note(conn, row, "resolve_conflict", str(conflict_id), field=conflict["field"], take=take)
    body = managed_body(conn, row["id"], showing, unverified_days=settings.unverified_days)
    return Answered(body, headers=version_header(body))


def review_duplicate(
    conn: Connection, by: By, station_id: int, other_id: int, decision: Decision, note: str | None
) -> Answered:
    """Mark two stations as looked at: not one, or one (and dealt with). Nothing of them changes."""
    one, other = sorted((station_id, other_id))
    found = conn.execute(
        """SELECT organisation_path(managing_organisation(s.organisation_id, s.district_code)),
             organisation_path(managing_organisation(o.organisation_id, o.district_code)), n.reviewed_at
           FROM near_duplicate AS n
           JOIN station AS s ON s.id = n.station_id
           JOIN station AS o ON o.id = n.other_id
           WHERE n.station_id = %s AND n.other_id = %s""",
        [one, other],
    ).fetchone()
    paths = found[:2] if found is not None else ()
    if found is None or not any(may(by.caller, Act.SEE_STATIONS, path) for path in paths):
        raise _not_waiting(Words("没有这一对疑似重复", "there is no such pair of stations"))
    require(by.caller, Act.REVIEW, [id_ for path in paths for id_ in path])
    if found[2] is not None:
        raise _is_decided()
    caller = by.caller
    assert caller is not None, "required above"
    changed = conn.execute(
        """UPDATE near_duplicate SET reviewed_at = now(), reviewed_by = %s
           WHERE station_id = %s AND other_id = %s AND reviewed_at IS NULL""",
        [caller.account_id, one, other],
    )
    if changed.rowcount != 1:
        raise _is_decided() if _is_reviewed(conn, one, other) else not_allowed()
    note_event(
        conn, "review_duplicate", organisation_id=_nearest(conn, one), subject=f"{one}-{other}",
        decision=decision, note=note,
    )  # fmt: skip
    return Answered({"station_id": str(one), "other_id": str(other), "decision": decision})


def _is_reviewed(conn: Connection, one: int, other: int) -> bool:
    row = conn.execute(
        "SELECT reviewed_at IS NOT NULL FROM near_duplicate WHERE station_id = %s AND other_id = %s",
        [one, other],
    ).fetchone()
    return row is not None and bool(row[0])


def _open_request(
    conn: Connection, by: By, request_id: int, act: Act
) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    """The station, locked, and the move that waits for it. `NotFound` beyond the caller's reach."""
    row = _station_of(conn, by, "move_request", request_id, act)
    with conn.cursor(row_factory=dict_row) as cursor:
        asked = cursor.execute(
            """SELECT m.*, a.name AS account_name
               FROM move_request AS m JOIN account AS a ON a.id = m.account_id
               WHERE m.id = %s FOR UPDATE OF m""",
            [request_id],
        ).fetchone()
    if asked is None:
        # seen above, and hidden by row-level security from whom may not change it
        raise not_allowed()
    if asked["decided_at"] is not None:
        raise _is_decided()
    return row, asked


def _open_conflict(conn: Connection, by: By, conflict_id: int) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
    row = _station_of(conn, by, "import_conflict", conflict_id, Act.EDIT_STATION)
    with conn.cursor(row_factory=dict_row) as cursor:
        conflict = cursor.execute(
            """SELECT c.*, b.file_name, b.mapping -> 'hours' ->> 'times_without_days' AS times_without_days
               FROM import_conflict AS c JOIN load_batch AS b ON b.id = c.batch_id
               WHERE c.id = %s FOR UPDATE OF c""",
            [conflict_id],
        ).fetchone()
    if conflict is None:
        raise not_allowed()
    if conflict["resolved_at"] is not None:
        raise _is_decided()
    return row, conflict


def _station_of(
    conn: Connection, by: By, table: Literal["move_request", "import_conflict"], id_: int, act: Act
) -> Mapping[str, Any]:
    """The station that it is about, locked before it is: everybody locks in this order."""
    found = conn.execute(
        f"""SELECT s.id, organisation_path(managing_organisation(s.organisation_id, s.district_code))
            FROM {table} AS waiting JOIN station AS s ON s.id = waiting.station_id
            WHERE waiting.id = %s""".encode(),  # noqa: S608 - one of two names
        [id_],
    ).fetchone()
    # what waits for others is nobody else's business; whoever only reads has seen it in the queue
    if found is None or not may(by.caller, Act.SEE_STATIONS, found[1]):
        raise _not_waiting(Words("没有这一项", "there is no such entry"))
    return locked_station(conn, by, found[0], act)


def _imported_columns(row: Mapping[str, Any], conflict: Mapping[str, Any]) -> dict[str, Any]:
    """What the import says, as columns; empty where it says no news."""
    name, value = conflict["field"], conflict["imported_now"]
    match name:
        case "hours":
            text = value["text"]
            reading = read_hours(text, times_without_days=conflict["times_without_days"] or "unsaid")
            return columns_of_reading(reading) | {"hours_text": text}
        case "position":
            return {"lon": value[0], "lat": value[1]}
        case "retired" if row["retired_at"] is not None:
            return {}
        case "retired":
            # the moment it was missed: if a later file has it again, the loader knows whose doing this was
            return {"retired_at": value}
    assert name in RECORDED_COLUMNS, name
    return {name: value}


def _require_right(conn: Connection, by: By, row: Mapping[str, Any], columns: Mapping[str, Any]) -> None:
    if _ADMINISTRATORS.isdisjoint(columns):
        return
    require(by.caller, Act.ADMINISTER_STATION, row["path"])
    if "organisation_id" in columns:
        require(
            by.caller,
            Act.ADMINISTER_STATION,
            path_at(conn, columns["organisation_id"], row["district_code"]),
        )


def _settle(conn: Connection, by: By, conflict_id: int, take: Taken) -> None:
    assert by.caller is not None, "whoever may edit a station is signed in"
    changed = conn.execute(
        "UPDATE import_conflict SET resolved_at = now(), resolved_by = %s, resolution = %s WHERE id = %s",
        [by.caller.account_id, take, conflict_id],
    )
    if changed.rowcount != 1:
        raise not_allowed()


def _decide(conn: Connection, by: By, request_id: int, decision: str, note: str | None) -> None:
    assert by.caller is not None, "whoever may edit a station is signed in"
    conn.execute(
        """UPDATE move_request SET decided_at = now(), decided_by = %s, decision = %s, decision_note = %s
           WHERE id = %s""",
        [by.caller.account_id, decision, note, request_id],
    )


def _decided(
    conn: Connection, by: By, row: Mapping[str, Any], request_id: int, decision: str, note: str | None
) -> Answered:
    _decide(conn, by, request_id, decision, note)
    _note(conn, row, f"{decision}_move", str(request_id), note=note)
    return Answered({"id": str(request_id), "station_id": str(row["id"]), "decision": decision, "note": note})


def _note(conn: Connection, row: Mapping[str, Any], action: str, subject: str, **detail: Any) -> None:
    organisation = _nearest(conn, row["id"])
    note_event(
        conn, action, organisation_id=organisation, subject=subject, station_id=str(row["id"]), **detail
    )


def _nearest(conn: Connection, station_id: int) -> int | None:
    """The organisation that a station belongs to."""
    row = conn.execute(
        "SELECT managing_organisation(organisation_id, district_code) FROM station WHERE id = %s",
        [station_id],
    ).fetchone()
    return None if row is None else row[0]


def _is_decided() -> Conflict:
    return Conflict(
        Words("已经处理过", "it has been decided already"),
        mend=Words("见 GET /v1/manage/review", "see GET /v1/manage/review for what still waits"),
    )


def _not_waiting(what: Words) -> NotFound:
    return NotFound(
        what,
        field="id",
        mend=Words("编号见 GET /v1/manage/review", "ids are in GET /v1/manage/review"),
    )
