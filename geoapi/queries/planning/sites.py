"""Where the next stations go: candidate places, and which of them cover most of what is left."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.candidates import need_nearby, thin
from geoapi.coverage.exact_sites import best_sites
from geoapi.coverage.inputs import OPEN
from geoapi.coverage.served import served
from geoapi.coverage.sites import Sites, next_sites
from geoapi.coverage.straight import earth_centred
from geoapi.db.tables import station
from geoapi.errors import InvalidInput, Words
from geoapi.hours import Rules, open_intervals, read_hours
from geoapi.queries.planning.areas import read_area
from geoapi.queries.planning.scene import Scene
from geoapi.queries.planning.supply import states_at

ROUND_THE_CLOCK: Final = "24/7"
BESIDE_DEGREES: Final = 0.02
"""A venue 2 km outside still serves people inside."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a station could go, WGS-84."""

    lon: float
    lat: float
    name: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class SitesFound:
    """The places chosen, in order; and what was covered before, and could be.

    In demand, averaged over the hours in which the new sites are open. `candidates` were considered of
    `candidates_there`.
    """

    places: list[Place]
    part: list[int]
    sites: Sites
    hours: int
    total: float
    covered_before: float
    candidates: int
    candidates_there: int


def sites_in(
    scene: Scene,
    n: int,
    *,
    places: Sequence[Place] | None,
    given: bool = False,
    hours: str,
    exact: bool,
    most_candidates: int,
    time_limit_s: float,
) -> SitesFound:
    """Where the next `n` go: among `places`, or among the demand points where they are None.

    `InvalidInput` for a `given` place that is too far from the area.
    """
    demand, supply = scene.demand, scene.supply
    open_hours = hours_of(hours, scene, field="hours") == OPEN
    if not open_hours.any():
        raise InvalidInput(
            Words("新站在所问时间不开放", "a new site would not be open at the time asked about"),
            field="hours",
            mend=Words("换个时间，或换开放时间", "ask about another time, or give other hours"),
        )
    reach = scene.reach(demand.lon, demand.lat, supply.lon, supply.lat)
    now = served(reach, supply, "unknown_closed")
    # one column for each set of stations that is open: 40 instead of 168
    times = np.bincount(now.set_of[open_hours], minlength=now.by_set.shape[1])
    need = demand.weight * ((~now.by_set).astype(np.float64) @ times)
    there, candidates = _candidates(scene, need, places, given, most_candidates)
    lon = np.array([place.lon for place in candidates])
    lat = np.array([place.lat for place in candidates])
    left = need > 0
    from_left = scene.reach(demand.lon[left], demand.lat[left], lon, lat)
    if exact:
        chosen = best_sites(from_left, need[left], n, time_limit_s=time_limit_s)
    else:
        chosen = next_sites(from_left, need[left], n)
    picked = [candidates[index] for index in chosen.chosen.tolist()]
    total = float(demand.weight.sum())
    count = int(open_hours.sum())
    return SitesFound(
        picked,
        _parts(scene, picked),
        chosen,
        count,
        total,
        total - float(need.sum()) / count,
        len(candidates),
        there,
    )


async def venues(conn: AsyncConnection, code: str, host_ids: Sequence[int]) -> list[Place]:
    """Where hosts of these types are known to be, in and about an area: those of stations of any kind."""
    box = (await read_area(conn, code)).box.grown(BESIDE_DEGREES)
    rows = await conn.execute(
        select(station.c.lon, station.c.lat, station.c.host_name, station.c.name_zh)
        .where(
            station.c.retired_at.is_(None),
            station.c.host_id.in_(host_ids),
            station.c.lon.between(box.west, box.east),
            station.c.lat.between(box.south, box.north),
        )
        .order_by(station.c.id)
    )
    found: dict[tuple[float, float], Place] = {}
    for lon, lat, host_name, name in rows:
        found.setdefault((lon, lat), Place(lon, lat, host_name or name))
    return list(found.values())


def hours_of(text: str, scene: Scene, *, field: str) -> NDArray[np.uint8]:
    """The states at the scene's moments of a station with these hours. `InvalidInput` for unread hours."""
    # times alone are of every day: who supposes hours means all of them
    reading = read_hours(text, times_without_days="daily")
    if reading.rules is None or reading.certainty != "full":
        raise InvalidInput(
            Words("看不懂这个开放时间", "these hours cannot be read in full"),
            field=field,
            mend=Words("例如 每天 9:00-20:00,或 Mo-Fr 09:00-17:30", "for example Mo-Su 09:00-20:00, or 24/7"),
        )
    return states_of_rules(reading.rules, scene)


def states_of_rules(rules: Rules, scene: Scene) -> NDArray[np.uint8]:
    """The states at the scene's moments of a station with these rules, by the place's usual calendar."""
    window = scene.moments.window
    return states_at(
        open_intervals(
            rules,
            calendar=scene.calendars[scene.stations.calendar],
            zone=ZoneInfo(scene.moments.zone),
            start=window.starts_at,
            end=window.ends_at,
            holiday_policy="as_usual",
        ),
        scene.moments,
    )


def _candidates(
    scene: Scene, need: NDArray[np.float64], places: Sequence[Place] | None, given: bool, most: int
) -> tuple[int, list[Place]]:
    """How many candidates there are, and those to consider."""
    if places is None:
        demand = scene.demand
        if len(demand) > most:
            # what a site may gain is the need about a point, not the point's own
            radius_m = scene.question.limit.metres / scene.detour_factor
            need = need_nearby(demand.lon, demand.lat, need, radius_m)
        thinned = thin(demand.lon, demand.lat, need, most)
        return thinned.considered, [
            Place(float(demand.lon[i]), float(demand.lat[i])) for i in thinned.kept.tolist()
        ]
    for index, place in enumerate(places if given else ()):
        scene.require_near(place.lon, place.lat, f"places.{index}")
    if len(places) > most:
        raise InvalidInput(
            Words(f"候选地点 {len(places)} 处，最多 {most} 处", f"{len(places)} candidates, at most {most}"),
            field="places",
            mend=Words("减少候选地点", "give fewer places, or ask about a smaller district"),
        )
    return len(places), list(places)


def _parts(scene: Scene, places: Sequence[Place]) -> list[int]:
    """The part of the area that each place's nearest demand lies in."""
    demand = scene.demand
    if not places or not len(demand):
        return [-1] * len(places)
    tree = cKDTree(earth_centred(demand.lon, demand.lat))
    _, nearest = tree.query(
        earth_centred(np.array([p.lon for p in places]), np.array([p.lat for p in places]))
    )
    parts: list[int] = demand.area[nearest].tolist()
    return parts
