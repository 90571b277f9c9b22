"""What several people reported of a station, in words for the next who wants to go there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from geoapi.api.parameters import Lang
from geoapi.errors import Words
from geoapi.queries.catalog import Catalog
from geoapi.queries.reports import warned_since

SAID: Mapping[str, Words] = {
    "closed": Words("显示开放但实际关闭", "report it closed though shown open"),
    "amenity": Words("{}不能用", "report that this does not work: {}"),
    "gone": Words("这里没有这个站点", "report that there is no such place here"),
    "other": Words("这里的信息有误", "report that something told here is wrong"),
}
"""What people say by a report of each kind."""


def warning_shapes(row: Mapping[str, Any], catalog: Catalog, lang: Lang) -> list[dict[str, Any]]:
    """The row's `warnings` (`queries.reports`) as answers tell them; empty: nothing to warn of."""
    shapes = []
    for warning in row["warnings"]:
        kind, amenity_id, people, _ = warning
        amenity = None if amenity_id is None else catalog.amenity_by_id[amenity_id]
        said = SAID[kind].in_language(lang).format(amenity.name.in_language(lang) if amenity else "")
        shapes.append(
            {
                "kind": kind,
                "amenity": amenity.code if amenity else None,
                "reports": people,
                "since": warned_since(warning).astimezone(ZoneInfo(row["time_zone"])),
                "text": _told(people, said, lang),
            }
        )
    return shapes


def _told(people: int, said: str, lang: Lang) -> str:
    if lang == "en":
        return f"{people} people {said}" if people > 1 else f"1 report: {said}"
    return f"有 {people} 人反映：{said}"
