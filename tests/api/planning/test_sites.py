"""Where the next stations go, and which of those there are should open longer."""

from __future__ import annotations

from itertools import combinations
from typing import Any

import pytest

from tests.api.planning.conftest import NIGHT, NOON, PEOPLE, Planning, people_within

CITY = "/v1/districts/110000/sites"
LONGER = "/v1/districts/110000/extensions"
CARE = {"kind": "care_station", "within": "800m"}
AT_NIGHT = (116.410, 116.450)


def gained(*sites: float) -> int:
    return people_within(*AT_NIGHT, *sites) - people_within(*AT_NIGHT)


def test_the_first_site_gains_most_and_gains_add_up(planning: Planning) -> None:
    found = planning.ask(CITY, n=3, at=NIGHT, **CARE)
    best = max(gained(lon) for lon, _ in PEOPLE)
    assert found["sites"][0]["gain"] == best
    assert found["before"]["covered"] == people_within(*AT_NIGHT)
    assert found["sites"][-1]["covered"] == found["before"]["covered"] + sum(
        site["gain"] for site in found["sites"]
    )
    assert found["solver"]["name"] == "greedy"
    assert found["solver"]["gain"] <= found["solver"]["bound"]


def test_exact_is_the_best_of_all_pairs(planning: Planning) -> None:
    found = planning.ask(CITY, n=2, at=NIGHT, exact="true", **CARE)
    best = max(gained(*pair) for pair in combinations([lon for lon, _ in PEOPLE], 2))
    assert found["solver"] | {"candidates": 0, "candidates_there": 0} == {
        "name": "highs", "optimal": True, "gain": best, "bound": best, "gap": 0.0,
        "candidates": 0, "candidates_there": 0,
    }  # fmt: skip


def test_a_week_counts_only_the_hours_a_new_site_is_open(planning: Planning) -> None:
    found = planning.ask(CITY, n=1, week_of="2026-11-25", hours="每天 03:00-04:00", **CARE)
    at_three = planning.ask(CITY, n=1, at=NIGHT, **CARE)
    assert found["hours"] == 7
    assert found["sites"] == at_three["sites"]


def test_venues_are_where_stations_of_a_host_stand(planning: Planning) -> None:
    # "day" is in a petrol station, "mothers" in a mall, a room of another kind
    found = planning.ask(CITY, at=NIGHT, candidates="venues", host="petrol_station,mall", **CARE)
    assert [site["name"] for site in found["sites"]] == ["mothers's venue", "day's venue"]
    assert [site["gain"] for site in found["sites"]] == [gained(116.430), gained(116.390)]


def test_given_places_are_chosen_from(planning: Planning) -> None:
    places = [{"lon": 116.385, "lat": 39.91, "name": "西"}, {"lon": 116.470, "lat": 39.91, "name": "东"}]
    found = planning.tell(CITY, {"n": 5, "at": NIGHT, "places": places, **CARE, "kind": ["care_station"]})
    assert [site["name"] for site in found["sites"]] == ["东", "西"]
    assert [site["gain"] for site in found["sites"]] == [gained(116.470), gained(116.385)]
    assert [site["district"]["code"] for site in found["sites"]] == ["110101", "110102"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"n": 0}, "n"),
        ({"n": 21}, "n"),
        ({"hours": "看心情"}, "hours"),
        ({"hours": "9:00-17:00"}, "hours"),
        ({"candidates": "venues"}, "host"),
        ({"candidates": "venues", "host": "bnk"}, "host"),
        ({"candidates": "venues", "host": "school"}, "host"),
        ({"host": "bank"}, "host"),
        ({"candidates": "stars"}, "candidates"),
    ],
)
def test_what_cannot_be_asked_is_named(planning: Planning, asked: dict[str, Any], field: str) -> None:
    assert planning.refused(422, CITY, at=NIGHT, **{**CARE, **asked})["field"] == field


def test_too_many_places_and_places_nowhere_are_named(planning: Planning) -> None:
    one = {"lon": 116.4, "lat": 39.9}
    assert planning.refused(422, CITY, {"places": [one] * 501})["field"] == "places"
    assert planning.refused(422, CITY, {"places": []})["field"] == "places"
    assert (
        planning.refused(422, CITY, {"places": [one, {"lon": 39.9, "lat": 116.4}]})["field"] == "places.1.lat"
    )


def test_longer_hours_are_those_that_gain_most_an_hour(planning: Planning) -> None:
    found = planning.ask(LONGER, n=5, week_of="2026-11-25", **CARE)
    # "night" is closed from 6:00 to 22:00; of its people none are served then but by "day", which is far
    first = found["extensions"][0]
    assert first["station"]["id"] == str(planning.ids["night"])
    assert first["gain_per_hour"] == people_within(116.410)
    assert first["gain"] == first["gain_per_hour"] * first["extra_hours"]
    assert first["hours"] == "Mo-Su 06:00-22:00"
    assert first["extra_hours"] == 7 * 16
    assert {one["station"]["id"] for one in found["extensions"]} == {
        str(planning.ids["night"]), str(planning.ids["day"]),
    }  # fmt: skip


def test_at_one_time_the_extension_is_that_hour(planning: Planning) -> None:
    found = planning.ask(LONGER, at=NOON, **CARE)
    (only,) = found["extensions"]
    assert (only["hours"], only["extra_hours"]) == ("2026-11-25 12:00", 1)
    assert only["gain"] == people_within(116.410)


def test_unknown_hours_are_to_be_found_out_not_extended(planning: Planning) -> None:
    found = planning.ask(LONGER, week_of="2026-11-25", **CARE)
    (only,) = found["verify_first"]
    assert only["station"]["id"] == str(planning.ids["nobody knows"])
    assert (only["hours"], only["unknown_hours"]) == ("24/7", 168)
    assert only["depends"] == people_within(116.470) - people_within_both(116.470, 116.450)


def people_within_both(one: float, other: float) -> int:
    return people_within(one) + people_within(other) - people_within(one, other)


def test_a_place_too_far_to_matter_is_named(planning: Planning) -> None:
    problem = planning.refused(
        422, CITY, {"places": [{"lon": 116.4, "lat": 39.9}, {"lon": -51.2, "lat": -30.0}]}
    )
    assert problem["field"] == "places.1"
