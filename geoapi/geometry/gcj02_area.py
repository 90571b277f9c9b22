"""Where GCJ-02 and BD-09 apply: a grid of nodes that are in or out, and the share in between.

The usual test is a box (72.004–137.8347° E, 0.8293–55.8271° N). It also shifts Taiwan, Korea, Mongolia,
Vietnam and half of Japan by hundreds of metres. Map services shift the mainland, Hong Kong and Macau and
leave Taiwan and the rest of the world in WGS-84 (Huawei Map Kit, "Coordinate Rectification"; AMap's
`isAMapDataAvailable`). `data/gcj02_area.txt` is that area with its territorial sea, on a grid of
1/50° (about 2 km); `scripts/build_gcj02_area.py` derives it.

A shift that stops dead at a border can not be undone there: a point just inside and another just
outside land on the same spot. So the shift fades: every point of the area gets all of it (share 1),
and outside the share falls to 0 within one cell, by bilinear interpolation between the nodes.
That keeps the conversion continuous and, the fade being wide against the shift, one to one.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from typing import Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

NODES_PER_DEGREE: Final = 50


class Area(NamedTuple):
    """Nodes from the south-west corner, row by row: `bits` holds 1 for a node inside the area."""

    west: float
    south: float
    columns: int
    rows: int
    bits: bytes  # packed, most significant first: 1 MB where a byte per node would take 8


@cache
def gcj02_area() -> Area:
    """The area, read once (some 20 ms, at the first point converted)."""
    text = files("geoapi.geometry").joinpath("data/gcj02_area.txt").read_text("ascii")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    west, south, columns, rows = (int(word) for word in lines[0].split())
    nodes = np.zeros((rows, columns), dtype=np.uint8)
    for line in lines[1:]:
        row, *runs = line.split()
        for run in runs:
            first, _, last = run.partition("-")
            nodes[int(row), int(first) : int(last or first) + 1] = 1
    return Area(float(west), float(south), columns, rows, np.packbits(nodes).tobytes())


def share_at(lon: float, lat: float) -> float:
    """Share of the shift at a point: 1 in the area, 0 outside (and for NaN), between in its rim."""
    west, south, columns, rows, bits = gcj02_area()
    x = (lon - west) * NODES_PER_DEGREE
    y = (lat - south) * NODES_PER_DEGREE
    if not (0.0 <= x < columns - 1 and 0.0 <= y < rows - 1):
        return 0.0
    column, row = int(x), int(y)
    k = row * columns + column
    sw = bits[k >> 3] >> (7 - (k & 7)) & 1
    se = bits[k + 1 >> 3] >> (7 - (k + 1 & 7)) & 1
    k += columns
    nw = bits[k >> 3] >> (7 - (k & 7)) & 1
    ne = bits[k + 1 >> 3] >> (7 - (k + 1 & 7)) & 1
    if sw == se == nw == ne:
        return float(sw)
    u, v = x - column, y - row
    return (sw * (1.0 - u) + se * u) * (1.0 - v) + (nw * (1.0 - u) + ne * u) * v


def shares_at(lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.float64]:
    """`share_at` for arrays of one shape."""
    west, south, columns, rows, packed = gcj02_area()
    bits = np.frombuffer(packed, dtype=np.uint8)
    with np.errstate(over="ignore"):  # infinite is as far outside as 1e308
        x = (lon - west) * NODES_PER_DEGREE
        y = (lat - south) * NODES_PER_DEGREE
    shares = np.zeros(lon.shape)
    near = (x >= 0.0) & (x < columns - 1) & (y >= 0.0) & (y < rows - 1)
    x, y = x[near], y[near]
    column, row = x.astype(np.int64), y.astype(np.int64)

    def node(k: NDArray[np.int64]) -> NDArray[np.float64]:
        return np.asarray(bits[k >> 3] >> (7 - (k & 7)) & 1, dtype=np.float64)

    k = row * columns + column
    sw, se, nw, ne = node(k), node(k + 1), node(k + columns), node(k + columns + 1)
    u, v = x - column, y - row
    blend = (sw * (1.0 - u) + se * u) * (1.0 - v) + (nw * (1.0 - u) + ne * u) * v
    alike = (sw == se) & (se == nw) & (nw == ne)
    shares[near] = np.where(alike, sw, blend)  # exactly 0 or 1 where nothing fades
    return shares
