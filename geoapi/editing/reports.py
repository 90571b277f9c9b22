"""Workers' reports: what somebody found at a station, without an account; and managers settling them.

A report changes no data of its station. Neither a position nor an address is kept: `reporter` is a keyed
digest of the address, so that several people can be told from one who reports several times.
`docs/reports.md` says what that protects from and what not.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from typing import Any, Final, Literal, NamedTuple

from psycopg import Connection
from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, may, require
from geoapi.editing.station import no_such_station
from geoapi.editing.transaction import Answered, By, note_event
from geoapi.editing.vocabulary import catalog_of
from geoapi.errors import Conflict, InvalidInput, NotAllowed, NotFound, TooManyTries, Words
from geoapi.queries.catalog import Catalog

ReportKind = Literal["closed", "amenity", "gone", "other"]
Resolution = Literal["corrected", "not_so", "duplicate"]

REPORTER_BYTES: Final = 16
DAY_S: Final = 86_400
THANKS: Final = Words("谢谢，已转告站点管理员。", "Thank you. The station's managers will see it.")
THANKS_AGAIN: Final = Words("谢谢，您已反映过，管理员会看到。", "Thank you. You told us already.")


class _Limit(NamedTuple):
    """So many at once, and one more each so many seconds."""

    at_once: int
    each_s: float


# the same by the same: once a day
ONCE_A_DAY: Final = _Limit(1, DAY_S)
OF_REPORTER: Final = _Limit(10, 600)
OF_STATION: Final = _Limit(30, 120)


@dataclass(frozen=True)
class Report:
    """What somebody says of a station; `amenity` is the code of what does not work."""

    kind: ReportKind
    amenity: str | None = None
    note: str | None = None


def report(conn: Connection, station_id: int, said: Report, address: str | None) -> Answered:
    """Keep what somebody at `address` says of a station: 201, or 200 where they said so within a day.

    Raises `NotFound`, `Conflict` for a retired station, `InvalidInput` for an amenity that it has not,
    `TooManyTries`.
    """
    station = conn.execute(
        "SELECT retired_at IS NOT NULL, amenity_ids FROM station WHERE id = %s", [station_id]
    ).fetchone()
    if station is None:
        raise no_such_station()
    retired, amenity_ids = station
    if retired:
        raise Conflict(
            Words("这个站点已停用", "the station is retired already"),
            field="id",
            mend=Words("不必再反映", "there is nothing left to report"),
        )
    amenity_id = _amenity_of(said, catalog_of(conn), amenity_ids)
    reporter = reporter_of(_secret(conn), address)
    same = f"{station_id} {said.kind} {amenity_id or ''}".encode()
    # a repeat waits here for the first, if that is under way, and costs nothing
    if _take(conn, b"same report", reporter + same, ONCE_A_DAY):
        return Answered(_thanks(_open_one(conn, station_id, said, amenity_id, reporter), THANKS_AGAIN))
    for what, whose, limit in (
        (b"reporter", reporter, OF_REPORTER),
        (b"reported station", str(station_id).encode(), OF_STATION),
    ):
        if wait_s := _take(conn, what, whose, limit):
            raise TooManyTries(
                Words("反映过于频繁", "too many reports in too short a time"),
                mend=Words("请稍后再试", "try again later"),
                retry_after_s=wait_s,
            )
    row = conn.execute(
        """INSERT INTO station_report (station_id, kind, amenity_id, note, reporter)
           VALUES (%s, %s, %s, %s, %s) RETURNING id""",
        [station_id, said.kind, amenity_id, said.note, reporter],
    ).fetchone()
    assert row is not None
    return Answered(_thanks(row[0], THANKS), 201)


def reporter_of(secret: bytes, address: str | None) -> bytes:
    """Who reports, as a digest: the same for the same address, for an IPv6 one for the same /64, which is
    what one household or telephone is given."""
    try:
        known = ip_address((address or "").partition("%")[0])
    except ValueError:
        whose = b"unknown"
    else:
        if isinstance(known, IPv6Address) and known.ipv4_mapped is not None:
            known = known.ipv4_mapped
        whose = known.packed[:8] if isinstance(known, IPv6Address) else known.packed
    return hmac.new(secret, whose, hashlib.sha256).digest()[:REPORTER_BYTES]


def _secret(conn: Connection) -> bytes:
    row = conn.execute("SELECT value FROM service_secret WHERE name = 'reporter'").fetchone()
    assert row is not None, "migration 0004 makes it"
    return bytes(row[0])


def _take(conn: Connection, what: bytes, whose: bytes, limit: _Limit) -> float:
    """0 where one more is allowed, else the seconds until then."""
    bucket = hashlib.sha256(what + b"\0" + whose).digest()
    row = conn.execute(
        "SELECT take_token(%s, %s::float8, %s::float8)", [bucket, limit.at_once, 1 / limit.each_s]
    ).fetchone()
    assert row is not None
    return float(row[0])


def _amenity_of(said: Report, catalog: Catalog, amenity_ids: list[int]) -> int | None:
    if said.amenity is None:
        return None
    (amenity_id,) = catalog.amenity_ids([said.amenity])
    if amenity_id not in amenity_ids:
        has = [catalog.amenity_by_id[one].code for one in amenity_ids]
        raise InvalidInput(
            Words("这个站点没有登记这项设施", "the station is not said to have this"),
            field="amenity",
            mend=Words(f"它有：{'、'.join(has)}", f"it has {', '.join(has)}")
            if has
            else Words("用 kind=other 并写明情况", "use kind=other and say in the note what you found"),
        )
    return amenity_id


def _open_one(
    conn: Connection, station_id: int, said: Report, amenity_id: int | None, reporter: bytes
) -> int | None:
    """The id of the report that this one repeats; None where it is settled by now."""
    row = conn.execute(
        """SELECT id FROM station_report
           WHERE station_id = %s AND kind = %s AND amenity_id IS NOT DISTINCT FROM %s::smallint
             AND reporter = %s AND resolved_at IS NULL
           ORDER BY id DESC LIMIT 1""",
        [station_id, said.kind, amenity_id, reporter],
    ).fetchone()
    return row[0] if row else None


def _thanks(report_id: int | None, thanks: Words) -> dict[str, Any]:
    return {
        "id": None if report_id is None else str(report_id),
        "already_noted": thanks is THANKS_AGAIN,
        "thanks": {"zh": thanks.zh, "en": thanks.en},
    }


_REPORTED = """
SELECT r.*, organisation_path(managing_organisation(s.organisation_id, s.district_code)) AS path,
  managing_organisation(s.organisation_id, s.district_code) AS organisation_id
