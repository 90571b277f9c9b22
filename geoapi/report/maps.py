"""The two maps: where the gaps are, and where the next sites go."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from markupsafe import Markup
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geoapi.report.basemap import Shape, borders, labels, land, north, scale_bar, stations
from geoapi.report.figures import Figures, known
from geoapi.report.inputs import Answer, Boundary, Dot
from geoapi.report.projection import TOLERANCE_PX, Frame, fitted, path, read_geometry
from geoapi.report.scales import amount_breaks, class_of, ramp
from geoapi.report.text import tag

_SVG: Final = "http://www.w3.org/2000/svg"
NUMBERED: Final = 10
PIN_PX: Final = 10.0
_MOST_CHARACTERS: Final = 400_000
"""Of the gaps' outlines; beyond it they are drawn with less detail, so that a report can be mailed."""


@dataclass(frozen=True, slots=True)
class Pins:
    """Numbers in circles: (n, 2) pixels where each belongs, and where there was room for it."""

    at: NDArray[np.float64]
    where: NDArray[np.float64]
    numbers: tuple[str, ...]
    class_: str

    def drawn(self) -> Markup:
        """The circles; one that had to make way has a line to its place. The first lies on top."""
        drawn = Markup("")
        for (x, y), (px, py) in zip(self.at.tolist(), self.where.tolist(), strict=True):
            if math.hypot(px - x, py - y) > 2:
                drawn += tag("line", x1=x, y1=y, x2=px, y2=py, class_="leader")
                drawn += tag("circle", cx=x, cy=y, r=2)
        for (px, py), number in reversed(list(zip(self.where.tolist(), self.numbers, strict=True))):
            drawn += tag("circle", cx=px, cy=py, r=PIN_PX, class_="disc")
            drawn += tag("text", number, x=px, y=py, dy="0.36em", class_="number")
        return tag("g", drawn, class_=self.class_)


def pinned(places: Sequence[tuple[float, float]], numbers: Sequence[str], frame: Frame, class_: str) -> Pins:
    """Pins for places in pixels."""
    at = np.array(places, dtype=np.float64).reshape(-1, 2)
    return Pins(at, spread(at, frame, PIN_PX), tuple(numbers), class_)


@dataclass(frozen=True, slots=True)
class Sheet:
    """What both maps share: frame, land and outlines, ready to be drawn over."""

    frame: Frame
    area: Shape
    outlines: tuple[Shape, ...]
    figures: Figures
    north_word: str

    def store(self, dots: Sequence[Dot], gaps: GapDrawing | None) -> Markup:
        """What is drawn on both maps, once: each uses it by its id."""
        frame = self.frame
        return tag(
            "svg",
            tag(
                "defs",
                tag("g", land(frame, self.area, self.outlines), id="map-land"),
                tag("g", gaps.shapes if gaps else Markup(""), id="map-gaps"),
                tag("g", borders(frame, self.area, self.outlines), id="map-lines"),
                tag("g", stations(frame, dots), id="map-stations"),
            ),
            xmlns=_SVG,
            class_="store",
            aria_hidden="true",
        )

    def drawn(self, gaps: str, over: Markup, pins: Pins, label: str) -> Markup:
        """The whole map; the gaps in the class `gaps`, and `over` over the stations."""
        frame = self.frame
        named = [shape for shape in self.outlines if shape.code != self.area.code]
        return tag(
            "svg",
            tag("rect", width=frame.width, height=frame.height, class_="sheet"),
            _use("map-land"),
            _use("map-gaps", gaps),
            _use("map-lines"),
            _use("map-stations"),
            over,
            labels(frame, named, pins.where.tolist()),
            scale_bar(frame, self.figures),
            north(frame, self.north_word),
            pins.drawn(),
            xmlns=_SVG,
            viewBox=f"0 0 {frame.width:g} {frame.height:g}",
            class_="map",
            style=f"--ratio:{frame.width / frame.height:.3f}",
            role="img",
            aria_label=label,
        )


def _use(id_: str, class_: str = "") -> Markup:
    return tag("use", href=f"#{id_}", class_=class_)


def sheet(
    area: Boundary | None, outlines: Sequence[Boundary], figures: Figures, north_word: str
) -> Sheet | None:
    """The sheet of an area; None where its outline is missing or cannot be read."""
    if area is None:
        return None
    shape = Shape(area.code, area.name.in_language(figures.lang), read_geometry(area.geometry))
    frame = fitted([shape.geometry])
    if frame is None:
        return None
    others = [
        Shape(one.code, one.name.in_language(figures.lang), read_geometry(one.geometry)) for one in outlines
    ]
    return Sheet(frame, shape, tuple(one for one in others if not one.geometry.is_empty), figures, north_word)


@dataclass(frozen=True, slots=True)
class GapDrawing:
    """The gaps in pixels, pins of the worst, and for the legend the colours and the bounds between them."""

    shapes: Markup
    pins: Pins
    colours: tuple[str, ...]
    breaks: tuple[float, ...]


