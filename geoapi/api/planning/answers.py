"""The shapes of planners' answers, for the OpenAPI document; routes fill them as plain dictionaries."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import Field

from geoapi.api.answers import Answer, DistrictRef, Location


class DemandLayer(Answer):
    """Whose demand is counted: of when, from whom, in which unit."""

    layer: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    as_of: date | None
    source: str
    licence: str | None
    points: int
    total: float
    sample: bool = Field(description="示例数据 · made up, as a sample")
    by_area: bool = Field(description="没有图层，按面积 · no layer: each square kilometre counts the same")


class DemandLayerList(Answer):
    """The demand layers on record."""

    items: list[DemandLayer]
    next_cursor: None


class Network(Answer):
    """A walking network on record."""

    code: str
    source: str
    as_of: date | None
    nodes: int
    edges: int
    islands: int
    largest_share: float = Field(description="最大连通部分的节点比例 · nodes in the largest connected part")


class NetworkList(Answer):
    """The walking networks on record."""

    items: list[Network]
    next_cursor: None


class Within(Answer):
    """The limit, in metres walked and in minutes on foot."""

    asked: str
    metres: float
    minutes: float


class Outside(Answer):
    """Demand that is left out of account: how many points, and their weight."""

    points: int
    total: float


class DistanceModel(Answer):
    """How distances were measured: straight line × detour factor, or along a walking network."""

    name: Literal["straight", "walk"]
    detour_factor: float | None = None
    network: str | None = None
    source: str | None = None
    as_of: date | None = None
    unreached: Outside | None = Field(
        None, description="离路太远、无法步行的需求 · demand too far from any way"
    )
    walk_speed_m_s: float


class SpecialDay(Answer):
    """A public holiday or make-up workday of the week."""

    date: date
    type: Literal["workday", "weekend", "holiday", "makeup"]
    name_zh: str | None
    name_en: str | None


class Week(Answer):
    """The week that was worked out, Monday to Sunday."""

    from_: date = Field(alias="from")
    to: date
    holidays: list[SpecialDay]


class StationsCounted(Answer):
    """The stations that count, and how much is known of them."""

    counted: int = Field(description="区内站点 · in the area")
    around: int = Field(description="区外但计入的站点 · outside it, and taken into account all the same")
    newest_change: datetime | None
    verified_last_year: int
    unknown_hours: int = Field(
        description="所问时间状态不确定的站点 · whose state is unknown at (some of) the time"
    )
    unknown_share: float


class Method(Answer):
    """How the figures came about."""

    demand: DemandLayer
    within: Within
    model: DistanceModel
    at: datetime | None
    week: Week | None
    time_zone: str
    kinds: list[str]
    amenities: list[str]
    stations: StationsCounted
    notes_zh: list[str]
    notes_en: list[str]


class AreaRef(Answer):
    """A district, city or street."""

    code: str
    name: str
    name_zh: str
    name_en: str | None
    level: Literal["city", "district", "street"]


Figure = float | None | list[float | None]


class Measures(Answer):
    """Coverage in figures; of a week, each a list of 168.

    Distances are metres walked to the nearest open station, also beyond the limit; null where none is open.
    """

    total: float
    covered: float | list[float]
    uncovered: float | list[float]
    share: Figure
    mean_distance_m: Figure
    p90_distance_m: Figure
    worst_decile_distance_m: Figure
    gini: Figure


class MeanShare(Answer):
    """The mean share covered over the hours of the week."""

    unknown_closed: float | None
    unknown_open: float | None


class WorstHour(Answer):
    """The hour in which the smallest share is covered; the first of them."""

    at: datetime
    share: float | None


REST = (
    "范围内不属于任何下级区划的部分，用范围自己的代码，不参与排名 · what lies in the area and in none of its "
    "districts, under the area's own code and without a rank"
)


class AreaMeasures(Answer):
    """Coverage, with unknown hours counted closed, and counted open."""

    total: float
    unknown_closed: Measures
    unknown_open: Measures
    mean: MeanShare | None = None
    worst_hour: WorstHour | None = None


class DistrictMeasures(AreaMeasures):
    """Coverage of one district; rank 1 is the least covered."""

    code: str
    name: str
    name_zh: str
    name_en: str | None
    rest: bool = Field(description=REST)
    rank: int | None


class Coverage(AreaMeasures):
    """Who has an open station within reach."""

    query: dict[str, Any]
    method: Method
    area: AreaRef
    hours: list[datetime] | None = None
    districts: list[DistrictMeasures]
    outside: Outside = Field(
        description="不在任何区内的需求 · demand that lies in no district, counted nowhere"
    )


class NearestOpen(Answer):
    """The nearest open station to a gap."""

    station_id: str
    name: str
    distance_m: float


class GapHours(Answer):
    """The hours of the week in which most of the gap's people have no open station within reach."""

    count: int
    week: list[str]


