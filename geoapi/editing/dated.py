"""What every dated change begins with: its station, and moments as people name them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from psycopg import Connection

from geoapi.accounts.permissions import Act
from geoapi.editing.details import require_in_use
from geoapi.editing.managed import STANDARD
from geoapi.editing.stale import require_version
from geoapi.editing.station import locked_station
from geoapi.editing.transaction import By
from geoapi.editing.vocabulary import catalog_of
from geoapi.hours import Calendar, CalendarDay, Rules, end_of_day
from geoapi.schedule.refresh import later_of
from geoapi.settings import EditingSettings

Start = datetime | Literal["now"]
First = datetime | date | Literal["now"]
End = datetime | date | Literal["today"]


def editable_station(
    conn: Connection, by: By, station_id: int, version: int | None, settings: EditingSettings
) -> Mapping[str, Any]:
    """The locked row of a station in use that the caller may edit, of this version where one is named.

    Raises `NotFound`, `NotAllowed`, `StaleVersion` with the difference, `Conflict` for a retired one.
    """
    row = locked_station(conn, by, station_id, Act.EDIT_STATION)
    if version is not None:
        require_version(conn, row, version, {}, catalog_of(conn), settings, STANDARD)
    require_in_use(row)
    return row


def this_minute() -> datetime:
    """The minute that it is: what begins or ends now does so for every question asked from now on."""
    return datetime.now(UTC).replace(second=0, microsecond=0)


def start_of(start: Start) -> datetime:
    """When something begins; "now" is this very minute."""
    return this_minute() if start == "now" else start.astimezone(UTC)


def first_of(conn: Connection, row: Mapping[str, Any], first: First) -> datetime:
    """When something begins that may begin with a day: where the hours of the day before are over, or now
    where that day is today."""
    if isinstance(first, datetime | str):
        return start_of(first)
    begins = end_of(conn, row, first - timedelta(days=1))
    is_today = first == datetime.now(ZoneInfo(row["time_zone"])).date()
    return max(begins, this_minute()) if is_today else begins


def end_of(conn: Connection, row: Mapping[str, Any], end: End) -> datetime:
    """When something ends. A day, or "today", ends when the station's own does: at its midnight, or when the
    hours that began on it run out. "Closed today" at a station open 22:00-06:00 spares nobody the walk
    otherwise: it would open at midnight.
    """
    if isinstance(end, datetime):
        return end.astimezone(UTC)
    zone = ZoneInfo(row["time_zone"])
    day = datetime.now(zone).date() if end == "today" else end
    inputs = _schedule_inputs(conn, row["id"])
    if inputs is None:
        return midnight_after(row, day)
    days = conn.execute(
        "SELECT day, day_type FROM calendar_day WHERE jurisdiction = %s AND day BETWEEN %s AND %s",
        [row["calendar"], day, day + timedelta(days=2)],
    )
    return end_of_day(
        day,
        None if inputs["rules"] is None else Rules.from_json(inputs["rules"]),
        calendar=Calendar(CalendarDay(on, type_) for on, type_ in days),
        zone=zone,
        holiday_policy=inputs["holiday_policy"],
        later=later_of(inputs),
    )


def midnight_after(row: Mapping[str, Any], day: date) -> datetime:
    """The end of a day by the station's clocks."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(row["time_zone"]))
    return midnight.astimezone(UTC)


def local(moment: datetime | None, row: Mapping[str, Any]) -> datetime | None:
    """A time as the clocks at the station show it."""
    return None if moment is None else moment.astimezone(ZoneInfo(row["time_zone"]))


def station_version(conn: Connection, station_id: int) -> int:
    """The version that a station has come to by now."""
    row = conn.execute("SELECT version FROM station WHERE id = %s", [station_id]).fetchone()
    assert row is not None
    return int(row[0])


def _schedule_inputs(conn: Connection, station_id: int) -> dict[str, Any] | None:
    row = conn.execute(
        """SELECT s.inputs FROM station_schedule AS t JOIN schedule AS s ON s.id = t.schedule_id
           WHERE t.station_id = %s""",
        [station_id],
    ).fetchone()
    return None if row is None else row[0]
