"""A planner's answer, as the API gives it, as sheets: the figures first, how they came about last."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import geometry

from geoapi.errors import Words
from geoapi.exports import columns
from geoapi.exports.columns import Field, rows_of, value_at
from geoapi.exports.method_sheet import method_sheet
from geoapi.exports.sheets import Sheet
from geoapi.geometry.datums import Datum, to_wgs84

AnswerKind = Literal["coverage", "week", "gaps", "sites", "extensions", "supply", "targets", "what_if"]
Answer = Mapping[str, Any]
Shapes = Mapping[str, shapely.Geometry]


def sheets_of(kind: AnswerKind, answer: Answer, lang: str, *, districts: Shapes | None = None) -> list[Sheet]:
    """The sheets of an answer in a language, the main one first, the method last.

    Figures by district have one row for the whole area first, "total", without a rank. `districts` (code →
    WGS-84 polygon) gives districts their shapes, and what lies in none of them the rest of the area's.
    Shapes are WGS-84 whatever datum the answer is in; its own
    coordinates stay as they are. "coverage" of a week, too, is understood.
    """
    if kind == "coverage" and isinstance(answer.get("hours"), Sequence):
        kind = "week"
    # the area's own name is its rest's, too; what is added up is said so, and the method names the area
    named = {**answer, "total_row": columns.TOTAL_ROW.in_language(lang)}
    return [*_SHEETS[kind](named, districts or {}), method_sheet(answer, lang)]


def _coverage(answer: Answer, districts: Shapes) -> list[Sheet]:
    return [_by_district("coverage", Words("覆盖", "coverage"), columns.COVERAGE, _areas(answer), districts)]


def _week(answer: Answer, districts: Shapes) -> list[Sheet]:
    areas = _areas(answer)
    hours = _hourly(areas, answer["hours"])
    return [
        _by_district("week", Words("一周概况", "week"), columns.WEEK_SUMMARY, areas, districts),
        _sheet("week_hours", Words("逐小时", "hour by hour"), columns.WEEK, hours),
    ]


def _gaps(answer: Answer, _: Shapes) -> list[Sheet]:
    features = answer["features"]
    shapes = [_moved(geometry.shape(one["geometry"]), _datum(answer)) for one in features]
    records = [one["properties"] for one in features]
    return [_sheet("gaps", Words("覆盖空白", "gaps"), columns.GAPS, records, shapes)]


def _sites(answer: Answer, _: Shapes) -> list[Sheet]:
    return [_points("sites", Words("建议选址", "sites"), columns.SITES, answer["sites"], "location")]


def _extensions(answer: Answer, _: Shapes) -> list[Sheet]:
    of_week = value_at(answer, "method.week") is not None
    unit = Words(*(value_at(answer, f"method.demand.unit_{lang}") or "" for lang in ("zh", "en")))
    return [
        _points(
            "extensions", Words("建议延时", "longer hours"), columns.extensions(unit, of_week=of_week),
            answer["extensions"], "station.location",
        ),
        _points(
            "verify_first", Words("先行核实", "to verify first"),
            columns.verify_first(unit, of_week=of_week), answer.get("verify_first") or [], "station.location",
        ),
    ]  # fmt: skip


def _supply(answer: Answer, districts: Shapes) -> list[Sheet]:
    areas = _areas({"districts": [], **answer, **(answer.get("figures") or {})})
    sheets = [_by_district("supply", Words("供给", "supply"), columns.SUPPLY, areas, districts)]
    if answer.get("points") is not None:
        name = Words("需求点的供给", "supply by point")
        sheets.append(_points("supply_points", name, columns.SUPPLY_POINTS, answer["points"], "location"))
    return sheets


def _targets(answer: Answer, _: Shapes) -> list[Sheet]:
    return [
        _sheet("targets", Words("目标", "targets"), columns.TARGETS, answer["items"]),
        _sheet("targets_total", Words("目标合计", "targets, total"), columns.TARGETS_TOTAL, answer["total"]),
    ]


def _what_if(answer: Answer, districts: Shapes) -> list[Sheet]:
    before, after = (
        _areas({**answer[name], "total_row": answer["total_row"]}) for name in ("before", "after")
    )
    differences = [answer["difference"], *answer["districts"]][-len(before) :]
    records = [
        {
            "code": one.get("code"),
            "name": one.get("name"),
            "rest": one.get("rest"),
            "total": one.get("total"),
            "before": one,
            "after": other,
            "difference": difference,
        }
        for one, other, difference in zip(before, after, differences, strict=True)
    ]
    name = Words("假如", "what if")
    hours = answer["before"].get("hours")
    if hours is None:
        return [_by_district("what_if", name, columns.WHAT_IF, records, districts)]
    return [_sheet("what_if", name, columns.WHAT_IF_WEEK, _hourly(records, hours))]


_SHEETS: Final[dict[str, Callable[[Answer, Shapes], list[Sheet]]]] = {
    "coverage": _coverage,
    "week": _week,
    "gaps": _gaps,
    "sites": _sites,
    "extensions": _extensions,
    "supply": _supply,
    "targets": _targets,
    "what_if": _what_if,
}


def _areas(answer: Answer) -> list[dict[str, Any]]:
    """The whole area's figures, then each district's; those of an area that is its only part once."""
    whole = {**answer, **answer["area"], "rank": None}
    parts = list(answer["districts"])
    if not parts:
        return [whole]
    alone = [one["code"] for one in parts] == [whole["code"]] and not parts[0].get("rest")
    return parts if alone else [{**whole, "name": answer["total_row"]}, *parts]


def _hourly(records: Iterable[Mapping[str, Any]], hours: Sequence[Any]) -> list[dict[str, Any]]:
    """Each record once for every hour, with that hour's value of every list of its figures."""
    return [
        {**_at_hour(record, index, len(hours)), "at": hour}
        for record in records
        for index, hour in enumerate(hours)
    ]


