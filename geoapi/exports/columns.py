"""The columns of planners' answers: key, headings, and where in the answer the value stands."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final, NamedTuple

from geoapi.errors import Words
from geoapi.exports.sheets import Column


class Field(NamedTuple):
    """A column and its value's path in a record: names with dots between, as "station.location.lon"."""

    column: Column
    path: str


def field(key: str, zh: str, en: str, path: str | None = None) -> Field:
    """A column whose value stands under its own key unless a path is given."""
    return Field(Column(key, Words(zh, en)), path or key)


def value_at(record: Any, path: str) -> Any:
    """The value at a path; None where the way to it ends."""
    return _along(record, path.split("."))


def _along(record: Any, names: Iterable[str]) -> Any:
    for name in names:
        # answers are plain dictionaries; asking for any mapping takes three times as long
        if not isinstance(record, dict):
            return None
        record = record.get(name)
    return record


def rows_of(fields: Iterable[Field], records: Iterable[Any]) -> list[list[Any]]:
    """One row for each record."""
    paths = [one.path.split(".") for one in fields]
    return [[_along(record, path) for path in paths] for record in records]


_MEASURES = (
    ("covered", "覆盖", "covered"),
    ("uncovered", "未覆盖", "not covered"),
    ("share", "覆盖率", "share covered"),
    ("mean_distance_m", "平均距离（米）", "mean distance, m"),
    ("p90_distance_m", "第90百分位距离（米）", "90th percentile distance, m"),
    ("worst_decile_distance_m", "最差十分之一的平均距离（米）", "mean distance of the worst tenth, m"),
    ("gini", "距离基尼系数", "Gini of distance"),
)
_READINGS = (
    ("closed", "unknown_closed", "（不确定计关闭）", " (unknown counted closed)"),
    ("open", "unknown_open", "（不确定计开放）", " (unknown counted open)"),
)


def measures(
    names: Iterable[str] | None = None, *, prefix: str = "", words: Words | None = None
) -> list[Field]:
    """The figures in both readings of unknown hours; keys as "share_closed". `prefix` leads to them."""
    before = words or Words("", "")
    wanted = set(names) if names is not None else {name for name, *_ in _MEASURES}
    way, start = (f"{prefix}.", f"{prefix}_") if prefix else ("", "")
    return [
        field(
            f"{start}{name}_{short}",
            before.zh + zh + tail_zh,
            before.en + en + tail_en,
            f"{way}{reading}.{name}",
        )
        for short, reading, tail_zh, tail_en in _READINGS
        for name, zh, en in _MEASURES
        if name in wanted
    ]


def mean_shares() -> list[Field]:
    """A week's mean share in both readings."""
    return [
        field(
            f"mean_share_{short}", f"一周平均覆盖率{zh}", f"mean share over the week{en}", f"mean.{reading}"
        )
        for short, reading, zh, en in _READINGS
    ]


RANK: Final = field("rank", "排名", "rank")
TOTAL: Final = field("total", "需求", "demand")
CODE: Final = field("code", "区划代码", "district code")
NAME: Final = field("name", "行政区", "district")
DISTRICT: Final = [
    field("district_code", "区划代码", "district code", "district.code"),
    field("district", "行政区", "district", "district.name"),
]
LOCATION: Final = [
    field("lon", "经度", "longitude", "location.lon"),
    field("lat", "纬度", "latitude", "location.lat"),
    field("crs", "坐标系", "datum", "location.crs"),
]
STATION: Final = [
    field("station_id", "站点编号", "station id", "station.id"),
    field("station", "站点", "station", "station.name"),
    field("station_district", "行政区", "district", "station.district.name"),
    field("lon", "经度", "longitude", "station.location.lon"),
    field("lat", "纬度", "latitude", "station.location.lat"),
    field("crs", "坐标系", "datum", "station.location.crs"),
    field("hours_text", "现开放时间", "hours as stated", "station.hours_text"),
]

