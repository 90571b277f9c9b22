"""What stations offer against who asks for it (E2SFCA), at one time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.catchment import Zones, catchment
from geoapi.coverage.inputs import OPEN, Demand
from geoapi.queries.planning.scene import Scene

CapacityOf = Literal["station", "area_m2"]
PER: Final = 10_000
"""Figures are capacity for so much demand: a number that can be read."""


@dataclass(frozen=True, slots=True, eq=False)
class SupplyFound:
    """Accessibility of each demand point, and how it came about; `guessed` stations stated no capacity."""

    access: NDArray[np.float64]
    zones: Zones
    capacity: float
    idle: float
    guessed: int


async def areas_m2(conn: AsyncConnection, ids: NDArray[np.int64]) -> dict[int, float]:
    """The floor areas that stations state, by id."""
    rows = await conn.execute(
        text(
            """SELECT id, (attributes ->> 'area_m2')::float8 FROM station
               WHERE id = ANY (:ids) AND jsonb_typeof(attributes -> 'area_m2') = 'number'"""
        ),
        {"ids": ids.tolist()},
    )
    return {station_id: float(area) for station_id, area in rows if area > 0}


def supply_in(scene: Scene, around: Demand, areas: Mapping[int, float] | None) -> SupplyFound:
    """Supply against demand by the stations that are open for sure at the scene's one moment.

    `around` is the demand outside the area that has a share in its stations. Access is of the scene's own
    points, and capacity that of the stations within their reach, and of idle ones in the area.

    A station's capacity is 1, or with `areas` its floor area; one that states none gets the median of the
    others (1 where nobody states any).
    """
    demand, inside = scene.demand, len(scene.demand)
    lon, lat = np.concatenate([demand.lon, around.lon]), np.concatenate([demand.lat, around.lat])
    weight = np.concatenate([demand.weight, around.weight])
    is_open = scene.supply.states[scene.supply.pattern, 0] == OPEN
    own = scene.stations.inside[is_open]
    supply = scene.supply.only(is_open)
    limit_m = scene.question.limit.metres
    zones = Zones.thirds(limit_m)
    capacity, guessed = np.ones(len(supply)), 0
    if areas is not None:
        stated = np.array([areas.get(station_id, np.nan) for station_id in supply.ids.tolist()])
        guessed = int(np.count_nonzero(np.isnan(stated)))
        typical = float(np.nanmedian(stated)) if guessed < stated.size else 1.0
        capacity = np.where(np.isnan(stated), typical, stated)
    reach = scene.reach(lon, lat, supply.lon, supply.lat)
    found = catchment(reach, weight, capacity, zones)
    reached = np.bincount(reach[:inside].indices, minlength=len(supply)) > 0
    idle = found.idle & own
    return SupplyFound(
        found.access[:inside],
        zones,
        float(capacity[reached | idle].sum()),
        float(capacity[idle].sum()),
        guessed,
    )


@dataclass(frozen=True, slots=True)
class Spread:
    """Accessibility over people: mean, median, the mean of the tenth that has least, and who has none."""

    total: float
    mean: float | None
    median: float | None
    lowest_decile: float | None
    without: float


def spread_of(access: NDArray[np.float64], weight: NDArray[np.float64]) -> Spread:
    """The figures of some points, weighted. None where nobody asks."""
    total = float(weight.sum())
    if total <= 0:
        return Spread(0.0, None, None, None, 0.0)
    order = np.argsort(access, kind="stable")
    access, weight = access[order], weight[order]
    upto = np.cumsum(weight)
    median = float(access[np.searchsorted(upto, total / 2)])
    # of the tenth's last point only the part that belongs to it
    tenth = np.clip(total / 10 - (upto - weight), 0.0, weight)
    return Spread(
        total,
        float(access @ weight) / total,
        median,
        float(access @ tenth) / (total / 10),
        float(weight[access == 0].sum()),
    )
