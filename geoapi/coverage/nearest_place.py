"""How far the nearest of some places is, also beyond any limit, and which one it is."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from geoapi.coverage.inputs import Floats
from geoapi.coverage.straight import StraightModel, along_surface, earth_centred
from geoapi.coverage.walk import WalkModel

AGAIN_M = 0.01
"""A distance worked out again from the other end may differ by rounding, never by a centimetre."""


def nearest_distances(
    model: StraightModel | WalkModel, lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats
) -> NDArray[np.float64]:
    """float64 (points): metres walked to the nearest place, inf where none can be reached."""
    if not to_lon.size:
        return np.full(lon.size, np.inf)
    if isinstance(model, StraightModel):
        chord_m, _ = cKDTree(earth_centred(to_lon, to_lat)).query(earth_centred(lon, lat))
        return along_surface(chord_m) * model.detour_factor
    only_one = np.zeros(to_lon.size, dtype=np.int64)
    metres: NDArray[np.float64] = model.nearest(lon, lat, to_lon, to_lat, only_one, 1)[:, 0]
    return metres


def which_place(
    model: StraightModel | WalkModel,
    lon: float,
    lat: float,
    to_lon: Floats,
    to_lat: Floats,
    distance_m: float,
) -> int | None:
    """The index of the place that is `distance_m` from a point, by `nearest_distances`; None for inf."""
    if not np.isfinite(distance_m):
        return None
    row = model.reach(np.array([lon]), np.array([lat]), to_lon, to_lat, distance_m + AGAIN_M)
    return int(row.indices[np.argmin(row.data)]) if row.nnz else None
