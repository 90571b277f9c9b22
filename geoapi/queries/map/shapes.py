"""Lines and polygons that are drawn again and again, projected once, and cut for each tile."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile, project_shapes
from geoapi.queries.map.vector_tile import BUFFER_SHARE, TileLayer, extent_of

NONE: Final = np.empty(0, dtype=object)


class Shapes:
    """WGS-84 shapes on a map in a datum, each with its properties."""

    def __init__(
        self,
        shapes: Sequence[shapely.Geometry] | NDArray[np.object_],
        properties: Sequence[Mapping[str, Any]],
        datum: Datum,
    ) -> None:
        given = np.empty(len(shapes), dtype=object)
        given[:] = shapes
        self.projected = project_shapes(given, datum)
        self.properties = properties
        self._tree = shapely.STRtree(self.projected)

    def layer(self, name: str, tile: WebTile, *, which: NDArray[np.bool_] | None = None) -> TileLayer:
        """What of the shapes (of those that a mask picks) a tile shows, in their order.

        Points are one tile's alone. Details smaller than a step of the tile are left out: see `extent_of`.
        """
        west, south, east, north = tile.bounds
        margin = tile.size_m * BUFFER_SHARE
        edge = shapely.box(west - margin, south - margin, east + margin, north + margin)
        rows = np.sort(self._tree.query(edge))
        if which is not None:
            rows = rows[which[rows]]
        found = self.projected[rows]
        points = shapely.get_type_id(found) == shapely.GeometryType.POINT
        if points.any():
            kept = ~points
            kept[points] = tile.holds(shapely.get_x(found[points]), shapely.get_y(found[points]))
            rows, found = rows[kept], found[kept]
        else:
            # before it is sent: a city's outline is long, and a tile has little of it
            found = shapely.clip_by_rect(found, *shapely.bounds(edge.buffer(margin)))
            found = shapely.simplify(found, tile.size_m / extent_of(tile))
            kept = ~shapely.is_empty(found)
            rows, found = rows[kept], found[kept]
        return TileLayer(name, found, [dict(self.properties[row]) for row in rows.tolist()])