FROM station_report AS r
JOIN station AS s ON s.id = r.station_id
WHERE r.id = %s
"""


def resolve(
    conn: Connection, by: By, report_id: int, resolution: Resolution, note: str | None, *, also_alike: bool
) -> Answered:
    """Settle a report; with `also_alike` every open one that says the same of the station.

    Raises `NotFound` where the caller does not see it, `NotAllowed`, `Conflict` where it is settled.
    """
    row = _within_reach(conn, by, report_id)
    resolved = [
        one
        for (one,) in conn.execute(
            """UPDATE station_report
               SET resolved_at = now(), resolved_by = current_account(), resolution = %(resolution)s,
                 resolution_note = %(note)s
               WHERE resolved_at IS NULL AND (id = %(id)s OR (%(also_alike)s AND station_id = %(station_id)s
                 AND kind = %(kind)s AND amenity_id IS NOT DISTINCT FROM %(amenity_id)s::smallint))
               RETURNING id""",
            {
                "resolution": resolution,
                "note": note,
                "also_alike": also_alike and row["resolved_at"] is None,
                **{name: row[name] for name in ("id", "station_id", "kind", "amenity_id")},
            },
        )
    ]
    if row["id"] not in resolved:
        raise _not_resolved(conn, report_id)
    note_event(
        conn,
        "resolve_report",
        organisation_id=row["organisation_id"],
        subject=f"station {row['station_id']}",
        resolution=resolution,
        note=note,
        kind=row["kind"],
        reports=[str(one) for one in sorted(resolved)],
    )
    return Answered(
        {
            "resolved": [str(one) for one in sorted(resolved)],
            "station_id": str(row["station_id"]),
            "resolution": resolution,
            "note": note,
        }
    )


def _within_reach(conn: Connection, by: By, report_id: int) -> Mapping[str, Any]:
    with conn.cursor(row_factory=dict_row) as cursor:
        row = cursor.execute(_REPORTED, [report_id]).fetchone()
    if row is None or not may(by.caller, Act.SEE_STATIONS, row["path"]):
        raise NotFound(
            Words("没有这条反映", "there is no such report"),
            field="id",
            mend=Words("编号见 GET /v1/manage/reports", "GET /v1/manage/reports lists them"),
        )
    require(by.caller, Act.RESOLVE_REPORT, row["path"])
    return row


def _not_resolved(conn: Connection, report_id: int) -> Conflict | NotAllowed:
    """Why nothing came of it: somebody was first, or PostgreSQL's own rules let nothing through."""
    row = conn.execute("SELECT resolved_at IS NULL FROM station_report WHERE id = %s", [report_id]).fetchone()
    if row is not None and row[0]:
        return NotAllowed(Words("您的账号无权这样做", "your account may not do this here"))
    return Conflict(
        Words("这条反映已经处理过", "the report is settled already"),
        field="id",
        mend=Words("未处理的见 GET /v1/manage/reports", "GET /v1/manage/reports lists those that are open"),
    )
