"""What a report draws, and whose it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def attributions(coverage: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Whose outlines, ways and demand the maps and figures are from, each once."""
    method = coverage["method"]
    ways = ["© OpenStreetMap contributors (ODbL)"] if method["model"]["name"] == "walk" else []
    demand = [] if method["demand"]["by_area"] else [method["demand"]["source"]]
    sources = [*(row["source"] for row in rows), *ways, *demand]
    return list(dict.fromkeys(source for source in sources if source))


def districts_drawn(rows: Sequence[Mapping[str, Any]], city: str, code: str) -> list[Mapping[str, Any]]:
    """The area, the districts in it and those beside it."""
    return [row for row in rows if code == row["code"] or row["parent_code"] in (code, city)]
