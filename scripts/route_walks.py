"""Walks by Valhalla, for scripts/compare-walks: runs in the router's own environment, without this project.

    python route_walks.py valhalla.json shortest|default walks.json routes.json

In: {"walks": [{"from": [lon, lat], "to": [lon, lat]}, …]}. Out: a list of {"metres", "line"}, null where
the router knows no way. "shortest" asks for the fewest metres, "default" for what the router
recommends to walkers, which avoids driveways, alleys and steps.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from valhalla import Actor


def main() -> None:
    config, how, walks, routes = sys.argv[1:]
    actor = Actor(config)
    asked = json.loads(Path(walks).read_text("utf-8"))["walks"]
    # to a file: stdout is where the router logs
    Path(routes).write_text(json.dumps([route(actor, walk, how) for walk in asked]), "utf-8")


def route(actor: Actor, walk: dict[str, Any], how: str) -> dict[str, Any] | None:
    """One walk, or None where there is none."""
    asked = {
        # the edge that the point lies on: no jump to a junction nearby or a better-connected street
        "locations": [
            {
                "lon": walk[end][0], "lat": walk[end][1], "minimum_reachability": 0, "node_snap_tolerance": 0,
                "street_side_max_distance": 0,
            }
            for end in ("from", "to")
        ],
        "costing": "pedestrian",
        "costing_options": {"pedestrian": {"shortest": how == "shortest", "max_distance": 100_000}},
        "units": "kilometers",
    }  # fmt: skip
    try:
        answer = actor.route(json.dumps(asked))
    except RuntimeError:
        return None
    [leg] = (json.loads(answer) if isinstance(answer, str) else answer)["trip"]["legs"]
    line = decoded(leg["shape"])
    return {"metres": leg["summary"]["length"] * 1000, "line": line}


def decoded(shape: str) -> list[tuple[float, float]]:
    """The lon/lat of a polyline with six decimals (Google's Encoded Polyline Algorithm Format, with 1e6)."""
    numbers, value, shift = [], 0, 0
    for sign in shape:
        code = ord(sign) - 63
        value |= (code & 31) << shift
        shift += 5
        if code < 32:
            numbers.append(~(value >> 1) if value & 1 else value >> 1)
            value = shift = 0
    line, lat, lon = [], 0, 0
    for north, east in zip(numbers[::2], numbers[1::2], strict=True):
        lat, lon = lat + north, lon + east
        line.append((lon / 1e6, lat / 1e6))
    return line


main()
