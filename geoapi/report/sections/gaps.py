"""The map and the table of the gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Final, NamedTuple

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN
from geoapi.report.figures import NOTHING, known
from geoapi.report.maps import NUMBERED, gap_map
from geoapi.report.scene import Scene

ROWS: Final = 10
_MOST_HOURS: Final = 4


class Key(NamedTuple):
    """A line of the legend: the sign's class or colour, and what it stands for."""

    sign: str
    colour: str | None
    text: str


def view(scene: Scene) -> dict[str, Any]:
    """Lead, map with legend, rows of the worst gaps."""
    gaps = scene.needed("gaps", scene.inputs.gaps)
    features = gaps.get("features") or []
    figures = scene.figures
    ranked = sorted((feature["properties"] for feature in features), key=lambda row: row["rank"])
    number = known(gaps.get("gaps"))
    number = float(len(ranked)) if number is None else number
    drawing = None
    label = scene.say("gap_map", area=scene.area)
    if scene.sheet is not None:
        drawing = gap_map(scene.sheet, gaps, scene.inputs.stations or (), label)
    lead = (
        scene.say("gaps_zero", when=scene.prefix, area=scene.area, reach=scene.reach)
        if not number
        else scene.say(
            "gaps_lead", when=scene.prefix, n=figures.count(number), people=figures.count(gaps.get("uncovered")),
            unit=scene.unit, marked=str(min(NUMBERED, len(ranked))),
        )
    )  # fmt: skip
    left = ranked[ROWS:]
    return {
        "lead": lead,
        "label": label,
        "svg": drawing and drawing.svg,
        "no_map": None if drawing else scene.no_map,
        "legend": (gap_keys(scene, drawing.colours, drawing.breaks) if drawing and ranked else []),
        "rows": [_row(scene, row) for row in ranked[:ROWS]],
        "districts": len({(row.get("district") or {}).get("code") for row in ranked}) > 1,
        "hours": any(row.get("hours") for row in ranked[:ROWS]),
        "more": left
        and scene.say(
            "more_rows", n=figures.count(len(left)), unit=scene.unit,
            people=figures.count(sum(known(row.get("uncovered")) or 0 for row in left)),
        ),
    }  # fmt: skip


def gap_keys(scene: Scene, colours: Sequence[str], breaks: Sequence[float]) -> list[Key]:
    """The classes of the gaps with their bounds."""
    if not breaks:
        return [Key("patch", colours[0], scene.say("one_class"))]
    bounds = [scene.figures.brief(bound) for bound in breaks]
    texts = [
        scene.say("below", high=bounds[0]),
        *(scene.say("between", low=low, high=high) for low, high in zip(bounds, bounds[1:], strict=False)),
        scene.say("from", low=bounds[-1]),
    ]
    return [Key("patch", colour, text) for colour, text in zip(colours, texts, strict=True)]


def station_keys(scene: Scene) -> dict[str, Any]:
    """The signs for stations with how many there are, or why there are none."""
    if scene.inputs.stations is None:
        return {"keys": [], "why": scene.say("no_dots", why=scene.missing("stations").why)}
    there = Counter(dot.state for dot in scene.inputs.stations)
    keys = [
        Key(f"dot-{name}", None, scene.say(f"st_{name}", n=scene.figures.brief(there[state])))
        for state, name in ((OPEN, "open"), (CLOSED, "closed"), (UNKNOWN, "unknown"))
    ]
    return {"keys": keys, "why": None}


def site_keys(scene: Scene) -> list[Key]:
    """The sign for a site."""
    return [Key("site", None, scene.say("l_site"))]


def line_keys(scene: Scene) -> list[Key]:
    """The signs for outlines."""
    return [
        Key("edge", None, scene.say("l_edge", area=scene.area)),
        Key("line", None, scene.say("l_line")),
    ]


def _row(scene: Scene, row: Mapping[str, Any]) -> dict[str, str]:
    figures = scene.figures
    nearest = row.get("nearest")
    near = scene.say("gap_none_near")
    if nearest:
        near = (
            f"{nearest.get('name') or NOTHING}{scene.say('comma')}{figures.metres(nearest.get('distance_m'))}"
        )
    unit = "平方公里" if scene.lang == "zh" else "km²"
    return {
        "rank": str(row["rank"]),
        "district": scene.district(row.get("district")),
        "centre": scene.coordinates(row.get("centre")),
        "people": figures.count(row.get("uncovered")),
        "if_open": figures.count(row.get("uncovered_if_open")),
        "area": f"{figures.decimal(row.get('area_km2'), 1)} {unit}",
        "nearest": near,
        "hours": _hours(scene, row.get("hours")),
    }


def _hours(scene: Scene, hours: Mapping[str, Any] | None) -> str:
    if not hours:
        return NOTHING
    if hours.get("count") == 168:
        return scene.say("gap_always")
    week = [str(line) for line in hours.get("week") or []]
    said = scene.say("gap_count", n=scene.figures.count(hours.get("count")))
    if week:
        shown = "; ".join(week[:_MOST_HOURS]) + (" …" if len(week) > _MOST_HOURS else "")
        said += scene.say("brackets", inner=shown)
    return said
