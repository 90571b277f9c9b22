"""Walking networks on a map. They know no names and no importance: long unbroken ways are shown first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely

from geoapi.coverage.network import WalkNetwork
from geoapi.db.engine import Database
from geoapi.geometry.boxes import Box
from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile
from geoapi.queries.map.shapes import Shapes
from geoapi.queries.map.vector_tile import DEEPEST, TileLayer
from geoapi.queries.planning.networks import NetworkRef, list_network_refs, read_network

STREETS: Final = "streets"

FROM: Final = 10
"""No streets are drawn above this zoom."""

SHORTEST_M: Final = {10: 600.0, 11: 200.0}
"""The shortest way that is drawn, by zoom, metres between its ends' junctions; on the deepest, all are."""


@dataclass(frozen=True, slots=True, eq=False)
class StreetShapes:
    """The ways of every network on record, each from one junction to the next, on a map in one datum."""

    ways: Shapes
    length_m: np.ndarray[Any, np.dtype[np.float64]]

    def layers(self, tile: WebTile) -> list[TileLayer]:
        """Layer `streets`: lines with `length_m`; none above zoom `FROM`."""
        if tile.z < FROM:
            return []
        which = None if tile.z == DEEPEST else self.length_m >= SHORTEST_M[tile.z]
        return [self.ways.layer(STREETS, tile, which=which)]


async def read_streets(database: Database, timeout_ms: int) -> list[WalkNetwork]:
    """Every network on record, as arrays, of one state of the data."""
    async with database.snapshot(timeout_ms=timeout_ms) as conn:
        refs: list[NetworkRef] = await list_network_refs(conn)
        return [await read_network(conn, ref) for ref in refs]


def draw_streets(networks: list[WalkNetwork], datum: Datum) -> StreetShapes:
    """The networks' ways. Takes seconds for a large city: for a thread."""
    ways = [way for network in networks for way in _ways(network)]
    lines = np.empty(len(ways), dtype=object)
    lines[:] = ways
    length_m = _length_m(lines)
    properties = [{"length_m": metres} for metres in np.round(length_m).astype(int).tolist()]
    return StreetShapes(Shapes(lines, properties, datum), length_m)


def box_of_networks(bounds: list[shapely.Geometry]) -> Box | None:
    """The box round all networks; None where there is none."""
    return Box(*shapely.total_bounds(bounds).tolist()) if bounds else None


def _ways(network: WalkNetwork) -> list[shapely.Geometry]:
    """Edges that meet at a node with no third are one way."""
    ends = np.sort(np.column_stack((network.tail, network.head)), axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    if not ends.size:
        return []
    places = np.column_stack((network.lon, network.lat))[ends]
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(places)))
    return list(shapely.get_parts(merged))


def _length_m(lines: np.ndarray[Any, np.dtype[np.object_]]) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Metres along each line, to a percent: it only decides what is drawn."""
    points, line = shapely.get_coordinates(lines, return_index=True)
    if not points.size:
        return np.empty(0)
    step = np.diff(points, axis=0)
    step *= 111_320.0
    step[:, 0] *= np.cos(np.radians(points[1:, 1]))
    same = line[1:] == line[:-1]
    metres = np.hypot(step[:, 0], step[:, 1])[same]
    return np.bincount(line[1:][same], metres, minlength=lines.size).astype(np.float64)
