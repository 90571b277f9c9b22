"""Stations as coverage sees them: where they are, and their state at each moment asked about."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN, Ints, Supply
from geoapi.db.columns import read_columns
from geoapi.db.engine import driver_of
from geoapi.geometry.boxes import Box
from geoapi.hours import Calendar, Interval
from geoapi.queries.calendar_days import calendar_between
from geoapi.queries.planning.moments import Moments
from geoapi.schedule.refresh import intervals_of
from geoapi.schedule.window import Window

MARGIN_M: Final = 50_000.0
"""Stations so far outside an area count, or as far as the limit. One further off is nobody's nearest."""

State = Literal["open", "closed", "unknown"]
STATES: Final[dict[int, State]] = {CLOSED: "closed", OPEN: "open", UNKNOWN: "unknown"}
DEFAULT_ZONE: Final = "Asia/Shanghai"
DEFAULT_CALENDAR: Final = "CN"

_COLUMNS: Final = {
    "id": "int8", "lon": "float8", "lat": "float8", "kind_id": "int2", "schedule_id": "int8",
    "verified": "bool", "inside": "bool",
}  # fmt: skip
_STATIONS: Final = sql.SQL("""
  SELECT s.id, s.lon, s.lat, s.kind_id, coalesce(t.schedule_id, 0),
    coalesce(s.verified_at > now() - interval '1 year', false),
    coalesce(s.district_code = ANY (%(codes)s::text[]), false)
  FROM station AS s
  LEFT JOIN station_schedule AS t ON t.station_id = s.id
  WHERE s.retired_at IS NULL
    AND s.kind_id = ANY (%(kinds)s::smallint[])
    AND s.amenity_ids @> %(amenities)s::smallint[]
    AND s.geog::geometry && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
  ORDER BY s.id""")


@dataclass(frozen=True, slots=True, eq=False)
class Stations:
    """The stations of a question, by id: arrays of one length, and what their opening times come from.

    `schedules` are the inputs by schedule id; a station whose schedule is not worked out yet (id 0) has
    unknown hours. `inside` are those in the area itself, the others stand around it; `newest_change` is the
    latest to one inside. `outages` are the times at which a station lacks an amenity that was asked for.
    """

    ids: Ints
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    kind: Ints
    schedule: Ints
    verified: NDArray[np.bool_]
    inside: NDArray[np.bool_]
    schedules: Mapping[int, Mapping[str, Any]]
    outages: Mapping[int, tuple[tuple[datetime, datetime], ...]]
    newest_change: datetime | None

    @property
    def zone(self) -> str:
        """The time zone of most stations."""
        return self._usual("time_zone", DEFAULT_ZONE)

    @property
    def calendar(self) -> str:
        """The calendar that most stations go by."""
        return self._usual("calendar", DEFAULT_CALENDAR)

    def _usual(self, name: str, default: str) -> str:
        counts: dict[str, int] = {}
        ids, numbers = np.unique(self.schedule, return_counts=True)
        for schedule_id, number in zip(ids.tolist(), numbers.tolist(), strict=True):
            if schedule_id in self.schedules:
                word = self.schedules[schedule_id][name]
                counts[word] = counts.get(word, 0) + number
        return max(sorted(counts), key=lambda word: counts[word]) if counts else default


async def read_stations(
    conn: AsyncConnection,
    *,
    box: Box,
    kind_ids: Sequence[int],
    amenity_ids: Sequence[int],
    codes: Collection[str] = (),
    limit_m: float = 0.0,
) -> Stations:
    """The stations in use of these kinds, with all these amenities, in and around a box.

    Those in a district of `codes` are inside.
    Around is `MARGIN_M`, or `limit_m` where that is more.
    """
    driver = await driver_of(conn)
    found: dict[str, list[NDArray[Any]]] = {name: [] for name in _COLUMNS}
    for part in box.beside(max(MARGIN_M, limit_m)).parts():
        columns = await read_columns(
            driver, _STATIONS, _COLUMNS,  # type: ignore[arg-type]
            {"kinds": list(kind_ids), "amenities": list(amenity_ids), "codes": list(codes),
             **part._asdict()},
        )  # fmt: skip
        for name, values in columns.items():
            found[name].append(values)
    columns = {name: np.concatenate(parts) for name, parts in found.items()}
    used = np.unique(columns["schedule_id"]).tolist()
    schedules = {
        row.id: row.inputs
        for row in await conn.execute(
            text("SELECT id, inputs FROM schedule WHERE id = ANY (:ids)"), {"ids": used}
        )
    }
    return Stations(
        columns["id"],
        columns["lon"],
        columns["lat"],
        columns["kind_id"],
        columns["schedule_id"],
        columns["verified"],
        columns["inside"],
        schedules,
        await _outages(conn, amenity_ids) if amenity_ids else {},
        await conn.scalar(
            text(
                """SELECT max(updated_at) FROM station
                   WHERE district_code = ANY (:codes) AND kind_id = ANY (CAST(:kinds AS smallint[]))"""
            ),
            {"codes": list(codes), "kinds": list(kind_ids)},
        ),
    )


