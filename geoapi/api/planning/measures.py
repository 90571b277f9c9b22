"""Figures of coverage as answers carry them: of one time single numbers, of a week lists of 168."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from geoapi.api.parameters import Lang
from geoapi.api.planning.method import area_shape
from geoapi.coverage.figures import Measures
from geoapi.coverage.measure import Coverage
from geoapi.coverage.served import READINGS
from geoapi.queries.planning.areas import Area
from geoapi.queries.planning.moments import Moments

DIGITS = {"share": 6, "gini": 4, "covered": 6, "uncovered": 6}
FIGURES = (
    "covered", "uncovered", "share", "mean_distance_m", "p90_distance_m", "worst_decile_distance_m", "gini",
)  # fmt: skip


def coverage_shape(coverage: Coverage, area: Area, moments: Moments, lang: Lang) -> dict[str, Any]:
    """Total, both readings, districts with ranks, and last, without one, what lies in none of them."""
    week = moments.week is not None
    whole = _both(coverage.whole, None, moments)
    districts = [
        {**area_shape(part, lang), "rest": part.rest, "rank": None, **_both(coverage.by_area, index, moments)}
        for index, part in enumerate(area.parts)
        if coverage.points[index] or part.code != area.itself.code
    ]
    for district in districts:
        del district["level"]
    _rank(districts, week)
    shape: dict[str, Any] = {**whole, "districts": districts}
    if week:
        shape["hours"] = moments.local()
    return shape


def series(measures: Measures, figure: str, reading: int, place: int | None) -> NDArray[np.float64]:
    """A figure at every moment, of the whole (`place` None) or of the area of that index."""
    values: NDArray[np.float64] = getattr(measures, figure)[reading]
    return values if place is None else values[:, place]


def figures(measures: Measures, reading: int, place: int | None, *, week: bool) -> dict[str, Any]:
    """The figures of one reading, of the whole or of one area."""
    return {
        name: listed(series(measures, name, reading, place), DIGITS.get(name, 1), week=week)
        for name in FIGURES
    }


def listed(values: NDArray[np.float64], digits: int, *, week: bool) -> Any:
    """Numbers for JSON: rounded, None for what is no number; of one time the only one."""
    rounded = [None if not np.isfinite(value) else round(value, digits) for value in values.tolist()]
    return rounded if week else rounded[0]


def _both(measures: Measures, place: int | None, moments: Moments) -> dict[str, Any]:
    week = moments.week is not None
    total = round(float(series(measures, "total", 0, place)[0]), 6)
    shape: dict[str, Any] = {"total": total}
    for reading, name in enumerate(READINGS):
        shape[name] = {"total": total, **figures(measures, reading, place, week=week)}
    if week:
        shares = [series(measures, "share", reading, place) for reading in range(2)]
        empty = bool(np.isnan(shares[0]).all())
        worst = 0 if empty else int(np.nanargmin(shares[0]))
        shape["mean"] = {
            name: None if empty else round(float(np.nanmean(share)), 6)
            for name, share in zip(READINGS, shares, strict=True)
        }
        shape["worst_hour"] = {
            "at": moments.local()[worst],
            "share": None if empty else round(float(shares[0][worst]), 6),
        }
    return shape


def _rank(districts: list[dict[str, Any]], week: bool) -> None:
    """Rank 1 to the least covered, unknown hours counted closed; equal shares have equal ranks.

    What lies in no district is none, and has no rank.
    """

    def share(shape: dict[str, Any]) -> float | None:
        found = shape["mean"]["unknown_closed"] if week else shape["unknown_closed"]["share"]
        return None if found is None or shape["rest"] else float(found)

    shares = [value for shape in districts if (value := share(shape)) is not None]
    for shape in districts:
        if (value := share(shape)) is not None:
            shape["rank"] = 1 + sum(other < value for other in shares)
