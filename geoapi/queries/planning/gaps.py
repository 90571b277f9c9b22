"""Where nobody has an open station within reach, at one time: connected areas, the worst first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import shapely

from geoapi.coverage.gaps import Gap, find_gaps
from geoapi.coverage.inputs import OPEN
from geoapi.coverage.nearest_place import nearest_distances, which_place
from geoapi.coverage.served import served
from geoapi.queries.planning.scene import Scene
from geoapi.queries.planning.supply import supply_of


@dataclass(frozen=True, slots=True, eq=False)
class GapsFound:
    """The gaps, the worst first; `nearest` is the station next to each, None where none is open anywhere."""

    gaps: list[Gap]
    nearest: list[int | None]
    uncovered: float
    uncovered_if_open: float


def gaps_in(scene: Scene, districts: Mapping[str, shapely.Geometry]) -> GapsFound:
    """The gaps at the scene's one moment, each with the hours of that week in which it is there.

    `districts` are the polygons of the area's parts, at whose borders gaps end.
    """
    demand, supply = scene.demand, scene.supply
    reach = scene.reach(demand.lon, demand.lat, supply.lon, supply.lat)
    uncovered = ~served(reach, supply, "unknown_closed").at(0)
    uncovered_if_open = ~served(reach, supply, "unknown_open").at(0)
    week = served(reach, supply_of(scene.stations, scene.week_around(), scene.calendars), "unknown_closed")
    is_open = supply.only(supply.states[supply.pattern, 0] == OPEN)
    distance_m = np.zeros(len(demand))
    distance_m[uncovered] = nearest_distances(
        scene.model, demand.lon[uncovered], demand.lat[uncovered], is_open.lon, is_open.lat
    )
    gaps = find_gaps(
        demand,
        uncovered,
        uncovered_if_open=uncovered_if_open,
        covered=week.by_set,
        distance_m=distance_m,
        districts=districts,
    )
    gaps = [replace(gap, hours=gap.hours[week.set_of]) if gap.hours is not None else gap for gap in gaps]
    nearest: list[int | None] = []
    for gap in gaps:
        closest = gap.points[np.argmin(distance_m[gap.points])]
        index = which_place(
            scene.model,
            demand.lon[closest],
            demand.lat[closest],
            is_open.lon,
            is_open.lat,
            distance_m[closest],
        )
        nearest.append(None if index is None else int(is_open.ids[index]))
    return GapsFound(
        gaps,
        nearest,
        float(demand.weight[uncovered].sum()),
        float(demand.weight[uncovered_if_open].sum()),
    )