class Centre(Answer):
    """A point inside, in the datum asked for."""

    lon: float
    lat: float


class GapProperties(Answer):
    """One gap in figures."""

    rank: int
    uncovered: float
    uncovered_if_open: float
    points: int
    district: DistrictRef | None
    area_km2: float
    centre: Centre
    nearest: NearestOpen | None
    mean_distance_m: float | None
    hours: GapHours | None


class GapFeature(Answer):
    """One gap."""

    type: Literal["Feature"]
    id: int
    geometry: dict[str, Any]
    properties: GapProperties


class GapCollection(Answer):
    """Gaps, the worst first."""

    type: Literal["FeatureCollection"]
    query: dict[str, Any]
    method: Method
    area: AreaRef
    total: float
    uncovered: float
    uncovered_if_open: float
    gaps: int = Field(description="共有几处 · how many there are; features may be fewer")
    features: list[GapFeature]


class Site(Answer):
    """A place for a new station."""

    rank: int
    location: Location
    name: str | None
    district: DistrictRef | None
    gain: float = Field(description="新增覆盖 · newly covered, beyond the sites before it")
    covered: float
    share: float | None


class Solver(Answer):
    """Who chose, and how far from the best choice it can be."""

    name: Literal["greedy", "highs"]
    optimal: bool
    gain: float
    bound: float = Field(description="任何选法的新增覆盖都不超过此数 · no choice gains more than this")
    gap: float
    candidates: int
    candidates_there: int


class Covered(Answer):
    """What is covered, averaged over the hours in which the new sites are open."""

    covered: float
    share: float | None


class Sites(Answer):
    """Where the next stations go."""

    query: dict[str, Any]
    method: Method
    area: AreaRef
    total: float
    hours: int = Field(description="计入的小时数 · hours counted: those in which a new site is open")
    before: Covered
    sites: list[Site]
    solver: Solver


class StationRef(Answer):
    """A station that an answer speaks of."""

    id: str
    name: str
    location: Location
    hours_text: str | None
    district: DistrictRef | None


class Extension(Answer):
    """An existing station, open longer. Gains are demand × hours in a week, or demand at the one time."""

    rank: int
    station: StationRef
    hours: str
    extra_hours: int
    gain: float
    gain_per_hour: float


class VerifyFirst(Answer):
    """A station whose hours should be found out first: so much hangs on them."""

    rank: int
    station: StationRef
    hours: str
    unknown_hours: int
    depends: float = Field(
        description="依赖它的需求 · demand with no other sure station in some of the hours"
    )
    gain: float = Field(description="若其开放，新增覆盖 · demand × hours served, were it open")


class Extensions(Answer):
    """Which existing stations, open longer, would cover most."""

    query: dict[str, Any]
    method: Method
    area: AreaRef
    total: float
    extensions: list[Extension]
    verify_first: list[VerifyFirst]


class DistanceClass(Answer):
    """Demand whose nearest open station is further than `from_m` and at most `upto_m` metres walked away."""

    from_m: float
    upto_m: float | None = Field(description="空：更远的全部 · null: all that is further")
    unknown_closed: float
    unknown_open: float


