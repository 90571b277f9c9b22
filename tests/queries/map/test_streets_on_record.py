"""Streets as a map reads them: those of every network, with or without ranks."""

from __future__ import annotations

import asyncio

from geoapi.coverage.street_ranks import StreetRank
from geoapi.db.engine import Database
from geoapi.queries.map.streets import Streets, read_streets
from geoapi.settings import DatabaseSettings
from tests.queries.conftest import World, world
from tests.queries.planning.test_networks import add_network

__all__ = ["world"]

BOX = (116.0, 40.0, 116.1, 40.1)
NODES = [(116.0, 40.0), (116.1, 40.0), (116.1, 40.1)]


def read(url: str) -> list[Streets]:
    async def answer() -> list[Streets]:
        database = Database(url, DatabaseSettings(pool_size=2))
        await database.open()
        try:
            return await read_streets(database, 60_000)
        finally:
            await database.close()

    return asyncio.run(answer())


def test_edges_without_a_rank_are_streets(world: World) -> None:
    # as networks were recorded before there was a rank
    add_network(world, "old", BOX, NODES, [(0, 1, 1.0, True), (1, 2, 1.0, False)])
    add_network(world, "new", BOX, NODES[:2], [(0, 1, 1.0, True)])
    world.conn.execute(
        "UPDATE network_edge SET rank = 1 WHERE network_id = (SELECT id FROM network WHERE code = 'new')"
    )
    world.conn.commit()
    old, new = read(world.url)
    assert [*zip(old.tail.tolist(), old.head.tolist(), old.rank.tolist(), strict=True)] == [
        (0, 1, StreetRank.STREET), (1, 2, StreetRank.STREET),
    ]  # fmt: skip
    assert [*zip(old.lon.tolist(), old.lat.tolist(), strict=True)] == NODES
    assert (new.rank.tolist(), new.lon.size) == ([StreetRank.MAIN], 2)


def test_no_network_on_record(world: World) -> None:
    assert read(world.url) == []
