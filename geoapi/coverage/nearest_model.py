"""Distances by a model that answers for all points at once, such as a walking network."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from typing import Protocol, runtime_checkable

import numpy as np

from geoapi.coverage.area_sums import Found
from geoapi.coverage.inputs import Demand, Floats, Ints, Supply
from geoapi.coverage.nearest_straight import Metres32, nearest_of_sets, round_beside
from geoapi.coverage.open_sets import OpenSets
from geoapi.coverage.tile_cache import TileCache


@runtime_checkable
class NearestModel(Protocol):
    """A model of walking that answers for all points at once.

    It may have a `digest`: bytes that are the same for two models only if all their answers are. Then what
    it answered is found in a cache again, hours by hours.
    """

    def nearest(
        self, lon: Floats, lat: Floats, to_lon: Floats, to_lat: Floats, pattern: Ints, patterns: int
    ) -> Floats:
        """(points, patterns) metres walked from each point to the nearest place of each pattern.

        Places are `to_lon`, `to_lat` with `pattern` in 0 … `patterns` - 1; inf where none can be reached.
        """
        ...


def nearest_at_once(
    asked: Demand,
    supply: Supply,
    sets: OpenSets,
    model: NearestModel,
    limit_m: float,
    cache: TileCache | None,
) -> list[Found]:
    """Metres to the nearest station open in each of `sets`, all points together; nothing without points.

    The model is asked only about hours whose stations are others than those the `cache` knows, so a what-if
    of one station costs one search of the network.
    """
    if not len(asked):
        return []
    to_lon, to_lat = supply.lon[sets.stations], supply.lat[sets.stations]
    many = len(sets.sets)
    keys = _keys(asked, to_lon, to_lat, sets, model, limit_m) if cache is not None else None
    rows: list[Metres32 | None] = [None] * many
    if cache is not None and keys is not None:
        rows = [cache.get(key) for key in keys]
    missing = np.array([hours for hours in range(many) if rows[hours] is None], dtype=np.int64)
    if missing.size:
        theirs = np.isin(sets.hours, missing)
        pattern = np.searchsorted(missing, sets.hours[theirs])
        metres = model.nearest(asked.lon, asked.lat, to_lon[theirs], to_lat[theirs], pattern, missing.size)
        for hours, column in zip(missing.tolist(), metres.T, strict=True):
            row = rows[hours] = round_beside(column, limit_m)
            if cache is not None and keys is not None:
                cache.put(keys[hours], row)
    known = [row for row in rows if row is not None]
    nearest = nearest_of_sets(np.array(known, dtype=np.float32).reshape(many, len(asked)), sets.sets)
    key = None if keys is None else _digest(b"at once", *keys, sets.sets.tobytes())
    return [Found(0, nearest, np.arange(sets.sets.shape[1]), key)]


def _keys(
    asked: Demand, to_lon: Floats, to_lat: Floats, sets: OpenSets, model: NearestModel, limit_m: float
) -> list[bytes] | None:
    """What each hours' distances depend on: the model, the points, the limit that they are rounded beside,
    and the stations that have these hours. None if the model cannot be told from others."""
    name = getattr(model, "digest", None)
    if not isinstance(name, bytes):
        return None
    same = _digest(name, asked.lon.tobytes(), asked.lat.tobytes(), np.float64(limit_m).tobytes())
    start = np.searchsorted(sets.hours, np.arange(len(sets.sets) + 1))
    return [
        _digest(same, to_lon[begin:end].tobytes(), to_lat[begin:end].tobytes())
        for begin, end in pairwise(start)
    ]


def _digest(*parts: bytes) -> bytes:
    said = hashlib.blake2b(digest_size=20)
    for part in parts:
        said.update(len(part).to_bytes(8, "little"))
        said.update(part)
    return said.digest()
