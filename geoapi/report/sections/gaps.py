"""The map and the table of the gaps."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN
from geoapi.coverage.week_text import week_words
from geoapi.report.figures import NOTHING, known
from geoapi.report.inputs import Answer
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
    label = scene.say("gap_map", area=scene.area)
    drawing = scene.gap_drawing
    lead = (
        scene.say("gaps_zero", when=scene.prefix, area=scene.area, reach=scene.reach)
        if not number
        else scene.say(
            "gaps_lead", when=scene.prefix, n=figures.count(number),
            people=scene.amount(gaps.get("uncovered")), marked=str(min(NUMBERED, len(ranked))),
        )
    )  # fmt: skip
    return {
        "lead": lead[:1].upper() + lead[1:],
        "label": label,
        "svg": scene.sheet and drawing and gap_map(scene.sheet, drawing, label),
        "no_map": scene.no_map,
        "legend": (gap_keys(scene, drawing.colours, drawing.breaks) if drawing and ranked else []),
        "rows": [_row(scene, row) for row in ranked[:ROWS]],
        "districts": len({(row.get("district") or {}).get("code") for row in ranked}) > 1,
        "hours": any(row.get("hours") for row in ranked[:ROWS]),
        "more": _more(scene, gaps, number, ranked[:ROWS]),
    }


def _more(scene: Scene, gaps: Answer, number: float, rows: Sequence[Mapping[str, Any]]) -> str | None:
    """How many gaps, and people in them, are not in the table."""
    if number <= len(rows):
        return None
    shown = sum(known(row.get("uncovered")) or 0.0 for row in rows)
    left = max(0.0, (known(gaps.get("uncovered")) or 0.0) - shown)
    return scene.say("more_rows", n=scene.figures.count(number - len(rows)), people=scene.amount(left))


def gap_keys(scene: Scene, colours: Sequence[str], breaks: Sequence[float]) -> list[Key]:
    """The classes of the gaps with their bounds."""
    if not breaks:
        return [Key("patch", colours[0], scene.say("one_class"))]
    bounds, unit = scene.figures.alike(breaks)
    texts = [
        scene.say("below", high=bounds[0] + unit),
        *(scene.say("between", low=low, high=high + unit) for low, high in pairwise(bounds)),
        scene.say("from", low=bounds[-1] + unit),
    ]
    return [Key("patch", colour, text) for colour, text in zip(colours, texts, strict=True)]


def station_keys(scene: Scene) -> dict[str, Any]:
    """The signs for stations with how many there are, or why there are none."""
    if scene.inputs.stations is None:
        return {"keys": [], "why": scene.say("no_dots", why=scene.missing("stations").why)}
    there = Counter(scene.dots_on_map)
    keys = [
        Key(f"dot-{name}", None, scene.say(f"st_{name}", n=scene.figures.brief(there[state])))
        for state, name in ((OPEN, "open"), (CLOSED, "closed"), (UNKNOWN, "unknown"))
    ]
    return {"keys": keys, "why": None}


def site_keys(scene: Scene) -> list[Key]:
    """The signs for sites, for what they reach, and for today's gaps under them."""
    keys = [Key("site", None, scene.say("l_site"))]
    if scene.reach_radius_m is not None:
        keys.append(Key("circle", None, scene.say("l_reach")))
    if scene.gap_drawing is not None:
        keys.append(Key("faint", scene.gap_drawing.colours[0], scene.say("l_faint")))
    return keys


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
        "mean": figures.metres(row.get("mean_distance_m")),
        "nearest": near,
        "hours": _hours(scene, row.get("hours")),
    }


def _hours(scene: Scene, hours: Mapping[str, Any] | None) -> str:
    if not hours:
        return NOTHING
    if hours.get("count") == 168:
        return scene.say("gap_always")
    week = [week_words([str(line)], scene.lang) for line in hours.get("week") or []]
    said = scene.say("gap_count", n=scene.figures.count(hours.get("count")))
    if week:
        shown = scene.say("semicolon").join(week[:_MOST_HOURS]) + (" …" if len(week) > _MOST_HOURS else "")
        said += scene.say("brackets", inner=shown)
    return said
