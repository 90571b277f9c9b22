"""Coordinates of a demand file → WGS-84, and whether they speak against what the file was declared to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.errors import LoadStopped, Words
from geoapi.geometry.boxes import Box
from geoapi.geometry.datums import Datum, Epsg, to_wgs84
from geoapi.geometry.evidence import datum_evidence
from geoapi.geometry.points import PointFault, point_faults
from loaders.demand.districts import Area
from loaders.positions import MARGIN_DEGREES, SAMPLE

Numbers = NDArray[np.float64]

OF_THIS_CITY: Final = 0.95
"""Share of a file's points in the districts from which on those at the border can tell a datum: where demand
goes on beyond it, a shift moves as many points out as in, and says nothing."""


def placed(
    x: Numbers, y: Numbers, datum: Datum | Epsg, areas: Sequence[Area]
) -> tuple[Numbers, Numbers, NDArray[np.uint8]]:
    """Longitude, latitude and a `PointFault` of each point. A point that is in the wrong place only with its
    axes exchanged is swapped; one far from every loaded district is not: layers may be of another city."""
    lon, lat = to_wgs84(x, y, datum)
    if isinstance(datum, Datum):
        return lon, lat, point_faults(x, y, expected=_box(areas))
    faults = point_faults(lon, lat)
    # what has no position in WGS-84 comes back as infinity
    faults[(faults == PointFault.NOT_FINITE) & np.isfinite(x) & np.isfinite(y)] = PointFault.OUT_OF_RANGE
    return lon, lat, faults


def judged(
    x: Numbers,
    y: Numbers,
    faults: NDArray[np.uint8],
    datum: Datum | Epsg,
    areas: Sequence[Area],
    *,
    field: str = "place.datum",
) -> dict[str, Any]:
    """{"declared", "evidence"} for the report. Raises `LoadStopped` when most points look swapped, or those
    of a file of this city speak against the declared datum."""
    swapped = int((faults == PointFault.SWAPPED_AXES).sum())
    said: dict[str, Any] = {"declared": str(datum), "evidence": {}}
    if swapped * 2 > x.size:
        raise LoadStopped(
            Words(
                f"{x.size} 个点中有 {swapped} 个像是经纬度写反了",
                f"{swapped} of {x.size} points look as if lon and lat changed places",
            ),
            field="columns.lon",
            mend=Words(
                "请在映射中对调 lon 与 lat 两列", "exchange the columns of lon and lat in the mapping"
            ),
            swapped=swapped,
            points=int(x.size),
            datum=said,
        )
    good = np.flatnonzero(faults == PointFault.NONE)
    good = good[:: max(1, good.size // SAMPLE)]
    polygons = [one.polygon for one in areas if one.level == "district"]
    if not isinstance(datum, Datum) or not good.size or not polygons:
        return said
    found = datum_evidence(x[good], y[good], polygons)
    if max(found.matched.values()) < OF_THIS_CITY * found.comparable:
        return said
    said["evidence"] = found.as_dict()
    if found.contradicts(datum):
        best = max(Datum, key=lambda one: found.matched[one])
        ours, theirs = found.matched[datum], found.matched[best]
        raise LoadStopped(
            Words(
                f"坐标像是 {best.value}，不是 {datum.value}：{found.comparable} 个点中，"
                f"按前者有 {theirs} 个落在区内，按后者只有 {ours} 个",
                f"the coordinates look like {best.value}, not {datum.value}: of {found.comparable} points "
                f"{theirs} lie in a district as the former, {ours} as the latter",
            ),
            field=field,
            mend=Words(
                f'请核对来源；若确为 {best.value}，在映射中改为 datum = "{best.value}"',
                f'ask the source; if it is {best.value}, set datum = "{best.value}" in the mapping',
            ),
            datum=said,
        )
    return said


def _box(areas: Sequence[Area]) -> Box | None:
    if not areas:
        return None
    bounds = shapely.total_bounds(np.array([one.polygon for one in areas], dtype=object))
    return Box(*bounds.tolist()).grown(MARGIN_DEGREES)
