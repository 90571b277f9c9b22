"""The desk: what it keeps, whose turn it is, and that a scene is of one state of the data."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Awaitable, Callable, Hashable, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import psycopg
import pytest

from geoapi.coverage.inputs import Demand
from geoapi.coverage.limit import parse_within
from geoapi.coverage.runners import inline
from geoapi.db.engine import Database
from geoapi.errors import Unavailable
from geoapi.queries.planning.desk import MOST_WAITING, Desk, Kept
from geoapi.queries.planning.scene import Question, Scene
from geoapi.settings import CoverageSettings, DatabaseSettings, WalkingSettings
from tests.queries.conftest import World
from tests.queries.planning.conftest import add_layer

T = TypeVar("T")
NIGHT = datetime.fromisoformat("2026-11-25T03:00:00+08:00")


def with_desk(world: World, use: Callable[[Desk], Awaitable[T]]) -> T:
    """What `use` makes of a desk on the world's database."""

    async def run() -> T:
        database = Database(world.url, DatabaseSettings(pool_size=2))
        await database.open()
        try:
            return await use(Desk(database, CoverageSettings(), WalkingSettings(), runner=inline))
        finally:
            await database.close()

    return asyncio.run(run())


def question(code: str = "city", **more: object) -> Question:
    limit = parse_within("800m", walk_speed_m_s=1.2, most_m=20_000)
    return Question(code, (1,), (), limit, at=NIGHT, **more)  # type: ignore[arg-type]


# what is kept --------------------------------------------------------------------------------


def test_kept_values_are_read_once_and_the_longest_unused_goes() -> None:
    read: list[str] = []

    async def use() -> None:
        kept = Kept[str](2)

        async def get(key: str) -> None:
            async def reader() -> str:
                read.append(key)
                return key.upper()

            assert await kept.get(key, reader) == key.upper()

        for key in ("a", "b", "a", "c", "a", "b", "c"):
            await get(key)

    asyncio.run(use())
    # c puts out b, since a was asked for after it; b then puts out c, and c a
    assert read == ["a", "b", "c", "b", "c"]


def test_what_cannot_be_read_is_not_kept() -> None:
    async def use() -> None:
        kept = Kept[int](2)
        answers = [ValueError("not now"), 7]

        async def reader() -> int:
            answer = answers.pop(0)
            if isinstance(answer, Exception):
                raise answer
            return answer

        with pytest.raises(ValueError, match="not now"):
            await kept.get("key", reader)
        assert await kept.get("key", reader) == 7

    asyncio.run(use())


def test_two_who_ask_at_once_for_more_than_is_kept_both_get_theirs() -> None:
    async def use() -> None:
        kept = Kept[int](1)
        both = asyncio.Barrier(2)

        async def reader(value: int) -> int:
            await both.wait()
            return value

        found = await asyncio.gather(*(kept.get(n, lambda n=n: reader(n)) for n in (1, 2)))  # type: ignore[misc]
        assert found == [1, 2]

    asyncio.run(use())


# whose turn ----------------------------------------------------------------------------------


async def asked_at(desk: Desk, function: Any, *arguments: Any) -> Any:
    """What a question does: wait for its turn, and work."""
    async with desk.turn():
        return await desk.work(function, *arguments)


def test_who_has_gone_is_not_waited_for(world: World) -> None:
    go = threading.Event()
    looked = asyncio.Event()

    async def gone() -> bool:
        looked.set()
        return True

    async def use(desk: Desk) -> None:
        first = asyncio.ensure_future(asked_at(desk, go.wait, 60))
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            async with desk.turn(gone):
                raise AssertionError("nobody is there to be answered")
        assert looked.is_set()
        go.set()
        assert await first

    with_desk(world, use)


def test_one_works_the_others_wait_and_too_many_are_told_to_come_back(world: World) -> None:
    working, at_once, most = threading.Lock(), 0, 0
    go = threading.Event()

    def work(number: int) -> int:
        nonlocal at_once, most
        with working:
            at_once += 1
            most = max(most, at_once)
        assert go.wait(60)
        with working:
            at_once -= 1
        return number

    async def use(desk: Desk) -> list[int]:
        asked = [asyncio.ensure_future(asked_at(desk, work, n)) for n in range(MOST_WAITING)]
        await asyncio.sleep(0)  # no time: each gets as far as it can
        with pytest.raises(Unavailable) as refused:
            await asked_at(desk, work, -1)
        assert refused.value.extra["retry_after_s"] == 5
        assert refused.value.mend
        go.set()
        found = await asyncio.gather(*asked)
        assert await asked_at(desk, work, -1) == -1, "there is room again"
        return found

    assert with_desk(world, use) == list(range(MOST_WAITING))
    assert most == 1


def test_who_fails_or_goes_away_makes_room(world: World) -> None:
    go = threading.Event()

    def fail() -> None:
        raise ValueError("no")

    async def use(desk: Desk) -> int:
        first = asyncio.ensure_future(asked_at(desk, go.wait, 60))
        waiting = [asyncio.ensure_future(asked_at(desk, go.wait, 60)) for _ in range(MOST_WAITING - 1)]
        await asyncio.sleep(0)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        again = [asyncio.ensure_future(asked_at(desk, fail)) for _ in range(MOST_WAITING - 1)]
        await asyncio.sleep(0)
        with pytest.raises(Unavailable):
            await asked_at(desk, fail)
        go.set()
        assert await first
        failed = await asyncio.gather(*again, return_exceptions=True)
        assert all(isinstance(one, ValueError) for one in failed)
        return await asked_at(desk, lambda: 5)

    assert with_desk(world, use) == 5


