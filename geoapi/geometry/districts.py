"""Which district a point lies in, for a whole file at once."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray

OUTSIDE = -1


def assign_districts(
    lon: ArrayLike, lat: ArrayLike, polygons: Sequence[shapely.Geometry]
) -> NDArray[np.int64]:
    """Index of the polygon each point lies in: int64 array of the points' length, -1 outside all of them.

    Points and polygons are in one datum, whichever. A border belongs to its polygons; a point on a shared one
    goes to the first of them. Points that are not finite are outside.
    """
    x, y = np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)
    found = np.full(x.shape, OUTSIDE, dtype=np.int64)
    shapes = np.asarray(polygons, dtype=object)
    rows = np.flatnonzero(np.isfinite(x) & np.isfinite(y))
    if not rows.size or not shapes.size:
        return found
    shapely.prepare(shapes)
    # A tree of boxes finds the candidates; prepared polygons decide in O(log vertices).
    point, shape = shapely.STRtree(shapes).query(shapely.points(x[rows], y[rows]))
    inside = shapely.intersects_xy(shapes[shape], x[rows][point], y[rows][point])
    point, shape = point[inside], shape[inside]
    order = np.lexsort((-shape, point))  # the first polygon of a point is written last, and stays
    found[rows[point[order]]] = shape[order]
    return found


_ADMIN_SUFFIX = re.compile(r"(自治县|自治旗|新区|区|區|县|縣|市|旗)$")


def stated_districts(
    stated: Sequence[str | None], codes: Sequence[str], names: Sequence[str]
) -> NDArray[np.int64]:
    """Index of the district each row says it is in: int64 array, -1 where it says nothing or none of these.

    A row may give a GB/T 2260 code (longer statistical codes begin with it) or a name, with or without
    区/县/市 and with or without the city in front (北京市东城区).
    """
    by_word: dict[str, int] = {}
    for index, (code, name) in enumerate(zip(codes, names, strict=True)):
        by_word[code] = by_word[name] = index
        by_word.setdefault(_ADMIN_SUFFIX.sub("", name), index)

    known: dict[str | None, int] = {None: OUTSIDE}

    def find(text: str) -> int:
        word = re.sub(r"\s", "", unicodedata.normalize("NFKC", text)).removesuffix(".0")
        if word.isdigit():
            return by_word.get(word[:6], OUTSIDE)
        if word in by_word:
            return by_word[word]
        return next((i for i, name in enumerate(names) if name and word.endswith(name)), OUTSIDE)

    for text in set(stated) - {None}:
        known[text] = find(text or "")
    return np.fromiter((known[text] for text in stated), dtype=np.int64, count=len(stated))
