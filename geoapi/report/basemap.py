"""What lies under both maps: land, outlines, stations, names, a scale bar and north."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN
from geoapi.report.figures import Figures
from geoapi.report.inputs import Dot
from geoapi.report.projection import Frame, dots, path
from geoapi.report.text import columns, shortened, tag

STATES: Final = {CLOSED: "closed", UNKNOWN: "unknown", OPEN: "open"}
"""In the order they are drawn: the open ones on top."""

_ROOMY: Final = 1200
"""Up to so many stations have their full size."""

_LABEL_PX: Final = 12.5


@dataclass(frozen=True, slots=True)
class Shape:
    """An outline with its code, its name in the report's language, and its geometry in degrees."""

    code: str
    name: str
    geometry: BaseGeometry


def land(frame: Frame, area: Shape, outlines: Sequence[Shape]) -> Markup:
    """Neighbours, the area itself, and the lines between districts."""
    around = [shape for shape in outlines if shape.code != area.code]
    return Markup("").join(
        (
            tag("path", d="".join(path(frame.drawn(shape.geometry)) for shape in around), class_="around"),
            tag("path", d=path(frame.drawn(area.geometry)), class_="land"),
        )
    )


def borders(frame: Frame, area: Shape, outlines: Sequence[Shape]) -> Markup:
    """The lines between districts, and the area's own, to be drawn over what fills it."""
    inner = "".join(path(frame.drawn(shape.geometry)) for shape in outlines if shape.code != area.code)
    return tag("path", d=inner, class_="line") + tag(
        "path", d=path(frame.drawn(area.geometry)), class_="edge"
    )


def on_sheet(
    frame: Frame, points: Sequence[Dot]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.int64]]:
    """x, y and state of the stations that are on the sheet."""
    table = np.array([(dot.lon, dot.lat, dot.state) for dot in points], dtype=np.float64).reshape(-1, 3)
    table = table[np.isfinite(table).all(axis=1)]
    x, y = frame.pixels(table[:, 0], table[:, 1])
    there = (x > 0) & (x < frame.width) & (y > 0) & (y < frame.height)
    return x[there], y[there], table[there, 2].astype(np.int64)


def stations(frame: Frame, points: Sequence[Dot]) -> Markup:
    """Stations by state: a full dot is open, a ring closed, a square unknown. One path for each state.

    The more there are, the smaller they get.
    """
    x, y, state = on_sheet(frame, points)
    drawn = Markup("")
    for code, name in STATES.items():
        which = state == code
        if not which.any():
            continue
        d = dots(x[which], y[which])
        drawn += tag("path", d=d, class_=f"dot {name}")
        if code != OPEN:  # the line's outside, then its inside on top: a ring
            drawn += tag("path", d=d, class_=f"dot {name} inside")
    size = min(1.0, max(0.45, math.sqrt(_ROOMY / max(1, x.size))))
    return tag("g", drawn, style=f"--s:{size:.2f}")


def labels(frame: Frame, shapes: Sequence[Shape], taken: Sequence[tuple[float, float]] = ()) -> Markup:
    """Names of the shapes that have room for theirs, the largest first; none over another or over `taken`."""
    placed: list[tuple[float, float, float, float]] = [(x - 11, y - 11, x + 11, y + 11) for x, y in taken]
    sheet = shapely.box(0, 0, frame.width, frame.height)
    inside = [(shape, shapely.intersection(frame.drawn(shape.geometry, 2.0), sheet)) for shape in shapes]
    drawn = Markup("")
    for shape, seen in sorted(inside, key=lambda pair: -pair[1].area):
        if seen.area < 900:
            continue
        name = shortened(shape.name, 22)
        half = columns(name) * _LABEL_PX / 4 + 2
        for point in _places(seen):
            x = min(max(point.x, half + 4), frame.width - half - 4)
            y = min(max(point.y, 14), frame.height - 10)
            box = (x - half, y - 9, x + half, y + 9)
            if not any(_overlap(box, other) for other in (*placed, *_furniture(frame))):
                placed.append(box)
                drawn += tag("text", name, x=x, y=y + 4, class_="name")
                break
    return drawn


def _places(seen: BaseGeometry) -> list[shapely.Point]:
    """Where a name may stand: deep inside the largest part, then a little above and below."""
    largest = max(shapely.get_parts(seen), key=lambda part: part.area)
    middle = shapely.get_point(shapely.maximum_inscribed_circle(largest, tolerance=2.0), 0)
    return [shapely.Point(middle.x, middle.y + shift) for shift in (0, -20, 20, -38, 38)]


def _furniture(frame: Frame) -> tuple[tuple[float, float, float, float], ...]:
    """Boxes of the scale bar and of north."""
    return (0, frame.height - 40, 190, frame.height), (frame.width - 44, 0, frame.width, 60)


def _overlap(one: tuple[float, ...], other: tuple[float, ...]) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def scale_bar(frame: Frame, figures: Figures) -> Markup:
    """A bar of a round length, in two halves, at the lower left."""
    length_m = round_length(frame.width / 5 / frame.px_per_m)
    px = length_m * frame.px_per_m
    x, y = 14.0, frame.height - 16
    text = f"{length_m / 1000:g} km" if figures.lang == "en" else f"{length_m / 1000:g} 公里"
    if length_m < 1000:
        text = figures.metres(length_m)
    return tag(
        "g",
        tag("rect", x=x, y=y, width=px, height=5, class_="bar"),
        tag("rect", x=x, y=y, width=px / 2, height=5, class_="half"),
        tag("text", "0", x=x, y=y - 4, class_="small"),
        tag("text", text, x=x + px, y=y - 4, class_="small middle"),
        class_="scale",
    )


def round_length(most_m: float) -> float:
    """The greatest 1, 2 or 5 × 10ⁿ metres that is not more."""
    power = 10.0 ** math.floor(math.log10(most_m))
    # the logarithm of just below 1000 may come out as 3: half a thousand, then
    return next(base * power for base in (5, 2, 1, 0.5) if base * power <= most_m)


def north(frame: Frame, word: str) -> Markup:
    """A needle that points up, at the upper right."""
    x, y = frame.width - 24, 12.0
    return tag(
        "g",
        tag("path", d=f"M{x:g} {y:g}l7 24-7-5z", class_="half"),
        tag("path", d=f"M{x:g} {y:g}l-7 24 7-5z", class_="bar"),
        tag("text", word, x=x, y=y + 36, class_="small middle"),
        class_="north",
    )