def gap_drawing(frame: Frame, gaps: Answer) -> GapDrawing:
    """Every gap coloured by its people, the worst `NUMBERED` with their rank."""
    features = gaps.get("features") or []
    amounts = [known(feature["properties"].get("uncovered")) or 0.0 for feature in features]
    breaks = amount_breaks(amounts)
    colours = ramp(len(breaks) + 1, on_land=True)
    shapes = [read_geometry(feature.get("geometry")) for feature in features]
    classes = [class_of(amount, breaks) for amount in amounts]
    paths = _class_paths(frame, shapes, classes, len(colours))
    drawn = Markup("").join(
        tag("path", d=d, fill=colour, class_="gap") for d, colour in zip(paths, colours, strict=True) if d
    )
    ranked = sorted(zip(features, shapes, strict=True), key=lambda pair: pair[0]["properties"]["rank"])
    marked = [(feature["properties"], shape) for feature, shape in ranked[:NUMBERED]]
    at = [_middle(frame, properties, shape) for properties, shape in marked]
    pins = pinned(at, [str(properties["rank"]) for properties, _ in marked], frame, "gap-pin")
    return GapDrawing(drawn, pins, colours, tuple(breaks))


def gap_map(sheet: Sheet, gaps: GapDrawing, label: str) -> Markup:
    """Where the gaps are."""
    return sheet.drawn("", Markup(""), gaps.pins, label)


def site_map(sheet: Sheet, sites: Sequence[dict[str, Any]], label: str, radius_m: float | None) -> Markup:
    """The next sites with their rank and, where that is a circle, their reach, over today's gaps."""
    frame = sheet.frame
    places = [
        (site["location"]["lon"], site["location"]["lat"], str(site["rank"]))
        for site in sites
        if site.get("location")
    ]
    x, y = frame.pixels([p[0] for p in places], [p[1] for p in places])
    at = list(zip(x.tolist(), y.tolist(), strict=True))
    circles = Markup("")
    if radius_m is not None:
        r = radius_m * frame.px_per_m
        circles = Markup("").join(tag("circle", cx=cx, cy=cy, r=r, class_="reach") for cx, cy in at)
    return sheet.drawn("faint", circles, pinned(at, [p[2] for p in places], frame, "site-pin"), label)


def spread(at: NDArray[np.float64], frame: Frame, radius: float) -> NDArray[np.float64]:
    """The points moved apart until circles of `radius` touch but do not overlap, as far as there is room."""
    where = at.copy()
    apart = 2 * radius + 1
    for _ in range(80):
        moved = False
        for i in range(len(where)):
            for j in range(i):
                away = where[i] - where[j]
                distance = float(np.hypot(*away))
                if distance >= apart:
                    continue
                if distance < 1e-6:  # at one place: each leaves it in a direction of its own
                    away, distance = np.array([math.cos(2.4 * i), math.sin(2.4 * i)]), 1.0
                    push = away * apart / 2
                else:
                    push = away / distance * (apart - distance) / 2
                where[i] += push
                where[j] -= push
                moved = True
        where[:, 0] = where[:, 0].clip(radius + 2, frame.width - radius - 2)
        where[:, 1] = where[:, 1].clip(radius + 2, frame.height - radius - 2)
        if not moved:
            break
    return where


def _class_paths(
    frame: Frame, shapes: Sequence[BaseGeometry], classes: Sequence[int], count: int
) -> list[str]:
    """One path for each class; with less detail where they would be too long."""
    paths = [""] * count
    for tolerance in (TOLERANCE_PX, 3 * TOLERANCE_PX, 9 * TOLERANCE_PX):
        said: list[list[str]] = [[] for _ in range(count)]
        for shape, class_ in zip(shapes, classes, strict=True):
            # what is smaller than the tolerance across cannot be seen either
            said[class_].append(path(_whole(frame.drawn(shape, tolerance)), tolerance**2))
        paths = ["".join(words) for words in said]
        if sum(map(len, paths)) <= _MOST_CHARACTERS:
            break
    return paths


def _whole(shape: BaseGeometry) -> BaseGeometry:
    """The shape, or a square of two pixels where it would be too small to be seen."""
    if shape.is_empty or shape.area >= 4:
        return shape
    middle = shape.centroid
    return shapely.box(middle.x - 1, middle.y - 1, middle.x + 1, middle.y + 1)


def _middle(frame: Frame, properties: dict[str, Any], shape: BaseGeometry) -> tuple[float, float]:
    """Where a gap's number stands: the middle the answer gives, or a point within the gap."""
    centre = properties.get("centre")
    if centre:
        lon, lat = centre["lon"], centre["lat"]
    elif shape.is_empty:
        lon, lat = frame.lon, frame.lat
    else:
        inside = shape.representative_point()
        lon, lat = inside.x, inside.y
    x, y = frame.pixels(lon, lat)
    return float(x), float(y)
