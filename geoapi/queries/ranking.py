"""The nearest of what was fetched, and whether anything that was not fetched could be among them.

PostGIS's index finds by distance on the sphere; what is promised is the order on the spheroid.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from geoapi.geometry.distances import SPHERE_TO_SPHEROID


def nearest_of(
    rows: Sequence[Mapping[str, Any]], *, fetched: int, limit: int
) -> tuple[list[Mapping[str, Any]], bool]:
    """The first `limit` of `rows` by true distance, ties by id, and whether they are certain.

    A row has `id`, `distance_m` (spheroid), `sphere_m`, and `search`: which of several
    searches found it, each of which was asked for `fetched` rows, nearest first on the
    sphere. A station that a search found twice (by two slots) is one.
    """
    found = {row["id"]: row for row in rows}
    best = sorted(found.values(), key=lambda row: (row["distance_m"], row["id"]))[:limit]
    counts: dict[Any, int] = {}
    reached: dict[Any, float] = {}
    for row in rows:
        search = row["search"]
        counts[search] = counts.get(search, 0) + 1
        reached[search] = max(reached.get(search, 0.0), row["sphere_m"])
    # a search that brought fewer than it was asked for has no more to bring
    certain_within_m = min(
        (reached[search] * SPHERE_TO_SPHEROID[0] for search, count in counts.items() if count == fetched),
        default=math.inf,
    )
    enough = len(best) == limit and best[-1]["distance_m"] < certain_within_m
    return best, enough or certain_within_m == math.inf
