"""The sample's streets: the same every time, in the city, joined up, and at the stations' doors."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geoapi.coverage.network import WalkNetwork
from geoapi.coverage.snapping import Snapper
from geoapi.coverage.street_ranks import StreetRank
from geoapi.sample.city import sample_city
from geoapi.sample.districts import sample_districts
from geoapi.sample.places import places
from geoapi.sample.streets import SampleStreets, sample_streets

STATIONS = sample_city().stations
STREETS = sample_streets(stations=STATIONS)
NETWORK = WalkNetwork(
    STREETS.lon,
    STREETS.lat,
    STREETS.tail,
    STREETS.head,
    np.ones(STREETS.tail.size),
    np.ones(STREETS.tail.size, dtype=np.bool_),
)


def fingerprint(streets: SampleStreets) -> str:
    columns = (streets.lon, streets.lat, streets.tail, streets.head, streets.rank)
    return hashlib.sha256("|".join(str(column.tolist()) for column in columns).encode()).hexdigest()


def lines() -> NDArray[np.object_]:
    at = np.column_stack([STREETS.lon, STREETS.lat])
    return np.asarray(shapely.linestrings(np.stack([at[STREETS.tail], at[STREETS.head]], axis=1)))


def test_the_streets_are_the_same_to_the_last_digit() -> None:
    """On purpose: whoever changes the streets changes this line, and says so in the changelog."""
    assert fingerprint(STREETS) == "5821f48549c37efd4d6761758735a1c472ec4e79f30ff412cd43ab879fe35fae"
    assert fingerprint(sample_streets()) == fingerprint(STREETS)


def test_another_seed_lays_other_streets() -> None:
    other = sample_city(seed=1, scale=0.05).stations
    assert fingerprint(sample_streets(seed=1, stations=other)) != fingerprint(sample_streets(stations=other))


def test_as_many_as_a_map_and_a_walk_can_do_with() -> None:
    assert 25_000 < NETWORK.edges < 60_000
    share = float(np.mean(STREETS.rank == StreetRank.MAIN))
    assert 0.15 < share < 0.45
    assert set(STREETS.rank.tolist()) == {StreetRank.MAIN, StreetRank.STREET}


def test_one_can_walk_from_everywhere_to_everywhere() -> None:
    assert NETWORK.largest_share > 0.999


def test_main_roads_lead_to_nearly_every_street_and_town() -> None:
    """Within 2.5 km of their rough centres, and from one to the next without leaving them."""
    main = STREETS.rank == StreetRank.MAIN
    tail, head = STREETS.tail[main], STREETS.head[main]
    roads = WalkNetwork(
        STREETS.lon, STREETS.lat, tail, head, np.ones(tail.size), np.ones(tail.size, dtype=np.bool_)
    )
    here = [place for one in places().values() for place in one]
    found = Snapper(roads, 2_500.0).attach(
        np.array([place.lon for place in here]), np.array([place.lat for place in here])
    )
    assert len(np.unique(found.point)) > 0.99 * len(here)
    on_roads = np.unique(np.concatenate([tail, head]))
    assert np.bincount(roads.part[on_roads]).max() > 0.95 * on_roads.size


def test_no_street_leaves_the_city() -> None:
    city = shapely.union_all([district.polygon for district in sample_districts()])
    shapely.prepare(city)
    assert shapely.covers(city, lines()).all()


def test_streets_meet_in_their_nodes_alone() -> None:
    drawn = lines()
    tree = shapely.STRtree(drawn)
    for relation in ("crosses", "overlaps"):
        one, other = tree.query(drawn, predicate=relation)
        assert not np.any(one != other)
    assert len(np.unique(np.column_stack([STREETS.lon, STREETS.lat]), axis=0)) == NETWORK.nodes
    assert np.all(STREETS.tail != STREETS.head)
    assert np.bincount(np.concatenate([STREETS.tail, STREETS.head])).max() <= 6


@pytest.mark.parametrize(("percentile", "within_m"), [(50, 75), (95, 170), (100, 300)])
def test_stations_stand_by_a_street(percentile: int, within_m: float) -> None:
    lon, lat = (np.array([getattr(station, name) for station in STATIONS]) for name in ("lon", "lat"))
    found = Snapper(NETWORK).attach(lon, lat)
    assert np.array_equal(np.unique(found.point), np.arange(len(STATIONS)))
    assert np.percentile(found.off_m, percentile) < within_m


def test_blocks_are_closer_in_the_middle() -> None:
    def junctions(lon: float, lat: float) -> int:
        """In a square of some 6 × 6 km."""
        near = (np.abs(STREETS.lon - lon) < 0.035) & (np.abs(STREETS.lat - lat) < 0.027)
        return int(near.sum())

    middle, edge, town = junctions(116.40, 39.91), junctions(116.49, 40.0), junctions(117.10, 40.14)
    assert middle > 1.5 * edge > 0
    assert middle > 3 * town > 0
