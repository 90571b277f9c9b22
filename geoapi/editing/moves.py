"""Moving a station: how far is far, and moves that wait for an administrator.

A manager corrects where the entrance is; that a station is somewhere else altogether, or in another
district, an administrator has to see. So do many small corrections that come to a far one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, may
from geoapi.editing.place import district_around, is_same_district, path_at, require_inside
from geoapi.editing.transaction import By
from geoapi.errors import Words

REMEMBERED_DAYS = 30
"""Small moves within so many days count together."""

_DISTANCE = """
SELECT ST_Distance(
  ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography, ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography)
"""

# by accounts that are no administrators of it; newest first, until one that was somebody else's
_SMALL_MOVES = """
SELECT r.before ->> 'lon', r.before ->> 'lat',
  r.account_id IS NOT NULL
    AND r.action NOT IN ('create', 'move', 'approve_move', 'import', 'resolve_conflict')
    AND NOT account_has(r.account_id, managing_organisation(%(organisation)s, %(district)s),
      '{district_admin,city_admin}')
FROM revision AS r
WHERE r.station_id = %(id)s AND r.at > now() - make_interval(days => %(days)s)
  AND (r.before ? 'lon' OR r.before ? 'lat')
ORDER BY r.version DESC
"""


@dataclass(frozen=True)
class Move:
    """A station's way to a WGS-84 point: how far, into which district; and why it is far, where it is."""

    lon: float
    lat: float
    district_code: str | None
    distance_m: float
    far: Words | None


def check_move(conn: Connection, row: Mapping[str, Any], lon: float, lat: float, *, limit_m: float) -> Move:
    """What moving the station (its locked row) there would be. `InvalidPoint` outside all districts."""
    district = district_around(conn, lon, lat)
    if row["district_code"] is not None:
        require_inside(district)
    metres = _distance_m(conn, row["lon"], row["lat"], lon, lat)
    far = None
    if not is_same_district(conn, row["district_code"], district):
        far = Words("迁到另一个区", "it would lie in another district")
    elif metres > limit_m:
        far = Words(f"一次迁移超过 {limit_m:g} 米", f"it is farther than {limit_m:g} m")
    elif metres and _distance_m(conn, *_last_approved(conn, row), lon, lat) > limit_m:
        far = Words(
            f"{REMEMBERED_DAYS} 天内累计迁移超过 {limit_m:g} 米",
            f"with other moves of the last {REMEMBERED_DAYS} days it is farther than {limit_m:g} m",
        )
    return Move(lon, lat, district, metres, far)


def is_far(
    conn: Connection, by: By, row: Mapping[str, Any], lon: float, lat: float, *, limit_m: float
) -> bool:
    """Whether the caller has to ask for this move (`request_move`) in place of making it.

    An administrator of the station asks nobody, unless it would leave what they administer. Raises
    `InvalidPoint` outside every district.
    """
    move = check_move(conn, row, lon, lat, limit_m=limit_m)
    if not may(by.caller, Act.ADMINISTER_STATION, row["path"]):
        return move.far is not None
    return not may_move_into(conn, by, row, move.district_code)


def may_move_into(conn: Connection, by: By, row: Mapping[str, Any], district_code: str | None) -> bool:
    """Whether the caller administers the district around the new point too."""
    if is_same_district(conn, row["district_code"], district_code):
        return True
    return may(by.caller, Act.ADMINISTER_STATION, path_at(conn, None, district_code))


def request_move(
    conn: Connection, by: By, row: Mapping[str, Any], lon: float, lat: float, reason: str | None
) -> dict[str, Any]:
    """Put the move into the queue of those who may approve it, and return it as answers show it.

    One waits for a station at a time: an earlier one counts as withdrawn.
    """
    caller = by.caller
    assert caller is not None, "whoever may edit a station is signed in"
    withdraw_open(conn, by, row["id"], Words("已由新的申请取代", "replaced by a newer request"))
    found = conn.execute(
        """INSERT INTO move_request
             (station_id, lon, lat, district_code, distance_m, from_lon, from_lat, reason, account_id)
           VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id""",
        [
            row["id"], lon, lat, district_around(conn, lon, lat),
            _distance_m(conn, row["lon"], row["lat"], lon, lat), row["lon"], row["lat"], reason,
            caller.account_id,
        ],
    ).fetchone()  # fmt: skip
    assert found is not None
    shown = pending_move(conn, row["id"])
    assert shown is not None
    return shown


def withdraw_open(conn: Connection, by: By, station_id: int, note: Words) -> None:
    """Withdraw the move that waits for a decision, if one does."""
    conn.execute(
        """UPDATE move_request
           SET decided_at = now(), decided_by = %s, decision = 'withdrawn', decision_note = %s
           WHERE station_id = %s AND decided_at IS NULL""",
        [by.caller.account_id if by.caller else None, f"{note.zh} · {note.en}", station_id],
    )


def pending_move(conn: Connection, station_id: int) -> dict[str, Any] | None:
    """The move of a station that waits for a decision, its point in WGS-84; None where none does."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(PENDING_MOVE, [station_id]).fetchone()
    return None if row is None else pending_move_shape(row)


PENDING_MOVE = """
SELECT m.id, m.lon, m.lat, m.distance_m, m.reason, m.created_at, m.district_code,
  d.name_zh AS district_name, a.name AS account_name
FROM move_request AS m
JOIN account AS a ON a.id = m.account_id
LEFT JOIN district AS d ON d.code = m.district_code
WHERE m.station_id = %s AND m.decided_at IS NULL
"""
"""The move of a station that waits, for `pending_move_shape`."""


DECIDED_MOVE = """
SELECT m.id, m.distance_m, m.reason, m.decision, m.decision_note, m.decided_at, a.name AS decided_by
FROM move_request AS m
LEFT JOIN account AS a ON a.id = m.decided_by
WHERE m.station_id = %s AND m.decided_at > now() - interval '90 days'
ORDER BY m.decided_at DESC, m.id DESC
LIMIT 1
"""
"""What became of the move of a station that was asked for last: whoever asked wants to know, and why."""


def pending_move_shape(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row of `PENDING_MOVE` as answers show it, its point in WGS-84."""
    district = None
    if row["district_code"] is not None:
        district = {"code": row["district_code"], "name": row["district_name"]}
    return {
        "id": str(row["id"]),
        "location": {"lon": round(row["lon"], 7), "lat": round(row["lat"], 7), "crs": "wgs84"},
        "district": district,
        "distance_m": round(row["distance_m"], 1),
        "reason": row["reason"],
        "asked_by": row["account_name"],
        "asked_at": row["created_at"],
    }


def _last_approved(conn: Connection, row: Mapping[str, Any]) -> tuple[float, float]:
    """Where the station was put last by an administrator or an import, or was a while ago."""
    lon, lat = row["lon"], row["lat"]
    for was_lon, was_lat, is_small in conn.execute(
        _SMALL_MOVES,
        {
            "id": row["id"],
            "days": REMEMBERED_DAYS,
            "organisation": row["organisation_id"],
            "district": row["district_code"],
        },
    ):
        if not is_small:
            break
        lon = float(was_lon) if was_lon is not None else lon
        lat = float(was_lat) if was_lat is not None else lat
    return lon, lat


def _distance_m(conn: Connection, lon: float, lat: float, to_lon: float, to_lat: float) -> float:
    row = conn.execute(_DISTANCE, [lon, lat, to_lon, to_lat]).fetchone()
    assert row is not None
    return float(row[0])
