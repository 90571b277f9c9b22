"""Heavy work a few at a time: whoever asks for more waits, and too many that wait are told to come back."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from geoapi.errors import Unavailable, Words

RETRY_AFTER_S = 5


class Turnstile:
    """Lets `at_once` through at a time, in the order in which they came, while `most` are there at most.

    What strangers can ask for without end then takes a bounded share of threads, connections and time.
    """

    def __init__(self, busy: Words, *, at_once: int, most: int) -> None:
        self._busy = busy
        self._turns = asyncio.Semaphore(at_once)
        self._most = most
        self._here = 0

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """A turn, once it has come. `Unavailable` where too many are there already."""
        if self._here >= self._most:
            raise Unavailable(
                self._busy, mend=Words("稍后再试", "try again in a moment"), retry_after_s=RETRY_AFTER_S
            )
        self._here += 1
        try:
            async with self._turns:
                yield
        finally:
            self._here -= 1
