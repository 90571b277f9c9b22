"""Streets: a district asked about by its streets, and the same figures in the district's and the city's."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pyogrio
import pytest
import shapely

from geoapi.coverage.runners import inline
from geoapi.schedule import refresh
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from loaders.districts import Boundary, record_districts
from tests.api.conftest import running
from tests.api.planning.conftest import NIGHT, PEOPLE, Planning, people_within, settle_small_city
from tests.conftest import clone
from tests.queries.conftest import HORIZON_DAYS

INNER, OUTER = "110101001", "110101002"
CARE = {"kind": "care_station", "within": "800m"}
READINGS = ("unknown_closed", "unknown_open")
# nobody stands on a border; the rest of the district, from 116.46, is in no street
STREETS = [
    Boundary(code, zh, en, "street", "110101", shapely.MultiPolygon([shapely.box(west, 39.7, east, 40.1)]))
    for code, zh, en, west, east in (
        (INNER, "内街道", "Inner Street", 116.4, 116.4295), (OUTER, "外街道", None, 116.4295, 116.4595),
    )
]  # fmt: skip
# an afternoon's opening in the whole city, long ago
HEAT = """
INSERT INTO hours_override (name_zh, name_en, during, district_codes, daily_minutes)
VALUES ('高温', 'heat', '[2026-07-01T00:00+08:00,2026-07-02T00:00+08:00)', '{110000}', '[840,960)')
"""


def street_of(lon: float) -> str:
    return INNER if lon < 116.43 else OUTER if lon < 116.46 else "110101"


@pytest.fixture(scope="module")
def streets(server_url: str) -> Iterator[Planning]:
    """The small Beijing with two streets in its eastern district."""
    with clone(server_url) as database_url:
        with psycopg.connect(database_url) as conn:
            ids = settle_small_city(database_url, conn)
            report = record_districts(conn, STREETS, source="test")
            # "nobody knows" stands in neither
            assert (report.stations_moved, report.demand_points_moved) == (3, 60)
            conn.execute(HEAT)
            refresh(conn, horizon_days=HORIZON_DAYS)
        settings = Settings(
            database=DatabaseSettings(pool_size=4), coverage=CoverageSettings(cell_size_m=2000)
        )
        with (
            running(database_url, settings, runner=inline) as url,
            httpx.Client(base_url=url, timeout=60) as client,
        ):
            yield Planning(ids, client, database_url)


def by_code(answer: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["code"]: part for part in answer["districts"]}


def covered(*stations: float, street: str) -> int:
    """How many of a street's people live within seven steps of one of these stations."""
    return sum(
        number
        for lon, number in PEOPLE
        if lon >= 116.4
        and street_of(lon) == street
        and any(abs(round((lon - station) * 1000)) <= 7 for station in stations)
    )


@pytest.mark.parametrize("code", [INNER, OUTER])
def test_a_street_is_asked_about_and_served_by_all(streets: Planning, code: str) -> None:
    found = streets.ask(f"/v1/districts/{code}/coverage", at=NIGHT, **CARE)
    assert (found["area"]["code"], found["area"]["level"]) == (code, "street")
    assert found["total"] == sum(n for lon, n in PEOPLE if lon >= 116.4 and street_of(lon) == code)
    assert found["unknown_closed"]["covered"] == covered(116.410, 116.450, street=code)
    assert found["unknown_open"]["covered"] == covered(116.410, 116.450, 116.470, street=code)
    assert [part["code"] for part in found["districts"]] == [code]


