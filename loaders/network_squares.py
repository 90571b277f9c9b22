"""Across squares: a walker takes the straight way between two of its corners, not the outline.

Routers that know lines alone lead walkers round a square. Added here are the straight lines inside it that
shortest walks are made of: between the places where other ways come in and the corners that stick out into it
(de Berg et al., Computational Geometry, 3rd edition, chapter 15: visibility graphs).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.coverage.inputs import Floats, Ints

MOST_CORNERS: Final = 150
"""A square with more of them is crossed between its entrances alone, and with more entrances not at all."""


def across(
    squares: Iterable[Sequence[Sequence[int]]], ids: Ints, lon: Floats, lat: Floats, entrances: Ints
) -> list[tuple[int, int]]:
    """Pairs of nodes between which the squares are crossed in a straight line, both ways.

    A square is given by the node ids of its outlines, in any order and direction, holes among them. `ids`,
    ascending, have the places `lon`, `lat`; `entrances` are the nodes that other ways share, ascending.
    A square whose outline is not whole has no inside to cross.
    """
    found: set[tuple[int, int]] = set()
    for outlines in squares:
        nodes = np.unique(np.concatenate([np.asarray(line, dtype=np.int64) for line in outlines]))
        at = np.searchsorted(ids, nodes)
        at[at == ids.size] = 0
        if not ids.size or not np.array_equal(ids[at], nodes):
            continue
        places = {node: (lon[row], lat[row]) for node, row in zip(nodes.tolist(), at.tolist(), strict=True)}
        name = {place: node for node, place in places.items()}
        lines = [shapely.LineString([places[node] for node in line]) for line in outlines if len(line) > 1]
        for part in shapely.get_parts(shapely.build_area(shapely.GeometryCollection(lines))):
            found.update(_sights(part, name, entrances))
    return sorted(found)


def _sights(
    square: shapely.Polygon, name: dict[tuple[float, float], int], entrances: Ints
) -> Iterable[tuple[int, int]]:
    """The pairs of one square's entrances and reflex corners that see each other across it."""
    spots, nodes, reflex = [], [], []
    whole = shapely.orient_polygons(square)
    for ring in (whole.exterior, *whole.interiors):
        corner = shapely.get_coordinates(ring)[:-1]
        before, after = corner - np.roll(corner, 1, axis=0), np.roll(corner, -1, axis=0) - corner
        # the inside is on the left of every ring: a turn to the right sticks out into it
        reflex.append(before[:, 0] * after[:, 1] - before[:, 1] * after[:, 0] < 0)
        spots.append(corner)
        nodes += [name.get((x, y), -1) for x, y in corner.tolist()]
    node = np.array(nodes, dtype=np.int64)
    entrance = np.isin(node, entrances) & (node >= 0)
    chosen = np.flatnonzero(entrance | (np.concatenate(reflex) & (node >= 0)))
    if chosen.size > MOST_CORNERS:
        chosen = np.flatnonzero(entrance)
    if entrance.sum() < 2 or chosen.size > MOST_CORNERS:
        return []
    one, other = (chosen[half] for half in np.triu_indices(chosen.size, 1))
    place: NDArray[np.float64] = np.concatenate(spots)
    sights = shapely.linestrings(np.stack((place[one], place[other]), axis=1))
    shapely.prepare(square)
    seen = shapely.covers(square, sights)
    return zip(node[one[seen]].tolist(), node[other[seen]].tolist(), strict=True)
