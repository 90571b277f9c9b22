"""Is this a position at all? One point from a request, or the columns of a file.

Points are lon/lat in degrees, whatever the datum: the shifts of GCJ-02 and BD-09 are too small to matter.
"""

from __future__ import annotations

import math
from enum import IntEnum

import numpy as np
from numpy.typing import ArrayLike, NDArray

from geoapi.errors import InvalidPoint, Words
from geoapi.geometry.boxes import Box


class PointFault(IntEnum):
    """What is wrong with a row's coordinates; the name in lower case is the machine-readable reason."""

    NONE = 0
    NOT_FINITE = 1
    OUT_OF_RANGE = 2
    SWAPPED_AXES = 3
    ZERO_ZERO = 4

    @property
    def reason(self) -> str:
        return self.name.lower()


def check_point(lon: float, lat: float, *, lon_field: str = "lon", lat_field: str = "lat") -> None:
    """Nothing, if (lon, lat) is a place on Earth. The limits themselves (±180, ±90) are allowed.

    Raises `InvalidPoint` naming the offending field and the mend. A latitude beyond ±90 beside a longitude
    that would do as one means that the two changed places; nothing else is sure to.
    """
    for value, field in ((lon, lon_field), (lat, lat_field)):
        if not math.isfinite(value):
            raise InvalidPoint(
                Words("坐标必须是有限的数", "A coordinate must be a finite number"),
                field=field,
                mend=Words("请填写以度为单位的十进制数，例如 116.4", "Give decimal degrees, such as 116.4"),
            )
    if abs(lat) > 90.0 and abs(lat) <= 180.0 and abs(lon) <= 90.0:
        raise InvalidPoint(
            Words("纬度必须在 -90 到 90 之间", "Latitude must be between -90 and 90"),
            field=lat_field,
            mend=Words(
                "经纬度是不是写反了？先经度，后纬度",
                "Did you mean lat/lon the other way round? Longitude comes first",
            ),
        )
    if abs(lat) > 90.0:
        raise InvalidPoint(
            Words("纬度必须在 -90 到 90 之间", "Latitude must be between -90 and 90"),
            field=lat_field,
            mend=_degrees_not_metres(lat),
        )
    if abs(lon) > 180.0:
        raise InvalidPoint(
            Words("经度必须在 -180 到 180 之间", "Longitude must be between -180 and 180"),
            field=lon_field,
            mend=_degrees_not_metres(lon),
        )


def _degrees_not_metres(value: float) -> Words:
    if abs(value) > 360.0:
        return Words("请用度，不要用投影坐标的米", "Give degrees, not the metres of a projection")
    return Words("请用以度为单位的十进制数", "Give decimal degrees")


def point_faults(lon: ArrayLike, lat: ArrayLike, *, expected: Box | None = None) -> NDArray[np.uint8]:
    """A `PointFault` for each point: uint8 array of the inputs' length, 0 where nothing is wrong.

    `expected` is where the file's points should be, with room to spare. A point outside it that
    would be inside with its axes exchanged is SWAPPED_AXES. Without `expected`, only a latitude beyond ±90
    whose exchange makes a valid point is. Exactly (0, 0), where coordinates never filled in end up, is
    ZERO_ZERO. NaN stands for a missing value, too: NOT_FINITE.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    faults = np.zeros(x.shape, dtype=np.uint8)
    finite = np.isfinite(x) & np.isfinite(y)
    in_range = (np.abs(x) <= 180.0) & (np.abs(y) <= 90.0)
    in_range_swapped = (np.abs(y) <= 180.0) & (np.abs(x) <= 90.0)
    if expected is None:
        swapped = ~in_range & in_range_swapped
    else:
        swapped = ~expected.contains(x, y) & expected.contains(y, x)
    faults[~in_range] = PointFault.OUT_OF_RANGE
    faults[swapped] = PointFault.SWAPPED_AXES
    faults[(x == 0.0) & (y == 0.0)] = PointFault.ZERO_ZERO
    faults[~finite] = PointFault.NOT_FINITE
    return faults