def _at_hour(value: Any, index: int, hours: int) -> Any:
    if isinstance(value, Mapping):
        # what belongs to the answer as a whole has no hours
        return {
            name: _at_hour(one, index, hours)
            for name, one in value.items()
            if name not in ("query", "method", "districts", "hours", "outside")
        }
    return value[index] if isinstance(value, list) and len(value) == hours else value


def _sheet(
    key: str,
    name: Words,
    fields: Sequence[Field],
    records: Iterable[Any],
    shapes: Sequence[shapely.Geometry | None] | None = None,
) -> Sheet:
    return Sheet(key, name, [one.column for one in fields], rows_of(fields, records), shapes)


def _by_district(
    key: str, name: Words, fields: Sequence[Field], records: Sequence[Any], districts: Shapes
) -> Sheet:
    shapes = [_shape_of(record, records, districts) for record in records] if districts else None
    return _sheet(key, name, fields, records, shapes)


def _shape_of(
    record: Mapping[str, Any], records: Sequence[Any], districts: Shapes
) -> shapely.Geometry | None:
    shape = districts.get(record["code"])
    if shape is None or not record.get("rest"):
        return shape
    others = {one["code"] for one in records} - {record["code"]}
    return shapely.difference(shape, shapely.union_all([districts[c] for c in others if c in districts]))


def _points(key: str, name: Words, fields: Sequence[Field], records: Sequence[Any], path: str) -> Sheet:
    return _sheet(key, name, fields, records, _placed([value_at(record, path) for record in records]))


def _placed(places: Sequence[Mapping[str, Any] | None]) -> list[shapely.Geometry | None]:
    """A WGS-84 point for each place in its own datum; None where there is none."""
    shapes = np.full(len(places), None, dtype=object)
    datums = np.array([place.get("crs", "wgs84") if place else "" for place in places], dtype=str)
    for name in set(datums.tolist()) - {""}:
        rows = np.flatnonzero(datums == name)
        found = [place for row in rows.tolist() if (place := places[row])]
        lon = np.array([place["lon"] for place in found], dtype=np.float64)
        lat = np.array([place["lat"] for place in found], dtype=np.float64)
        shapes[rows] = shapely.points(*to_wgs84(lon, lat, Datum(name)))
    return list(shapes)


def _datum(answer: Answer) -> Datum:
    return Datum(value_at(answer, "query.crs") or "wgs84")


def _moved(shape: shapely.Geometry, datum: Datum) -> shapely.Geometry:
    """The shape in WGS-84."""
    if datum is Datum.WGS84:
        return shape

    def convert(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_wgs84(points[:, 0], points[:, 1], datum))

    return shapely.transform(shape, convert)
