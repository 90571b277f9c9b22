"""The sample city's streets on record, as a walking network like any other: made up, and called so."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

import numpy as np
import shapely
from psycopg import Connection

from geoapi.sample.city import AS_OF, SOURCE, Station
from geoapi.sample.districts import sample_districts
from geoapi.sample.streets import sample_streets
from loaders.network import RULES, NetworkReport, record_network
from loaders.network_extract import WGS84, Extract

NETWORK: Final = "sample"
"""The network's code. An extract that is loaded under it takes the place of the sample's streets."""


def record_sample_streets(conn: Connection, stations: Sequence[Station]) -> NetworkReport | None:
    """The streets that lead to the sample's stations as network `sample`, in the caller's transaction.

    Again, it changes nothing. None, and nothing laid, where the city has streets of another source already.
    """
    box = shapely.total_bounds([one.polygon for one in sample_districts()]).tolist()
    others = conn.execute(
        """SELECT FROM network WHERE source <> %s
             AND (code = %s OR ST_Intersects(bounds, ST_MakeEnvelope(%s, %s, %s, %s, 4326)))""",
        [SOURCE, NETWORK, *box],
    )
    if others.fetchone() is not None:
        return None
    made = sample_extract(stations)
    digest = hashlib.sha256()
    for array in (made.lon, made.lat, made.tail, made.head, made.rank):
        digest.update(array.tobytes())
    fingerprint = f"{digest.hexdigest()}:{RULES}:{SOURCE}"
    return record_network(conn, lambda: made, fingerprint, code=NETWORK, source=SOURCE)


def sample_extract(stations: Sequence[Station]) -> Extract:
    """The streets as an extract would have them; each straight piece counts as a way of its own."""
    made = sample_streets(stations=stations)
    tail, head = made.tail, made.head
    _, _, length_m = WGS84.inv(made.lon[tail], made.lat[tail], made.lon[head], made.lat[head])
    return Extract(
        made.lon, made.lat, tail, head, np.asarray(length_m, dtype=np.float64),
        np.ones(tail.size, dtype=np.bool_), made.rank, AS_OF, int(tail.size), 0, 0,
    )  # fmt: skip
