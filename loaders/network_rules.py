"""Which ways of OpenStreetMap a walker may use, and in which direction. Tags in, answers out.

The rules and their sources are in docs/network.md. They follow the access hierarchy of OpenStreetMap: the
most specific tag decides, `foot` before `access` before what the kind of way allows by itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, Literal

from geoapi.coverage.street_ranks import StreetRank

Tags = Mapping[str, str]
Direction = Literal["both", "forward", "backward"]

OPEN_WAYS: Final = frozenset(
    [
        "trunk", "trunk_link", "primary", "primary_link", "secondary", "secondary_link", "tertiary",
        "tertiary_link", "unclassified", "residential", "residential_link", "living_street", "service",
        "road", "track", "pedestrian", "footway", "steps", "path", "corridor", "elevator", "crossing",
        "platform",
    ]
)  # fmt: skip
"""Ways that are walked unless something says no."""

GRANTED_WAYS: Final = frozenset(
    ["cycleway", "bridleway", "motorway", "motorway_link", "busway", "bus_guideway"]
)
"""Ways that are walked only where `foot` says yes."""

_GRANTS = frozenset(["yes", "designated", "permissive", "destination", "customers", "official", "public"])
# `use_sidepath`: the way beside it has to be taken; `delivery` and the like: not for people passing on foot
_REFUSALS = frozenset(
    [
        "no", "private", "use_sidepath", "agricultural", "forestry", "delivery", "military", "emergency",
        "permit", "residents", "employees", "staff", "restricted",
    ]
)  # fmt: skip
_YES = frozenset(["yes", "true", "1"])
_REVERSED = frozenset(["-1", "reverse"])

# on these, where no bicycles go, `oneway` can only mean the walkers
_WALKERS_ONLY = frozenset(["steps", "footway", "corridor", "elevator"])

# nodes that stop a walker unless `foot` or `access` lets them through
_WALLS = frozenset(
    ["wall", "fence", "city_wall", "hedge", "retaining_wall", "jersey_barrier", "debris", "barrier_board"]
)


MAIN_ROADS: Final = frozenset(
    f"{kind}{link}" for kind in ("motorway", "trunk", "primary", "secondary") for link in ("", "_link")
)
PATHS: Final = frozenset(
    [
        "footway",
        "path",
        "steps",
        "corridor",
        "elevator",
        "crossing",
        "platform",
        "cycleway",
        "bridleway",
        "track",
    ]
)


def street_rank(tags: Tags) -> StreetRank:
    """What a way that is walked is to a map: a main road, a path, or a street as all others are."""
    kind = tags.get("highway")
    if kind in MAIN_ROADS:
        return StreetRank.MAIN
    return StreetRank.PATH if kind in PATHS else StreetRank.STREET


def is_walkable(tags: Tags) -> bool:
    """Whether a way or area may be walked: its kind, and who is let in."""
    kind = tags.get("highway")
    granted = _says(tags.get("foot"))
    if granted is not None:
        # an explicit word on walkers settles every kind of way that is a way at all
        return granted and (kind in OPEN_WAYS or kind in GRANTED_WAYS)
    if kind not in OPEN_WAYS or tags.get("motorroad") == "yes":
        return False
    return _says(tags.get("access")) is not False and tags.get("service") != "private"


def walking_direction(tags: Tags) -> Direction:
    """In which direction of the way's nodes a walker may go. What binds cars alone does not count."""
    way = tags.get("oneway:foot")
    if way is None and (conveying := tags.get("conveying")) is not None:
        # an escalator says which way it runs; "yes" leaves that to `oneway`, and without it is both
        if conveying in ("forward", "backward"):
            return "forward" if conveying == "forward" else "backward"
        way = tags.get("oneway")
    elif way is None and tags.get("highway") in _WALKERS_ONLY and _says(tags.get("bicycle")) is not True:
        way = tags.get("oneway")
    if way in _YES:
        return "forward"
    if way in _REVERSED:
        return "backward"
    if _says(tags.get("foot:backward")) is False:
        return "forward"
    if _says(tags.get("foot:forward")) is False:
        return "backward"
    return "both"


def is_closed_barrier(tags: Tags) -> bool:
    """Whether a node on a way stops a walker: a gate that says so, or a wall that does not say otherwise."""
    if "barrier" not in tags and "entrance" not in tags and tags.get("highway") != "elevator":
        return False
    for key in ("foot", "access"):
        if (says := _says(tags.get(key))) is not None:
            return not says
    return tags.get("barrier") in _WALLS or (tags.get("barrier") == "gate" and tags.get("locked") == "yes")


def _says(value: str | None) -> bool | None:
    """What an access tag says: yes, no, or nothing understood. Of several values the kindest counts."""
    if value is None:
        return None
    values = {one.strip() for one in value.split(";")}
    if values & _GRANTS:
        return True
    return False if values & _REFUSALS else None
