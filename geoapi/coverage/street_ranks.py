"""What streets are to a map. Walking asks nothing of it."""

from __future__ import annotations

from enum import IntEnum


class StreetRank(IntEnum):
    """How much a street matters, the most first: column `rank` of table `network_edge`."""

    MAIN = 1
    """what crosses a city: of OpenStreetMap's roads, motorway to secondary"""
    STREET = 2
    """what one lives on; and whatever a network says nothing of"""
    PATH = 3
    """for walkers, or hardly more"""
