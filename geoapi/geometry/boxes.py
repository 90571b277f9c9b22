"""Boxes of longitude and latitude, the antimeridian included."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from geoapi.errors import InvalidInput, Words


class Box(NamedTuple):
    """West, south, east, north in degrees, edges included. West beyond east means across the antimeridian."""

    west: float
    south: float
    east: float
    north: float

    def parts(self) -> tuple[Box, ...]:
        """The box as one or two that do not cross the antimeridian, for an index that knows none."""
        if self.west <= self.east:
            return (self,)
        return (self._replace(east=180.0), self._replace(west=-180.0))

    def contains(self, lon: NDArray[np.float64], lat: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Which points lie in the box; NaN does not."""
        in_height = (lat >= self.south) & (lat <= self.north)
        if self.west <= self.east:
            return (lon >= self.west) & (lon <= self.east) & in_height
        return ((lon >= self.west) | (lon <= self.east)) & in_height

    def beside(self, metres: float) -> Box:
        """The box with so many metres on every side, or a little more; not for one across the antimeridian.

        A degree of latitude has 110.5 km at least, one of longitude as many times the cosine of the latitude
        that is farthest from the equator; about a pole the box goes all the way round.
        """
        north = metres / 110_500
        across = math.cos(math.radians(min(90.0, max(abs(self.south), abs(self.north)) + north)))
        east = 360.0 if across < 1e-6 else north / across
        return Box(
            max(-180.0, self.west - east),
            max(-90.0, self.south - north),
            min(180.0, self.east + east),
            min(90.0, self.north + north),
        )

    def grown(self, degrees: float) -> Box:
        """The box with a margin on every side, within ±180 and ±90; not for one across the antimeridian."""
        return Box(
            max(-180.0, self.west - degrees),
            max(-90.0, self.south - degrees),
            min(180.0, self.east + degrees),
            min(90.0, self.north + degrees),
        )


_ORDER = Words("顺序是 西,南,东,北，单位为度", "Give west,south,east,north in degrees")


def parse_bbox(text: str, *, field: str = "bbox") -> Box:
    """The box of "minlon,minlat,maxlon,maxlat" (RFC 7946, section 5): `west > east` crosses the antimeridian.

    Raises `InvalidInput` for anything but four finite numbers in range with south ≤ north; the mend
    says which is which, and when latitude and longitude look exchanged.
    """
    words = text.replace("\uff0c", ",").split(",")
    try:
        west, south, east, north = (float(word) for word in words)
    except ValueError:
        raise InvalidInput(
            Words("bbox 要四个数", "A bbox is four numbers"), field=field, mend=_ORDER
        ) from None
    if not all(map(math.isfinite, (west, south, east, north))):
        raise InvalidInput(
            Words("bbox 的四个数都必须有限", "The numbers of a bbox must be finite"), field=field, mend=_ORDER
        )
    if max(abs(south), abs(north)) > 90.0:
        exchanged = max(abs(west), abs(east)) <= 90.0 and max(abs(south), abs(north)) <= 180.0
        raise InvalidInput(
            Words("bbox 的纬度必须在 -90 到 90 之间", "Latitudes of a bbox must be between -90 and 90"),
            field=field,
            mend=Words(
                "经纬度是不是写反了？" + _ORDER.zh, "Did you mean lat/lon the other way round? " + _ORDER.en
            )
            if exchanged
            else _ORDER,
        )
    if max(abs(west), abs(east)) > 180.0:
        raise InvalidInput(
            Words("bbox 的经度必须在 -180 到 180 之间", "Longitudes of a bbox must be between -180 and 180"),
            field=field,
            mend=_ORDER,
        )
    if south > north:
        raise InvalidInput(
            Words("bbox 的南边高于北边", "The bbox's south is above its north"), field=field, mend=_ORDER
        )
    return Box(west, south, east, north)
