"""How an answer came about, as a sheet: one row for each thing to know."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from geoapi.errors import Words
from geoapi.exports.columns import value_at
from geoapi.exports.sheets import Column, Sheet

_COLUMNS: Final = (Column("item", Words("项目", "item")), Column("value", Words("内容", "value")))

# path in the answer → what it is called; a path with {lang} has one for each language
_ITEMS: Final = (
    ("area.name", "范围", "area"),
    ("area.code", "区划代码", "district code"),
    ("at", "时刻", "at"),
    ("method.at", "时刻", "at"),
    ("method.week.from", "一周自", "week from"),
    ("method.week.to", "至", "to"),
    ("method.time_zone", "时区", "time zone"),
    ("total", "需求总量", "demand, total"),
    ("before.covered", "现覆盖", "covered now"),
    ("before.share", "现覆盖率", "share covered now"),
    ("uncovered", "未覆盖", "not covered"),
    ("uncovered_if_open", "未覆盖（不确定计开放）", "not covered (unknown counted open)"),
    ("gaps", "空白处数", "gaps"),
    ("hours", "计入的小时数", "hours counted"),
    ("outside.points", "不在任何区内的需求点", "demand points in no district"),
    ("outside.total", "不在任何区内的需求", "demand in no district"),
    ("changes.add", "新增站点", "stations added"),
    ("changes.remove", "撤销站点", "stations removed"),
    ("changes.move", "迁移站点", "stations moved"),
    ("changes.change_hours", "更改开放时间", "stations with other hours"),
    ("solver.name", "求解方法", "solver"),
    ("solver.optimal", "已证明最优", "proven optimal"),
    ("solver.gain", "新增覆盖合计", "newly covered, all sites"),
    ("solver.bound", "新增覆盖的上限", "no choice gains more than"),
    ("solver.gap", "与上限之差", "gap to the bound"),
    ("solver.candidates", "候选地点", "candidates"),
    ("capacity", "容量合计", "capacity, total"),
    ("capacity_unused", "周围没有需求的容量", "capacity with no demand in reach"),
    ("capacity_guessed", "未给容量、取中位数的站点", "stations that state no capacity: the median"),
    ("per", "每多少需求的容量", "capacity per so much demand"),
    ("method.demand.name_{lang}", "需求图层", "demand layer"),
    ("method.demand.layer", "需求图层代码", "demand layer's code"),
    ("method.demand.unit_{lang}", "需求单位", "unit of demand"),
    ("method.demand.as_of", "需求数据日期", "demand as of"),
    ("method.demand.source", "需求数据来源", "demand from"),
    ("method.demand.licence", "需求数据许可", "demand's licence"),
    ("method.demand.points", "需求点数", "demand points"),
    ("method.demand.total", "图层总量", "the layer's total"),
    ("method.demand.sample", "示例数据", "sample data"),
    ("method.demand.by_area", "按面积计算", "by area"),
    ("method.within.asked", "步行范围", "limit"),
    ("method.within.metres", "步行范围（米）", "limit, metres walked"),
    ("method.within.minutes", "步行范围（分钟）", "limit, minutes on foot"),
    ("method.model.name", "距离模型", "distance model"),
    ("method.model.detour_factor", "绕行系数", "detour factor"),
    ("method.model.network", "步行路网", "walking network"),
    ("method.model.source", "路网来源", "network from"),
    ("method.model.as_of", "路网日期", "network as of"),
    ("method.model.walk_speed_m_s", "步行速度（米/秒）", "walking speed, m/s"),
    ("method.kinds", "计入类别", "kinds counted"),
    ("method.amenities", "所需设施", "amenities required"),
    ("method.stations.counted", "计入站点数", "stations counted"),
    ("method.stations.newest_change", "站点最近更新", "newest change of a station"),
    ("method.stations.verified_last_year", "一年内核实的站点", "stations verified in the last year"),
    ("method.stations.unknown_hours", "状态不确定的站点", "stations with unknown hours"),
    ("method.stations.unknown_share", "状态不确定的站点比例", "share with unknown hours"),
)  # fmt: skip
_ZONE: Final = Words("距离带与权重", "zone and weight")
_HOLIDAY: Final = Words("节假日与调休", "holidays and make-up days")
_NOTE: Final = Words("说明", "note")


def method_sheet(answer: Mapping[str, Any], lang: str) -> Sheet:
    """What the answer rests on, and its figures for the whole area. What does not apply has no row."""
    rows: list[Sequence[Any]] = []
    for path, zh, en in _ITEMS:
        value = value_at(answer, path.format(lang="en" if lang.startswith("en") else "zh"))
        if value is None or value == [] or isinstance(value, Mapping):
            continue
        # of a week "hours" is the list of them
        if path == "hours" and isinstance(value, list):
            continue
        rows.append((Words(zh, en).in_language(lang), _said(value, lang)))
    for zone in answer.get("zones") or []:
        rows.append((_ZONE.in_language(lang), f"≤ {zone['upto_m']:g} m: {zone['weight']:g}"))
    rows.extend(_holidays(answer, lang))
    notes = value_at(answer, f"method.notes_{'en' if lang.startswith('en') else 'zh'}") or []
    rows.extend((_NOTE.in_language(lang), note) for note in notes)
    return Sheet("method", Words("方法", "method"), _COLUMNS, rows)


def _said(value: Any, lang: str) -> Any:
    if isinstance(value, bool):
        return (Words("是", "yes") if value else Words("否", "no")).in_language(lang)
    return value


def _holidays(answer: Mapping[str, Any], lang: str) -> Iterator[tuple[str, str]]:
    for day in value_at(answer, "method.week.holidays") or []:
        name = day.get("name_en" if lang.startswith("en") else "name_zh") or day.get("name_zh") or ""
        yield _HOLIDAY.in_language(lang), f"{day['date']} {day['type']} {name}".strip()
