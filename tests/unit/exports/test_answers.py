"""Every kind of answer as sheets: what stands where, shapes in WGS-84, the method always with it."""

from __future__ import annotations

from typing import Any, get_args

import pytest
import shapely

from geoapi.exports.answers import AnswerKind, sheets_of
from geoapi.exports.files import WRITERS
from geoapi.exports.sheets import Sheet
from geoapi.geometry.datums import Datum, from_wgs84
from tests.unit.exports.answers import answer_of, gaps

KINDS = get_args(AnswerKind)


def records(sheet: Sheet) -> list[dict[str, Any]]:
    return [dict(zip([c.key for c in sheet.columns], row, strict=True)) for row in sheet.rows]


@pytest.mark.parametrize("format_", WRITERS)
@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_answer_in_every_format(kind: AnswerKind, lang: str, format_: str) -> None:
    sheets = sheets_of(kind, answer_of(kind), lang)
    assert sheets[-1].key == "method"
    for sheet in sheets:
        keys = [column.key for column in sheet.columns]
        assert len(set(keys)) == len(keys)
        assert all(key.isascii() and key.islower() for key in keys)
        assert all(len(row) == len(keys) for row in sheet.rows)
        assert sheet.geometry is None or len(sheet.geometry) == len(sheet.rows)
    assert WRITERS[format_](sheets, lang)


def test_the_methods_rows() -> None:
    rows = dict(sheets_of("coverage", answer_of("coverage"), "zh")[-1].rows)
    assert rows["需求图层"] == "居民"
    assert rows["步行范围（米）"] == 1080.0
    assert rows["示例数据"] == "是"
    assert rows["不在任何区内的需求"] == 2.0
    assert rows["说明"] == "需求图层为示例数据"
    assert "一周自" not in rows
    english = dict(sheets_of("coverage", answer_of("coverage"), "en")[-1].rows)
    assert (english["demand layer"], english["note"]) == ("residents", "the demand layer is made up")


def test_a_holiday_week_says_its_holidays() -> None:
    answer = answer_of("week")
    day = {"date": "2026-10-01", "type": "holiday", "name_zh": "国庆节", "name_en": None}
    week = {"from": "2026-09-28", "to": "2026-10-04", "holidays": [day]}
    answer["method"] = {**answer["method"], "week": week, "at": None}
    rows = sheets_of("week", answer, "en")[-1].rows
    assert ("holidays and make-up days", "2026-10-01 holiday 国庆节") in rows
    assert ("week from", "2026-09-28") in rows


def test_coverage_has_the_city_and_its_districts() -> None:
    [main, _] = sheets_of("coverage", answer_of("coverage"), "zh")
    found = records(main)
    assert [(row["code"], row["rank"]) for row in found] == [("110000", None), ("110101", 1), ("110102", 1)]
    assert (found[1]["share_closed"], found[1]["share_open"]) == (0.25, 0.5)
    assert found[1]["worst_decile_distance_m_closed"] is None
    assert main.geometry is None


def test_districts_may_have_shapes() -> None:
    square = shapely.box(116, 39, 117, 40)
    main = sheets_of("coverage", answer_of("coverage"), "zh", districts={"110101": square})[0]
    assert main.geometry == [None, square, None]


def test_a_district_alone_is_not_said_twice() -> None:
    answer = answer_of("coverage")
    answer["area"] = {**answer["area"], "code": "110101"}
    answer["districts"] = answer["districts"][:1]
    assert [row["code"] for row in records(sheets_of("coverage", answer, "zh")[0])] == ["110101"]


def test_a_week_has_a_row_for_each_district_and_hour() -> None:
    answer = answer_of("week")
    answer["unknown_closed"]["share"] = [0.1, 0.2, 0.3, None]
    summary, hours, _ = sheets_of("week", answer, "zh")
    assert len(hours.rows) == 3 * 4
    found = records(hours)
    assert [row["share_closed"] for row in found[:4]] == [0.1, 0.2, 0.3, None]
    assert [row["at"] for row in found[:4]] == answer["hours"]
    assert found[5]["total"] == 40.0
    assert records(summary)[0]["mean_share_open"] == 0.5
    assert records(summary)[2]["worst_share"] == 0.125
    same = sheets_of("coverage", answer, "zh")
    assert [sheet.key for sheet in same] == ["week", "week_hours", "method"]


