"""Totals shared out so that the shares add up to the last one: largest remainders, and dasymetric spreading.

Dasymetric: the people of a district are put where something else says that people are (junctions, buildings,
lit ground), in proportion to its weight, instead of evenly over woods and water.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoapi.coverage.inputs import Floats, Ints

LARGEST_TOTAL: Final = 2**53
"""Units: up to here a float64 holds every whole number."""


def apportion(total: float, weights: ArrayLike, unit: float = 1) -> NDArray[np.float64]:
    """`total` in whole `unit`s, in proportion to the weights; the shares add up to the total exactly.

    Largest remainders (Hamilton's method); among equal remainders the earlier share is the larger. A weight
    of zero gets nothing. The same on every machine: only sums that are rounded once and single operations
    decide. Raises `ValueError` for a total that is no whole number of units, below 0 or beyond 2⁵³ units, for
    weights that are negative or not finite, and for a total above 0 with no weight above 0.
    """
    units = total / unit
    count = round(units)
    if not 0 <= count <= LARGEST_TOTAL or not math.isclose(units, count, rel_tol=1e-12, abs_tol=1e-9):
        raise ValueError(f"{total} is no whole number of {unit}s from 0 to 2**53")
    shares = _whole_shares(count, np.asarray(weights, dtype=np.float64))
    # a division is the decimal nearest to the share, where a product with 0.1 is not
    return shares / round(1 / unit) if unit < 1 else shares * float(unit)


def smallest_unit(values: Sequence[float]) -> float:
    """The largest of 1, 0.1, 0.01 … that all these numbers, as they are written, are whole multiples of.

    No smaller than a millionth: what is written finer than that is the dust of an earlier calculation.
    """
    places = max((-_exponent(value) for value in values), default=0)
    return 10.0 ** -max(0, min(6, places))


def _exponent(value: float) -> int:
    exponent = Decimal(repr(float(value))).normalize().as_tuple().exponent
    return exponent if isinstance(exponent, int) else 0


def _whole_shares(total: int, weights: NDArray[np.float64]) -> NDArray[np.float64]:
    if weights.ndim != 1 or not np.isfinite(weights).all() or (weights < 0).any():
        raise ValueError("weights must be finite and not negative")
    if total == 0:
        return np.zeros(weights.size)
    whole = _exact_sum(weights)
    if whole == 0:
        raise ValueError("a total cannot be shared without a weight above zero")
    ideal = (weights / whole) * total
    shares = np.floor(ideal)
    short = total - int(_exact_sum(shares))
    remainder = np.where(weights > 0, ideal - shares, -1.0)
    if short > 0:
        order = np.argsort(-remainder, kind="stable")[:short]
        shares[order] += 1
    elif short < 0:
        # rounding lifted some ideals to the next whole number: those with the least behind them go back
        order = np.argsort(np.where(shares > 0, remainder, np.inf), kind="stable")[:-short]
        shares[order] -= 1
    return np.asarray(shares)


def _exact_sum(values: NDArray[np.float64]) -> float:
    """The sum rounded once: numpy's own depends on the processor's vectors."""
    return math.fsum(values.tolist())


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Points that hold the totals of areas. `area` is each point's index into the totals.

    `without` are the areas whose total is at their inner point because no ancillary point lies in them,
    `unused` counts the ancillary points that lie in no area, `unpeopled` those that got nothing.
    """

    lon: Floats
    lat: Floats
    weight: Floats
    area: Ints
    without: tuple[int, ...]
    unused: int
    unpeopled: int


def spread(
    totals: ArrayLike,
    inner_lon: ArrayLike,
    inner_lat: ArrayLike,
    *,
    lon: Floats,
    lat: Floats,
    weight: Floats,
    area: Ints,
    unit: float | None = None,
) -> Spread:
    """Each area's total over the ancillary points in it, in proportion to their weights; sums are exact.

    `area` is the index of the area that each ancillary point lies in, -1 for none. An area without any (or
    with none of a weight above zero) has its whole total at its inner point. Points that get nothing are
    left out. Shares are whole multiples of `unit`, by default the `smallest_unit` of the totals.
    """
    sums = np.asarray(totals, dtype=np.float64)
    if unit is None:
        unit = smallest_unit(sums.tolist())
    useful = np.flatnonzero((area >= 0) & (weight > 0))
    order = useful[np.argsort(area[useful], kind="stable")]
    begins = np.searchsorted(area[order], np.arange(sums.size + 1))
    share = np.zeros(lon.size)
    without: list[int] = []
    for number, total in enumerate(sums.tolist()):
        here = order[begins[number] : begins[number + 1]]
        if here.size:
            share[here] = apportion(total, weight[here], unit)
        elif total > 0:
            without.append(number)
    kept = np.flatnonzero(share > 0)
    alone = np.array(without, dtype=np.int64)
    return Spread(
        lon=np.concatenate((lon[kept], np.asarray(inner_lon, dtype=np.float64)[alone])),
        lat=np.concatenate((lat[kept], np.asarray(inner_lat, dtype=np.float64)[alone])),
        weight=np.concatenate((share[kept], sums[alone])),
        area=np.concatenate((area[kept], alone)),
        without=tuple(without),
        unused=int((area < 0).sum()),
        unpeopled=int(lon.size - kept.size - (area < 0).sum()),
    )
