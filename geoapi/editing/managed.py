"""A station as its managers see it: the one body that the managers' read and every edit answer with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller, require
from geoapi.db.engine import Database
from geoapi.editing.fields import DEGREE_DIGITS, week_of
from geoapi.editing.moves import DECIDED_MOVE, PENDING_MOVE, pending_move_shape
from geoapi.editing.planned import planned_shape
from geoapi.editing.station import no_such_station
from geoapi.editing.vocabulary import catalog_of
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.queries.catalog import Catalog
from geoapi.queries.managed import ATTENTION_OF, attention_values
from geoapi.queries.planned import PLANNED

Lang = Literal["zh", "en"]


@dataclass(frozen=True)
class Showing:
    """How a station is shown: positions in which datum, names in which language."""

    crs: Datum = Datum.WGS84
    lang: Lang = "zh"


STANDARD: Final = Showing()

_STATION = f"""
SELECT s.*, organisation_path(managing_organisation(s.organisation_id, s.district_code)) AS path,
  d.name_zh AS district_zh, d.name_en AS district_en,
  h.code AS host_code, h.name_zh AS host_zh, h.name_en AS host_en, h.holiday_policy AS host_policy,
  o.id AS managing_id, o.code AS organisation_code, o.name_zh AS organisation_zh,
  o.name_en AS organisation_en,
  (SELECT r.actor FROM revision AS r WHERE r.station_id = s.id ORDER BY r.version DESC LIMIT 1) AS updated_by,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', u.id, 'amenity_id', u.amenity_id, 'since', lower(u.during),
      'until', upper(u.during), 'note', u.note) ORDER BY u.id)
    FROM amenity_outage AS u
    WHERE u.station_id = s.id AND (upper_inf(u.during) OR upper(u.during) > now())
  ), '[]') AS outages,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('id', x.id, 'starts_at', lower(x.during), 'ends_at', upper(x.during),
      'state', x.state, 'note', x.note_zh, 'note_en', x.note_en) ORDER BY lower(x.during), x.id)
    FROM hours_exception AS x
    WHERE x.station_id = s.id AND upper(x.during) > now()
  ), '[]') AS exceptions,
  coalesce((SELECT jsonb_agg(to_jsonb(p) ORDER BY p.effective_on, p.id)
            FROM ({PLANNED.format(station="s.id")}) AS p), '[]') AS planned,
  (SELECT to_jsonb(m) FROM ({PENDING_MOVE % "s.id"}) AS m) AS pending_move,
  (SELECT to_jsonb(m) FROM ({DECIDED_MOVE % "s.id"}) AS m) AS decided_move,
  coalesce((
    SELECT jsonb_agg(jsonb_build_object('kind', g.kind, 'amenity_id', g.amenity_id, 'reports', g.reports,
      'reporters', g.reporters, 'latest_at', g.latest) ORDER BY g.latest DESC)
    FROM (
      SELECT r.kind, r.amenity_id, count(*) AS reports, count(DISTINCT r.reporter) AS reporters,
        max(r.created_at) AS latest
      FROM station_report AS r
      WHERE r.station_id = s.id AND r.resolved_at IS NULL
      GROUP BY r.kind, r.amenity_id
    ) AS g
  ), '[]') AS reports,
  {ATTENTION_OF} AS attention
