"""A station's fields as people edit and read them ↔ its columns as they are stored and on record.

`columns_of` turns what an edit says into columns, `shown_fields` columns into what answers say, and
`difference` two states of a station into what differs, field by field and in words. Columns are those of
`recorded_fields` in migration 0004: the same from a row, from history, or from a planned change.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from geoapi.editing.hours_text import HOURS_COLUMNS, hours_columns, hours_text_of
from geoapi.editing.texts import phone_number
from geoapi.errors import InvalidHours, Words
from geoapi.geometry.datums import Datum, point_from_wgs84, point_to_wgs84
from geoapi.hours import Rules, ordinary_week
from geoapi.queries.catalog import Catalog

Columns = Mapping[str, Any]
Shown = Callable[[Columns, Catalog], Any]

# 1e-7 degrees is a centimetre: what answers round positions to
DEGREE_DIGITS: Final = 7


@dataclass(frozen=True)
class Field:
    """One thing about a station: its name in answers, its name in words, its columns, and how they are shown.

    `shown` takes columns of which some may be missing, where only those that changed are known.
    """

    name: str
    label: Words
    columns: tuple[str, ...]
    shown: Shown


def _plain(column: str) -> Shown:
    return lambda columns, _: columns.get(column)


def _amenities(columns: Columns, catalog: Catalog) -> list[str]:
    return [_code(catalog.amenity_by_id, id_) for id_ in columns.get("amenity_ids") or ()]


def _host(columns: Columns, catalog: Catalog) -> str | None:
    id_ = columns.get("host_id")
    return None if id_ is None else _code(catalog.host_by_id, id_)


def _kind(columns: Columns, catalog: Catalog) -> str | None:
    id_ = columns.get("kind_id")
    return None if id_ is None else _code(catalog.kind_by_id, id_)


def _code(words: Mapping[int, Any], id_: int) -> str:
    return words[id_].code if id_ in words else f"#{id_}"


def _id(column: str) -> Shown:
    return lambda columns, _: None if columns.get(column) is None else str(columns[column])


def _location(columns: Columns, _: Catalog) -> dict[str, Any] | None:
    if columns.get("lon") is None and columns.get("lat") is None:
        return None
    shown = {
        axis: round(columns[axis], DEGREE_DIGITS) for axis in ("lon", "lat") if columns.get(axis) is not None
    }
    return {**shown, "crs": Datum.WGS84.value}


def _hours(columns: Columns, _: Catalog) -> dict[str, Any] | None:
    if columns.get("hours_text") is None and columns.get("hours_rules") is None:
        return None
    shown = {
        name: columns[column]
        for name, column in (("text", "hours_text"), ("osm", "hours_osm"), ("certainty", "hours_certainty"),
                             ("unread", "hours_unread"))
        if column in columns
    }  # fmt: skip
    if "hours_rules" in columns:
        shown["week"] = week_of(columns["hours_rules"])
    return shown


def week_of(rules: Any) -> list[list[str]]:
    """The ordinary week of rules as they are stored, Monday first; empty days without rules."""
    try:
        return ordinary_week(None if rules is None else Rules.from_json(rules))
    except InvalidHours:
        return ordinary_week(None)


EDITABLE: Final[tuple[Field, ...]] = (
    Field("name", Words("名称", "name"), ("name_zh",), _plain("name_zh")),
    Field("name_en", Words("英文名称", "English name"), ("name_en",), _plain("name_en")),
    Field("address", Words("地址", "address"), ("address",), _plain("address")),
    Field("location", Words("位置", "position"), ("lon", "lat"), _location),
    Field("phone", Words("电话", "telephone"), ("phone",), _plain("phone")),
    Field("description", Words("说明", "description"), ("description",), _plain("description")),
    Field("amenities", Words("设施", "amenities"), ("amenity_ids",), _amenities),
    Field("access", Words("谁可进入", "who may enter"), ("access_notes",), _plain("access_notes")),
    Field("hours", Words("开放时间", "hours"), HOURS_COLUMNS, _hours),
    Field(
        "holiday_policy",
        Words("节假日安排", "public holidays"),
        ("holiday_policy",),
        _plain("holiday_policy"),
    ),
    Field("host", Words("所在场所类型", "type of venue"), ("host_id",), _host),
    Field("host_name", Words("所在场所", "venue"), ("host_name",), _plain("host_name")),
)
"""What a manager may change, in the order that answers have it."""

FIELDS: Final[tuple[Field, ...]] = (
    *EDITABLE,
    Field("kind", Words("类别", "kind"), ("kind_id",), _kind),
    Field("organisation_id", Words("管理组织", "organisation"), ("organisation_id",), _id("organisation_id")),
    Field("time_zone", Words("时区", "time zone"), ("time_zone",), _plain("time_zone")),
    Field("calendar", Words("假日日历", "calendar"), ("calendar",), _plain("calendar")),
    Field("attributes", Words("其他属性", "attributes"), ("attributes",), _plain("attributes")),
    Field("verified_at", Words("核实时间", "confirmed"), ("verified_at",), _plain("verified_at")),
    Field("retired_at", Words("停用时间", "retired"), ("retired_at",), _plain("retired_at")),
)
"""Everything that history records of a station's own row."""

