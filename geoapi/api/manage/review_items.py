"""An entry of the queue of what waits, told: what it is about, in a sentence, and what the caller may do."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, get_args
from zoneinfo import ZoneInfo

from geoapi.accounts.permissions import Act, Caller, may
from geoapi.api.parameters import Lang
from geoapi.api.shapes import name_of
from geoapi.editing.fields import FIELD_OF_COLUMN, shown_fields
from geoapi.editing.review import Taken
from geoapi.errors import Words
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.queries.catalog import Catalog
from geoapi.queries.review import ItemType

# a conflict's field that is no column by itself
_COMPOUND = {
    "hours": Words("开放时间", "hours"),
    "position": Words("位置", "position"),
    "retired": Words("来源不再列出", "no longer listed by its source"),
}


def review_item(
    row: Mapping[str, Any], caller: Caller, catalog: Catalog, crs: Datum, lang: Lang
) -> dict[str, Any]:
    told = _TOLD[row["type"]]
    what, sentence = told(row, catalog, crs, lang)
    other = None
    if row["type"] == "near_duplicate":
        other = {
            "id": str(row["other_id"]),
            "name": name_of(row, lang, "other_"),
            "kind": catalog.kind_by_id[row["other_kind_id"]].code,
            "version": row["other_version"],
            "district": None,
        }
    district = None
    if row["district_code"] is not None:
        district = {"code": row["district_code"], "name": name_of(row, lang, "district_")}
    return {
        "type": row["type"],
        "id": f"{row['id']}-{row['other_id']}" if other else str(row["id"]),
        "since": row["since"].astimezone(ZoneInfo(row["time_zone"])),
        "station": {
            "id": str(row["station_id"]),
            "name": name_of(row, lang),
            "kind": catalog.kind_by_id[row["kind_id"]].code,
            "version": row["version"],
            "district": district,
        },
        "other": other,
        "who": row["detail"].get("who") or row["detail"].get("source"),
        "what": what,
        "sentence": sentence,
        "actions": _actions(row, caller),
    }


Told = tuple[dict[str, Any], str]


def _move(row: Mapping[str, Any], _: Catalog, crs: Datum, lang: Lang) -> Told:
    detail = row["detail"]
    has_moved = (row["lon"], row["lat"]) != (detail["from_lon"], detail["from_lat"])
    district = None
    if detail["district_code"] is not None:
        district = {"code": detail["district_code"], "name": name_of(detail, lang, "district_")}
    metres = round(detail["distance_m"], 1)
    what = {
        "location": _location(detail["lon"], detail["lat"], crs),
        "from": _location(detail["from_lon"], detail["from_lat"], crs),
        "district": district,
        "distance_m": metres,
        "reason": detail["reason"],
        "moved_since": has_moved,
    }
    reason = detail["reason"]
    zh = f"{detail['who']} 申请把“{row['name_zh']}”迁移 {metres:.0f} 米" + (
        f"（理由：{reason}）" if reason else ""
    )
    en = f"{detail['who']} asks to move {name_of(row, lang)} by {metres:.0f} m" + (
        f" (reason: {reason})" if reason else ""
    )
    return what, Words(zh, en).in_language(lang)


def _conflict(row: Mapping[str, Any], catalog: Catalog, crs: Datum, lang: Lang) -> Told:
    detail = row["detail"]
    name = detail["field"]
    label = _COMPOUND.get(name) or FIELD_OF_COLUMN[name].label
    sides = {
        side: _value(name, detail[side], catalog, crs)
        for side in ("imported_before", "edited", "imported_now")
    }
    what = {
        "field": "location"
        if name == "position"
        else FIELD_OF_COLUMN[name].name
        if name in FIELD_OF_COLUMN
        else name,
        "label": label.in_language(lang),
        **sides,
        "source": detail["source"],
        "file": detail["file"],
    }
    if name == "retired":
        zh = f"来源 {detail['source']} 不再列出“{row['name_zh']}”，而它近来有人维护"
        en = (
            f"{detail['source']} no longer lists {name_of(row, lang)}, which somebody has looked after lately"
        )
    else:
        edited, imported = (
            _short(_named(name, sides[side], catalog, lang), lang) for side in ("edited", "imported_now")
        )
        zh = f"“{row['name_zh']}”的{label.zh}：修改为{edited}，导入为{imported}"
        en = f"{label.en} of {name_of(row, lang)}: {edited} as edited, {imported} as imported"
    return what, Words(zh, en).in_language(lang)


def _duplicate(row: Mapping[str, Any], _: Catalog, crs: Datum, lang: Lang) -> Told:
    detail = row["detail"]
    what = {
        "similarity": round(detail["similarity"], 1),
        "distance_m": round(detail["distance_m"], 1),
    }
    zh = f"“{row['name_zh']}”与“{row['other_zh']}”相距 {what['distance_m']:.0f} 米，名称相近，可能是同一处"
    en = (
        f"{name_of(row, lang)} and {name_of(row, lang, 'other_')} are {what['distance_m']:.0f} m apart and "
        "alike in name: perhaps they are one"
    )
    return what, Words(zh, en).in_language(lang)


def _planned(row: Mapping[str, Any], catalog: Catalog, crs: Datum, lang: Lang) -> Told:
    detail = row["detail"]
    what = {
        "effective_on": detail["effective_on"],
        "changes": shown_fields(detail["changes"], catalog),
        "reason": detail["reason"],
    }
    zh = f"{detail['who']} 预定 {detail['effective_on']} 起的修改没有生效"
    en = f"what {detail['who']} planned for {detail['effective_on']} did not take effect"
    return what, Words(zh, en).in_language(lang)


_TOLD: dict[ItemType, Callable[[Mapping[str, Any], Catalog, Datum, Lang], Told]] = {
    "move_request": _move,
    "import_conflict": _conflict,
    "near_duplicate": _duplicate,
    "planned_change": _planned,
}
assert set(_TOLD) == set(get_args(ItemType))


def _location(lon: float, lat: float, crs: Datum) -> dict[str, Any]:
    lon, lat = point_from_wgs84(lon, lat, crs)
    return {"lon": round(lon, 7), "lat": round(lat, 7), "crs": crs.value}


def _value(name: str, value: Any, catalog: Catalog, crs: Datum) -> Any:
    """A side of a conflict as answers show the field."""
    if name == "position":
        return _location(value[0], value[1], crs) if value is not None else None
    if name == "hours":
        return {part: value.get(part) for part in ("text", "osm")} if value is not None else None
    if name == "retired":
        return value
    return FIELD_OF_COLUMN[name].shown({name: value}, catalog)


def _named(name: str, value: Any, catalog: Catalog, lang: Lang) -> Any:
    """A side of a conflict in a sentence: the names of codes."""
    words = {"amenity_ids": catalog.amenities, "host_id": catalog.hosts, "kind_id": catalog.kinds}.get(name)
    if words is None:
        return value
    names = {word.code: word.name.in_language(lang) for word in words}
    return [names.get(code, code) for code in value] if isinstance(value, list) else names.get(value, value)


def _short(value: Any, lang: Lang) -> str:
    if isinstance(value, dict) and "text" in value:
        value = value["text"]
    elif isinstance(value, dict) and "lon" in value:
        value = f"{value['lon']:.5f},{value['lat']:.5f}"
    elif isinstance(value, list):
        value = Words("、", ", ").in_language(lang).join(map(str, value))
    if value in (None, ""):
        return Words("无", "nothing").in_language(lang)
    text = str(value)
    return f"“{text[:60]}…”" if len(text) > 60 else f"“{text}”"


def _actions(row: Mapping[str, Any], caller: Caller) -> list[dict[str, Any]]:
    """What the caller may do about it, by the same rule that the routes ask."""

    def one(
        action: str, path: str, body: dict[str, Any] | None = None, method: str = "POST"
    ) -> dict[str, Any]:
        return {"action": action, "method": method, "path": path, "body": body}

    edits, reviews = (may(caller, act, row["path"]) for act in (Act.EDIT_STATION, Act.REVIEW))
    id_ = row["id"]
    match row["type"]:
        case "move_request":
            decide = [one(verb, f"/v1/manage/moves/{id_}/{verb}") for verb in ("approve", "reject")]
            withdraw = one("withdraw", f"/v1/manage/moves/{id_}/withdraw")
            # into a district of others only they, or whoever is above both, may let it
            stays = row["detail"]["district_code"] == row["district_code"]
            decides = reviews and (stays or may(caller, Act.REVIEW, row["detail"]["path_there"]))
            decide = decide[0 if decides else 1 :] if reviews else []
            return [*decide, *([withdraw] if edits else [])]
        case "import_conflict" if edits:
            path = f"/v1/manage/conflicts/{id_}/resolve"
            return [one(f"take_{take}", path, {"take": take}) for take in get_args(Taken)]
        case "near_duplicate" if reviews or may(caller, Act.REVIEW, row["other_path"]):
            path = f"/v1/manage/duplicates/{id_}/{row['other_id']}/review"
            return [one("mark_reviewed", path, {"decision": "distinct"})]
        case "planned_change" if edits:
            return [one("cancel", f"/v1/stations/{row['station_id']}/planned/{id_}", method="DELETE")]
    return []
