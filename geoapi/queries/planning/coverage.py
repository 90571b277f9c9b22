"""Coverage of a scene's demand by its stations, or by others in their place."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from typing import Final

from geoapi.coverage.inputs import Supply
from geoapi.coverage.measure import Coverage, measure
from geoapi.coverage.runners import Runner
from geoapi.coverage.tile_cache import TileCache
from geoapi.queries.planning.scene import Scene

REMEMBERED: Final = 16
"""Answers kept: a planner tries one change after another against the same present."""


class Measurer:
    """Works out coverage, and remembers what it was asked last. For one thread at a time."""

    def __init__(self, runner: Runner, tiles: TileCache) -> None:
        self._runner = runner
        self._tiles = tiles
        self._known: OrderedDict[bytes, Coverage] = OrderedDict()

    def cover(self, scene: Scene, supply: Supply) -> Coverage:
        """Coverage of the scene's demand by `supply`, at each of the scene's moments."""
        key = _digest(scene, supply)
        if key not in self._known:
            self._known[key] = measure(
                scene.demand,
                supply,
                scene.model,
                limit_m=scene.question.limit.metres,
                runner=self._runner,
                cache=self._tiles,
            )
        self._known.move_to_end(key)
        while len(self._known) > REMEMBERED:
            self._known.popitem(last=False)
        return self._known[key]


def _digest(scene: Scene, supply: Supply) -> bytes:
    """Of all that the answer depends on: the same digest, the same answer."""
    network = scene.network.fingerprint if scene.network else ""
    said = (scene.demand_key, network, scene.detour_factor, scene.question.limit.metres, supply.states.shape)
    digest = hashlib.blake2b(repr(said).encode(), digest_size=24)
    for array in (supply.lon, supply.lat, supply.pattern, supply.states):
        digest.update(array.tobytes())
    return digest.digest()
