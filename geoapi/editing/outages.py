"""Amenities out of order, and working again.

An outage with an expected repair ends by itself then, as all that is dated does: plans for the days after
count on it. Nobody has seen it work, though, so until somebody says so or confirms the station its managers
are asked (`outage_overdue` in `geoapi.queries.managed`). Without one it lasts until somebody ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.range import TimestamptzRange

from geoapi.editing.dated import local, midnight_after, station_version, this_minute
from geoapi.editing.transaction import Answered
from geoapi.editing.vocabulary import catalog_of
from geoapi.errors import Conflict, InvalidInput, Words

MOST_DAYS: Final = 400


def break_down(
    conn: Connection,
    row: Mapping[str, Any],
    code: str,
    until: datetime | date | None,
    note: str | None,
) -> Answered:
    """Put on record that an amenity of the locked station is out of order: 201; or, where it is so already,
    when its repair is expected now: 200.

    A day means the end of it by the station's clocks. No note leaves the one that there is. Raises
    `UnknownCode`, `InvalidInput` for an amenity that the station has not, or an expected repair that is over
    or too far ahead.
    """
    amenity_id = _amenity_of(conn, row, code)
    ends = _expected(row, until)
    open_ = _open(conn, row["id"], amenity_id)
    if open_ is None:
        statement = """INSERT INTO amenity_outage (during, note, station_id, amenity_id)
                       VALUES (%s, %s, %s, %s) RETURNING *"""
        values: list[Any] = [TimestamptzRange(this_minute(), ends), note, row["id"], amenity_id]
    else:
        statement = (
            "UPDATE amenity_outage SET during = %s, note = coalesce(%s, note) WHERE id = %s RETURNING *"
        )
        values = [TimestamptzRange(open_["during"].lower, ends), note, open_["id"]]
    with conn.cursor(row_factory=dict_row) as cursor:
        kept = cursor.execute(statement.encode(), values).fetchone()
    assert kept is not None
    return Answered(_shape(conn, kept, row, code), 201 if open_ is None else 200)


def repair(conn: Connection, row: Mapping[str, Any], code: str) -> Answered:
    """Put on record that an amenity of the locked station works again: 200 and the outage that is over.

    Of an amenity that was taken out since, too: its outage would be in force again with it. Raises
    `UnknownCode`, `InvalidInput`; `Conflict` where it is not out of order.
    """
    (amenity_id,) = catalog_of(conn).amenity_ids([code])
    open_ = _open(conn, row["id"], amenity_id)
    if open_ is None:
        _amenity_of(conn, row, code)
        raise Conflict(
            Words("该设施没有登记故障", "it is not out of order"),
            mend=Words("无须再做什么", "there is nothing to end"),
        )
    now = this_minute()
    last = None
    # one at a time by these routes; SQL may have entered several
    while open_ is not None:
        last = {**open_, "during": TimestamptzRange(open_["during"].lower, now)}
        if open_["during"].lower is not None and open_["during"].lower >= now:
            conn.execute("DELETE FROM amenity_outage WHERE id = %s", [open_["id"]])
        else:
            conn.execute("UPDATE amenity_outage SET during = %s WHERE id = %s", [last["during"], open_["id"]])
        open_ = _open(conn, row["id"], amenity_id)
    assert last is not None
    return Answered(_shape(conn, last, row, code))


def _amenity_of(conn: Connection, row: Mapping[str, Any], code: str) -> int:
    (amenity_id,) = catalog_of(conn).amenity_ids([code])
    if amenity_id not in row["amenity_ids"]:
        raise InvalidInput(
            Words("该站点没有这项设施", "the station has no such amenity"),
            field="code",
            mend=Words("站点的设施见 amenities", "its amenities are in `amenities`"),
        )
    return amenity_id


def _expected(row: Mapping[str, Any], until: datetime | date | None) -> datetime | None:
    if until is None:
        return None
    ends = until.astimezone(UTC) if isinstance(until, datetime) else midnight_after(row, until)
    now = datetime.now(UTC)
    if ends <= now:
        raise InvalidInput(
            Words("预计修复时间已过去", "the expected repair is in the past"),
            field="until",
            mend=Words("给一个将来的日期，或不填", "give a day to come, or none"),
        )
    if ends > now + timedelta(days=MOST_DAYS):
        raise InvalidInput(
            Words(f"最远 {MOST_DAYS} 天以后", f"must be within {MOST_DAYS} days"),
            field="until",
            mend=Words("更久的请从设施中去掉", "for longer, take it out of the amenities"),
        )
    return ends


def _open(conn: Connection, station_id: int, amenity_id: int) -> Mapping[str, Any] | None:
    """The outage that is in force or to come."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(
            """SELECT * FROM amenity_outage
               WHERE station_id = %s AND amenity_id = %s AND (upper_inf(during) OR upper(during) > %s)
               ORDER BY id DESC LIMIT 1""",
            [station_id, amenity_id, this_minute()],
        ).fetchone()


def _shape(conn: Connection, outage: Mapping[str, Any], row: Mapping[str, Any], code: str) -> dict[str, Any]:
    return {
        "id": str(outage["id"]),
        "amenity": code,
        "since": local(outage["during"].lower, row),
        "until": local(outage["during"].upper, row),
        "note": outage["note"],
        "station_version": station_version(conn, row["id"]),
    }
