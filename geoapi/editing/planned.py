"""Changes that wait for their day: entered now, in force from a day's beginning at the station.

Hours count ahead, and what settles them on holidays: questions about that day and later ones go by them from
the moment they are planned (`geoapi/schedule/sql/regimes.sql`). All else is as it is until the day comes.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.errors import DataError, InsufficientPrivilege, IntegrityError
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from geoapi.accounts.permissions import Act, Caller, Role, RoleAt
from geoapi.editing.fields import EDITABLE_COLUMNS, shown_fields
from geoapi.editing.hours_text import HOURS_COLUMNS
from geoapi.editing.station import locked_station
from geoapi.editing.transaction import By, changing, note_event
from geoapi.editing.write import write_columns
from geoapi.errors import Conflict, GeoapiError, InvalidInput, NotFound, Words
from geoapi.queries.catalog import Catalog
from geoapi.queries.planned import PLANNED

log = logging.getLogger(__name__)

MOST_DAYS_AHEAD: Final = 400
MOST_WAITING: Final = 50
"""Changes that may wait for one station."""


def planned_shape(row: Mapping[str, Any], catalog: Catalog) -> dict[str, Any]:
    """A row of `PLANNED` as answers show it. A lapsed one waits for somebody to cancel it or plan it anew."""
    return {
        "id": str(row["id"]),
        "effective_on": row["effective_on"].isoformat(),
        "changes": shown_fields(row["changes"], catalog),
        "reason": row["reason"],
        "planned_by": row["account_name"],
        "planned_at": row["created_at"],
        "state": "waiting" if row["lapsed_at"] is None else "lapsed",
    }


def plan_change(
    conn: Connection,
    by: By,
    row: Mapping[str, Any],
    effective_on: date,
    columns: Mapping[str, Any],
    reason: str | None,
) -> Mapping[str, Any]:
    """Let `columns` (as `columns_of` makes them) take effect at the start of a day at the station.

    `row` is the locked station. Of two changes of a field for the same day the later replaces the earlier.
    The new one's row of `PLANNED`, for `planned_shape`. Raises `InvalidInput` for a day that is not to come,
    for nothing to change and for a position, which has its own way to be approved; `Conflict` for a station
    that is retired, or has too many plans.
    """
    caller = by.caller
    assert caller is not None, "whoever may edit a station is signed in"
    _require_ahead(row, effective_on)
    _require_plannable(row, columns)
    if not columns.keys().isdisjoint(HOURS_COLUMNS):
        # hours are one thing: what is the same now may be otherwise by then
        columns = {**{name: row[name] for name in HOURS_COLUMNS}, **columns}
    _make_room(conn, by, row["id"], effective_on, list(columns))
    found = conn.execute(
        """INSERT INTO planned_change (station_id, effective_on, changes, reason, account_id)
           VALUES (%s, %s, %s, %s, %s) RETURNING id""",
        [row["id"], effective_on, Jsonb(dict(columns)), reason, caller.account_id],
    ).fetchone()
    assert found is not None
    note_event(
        conn,
        "plan_change",
        organisation_id=row["path"][0] if row["path"] else None,
        subject=f"station:{row['id']}",
        planned_id=found[0],
        effective_on=effective_on.isoformat(),
        columns=sorted(columns),
    )
    return next(one for one in waiting(conn, row["id"]) if one["id"] == found[0])


def waiting(conn: Connection, station_id: int) -> list[dict[str, Any]]:
    """What is planned for a station and not yet done, by day; rows of `PLANNED`."""
    with conn.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(PLANNED.format(station="%s").encode(), [station_id]).fetchall()


def known_until(conn: Connection, row: Mapping[str, Any], effective_on: date) -> dict[str, Any]:
    """The station's columns without those that a plan changes by the end of that day.

    What a change is compared with: winter hours from November may be followed by today's hours from March.
    """
    planned = {
        column
        for one in waiting(conn, row["id"])
        if one["effective_on"] <= effective_on and one["lapsed_at"] is None
        for column in one["changes"]
    }
    return {column: value for column, value in row.items() if column not in planned}


def _require_ahead(row: Mapping[str, Any], effective_on: date) -> None:
    today = datetime.now(UTC).astimezone(ZoneInfo(row["time_zone"])).date()
    if effective_on <= today:
        raise InvalidInput(
            Words("须是今天以后的日期", "must be a day after today"),
            field="effective_on",
            mend=Words("立即生效的修改不填此项", "leave it out for a change that takes effect at once"),
        )
    if effective_on > today + timedelta(days=MOST_DAYS_AHEAD):
        raise InvalidInput(
            Words(f"最多提前 {MOST_DAYS_AHEAD} 天", f"must be within {MOST_DAYS_AHEAD} days"),
            field="effective_on",
            mend=Words("请选更近的日期", "choose a nearer day"),
        )


def _require_plannable(row: Mapping[str, Any], columns: Mapping[str, Any]) -> None:
    _require_in_use(row)
    if "lon" in columns or "lat" in columns:
        raise InvalidInput(
            Words("位置不能预定", "a position cannot be planned ahead"),
            field="location",
            mend=Words("迁移当天再改位置", "change it on the day it moves"),
        )
    if not columns:
        raise InvalidInput(
            Words("没有要修改的内容", "nothing would change"),
            field="effective_on",
            mend=Words("写明当天起改成什么", "say what is to be different from that day on"),
        )
    assert columns.keys() <= EDITABLE_COLUMNS, "only what a manager may change can be planned"


def _require_in_use(row: Mapping[str, Any]) -> None:
    if row["retired_at"] is not None:
        raise Conflict(
            Words("站点已停用", "the station is retired"),
            mend=Words("请先恢复站点", "bring the station back first"),
        )


def _make_room(conn: Connection, by: By, station_id: int, effective_on: date, names: list[str]) -> None:
    """Take these columns out of what waits for the same day; what has nothing left is cancelled."""
    assert by.caller is not None
    conn.execute(
        """UPDATE planned_change AS p SET
             changes = CASE WHEN has.nothing_left THEN p.changes ELSE p.changes - %(names)s::text[] END,
             cancelled_at = CASE WHEN has.nothing_left THEN now() END,
             cancelled_by = CASE WHEN has.nothing_left THEN %(account)s::bigint END
           FROM (SELECT id, changes - %(names)s::text[] = '{}' AS nothing_left FROM planned_change) AS has
           WHERE p.id = has.id AND station_id = %(station)s AND effective_on = %(day)s
             AND changes ?| %(names)s::text[]
             AND applied_at IS NULL AND cancelled_at IS NULL AND lapsed_at IS NULL""",
        {"names": names, "account": by.caller.account_id, "station": station_id, "day": effective_on},
    )
    row = conn.execute(
        """SELECT count(*) FROM planned_change
           WHERE station_id = %s AND applied_at IS NULL AND cancelled_at IS NULL""",
        [station_id],
    ).fetchone()
    if row is not None and row[0] >= MOST_WAITING:
        raise Conflict(
            Words(f"已有 {MOST_WAITING} 项预定修改", f"{MOST_WAITING} changes wait already"),
            mend=Words("请先取消不再需要的", "cancel those that are no longer wanted"),
        )


def cancel(conn: Connection, by: By, row: Mapping[str, Any], planned_id: int) -> None:
    """Take back a change that waits, or lapsed. `row` is the locked station.

    Raises `NotFound` where the station has no such plan, `Conflict` where it is done or cancelled already.
    """
    assert by.caller is not None, "whoever may edit a station is signed in"
    found = conn.execute(
        """SELECT applied_at IS NULL AND cancelled_at IS NULL, effective_on
           FROM planned_change WHERE id = %s AND station_id = %s FOR UPDATE""",
        [planned_id, row["id"]],
    ).fetchone()
    if found is None:
        raise NotFound(
            Words("没有这项预定修改", "there is no such planned change"),
            field="planned_id",
            mend=Words("编号见该站点的 planned", "ids are in the station's `planned`"),
        )
    waits, effective_on = found
    if not waits:
        raise Conflict(
            Words("这项修改已生效或已取消", "it has taken effect, or is cancelled already"),
            mend=Words("已生效的可在历史中撤销", "what has taken effect can be reverted in the history"),
        )
    conn.execute(
        "UPDATE planned_change SET cancelled_at = now(), cancelled_by = %s WHERE id = %s",
        [by.caller.account_id, planned_id],
    )
    note_event(
        conn,
        "cancel_planned",
        organisation_id=row["path"][0] if row["path"] else None,
        subject=f"station:{row['id']}",
        planned_id=planned_id,
        effective_on=effective_on.isoformat(),
    )


class Due(NamedTuple):
    """How many planned changes took effect, and how many could not."""

    applied: int
    lapsed: int


_DUE: Final = """
SELECT p.id
FROM planned_change AS p
JOIN station AS s ON s.id = p.station_id
WHERE p.applied_at IS NULL AND p.cancelled_at IS NULL AND p.lapsed_at IS NULL
  AND p.effective_on <= (%(now)s::timestamptz AT TIME ZONE s.time_zone)::date
  -- no clock is further ahead: what the index is for
  AND p.effective_on <= (%(now)s::timestamptz AT TIME ZONE 'UTC' + interval '14 hours')::date
