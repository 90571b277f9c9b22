"""Walking networks on a map: main roads first, then long unbroken streets, paths last. They know no names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import sql

from geoapi.coverage.inputs import Floats, Ints
from geoapi.coverage.street_ranks import StreetRank
from geoapi.db.columns import read_columns
from geoapi.db.engine import Database, driver_of
from geoapi.geometry.boxes import Box
from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile
from geoapi.queries.map.shapes import Shapes
from geoapi.queries.map.vector_tile import DEEPEST, TileLayer
from geoapi.queries.planning.networks import list_network_refs

STREETS: Final = "streets"

FROM: Final = 9
"""No streets are drawn above this zoom; at it, main roads alone."""

SHORTEST_M: Final = {9: np.inf, 10: 600.0, 11: 200.0}
"""The shortest street that is drawn, by zoom, metres between its ends' junctions. Main roads are drawn
however short; paths, and whatever else there is, at the deepest."""

CLASSES: Final = {StreetRank.MAIN: "main", StreetRank.STREET: "street", StreetRank.PATH: "path"}


@dataclass(frozen=True, slots=True, eq=False)
class Streets:
    """A network as a map needs it: nodes in WGS-84 lon/lat, degrees, and between rows of them edges of a
    `StreetRank` each."""

    lon: Floats
    lat: Floats
    tail: Ints
    head: Ints
    rank: Ints


@dataclass(frozen=True, slots=True, eq=False)
class StreetShapes:
    """The ways of every network on record, each from one junction of its class to the next, on a map in one
    datum."""

    ways: Shapes
    length_m: Floats
    rank: Ints

    def layers(self, tile: WebTile) -> list[TileLayer]:
        """Layer `streets`: lines with `class` (main, street, path) and `length_m`; none above zoom `FROM`."""
        if tile.z < FROM:
            return []
        if tile.z == DEEPEST:
            return [self.ways.layer(STREETS, tile)]
        long = (self.rank == StreetRank.STREET) & (self.length_m >= SHORTEST_M[tile.z])
        return [self.ways.layer(STREETS, tile, which=(self.rank == StreetRank.MAIN) | long)]


async def read_streets(database: Database, timeout_ms: int) -> list[Streets]:
    """Every network on record, as arrays, of one state of the data."""
    async with database.snapshot(timeout_ms=timeout_ms) as conn:
        driver = await driver_of(conn)
        found = []
        for ref in await list_network_refs(conn):
            nodes = await read_columns(driver, _NODES, {"lon": "float8", "lat": "float8"}, {"id": ref.id})
            edges = await read_columns(
                driver,
                _EDGES,
                {"tail": "int4", "head": "int4", "rank": "int2"},
                {"id": ref.id, "unknown": StreetRank.STREET.value},
            )
            found.append(Streets(nodes["lon"], nodes["lat"], edges["tail"], edges["head"], edges["rank"]))
        return found


_NODES = sql.SQL("SELECT lon, lat FROM network_node WHERE network_id = %(id)s ORDER BY node")
_EDGES = sql.SQL(
    """SELECT tail, head, coalesce(rank, %(unknown)s)::int2 AS rank FROM network_edge
       WHERE network_id = %(id)s ORDER BY tail, head, rank"""
)


def draw_streets(networks: list[Streets], datum: Datum) -> StreetShapes:
    """The networks' ways, those that matter most last. Takes seconds for a large city: for a thread."""
    ways: list[shapely.Geometry] = []
    ranks: list[StreetRank] = []
    for rank in sorted(StreetRank, reverse=True):
        of_rank = [way for network in networks for way in _ways(network, rank)]
        ways += of_rank
        ranks += [rank] * len(of_rank)
    lines = np.empty(len(ways), dtype=object)
    lines[:] = ways
    length_m = _length_m(lines)
    properties = [
        {"class": CLASSES[rank], "length_m": metres}
        for rank, metres in zip(ranks, np.round(length_m).astype(int).tolist(), strict=True)
    ]
    return StreetShapes(Shapes(lines, properties, datum), length_m, np.array(ranks, dtype=np.int64))


def box_of_networks(bounds: list[shapely.Geometry]) -> Box | None:
    """The box round all networks; None where there is none."""
    return Box(*shapely.total_bounds(bounds).tolist()) if bounds else None


def _ways(network: Streets, rank: StreetRank) -> list[shapely.Geometry]:
    """Edges of a rank that meet at a node with no third of it are one way."""
    ends = np.sort(np.column_stack((network.tail, network.head))[network.rank == rank], axis=1)
    ends = np.unique(ends[ends[:, 0] != ends[:, 1]], axis=0)
    if not ends.size:
        return []
    places = np.column_stack((network.lon, network.lat))[ends]
    merged = shapely.line_merge(shapely.multilinestrings(shapely.linestrings(places)))
    return list(shapely.get_parts(merged))


def _length_m(lines: NDArray[np.object_]) -> Floats:
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
