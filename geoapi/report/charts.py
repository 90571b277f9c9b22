"""The curve of what each further site adds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup

from geoapi.report.figures import Figures
from geoapi.report.scales import share_breaks
from geoapi.report.text import tag

WIDTH: Final = 420.0
HEIGHT: Final = 230.0
LEFT, RIGHT, TOP, BOTTOM = 50.0, 22.0, 22.0, 36.0


def curve(shares: Sequence[float], figures: Figures, axis: str, label: str) -> Markup:
    """Coverage before, and after each site, as steps of a line. `shares` begins with that of today.

    The axis begins near the lowest share: it is there to compare sites, and says its numbers.
    """
    ticks = _ticks(shares)
    low, high = ticks[0], ticks[-1]

    def x(n: int) -> float:
        return LEFT + n * (WIDTH - LEFT - RIGHT) / max(1, len(shares) - 1)

    def y(share: float) -> float:
        return HEIGHT - BOTTOM - (share - low) / (high - low) * (HEIGHT - TOP - BOTTOM)

    decimals = 0 if all(abs(t * 100 - round(t * 100)) < 1e-6 for t in ticks) else 1
    grid = [
        tag("line", x1=LEFT, x2=WIDTH - RIGHT, y1=y(tick), y2=y(tick), class_="grid")
        + tag("text", f"{tick * 100:.{decimals}f}%", x=LEFT - 7, y=y(tick) + 4, class_="end")
        for tick in ticks
    ]
    every = max(1, -(-len(shares) // 11))
    numbers = [
        tag("text", str(n), x=x(n), y=HEIGHT - BOTTOM + 16, class_="middle")
        for n in range(0, len(shares), every)
    ]
    points = " ".join(f"{x(n):.1f},{y(share):.1f}" for n, share in enumerate(shares))
    return tag(
        "svg",
        *grid,
        *numbers,
        tag("text", axis, x=(LEFT + WIDTH - RIGHT) / 2, y=HEIGHT - 4, class_="middle"),
        tag("polyline", points=points, class_="rise"),
        *[tag("circle", cx=x(n), cy=y(share), r=3.4) for n, share in enumerate(shares)],
        tag("text", figures.share(shares[0]), x=x(0) + 6, y=y(shares[0]) + 16, class_="said"),
        tag("text", figures.share(shares[-1]), x=x(len(shares) - 1), y=y(shares[-1]) - 9, class_="said end"),
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH:g} {HEIGHT:g}",
        class_="curve",
        role="img",
        aria_label=label,
    )


def _ticks(shares: Sequence[float]) -> list[float]:
    """Round bounds from below the lowest share to above the highest; two at least."""
    inner = share_breaks(shares)
    if len(inner) < 2:
        middle = inner[0] if inner else round(min(shares), 2)
        inner = [max(0.0, middle - 0.01), middle + 0.01]
        while inner[-1] < max(shares):
            inner.append(inner[-1] + 0.02)
        return inner if inner[0] <= min(shares) else [max(0.0, inner[0] - 0.02), *inner]
    step = inner[1] - inner[0]
    return [round(tick, 4) for tick in (max(0.0, inner[0] - step), *inner, inner[-1] + step)]
