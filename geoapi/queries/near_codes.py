"""Did you mean …?"""

from __future__ import annotations

from collections.abc import Sequence

from rapidfuzz import process


def near_codes(asked: str, known: Sequence[str], most: int = 3) -> list[str]:
    """The known codes that look most like the one asked for, best first; empty when none does."""
    return [code for code, _, _ in process.extract(asked.lower()[:60], known, limit=most, score_cutoff=60)]
