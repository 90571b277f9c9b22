"""The heat map: coverage of the 168 hours, days down and hours across."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    worst, best = worst_hours(week), best_hours(week)
    flat = len(worst) == len(numbers)

    def named(i: int) -> str:
        at = hours[i]
        return "" if at is None else f"{scene.figures.weekday(at.weekday())} {scene.figures.hour(at)}"

    cells = [
        _cell(scene, named(i), closed[i], opened[i], breaks, worst=i in worst and not flat)
        for i in range(HOURS)
    ]
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
        "lead": scene.markup("week_flat", n=str(len(numbers)), share=scene.figures.share(closed[worst[0]]))
        if flat
        else scene.markup(
            "week_lead",
            worst=hours_alike(scene, week, worst),
            share=scene.figures.share(closed[worst[0]]),
            best=hours_alike(scene, week, best),
            best_share=scene.figures.share(closed[best[0]]),
        ),
        "mean": scene.say("week_mean", share=scene.figures.shares(*mean_shares(week))),
        "legend": _legend(scene, breaks, colours),
        "colours": [(colour, text_on(colour)) for colour in colours],
        "flat": flat,
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


def worst_hours(week: Answer) -> list[int]:
    """The hours in which fewest are covered, in order; none where nothing is known."""
    return _hours_of(week, min)


def best_hours(week: Answer) -> list[int]:
    """The hours in which most are covered, in order."""
    return _hours_of(week, max)


def hours_alike(scene: Scene, week: Answer, alike: Sequence[int]) -> str:
    """The first of these hours, and how many are like it: 周一 0:00 等 42 个小时."""
    times = week.get("hours") or []
    at = moment(times[alike[0]]) if alike and alike[0] < len(times) else None
    if at is None:
        return NOTHING
    hour = f"{scene.figures.weekday(at.weekday())} {scene.figures.hour(at)}"
    if len(alike) == 1:
        return hour
    # Chinese counts the one that is named, English those besides it
    return scene.say("hours_alike", hour=hour, n=str(len(alike) - (scene.lang == "en")))


def _hours_of(week: Answer, which: Callable[[list[float]], float]) -> list[int]:
    closed, _ = week_shares(week)
    there = [share for share in closed if share is not None]
    if not there:
        return []
    edge = which(there)
    return [i for i, share in enumerate(closed) if share == edge]
