"""The planners' desk: fetches what a question is about, keeps what is asked again, and gives turns."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Final, Generic, ParamSpec, TypeVar

import shapely
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.inputs import Demand
from geoapi.coverage.runners import ProcessRunner, Runner, inline
from geoapi.coverage.straight import StraightModel
from geoapi.coverage.tile_cache import TileCache
from geoapi.coverage.walk import WalkModel
from geoapi.db.engine import Database
from geoapi.errors import Unavailable, Words
from geoapi.queries.planning.areas import Area, read_area, read_polygons
from geoapi.queries.planning.coverage import Measurer
from geoapi.queries.planning.demand import layer_for, outside_districts, read_demand, read_demand_around
from geoapi.queries.planning.moments import Moments, one_moment, with_calendar
from geoapi.queries.planning.networks import NetworkRef, network_for, read_network
from geoapi.queries.planning.scene import Model, Question, Scene
from geoapi.queries.planning.supply import STATES, State, read_calendars, read_stations, supply_of
from geoapi.settings import CoverageSettings, WalkingSettings

P = ParamSpec("P")
T = TypeVar("T")

MOST_WAITING: Final = 16
"""Questions at the desk at once, the one that is worked on included; one more is told to come back."""

LOOK_EVERY_S: Final = 1.0
"""How often a question that waits looks whether anybody still waits for it."""

KEPT: Final = 4
"""Demands, boundaries and networks that are kept between questions."""


class Desk:
    """What planners' questions share. Work of seconds is done in threads and processes, one at a time."""

    def __init__(
        self,
        database: Database,
        settings: CoverageSettings,
        walking: WalkingSettings,
        *,
        runner: Runner | None = None,
    ) -> None:
        self.settings = settings
        self.walking = walking
        self._processes = ProcessRunner(settings.coverage_processes) if runner is None else None
        self.measurer = Measurer(
            runner or self._processes or inline, TileCache(settings.coverage_cache_mb * 1_000_000)
        )
        self._database = database
        self._demands = Kept[Demand](KEPT)
        self._polygons = Kept[dict[str, shapely.Geometry]](KEPT)
        self._networks = Kept[WalkModel](KEPT)
        self._turn = asyncio.Semaphore(1)
        self._waiting = 0

    async def scene(self, question: Question) -> Scene:
        """Everything a question is worked out from, read in one snapshot of the data."""
        async with self._database.snapshot(timeout_ms=self.settings.coverage_timeout_ms) as conn:
            area = await read_area(conn, question.code, field=question.code_field)
            layer = await layer_for(conn, area, question.demand, cell_size_m=self.settings.cell_size_m)
            key = (layer.fingerprint, area.itself.code, area.version)
            demand = await self._demands.get(
                key, lambda: read_demand(conn, layer, area, most=self.settings.max_cells)
            )
            stations = await read_stations(
                conn,
                box=area.box,
                codes=area.part_of,
                kind_ids=question.kind_ids,
                amenity_ids=question.amenity_ids,
                limit_m=question.limit.metres,
            )
            moments = question.moments(stations.zone)
            names = {inputs["calendar"] for inputs in stations.schedules.values()} | {stations.calendar}
            calendars = await read_calendars(conn, sorted(names), moments.window)
            moments = with_calendar(moments, calendars[stations.calendar])
            network, model = await self._model(conn, question, area)
            outside = await outside_districts(conn, layer)
        if layer.id is None:
            layer = replace(layer, points=len(demand), total=float(demand.weight.sum()))
        return Scene(
            question, area, layer, demand, key, outside, stations, moments, calendars,
            supply_of(stations, moments, calendars), model, network, self.walking.detour_factor,
            self.settings.max_pairs,
        )  # fmt: skip

    async def demand_around(self, scene: Scene) -> Demand:
        """Demand outside a scene's area that shares its stations: up to two limits away."""
        async with self._database.snapshot(timeout_ms=self.settings.coverage_timeout_ms) as conn:
            return await read_demand_around(
                conn, scene.layer, scene.area, 2 * scene.question.limit.metres, most=self.settings.max_cells
            )

    async def polygons(self, code: str) -> dict[str, shapely.Geometry]:
        """The boundaries of an area and of its parts, WGS-84, by code."""
        async with self._database.snapshot(timeout_ms=self.settings.coverage_timeout_ms) as conn:
            area = await read_area(conn, code)
            codes = [part.code for part in area.parts]

            async def read() -> dict[str, shapely.Geometry]:
                return dict(zip(codes, await read_polygons(conn, codes), strict=True))

            return await self._polygons.get((code, area.version), read)

    async def unreached(self, scene: Scene) -> tuple[int, float]:
        """How many of a scene's points, and with what weight, are too far from any way to walk from."""
        if not isinstance(scene.model, WalkModel):
            return 0, 0.0
        demand = scene.demand
        lost = await self.work(scene.model.unreached, demand.lon, demand.lat)
        return int(lost.sum()), float(demand.weight[lost].sum())

    async def states(
        self, code: str, kind_ids: Sequence[int], at: datetime
    ) -> tuple[Area, dict[int, State], Moments]:
        """An area, and the state at a time of every station of these kinds in and around it, by id."""
        async with self._database.snapshot(timeout_ms=self.settings.coverage_timeout_ms) as conn:
            area = await read_area(conn, code)
            stations = await read_stations(
                conn, box=area.box, codes=area.part_of, kind_ids=kind_ids, amenity_ids=()
            )
            moments = one_moment(at, stations.zone)
            names = {inputs["calendar"] for inputs in stations.schedules.values()} | {stations.calendar}
            calendars = await read_calendars(conn, sorted(names), moments.window)
        moments = with_calendar(moments, calendars[stations.calendar])
        supply = supply_of(stations, moments, calendars)
        found = (STATES[state] for state in supply.states[supply.pattern, 0].tolist())
        return area, dict(zip(supply.ids.tolist(), found, strict=True)), moments

    @asynccontextmanager
    async def turn(self, gone: Callable[[], Awaitable[bool]] | None = None) -> AsyncIterator[None]:
        """This question's turn: its data are fetched and worked out while no other planner's are.

        Planners' questions take memory and all cores: a queue in front of the connections keeps those free
        for everybody else. `Unavailable` when too many are at the desk, and when whoever asked has `gone`
        before the turn came.
        """
        if self._waiting >= MOST_WAITING:
            raise _come_back()
        self._waiting += 1
        try:
            await self._wait(gone)
            try:
                yield
            finally:
                self._turn.release()
        finally:
            self._waiting -= 1

    async def _wait(self, gone: Callable[[], Awaitable[bool]] | None) -> None:
        while True:
            try:
                await asyncio.wait_for(self._turn.acquire(), LOOK_EVERY_S)
                return
            except TimeoutError:
                if gone is not None and await gone():
                    raise _come_back() from None

    async def work(self, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """`function` in a thread: everybody else's questions go on being answered."""
        working = asyncio.ensure_future(asyncio.to_thread(function, *args, **kwargs))
        try:
            return await asyncio.shield(working)
        except asyncio.CancelledError:
            # whoever asked has gone, the thread has not: the next one's turn is when it has ended
            await asyncio.wait([working])
            raise

    def close(self) -> None:
        """Stop the desk's own processes."""
        if self._processes is not None:
            self._processes.close()

    async def _model(
        self, conn: AsyncConnection, question: Question, area: Area
    ) -> tuple[NetworkRef | None, Model]:
        if question.model == "straight":
            return None, StraightModel(self.walking.detour_factor)
        ref = await network_for(conn, area.box, question.network)

        async def read() -> WalkModel:
            return WalkModel(await read_network(conn, ref))

        return ref, await self._networks.get((ref.code, ref.fingerprint), read)


def _come_back() -> Unavailable:
    return Unavailable(
        Words("规划计算正忙", "planners' questions are queueing"),
        mend=Words("稍后再试", "try again in a moment"),
        retry_after_s=5,
    )


class Kept(Generic[T]):
    """The values asked for last, at most `most`."""

    def __init__(self, most: int) -> None:
        self._values: OrderedDict[Hashable, T] = OrderedDict()
        self._most = most

    async def get(self, key: Hashable, read: Callable[[], Awaitable[T]]) -> T:
        """The value of a key, read when it is not there."""
        if key not in self._values:
            self._values[key] = await read()
        self._values.move_to_end(key)
        while len(self._values) > self._most:
            self._values.popitem(last=False)
        return self._values[key]
