"""Classes with round bounds, and colours that survive colour blindness, greyscale and a bad projector.

The ramp is one hue from light to dark (after ColorBrewer's YlOrBr): lightness alone tells the classes
apart. Dark always means worse: fewer people covered, or more people in a gap.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Final

INK: Final = "#211c18"
PAPER: Final = "#ffffff"
RAMP: Final = ("#fff6e0", "#fee6b6", "#fdcb7d", "#f5a34a", "#d97420", "#a34a10", "#662506")
"""Light to dark. The last five are dark enough to be seen on the map's land."""

_NOTHING: Final = 1e-6
_STEPS: Final = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2)


def share_breaks(shares: Sequence[float]) -> list[float]:
    """Bounds between at most seven classes of equal, round width for all the shares; empty for one class."""
    if not shares:
        return []
    low, high = min(shares), max(shares)
    for step in _STEPS:
        # a hair, so that 0.3 / 0.1 is three steps
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        if last - first <= len(RAMP):
            return [round(n * step, 4) for n in range(first + 1, last)]
    return []


def amount_breaks(amounts: Sequence[float], most: int = 5) -> list[float]:
    """Bounds 1, 2, 5, 10, 20 … between at most `most` classes of the amounts; empty for one class."""
    positive = sorted(amount for amount in amounts if amount > _NOTHING)
    if len(positive) < 2 or positive[0] == positive[-1]:
        return []
    round_ones = [
        base * 10.0**power
        for power in range(math.floor(math.log10(positive[0])), math.ceil(math.log10(positive[-1])) + 1)
        for base in (1, 2, 5)
    ]
    inside = [bound for bound in round_ones if positive[0] < bound <= positive[-1]]
    if len(inside) < most:
        return inside
    # the classes nearest to equal in their number of gaps would leave the great ones together:
    # round bounds evenly apart on the logarithm keep the worst ones in a class of their own
    return [inside[round(i * (len(inside) - 1) / (most - 2))] for i in range(most - 1)]


def class_of(value: float, breaks: Sequence[float]) -> int:
    """Which class a value is in: 0 for the lowest; a bound belongs to the class above it."""
    return bisect_right(breaks, value)


def ramp(classes: int, *, on_land: bool = False) -> tuple[str, ...]:
    """As many colours, light to dark; `on_land` leaves out those too light for the map."""
    colours = RAMP[2:] if on_land else RAMP
    if classes <= 1:
        return (colours[len(colours) // 2],)
    return tuple(colours[round(i * (len(colours) - 1) / (classes - 1))] for i in range(classes))


def text_on(colour: str) -> str:
    """Ink or paper, whichever can be read on the colour."""
    return max((INK, PAPER), key=lambda text: contrast(text, colour))


def contrast(one: str, other: str) -> float:
    """The contrast ratio of WCAG 2.2, 1 to 21."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: str) -> float:
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
