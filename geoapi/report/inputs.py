"""What a report is made of: answers as the API gives them, outlines and stations for the maps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from geoapi.errors import Words

Answer = Mapping[str, Any]
"""An answer of the API, as `json.loads` gives it."""

KIND_NAMES: Final[Mapping[str, Words]] = {
    "care_station": Words("职工暖心驿站", "worker care station"),
    "worker_home": Words("公共区域职工之家", "public-area worker home"),
    "nursing_room": Words("母婴关爱室", "mother-and-baby room"),
    "psych_point": Words("职工心灵驿站", "psychological care point"),
}
"""The kinds there are to begin with. Others are named in `ReportInputs.names`."""


class Boundary(NamedTuple):
    """An outline: code, names, and a GeoJSON Polygon or MultiPolygon in WGS-84."""

    code: str
    name: Words
    geometry: Mapping[str, Any]


class Dot(NamedTuple):
    """A station on the map: WGS-84, and its state at the report's time (CLOSED 0, OPEN 1, UNKNOWN 2)."""

    lon: float
    lat: float
    state: int


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """Everything a report shows. Only `coverage` must be there; a section without its answer says so.

    `coverage` is the answer at one time, `week` that of a week, `worst` the answer of the whole city at the
    same time, for the ranking. `boundary` is the outline of the area itself, `outlines` those of the
    districts in it and around it. `names` gives codes of kinds and amenities their words. `why` says for a
    section ("gaps", "week", "ranking", "sites", "extensions", "targets", "map", "stations") why its answer
    is missing.
    `attributions` are the sources of the outlines and the network. `made_at` is when the answers were asked
    for; None leaves it out.
    """

    coverage: Answer
    boundary: Boundary | None = None
    outlines: Sequence[Boundary] = ()
    stations: Sequence[Dot] | None = None
    week: Answer | None = None
    gaps: Answer | None = None
    sites: Answer | None = None
    extensions: Answer | None = None
    targets: Answer | None = None
    worst: Answer | None = None
    names: Mapping[str, Words] = field(default_factory=dict)
    why: Mapping[str, Words] = field(default_factory=dict)
    attributions: Sequence[str] = ()
    made_at: datetime | None = None
    lang: Literal["zh", "en"] = "zh"
