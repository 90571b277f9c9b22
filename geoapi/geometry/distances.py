"""Distances on the sphere, how far they are from those on the spheroid, and minutes on foot."""

from __future__ import annotations

import math
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

SPHERE_RADIUS_M: Final = 6371008.771415059
"""The mean radius of WGS-84, (2a + b) / 3, which PostGIS takes for the sphere."""

SPHERE_TO_SPHEROID: Final = (0.9944, 1.0045)
"""Bounds of spheroid distance ÷ sphere distance between the same two points (WGS-84, mean sphere).

The sphere takes the geodetic latitude as its own, as PostGIS does. A short step then differs by the
spheroid's radius of curvature ÷ the sphere's radius: least b²/a = 6,335,439 m (north–south at the equator,
0.99442), most a²/b = 6,399,594 m (at the poles, 1.00449). Holding for every step of every path, it holds
for the shortest. An order by sphere whose candidates reach 1.0045 / 0.9944 (1.0102) times further than the
last one wanted can be re-ranked on the spheroid without missing any.
"""


def sphere_distances_m(lon: float, lat: float, lons: ArrayLike, lats: ArrayLike) -> NDArray[np.float64]:
    """Great-circle distances in metres from one point to many (haversine: exact when they are close)."""
    phi, phis = math.radians(lat), np.radians(np.asarray(lats, dtype=np.float64))
    half_lon = np.radians(np.asarray(lons, dtype=np.float64) - lon) / 2.0
    h = np.sin((phis - phi) / 2.0) ** 2 + math.cos(phi) * np.cos(phis) * np.sin(half_lon) ** 2
    return np.asarray(2.0 * SPHERE_RADIUS_M * np.arcsin(np.sqrt(np.minimum(h, 1.0))))


def walk_minutes(distance_m: float, *, seconds_per_metre: float) -> int:
    """Whole minutes on foot for a straight-line distance, rounded up: nobody is promised an earlier arrival.

    `seconds_per_metre` is detour factor ÷ walking speed (1.3 ÷ 1.2 m/s, say). 0 for no distance at all.
    """
    # 1e-9: a distance that is whole minutes but for the last bit of a float is not a minute more.
    return max(0, math.ceil(distance_m * seconds_per_metre / 60.0 - 1e-9))
