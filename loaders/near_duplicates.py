"""Stations near each other with nearly the same name: reported for review, never merged.

Pairs come from a grid in numpy, are compared in C++ (rapidfuzz), and are bounded however many stations
share one coordinate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection
from rapidfuzz import fuzz, process

from geoapi.db.similar_names import ALIKE, core_name, distinguishing

CROWDED = 200
"""Stations of a kind within one cell that are compared with all their neighbours; of more, the first."""

MOST_PAIRS = 10_000
"""Pairs recorded for one load, the most alike and nearest first."""

METRES_PER_DEGREE = 111_320.0


@dataclass(frozen=True, slots=True)
class NearDuplicate:
    """Two stations that may be one; `station_id` < `other_id`."""

    station_id: int
    other_id: int
    name: str
    other_name: str
    similarity: float
    distance_m: float

    def as_dict(self) -> dict[str, Any]:
        return {
            "station_id": self.station_id,
            "other_id": self.other_id,
            "name": self.name,
            "other_name": self.other_name,
            "similarity": round(self.similarity, 1),
            "distance_m": round(self.distance_m, 1),
        }


def find_near_duplicates(conn: Connection, touched: str, *, within_m: float) -> list[NearDuplicate]:
    """Pairs of stations of one kind within `within_m` of each other, at least one touched by this load.

    `touched` names the temporary table of their ids. The most alike come first, then the nearest.
    """
    found = conn.execute(
        f"""
        WITH box AS (
          SELECT ST_SetSRID(ST_Expand(ST_Extent(s.geog::geometry)::geometry, %(degrees)s), 4326) AS area
          FROM station AS s JOIN {touched} USING (id)
        )
        SELECT s.id, s.kind_id, s.lon, s.lat, s.name_zh, t.id IS NOT NULL
        FROM station AS s
        CROSS JOIN box
        LEFT JOIN {touched} AS t ON t.id = s.id
        WHERE s.retired_at IS NULL AND ST_Intersects(box.area, s.geog::geometry)
        ORDER BY s.id
        """,  # noqa: S608 - one of this package's own temporary tables
        {"degrees": within_m / METRES_PER_DEGREE * 3},
    ).fetchall()
    if len(found) < 2:
        return []
    ids = np.array([row[0] for row in found], dtype=np.int64)
    kinds = np.array([row[1] for row in found], dtype=np.int64)
    lon = np.array([row[2] for row in found], dtype=np.float64)
    lat = np.array([row[3] for row in found], dtype=np.float64)
    names = [row[4] for row in found]
    new = np.array([row[5] for row in found], dtype=np.bool_)
    cores = np.array([core_name(name) for name in names], dtype=object)
    comparable = np.array([bool(core) for core in cores], dtype=np.bool_)
    first, second = _neighbours(lon, lat, kinds, within_m)
    keep = (new[first] | new[second]) & comparable[first] & comparable[second]
    first, second = first[keep], second[keep]
    metres = _distances_m(lon, lat, first, second)
    keep = metres <= within_m
    first, second, metres = first[keep], second[keep], metres[keep]
    if not first.size:
        return []
    alike = process.cpdist(
        cores[first].tolist(), cores[second].tolist(), scorer=fuzz.ratio, score_cutoff=ALIKE
    )
    order = np.lexsort((metres, -alike))
    pairs: list[NearDuplicate] = []
    for n in order:
        if alike[n] < ALIKE or len(pairs) == MOST_PAIRS:
            break
        one, other = int(first[n]), int(second[n])
        if distinguishing(names[one]) == distinguishing(names[other]):
            pairs.append(
                NearDuplicate(
                    int(ids[one]),
                    int(ids[other]),
                    names[one],
                    names[other],
                    float(alike[n]),
                    float(metres[n]),
                )
            )
    return pairs


def _neighbours(
    lon: NDArray[np.float64], lat: NDArray[np.float64], kinds: NDArray[np.int64], within_m: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Index pairs (first < second) of one kind, in the same or adjoining cells of `within_m`."""
    # rows of equal height; in each, cells as wide as the poleward edge needs: no pair within reach
    # is ever two cells apart, east or west
    row = np.floor(lat * METRES_PER_DEGREE / within_m).astype(np.int64)
    widest = np.minimum(np.abs(lat) + 2 * within_m / METRES_PER_DEGREE, 89.9)
    # one width for a band of 0.5 degrees, so that neighbouring rows mostly agree on their cells
    band = np.floor(widest * 2).astype(np.int64) + 1
    across = np.cos(np.radians(np.minimum(band / 2.0, 89.9))) * METRES_PER_DEGREE
    column = np.floor(lon * across / within_m).astype(np.int64)
    pairs_first: list[NDArray[np.int64]] = []
    pairs_second: list[NDArray[np.int64]] = []
    cell = _cell_key(row, column, kinds)
    order = np.argsort(cell, kind="stable")
    sorted_cells = cell[order]
    starts = np.searchsorted(sorted_cells, sorted_cells, side="left")
    rank = np.arange(len(order)) - starts
    order, sorted_cells = order[rank < CROWDED], sorted_cells[rank < CROWDED]
    here = np.arange(len(lon))
    for rows_up in (-1, 0, 1):
        # where the row above has another band, its cells are counted anew with its own width
        other_row = row + rows_up
        for aside in (-1, 0, 1):
            key = _cell_key(other_row, column + aside, kinds)
            low = np.searchsorted(sorted_cells, key, side="left")
            high = np.searchsorted(sorted_cells, key, side="right")
            counts = high - low
            if not counts.any():
                continue
            first = np.repeat(here, counts)
            offset = np.arange(counts.sum()) - np.repeat(np.cumsum(counts) - counts, counts)
            second = order[np.repeat(low, counts) + offset]
            keep = first < second
            pairs_first.append(first[keep])
            pairs_second.append(second[keep])
    if not pairs_first:
        return np.empty(0, np.int64), np.empty(0, np.int64)
    return np.concatenate(pairs_first), np.concatenate(pairs_second)


def _cell_key(
    row: NDArray[np.int64], column: NDArray[np.int64], kinds: NDArray[np.int64]
) -> NDArray[np.int64]:
    # rows and columns are below 2**20 for cells of 40 m and more; kinds are smallints
    return ((kinds << 46) ^ ((row + (1 << 21)) << 23)) + (column + (1 << 22))


def _distances_m(
    lon: NDArray[np.float64], lat: NDArray[np.float64], first: NDArray[np.int64], second: NDArray[np.int64]
) -> NDArray[np.float64]:
    """Metres between near points: equirectangular, right to some parts in a thousand."""
    middle = np.radians((lat[first] + lat[second]) / 2)
    east = (lon[first] - lon[second]) * np.cos(middle)
    return np.hypot(east, lat[first] - lat[second]) * METRES_PER_DEGREE
