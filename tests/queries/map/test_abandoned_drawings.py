"""Tiles that somebody asked for and does not wait for any longer."""

from __future__ import annotations

import asyncio
from datetime import datetime

import pytest

from geoapi.coverage.limit import parse_within
from geoapi.coverage.runners import inline
from geoapi.db.engine import Database
from geoapi.errors import Unavailable
from geoapi.geometry.web_tiles import web_tile
from geoapi.queries.catalog import CatalogCache
from geoapi.queries.map.maps import Maps
from geoapi.queries.planning import desk as desk_module
from geoapi.queries.planning.desk import Desk
from geoapi.queries.planning.scene import Question, Scene
from geoapi.settings import CoverageSettings, DatabaseSettings, WalkingSettings
from tests.queries.conftest import World
from tests.queries.planning.conftest import add_layer, draw_town

WITHIN = parse_within("800m", walk_speed_m_s=1.2, most_m=20_000)
QUESTION = Question("city", (1,), (), WITHIN, at=datetime.fromisoformat("2026-11-25T03:00:00+08:00"))


@pytest.mark.parametrize("stays", [False, True])
def test_what_nobody_waits_for_is_not_drawn(
    world: World, monkeypatch: pytest.MonkeyPatch, stays: bool
) -> None:
    """Two ask for tiles of one drawing while another planner's turn lasts; both leave, or one."""
    draw_town(world.conn)
    add_layer(world.conn, "people")
    world.conn.commit()
    monkeypatch.setattr(desk_module, "LOOK_EVERY_S", 0.01)
    drawn: list[Question] = []
    whole = Desk.scene

    async def scene(self: Desk, question: Question) -> Scene:
        drawn.append(question)
        return await whole(self, question)

    monkeypatch.setattr(Desk, "scene", scene)

    async def left() -> bool:
        return True

    async def check() -> None:
        database = Database(world.url, DatabaseSettings(pool_size=2))
        await database.open()
        try:
            desk = Desk(database, CoverageSettings(), WalkingSettings(), runner=inline)
            maps = Maps(database, CatalogCache(database), desk, cache_bytes=1_000_000, statement_ms=10_000)
            looked = asyncio.Event()

            async def here() -> bool:
                looked.set()
                return not stays

            one, two = [
                await maps.demand(web_tile(10, x, 388, deepest=12), QUESTION, "wgs84") for x in (843, 844)
            ]
            async with desk.turn():
                asking = [asyncio.ensure_future(one.get(left)), asyncio.ensure_future(two.get(here))]
                await looked.wait()
                if not stays:
                    for answer in asking:
                        with pytest.raises(Unavailable):
                            await answer
                assert drawn == []
            if stays:
                await asyncio.gather(*asking)
                assert drawn == [QUESTION]
            # whoever comes after them gets it
            assert (await one.get(here)).digest
            assert drawn == [QUESTION]
        finally:
            await database.close()

    asyncio.run(check())
