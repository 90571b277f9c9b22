"""The reader against hand labels of real texts (README.md beside this file)."""

from __future__ import annotations

from scripts.score_hours import score
from tests.conftest import SHARED_DATA, needs_shared_data


@needs_shared_data
def test_definite_texts_are_right_and_none_confidently_wrong() -> None:
    found = score(SHARED_DATA)
    assert found.confidently_wrong == []
    assert found.definite >= 150
    assert found.right / found.definite >= 0.98
