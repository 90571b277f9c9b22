"""Work that many ask for at once and that is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")

Gone = Callable[[], Awaitable[bool]]
"""Whether whoever asked has gone."""


class Flights(Generic[T]):
    """Whoever asks for what is under way already waits for that, and gets what comes of it or its error."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[T]] = {}
        self._askers: dict[Hashable, list[Gone | None]] = {}

    async def join(self, key: Hashable, work: Callable[[], Awaitable[T]], gone: Gone | None = None) -> T:
        """What `work` gives, begun now unless the same key's is under way.

        It goes on when whoever asked is gone, unless it asks itself whether `everybody_gone`.
        """
        future = self._under_way.get(key)
        if future is None:
            future = asyncio.ensure_future(work())
            self._under_way[key] = future
            self._askers[key] = []
            future.add_done_callback(lambda done: self._landed(key, done))
        self._askers[key].append(gone)
        return await asyncio.shield(future)

    async def everybody_gone(self, key: Hashable) -> bool:
        """Whether all who asked for what is under way have gone, as far as they can be asked."""
        for gone in list(self._askers.get(key, ())):
            if gone is None or not await gone():
                return False
        return True

    def _landed(self, key: Hashable, done: asyncio.Future[T]) -> None:
        del self._under_way[key], self._askers[key]
        if not done.cancelled():
            # whoever waited has it; an error that nobody waited for is nobody's
            done.exception()
