"""What every request needs and seldom changes, kept for a few seconds."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Fresh(Generic[T]):
    """A value as it was a few seconds ago at most, read by `read`.

    When it is old, one request reads it anew and the others go on with the old one: they
    would all want a second connection at the same moment.
    """

    def __init__(self, read: Callable[[], Awaitable[T]], *, fresh_for_s: float = 5.0) -> None:
        self._read = read
        self._fresh_for_s = fresh_for_s
        self._value: T | None = None
        self._read_at = 0.0

    async def current(self) -> T:
        """The value; whatever `read` raises."""
        now = time.monotonic()
        if self._value is None or now - self._read_at > self._fresh_for_s:
            self._read_at = now
            self._value = await self._read()
        return self._value