COVERAGE: Final = [CODE, NAME, RANK, TOTAL, *measures()]
WEEK_SUMMARY: Final = [
    CODE, NAME, RANK, TOTAL, *mean_shares(),
    field("worst_at", "最差时刻", "worst hour", "worst_hour.at"),
    field("worst_share", "最差时刻覆盖率", "share in the worst hour", "worst_hour.share"),
]  # fmt: skip
WEEK: Final = [CODE, NAME, field("at", "时刻", "hour"), TOTAL, *measures()]
GAPS: Final = [
    RANK,
    *DISTRICT,
    field("uncovered", "未覆盖", "not covered"),
    field("uncovered_if_open", "未覆盖（不确定计开放）", "not covered (unknown counted open)"),
    field("points", "需求点数", "demand points"),
    field("area_km2", "面积（平方公里）", "area, km²"),
    field("nearest_station_id", "最近开放站点编号", "nearest open station's id", "nearest.station_id"),
    field("nearest_station", "最近开放站点", "nearest open station", "nearest.name"),
    field("nearest_m", "最近距离（米）", "least distance, m", "nearest.distance_m"),
    field("mean_distance_m", "平均距离（米）", "mean distance, m"),
    field("hours_count", "每周空白小时数", "hours of the week", "hours.count"),
    field("hours_week", "空白时段", "when", "hours.week"),
    field("centre_lon", "中心经度", "longitude of the centre", "centre.lon"),
    field("centre_lat", "中心纬度", "latitude of the centre", "centre.lat"),
]
SITES: Final = [
    RANK, field("name", "地点", "place"), *DISTRICT, *LOCATION,
    field("gain", "新增覆盖", "newly covered"),
    field("covered", "累计覆盖", "covered with all so far"),
    field("share", "累计覆盖率", "share covered with all so far"),
]  # fmt: skip
TOTAL_ROW: Final = Words("合计", "total")
"""The name of the row that is the whole area, above those of its districts."""


def extensions(unit: Words, *, of_week: bool) -> list[Field]:
    """Longer hours: of a week gains are the unit × hours, of one moment the unit at that moment."""
    extra = (
        Words("每周增加小时数", "extra hours a week")
        if of_week
        else Words("该时刻增加小时数", "extra hours at that moment")
    )
    gain = _gain(unit, Words("新增覆盖", "newly covered"), of_week=of_week)
    return [
        RANK, *STATION,
        field("hours", "建议延长时段", "longer hours"),
        Field(Column("extra_hours", extra), "extra_hours"),
        Field(Column("gain", gain), "gain"),
        field("gain_per_hour", "每小时新增覆盖", "newly covered per extra hour"),
    ]  # fmt: skip


def verify_first(unit: Words, *, of_week: bool) -> list[Field]:
    """Stations whose hours should be found out first, in the same units."""
    unknown = (
        Words("每周不确定小时数", "unknown hours a week")
        if of_week
        else Words("该时刻不确定小时数", "unknown hours at that moment")
    )
    gain = _gain(unit, Words("若开放可新增覆盖", "newly covered were it open"), of_week=of_week)
    return [
        RANK, *STATION,
        field("hours", "不确定时段", "unknown hours"),
        Field(Column("unknown_hours", unknown), "unknown_hours"),
        field("depends", "依赖它的需求", "demand that depends on it"),
        Field(Column("gain", gain), "gain"),
    ]  # fmt: skip


def _gain(unit: Words, what: Words, *, of_week: bool) -> Words:
    if of_week:
        return Words(f"{what.zh}（{unit.zh}·小时/周）", f"{what.en}, {unit.en} × hours a week")
    return Words(f"{what.zh}（该时刻，{unit.zh}）", f"{what.en}, {unit.en} at that moment")


SUPPLY: Final = [
    CODE, NAME, RANK, TOTAL,
    field("mean", "平均供给", "mean supply"),
    field("median", "供给中位数", "median supply"),
    field("lowest_decile", "供给最低十分之一", "supply of the lowest tenth"),
    field("without", "无供给的需求", "demand without supply"),
]  # fmt: skip
SUPPLY_POINTS: Final = [
    *LOCATION,
    field("weight", "需求", "demand"),
    field("accessibility", "供给", "supply"),
]
_COUNTS = [
    field("planned", "计划数", "planned"),
    field("existing", "现有", "existing"),
    field("verified_last_year", "一年内核实", "verified in the last year"),
    field("open", "此时开放", "open at the time"),
    field("unknown", "此时状态不确定", "unknown at the time"),
    field("missing", "缺口", "missing"),
]
TARGETS: Final = [
    *DISTRICT, field("kind", "类别", "kind"), *_COUNTS,
    field("due", "期限", "due"), field("source", "来源", "source"),
]  # fmt: skip
TARGETS_TOTAL: Final = [field("kind", "类别", "kind"), *_COUNTS]
_CHANGED = ("covered", "share", "mean_distance_m")
WHAT_IF: Final = [
    CODE, NAME, TOTAL,
    *measures(_CHANGED, prefix="before", words=Words("原", "before: ")),
    *measures(_CHANGED, prefix="after", words=Words("改后", "after: ")),
    *measures(_CHANGED, prefix="difference", words=Words("差值：", "difference: ")),
]  # fmt: skip
WHAT_IF_WEEK: Final = [CODE, NAME, field("at", "时刻", "hour"), *WHAT_IF[2:]]
