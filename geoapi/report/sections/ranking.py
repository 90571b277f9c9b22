"""Districts from the least covered, with what the unknown hours make of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from markupsafe import Markup

from geoapi.report.figures import known, name_of
from geoapi.report.scene import Scene

MOST: Final = 20
"""Rows of the worst; the report's own district has one besides."""


def view(scene: Scene) -> dict[str, Any]:
    """Lead and rows; the report's own district is marked, and the rest of an area stands last, unranked."""
    answer = scene.inputs.worst or scene.inputs.coverage
    districts = list(answer.get("districts") or [])
    ranked = sorted((row for row in districts if known(row.get("rank")) is not None), key=_order(scene))
    if len(ranked) < 2:
        raise scene.missing("ranking")
    shown = [row for n, row in enumerate(ranked) if n < MOST or _own(scene, row)]
    unranked = sorted((row for row in districts if known(row.get("rank")) is None), key=_order(scene))
    outside = answer.get("outside") or {}
    return {
        "lead": _lead(scene, ranked),
        "rows": [_row(scene, row) for row in [*shown, *unranked]],
        "more": _more(scene, ranked, len(ranked) - len(shown)),
        "outside": scene.say(
            "outside",
            people=scene.amount(outside.get("total")),
            points=scene.figures.count(outside.get("points")),
        )
        if known(outside.get("points"))
        else None,
    }


def _order(scene: Scene) -> Callable[[Mapping[str, Any]], tuple[float, float, str]]:
    """By rank; among equals those first where most people go without."""

    def key(row: Mapping[str, Any]) -> tuple[float, float, str]:
        uncovered, _ = scene.both(row, "uncovered")
        return known(row.get("rank")) or 0.0, -(known(uncovered) or 0.0), str(row.get("code"))

    return key


def _own(scene: Scene, row: Mapping[str, Any]) -> bool:
    return str(row.get("code")) == scene.area_code and not row.get("rest")


def _lead(scene: Scene, ranked: Sequence[Mapping[str, Any]]) -> Markup:
    number = scene.figures.count(len(ranked))
    ranks = [row["rank"] for row in ranked]
    share = scene.range_of_shares(ranked[0])
    if len(set(ranks)) == 1:
        closed = scene.figures.share(scene.both(ranked[0], "share")[0])
        return scene.markup("ranking_alike", n=number, share=closed)
    own = next((row for row in ranked if _own(scene, row)), None)
    if own is not None:
        rank = f"{own['rank']}{scene.say('tied') if ranks.count(own['rank']) > 1 else ''}"
        return scene.markup("ranking_lead", area=scene.area, n=number, rank=rank)
    if (worst := ranks.count(ranks[0])) > 1:
        closed = scene.figures.share(scene.both(ranked[0], "share")[0])
        return scene.markup("ranking_tied", n=scene.figures.count(worst), share=closed)
    return scene.markup("ranking_city", n=number, worst=name_of(ranked[0], scene.lang), share=share)


def _more(scene: Scene, ranked: Sequence[Mapping[str, Any]], left: int) -> str | None:
    """How many are not in the table."""
    if left <= 0:
        return None
    n = scene.figures.count(left)
    if ranked[0]["rank"] == ranked[-1]["rank"]:
        return scene.say("ranking_more_alike", n=n)
    return scene.say("ranking_more", n=n, rows=str(MOST))


def _row(scene: Scene, row: Mapping[str, Any]) -> dict[str, Any]:
    closed, opened = (known(share) for share in scene.both(row, "share"))
    few, many = scene.both(row, "uncovered")
    return {
        "rank": "" if known(row.get("rank")) is None else str(row["rank"]),
        "name": name_of(row, scene.lang),
        "own": _own(scene, row),
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
