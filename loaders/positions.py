"""The file's coordinates → WGS-84 points in districts, and what all of them say of the declared datum."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import Connection

from geoapi.errors import LoadStopped, Words
from geoapi.geometry.boxes import Box
from geoapi.geometry.datums import Datum, to_wgs84
from geoapi.geometry.districts import OUTSIDE, assign_districts, stated_districts
from geoapi.geometry.evidence import DatumEvidence, datum_evidence
from geoapi.geometry.points import PointFault, point_faults
from loaders.candidates import Candidate, Rejected
from loaders.demand.districts import Area, finest_codes, read_areas
from loaders.mapping import Place

SAMPLE = 20_000
"""Points weighed for the datum; more would only repeat what these say."""

MARGIN_DEGREES = 1.0
"""How far beyond the loaded districts a point may be and still not look swapped."""


@dataclass(frozen=True)
class Districts:
    """The districts on record: codes, names and WGS-84 polygons, in order of code.

    What a file says of districts is weighed against these; `others` are the streets and cities on record.
    """

    codes: tuple[str, ...]
    names: tuple[str, ...]
    polygons: tuple[shapely.Geometry, ...]
    others: tuple[Area, ...] = ()

    @property
    def box(self) -> Box | None:
        """What holds all of them, with a margin; None without any."""
        if not self.polygons:
            return None
        return Box(*shapely.total_bounds(np.asarray(self.polygons, dtype=object))).grown(MARGIN_DEGREES)

    def finest(self, placed: Sequence[Placed]) -> list[str | None]:
        """The code of the finest area on record that each lies in: street, district, city; None outside."""
        found: list[str | None] = [self.codes[one.district] if one.district >= 0 else None for one in placed]
        if not self.others or not placed:
            return found
        lon = np.fromiter((one.lon for one in placed), dtype=np.float64, count=len(placed))
        lat = np.fromiter((one.lat for one in placed), dtype=np.float64, count=len(placed))
        levels = {one.code: one.level for one in self.others}
        return [
            code if code is not None and (district is None or levels[code] == "street") else district
            for code, district in zip(finest_codes(lon, lat, self.others).tolist(), found, strict=True)
        ]


def read_districts(conn: Connection) -> Districts:
    """The areas that stations are assigned to: those of level "district", and the others."""
    areas = read_areas(conn)
    districts = [one for one in areas if one.level == "district"]
    return Districts(
        tuple(one.code for one in districts),
        tuple(one.name_zh for one in districts),
        tuple(one.polygon for one in districts),
        tuple(one for one in areas if one.level != "district"),
    )


def searched_names(conn: Connection) -> dict[str, tuple[str, ...]]:
    """The names by which stations in an area are found, by its code: a street's, and its district's."""
    rows = conn.execute("SELECT code, name_zh, level, parent_code FROM district").fetchall()
    known = {code: (name, level, parent) for code, name, level, parent in rows}

    def names(code: str) -> tuple[str, ...]:
        name, level, parent = known[code]
        # a city's name would find all there is
        above = names(parent) if level == "street" and parent and known[parent][1] != "city" else ()
        return (name, *above)

    return {code: names(code) for code in known}


@dataclass(frozen=True, slots=True)
class Placed:
    """A candidate with its WGS-84 position and district."""

    candidate: Candidate
    lon: float
    lat: float
    district: int


class PositionCheck:
    """Places candidates chunk by chunk, and keeps what the whole file's points say."""

    def __init__(self, place: Place, districts: Districts, *, states_district: bool) -> None:
        self._datum = place.parsed_datum
        self._declared = place.datum
        self._keep_outside = place.outside == "keep"
        self._districts = districts
        # a file from elsewhere has no business in the districts that happen to be loaded
        self._box = None if self._keep_outside else districts.box
        self._states_district = states_district
        self._points: list[NDArray[np.float64]] = []
        self._stated: list[NDArray[np.int64]] = []
        self._seen = 0
        self._swapped = 0

    def place(self, candidates: Sequence[Candidate]) -> tuple[list[Placed], list[Rejected]]:
        """The candidates that are somewhere, and those that are nowhere or outside."""
        if not candidates:
            return [], []
        x = np.fromiter((one.x for one in candidates), dtype=np.float64, count=len(candidates))
        y = np.fromiter((one.y for one in candidates), dtype=np.float64, count=len(candidates))
        if isinstance(self._datum, Datum):
            faults = point_faults(x, y, expected=self._box)
            lon, lat = to_wgs84(x, y, self._datum)
            self._remember(x, y, candidates, faults)
        else:
            lon, lat = to_wgs84(x, y, self._datum)
            faults = point_faults(lon, lat)
            # what has no position in WGS-84 comes back as infinity
            faults[(faults == PointFault.NOT_FINITE) & np.isfinite(x) & np.isfinite(y)] = (
                PointFault.OUT_OF_RANGE
            )
        self._seen += len(candidates)
        self._swapped += int((faults == PointFault.SWAPPED_AXES).sum())
        district = assign_districts(lon, lat, self._districts.polygons)
        placed, rejected = [], []
        for n, one in enumerate(candidates):
            if faults[n]:
                reason = PointFault(int(faults[n])).reason
            elif district[n] == OUTSIDE and not self._keep_outside:
                reason = "outside_districts"
            else:
                placed.append(Placed(one, float(lon[n]), float(lat[n]), int(district[n])))
                continue
            rejected.append(Rejected(one.row, reason, f"{one.x:.7g}, {one.y:.7g}", one.external_id))
        return placed, rejected

    def districts_of(
        self, whereabouts: Sequence[tuple[tuple[float, float] | None, str | None]]
    ) -> list[str | None]:
        """The code of the district of each (point in the file's datum, district as it says): that which the
        point lies in, else that which it names; None where neither is known."""
        if not whereabouts or not self._districts.polygons:
            return [None] * len(whereabouts)
        points = np.array([point or (np.nan, np.nan) for point, _ in whereabouts], dtype=np.float64)
        lon, lat = to_wgs84(points[:, 0], points[:, 1], self._datum)
        inside = assign_districts(lon, lat, self._districts.polygons)
        named = stated_districts(
            [said for _, said in whereabouts], self._districts.codes, self._districts.names
        )
        found = np.where(inside != OUTSIDE, inside, named)
        return [None if n == OUTSIDE else self._districts.codes[n] for n in found]

    def _remember(
        self,
        x: NDArray[np.float64],
        y: NDArray[np.float64],
        candidates: Sequence[Candidate],
        faults: NDArray[np.uint8],
    ) -> None:
        good = faults == PointFault.NONE
        self._points.append(np.column_stack((x[good], y[good])))
        if self._states_district:
            said = [one.stated_district for one in candidates]
            self._stated.append(stated_districts(said, self._districts.codes, self._districts.names)[good])

    def evidence(self) -> DatumEvidence | None:
        """What the points say; None for an EPSG code, without districts, or without points."""
        if not self._points or not self._districts.polygons:
            return None
        points = np.concatenate(self._points)
        stated = np.concatenate(self._stated) if self._stated else None
        if stated is not None and not (stated != OUTSIDE).any():
            stated = None
        step = max(1, len(points) // SAMPLE)
        return datum_evidence(
            points[::step, 0],
            points[::step, 1],
            self._districts.polygons,
            stated[::step] if stated is not None else None,
        )

    def judge(self) -> dict[str, Any]:
        """{"declared", "evidence"} for the report. Raises `LoadStopped` when the points speak against the
        declared datum, or most of them look swapped."""
        found = self.evidence()
        said = {"declared": self._declared, "evidence": found.as_dict() if found else {}}
        if self._swapped * 2 > self._seen:
            raise LoadStopped(
                Words(
                    f"{self._seen} 个点中有 {self._swapped} 个像是经纬度写反了",
                    f"{self._swapped} of {self._seen} points look as if lon and lat changed places",
                ),
                field="columns.lon",
                mend=Words(
                    "请在映射中对调 lon 与 lat 两列", "exchange the columns of lon and lat in the mapping"
                ),
                swapped=self._swapped,
                points=self._seen,
                datum=said,
            )
        if found and isinstance(self._datum, Datum) and found.contradicts(self._datum):
            best = found.best
            assert best is not None
            ours, theirs = found.matched[self._datum], found.matched[best]
            raise LoadStopped(
                Words(
                    f"坐标像是 {best.value},不是 {self._datum.value}:{found.comparable} 个点中,"
                    f"按前者有 {theirs} 个落在应在的区，按后者只有 {ours} 个",
                    f"the coordinates look like {best.value}, not {self._datum.value}: of {found.comparable} "
                    f"points {theirs} lie where they should as the former, {ours} as the latter",
                ),
                field="place.datum",
                mend=Words(
                    f'请核对来源；若确为 {best.value},在映射中改为 datum = "{best.value}"',
                    f'ask the source; if it is {best.value}, set datum = "{best.value}" in the mapping',
                ),
                datum=said,
            )
        return said