async def _outages(
    conn: AsyncConnection, amenity_ids: Sequence[int]
) -> dict[int, tuple[tuple[datetime, datetime], ...]]:
    rows = await conn.execute(
        text(
            """SELECT station_id, lower(during) AS since, upper(during) AS until
               FROM amenity_outage WHERE amenity_id = ANY (CAST(:ids AS smallint[])) ORDER BY id"""
        ),
        {"ids": list(amenity_ids)},
    )
    first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
    outages: dict[int, list[tuple[datetime, datetime]]] = {}
    for row in rows:
        outages.setdefault(row.station_id, []).append((row.since or first, row.until or last))
    return {station: tuple(times) for station, times in outages.items()}


async def read_calendars(conn: AsyncConnection, names: Iterable[str], window: Window) -> dict[str, Calendar]:
    """The calendars of these names, for the window and the days beside it."""
    first, last = window.starts_at.date() - timedelta(days=8), window.ends_at.date() + timedelta(days=8)
    return {name: await calendar_between(conn, name, first, last) for name in names}


def supply_of(stations: Stations, moments: Moments, calendars: Mapping[str, Calendar]) -> Supply:
    """The stations with their states at the moments."""
    schedule_ids, row = np.unique(stations.schedule, return_inverse=True)
    states = np.full((schedule_ids.size, len(moments.at)), UNKNOWN, dtype=np.uint8)
    for index, schedule_id in enumerate(schedule_ids.tolist()):
        inputs = stations.schedules.get(schedule_id)
        if inputs is not None:
            states[index] = states_of(inputs, moments, calendars)
    states, row = _without(states, row.astype(np.int64), stations, moments)
    return Supply(stations.ids, stations.lon, stations.lat, *shared(states, row))


def shared(states: NDArray[np.uint8], row: Ints) -> tuple[Ints, NDArray[np.uint8]]:
    """The same states with every row once, and each station's row among them."""
    if not states.size:
        return row, states
    once, index = np.unique(states, axis=0, return_inverse=True)
    return index.reshape(-1)[row].astype(np.int64), once


def states_of(
    inputs: Mapping[str, Any], moments: Moments, calendars: Mapping[str, Calendar]
) -> NDArray[np.uint8]:
    """CLOSED, OPEN or UNKNOWN at each moment, by a schedule's inputs."""
    return states_at(intervals_of(dict(inputs), calendars[inputs["calendar"]], moments.window), moments)


def states_at(intervals: Iterable[Interval], moments: Moments) -> NDArray[np.uint8]:
    """CLOSED, OPEN or UNKNOWN at each moment, by intervals; what none covers is closed."""
    times = np.array([moment.timestamp() for moment in moments.at])
    states = np.full(times.size, CLOSED, dtype=np.uint8)
    for interval in intervals:
        inside = (times >= interval.start.timestamp()) & (times < interval.end.timestamp())
        states[inside] = OPEN if interval.state == "open" else UNKNOWN
    return states


def _without(
    states: NDArray[np.uint8], row: Ints, stations: Stations, moments: Moments
) -> tuple[NDArray[np.uint8], Ints]:
    """The states with stations closed while they lack an amenity that was asked for."""
    extra: list[NDArray[np.uint8]] = []
    row = row.copy()
    place = {station_id: index for index, station_id in enumerate(stations.ids.tolist())}
    for station_id, times in stations.outages.items():
        index = place.get(station_id)
        if index is None:
            continue
        broken = np.array([any(since <= at < until for since, until in times) for at in moments.at])
        if broken.any():
            extra.append(np.where(broken, np.uint8(CLOSED), states[row[index]]).astype(np.uint8))
            row[index] = len(states) + len(extra) - 1
    return (np.vstack([states, *extra]) if extra else states), row