def test_a_district_is_ranked_by_its_streets_and_what_lies_in_none(streets: Planning) -> None:
    found = streets.ask("/v1/districts/110101/coverage", at=NIGHT, lang="en", **CARE)
    parts = by_code(found)
    assert list(parts) == [INNER, OUTER, "110101"]
    assert (parts[INNER]["name"], parts[OUTER]["name"]) == ("Inner Street", "外街道")
    for code, part in parts.items():
        assert part["unknown_closed"]["covered"] == covered(116.410, 116.450, street=code)
    shares = {code: part["unknown_closed"]["share"] for code, part in parts.items()}
    rest = parts["110101"]
    # what lies in no street is none, and called so
    assert (rest["rest"], rest["rank"], rest["name"]) == (True, None, "Dongcheng (elsewhere)")
    assert rest["name_zh"] == f"{found['area']['name_zh']}（其余）"
    assert not parts[INNER]["rest"] | parts[OUTER]["rest"]
    first, second = sorted((INNER, OUTER), key=lambda code: shares[code])
    assert (parts[first]["rank"], parts[second]["rank"]) == (1, 2)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_a_table_tells_the_whole_from_the_rest(streets: Planning, lang: str, tmp_path: Path) -> None:
    asked = {"at": NIGHT, "lang": lang, **CARE}
    total, elsewhere = {"zh": ("合计", "东城区（其余）"), "en": ("total", "Dongcheng (elsewhere)")}[lang]
    outer = "外街道"
    inner = {"zh": "内街道", "en": "Inner Street"}[lang]
    for question in ("coverage", "supply"):
        response = streets.client.get(f"/v1/districts/110101/{question}", params={**asked, "format": "csv"})
        rows = list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))[1:5]
        assert [row[1] for row in rows] == [total, inner, outer, elsewhere]
        assert [bool(row[2]) for row in rows] == [False, True, True, False]
        people = [float(row[3]) for row in rows]
        assert people[0] == sum(people[1:])
    file = tmp_path / "coverage.gpkg"
    file.write_bytes(
        streets.client.get("/v1/districts/110101/coverage", params={**asked, "format": "gpkg"}).content
    )
    _, _, shapes, fields = pyogrio.raw.read(file, layer="coverage")
    areas = dict(zip(fields[1].tolist(), shapely.area(shapely.from_wkb(shapes)), strict=True))
    # the rest's own ground, not the whole area's
    assert areas[elsewhere] == pytest.approx(areas[total] - areas[inner] - areas[outer])


def test_the_rest_is_in_supply_and_targets_too(streets: Planning) -> None:
    supply = streets.ask("/v1/districts/110101/supply", at=NIGHT, **CARE)
    assert [(one["code"], one["rest"], one["rank"] is None) for one in supply["districts"]] == [
        (INNER, False, False), (OUTER, False, False), ("110101", True, True),
    ]  # fmt: skip
    targets = streets.ask("/v1/districts/110101/targets", at=NIGHT)["items"]
    assert {one["district"]["name"] for one in targets if one["rest"]} == {"东城区（其余）"}
    assert {one["planned"] for one in targets if one["rest"]} == {None}
    # only where something stands there
    assert {one["kind"] for one in targets if one["rest"]} == {"care_station"}


@pytest.mark.parametrize("asked", [{"at": NIGHT}, {"week_of": "2026-11-25"}])
def test_streets_add_up_to_the_district_and_the_district_to_the_city(
    streets: Planning, asked: dict[str, str]
) -> None:
    city = streets.ask("/v1/districts/110000/coverage", **asked, **CARE)
    district = streets.ask("/v1/districts/110101/coverage", **asked, **CARE)
    for answer in (city, district):
        assert sum(part["total"] for part in answer["districts"]) == answer["total"]
        for reading in READINGS:
            for figure in ("covered", "uncovered"):
                parts = [part[reading][figure] for part in answer["districts"]]
                whole = answer[reading][figure]
                if "at" in asked:
                    parts, whole = [[value] for value in parts], [whole]
                assert [sum(hour) for hour in zip(*parts, strict=True)] == whole
    part = by_code(city)["110101"]
    # one place's figures, whether it is asked about alone or as a part; Gini and distances too
    assert {name: part[name] for name in READINGS} == {name: district[name] for name in READINGS}
    for code in (INNER, OUTER):
        alone = streets.ask(f"/v1/districts/{code}/coverage", **asked, **CARE)
        assert {name: alone[name] for name in READINGS} == {
            name: by_code(district)[code][name] for name in READINGS
        }


def test_the_city_does_not_notice_streets(streets: Planning, planning: Planning) -> None:
    with_streets, without = (
        one.ask("/v1/districts/110000/coverage", week_of="2026-11-25", **CARE) for one in (streets, planning)
    )
    for answer in (with_streets, without):
        del answer["method"]
    assert with_streets == without
    assert with_streets["unknown_closed"]["covered"][3] == people_within(116.410, 116.450)


