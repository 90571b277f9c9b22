"""GCJ-02 and BD-09, the shifted coordinates of Chinese map services: the formulas and their exact inverse.

Neither has a published definition. The GCJ-02 shift is the regression of China's map deviation
known from `eviltransform` (github.com/googollee/eviltransform) and used by gcoord, coordtransform
and others: a polynomial and sines, in metres, laid on the Krasovsky 1940 ellipsoid.
The BD-09 shift on top of it is the one of Baidu's own early JavaScript. Both agree with
gcoord's table of 664 cities to 0.74 m.

Every function exists once, for plain floats and for numpy arrays: `m` is the module that supplies
`sin`, `cos`, `sqrt` …: `math` for one point (no array overhead, a few microseconds), `numpy` for many.
Longitudes and latitudes are degrees.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import TypeVar, cast

import numpy as np
from numpy.typing import NDArray

from geoapi.geometry.gcj02_area import share_at, shares_at

Degrees = TypeVar("Degrees", float, NDArray[np.float64])
"""One value or an array of them; both coordinates of a pair are of the same sort."""

_AXIS_M = 6378245.0  # Krasovsky 1940, semi-major axis
_ECCENTRICITY_2 = 0.00669342162296594323  # and its squared eccentricity
_BAIDU_PI = math.pi * 3000.0 / 180.0

# An inverse is done when another round moves it less than this, some 0.1 micrometres. Inside the
# area a round gains a factor of 200, in its fading rim at least 1.5: 3 rounds, at most 70.
_DONE_DEG = 1e-12
_MAX_ROUNDS = 70


def gcj02_shift(lon: Degrees, lat: Degrees, m: ModuleType) -> tuple[Degrees, Degrees]:
    """What GCJ-02 adds to the WGS-84 point, in degrees of longitude and latitude, wherever the point is."""
    x = lon - 105.0
    y = lat - 35.0
    root = m.sqrt(abs(x))
    ripple = (20.0 * m.sin(6.0 * m.pi * x) + 20.0 * m.sin(2.0 * m.pi * x)) * 2.0 / 3.0
    north_m = (
        -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + ripple
        + (20.0 * m.sin(m.pi * y) + 40.0 * m.sin(m.pi / 3.0 * y)) * 2.0 / 3.0
        + (160.0 * m.sin(m.pi / 12.0 * y) + 320.0 * m.sin(m.pi / 30.0 * y)) * 2.0 / 3.0
    )  # fmt: skip
    east_m = (
        300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + ripple
        + (20.0 * m.sin(m.pi * x) + 40.0 * m.sin(m.pi / 3.0 * x)) * 2.0 / 3.0
        + (150.0 * m.sin(m.pi / 12.0 * x) + 300.0 * m.sin(m.pi / 30.0 * x)) * 2.0 / 3.0
    )  # fmt: skip
    phi = lat * (m.pi / 180.0)
    sine = m.sin(phi)
    w2 = 1.0 - _ECCENTRICITY_2 * sine * sine
    prime_vertical_m = _AXIS_M / m.sqrt(w2)
    meridian_m = prime_vertical_m * (1.0 - _ECCENTRICITY_2) / w2
    to_degrees = 180.0 / m.pi
    return (
        east_m * to_degrees / (prime_vertical_m * m.cos(phi)),
        north_m * to_degrees / meridian_m,
    )


def bd09_shift(lon: Degrees, lat: Degrees, m: ModuleType) -> tuple[Degrees, Degrees]:
    """What BD-09 adds to the GCJ-02 point, in degrees of longitude and latitude, wherever the point is."""
    radius = m.sqrt(lon * lon + lat * lat) + 0.00002 * m.sin(lat * _BAIDU_PI)
    # numpy 2 has math's name for it; both take (y, x)
    angle = m.atan2(lat, lon) + 0.000003 * m.cos(lon * _BAIDU_PI)
    return radius * m.cos(angle) + 0.0065 - lon, radius * m.sin(angle) + 0.006 - lat


Shift = Callable[[Degrees, Degrees, ModuleType], tuple[Degrees, Degrees]]


def add_shift(lon: float, lat: float, shift: Shift[float]) -> tuple[float, float]:
    """The point moved by `shift`, as far as the area's outline lets it; unchanged outside."""
    share = share_at(lon, lat)
    if share == 0.0:
        return lon, lat
    east, north = shift(lon, lat, math)
    return lon + share * east, lat + share * north


def take_shift(lon: float, lat: float, shift: Shift[float]) -> tuple[float, float]:
    """The point that `add_shift` moves to (lon, lat), to well below a millimetre; unchanged outside."""
    if not (math.isfinite(lon) and math.isfinite(lat)):
        return lon, lat
    x, y = lon, lat
    for _ in range(_MAX_ROUNDS):
        moved_x, moved_y = add_shift(x, y, shift)
        step_x, step_y = lon - moved_x, lat - moved_y
        x += step_x
        y += step_y
        if abs(step_x) < _DONE_DEG and abs(step_y) < _DONE_DEG:
            break
    return x, y


Array = NDArray[np.float64]


def add_shifts(lon: Array, lat: Array, shift: Shift[Array]) -> tuple[Array, Array]:
    """`add_shift` for arrays of one shape; new arrays."""
    share = shares_at(lon, lat)
    inside = share > 0.0
    moved_lon, moved_lat = lon.copy(), lat.copy()
    if inside.any():
        east, north = shift(lon[inside], lat[inside], np)
        moved_lon[inside] += share[inside] * east
        moved_lat[inside] += share[inside] * north
    return moved_lon, moved_lat


def take_shifts(lon: Array, lat: Array, shift: Shift[Array]) -> tuple[Array, Array]:
    """`take_shift` for arrays of one shape; new arrays. Each point stops when it is done."""
    x, y = lon.copy().ravel(), lat.copy().ravel()
    flat_lon, flat_lat = lon.ravel(), lat.ravel()
    open_rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    for _ in range(_MAX_ROUNDS):
        if not open_rows.size:
            break
        moved_x, moved_y = add_shifts(x[open_rows], y[open_rows], shift)
        step_x, step_y = flat_lon[open_rows] - moved_x, flat_lat[open_rows] - moved_y
        x[open_rows] += step_x
        y[open_rows] += step_y
        open_rows = open_rows[(np.abs(step_x) >= _DONE_DEG) | (np.abs(step_y) >= _DONE_DEG)]
    return cast(Array, x.reshape(lon.shape)), cast(Array, y.reshape(lat.shape))
