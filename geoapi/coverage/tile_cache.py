"""What was worked out before, kept while there is room."""

from __future__ import annotations

import threading
from collections import OrderedDict
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CacheUse:
    """How often a tile was found and how often not, and what is held now."""

    hits: int
    misses: int
    kept: int
    bytes: int


class TileCache:
    """Answers by the digest of all they depend on; the longest unused go first. Threads may share one.

    An answer is an array, or anything else that tells its `nbytes`. What is held never exceeds `max_bytes`:
    an answer larger than that is not kept at all.
    """

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._kept: OrderedDict[bytes, Any] = OrderedDict()
        self._bytes = self._hits = self._misses = 0
        self._lock = threading.Lock()

    def get(self, key: bytes) -> Any:
        """The answer kept under a digest, or None."""
        with self._lock:
            answer = self._kept.get(key)
            if answer is None:
                self._misses += 1
            else:
                self._hits += 1
                self._kept.move_to_end(key)
            return answer

    def put(self, key: bytes, answer: Any) -> None:
        """Keep an answer. Nobody may write to it any more."""
        with self._lock:
            before = self._kept.pop(key, None)
            self._bytes += answer.nbytes - (0 if before is None else before.nbytes)
            self._kept[key] = answer
            while self._bytes > self.max_bytes:
                _, oldest = self._kept.popitem(last=False)
                self._bytes -= oldest.nbytes

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0

    @property
    def use(self) -> CacheUse:
        """What has come of it so far."""
        with self._lock:
            return CacheUse(self._hits, self._misses, len(self._kept), self._bytes)