def test_ground_is_counted_by_street_too(streets: Planning) -> None:
    district = streets.ask("/v1/districts/110101/coverage", at=NIGHT, demand="area", **CARE)
    assert sum(part["total"] for part in district["districts"]) == pytest.approx(district["total"])
    for code in (INNER, OUTER):
        alone = streets.ask(f"/v1/districts/{code}/coverage", at=NIGHT, demand="area", **CARE)
        assert alone["total"] == by_code(district)[code]["total"] > 0
        assert alone["unknown_closed"] == by_code(district)[code]["unknown_closed"]


def test_gaps_and_sites_name_the_street(streets: Planning) -> None:
    gaps = streets.ask("/v1/districts/110101/gaps", at=NIGHT, **CARE)
    uncovered: dict[str, float] = {}
    for gap in gaps["features"]:
        properties = gap["properties"]
        code = properties["district"]["code"]
        uncovered[code] = uncovered.get(code, 0) + properties["uncovered"]
    coverage = streets.ask("/v1/districts/110101/coverage", at=NIGHT, **CARE)
    assert uncovered == {
        code: part["unknown_closed"]["uncovered"]
        for code, part in by_code(coverage).items()
        if part["unknown_closed"]["uncovered"]
    }
    sites = streets.ask("/v1/districts/110101/sites", at=NIGHT, n=3, **CARE)
    for site in sites["sites"]:
        assert site["district"]["code"] == street_of(round(site["location"]["lon"], 6))


def test_stations_of_a_street_are_those_that_stand_in_it(streets: Planning) -> None:
    found = {
        code: [feature["properties"]["name"] for feature in streets.ask(
            f"/v1/districts/{code}/stations", at=NIGHT, kind="care_station"
        )["features"]]
        for code in (INNER, OUTER, "110101", "110000")
    }  # fmt: skip
    assert found == {
        INNER: ["night"],
        OUTER: ["always"],
        "110101": ["night", "always", "nobody knows"],
        "110000": ["day", "night", "always", "nobody knows"],
    }


def test_a_streets_stations_are_the_districts_and_the_citys_too(
    streets: Planning, planning: Planning
) -> None:
    listed = {
        code: {one["name"] for one in streets.ask("/v1/stations", district=code)["items"]}
        for code in (INNER, OUTER, "110101", "110000")
    }
    assert listed[INNER] == {"night"}
    assert listed[OUTER] == {"always", "mothers"}
    assert listed["110101"] == {*listed[INNER], *listed[OUTER], "nobody knows"}
    assert listed["110000"] == {*listed["110101"], "day"}
    for code in ("110101", "110000"):
        with_streets, without = (one.ask(f"/v1/districts/{code}")["stations"] for one in (streets, planning))
        assert with_streets == without
    one = streets.ask(f"/v1/stations/{streets.ids['night']}")
    assert one["district"] == {"code": INNER, "name": "内街道"}


def test_targets_count_by_street_and_the_districts_totals_stay(streets: Planning, planning: Planning) -> None:
    asked = {"at": NIGHT, "kind": "care_station"}
    found = streets.ask("/v1/districts/110101/targets", **asked)
    assert [(item["district"]["code"], item["existing"], item["open"]) for item in found["items"]] == [
        (INNER, 1, 1),
        (OUTER, 1, 1),
        ("110101", 1, 0),
    ]
    for code in ("110101", "110000"):
        with_streets, without = (
            one.ask(f"/v1/districts/{code}/targets", **asked) for one in (streets, planning)
        )
        (total,), (same,) = with_streets["total"], without["total"]
        assert (total["existing"], total["open"], total["unknown"]) == (
            same["existing"], same["open"], same["unknown"],
        )  # fmt: skip


def test_the_citys_emergency_hours_hold_in_a_street(streets: Planning) -> None:
    for name in ("night", "day", "nobody knows"):
        hours = streets.ask(
            f"/v1/stations/{streets.ids[name]}/hours",
            **{"from": "2026-07-01T00:00:00+08:00", "to": "2026-07-02T00:00:00+08:00"},
        )
        assert any(
            one["starts_at"] <= "2026-07-01T14:00:00+08:00" < one["ends_at"] and one["state"] == "open"
            for one in hours["intervals"]
        ), name