ORDER BY p.effective_on, p.id
"""

_WAITING: Final = """
SELECT p.station_id, p.changes, p.reason, a.id AS account_id, a.login, a.name, a.disabled_at,
  coalesce((SELECT jsonb_agg(jsonb_build_array(r.role, r.organisation_id) ORDER BY r.id)
            FROM account_role AS r WHERE r.account_id = a.id), '[]') AS roles
FROM planned_change AS p
JOIN account AS a ON a.id = p.account_id
WHERE p.id = %s AND p.applied_at IS NULL AND p.cancelled_at IS NULL AND p.lapsed_at IS NULL
"""


def apply_due(conn: Connection, *, horizon_days: int, now: datetime | None = None) -> Due:
    """Let every planned change whose day has come take effect, each in a transaction of its own, as whoever
    planned it: what they may no longer do lapses, and waits for somebody who may.

    Several processes may do so at once: each change takes effect once. `conn` is in no transaction.
    """
    due = [id_ for (id_,) in conn.execute(_DUE, {"now": now or datetime.now(UTC)})]
    conn.commit()
    applied = lapsed = 0
    for planned_id in due:
        try:
            with conn.transaction():
                applied += _apply(conn, planned_id, horizon_days)
        except (GeoapiError, InsufficientPrivilege, IntegrityError, DataError) as error:
            log.warning("planned change %s cannot take effect: %s", planned_id, type(error).__name__)
            with conn.transaction():
                lapsed += _lapse(conn, planned_id, horizon_days)
    return Due(applied, lapsed)


def _apply(conn: Connection, planned_id: int, horizon_days: int) -> bool:
    """Whether it took effect now: another process may have been first, or somebody cancelled it."""
    with conn.cursor(row_factory=dict_row) as cursor:
        planned = cursor.execute(_WAITING, [planned_id]).fetchone()
    if planned is None:
        return False
    roles = () if planned["disabled_at"] else tuple(RoleAt(Role(role), at) for role, at in planned["roles"])
    author = Caller(planned["account_id"], planned["login"], planned["name"], roles, session_id=0)
    with changing(conn, By(author), "planned", reason=planned["reason"], horizon_days=horizon_days):
        # the station first, as everybody who changes one does; then nobody else has its plans in hand
        row = locked_station(conn, By(author), planned["station_id"], Act.EDIT_STATION)
        found = conn.execute(
            """SELECT changes FROM planned_change
               WHERE id = %s AND applied_at IS NULL AND cancelled_at IS NULL AND lapsed_at IS NULL
               FOR UPDATE SKIP LOCKED""",
            [planned_id],
        ).fetchone()
        if found is None:
            return False
        _require_in_use(row)
        written = write_columns(conn, row, found[0])
        # what was so already made no revision
        version = written["version"] if written["version"] != row["version"] else None
        conn.execute(
            "UPDATE planned_change SET applied_at = now(), applied_version = %s WHERE id = %s",
            [version, planned_id],
        )
    return True


def _lapse(conn: Connection, planned_id: int, horizon_days: int) -> bool:
    """Set it aside, by the service itself: whether that was still to do."""
    nobody = By()
    with changing(conn, nobody, "planned", horizon_days=horizon_days):
        found = conn.execute(
            """UPDATE planned_change SET lapsed_at = now()
               WHERE id = %s AND applied_at IS NULL AND cancelled_at IS NULL AND lapsed_at IS NULL
               RETURNING station_id""",
            [planned_id],
        ).fetchone()
        if found is None:
            return False
        organisation = conn.execute(
            "SELECT managing_organisation(organisation_id, district_code) FROM station WHERE id = %s", found
        ).fetchone()
        note_event(
            conn,
            "planned_lapsed",
            organisation_id=organisation[0] if organisation else None,
            subject=f"station:{found[0]}",
            planned_id=planned_id,
        )
    return True
