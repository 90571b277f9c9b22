"""How many pairs of points and places lie within reach: what a question will cost, before it is asked."""

from __future__ import annotations

from scipy.spatial import cKDTree

from geoapi.coverage.inputs import Floats
from geoapi.coverage.straight import earth_centred, through_earth


def pairs_within(lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, straight_m: float) -> int:
    """Pairs at most `straight_m` metres apart on the surface. WGS-84 degrees; counted, not made.

    A walk is never shorter than the straight line: no model finds more pairs within as many metres.
    """
    if not lon.size or not to_lon.size:
        return 0
    here, there = cKDTree(earth_centred(lon, lat)), cKDTree(earth_centred(to_lon, to_lat))
    return int(here.count_neighbors(there, through_earth(straight_m)))
