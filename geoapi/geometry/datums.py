"""Which datum coordinates are in, and their way to WGS-84 and back.

Inside the service every point is WGS-84 lon/lat. Phones in China speak GCJ-02 (AMap, Tencent) or BD-09
(Baidu); files may also be in any reference system with an EPSG code.

`to_wgs84` and `from_wgs84` take arrays; `point_to_wgs84` and `point_from_wgs84` take one point, without
the array's overhead. Both follow the same formulas and the same area (see gcj02.py, gcj02_area.py), and
both invert exactly: there and back again is within a micrometre. Values that are not finite come back as
they were.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from geoapi.errors import UnknownCode, Words
from geoapi.geometry.gcj02 import add_shift, add_shifts, bd09_shift, gcj02_shift, take_shift, take_shifts

Array = NDArray[np.float64]


class Datum(StrEnum):
    """What a request or a file may say its coordinates are in."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True)
class Epsg:
    """A reference system by EPSG number, for files: coordinates are (x, y), easting or longitude first."""

    code: int

    def __str__(self) -> str:
        return f"EPSG:{self.code}"


# CGCS2000 (4490) is China's own realisation of the same frame: within decimetres of WGS-84, and PROJ
# takes the two as one. CRS84 is WGS-84 said lon/lat, as GeoJSON does.
_NAMES = {
    **dict.fromkeys(
        ("wgs84", "gps", "cgcs2000", "crs84", "epsg4326", "4326", "epsg4490", "4490"), Datum.WGS84
    ),
    **dict.fromkeys(("gcj02", "amap", "gaode", "tencent", "mars", "高德", "腾讯", "火星坐标"), Datum.GCJ02),
    **dict.fromkeys(("bd09", "bd09ll", "baidu", "百度"), Datum.BD09),
}
_EPSG = re.compile(r"(?:epsg|urnogcdefcrsepsg\d*)?(\d{4,6})")


def parse_datum(text: str, *, field: str = "crs") -> Datum:
    """The datum a request names: "wgs84", "GCJ-02", "bd09", "EPSG:4326" …, in any case and width.

    Raises `UnknownCode` with the accepted codes, and the near ones in `extra["near"]`.
    """
    found = _parse(text)
    if isinstance(found, Datum):
        return found
    codes = [datum.value for datum in Datum]
    near = difflib.get_close_matches(_key(text), codes, n=1, cutoff=0.5)
    raise UnknownCode(
        Words("不认识这个坐标系", "This is not a datum known here"),
        field=field,
        mend=Words("请用 wgs84、gcj02 或 bd09", "Use wgs84, gcj02 or bd09"),
        near=near or codes,
    )


def parse_file_datum(text: str, *, field: str = "datum") -> Datum | Epsg:
    """The datum a file declares: as `parse_datum`, or any EPSG code of a horizontal system that PROJ knows.

    Raises `UnknownCode` for anything else.
    """
    found = _parse(text)
    if isinstance(found, Epsg):
        _transformer(found.code, field)
    if found is not None:
        return found
    raise UnknownCode(
        Words("不认识这个坐标系", "This is not a datum known here"),
        field=field,
        mend=Words(
            "请用 wgs84、gcj02、bd09，或 EPSG 代码，例如 EPSG:4547",
            "Use wgs84, gcj02, bd09 or an EPSG code such as EPSG:4547",
        ),
        near=[datum.value for datum in Datum],
    )


def _key(text: str) -> str:
    return re.sub(r"[\s:_\-./]", "", unicodedata.normalize("NFKC", text)).casefold()


def _parse(text: str) -> Datum | Epsg | None:
    key = _key(text)
    if key in _NAMES:
        return _NAMES[key]
    if key.endswith("crs84"):  # urn:ogc:def:crs:OGC:1.3:CRS84, as old GeoJSON says it
        return Datum.WGS84
    if (match := _EPSG.fullmatch(key)) and key.isascii():
        number = int(match[1])
        return Datum.WGS84 if number in (4326, 4490) else Epsg(number)
    return None


@lru_cache(maxsize=16)
def _transformer(code: int, field: str = "datum") -> Any:
    """PROJ's way from an EPSG code to WGS-84, lon/lat."""
    try:
        source = CRS.from_epsg(code)
        if not (source.is_geographic or source.is_projected):
            raise CRSError(f"EPSG:{code} is not horizontal")
        # always_xy: EPSG defines 4326 and many others as lat/lon; here it is x, y everywhere.
        return Transformer.from_crs(source, 4326, always_xy=True)
    except CRSError as error:
        raise UnknownCode(
            Words(f"没有 EPSG:{code} 这个平面坐标系", f"EPSG:{code} is not a horizontal reference system"),
            field=field,
            mend=Words("请核对 EPSG 代码", "Check the EPSG code"),
            near=[datum.value for datum in Datum],
        ) from error


def _pair(lon: ArrayLike, lat: ArrayLike) -> tuple[Array, Array]:
    x, y = np.broadcast_arrays(np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64))
    return x, y


def to_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum | Epsg) -> tuple[Array, Array]:
    """WGS-84 longitudes and latitudes of points in `datum`: two new float64 arrays of the inputs' shape.

    Outside the area where GCJ-02 and BD-09 apply, points pass unchanged. From an EPSG code, a point
    that has no position in WGS-84 comes back as inf.
    """
    x, y = _pair(lon, lat)
    match datum:
        case Datum.WGS84:
            return x.copy(), y.copy()
        case Datum.GCJ02:
            return take_shifts(x, y, gcj02_shift)
        case Datum.BD09:
            x, y = take_shifts(x, y, bd09_shift)
            return take_shifts(x, y, gcj02_shift)
        case Epsg(code):
            x, y = _transformer(code).transform(x, y)
            return np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)


def from_wgs84(lon: ArrayLike, lat: ArrayLike, datum: Datum) -> tuple[Array, Array]:
    """Longitudes and latitudes in `datum` of WGS-84 points: two new float64 arrays of the inputs' shape."""
    x, y = _pair(lon, lat)
    match datum:
        case Datum.WGS84:
            return x.copy(), y.copy()
        case Datum.GCJ02:
            return add_shifts(x, y, gcj02_shift)
        case Datum.BD09:
            x, y = add_shifts(x, y, gcj02_shift)
            return add_shifts(x, y, bd09_shift)


def point_to_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """`to_wgs84` for one point, as plain floats."""
    match datum:
        case Datum.WGS84:
            return lon, lat
        case Datum.GCJ02:
            return take_shift(lon, lat, gcj02_shift)
        case Datum.BD09:
            lon, lat = take_shift(lon, lat, bd09_shift)
            return take_shift(lon, lat, gcj02_shift)


def point_from_wgs84(lon: float, lat: float, datum: Datum) -> tuple[float, float]:
    """`from_wgs84` for one point, as plain floats."""
    match datum:
        case Datum.WGS84:
            return lon, lat
        case Datum.GCJ02:
            return add_shift(lon, lat, gcj02_shift)
        case Datum.BD09:
            lon, lat = add_shift(lon, lat, gcj02_shift)
            return add_shift(lon, lat, bd09_shift)
