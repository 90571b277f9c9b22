"""Coverage of a scene's demand by its stations, or by others in their place."""

from __future__ import annotations

from geoapi.coverage.inputs import Supply
from geoapi.coverage.measure import Coverage, measure
from geoapi.coverage.runners import Runner
from geoapi.coverage.tile_cache import TileCache
from geoapi.queries.planning.scene import Scene


def cover(scene: Scene, supply: Supply, *, runner: Runner, cache: TileCache) -> Coverage:
    """Coverage at each of the scene's moments."""
    return measure(
        scene.demand,
        supply,
        scene.model,
        limit_m=scene.question.limit.metres,
        runner=runner,
        cache=cache,
    )
