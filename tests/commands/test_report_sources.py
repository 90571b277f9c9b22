"""A report cites what it draws and counts, and nothing else that is on record."""

from __future__ import annotations

from typing import Any

import pytest

from geoapi.report.sources import attributions, districts_drawn

ROWS = [
    {"code": "110000", "parent_code": None, "source": "city borders"},
    {"code": "110105", "parent_code": "110000", "source": "borders"},
    {"code": "110101", "parent_code": "110000", "source": "borders"},
    {"code": "110105001", "parent_code": "110105", "source": "streets"},
    {"code": "431490", "parent_code": None, "source": "another country"},
    {"code": "4314902", "parent_code": "431490", "source": "another country"},
]


def coverage(model: str, *, by_area: bool = False) -> dict[str, Any]:
    return {"method": {"model": {"name": model}, "demand": {"source": "census", "by_area": by_area}}}


@pytest.mark.parametrize(
    ("answer", "sources"),
    [
        (coverage("straight"), ["borders", "streets", "census"]),
        (coverage("walk"), ["borders", "streets", "© OpenStreetMap contributors (ODbL)", "census"]),
        (coverage("straight", by_area=True), ["borders", "streets"]),
    ],
)
def test_only_what_is_drawn_and_counted_is_cited(answer: dict[str, Any], sources: list[str]) -> None:
    assert attributions(answer, districts_drawn(ROWS, "110000", "110105")) == sources


def test_a_source_is_cited_once_and_an_empty_one_never() -> None:
    rows = [{"source": "census"}, {"source": ""}, {"source": None}]
    assert attributions(coverage("straight"), rows) == ["census"]
