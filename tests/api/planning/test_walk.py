"""Planners' questions along a walking network: what a straight line does not know.

A river runs from west to east, with a street on either bank, a node every 100 m, and one bridge at the
eastern end. The station stands at the western end of the southern bank.

    north  0 ─ 1 ─ … ─ 10         200 m apart, 10 people at each node
    river  ~~~~~~~~~~~~ │ ~~
    south  0 ─ 1 ─ … ─ 10
           │  ╲
         above below                steps one way: down to the street from above, and from it to below
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import numpy as np
import psycopg
import pytest
from numpy.typing import NDArray

from geoapi.coverage.network import WalkNetwork
from geoapi.coverage.runners import inline
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from tests.api.conftest import DISTRICTS, running
from tests.api.planning.conftest import NIGHT, NOON, Planning
from tests.conftest import clone
from tests.queries.conftest import World
from tests.unit.coverage.networks import network, places

CITY = "/v1/districts/110000"
BANK = range(11)
NODES = [
    *((100.0 * n, 100.0) for n in BANK),
    *((100.0 * n, -100.0) for n in BANK),
    (0.0, -300.0),
    (100.0, -300.0),
]
NORTH, SOUTH, ABOVE, BELOW = 0, 11, 22, 23
RIVER = network(
    NODES,
    [
        *((NORTH + n, NORTH + n + 1) for n in range(10)),
        *((SOUTH + n, SOUTH + n + 1) for n in range(10)),
        (NORTH + 10, SOUTH + 10),
        (ABOVE, SOUTH, "oneway"),
        (SOUTH + 1, BELOW, "oneway"),
    ],
)
PEOPLE = 10.0
FAR = (0.0, 3000.0)
"""Three kilometres from any way: 7 people."""
WALK: dict[str, Any] = {"at": NIGHT, "model": "walk", "within": "630m"}


def settle(url: str, net: WalkNetwork, demand: Any, stations: Any) -> dict[str, int]:
    """The network, demand (lon, lat, weight, district) and stations (name, lon, lat, hours) on record."""
    with psycopg.connect(url) as conn:
        world = World(url, conn)
        conn.execute(DISTRICTS)
        conn.execute(
            """INSERT INTO network (code, source, nodes, edges, islands, largest_share, bounds, fingerprint)
               VALUES ('banks', 'drawn by hand', %s, %s, %s, %s,
                 ST_MakeEnvelope(%s, %s, %s, %s, 4326), 'a')""",
            [net.nodes, net.edges, net.islands, net.largest_share, net.lon.min(), net.lat.min(),
             net.lon.max(), net.lat.max()],
        )  # fmt: skip
        with conn.cursor() as cursor:
            cursor.executemany(
                "INSERT INTO network_node VALUES (1, %s, %s, %s)",
                zip(range(net.nodes), net.lon.tolist(), net.lat.tolist(), strict=True),
            )
            columns = (net.tail, net.head, net.length_m, net.both_ways)
            cursor.executemany(
                "INSERT INTO network_edge VALUES (1, %s, %s, %s, %s)",
                zip(*(column.tolist() for column in columns), strict=True),
            )
            rows = list(demand)
            cursor.execute(
                """INSERT INTO demand_layer (code, name_zh, name_en, unit_zh, unit_en, source, cell,
                     cell_size_m, points, total, fingerprint)
                   VALUES ('people', '居民', 'Residents', '人', 'people', 'test', 'point', 120, %s, %s,
                     'a')""",
                [len(rows), sum(row[2] for row in rows)],
            )
            cursor.executemany(
                "INSERT INTO demand_point VALUES (1, %s, %s, %s, %s, %s)",
                [(number, *row) for number, row in enumerate(rows)],
            )
        ids = {name: world.add(lon, lat, hours, name_zh=name) for name, lon, lat, hours in stations}
        world.ready()
    return ids


def serving(server_url: str, net: WalkNetwork, demand: Any, stations: Any) -> Iterator[Planning]:
    with clone(server_url) as database_url:
        ids = settle(database_url, net, demand, stations)
        settings = Settings(database=DatabaseSettings(pool_size=4), coverage=CoverageSettings())
        with (
            running(database_url, settings, runner=inline) as url,
            httpx.Client(base_url=url, timeout=60) as client,
        ):
            yield Planning(ids, client, database_url)


@pytest.fixture(scope="module")
def river(server_url: str) -> Iterator[Planning]:
    """The two banks."""
    lon, lat = (axis.tolist() for axis in places([*NODES, FAR]))
    weight = [PEOPLE] * len(NODES) + [7.0]
    demand = [(*spot, "110101") for spot in zip(lon, lat, weight, strict=True)]
    station = ("station", lon[SOUTH], lat[SOUTH], "24/7")
    yield from serving(server_url, RIVER, demand, [station])


def test_the_straight_line_crosses_the_river_and_a_walker_does_not(river: Planning) -> None:
    straight = river.ask(f"{CITY}/coverage", at=NIGHT, within="630m")
    walked = river.ask(f"{CITY}/coverage", **WALK)
    # 1.3 × the line: five nodes of either bank, since 1.3 × hypot(400, 200) is 581 m; and both at the steps
    assert straight["unknown_closed"]["covered"] == PEOPLE * (5 + 5 + 2)
    # seven nodes of the southern bank, and those who come down the steps
    assert walked["unknown_closed"]["covered"] == PEOPLE * (7 + 1)
    assert walked["total"] == straight["total"] == PEOPLE * 24 + 7


def test_across_the_bridge_it_is_a_long_way(river: Planning) -> None:
    def covered(metres: int) -> float:
        answer = river.ask(f"{CITY}/coverage", at=NIGHT, model="walk", within=f"{metres}m")
        return float(answer["unknown_closed"]["covered"])

    # all of the south and "above"; at 1,200 m the bridge's northern end, then 100 m a node; never "below"
    assert covered(1199) == PEOPLE * 12
    assert [covered(1201 + 100 * n) for n in BANK] == [PEOPLE * (13 + n) for n in BANK]
    assert covered(19_000) == PEOPLE * 23


def test_steps_down_are_no_steps_up(river: Planning) -> None:
    """Those below can go nowhere, those above walk down; the mean is of those who reach the station."""
    found = river.ask(f"{CITY}/coverage", **WALK)["unknown_closed"]
    walks = [100.0 * n for n in BANK] + [2200.0 - 100 * n for n in BANK] + [200.0]
    assert found["mean_distance_m"] == pytest.approx(np.mean(walks), rel=2e-3)
    assert found["uncovered"] == PEOPLE * 16 + 7


def test_the_method_names_the_network_and_who_is_too_far_from_it(river: Planning) -> None:
    model = river.ask(f"{CITY}/coverage", **WALK)["method"]["model"]
    assert model == {
        "name": "walk", "network": "banks", "source": "drawn by hand", "as_of": None,
        "unreached": {"points": 1, "total": 7.0}, "walk_speed_m_s": 1.2,
    }  # fmt: skip
    assert river.ask(f"{CITY}/coverage", network="banks", **WALK)["method"]["model"] == model
    straight = river.ask(f"{CITY}/coverage", at=NIGHT)["method"]["model"]
    assert "unreached" not in straight


def test_minutes_are_walked_along_the_network(river: Planning) -> None:
    # 7 minutes at 1.2 m/s are 504 m: six nodes of the southern bank and the steps
    found = river.ask(f"{CITY}/coverage", at=NIGHT, model="walk", within="7min")
    assert found["unknown_closed"]["covered"] == PEOPLE * (6 + 1)


def test_a_week_along_the_network_is_each_of_its_hours(river: Planning) -> None:
    week = river.ask(f"{CITY}/coverage", week_of="2026-11-25", model="walk", within="630m")
    assert week["unknown_closed"]["covered"] == [PEOPLE * 8] * 168


def test_gaps_along_the_network_are_the_other_bank(river: Planning) -> None:
    found = river.ask(f"{CITY}/gaps", **WALK)
    assert (found["uncovered"], found["total"]) == (PEOPLE * 16 + 7, PEOPLE * 24 + 7)
    assert sum(gap["properties"]["uncovered"] for gap in found["features"]) == PEOPLE * 16 + 7
    worst = found["features"][0]["properties"]
    # the northern bank and the southern beyond 630 m: who is nearest to the station of them walks 700 m
    assert worst["uncovered"] >= PEOPLE * 11
    assert worst["nearest"]["station_id"] == str(river.ids["station"])
    assert worst["hours"]["count"] == 168
    alone = [gap["properties"] for gap in found["features"] if gap["properties"]["uncovered"] == 7]
    assert len(alone) == 1
    assert alone[0]["nearest"] is None, "nobody walks from there"


def test_sites_along_the_network_and_trying_them(river: Planning) -> None:
    near = floyd_warshall(RIVER) <= 630
    left = ~near[:, SOUTH]
    singles = [PEOPLE * (left & near[:, a]).sum() for a in range(RIVER.nodes)]
    pairs = [PEOPLE * (left & (a | b)).sum() for a in near.T for b in near.T]
    for exact in ("false", "true"):
        found = river.ask(f"{CITY}/sites", n=2, exact=exact, **WALK)
        assert found["before"]["covered"] == PEOPLE * 8
        first, second = found["sites"]
        if exact == "true":
            assert first["gain"] + second["gain"] == max(pairs)
        else:
            assert first["gain"] == max(singles)
        tried = river.tell(
            "/v1/coverage/what-if",
            {
                "code": "110000",
                **WALK,
                "add": [
                    {"lon": site["location"]["lon"], "lat": site["location"]["lat"]}
                    for site in found["sites"]
                ],
            },
        )
        gained = tried["difference"]["unknown_closed"]["covered"]
        assert gained == pytest.approx(first["gain"] + second["gain"])
        assert tried["after"]["unknown_closed"]["covered"] == pytest.approx(second["covered"])
        assert tried["after"]["method"]["model"]["name"] == "walk"


def test_a_station_moved_across_the_bridge_serves_the_other_bank(river: Planning) -> None:
    middle = NORTH + 5
    to = {"lon": float(RIVER.lon[middle]), "lat": float(RIVER.lat[middle])}
    found = river.tell(
        "/v1/coverage/what-if",
        {"code": "110000", **WALK, "move": [{"id": str(river.ids["station"]), **to}]},
    )
    assert found["after"]["unknown_closed"]["covered"] == PEOPLE * 11
    assert found["difference"]["unknown_closed"]["covered"] == PEOPLE * 3


def test_a_place_off_the_network_has_no_walkers(river: Planning) -> None:
    lon, lat = places([(0.0, 2900.0)])
    add = [{"lon": float(lon[0]), "lat": float(lat[0])}]
    asked = {"code": "110000", "at": NIGHT, "within": "630m", "add": add}
    walked = river.tell("/v1/coverage/what-if", {**asked, "model": "walk"})
    straight = river.tell("/v1/coverage/what-if", asked)
    assert walked["difference"]["unknown_closed"]["covered"] == 0
    assert straight["difference"]["unknown_closed"]["covered"] == 7


# a town of crooked lanes against Floyd and Warshall ---------------------------------------------

SIDE = 7
STATIONS = (("one", 3, "24/7"), ("two", 20, "每天 9:00-20:00"), ("three", 33, None), ("four", 45, "24/7"))


def lanes() -> WalkNetwork:
    """Lanes between neighbours of a crooked grid, some missing, a third of them one way."""
    random = np.random.default_rng(416)
    nodes = [
        (200.0 * (n % SIDE) + random.uniform(-60, 60), 200.0 * (n // SIDE) + random.uniform(-60, 60))
        for n in range(SIDE * SIDE)
    ]
    edges: list[Any] = []
    for n in range(SIDE * SIDE):
        for other in ([n + 1] if n % SIDE < SIDE - 1 else []) + ([n + SIDE] if n < SIDE * (SIDE - 1) else []):
            if random.random() < 0.75:
                pair = (n, other) if random.random() < 0.5 else (other, n)
                edges.append(pair if random.random() < 0.67 else (*pair, "oneway"))
    return network(nodes, edges)


LANES = lanes()
USED = np.union1d(LANES.tail, LANES.head)


def floyd_warshall(net: WalkNetwork) -> NDArray[np.float64]:
    """(nodes, nodes) metres from node to node, inf where there is no way."""
    metres = np.full((net.nodes, net.nodes), np.inf)
    np.fill_diagonal(metres, 0.0)
    for tail, head, length, both in zip(net.tail, net.head, net.length_m, net.both_ways, strict=True):
        metres[tail, head] = min(metres[tail, head], length)
        if both:
            metres[head, tail] = min(metres[head, tail], length)
    for middle in range(net.nodes):
        metres = np.minimum(metres, metres[:, [middle]] + metres[[middle], :])
    return metres


METRES = floyd_warshall(LANES)
WEIGHT = {int(node): float(1 + node % 5) for node in USED}


@pytest.fixture(scope="module")
def town(server_url: str) -> Iterator[Planning]:
    """The lanes, with people and stations on nodes: no way to the network, and none from it."""
    demand = [
        (float(LANES.lon[n]), float(LANES.lat[n]), weight, "110101" if n % 2 else "110102")
        for n, weight in WEIGHT.items()
    ]
    stations = [(name, float(LANES.lon[n]), float(LANES.lat[n]), hours) for name, n, hours in STATIONS]
    yield from serving(server_url, LANES, demand, stations)


def nearest(*nodes: int) -> dict[int, float]:
    """Metres from each node that people are on to the nearest of these."""
    return {n: float(METRES[n, list(nodes)].min()) for n in WEIGHT}


def within(walks: dict[int, float], metres: float, *, odd: bool | None = None) -> float:
    assert all(abs(walk - metres) > 0.01 for walk in walks.values()), "too near to the limit to tell"
    return sum(WEIGHT[n] for n, walk in walks.items() if walk <= metres and (odd is None or n % 2 == odd))


def test_the_lanes_are_worth_asking_about() -> None:
    assert {node for _, node, _ in STATIONS} <= set(WEIGHT)
    one_way = METRES[np.ix_(USED, USED)]
    assert (np.isfinite(one_way) & ~np.isclose(one_way, one_way.T)).any()
    assert np.isinf(one_way).any()


@pytest.mark.parametrize("metres", [150, 400, 777, 1300, 5000])
@pytest.mark.parametrize(
    ("at", "closed", "open_"),
    [(NIGHT, (3, 45), (3, 33, 45)), (NOON, (3, 20, 45), (3, 20, 33, 45))],
)
def test_coverage_is_that_of_floyd_and_warshall(
    town: Planning, metres: int, at: str, closed: tuple[int, ...], open_: tuple[int, ...]
) -> None:
    found = town.ask(f"{CITY}/coverage", at=at, model="walk", within=f"{metres}m")
    districts = {part["code"]: part for part in found["districts"]}
    for reading, stations in (("unknown_closed", closed), ("unknown_open", open_)):
        walks = nearest(*stations)
        assert found[reading]["covered"] == within(walks, metres)
        assert districts["110101"][reading]["covered"] == within(walks, metres, odd=True)
        assert districts["110102"][reading]["covered"] == within(walks, metres, odd=False)
        reached = {n: walk for n, walk in walks.items() if np.isfinite(walk)}
        mean = np.average([*reached.values()], weights=[WEIGHT[n] for n in reached])
        assert found[reading]["mean_distance_m"] == pytest.approx(mean, abs=0.2)
    assert found["method"]["model"]["unreached"] == {"points": 0, "total": 0.0}


def test_the_best_site_is_the_best_of_all(town: Planning) -> None:
    now = nearest(3, 45)
    gains = {
        candidate: sum(WEIGHT[n] for n in WEIGHT if now[n] > 400 and METRES[n, candidate] <= 400)
        for candidate in WEIGHT
    }
    pairs = {
        (a, b): sum(WEIGHT[n] for n in WEIGHT if now[n] > 400 and min(METRES[n, a], METRES[n, b]) <= 400)
        for a in WEIGHT
        for b in WEIGHT
    }
    asked = {"at": NIGHT, "model": "walk", "within": "400m"}
    greedy = town.ask(f"{CITY}/sites", n=1, **asked)["sites"][0]
    assert greedy["gain"] == max(gains.values())
    exact = town.ask(f"{CITY}/sites", n=2, exact="true", **asked)
    assert exact["solver"]["optimal"]
    assert sum(site["gain"] for site in exact["sites"]) == pytest.approx(max(pairs.values()))


def test_gaps_are_those_who_walk_farther(town: Planning) -> None:
    found = town.ask(f"{CITY}/gaps", at=NIGHT, model="walk", within="400m")
    walks = nearest(3, 45)
    assert found["uncovered"] == sum(WEIGHT.values()) - within(walks, 400)
    assert found["uncovered_if_open"] == sum(WEIGHT.values()) - within(nearest(3, 33, 45), 400)
    stations = {str(town.ids[name]): node for name, node, _ in STATIONS}
    for gap in found["features"]:
        closest = gap["properties"]["nearest"]
        if closest is not None:
            # it is the walk of somebody in no reach, to the station that is named
            told = [METRES[n, stations[closest["station_id"]]] for n in WEIGHT if walks[n] > 400]
            assert np.abs(np.array(told) - closest["distance_m"]).min() < 0.1