FROM station AS s
LEFT JOIN district AS d ON d.code = s.district_code
LEFT JOIN host AS h ON h.id = s.host_id
LEFT JOIN organisation AS o ON o.id = managing_organisation(s.organisation_id, s.district_code)
WHERE s.id = %(station)s
"""  # noqa: S608 - fixed parts of our own


async def get_managed(
    database: Database, caller: Caller, station_id: int, *, unverified_days: int
) -> Mapping[str, Any]:
    """The station's row for `managed_shape`. Raises `NotFound`, and `NotAllowed` where it is another's."""
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_STATION.encode(), _values(station_id, unverified_days))
        row = await cursor.fetchone()
    if row is None:
        raise no_such_station()
    require(caller, Act.SEE_STATIONS, row["path"])
    return row


def managed_body(
    conn: Connection, station_id: int, showing: Showing = STANDARD, *, unverified_days: int
) -> dict[str, Any]:
    """The station as it is now in this transaction, which has locked it or made it."""
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_STATION.encode(), _values(station_id, unverified_days)).fetchone()
    if row is None:
        raise no_such_station()
    return managed_shape(row, catalog_of(conn), showing)


def _values(station_id: int, unverified_days: int) -> dict[str, Any]:
    return {"station": station_id, **attention_values(unverified_days)}


def managed_shape(row: Mapping[str, Any], catalog: Catalog, showing: Showing = STANDARD) -> dict[str, Any]:
    """The body that managers are answered with, from a row of `get_managed`."""
    zone = ZoneInfo(row["time_zone"])
    host = None
    if row["host_code"] is not None:
        host = {"code": row["host_code"], "name": _named(row, "host_", showing.lang)}
    return {
        "id": str(row["id"]),
        "version": row["version"],
        "kind": catalog.kind_by_id[row["kind_id"]].code,
        "name": row["name_zh"],
        "name_en": row["name_en"],
        "address": row["address"],
        "location": location_shape(row["lon"], row["lat"], showing.crs),
        "district": _area(row, showing.lang),
        "organisation": _organisation(row, showing.lang),
        "host": host,
        "host_name": row["host_name"],
        "phone": row["phone"],
        "description": row["description"],
        "amenities": [catalog.amenity_by_id[id_].code for id_ in row["amenity_ids"]],
        "out_of_order": [_outage(one, catalog, zone) for one in row["outages"]],
        "access": row["access_notes"],
        "hours": {
            "text": row["hours_text"],
            "osm": row["hours_osm"],
            "certainty": row["hours_certainty"],
            "unread": row["hours_unread"],
            "week": week_of(row["hours_rules"]),
            "holiday_policy": row["holiday_policy"] or row["host_policy"],
        },
        "holiday_policy": row["holiday_policy"],
        "time_zone": row["time_zone"],
        "calendar": row["calendar"],
        "verified_at": _local(row["verified_at"], zone),
        "closures": [_exception(one, zone) for one in row["exceptions"]],
        "planned": [
            planned_shape(
                {
                    **one,
                    "effective_on": date.fromisoformat(one["effective_on"]),
                    "created_at": _local(one["created_at"], zone),
                },
                catalog,
            )
            for one in row["planned"]
        ],
        "pending_move": _pending_move(row["pending_move"], showing.crs, zone),
        "last_move": _decided_move(row["decided_move"], zone),
        "open_reports": [_reports(one, catalog, zone) for one in row["reports"]],
        "attention": row["attention"],
        "source": row["source"],
        "retired_at": _local(row["retired_at"], zone),
        "created_at": _local(row["created_at"], zone),
        "updated_at": _local(row["updated_at"], zone),
        "updated_by": row["updated_by"],
    }


def _named(row: Mapping[str, Any], prefix: str, lang: Lang) -> str:
    english: str | None = row[f"{prefix}en"]
    chinese: str = row[f"{prefix}zh"]
    return english if lang == "en" and english else chinese


def _area(row: Mapping[str, Any], lang: Lang) -> dict[str, str] | None:
    if row["district_code"] is None:
        return None
    return {"code": row["district_code"], "name": _named(row, "district_", lang)}


def _organisation(row: Mapping[str, Any], lang: Lang) -> dict[str, Any] | None:
    """Whose station it is; not `own`: its district's, having no organisation of its own."""
    if row["managing_id"] is None:
        return None
    return {
        "id": str(row["managing_id"]),
        "code": row["organisation_code"],
        "name": _named(row, "organisation_", lang),
        "own": row["organisation_id"] is not None,
        "path": [str(one) for one in row["path"]],
    }


def location_shape(lon: float, lat: float, crs: Datum) -> dict[str, Any]:
    """A WGS-84 position as answers have it, in the datum that was asked in."""
    lon, lat = point_from_wgs84(lon, lat, crs)
    return {"lon": round(lon, DEGREE_DIGITS), "lat": round(lat, DEGREE_DIGITS), "crs": crs.value}


def _pending_move(row: Mapping[str, Any] | None, crs: Datum, zone: ZoneInfo) -> dict[str, Any] | None:
    if row is None:
        return None
    shape = pending_move_shape({**row, "created_at": _local(row["created_at"], zone)})
    return {**shape, "location": location_shape(row["lon"], row["lat"], crs)}


def _decided_move(row: Mapping[str, Any] | None, zone: ZoneInfo) -> dict[str, Any] | None:
    if row is None:
        return None
    return {
        "id": str(row["id"]),
        "decision": row["decision"],
        "note": row["decision_note"],
        "decided_by": row["decided_by"],
        "decided_at": _local(row["decided_at"], zone),
        "distance_m": round(row["distance_m"], 1),
        "reason": row["reason"],
    }


def _outage(one: Mapping[str, Any], catalog: Catalog, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "outage_id": str(one["id"]),
        "amenity": catalog.amenity_by_id[one["amenity_id"]].code,
        "since": _local(one["since"], zone),
        "until": _local(one["until"], zone),
        "note": one["note"],
    }


def _exception(one: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    return {
        "id": str(one["id"]),
        "starts_at": _local(one["starts_at"], zone),
        "ends_at": _local(one["ends_at"], zone),
        "state": one["state"],
        "note": one["note"],
        "note_en": one["note_en"],
    }


def _reports(one: Mapping[str, Any], catalog: Catalog, zone: ZoneInfo) -> dict[str, Any]:
    amenity = one["amenity_id"]
    return {
        "kind": one["kind"],
        "amenity": None if amenity is None else catalog.amenity_by_id[amenity].code,
        "reports": one["reports"],
        "reporters": one["reporters"],
        "latest_at": _local(one["latest_at"], zone),
    }


def _local(moment: datetime | str | None, zone: ZoneInfo) -> datetime | None:
    """A time as the clocks at the station show it; JSON from the database has times as text."""
    if isinstance(moment, str):
        moment = datetime.fromisoformat(moment)
    return moment.astimezone(zone) if moment is not None else None


def version_header(body: Mapping[str, Any]) -> dict[str, str]:
    """The version of a managed body as the header that the next change is made of."""
    return {"ETag": f'"{body["version"]}"'}
