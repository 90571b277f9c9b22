"""The heat map: coverage of the 168 hours, days down and hours across."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Final, NamedTuple

from geoapi.report.figures import NOTHING, known, moment
from geoapi.report.inputs import Answer
from geoapi.report.scales import class_of, ramp, share_breaks, text_on
from geoapi.report.scene import Scene

HOURS: Final = 168
MATTERS: Final = 0.05
"""Unknown hours are marked where they matter by more than this share."""


class Cell(NamedTuple):
    """One hour: the number to read, its class, whether it is hatched or the worst, and what hovering says."""

    text: str
    class_: int | None
    hatched: bool
    worst: bool
    title: str


def view(scene: Scene) -> dict[str, Any]:
    """Rows of cells, one a day, the legend, and the worst hour in words."""
    week = scene.needed("week", scene.inputs.week)
    closed, opened = week_shares(week)
    hours = [moment(text) for text in week.get("hours") or []]
    numbers = [share for share in closed if share is not None]
    if len(closed) != HOURS or len(hours) != HOURS or None in hours or not numbers:
        raise scene.missing("week")
    # the cells show whole per cents, so the classes' bounds are whole ones, too
    breaks = [bound for bound in share_breaks(numbers) if abs(bound * 100 - round(bound * 100)) < 1e-6]
    # few covered is bad, and bad is dark: the ramp runs backwards
    colours = tuple(reversed(ramp(len(breaks) + 1)))
    worst_at, worst_share = worst_hour(week)
    worst = next((i for i, text in enumerate(week["hours"]) if text == worst_at), None)
    best = max(range(HOURS), key=lambda i: -1.0 if closed[i] is None else closed[i] or 0.0)

    def named(i: int) -> str:
        at = hours[i]
        return "" if at is None else f"{scene.figures.weekday(at.weekday())} {scene.figures.hour(at)}"

    cells = [_cell(scene, named(i), closed[i], opened[i], breaks, worst=i == worst) for i in range(HOURS)]
    marks = _marks(scene)
    days = []
    for d in range(7):
        first = hours[24 * d]
        day = first.date().isoformat() if first else ""
        days.append(
            {
                "name": scene.figures.weekday(d),
                "date": f"{first.month}-{first.day:02d}" if first else "",
                "mark": marks.get(day),
                "cells": cells[24 * d : 24 * d + 24],
            }
        )
    return {
        "days": days,
        "lead": scene.markup(
            "week_lead",
            worst=named(worst) if worst is not None else NOTHING,
            share=scene.figures.share(worst_share),
            best=named(best),
            best_share=scene.figures.share(closed[best]),
        ),
        "mean": scene.say("week_mean", share=scene.figures.shares(*mean_shares(week))),
        "legend": _legend(scene, breaks, colours),
        "colours": [(colour, text_on(colour)) for colour in colours],
        "hatched": any(cell.hatched for cell in cells),
        "holidays": sorted({mark["type"] for mark in marks.values()}),
    }


def _cell(
    scene: Scene,
    name: str,
    closed: float | None,
    opened: float | None,
    breaks: Sequence[float],
    *,
    worst: bool,
) -> Cell:
    if closed is None:
        return Cell(NOTHING, None, False, worst, f"{name} {NOTHING}")
    day, hour = name.split(" ")
    title = scene.say("week_cell_title", day=day, hour=hour, share=scene.figures.shares(closed, opened))
    # down, so that 100 is said only of everybody
    text = str(int(closed * 100 + 1e-9))
    hatched = opened is not None and opened - closed > MATTERS + 1e-12
    return Cell(text, class_of(closed + 1e-12, breaks), hatched, worst, title)


def _legend(scene: Scene, breaks: Sequence[float], colours: Sequence[str]) -> list[tuple[str, str]]:
    bounds = [f"{bound * 100:.0f}" for bound in breaks]
    if not bounds:
        return [(colours[0], scene.say("week_percent"))]
    texts = [
        f"<{bounds[0]}%",
        *(f"{low}–{high}%" for low, high in pairwise(bounds)),
        f"≥{bounds[-1]}%",
    ]
    return list(zip(colours, texts, strict=True))


def _marks(scene: Scene) -> dict[str, dict[str, str]]:
    """By date: holiday or make-up day, with its sign and its name."""
    method = (scene.inputs.week or {}).get("method") or scene.method
    marks = {}
    for day in ((method.get("week") or {}).get("holidays")) or []:
        type_ = "makeup" if day.get("type") == "makeup" else "holiday"
        name = day.get(f"name_{scene.lang}") or ""
        marks[str(day.get("date"))] = {"type": type_, "sign": scene.say(type_), "name": name}
    return marks


def week_shares(week: Answer) -> tuple[list[float | None], list[float | None]]:
    """The shares of the 168 hours, counted closed and counted open; None where nothing is known."""
    closed = [known(share) for share in _list(week, "unknown_closed")]
    opened = [known(share) for share in _list(week, "unknown_open")]
    return closed, opened + [None] * (len(closed) - len(opened))


def _list(week: Answer, side: str) -> Sequence[Any]:
    measures: Mapping[str, Any] = week.get(side) or {}
    shares = measures.get("share")
    return shares if isinstance(shares, list) else []


def mean_shares(week: Answer) -> tuple[float | None, float | None]:
    """The means of the week, as the answer gives them or else of its hours."""
    given = week.get("mean") or {}
    means = []
    for side, shares in zip(("unknown_closed", "unknown_open"), week_shares(week), strict=True):
        there = [share for share in shares if share is not None]
        stated = known(given.get(side))
        means.append(stated if stated is not None else sum(there) / len(there) if there else None)
    return means[0], means[1]


def worst_hour(week: Answer) -> tuple[str | None, float | None]:
    """When fewest are covered (ISO), and their share: as the answer gives it, or else of its hours."""
    given = week.get("worst_hour") or {}
    if given.get("at"):
        return str(given["at"]), known(given.get("share"))
    closed, _ = week_shares(week)
    hours = week.get("hours") or []
    there = [(share, i) for i, share in enumerate(closed) if share is not None and i < len(hours)]
    if not there:
        return None, None
    share, i = min(there)
    return str(hours[i]), share
