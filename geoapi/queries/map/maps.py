"""Everything that maps are drawn from, in one place: what tiles share, and what is kept between them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Generic, TypeVar

from geoapi.db.engine import Database
from geoapi.errors import Words
from geoapi.geometry.datums import Datum
from geoapi.geometry.web_tiles import WebTile
from geoapi.queries.catalog import CatalogCache
from geoapi.queries.flights import Flights, Gone
from geoapi.queries.map.basis import Turns, named, read_basis
from geoapi.queries.map.districts import DistrictShapes, read_districts
from geoapi.queries.map.kept_tiles import KeptTiles, Tile
from geoapi.queries.map.planning import DemandCells, GapShapes, draw_gaps
from geoapi.queries.map.stations import StationsTile, stations_tile
from geoapi.queries.map.streets import StreetShapes, draw_streets, read_streets
from geoapi.queries.map.vector_tile import TileLayer, encode_tile
from geoapi.queries.planning.desk import Desk, Kept
from geoapi.queries.planning.scene import Question, Scene
from geoapi.queries.planning.what_if import Changes, changed
from geoapi.queries.tally import Topic
from geoapi.queries.turnstile import Turnstile

T = TypeVar("T")

ALL_TOPICS: Final[tuple[Topic, ...]] = ("stations", "districts", "demand", "streets")

AS_IT_IS: Final = Changes()
"""Nothing is supposed."""

KEPT_DRAWINGS: Final = 6
"""Sets of shapes of each sort (districts, streets, a planner's gaps …) that are kept between tiles."""

TILES_AT_ONCE: Final = 4
"""Tiles of stations that are made at a time, each with a connection; the others of the pool are left to those
who ask for the nearest. One that shows a country of 200,000 stations takes a second."""

MOST_TILES_WAITING: Final = 200
"""Tiles of stations that are made or wait to be, at once; one more is told to come back."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A tile that is asked for: the name of the state that it is of, and how to get it, for somebody who may
    have gone before its turn comes."""

    basis: str
    get: Callable[[Gone], Awaitable[Tile]]


class Maps:
    """Tiles, each made once and kept until the data that it is of changes."""

    def __init__(
        self, database: Database, catalog: CatalogCache, desk: Desk, *, cache_bytes: int, statement_ms: int
    ) -> None:
        self._database = database
        self._catalog = catalog
        self._desk = desk
        self._statement_ms = statement_ms
        self._tiles = KeptTiles(cache_bytes)
        self._turns = Turns(database)
        busy = Words("地图瓦片正在制作，排队者多", "many tiles are being made")
        self._making = Turnstile(busy, at_once=TILES_AT_ONCE, most=MOST_TILES_WAITING)
        self._districts = Drawings[DistrictShapes]()
        self._streets = Drawings[StreetShapes]()
        self._gaps = Drawings[GapShapes]()
        self._demand = Drawings[DemandCells]()

    async def stations(self, asked: StationsTile) -> Asked:
        """Stations with their states at a time."""
        basis, tallies = await read_basis(self._database, "stations")
        # states at any time between two turns are the same: so is the tile
        turn = await self._turns.last_before(asked.at, tallies["stations"])
        key = replace(asked, at=turn or datetime.min)
        # which kinds are all of them is of a catalog that may be some seconds old
        name = named(basis, turn, asked.kind_ids)

        async def make(_: Gone) -> bytes:
            async with self._making.turn():
                return await stations_tile(self._database, asked, await self._catalog.current())

        return self._asked(key, name, make)

    async def districts(self, tile: WebTile, datum: Datum) -> Asked:
        """Districts and their names."""
        basis, _ = await read_basis(self._database, "districts")

        async def draw(_: Gone) -> DistrictShapes:
            return await read_districts(self._database, datum)

        async def layers(gone: Gone) -> Sequence[TileLayer]:
            shapes = await self._districts.draw((basis, datum), draw, gone)
            return await asyncio.to_thread(shapes.layers, tile)

        return self._of_layers(("districts", tile, datum), basis, tile, layers)

    async def streets(self, tile: WebTile, datum: Datum) -> Asked:
        """The walking networks on record."""
        basis, _ = await read_basis(self._database, "streets")

        async def draw(_: Gone) -> StreetShapes:
            networks = await read_streets(self._database, self._statement_ms)
            return await asyncio.to_thread(draw_streets, networks, datum)

        async def layers(gone: Gone) -> Sequence[TileLayer]:
            shapes = await self._streets.draw((basis, datum), draw, gone)
            return await asyncio.to_thread(shapes.layers, tile)

        return self._of_layers(("streets", tile, datum), basis, tile, layers)

    async def gaps(
        self, tile: WebTile, question: Question, datum: Datum, changes: Changes = AS_IT_IS
    ) -> Asked:
        """Gaps of a planner's question about one moment, which `question.at` names, with `changes` made."""
        basis = await self._planning_basis(question, changes)

        async def draw(gone: Gone) -> GapShapes:
            async with self._desk.turn(gone):
                scene = await self._supposed(question, changes)
                districts = await self._desk.polygons(question.code)
                return await self._desk.work(draw_gaps, scene, districts, datum)

        async def layers(gone: Gone) -> Sequence[TileLayer]:
            shapes = await self._gaps.draw((basis, question, datum, changes), draw, gone)
            return await asyncio.to_thread(shapes.layers, tile)

        return self._of_layers(("gaps", tile, question, datum, changes), basis, tile, layers)

    async def demand(
        self, tile: WebTile, question: Question, datum: Datum, changes: Changes = AS_IT_IS
    ) -> Asked:
        """Demand of a planner's question about one moment, and how far its nearest open station is, with
        `changes` made."""
        basis = await self._planning_basis(question, changes)

        async def draw(gone: Gone) -> DemandCells:
            async with self._desk.turn(gone):
                scene = await self._supposed(question, changes)
                return await self._desk.work(DemandCells, scene, datum)

        async def layers(gone: Gone) -> Sequence[TileLayer]:
            cells = await self._demand.draw((basis, question, datum, changes), draw, gone)
            return await asyncio.to_thread(cells.layers, tile)

        return self._of_layers(("demand", tile, question, datum, changes), basis, tile, layers)

    async def _supposed(self, question: Question, changes: Changes) -> Scene:
        """The scene of a question with its stations as they would be; at the desk."""
        scene = await self._desk.scene(question)
        if not len(changes):
            return scene
        return replace(scene, supply=await self._desk.work(changed, scene, changes))

    async def _planning_basis(self, question: Question, changes: Changes) -> str:
        """Of all the data, of the settings that figures rest on, and of what is asked once its defaults are
        filled in: an address without `at` asks about another time each quarter of an hour."""
        basis, _ = await read_basis(self._database, *ALL_TOPICS)
        return named(
            basis, question, changes, self._desk.walking.detour_factor, self._desk.settings.cell_size_m
        )

    def _of_layers(
        self,
        key: Hashable,
        basis: str,
        tile: WebTile,
        layers: Callable[[Gone], Awaitable[Sequence[TileLayer]]],
    ) -> Asked:
        async def make(gone: Gone) -> bytes:
            return await encode_tile(self._database, tile, await layers(gone))

        return self._asked(key, basis, make)

    def _asked(self, key: Hashable, basis: str, make: Callable[[Gone], Awaitable[bytes]]) -> Asked:
        return Asked(basis, lambda gone: self._tiles.get(key, basis, make, gone))


class Drawings(Generic[T]):
    """What was drawn last, `KEPT_DRAWINGS` at most. A map's tiles ask for it at once: it is drawn once, and
    not at all when all who asked have gone before its turn comes."""

    def __init__(self) -> None:
        self._kept = Kept[T](KEPT_DRAWINGS)
        self._flights = Flights[T]()

    async def draw(self, key: Hashable, read: Callable[[Gone], Awaitable[T]], gone: Gone) -> T:
        """The value of a key, drawn when it is not there."""

        async def nobody_waits() -> bool:
            return await self._flights.everybody_gone(key)

        async def kept() -> T:
            return await self._kept.get(key, lambda: read(nobody_waits))

        return await self._flights.join(key, kept, gone)
