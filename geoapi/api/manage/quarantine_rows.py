"""The rows of imports that wait, as the API tells them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from pydantic import Field

from geoapi.api.answers import Answer, DistrictRef
from geoapi.api.dependencies import Service
from geoapi.api.editing.shapes import ManagedStation
from geoapi.api.parameters import Lang
from geoapi.api.shapes import name_of
from geoapi.editing.fields import FIELD_OF_COLUMN
from geoapi.editing.waiting_reasons import MENDS, reason_words
from geoapi.errors import Words
from geoapi.queries.accounts import utc
from geoapi.queries.catalog import Catalog
from geoapi.queries.quarantine import State


class Reason(Answer):
    """Why a row waits, and what to do about it."""

    code: str
    text: str
    mend: str | None


class WaitingItem(Answer):
    """A row of an import."""

    id: str
    state: State
    source: str
    batch: str
    file: str
    loaded_at: datetime
    row: int = Field(description="文件中的第几行 · where it stands in the file")
    external_id: str | None
    name: str | None = Field(description="映射为名称的一列 · what the mapping takes for its name")
    address: str | None
    district: DistrictRef | None = Field(description="按坐标或注明的区 · by its point, or as it says")
    reason: Reason
    detail: str | None
    station_id: str | None
    resolved_at: datetime | None


class WaitingCount(Answer):
    """How many rows of a source there are for a reason."""

    source: str
    reason: str
    text: str
    rows: int


class WaitingList(Answer):
    """A page of rows, the newest first; `counts` are of all, by source and reason, whatever page and reason
    were asked for."""

    items: list[WaitingItem]
    next_cursor: str | None
    counts: list[WaitingCount]
    total: int


class MappedField(Answer):
    """What the mapping takes a column for."""

    code: str
    name: str


class WaitingColumn(Answer):
    """A column of the row; `mended` is its text as somebody corrected it."""

    name: str
    text: str
    mended: str | None
    fields: list[MappedField] = Field(description="映射为哪些字段 · what the mapping takes it for")
    at_fault: bool = Field(description="问题所在 · the reason lies here")
    suggestions: list[str] = Field(description="认识的词 · words that would be understood")


class Mended(Answer):
    """Who corrected it, and when."""

    by: str | None
    at: datetime
    columns: list[str]


class SetAside(Answer):
    """Who decided that it is not to be loaded, when and why."""

    by: str | None
    at: datetime
    note: str


class WaitingRow(WaitingItem):
    """A row with its columns. `raw` texts are as they came and are never changed."""

    columns: list[WaitingColumn]
    datum: str | None = Field(description="文件声明的坐标系 · the datum that its coordinates are in")
    mended: Mended | None
    set_aside: SetAside | None
    may_mend: bool


class Refused(Answer):
    """Why it would be refused again, and which columns that lies in."""

    reason: str
    text: str
    mend: str | None
    detail: str | None
    columns: list[str]


class NearStation(Answer):
    """A station that may be the same."""

    id: str
    name: str
    distance_m: float


class NotUnderstood(Answer):
    """Words of a field that no translation knew."""

    field: str
    values: list[str]


class RowOutcome(Answer):
    """What the row becomes: a new station, news of one, nothing new of one; or nothing, being refused."""

    id: str
    outcome: Literal["created", "updated", "unchanged", "refused"]
    mended: dict[str, str]
    refused: Refused | None
    station: ManagedStation | None
    near_duplicates: list[NearStation]
    conflicts: int = Field(description="与人工修改冲突的字段 · fields that somebody edited otherwise")
    not_understood: list[NotUnderstood]


class RefusedCount(Answer):
    """Rows that are refused again."""

    reason: str
    text: str
    rows: int


class AcceptedRow(Answer):
    """A row that becomes a station."""

    id: str
    file: str
    row: int
    outcome: Literal["created", "updated", "unchanged"]
    station_id: str
    name: str | None


class RowsOutcome(Answer):
    """What rows become: `rows` = `accepted` + the sum of `refused`; `left` are beyond one request."""

    rows: int
    left: int
    accepted: int
    created: int
    updated: int
    unchanged: int
    refused: list[RefusedCount]
    near_duplicates: int
    conflicts: int
    examples: list[AcceptedRow]


class RowDecision(Answer):
    """How a row stands now."""

    id: str
    state: State
    note: str | None


class RowsSetAside(Answer):
    """How many rows were set aside; `left` are beyond what one request takes."""

    rows: int
    left: int


def _base(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    district = None
    if row["district_code"] is not None:
        district = {
            "code": row["district_code"],
            # of a district that there is no longer its code is left
            "name": name_of(row, lang, "district_") if row["district_zh"] else row["district_code"],
        }
    mend = MENDS.get(row["reason"])
    return {
        "id": str(row["id"]),
        "state": row["state"],
        "source": row["source"],
        "batch": row["batch_id"],
        "file": row["file_name"],
        "loaded_at": utc(row["loaded_at"]),
        "row": row["row_number"],
        "external_id": row["external_id"],
        "district": district,
        "reason": {
            "code": row["reason"],
            "text": reason_words(row["reason"]).in_language(lang),
            "mend": mend.in_language(lang) if mend else None,
        },
        "detail": row["detail"],
        "station_id": None if row["station_id"] is None else str(row["station_id"]),
        "resolved_at": utc(row["resolved_at"]),
    }


def listed(row: Mapping[str, Any], lang: Lang) -> dict[str, Any]:
    """A `WaitingItem` of a row of `list_waiting`."""
    cells = row["cells"]
    return {
        **_base(row, lang),
        "name": _joined(cells, row["name_columns"]),
        "address": _joined(cells, row["address_columns"]),
    }


def told(
    row: Mapping[str, Any], may_mend: bool, service: Service, catalog: Catalog, lang: Lang
) -> dict[str, Any]:
    """A `WaitingRow` of a row of `get_waiting`."""
    raw, mended = row["raw"], row["mended"] or {}
    columns = service.loading.columns_of(row["mapping"], raw, row["reason"])
    of = {field: [said.name for said in columns if field in said.fields] for field in ("name_zh", "address")}
    place = row["mapping"].get("place", {})
    return {
        **_base(row, lang),
        "name": _joined({**raw, **mended}, of["name_zh"]),
        "address": _joined({**raw, **mended}, of["address"]),
        "columns": [
            {
                "name": said.name,
                "text": raw.get(said.name, ""),
                "mended": mended.get(said.name),
                "fields": [
                    {"code": field, "name": _field_words(field).in_language(lang)} for field in said.fields
                ],
                "at_fault": said.at_fault,
                "suggestions": _suggestions(said.fields, row["mapping"], catalog, lang),
            }
            for said in columns
        ],
        "datum": place.get("datum"),
        "mended": {
            "by": row["mended_by_name"],
            "at": utc(row["mended_at"]),
            "columns": sorted(mended),
        }
        if row["mended_at"]
        else None,
        "set_aside": {
            "by": row["set_aside_by_name"],
            "at": utc(row["set_aside_at"]),
            "note": row["set_aside_note"],
        }
        if row["set_aside_at"]
        else None,
        "may_mend": may_mend,
    }


def _joined(cells: Mapping[str, str], columns: list[str] | None) -> str | None:
    return " ".join(text for column in columns or () if (text := cells.get(column, "").strip())) or None


def _suggestions(
    fields: tuple[str, ...], mapping: Mapping[str, Any], catalog: Catalog, lang: Lang
) -> list[str]:
    if "kind" in fields:
        own = [word for word, code in mapping.get("values", {}).get("kind", {}).items() if code]
        return list(dict.fromkeys([*own, *(kind.name.in_language(lang) for kind in catalog.kinds)]))
    return []


_WORDS: Mapping[str, Words] = {
    "id": Words("编号", "id"),
    "name_zh": Words("名称", "name"),
    "lon": Words("经度", "longitude"),
    "lat": Words("纬度", "latitude"),
    "lonlat": Words("经纬度", "coordinates"),
    "kind": Words("类别", "kind"),
    "hours": Words("开放时间", "hours"),
    "amenities": Words("设施", "amenities"),
    "host": Words("场所类型", "type of venue"),
    "organisation": Words("管理组织", "organisation"),
    "district_code": Words("行政区代码", "district's code"),
    "district_name": Words("行政区", "district"),
    "access_note": Words("谁可进入", "who may enter"),
    "presence": Words("有没有", "whether there is one"),
}


def _field_words(field: str) -> Words:
    """What people call a field of a mapping."""
    if field in _WORDS:
        return _WORDS[field]
    known = FIELD_OF_COLUMN.get(field)
    return known.label if known else Words(field, field)
