"""Which existing stations, open longer, would cover as many as new ones would."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from geoapi.coverage.extensions import Extension, Verification, best_extensions, verify_first
from geoapi.coverage.inputs import Ints
from geoapi.coverage.served import served
from geoapi.queries.planning.scene import Scene

WORTHWHILE: Final = 1e-4
"""Share of all demand, for an hour, that an extension has to serve: less is not worth a notice on a door."""


@dataclass(frozen=True, slots=True, eq=False)
class ExtensionsFound:
    """Extensions and verifications, the best first; `ids` are the stations' by their index."""

    extensions: list[Extension]
    verify: list[Verification]
    ids: Ints
    total: float


def extensions_in(scene: Scene, n: int) -> ExtensionsFound:
    """The `n` best of each, over the scene's moments."""
    demand, supply = scene.demand, scene.supply
    reach = scene.reach(demand.lon, demand.lat, supply.lon, supply.lat)
    # who is within nobody's reach gains nothing by any station's hours
    near = np.flatnonzero((np.diff(reach.indptr) > 0) & (demand.weight > 0))
    reach = reach[near]
    uncovered = ~served(reach, supply, "unknown_closed").by_instant()
    asked = (reach, demand.weight[near], uncovered, supply.pattern, supply.states, n)
    total = float(demand.weight.sum())
    longer = best_extensions(*asked, least_gain=WORTHWHILE * total)
    return ExtensionsFound(longer, verify_first(*asked), supply.ids, total)
