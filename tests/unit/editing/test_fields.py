"""Fields as people edit them ↔ columns as they are stored."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from geoapi.editing.fields import (
    EDITABLE,
    FIELDS,
    RECORDED_COLUMNS,
    columns_of,
    difference,
    shown_fields,
)
from geoapi.editing.hours_text import hours_columns
from geoapi.errors import InvalidHours, InvalidInput, UnknownCode, Words
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.queries.catalog import Catalog, Word

CATALOG = Catalog(
    kinds=(Word(1, "care_station", Words("驿站", "care station")),),
    amenities=tuple(
        Word(id_, code, Words(code, code))
        for id_, code in ((1, "drinking_water"), (2, "hot_water"), (3, "microwave"))
    ),
    hosts=(Word(5, "bank", Words("银行", "bank")), Word(6, "park", Words("公园", "park"))),
)
ROW: dict[str, Any] = {
    "id": 7, "kind_id": 1, "name_zh": "东四驿站", "name_en": None, "address": "东四1号",
    "lon": 116.41, "lat": 39.91, "phone": "值班室内线", "description": None, "amenity_ids": [3, 1],
    "access_notes": [], "host_id": 5,
    "host_name": None, "holiday_policy": None, "organisation_id": 3, "time_zone": "Asia/Shanghai",
    "calendar": "CN", "attributes": {}, "verified_at": None, "retired_at": None,
    **hours_columns("周一至周五 9:00-17:00"),
}  # fmt: skip


def test_every_recorded_column_belongs_to_one_field() -> None:
    columns = [column for field in FIELDS for column in field.columns]
    assert len(columns) == len(set(columns))
    assert set(columns) == RECORDED_COLUMNS == set(ROW) - {"id"}
    assert FIELDS[: len(EDITABLE)] == EDITABLE


def test_saying_what_is_changes_nothing() -> None:
    for crs in Datum:
        lon, lat = (round(value, 7) for value in point_from_wgs84(ROW["lon"], ROW["lat"], crs))
        location = {"lon": lon, "lat": lat, "crs": crs}
        as_it_is = {
            "name": "东四驿站", "phone": "值班室内线", "amenities": ["drinking_water", "microwave"],
            "access": [], "host": "bank", "hours": {"text": "周一至周五 9:00-17:00"}, "location": location,
            "description": None, "holiday_policy": None,
        }  # fmt: skip
        assert columns_of(as_it_is, ROW, CATALOG) == {}


def test_the_same_week_as_a_table_changes_nothing() -> None:
    """The text that stands there stays as its source wrote it."""
    week = [["09:00-17:00"]] * 5 + [[], []]
    assert columns_of({"hours": {"week": week, "holidays": None}}, ROW, CATALOG) == {}
    closed = columns_of({"hours": {"week": week, "holidays": "closed"}}, ROW, CATALOG)
    assert closed["hours_text"] == "周一至周五 09:00-17:00；周六、周日不开放；法定节假日休息"


def test_changes_become_columns() -> None:
    assert columns_of({"amenities": ["hot_water", "drinking_water"]}, ROW, CATALOG) == {"amenity_ids": [1, 2]}
    assert columns_of({"host": None, "address": None}, ROW, CATALOG) == {"host_id": None, "address": None}
    assert columns_of({"phone": "010－1234567"}, ROW, CATALOG) == {"phone": "010-1234567"}
    unknown = columns_of({"hours": None}, ROW, CATALOG)
    assert unknown == {
        "hours_text": None,
        "hours_certainty": "unknown",
        "hours_osm": None,
        "hours_rules": None,
    }
    moved = columns_of({"location": {"lon": 116.42, "lat": 39.91, "crs": Datum.GCJ02}}, ROW, CATALOG)
    assert moved.keys() == {"lon", "lat"}
    assert moved["lon"] == pytest.approx(116.42 - 0.0062, abs=0.0005)


def test_a_station_that_is_to_be_gets_all_that_is_said() -> None:
    columns = columns_of({"name": "新驿站", "description": None, "phone": None}, {}, CATALOG)
    assert columns == {"name_zh": "新驿站", "description": None, "phone": None}


def test_unknown_codes_name_near_ones() -> None:
    with pytest.raises(UnknownCode) as refused:
        columns_of({"amenities": ["mikrowave"]}, ROW, CATALOG)
    assert refused.value.extra["near"] == ["microwave"]
    with pytest.raises(UnknownCode) as refused:
        columns_of({"host": "banc"}, ROW, CATALOG)
    assert refused.value.extra["near"] == ["bank"]


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InvalidInput):
        columns_of({"phone": "找王主任"}, ROW, CATALOG)
    with pytest.raises(InvalidHours):
        columns_of({"hours": {"week": [[]] * 7}}, ROW, CATALOG)


def test_columns_are_shown_as_answers_have_them() -> None:
    shown = shown_fields(ROW, CATALOG)
    assert shown["amenities"] == ["microwave", "drinking_water"]
    assert shown["host"] == "bank"
    assert shown["kind"] == "care_station"
    assert shown["location"] == {"lon": 116.41, "lat": 39.91, "crs": "wgs84"}
    assert shown["hours"]["week"] == [["09:00-17:00"]] * 5 + [[], []]
    # of what is not there nothing is said; a word that is gone keeps its number
    assert shown_fields({"phone": None, "amenity_ids": [99]}, CATALOG) == {
        "phone": None,
        "amenities": ["#99"],
    }


def test_the_difference_names_fields_in_words() -> None:
    after = {**ROW, "phone": "12345", "amenity_ids": [1, 3], "lat": 39.92, **hours_columns("24小时")}
    found = difference(ROW, after, CATALOG)
    assert [one["field"] for one in found] == ["location", "phone", "hours"]
    assert found[1] == {
        "field": "phone", "label": {"zh": "电话", "en": "telephone"},
        "before": "值班室内线", "after": "12345",
    }  # fmt: skip
    assert found[2]["after"]["week"] == [["00:00-24:00"]] * 7
    assert difference(ROW, dict(ROW), CATALOG) == []


def test_times_are_compared_whether_from_a_row_or_from_history() -> None:
    at = datetime(2026, 11, 23, 3, tzinfo=UTC)
    was, now = {**ROW, "verified_at": at}, {**ROW, "verified_at": "2026-11-23T11:00:00+08:00"}
    assert difference(was, now, CATALOG) == []
    assert difference(was, {**ROW, "verified_at": "2026-11-23T11:00:01+08:00"}, CATALOG) != []
