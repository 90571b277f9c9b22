"""What administrators do to stations: make, retire, bring back, move, and give to another organisation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from psycopg import Connection, sql
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, may, not_allowed, require
from geoapi.db.similar_names import ALIKE, likeness
from geoapi.editing.details import require_in_use
from geoapi.editing.fields import columns_of
from geoapi.editing.managed import Showing, managed_body, version_header
from geoapi.editing.moves import check_move, may_move_into, withdraw_open
from geoapi.editing.place import district_around, is_of_zone, path_at, require_inside
from geoapi.editing.transaction import Answered, By
from geoapi.editing.vocabulary import catalog_of
from geoapi.editing.write import searched_by, stored, write_columns
from geoapi.errors import Conflict, InvalidInput, Words
from geoapi.settings import EditingSettings

SOURCE: Final = "manual"
"""The source of a station that somebody entered by hand: no import knows it."""

NEAR_M: Final = 50.0
"""Two stations nearer than this with nearly one name may be one."""

_NEAR = """
SELECT s.id, s.name_zh, s.retired_at, ST_Distance(s.geog, p.geog) AS distance_m
FROM station AS s
CROSS JOIN (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4326)::geography AS geog) AS p
WHERE s.kind_id = %(kind)s AND s.retired_at IS NULL AND ST_DWithin(s.geog, p.geog, %(near_m)s)
ORDER BY distance_m, s.id
LIMIT 200
"""


@dataclass(frozen=True)
class NewStation:
    """A station to be: `changes` are its fields as `fields.columns_of` takes them, name and location among
    them. Without an organisation it is its district's. `force`: although there may be one already."""

    kind: str
    changes: Mapping[str, Any]
    organisation_id: int | None = None
    force: bool = False


def create(
    conn: Connection, by: By, new: NewStation, settings: EditingSettings, showing: Showing
) -> Answered:
    """Make the station. Raises `NotAllowed` beyond the caller's reach, `InvalidPoint` outside every district,
    `UnknownCode` and the like for its fields, and `Conflict` where one of this name is there already."""
    if by.caller is None or not by.caller.organisations(Act.ADMINISTER_STATION):
        raise not_allowed()
    catalog = catalog_of(conn)
    columns: dict[str, Any] = {
        **columns_of(new.changes, {}, catalog),
        "kind_id": catalog.kind_ids([new.kind])[0],
        "organisation_id": new.organisation_id,
        "source": SOURCE,
    }
    _require_organisation(conn, new.organisation_id)
    columns["district_code"] = require_inside(district_around(conn, columns["lon"], columns["lat"]))
    path = path_at(conn, new.organisation_id, columns["district_code"])
    require(by.caller, Act.ADMINISTER_STATION, path)
    # an organisation of one's own is no way into another's district; but a zone's area is not on record
    if not is_of_zone(conn, path):
        require(by.caller, Act.ADMINISTER_STATION, path_at(conn, None, columns["district_code"]))
    if not new.force:
        _require_no_other(conn, columns)
    searched = {"name_en": None, "host_name": None, "address": None, **columns}
    columns["search"] = searched_by(conn, searched)
    row = conn.execute(
        sql.SQL("INSERT INTO station ({}) VALUES ({}) RETURNING id").format(
            sql.SQL(", ").join(map(sql.Identifier, columns)),
            sql.SQL(", ").join(map(sql.Placeholder, columns)),
        ),
        {column: stored(column, value) for column, value in columns.items()},
    ).fetchone()
    assert row is not None
    answered = _shown(conn, row[0], settings, showing)
    return replace(answered, status=201, headers={**answered.headers, "Location": f"/v1/stations/{row[0]}"})


def retire(conn: Connection, row: Mapping[str, Any], settings: EditingSettings, showing: Showing) -> Answered:
    """Take the locked station out of use, closed from now on. Raises `Conflict` where it is already."""
    require_in_use(row)
    write_columns(conn, row, {"retired_at": _now(conn)})
    return _shown(conn, row["id"], settings, showing)


