"""Who works out the tiles: this process, a pool of processes, or a Dask cluster."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

Job = TypeVar("Job")
Answer = TypeVar("Answer")


class Runner(Protocol):
    """Something that applies a function to jobs. Both can be pickled, and so can the answers."""

    def map(self, function: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer]:
        """The function's answers in the order of the jobs, whatever order they are worked out in."""
        ...


class _Inline:
    """One after the other, in the calling thread."""

    def map(self, function: Callable[[Job], Answer], jobs: Sequence[Job]) -> list[Answer]:
        return [function(job) for job in jobs]


inline = _Inline()
"""The runner that needs nothing: one job after the other, in the calling thread."""
