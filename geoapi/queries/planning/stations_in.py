"""The stations of an area with their state at one time: for maps."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from geoapi.db.engine import Database
from geoapi.db.tables import station
from geoapi.queries.planning.scene import Scene
from geoapi.queries.planning.supply import STATES, State


@dataclass(frozen=True, slots=True)
class StationState:
    """A station, WGS-84, and whether it is open, closed or of unknown hours at the time asked about."""

    id: int
    lon: float
    lat: float
    kind_id: int
    name_zh: str
    name_en: str | None
    state: State


async def stations_in(database: Database, scene: Scene) -> list[StationState]:
    """Those of the scene's stations that stand in its area, by id."""
    async with database.connection() as conn:
        rows = await conn.execute(
            select(station.c.id, station.c.name_zh, station.c.name_en).where(
                station.c.district_code.in_(list(scene.area.part_of)), station.c.retired_at.is_(None)
            )
        )
        names = {row.id: (row.name_zh, row.name_en) for row in rows}
    supply = scene.supply
    states = supply.states[supply.pattern, 0].tolist()
    return [
        StationState(id_, lon, lat, kind_id, *names[id_], STATES[state])
        for id_, lon, lat, kind_id, state in zip(
            supply.ids.tolist(), supply.lon.tolist(), supply.lat.tolist(), scene.stations.kind.tolist(),
            states, strict=True,
        )
        if id_ in names
    ]  # fmt: skip
