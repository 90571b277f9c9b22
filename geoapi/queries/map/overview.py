"""What there is to draw: where it lies, what is loaded, and how often each topic has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text

from geoapi.db.engine import Database
from geoapi.geometry.boxes import Box
from geoapi.queries.planning.demand import Layer, list_layers
from geoapi.queries.planning.networks import list_networks
from geoapi.queries.tally import Topic, read_tally

CHINA: Final = Box(73.5, 18.0, 135.1, 53.6)
"""What is shown where nothing is on record."""


@dataclass(frozen=True, slots=True)
class Overview:
    """`box` is WGS-84: round the districts, else round the stations, else China."""

    box: Box
    cities: list[Mapping[str, Any]]
    networks: list[Mapping[Any, Any]]
    layers: list[Layer]
    tallies: dict[Topic, int]


async def read_overview(database: Database) -> Overview:
    """What there is, as one state of the data has it."""
    async with database.connection() as conn:
        topics: tuple[Topic, ...] = ("stations", "districts", "demand", "streets")
        tallies = {topic: await read_tally(conn, topic) for topic in topics}
        cities = (await conn.execute(_CITIES)).mappings().all()
        extent = (await conn.execute(_OF_DISTRICTS)).one()
        if extent[0] is None:
            extent = (await conn.execute(_OF_STATIONS)).one()
        return Overview(
            CHINA if extent[0] is None else Box(*map(float, extent)),
            [dict(row) for row in cities],
            await list_networks(conn),
            await list_layers(conn),
            tallies,
        )


_CITIES: Final = text(
    "SELECT code, name_zh, name_en, source FROM district WHERE parent_code IS NULL ORDER BY code"
)
_OF_DISTRICTS: Final = text(
    """SELECT min(ST_XMin(geom)), min(ST_YMin(geom)), max(ST_XMax(geom)), max(ST_YMax(geom))
       FROM district WHERE parent_code IS NULL"""
)
_OF_STATIONS: Final = text(
    "SELECT min(lon), min(lat), max(lon), max(lat) FROM station WHERE retired_at IS NULL"
)
