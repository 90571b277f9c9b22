"""Walking networks on record: which one a question uses, and what it reads."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.network import WalkNetwork
from geoapi.errors import InvalidInput, UnknownCode
from geoapi.geometry.boxes import Box
from geoapi.queries.planning.networks import NetworkRef, list_networks, network_for, read_network
from tests.queries.conftest import World
from tests.queries.planning.conftest import ask

Edge = tuple[int, int, float, bool]


def add_network(
    world: World,
    code: str,
    box: tuple[float, float, float, float],
    nodes: Sequence[tuple[float, float]] = (),
    edges: Sequence[Edge] = (),
) -> None:
    """A network with these bounds, nodes and edges (tail, head, metres, both ways), committed."""
    row = world.conn.execute(
        """INSERT INTO network (code, source, as_of, nodes, edges, islands, largest_share, bounds,
             fingerprint)
           VALUES (%s, 'test', '2026-01-31', %s, %s, 1, 1, ST_MakeEnvelope(%s, %s, %s, %s, 4326), %s)
           RETURNING id""",
        [code, len(nodes), len(edges), *box, code],
    ).fetchone()
    assert row is not None
    with world.conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO network_node VALUES (%s, %s, %s, %s)",
            [(row[0], number, *node) for number, node in enumerate(nodes)],
        )
        cursor.executemany(
            "INSERT INTO network_edge VALUES (%s, %s, %s, %s, %s)", [(row[0], *e) for e in edges]
        )
    world.conn.commit()


def chosen(world: World, box: Box, code: str | None = None) -> NetworkRef:
    return ask(world.url, lambda conn: network_for(conn, box, code))


@pytest.fixture
def two(world: World) -> World:
    """Two networks side by side, the western one loaded last."""
    add_network(world, "east", (116.2, 40.0, 116.4, 40.2))
    add_network(world, "west", (116.0, 40.0, 116.25, 40.2))
    return world


@pytest.mark.parametrize(
    ("box", "expected"),
    [
        (Box(116.0, 40.0, 116.1, 40.1), "west"),
        (Box(116.3, 40.0, 116.4, 40.1), "east"),
        (Box(116.1, 40.0, 116.4, 40.2), "east"),  # 0.2° of it against 0.15°
        (Box(116.0, 40.0, 116.3, 40.2), "west"),
        (Box(116.21, 40.0, 116.24, 40.2), "east"),  # both whole: the one loaded first
        (Box(116.4, 40.0, 116.5, 40.2), "east"),  # at its very edge
    ],
)
def test_the_network_that_shares_the_most_ground_is_taken(two: World, box: Box, expected: str) -> None:
    found = chosen(two, box)
    assert (found.code, found.source, str(found.as_of), found.fingerprint) == (
        expected, "test", "2026-01-31", expected,
    )  # fmt: skip


def test_real_streets_before_the_samples(world: World) -> None:
    add_network(world, "made_up", (116.0, 40.0, 116.9, 40.9))
    world.conn.execute("UPDATE network SET source = 'sample'")
    add_network(world, "real", (116.0, 40.0, 116.1, 40.1))
    assert not chosen(world, Box(116.05, 40.0, 116.4, 40.2)).sample
    # only where there are none
    assert chosen(world, Box(116.2, 40.2, 116.4, 40.4)).code == "made_up"
    assert chosen(world, Box(116.05, 40.0, 116.4, 40.2), "made_up").sample


def test_who_names_a_network_gets_it(two: World) -> None:
    assert chosen(two, Box(116.0, 40.0, 116.9, 40.1), "east").code == "east"
    # a network of somewhere else reaches nobody here: that is a mistake, not an answer
    with pytest.raises(InvalidInput, match="somewhere else") as refused:
        chosen(two, Box(10.0, 10.0, 11.0, 11.0), "west")
    assert refused.value.field == "network"


def test_no_network_here_is_said_with_its_mend(two: World) -> None:
    with pytest.raises(InvalidInput, match="no walking network is loaded here") as refused:
        chosen(two, Box(117.0, 40.0, 117.1, 40.1))
    assert refused.value.field == "model"
    assert "load-network" in refused.value.mend.en


def test_no_network_anywhere_is_said_too(world: World) -> None:
    with pytest.raises(InvalidInput) as refused:
        chosen(world, Box(117.0, 40.0, 117.1, 40.1))
    assert refused.value.field == "model"
    with pytest.raises(UnknownCode) as unknown:
        chosen(world, Box(117.0, 40.0, 117.1, 40.1), "west")
    assert unknown.value.field == "network"
    assert "load-network" in unknown.value.mend.zh
    assert ask(world.url, list_networks) == []


def test_an_unknown_network_names_those_there_are(two: World) -> None:
    with pytest.raises(UnknownCode) as refused:
        chosen(two, Box(116.0, 40.0, 116.1, 40.1), "wset")
    assert "west" in refused.value.mend.en
    assert "east" in refused.value.mend.en
    assert [row["code"] for row in ask(two.url, list_networks)] == ["east", "west"]


def test_a_network_is_read_as_it_was_written(two: World) -> None:
    nodes = [(116.0, 40.0), (116.1, 40.0), (116.1, 40.1)]
    edges: list[Edge] = [
        (2, 0, 14000.5, False),
        (0, 1, 8500.0, True),
        (0, 1, 9000.0, False),
        (1, 2, 0.0, True),
    ]
    # another network's nodes have the same numbers
    add_network(two, "other", (116.0, 40.0, 116.1, 40.1), [(1.0, 2.0)] * 3, [(0, 1, 5.0, True)])
    add_network(two, "small", (116.0, 40.0, 116.1, 40.1), nodes, edges)

    async def read(conn: AsyncConnection) -> WalkNetwork:
        return await read_network(conn, await network_for(conn, Box(116.0, 40.0, 116.1, 40.1), "small"))

    found = ask(two.url, read)
    assert [*zip(found.lon.tolist(), found.lat.tolist(), strict=True)] == nodes
    columns = (found.tail, found.head, found.length_m, found.both_ways)
    assert [*zip(*(column.tolist() for column in columns), strict=True)] == sorted(edges)