# one state of the data -----------------------------------------------------------------------


class Interrupted(Kept[Demand]):
    """Keeps demand, and lets something happen just before it is read."""

    def __init__(self, happen: Callable[[], None]) -> None:
        super().__init__(4)
        self._happen = happen

    async def get(self, key: Hashable, read: Callable[[], Awaitable[Demand]]) -> Demand:
        self._happen()
        return await super().get(key, read)


def figures(scene: Scene) -> tuple[float, int, list[int], tuple[int, float]]:
    """What the scene says of demand, of stations, and of demand outside every district."""
    return (
        float(scene.demand.weight.sum()),
        len(scene.demand),
        scene.supply.states.ravel().tolist(),
        scene.outside,
    )


@contextmanager
def elsewhere(world: World) -> Iterator[psycopg.Connection]:
    """Another connection, committed at the end."""
    with psycopg.connect(world.url) as conn:
        yield conn


def test_a_change_between_two_reads_is_not_half_seen(town: World) -> None:
    town.add(116.25, 40.05, "24/7", district_code="s1")
    town.ready()
    happened: list[str] = []

    def happen() -> None:
        if happened:
            return
        happened.append("once")
        with elsewhere(town) as conn:
            # everything else at once: people twice as many, the station closed, a district gone
            conn.execute("UPDATE demand_point SET weight = weight * 2")
            conn.execute("UPDATE demand_layer SET total = total * 2, fingerprint = 'second'")
            conn.execute("DELETE FROM demand_point WHERE district_code IS NULL")
            conn.execute("UPDATE demand_point SET district_code = 'city' WHERE district_code = 'west'")
            conn.execute("DELETE FROM district WHERE code = 'west'")
            conn.execute("UPDATE station SET retired_at = now()")

    async def use(desk: Desk) -> tuple[Scene, Scene]:
        desk._demands = Interrupted(happen)
        return await desk.scene(question()), await desk.scene(question())

    before, after = with_desk(town, use)
    assert happened
    assert figures(before) == (31.0, 5, [1], (1, 32.0))
    assert before.demand.areas == ("east", "west", "city")
    assert before.layer.fingerprint == "people"
    # and the next question sees all of it
    assert figures(after) == (62.0, 5, [], (0, 0.0))
    assert after.demand.areas == ("east", "city")
    assert after.layer.fingerprint == "second"


def test_demand_is_read_once_until_it_or_a_boundary_changes(town: World) -> None:
    town.ready()

    async def use(desk: Desk) -> None:
        first = await desk.scene(question())
        assert (await desk.scene(question())).demand is first.demand
        east = await desk.scene(question("east"))
        assert len(east.demand) == 3
        with elsewhere(town) as conn:
            conn.execute("UPDATE demand_layer SET fingerprint = 'second'")
        changed = await desk.scene(question())
        assert changed.demand is not first.demand
        with elsewhere(town) as conn:
            conn.execute("UPDATE district SET updated_at = now() WHERE code = 'west'")
        assert (await desk.scene(question())).demand is not changed.demand

    with_desk(town, use)


def test_polygons_are_those_of_the_boundaries_now(town: World) -> None:
    async def use(desk: Desk) -> None:
        first = await desk.polygons("city")
        assert set(first) == {"east", "west", "city"}
        assert await desk.polygons("city") is first
        with elsewhere(town) as conn:
            conn.execute(
                """UPDATE district SET geom = ST_Multi(ST_MakeEnvelope(116.0, 40.0, 116.1, 40.1, 4326)),
                     updated_at = now() WHERE code = 'west'"""
            )
        assert (await desk.polygons("city"))["west"].area == pytest.approx(0.01)

    with_desk(town, use)


def test_two_layers_of_the_same_points_are_not_taken_for_each_other(town: World) -> None:
    add_layer(town.conn, "workers", [(116.05, 40.05, 7.0, "west")])
    town.ready()

    async def use(desk: Desk) -> tuple[float, float]:
        people, workers = [await desk.scene(question(demand=code)) for code in ("people", "workers")]
        return float(people.demand.weight.sum()), float(workers.demand.weight.sum())

    assert with_desk(town, use) == (31.0, 7.0)


def test_states_are_of_the_moment_asked_about(town: World) -> None:
    always = town.add(116.25, 40.05, "24/7", district_code="s1")
    day = town.add(116.25, 40.05, "每天 9:00-17:00", district_code="s1")
    unsaid = town.add(116.25, 40.05, None, district_code="s1")
    town.ready()

    async def use(desk: Desk) -> dict[int, str]:
        area, states, moments = await desk.states("east", (1,), NIGHT)
        assert (area.itself.code, moments.local()) == ("east", [NIGHT])
        return dict(states)

    assert with_desk(town, use) == {always: "open", day: "closed", unsaid: "unknown"}
