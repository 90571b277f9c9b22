"""Districts from the least covered, with what the unknown hours make of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoapi.report.figures import known, name_of
from geoapi.report.scene import Scene


def view(scene: Scene) -> dict[str, Any]:
    """Lead and rows; the report's own district is marked."""
    answer = scene.inputs.worst or scene.inputs.coverage
    districts = list(answer.get("districts") or [])
    if len(districts) < 2:
        raise scene.missing("ranking")
    rows = sorted(districts, key=lambda row: (known(row.get("rank")) or 0, str(row.get("code"))))
    own = next((row for row in rows if str(row.get("code")) == scene.area_code), None)
    number = scene.figures.count(len(rows))
    if own is not None:
        lead = scene.markup("ranking_lead", area=scene.area, n=number, rank=str(own.get("rank")))
    else:
        worst = rows[0]
        lead = scene.markup(
            "ranking_city", n=number, worst=name_of(worst, scene.lang), share=scene.range_of_shares(worst)
        )
    outside = answer.get("outside") or {}
    return {
        "lead": lead,
        "rows": [_row(scene, row) for row in rows],
        "outside": scene.say(
            "outside",
            people=scene.amount(outside.get("total")),
            points=scene.figures.count(outside.get("points")),
        )
        if known(outside.get("points"))
        else None,
    }


def _row(scene: Scene, row: Mapping[str, Any]) -> dict[str, Any]:
    closed, opened = (known(share) for share in scene.both(row, "share"))
    few, many = scene.both(row, "uncovered")
    return {
        "rank": str(row.get("rank", "")),
        "name": name_of(row, scene.lang),
        "own": str(row.get("code")) == scene.area_code,
        "bar": percent(closed),
        "whisker": (percent(closed), percent((opened or 0) - (closed or 0)))
        if closed is not None and opened is not None and opened > closed
        else None,
        "share": scene.figures.shares(closed, opened),
        "uncovered": scene.figures.counts(many, few),
    }


def percent(share: float | None) -> str:
    """A length for a style: 0 to 100 with two decimals."""
    return f"{min(max(share or 0.0, 0.0), 1.0) * 100:.2f}"