def restore(
    conn: Connection, row: Mapping[str, Any], settings: EditingSettings, showing: Showing
) -> Answered:
    """Bring the locked station back into use. Raises `Conflict` where it is in use."""
    if row["retired_at"] is None:
        raise Conflict(
            Words("站点没有停用", "the station is not retired"),
            mend=Words("无需恢复", "there is nothing to bring back"),
        )
    write_columns(conn, row, {"retired_at": None})
    return _shown(conn, row["id"], settings, showing)


def move(
    conn: Connection,
    by: By,
    row: Mapping[str, Any],
    location: Mapping[str, Any],
    settings: EditingSettings,
    showing: Showing,
) -> Answered:
    """Move the locked station, however far. A move that waited for approval is withdrawn.

    Raises `InvalidPoint` outside every district, `NotAllowed` into a district beyond the caller's reach.
    """
    require_in_use(row)
    columns = columns_of({"location": location}, row, catalog_of(conn))
    lon, lat = (columns.get(axis, row[axis]) for axis in ("lon", "lat"))
    there = check_move(conn, row, lon, lat, limit_m=settings.move_limit_m)
    if not may_move_into(conn, by, row, there.district_code):
        raise not_allowed()
    withdraw_open(conn, by, row["id"], Words("管理员已直接迁移", "an administrator moved it"))
    write_columns(conn, row, columns)
    return _shown(conn, row["id"], settings, showing)


def reassign(
    conn: Connection,
    by: By,
    row: Mapping[str, Any],
    organisation_id: int | None,
    settings: EditingSettings,
    showing: Showing,
) -> Answered:
    """Give the locked station to another organisation; None: to its district's. Raises `InvalidInput` for one
    that there is not, `NotAllowed` for one beyond the caller's reach."""
    _require_organisation(conn, organisation_id)
    if not may(by.caller, Act.ADMINISTER_STATION, path_at(conn, organisation_id, row["district_code"])):
        raise not_allowed()
    write_columns(conn, row, {"organisation_id": organisation_id})
    return _shown(conn, row["id"], settings, showing)


def _shown(conn: Connection, station_id: int, settings: EditingSettings, showing: Showing) -> Answered:
    body = managed_body(conn, station_id, showing, unverified_days=settings.unverified_days)
    return Answered(body, headers=version_header(body))


def _now(conn: Connection) -> datetime:
    row = conn.execute("SELECT now()").fetchone()
    assert row is not None
    moment: datetime = row[0]
    return moment


def _require_organisation(conn: Connection, organisation_id: int | None) -> None:
    if organisation_id is None:
        return
    if conn.execute("SELECT FROM organisation WHERE id = %s", [organisation_id]).fetchone() is None:
        raise InvalidInput(
            Words("没有这个组织", "there is no such organisation"),
            field="organisation_id",
            mend=Words("编号见 GET /v1/manage/organisations", "ids are in GET /v1/manage/organisations"),
        )


def _require_no_other(conn: Connection, columns: Mapping[str, Any]) -> None:
    with conn.cursor(row_factory=dict_row) as cursor:
        near = cursor.execute(
            _NEAR,
            {"lon": columns["lon"], "lat": columns["lat"], "kind": columns["kind_id"], "near_m": NEAR_M},
        ).fetchall()
    alike = [
        {
            "id": str(one["id"]),
            "name": one["name_zh"],
            "distance_m": round(one["distance_m"], 1),
            "similarity": round(score, 1),
        }
        for one in near
        if (score := likeness(columns["name_zh"], one["name_zh"])) >= ALIKE
    ]
    if alike:
        raise Conflict(
            Words(
                f"{NEAR_M:g} 米内已有名称相近的站点：{alike[0]['name']}",
                f"a station of nearly this name is within {NEAR_M:g} m: {alike[0]['name']}",
            ),
            field="name",
            mend=Words(
                '修改已有的站点；确是另一处时用 "force": true',
                'change that one; if this is another, send "force": true',
            ),
            near_duplicates=alike,
        )
