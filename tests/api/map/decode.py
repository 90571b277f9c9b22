"""Tiles as GDAL reads them: its MVT driver shares no code with PostGIS's encoder."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import shapely
from pyogrio import list_layers
from pyogrio.raw import read

from geoapi.geometry.web_tiles import HALF_WORLD_M, WebTile


class Feature(NamedTuple):
    """A feature: its properties, and its shape in EPSG:3857."""

    properties: dict[str, Any]
    shape: shapely.Geometry


def decode(body: bytes, tile: WebTile, folder: Path) -> dict[str, list[Feature]]:
    """The features of a tile's layers; no layer at all of an empty tile."""
    if not body:
        return {}
    # GDAL takes the tile's numbers from the file's path
    path = folder / str(tile.z) / str(tile.x) / f"{tile.y}.mvt"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(body)
    layers = {}
    for name, _ in list_layers(path).tolist():
        meta, _, shapes, columns = read(path, layer=name)
        assert meta["crs"] == "EPSG:3857"
        rows = zip(*columns, strict=True) if columns else [()] * len(shapes)
        layers[name] = [
            Feature(
                {
                    field: value
                    for field, value in zip(meta["fields"].tolist(), row, strict=True)
                    # GDAL fills in what a feature does not have
                    if field != "mvt_id" and value is not None and value == value
                },
                shapely.from_wkb(shape),
            )
            for row, shape in zip(rows, shapes, strict=True)
        ]
    return layers


def tile_at(lon: float, lat: float, z: int) -> WebTile:
    """The tile of a zoom that a point lies in, by the definition of XYZ tiles."""
    across = 1 << z
    column = int((lon + 180) / 360 * across)
    phi = np.radians(lat)
    row = int((1 - np.log(np.tan(phi) + 1 / np.cos(phi)) / np.pi) / 2 * across)
    return WebTile(z, column, row)


def place(lon: float, lat: float) -> tuple[float, float]:
    """EPSG:3857 of a point, by its definition."""
    phi = np.radians(lat)
    return lon / 180 * HALF_WORLD_M, float(np.log(np.tan(np.pi / 4 + phi / 2))) / np.pi * HALF_WORLD_M


def step_m(tile: WebTile) -> float:
    """The finest difference that a tile of this service knows, in EPSG:3857's metres."""
    return tile.size_m / (16384 if tile.z == 12 else 4096)
