"""Random numbers that are the same everywhere, for ever.

SplitMix64 (Steele, Lea and Flood, 2014) on a counter: integer arithmetic only, so that no version of Python
or numpy, and no processor, makes a different city of the same seed.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from itertools import accumulate
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T")

_STEP = np.uint64(0x9E3779B97F4A7C15)


class Draws:
    """A stream of uniform numbers, named by its seed and a label."""

    def __init__(self, seed: int, label: str) -> None:
        digest = hashlib.sha256(f"{seed}/{label}".encode()).digest()
        self._next = int.from_bytes(digest[:8], "big")

    def uniforms(self, *shape: int) -> NDArray[np.float64]:
        """Numbers in [0, 1), multiples of 2⁻⁵³, as a float64 array of this shape."""
        count = int(np.prod(shape))
        z = np.arange(1, count + 1, dtype=np.uint64) * _STEP + np.uint64(self._next)
        self._next = (self._next + count * int(_STEP)) & 0xFFFF_FFFF_FFFF_FFFF
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
        return ((z >> np.uint64(11)).astype(np.float64) * 2.0**-53).reshape(shape)

    def offsets(self, count: int) -> NDArray[np.float64]:
        """(count, 2) bell-shaped numbers with mean 0 and deviation 1, never beyond ±3.

        Sums of three uniforms: unlike a true normal they need no logarithm, whose last bit varies.
        """
        a, b, c = self.uniforms(3, count, 2)
        return np.asarray((a + b + c - 1.5) * 2.0)


class Weighted(Generic[T]):
    """Options with weights; `at(u)` is the one that a number u in [0, 1) falls on."""

    def __init__(self, options: Sequence[tuple[T, float]]) -> None:
        self._options = [option for option, _ in options]
        sums = list(accumulate(weight for _, weight in options))
        self._bounds = [value / sums[-1] for value in sums[:-1]]

    def at(self, u: float) -> T:
        return self._options[bisect_right(self._bounds, u)]


def shares(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers adding up to `total`, in proportion to the weights: largest remainders first."""
    whole = sum(weights)
    exact = [total * weight / whole for weight in weights]
    counts = [int(value) for value in exact]
    by_remainder = sorted(range(len(weights)), key=lambda i: counts[i] - exact[i])
    for i in by_remainder[: total - sum(counts)]:
        counts[i] += 1
    return counts
