"""The title block, the answer in a sentence, and the key figures."""

from __future__ import annotations

from typing import Any, NamedTuple

from markupsafe import Markup

from geoapi.report.figures import NOTHING, known
from geoapi.report.scene import Scene
from geoapi.report.sections.week import hours_alike, mean_shares, week_shares, worst_hours


class Tile(NamedTuple):
    """A key figure: what it is, the figure, and a line below."""

    name: str
    value: str
    below: str


def view(scene: Scene) -> dict[str, Any]:
    """Title, facts, the answer and the tiles."""
    return {
        "title": scene.say("title", area=scene.area, noun=scene.noun),
        "facts": _facts(scene),
        "sample": bool(scene.demand.get("sample")),
        "answer": answer(scene),
        "range": answer_range(scene),
        "tiles": _tiles(scene),
    }


def _facts(scene: Scene) -> list[tuple[str, str]]:
    layer = scene.demand.get(f"name_{scene.lang}") or scene.demand.get("layer") or NOTHING
    kinds = [scene.code_name(code) for code in scene.method.get("kinds") or []]
    facts = [
        (scene.say("at"), scene.when or NOTHING),
        (scene.say("limit"), f"{scene.reach}"),
        (scene.say("layer"), str(layer)),
        (scene.say("kinds"), scene.say("and").join(kinds) or scene.say("m_all_kinds")),
    ]
    if scene.inputs.made_at is not None:
        facts.append((scene.say("made"), scene.figures.day_hour(scene.inputs.made_at)))
    return facts


def answer(scene: Scene) -> Markup:
    """The one sentence: how many have no open station within reach."""
    coverage = scene.inputs.coverage
    closed = coverage.get("unknown_closed") or {}
    total, uncovered = known(coverage.get("total")), known(closed.get("uncovered"))
    if not total or uncovered is None:
        return scene.markup("answer_empty", area=scene.area)
    values = {
        "when": scene.prefix, "area": scene.area, "reach": scene.reach, "noun": scene.noun,
    }  # fmt: skip
    if uncovered <= 0:
        return scene.markup("answer_none", n=scene.amount(total), **values)
    key = "answer_by_area" if scene.demand.get("by_area") else "answer"
    n, share = scene.amount(uncovered), scene.figures.share(uncovered / total)
    return scene.markup(key, n=n, share=share, **values)


def answer_range(scene: Scene) -> Markup | None:
    """What the answer is if every station with unknown hours is open; None where nothing is asked for."""
    coverage = scene.inputs.coverage
    closed, opened = scene.both(coverage, "uncovered")
    total = known(coverage.get("total"))
    if not total or known(closed) is None or known(opened) is None:
        return None
    if closed == opened:
        return scene.markup("answer_sure")
    n, share = scene.amount(opened), scene.figures.share(opened / total)
    return scene.markup("answer_range", n=n, share=share)


def _tiles(scene: Scene) -> list[Tile]:
    coverage, figures = scene.inputs.coverage, scene.figures
    uncovered, _ = scene.both(coverage, "uncovered")
    total = scene.say("k_uncovered_sub", total=scene.brief(coverage.get("total")))
    tiles = [
        Tile(scene.say("k_uncovered"), scene.brief(uncovered), total),
        Tile(scene.say("k_covered"), scene.range_of_shares(coverage), scene.say("k_covered_sub")),
    ]
    if (week := scene.inputs.week) is not None:
        tiles.append(Tile(scene.say("k_week"), figures.shares(*mean_shares(week)), scene.say("k_week_sub")))
        if worst := worst_hours(week):
            below = scene.say("k_worst_sub", share=figures.share(week_shares(week)[0][worst[0]]))
            tiles.append(Tile(scene.say("k_worst"), hours_alike(scene, week, worst), below))
    if (gaps := scene.inputs.gaps) is not None:
        tiles.append(_gap_tile(scene, gaps.get("gaps"), gaps.get("features") or []))
    stations = scene.method.get("stations") or {}
    unknown, part = figures.count(stations.get("unknown_hours")), figures.share(stations.get("unknown_share"))
    below = scene.say("k_stations_sub", n=unknown, share=part)
    tiles.append(Tile(scene.say("k_stations"), figures.count(stations.get("counted")), below))
    return tiles


def _gap_tile(scene: Scene, count: Any, features: list[Any]) -> Tile:
    number = len(features) if known(count) is None else count
    below = scene.say("k_gaps_none")
    if features:
        most = max(known(feature["properties"].get("uncovered")) or 0 for feature in features)
        below = scene.say("k_gaps_sub", n=scene.brief(most))
    return Tile(scene.say("k_gaps"), f"{number:,}", below)
