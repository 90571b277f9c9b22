"""Work that many ask for at once and that is done once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

T = TypeVar("T")


class Flights(Generic[T]):
    """Whoever asks for what is under way already waits for that, and gets what comes of it or its error."""

    def __init__(self) -> None:
        self._under_way: dict[Hashable, asyncio.Future[T]] = {}

    async def join(self, key: Hashable, work: Callable[[], Awaitable[T]]) -> T:
        """What `work` gives, begun now unless the same key's is under way.

        It goes on when whoever asked is gone.
        """
        future = self._under_way.get(key)
        if future is None:
            future = asyncio.ensure_future(work())
            self._under_way[key] = future
            future.add_done_callback(lambda done: self._landed(key, done))
        return await asyncio.shield(future)

    def _landed(self, key: Hashable, done: asyncio.Future[T]) -> None:
        del self._under_way[key]
        if not done.cancelled():
            # whoever waited has it; an error that nobody waited for is nobody's
            done.exception()
