"""Mapbox Vector Tiles, made by PostGIS's `ST_AsMVT` of shapes that are at hand."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import orjson
import shapely
from numpy.typing import NDArray
from psycopg.rows import scalar_row

from geoapi.db.engine import Database
from geoapi.geometry.web_tiles import WebTile

DEEPEST: Final = 12
"""The deepest zoom that tiles are made for: one is some 7.5 km across at 40° north. Whoever asks for tiles
round a person tells where the person is no closer than that; maps draw them larger instead."""

EXTENT: Final = 4096
"""Steps along a tile's edge. The deepest are drawn up to 64 times as large and have `DEEP_EXTENT`: 0.5 m."""

DEEP_EXTENT: Final = 16384

BUFFER_SHARE: Final = 1 / 64
"""How much of a tile's edge lines and polygons go on beyond it, so that no edge is seen where it is cut."""


@dataclass(frozen=True, slots=True, eq=False)
class TileLayer:
    """A layer of one tile: shapes in EPSG:3857, and the properties of each (plain values; None is left out).

    `ids` are whole numbers from 0, or None for a layer whose features have none.
    """

    name: str
    shapes: NDArray[np.object_]
    properties: Sequence[dict[str, Any]]
    ids: Sequence[int] | None = None


async def encode_tile(database: Database, tile: WebTile, layers: Sequence[TileLayer]) -> bytes:
    """The tile as Mapbox Vector Tile 2.1; no bytes at all when no layer has a feature in it."""
    extent = extent_of(tile)
    encoded = []
    for layer in layers:
        if not layer.shapes.size:
            continue
        features = await asyncio.to_thread(_features, layer)
        async with database.raw_connection() as conn, conn.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(
                _ENCODE,
                {
                    **tile._asdict(),
                    "name": layer.name,
                    "extent": extent,
                    "buffer": int(extent * BUFFER_SHARE),
                    **features,
                },
                binary=True,
            )
            encoded.append(bytes(await cursor.fetchone() or b""))
    return b"".join(encoded)


def _features(layer: TileLayer) -> dict[str, list[Any]]:
    """A layer's shapes, ids and properties as the database takes them."""
    return {
        "shapes": shapely.to_wkb(layer.shapes).tolist(),
        "ids": list(layer.ids) if layer.ids is not None else [None] * layer.shapes.size,
        "properties": [orjson.dumps(_known(one)).decode() for one in layer.properties],
    }


def extent_of(tile: WebTile) -> int:
    """Steps along the edge of this tile."""
    return DEEP_EXTENT if tile.z == DEEPEST else EXTENT


def _known(properties: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if value is not None}


# clipping is PostGIS's own; what of a shape is smaller than a step vanishes
_ENCODE: Final = """
SELECT ST_AsMVT(feature, %(name)s, %(extent)s, 'geom', 'id')
FROM (
  SELECT
    ST_AsMVTGeom(
      ST_GeomFromWKB(one.shape, 3857), ST_TileEnvelope(%(z)s, %(x)s, %(y)s), %(extent)s, %(buffer)s, true
    ) AS geom,
    one.id,
    one.properties
  FROM unnest(%(shapes)s::bytea[], %(ids)s::bigint[], %(properties)s::jsonb[]) AS one (shape, id, properties)
) AS feature
WHERE geom IS NOT NULL"""
