"""Tiles that were made before, as long as the data that they were made of has not changed."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Hashable
from dataclasses import dataclass
from typing import Final

from geoapi.queries.flights import Flights, Gone

_OVERHEAD_BYTES: Final = 500
"""What a kept tile takes beside its own bytes, about."""


@dataclass(frozen=True, slots=True)
class Tile:
    """A tile as it is sent: `gzipped` bytes, and a digest of what is in them."""

    gzipped: bytes
    digest: str

    @classmethod
    def of(cls, body: bytes) -> Tile:
        """The tile of a Mapbox Vector Tile's bytes."""
        # mtime 0: equal tiles are equal bytes
        return cls(gzip.compress(body, 6, mtime=0), hashlib.sha256(body).hexdigest()[:16])


class KeptTiles:
    """The tiles asked for last, `most_bytes` at most; each is made once, however many ask for it at once.

    A tile is kept under its question and a `basis`: a name for the state of everything that it is made of.
    Only the latest basis of a question is kept.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._bytes = 0
        self._kept: OrderedDict[Hashable, tuple[str, Tile]] = OrderedDict()
        self._flights = Flights[Tile]()

    async def get(
        self,
        question: Hashable,
        basis: str,
        make: Callable[[Gone], Awaitable[bytes]],
        gone: Gone | None = None,
    ) -> Tile:
        """The tile, made when it is not there as of this basis.

        `make` is told how to find out whether everybody who asked for it has gone.
        """
        found = self._kept.get(question)
        if found is not None and found[0] == basis:
            self._kept.move_to_end(question)
            return found[1]

        async def nobody_waits() -> bool:
            return await self._flights.everybody_gone((question, basis))

        async def made() -> Tile:
            # a megabyte takes a moment to compress: others are answered meanwhile
            tile = await asyncio.to_thread(Tile.of, await make(nobody_waits))
            self._keep(question, basis, tile)
            return tile

        return await self._flights.join((question, basis), made, gone)

    @property
    def bytes(self) -> int:
        """How much memory the kept tiles take."""
        return self._bytes

    def _keep(self, question: Hashable, basis: str, tile: Tile) -> None:
        if (old := self._kept.pop(question, None)) is not None:
            self._bytes -= _size(old[1])
        self._kept[question] = (basis, tile)
        self._bytes += _size(tile)
        while self._bytes > self._most_bytes:
            _, (_, oldest) = self._kept.popitem(last=False)
            self._bytes -= _size(oldest)


def _size(tile: Tile) -> int:
    return len(tile.gzipped) + _OVERHEAD_BYTES
