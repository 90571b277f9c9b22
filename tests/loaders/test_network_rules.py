"""Who may walk where: one line a case, tags as OpenStreetMap has them."""

from __future__ import annotations

import pytest

from loaders.network_rules import is_closed_barrier, is_walkable, walking_direction


def tags(text: str) -> dict[str, str]:
    return dict(pair.split("=", 1) for pair in text.split())


WALKABLE = [
    "highway=footway", "highway=footway footway=sidewalk", "highway=footway footway=crossing",
    "highway=steps", "highway=path", "highway=pedestrian area=yes", "highway=residential",
    "highway=residential oneway=yes",
    "highway=primary", "highway=trunk", "highway=service", "highway=service service=parking_aisle",
    "highway=track", "highway=living_street", "highway=corridor indoor=yes", "highway=platform",
    "highway=road", "highway=elevator",
    # who is let in: the more specific tag decides
    "highway=service access=no foot=yes", "highway=service access=private foot=designated",
    "highway=service access=private foot=permissive", "highway=residential access=destination",
    "highway=service access=customers", "highway=path access=permissive", "highway=footway vehicle=no",
    "highway=footway motor_vehicle=private", "highway=residential access=unknown",
    "highway=service access=private;customers",
    # kinds that are not for walkers unless they say so
    "highway=cycleway foot=designated", "highway=cycleway foot=yes segregated=yes",
    "highway=bridleway foot=yes", "highway=busway foot=yes", "highway=motorway foot=yes",
    "highway=trunk motorroad=yes foot=yes",
    "highway=residential sidewalk=separate",
]  # fmt: skip

CLOSED = [
    "highway=motorway", "highway=motorway_link", "highway=trunk motorroad=yes", "highway=cycleway",
    "highway=cycleway foot=no", "highway=bridleway", "highway=busway", "highway=bus_guideway",
    "highway=construction", "highway=proposed", "highway=raceway", "highway=rest_area area=yes",
    "highway=abandoned", "highway=residential foot=no", "highway=footway access=no",
    "highway=footway access=private",
    "highway=service access=private", "highway=path foot=private access=yes",
    "highway=service service=private", "highway=track access=forestry",
    "highway=track access=agricultural;forestry", "highway=service access=delivery",
    "highway=primary foot=use_sidepath", "highway=path access=military",
    "route=ferry foot=yes", "railway=rail", "building=yes foot=yes", "foot=yes", "barrier=wall",
]  # fmt: skip


@pytest.mark.parametrize("text", WALKABLE)
def test_walkable(text: str) -> None:
    assert is_walkable(tags(text))


@pytest.mark.parametrize("text", CLOSED)
def test_closed(text: str) -> None:
    assert not is_walkable(tags(text))


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("highway=residential", "both"),
        # what binds cars does not bind walkers
        ("highway=residential oneway=yes", "both"),
        ("highway=primary oneway=-1", "both"),
        ("highway=living_street oneway=yes junction=roundabout", "both"),
        ("highway=cycleway foot=yes oneway=yes", "both"),
        ("highway=path oneway=yes", "both"),
        ("highway=pedestrian oneway=yes", "both"),
        ("highway=footway bicycle=yes oneway=yes", "both"),
        ("highway=footway bicycle=designated oneway=yes", "both"),
        # what binds walkers
        ("highway=footway oneway:foot=yes", "forward"),
        ("highway=residential oneway:foot=yes", "forward"),
        ("highway=footway oneway:foot=-1", "backward"),
        ("highway=steps oneway=yes oneway:foot=no", "both"),
        ("highway=footway oneway=yes", "forward"),
        ("highway=footway bicycle=no oneway=yes", "forward"),
        ("highway=steps oneway=yes", "forward"),
        ("highway=steps oneway=-1", "backward"),
        ("highway=footway foot:backward=no", "forward"),
        ("highway=path foot:forward=no", "backward"),
        ("highway=path foot:backward=yes", "both"),
        # escalators and moving walkways
        ("highway=steps conveying=forward", "forward"),
        ("highway=steps conveying=backward", "backward"),
        ("highway=footway conveying=forward", "forward"),
        ("highway=steps conveying=yes", "both"),
        ("highway=steps conveying=yes oneway=yes", "forward"),
        ("highway=steps conveying=reversible", "both"),
        ("highway=steps conveying=no oneway=yes", "forward"),
        ("highway=steps conveying=forward oneway:foot=no", "both"),
    ],
)
def test_direction(text: str, direction: str) -> None:
    assert walking_direction(tags(text)) == direction


@pytest.mark.parametrize(
    ("text", "closed"),
    [
        ("barrier=gate", False),
        ("barrier=gate access=private", True),
        ("barrier=gate access=no", True),
        ("barrier=gate access=private foot=yes", False),
        ("barrier=gate access=yes foot=no", True),
        ("barrier=gate locked=yes", True),
        ("barrier=gate locked=yes foot=yes", False),
        ("barrier=lift_gate", False),
        ("barrier=bollard", False),
        ("barrier=turnstile", False),
        ("barrier=toll_booth", False),
        ("barrier=wall", True),
        ("barrier=fence foot=yes", False),
        ("entrance=yes access=private", True),
        ("entrance=main", False),
        ("highway=elevator access=no", True),
        ("highway=elevator", False),
        # of a crossing or a stop that is no barrier, these tags say something else
        ("highway=crossing foot=no", False),
        ("highway=bus_stop access=private", False),
    ],
)
def test_barrier(text: str, closed: bool) -> None:
    assert is_closed_barrier(tags(text)) is closed
