"""Answers as the API gives them, small."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

AT = datetime(2026, 11, 25, 3, tzinfo=UTC)
AREA = {"code": "110000", "name": "北京市", "name_zh": "北京市", "name_en": "Beijing", "level": "city"}
METHOD: dict[str, Any] = {
    "demand": {
        "layer": "residents", "name_zh": "居民", "name_en": "residents", "unit_zh": "人", "unit_en": "people",
        "as_of": date(2020, 11, 1), "source": "census", "licence": None, "points": 12, "total": 100.0,
        "sample": True, "by_area": False,
    },
    "within": {"asked": "15min", "metres": 1080.0, "minutes": 15.0},
    "model": {"name": "straight", "detour_factor": 1.3, "walk_speed_m_s": 1.2},
    "at": AT, "week": None, "time_zone": "Asia/Shanghai", "kinds": ["care_station"], "amenities": [],
    "stations": {
        "counted": 3, "newest_change": AT, "verified_last_year": 2, "unknown_hours": 1,
        "unknown_share": 0.3333,
    },
    "notes_zh": ["需求图层为示例数据"], "notes_en": ["the demand layer is made up"],
}  # fmt: skip
QUERY = {"code": "110000", "crs": "wgs84", "lang": "zh"}


def measures(share: float | None = 0.25, hours: int | None = None) -> dict[str, Any]:
    figures: dict[str, Any] = {
        "covered": 10.0, "uncovered": 30.0, "share": share, "mean_distance_m": 512.5, "p90_distance_m": 900.0,
        "worst_decile_distance_m": None, "gini": 0.4,
    }  # fmt: skip
    if hours is not None:
        figures = {name: [value] * hours for name, value in figures.items()}
    return {"total": 40.0, **figures}


def both(hours: int | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {
        "total": 40.0, "unknown_closed": measures(0.25, hours), "unknown_open": measures(0.5, hours),
    }  # fmt: skip
    if hours is not None:
        found |= {
            "mean": {"unknown_closed": 0.25, "unknown_open": 0.5},
            "worst_hour": {"at": AT, "share": 0.125},
        }
    return found


def district(code: str, name: str, hours: int | None = None) -> dict[str, Any]:
    return {"code": code, "name": name, "name_zh": name, "name_en": None, "rank": 1, **both(hours)}


def coverage(hours: int | None = None) -> dict[str, Any]:
    answer = {
        "query": QUERY, "method": METHOD, "area": AREA, **both(hours),
        "districts": [district("110101", "东城区", hours), district("110102", "西城区", hours)],
        "outside": {"points": 1, "total": 2.0},
    }  # fmt: skip
    if hours is not None:
        answer["hours"] = [AT + timedelta(hours=hour) for hour in range(hours)]
    return answer


def gaps() -> dict[str, Any]:
    ring = [[116.0, 39.0], [116.1, 39.0], [116.1, 39.1], [116.0, 39.0]]
    far = [[[x + 1, y] for x, y in ring]]
    feature = {
        "type": "Feature", "id": 1, "geometry": {"type": "Polygon", "coordinates": [ring]},
        "properties": {
            "rank": 1, "uncovered": 30.0, "uncovered_if_open": 20.0, "points": 3,
            "district": {"code": "110101", "name": "东城区"}, "area_km2": 1.5,
            "centre": {"lon": 116.07, "lat": 39.03},
            "nearest": {"station_id": "7", "name": "=HYPERLINK(\"http://x\")", "distance_m": 2000.5},
            "mean_distance_m": 2500.0,
            "hours": {"count": 28, "week": ["Mo-Su 20:00-24:00", "Sa 06:00-07:00"]},
        },
    }  # fmt: skip
    bare = {
        **feature, "id": 2, "geometry": {"type": "MultiPolygon", "coordinates": [far]},
        "properties": {**feature["properties"], "rank": 2, "nearest": None, "district": None, "hours": None},
    }  # fmt: skip
    return {
        "type": "FeatureCollection", "query": QUERY, "method": METHOD, "area": AREA, "total": 100.0,
        "uncovered": 30.0, "uncovered_if_open": 20.0, "gaps": 2, "features": [feature, bare],
    }  # fmt: skip


def place(crs: str = "wgs84") -> dict[str, Any]:
    return {"lon": 116.4, "lat": 39.9, "crs": crs}


def station() -> dict[str, Any]:
    return {
        "id": "7", "name": "望京驿站", "location": place(), "hours_text": "9:00-17:00",
        "district": {"code": "110105", "name": "朝阳区"},
    }  # fmt: skip


def answer_of(kind: str) -> dict[str, Any]:
    """One answer of each kind."""
    frame = {"query": QUERY, "method": METHOD, "area": AREA, "total": 40.0}
    ref = {"code": "110101", "name": "东城区"}
    counts = {"existing": 3, "verified_last_year": 1, "open": 2, "unknown": 1}
    difference = {
        name: {"covered": 1.0, "share": -0.25, "mean_distance_m": None}
        for name in ("unknown_closed", "unknown_open")
    }
    match kind:
        case "coverage":
            return coverage()
        case "week":
            return coverage(hours=4)
        case "gaps":
            return gaps()
        case "sites":
            site = {
                "rank": 1,
                "location": place(),
                "name": None,
                "district": ref,
                "gain": 5.0,
                "covered": 15.0,
                "share": 0.375,
            }
            solver = {
                "name": "highs",
                "optimal": True,
                "gain": 5.0,
                "bound": 5.0,
                "gap": 0.0,
                "candidates": 9,
            }
            return {
                **frame,
                "hours": 1,
                "before": {"covered": 10.0, "share": 0.25},
                "sites": [site],
                "solver": solver,
            }
        case "extensions":
            longer = {
                "rank": 1,
                "station": station(),
                "hours": "Mo-Su 20:00-24:00",
                "extra_hours": 28,
                "gain": 56.0,
                "gain_per_hour": 2.0,
            }
            return {**frame, "extensions": [longer], "verify_first": []}
        case "supply":
            figures = {"mean": 0.5, "median": 0.4, "lowest_decile": 0.0, "without": 4.0}
            return {
                **frame, "capacity": 20.0, "capacity_unused": 0.0, "per": 1000,
                "zones": [{"upto_m": 360.0, "weight": 1.0}], "figures": figures,
                "districts": [{**ref, "total": 40.0, "rank": 1, **figures}],
                "points": [{"location": place(), "weight": 4.0, "accessibility": 0.25}],
            }  # fmt: skip
        case "targets":
            item = {
                "district": ref,
                "kind": "nursing_room",
                "planned": 9,
                **counts,
                "missing": 6,
                "due": date(2027, 12, 31),
                "source": "plan",
            }
            none = {
                **item,
                "kind": "psych_point",
                "planned": None,
                "missing": None,
                "due": None,
                "source": None,
            }
            return {
                "query": QUERY, "area": AREA, "at": AT, "items": [item, none],
                "total": [{"kind": "nursing_room", "planned": 9, **counts, "missing": 6}],
            }  # fmt: skip
        case "what_if":
            return {
                **frame, "changes": {"add": 1, "remove": 0, "move": 0, "change_hours": 0},
                "before": coverage(), "after": coverage(), "difference": difference,
                "districts": [{"code": code, "name": "", **difference} for code in ("110101", "110102")],
            }  # fmt: skip
        case _:
            raise AssertionError(kind)