def test_gaps_keep_rank_hours_and_shape() -> None:
    [main, method] = sheets_of("gaps", gaps(), "zh")
    first, second = records(main)
    assert (first["district"], first["nearest_m"], first["hours_count"]) == ("东城区", 2000.5, 28)
    assert (second["district"], second["nearest_m"], second["hours_count"]) == (None, None, None)
    assert main.geometry is not None
    assert [shape.geom_type for shape in main.geometry if shape] == ["Polygon", "MultiPolygon"]
    assert dict(method.rows)["空白处数"] == 2
    assert b"'=HYPERLINK" in WRITERS["csv"]([main], "zh").replace(b'"', b"")


def test_shapes_are_wgs84_whatever_the_answer_is_in() -> None:
    answer = gaps()
    expected = shapely.geometry.shape(answer["features"][0]["geometry"])
    ring = shapely.get_coordinates(expected)
    lon, lat = from_wgs84(ring[:, 0], ring[:, 1], Datum.GCJ02)
    answer["query"] = {**answer["query"], "crs": Datum.GCJ02}
    answer["features"][0]["geometry"]["coordinates"] = [list(map(list, zip(lon, lat, strict=True)))]
    found = sheets_of("gaps", answer, "zh")[0].geometry
    assert found is not None
    assert shapely.hausdorff_distance(found[0], expected) < 1e-7
    sites = answer_of("sites")
    sites["sites"][0]["location"]["crs"] = "gcj02"
    main = sheets_of("sites", sites, "zh")[0]
    assert records(main)[0]["lon"] == 116.4
    assert main.geometry is not None
    assert shapely.distance(main.geometry[0], shapely.Point(116.4, 39.9)) > 0.001


@pytest.mark.parametrize(
    ("kind", "field"),
    [("gaps", "features"), ("sites", "sites"), ("extensions", "extensions"), ("targets", "items")],
)
def test_nothing_found_is_a_table_too(kind: AnswerKind, field: str) -> None:
    answer = {**answer_of(kind), field: []}
    full = sheets_of(kind, answer_of(kind), "zh")
    empty = sheets_of(kind, answer, "zh")
    assert list(empty[0].rows) == []
    assert empty[0].headings("zh") == full[0].headings("zh")
    for write in WRITERS.values():
        assert write(empty, "zh")


def test_what_if_says_before_after_and_difference() -> None:
    row = records(sheets_of("what_if", answer_of("what_if"), "zh")[0])[1]
    assert (row["before_share_closed"], row["after_share_open"], row["difference_share_closed"]) == (
        0.25,
        0.5,
        -0.25,
    )


def test_what_if_over_a_week() -> None:
    answer = answer_of("what_if")
    weekly = answer_of("week")
    change = {
        name: {"covered": [0, 1, 2, 3], "share": [0.0] * 4} for name in ("unknown_closed", "unknown_open")
    }
    answer |= {"before": weekly, "after": weekly, "difference": change}
    answer["districts"] = [{"code": one["code"], **change} for one in weekly["districts"]]
    found = records(sheets_of("what_if", answer, "zh")[0])
    assert len(found) == 12
    assert [row["difference_covered_open"] for row in found[4:8]] == [0, 1, 2, 3]


def test_supply_by_district_and_by_point() -> None:
    main, points, method = sheets_of("supply", answer_of("supply"), "en")
    assert [(row["code"], row["rank"], row["mean"]) for row in records(main)] == [
        ("110000", None, 0.5),
        ("110101", 1, 0.5),
    ]
    assert points.geometry == [shapely.Point(116.4, 39.9)]
    assert ("zone and weight", "≤ 360 m: 1") in method.rows
    without = sheets_of("supply", {**answer_of("supply"), "points": None}, "en")
    assert [sheet.key for sheet in without] == ["supply", "method"]


def test_targets_without_a_plan_are_blank() -> None:
    main, total, method = sheets_of("targets", answer_of("targets"), "zh")
    assert [row["planned"] for row in records(main)] == [9, None]
    assert records(total)[0]["missing"] == 6
    assert dict(method.rows)["范围"] == "北京市"
