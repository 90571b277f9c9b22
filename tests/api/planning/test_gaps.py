"""Gaps: connected ground without an open station within reach, the worst first."""

from __future__ import annotations

import pytest
import shapely
from shapely.geometry import shape

from tests.api.planning.conftest import NIGHT, NOON, PEOPLE, Planning, people_within

CITY = "/v1/districts/110000/gaps"
CARE = {"kind": "care_station", "within": "800m"}


def uncovered(planning: Planning, at: str) -> float:
    found = planning.ask("/v1/districts/110000/coverage", at=at, **CARE)
    return float(found["unknown_closed"]["uncovered"])


@pytest.mark.parametrize("at", [NIGHT, NOON])
def test_gaps_hold_everybody_who_is_uncovered(planning: Planning, at: str) -> None:
    found = planning.ask(CITY, at=at, **CARE)
    assert found["uncovered"] == uncovered(planning, at)
    assert sum(f["properties"]["uncovered"] for f in found["features"]) == found["uncovered"]
    weights = [f["properties"]["uncovered"] for f in found["features"]]
    assert weights == sorted(weights, reverse=True)
    assert [f["properties"]["rank"] for f in found["features"]] == list(range(1, found["gaps"] + 1))


def test_a_gap_ends_at_the_border_and_where_somebody_is_served(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, **CARE)
    by_district = {(f["properties"]["district"] or {}).get("code") for f in found["features"]}
    assert by_district == {"110101", "110102"}
    # the west as far as the border: nobody lives nearer than ten steps to the night station
    west = next(f for f in found["features"] if f["properties"]["district"]["code"] == "110102")
    assert west["properties"]["points"] == 20
    assert west["properties"]["uncovered"] == sum(n for lon, n in PEOPLE if lon < 116.4)


def test_the_outline_holds_its_people_and_nobody_else(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, **CARE)
    outlines = [shape(f["geometry"]) for f in found["features"]]
    assert all(outline.is_valid for outline in outlines)
    for lon, _ in PEOPLE:
        # one lives on the border itself, where gaps of both sides end
        inside = any(outline.covers(shapely.Point(lon, 39.91)) for outline in outlines)
        served = any(abs(round((lon - station) * 1000)) <= 7 for station in (116.410, 116.450))
        assert inside == (not served), lon


def test_a_gap_says_how_far_the_nearest_is_and_in_which_hours_it_is_there(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, lang="en", **CARE)
    last = max(found["features"], key=lambda f: f["properties"]["centre"]["lon"])["properties"]
    # east of "always", where only the station of unknown hours is near
    assert last["nearest"]["name"] == "always"
    assert last["nearest"]["station_id"] == str(planning.ids["always"])
    assert last["nearest"]["distance_m"] == pytest.approx(8 * 111.16, rel=1e-3)
    assert last["hours"] == {"count": 168, "week": ["24/7"]}
    assert last["uncovered_if_open"] == last["uncovered"] - people_within(116.470)
    west = min(found["features"], key=lambda f: f["properties"]["centre"]["lon"])["properties"]
    assert west["hours"]["week"] == ["Mo-Su 20:00-09:00"]


def test_coordinates_come_in_the_datum_asked_for(planning: Planning) -> None:
    here = planning.ask(CITY, at=NIGHT, **CARE)["features"][0]["properties"]["centre"]
    there = planning.ask(CITY, at=NIGHT, crs="gcj02", **CARE)["features"][0]["properties"]["centre"]
    assert 0.004 < there["lon"] - here["lon"] < 0.009


def test_fewer_may_be_asked_for(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, limit=1, **CARE)
    assert len(found["features"]) == 1 < found["gaps"]


def test_nowhere_open_is_one_gap_a_district_without_a_nearest(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, kind="psych_point")
    assert [f["properties"]["nearest"] for f in found["features"]] == [None, None]
    assert found["uncovered"] == found["total"]


def test_a_week_is_no_time_for_gaps(planning: Planning) -> None:
    assert planning.refused(422, CITY, week="true")["field"] == "week"
