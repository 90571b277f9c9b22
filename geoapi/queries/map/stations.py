"""Stations on a map at one moment: each by itself, or counted where there are too many to tell apart."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import sql
from sqlalchemy import bindparam, text

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN
from geoapi.db.columns import read_columns
from geoapi.db.engine import Database, driver_of
from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile, project_points
from geoapi.queries.catalog import Catalog
from geoapi.queries.map.vector_tile import DEEPEST, TileLayer, encode_tile
from geoapi.queries.planning.supply import STATES

STATIONS: Final = "stations"
COUNTS: Final = "station_counts"

CELLS: Final = 128
"""Counts are of this many squares along a tile's edge, 4 pixels where a tile is 512; of half as many where a
tile may show a country."""

COUNTRY_UNTIL: Final = 7

CROWDED_CELLS: Final = 256
MOST_STATIONS: Final = 10_000
"""A tile of the deepest zoom with more stations than this counts them, too, in smaller squares."""


@dataclass(frozen=True, slots=True)
class StationsTile:
    """Which stations, at what time, on which tile of a map in `crs`. Ids are those of the catalog."""

    tile: WebTile
    at: datetime
    kind_ids: tuple[int, ...]
    amenity_ids: tuple[int, ...]
    crs: Datum


async def stations_tile(database: Database, asked: StationsTile, catalog: Catalog) -> bytes:
    """The tile. Layer `stations` on the deepest zoom, `station_counts` above it.

    States are exactly those of the nearest question with open=any at that time.
    """
    columns = await asyncio.to_thread(_on_tile, asked, await _read(database, asked))
    if asked.tile.z < DEEPEST or columns["x"].size > MOST_STATIONS:
        cells = CROWDED_CELLS if asked.tile.z == DEEPEST else CELLS
        cells = CELLS // 2 if asked.tile.z <= COUNTRY_UNTIL else cells
        layer = await asyncio.to_thread(_counts, asked.tile, columns, cells)
    else:
        layer = await _stations(database, columns, catalog)
    return await encode_tile(database, asked.tile, [layer])


def _on_tile(asked: StationsTile, columns: dict[str, NDArray[Any]]) -> dict[str, NDArray[Any]]:
    """Those of the stations on its ground that are the tile's own, with `x` and `y` on the map."""
    x, y = project_points(columns["lon"], columns["lat"], asked.crs)
    here = asked.tile.holds(x, y)
    return {name: values[here] for name, values in {**columns, "x": x, "y": y}.items()}


async def _read(database: Database, asked: StationsTile) -> dict[str, NDArray[Any]]:
    """Ids, places, kinds and states of the stations on the tile's ground."""
    async with database.connection() as conn:
        return await read_columns(
            await driver_of(conn),
            _ON_GROUND if not asked.amenity_ids else _WITH_AMENITIES,
            {"id": "int8", "lon": "float8", "lat": "float8", "kind_id": "int2", "state": "int2"},
            {
                **asked.tile.ground(asked.crs)._asdict(),
                "at": asked.at,
                "kinds": list(asked.kind_ids),
                "amenities": list(asked.amenity_ids),
            },
        )


async def _stations(database: Database, columns: dict[str, NDArray[Any]], catalog: Catalog) -> TileLayer:
    ids: Sequence[int] = columns["id"].tolist()
    async with database.connection() as conn:
        rows = await conn.execute(_NAMES, {"ids": ids})
        names = {id_: (zh, en) for id_, zh, en in rows}
    kinds = {id_: word.code for id_, word in catalog.kind_by_id.items()}
    properties = [
        {
            "id": str(id_),
            "kind": kinds.get(kind_id),
            # a station that has gone since is drawn without a name
            "name_zh": names.get(id_, ("", None))[0],
            "name_en": names.get(id_, ("", None))[1],
            "state": STATES[state],
        }
        for id_, kind_id, state in zip(
            ids, columns["kind_id"].tolist(), columns["state"].tolist(), strict=True
        )
    ]
    return TileLayer(STATIONS, shapely.points(columns["x"], columns["y"]), properties, ids)


def _counts(tile: WebTile, columns: dict[str, NDArray[Any]], cells: int) -> TileLayer:
    """One point for each square with a station in it, at the middle of its stations."""
    x, y, state = columns["x"], columns["y"], columns["state"]
    west, south, _, _ = tile.bounds
    edge = tile.size_m / cells
    column, row = np.floor((x - west) / edge).astype(np.int64), np.floor((y - south) / edge).astype(np.int64)
    keys, cell = np.unique(row * cells + column, return_inverse=True)
    number = np.bincount(cell, minlength=keys.size)
    by_state = {
        name: np.bincount(cell[state == code], minlength=keys.size).tolist()
        for name, code in (("open", OPEN), ("unknown", UNKNOWN), ("closed", CLOSED))
    }
    middles = shapely.points(
        np.bincount(cell, x, minlength=keys.size) / number, np.bincount(cell, y, minlength=keys.size) / number
    )
    properties = [
        {"stations": total, **{name: counts[n] for name, counts in by_state.items()}}
        for n, total in enumerate(number.tolist())
    ]
    return TileLayer(COUNTS, np.atleast_1d(middles), properties)


# closed is what no interval covers; the numbers are coverage.inputs' CLOSED, OPEN and UNKNOWN
_SELECT: Final = """
  SELECT s.id, s.lon, s.lat, s.kind_id,
    (CASE i.state WHEN 'open' THEN 1 WHEN 'unknown' THEN 2 ELSE 0 END)::smallint
  FROM station AS s
  LEFT JOIN station_schedule AS t ON t.station_id = s.id
  LEFT JOIN open_interval AS i
    ON i.schedule_id = t.schedule_id
    AND i.starts_at <= %(at)s::timestamptz AND i.ends_at > %(at)s::timestamptz
  WHERE s.retired_at IS NULL
    AND s.geog::geometry && ST_MakeEnvelope(%(west)s, %(south)s, %(east)s, %(north)s, 4326)
    AND s.kind_id = ANY (%(kinds)s::smallint[])"""
_AMENITIES: Final = """
    AND s.amenity_ids @> %(amenities)s::smallint[]
    AND NOT EXISTS (
      SELECT FROM amenity_outage AS o
      WHERE o.station_id = s.id AND o.amenity_id = ANY (%(amenities)s::smallint[])
        AND o.during @> %(at)s::timestamptz
    )"""
_ORDER: Final = """
  ORDER BY s.id"""
_ON_GROUND: Final = sql.SQL(_SELECT + _ORDER)
_WITH_AMENITIES: Final = sql.SQL(_SELECT + _AMENITIES + _ORDER)
_NAMES: Final = text("SELECT id, name_zh, name_en FROM station WHERE id IN :ids").bindparams(
    bindparam("ids", expanding=True)
)