RECORDED_COLUMNS: Final = frozenset(column for field in FIELDS for column in field.columns)
EDITABLE_COLUMNS: Final = frozenset(column for field in EDITABLE for column in field.columns)
FIELD_OF_COLUMN: Final[Mapping[str, Field]] = {column: field for field in FIELDS for column in field.columns}

_TEXTS: Final = {
    "name": "name_zh", "name_en": "name_en", "address": "address", "description": "description",
    "host_name": "host_name", "holiday_policy": "holiday_policy",
}  # fmt: skip


def columns_of(changes: Mapping[str, Any], row: Columns, catalog: Catalog) -> dict[str, Any]:
    """The columns that these changes make different from `row` (empty for a station that is to be), with
    their new values; empty where nothing would change.

    `changes` are names and values as an edit has them, texts already clean (`editing.texts`): a field that is
    not there stays, None clears it. Raises `UnknownCode` with near ones, `InvalidHours`, `InvalidPoint`, and
    `InvalidInput` for a telephone number that is none.
    """
    columns: dict[str, Any] = {}
    for name, value in changes.items():
        match name:
            case "phone":
                # what is on record already is no news, however it is written
                unchanged = value is None or value == row.get("phone")
                columns["phone"] = value if unchanged else phone_number(value)
            case "amenities":
                columns["amenity_ids"] = sorted(catalog.amenity_ids(value, field="amenities"))
            case "access":
                columns["access_notes"] = list(value)
            case "host":
                columns["host_id"] = None if value is None else catalog.host_ids([value])[0]
            case "location":
                columns |= _position(value, row)
            case "hours":
                columns |= _hours_changes(value, row)
            case _:
                columns[_TEXTS[name]] = value
    return differing(row, columns)


def _position(value: Mapping[str, Any], row: Columns) -> dict[str, float]:
    lon, lat, crs = value["lon"], value["lat"], Datum(value["crs"])
    if row.get("lon") is not None:
        now = point_from_wgs84(row["lon"], row["lat"], crs)
        # a form that sends back what it was answered
        if all(round(a - b, DEGREE_DIGITS) == 0 for a, b in zip(now, (lon, lat), strict=True)):
            return {}
    lon, lat = point_to_wgs84(lon, lat, crs)
    return {"lon": lon, "lat": lat}


def _hours_changes(hours: Mapping[str, Any] | None, row: Columns) -> dict[str, Any]:
    text = hours_text_of(hours)
    # the text that stands there says what it did, in the reading that its source was given
    if "hours_text" in row and row["hours_text"] == text:
        return {}
    columns = hours_columns(text)
    is_table = hours is not None and hours.get("week") is not None
    if is_table and columns["hours_rules"] == row.get("hours_rules"):
        return {}
    return columns


def differing(row: Columns, columns: Columns) -> dict[str, Any]:
    """Those of `columns` whose values are not the row's."""
    return {
        column: value
        for column, value in columns.items()
        if column not in row or not _same(column, row[column], value)
    }


def _same(column: str, one: Any, other: Any) -> bool:
    if column == "amenity_ids":
        return set(one or ()) == set(other or ())
    if isinstance(one, datetime) != isinstance(other, datetime):
        return bool(_instant(one) == _instant(other))
    return bool(one == other)


def _instant(value: Any) -> Any:
    return datetime.fromisoformat(value) if isinstance(value, str) else value


def shown_fields(columns: Columns, catalog: Catalog) -> dict[str, Any]:
    """The fields of which any column is there, by their names in answers; positions in WGS-84."""
    return {
        field.name: field.shown(columns, catalog)
        for field in FIELDS
        if any(column in columns for column in field.columns)
    }


def label_of(field: Field) -> dict[str, str]:
    """A field's name in words, as answers carry it."""
    return {"zh": field.label.zh, "en": field.label.en}


def difference(before: Columns, after: Columns, catalog: Catalog) -> list[dict[str, Any]]:
    """What differs between two states of a station, field by field: `field`, `label` {zh, en}, `before`,
    `after`, the values as answers show them. Columns that only one of them has differ from nothing.
    """
    out = []
    for field in FIELDS:
        known = [column for column in field.columns if column in before or column in after]
        if any(not _same(column, before.get(column), after.get(column)) for column in known):
            out.append(
                {
                    "field": field.name,
                    "label": label_of(field),
                    "before": field.shown(before, catalog),
                    "after": field.shown(after, catalog),
                }
            )
    return out