class BothWeights(Answer):
    """Demand in both readings of unknown hours."""

    unknown_closed: float
    unknown_open: float


class Percentile(Answer):
    """So many per cent of the demand that can reach a station have at most so many metres to walk."""

    percent: int
    unknown_closed: float | None
    unknown_open: float | None


class DistanceDistribution(Answer):
    """How far it is to the nearest open station: three classes up to the limit, then as wide ones to four
    limits, and all beyond."""

    query: dict[str, Any]
    method: Method
    area: AreaRef
    total: float
    classes: list[DistanceClass]
    unreached: BothWeights = Field(
        description="到不了任何开放站点 · demand that can reach no open station at all"
    )
    percentiles: list[Percentile]


class SupplyFigures(Answer):
    """Capacity per demand within reach (E2SFCA), over an area's people."""

    mean: float | None
    median: float | None
    lowest_decile: float | None
    without: float = Field(description="完全没有供给的需求 · demand with no supply at all")


class DistrictSupply(SupplyFigures):
    """The same for one district; rank 1 has the least."""

    code: str
    name: str
    rest: bool = Field(description=REST)
    total: float
    rank: int | None


class SupplyPoint(Answer):
    """One demand point."""

    location: Location
    weight: float
    accessibility: float


class SupplyAnswer(Answer):
    """Supply against demand: enhanced two-step floating catchment areas."""

    query: dict[str, Any]
    method: Method
    area: AreaRef
    total: float
    capacity: float
    capacity_guessed: int = Field(
        description="未给容量、取中位数的站点 · stations that state none: the median"
    )
    capacity_unused: float = Field(description="周围没有需求的容量 · of stations with no demand in reach")
    zones: list[dict[str, float]]
    per: int = Field(description="每多少需求的容量 · figures are capacity per so much demand")
    figures: SupplyFigures
    districts: list[DistrictSupply]
    points: list[SupplyPoint] | None = None


class TargetItem(Answer):
    """What is planned of a kind in a district, what is there, and what is missing."""

    district: DistrictRef
    rest: bool = Field(description=REST)
    kind: str
    planned: int | None
    existing: int
    verified_last_year: int
    open: int
    unknown: int
    missing: int | None
    due: date | None
    source: str | None


class TargetTotal(Answer):
    """The same for the whole area."""

    kind: str
    planned: int | None
    existing: int
    verified_last_year: int
    open: int
    unknown: int
    missing: int | None
    due: date | None
    source: str | None


class Targets(Answer):
    """Planned and existing stations by district and kind."""

    query: dict[str, Any]
    area: AreaRef
    at: datetime
    items: list[TargetItem]
    total: list[TargetTotal]


class Difference(Answer):
    """After minus before; of a week, each figure a list of 168."""

    covered: float | list[float]
    share: Figure
    mean_distance_m: Figure


class DifferenceBoth(Answer):
    """The difference in both readings of unknown hours."""

    unknown_closed: Difference
    unknown_open: Difference


class DistrictDifference(DifferenceBoth):
    """The difference in one district."""

    code: str
    name: str


class WhatIf(Answer):
    """Coverage before, after, and the difference."""

    query: dict[str, Any]
    method: Method
    area: AreaRef
    changes: dict[str, int]
    before: Coverage
    after: Coverage
    difference: DifferenceBoth
    districts: list[DistrictDifference]


class StationStateProperties(Answer):
    """What a map shows of a station."""

    kind: str
    name: str
    state: Literal["open", "closed", "unknown"]


class StationFeature(Answer):
    """One station as a point."""

    type: Literal["Feature"]
    id: str
    geometry: dict[str, Any]
    properties: StationStateProperties


class StationCollection(Answer):
    """Stations with their state at a time."""

    type: Literal["FeatureCollection"]
    query: dict[str, Any]
    method: Method
    area: AreaRef
    features: list[StationFeature]
