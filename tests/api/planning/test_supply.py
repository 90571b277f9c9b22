"""Supply against demand: by hand, and that all that is offered is taken up once."""

from __future__ import annotations

import pytest

from tests.api.planning.conftest import NIGHT, PEOPLE, Planning, people_within

CITY = "/v1/districts/110000/supply"
CARE = {"kind": "care_station", "within": "800m", "at": NIGHT}


def test_what_is_offered_is_shared_by_those_within_reach(planning: Planning) -> None:
    found = planning.ask(CITY, points="true", **CARE)
    # steps of 111.2 m: the thirds of 800 m end after 2, 4 and 7 of them
    asking = sum(
        number * (1.0 if abs(steps) <= 2 else 0.68 if abs(steps) <= 4 else 0.22)
        for lon, number in PEOPLE
        if abs(steps := round((lon - 116.450) * 1000)) <= 7
    )
    at_the_door = next(p for p in found["points"] if p["location"]["lon"] == 116.450)
    assert at_the_door["accessibility"] == pytest.approx(10_000 / asking)
    assert found["per"] == 10_000
    assert found["zones"] == [
        {"upto_m": 266.7, "weight": 1.0},
        {"upto_m": 533.3, "weight": 0.68},
        {"upto_m": 800.0, "weight": 0.22},
    ]


def test_all_capacity_is_taken_up_once(planning: Planning) -> None:
    found = planning.ask(CITY, points="true", **CARE)
    taken = sum(p["accessibility"] * p["weight"] for p in found["points"]) / found["per"]
    assert taken == pytest.approx(found["capacity"] - found["capacity_unused"])
    assert found["capacity"] == 2
    assert found["figures"]["without"] == found["total"] - people_within(116.410, 116.450)
    assert found["figures"]["lowest_decile"] == 0


def test_capacity_may_be_the_floor_area(planning: Planning) -> None:
    one = planning.ask(CITY, **CARE)
    found = planning.ask(CITY, capacity="area_m2", **CARE)
    assert found["capacity"] == 40
    assert found["capacity_guessed"] == 0
    assert found["figures"]["mean"] == pytest.approx(20 * one["figures"]["mean"])
    assert found["points"] is None


def test_districts_are_ranked_by_the_least(planning: Planning) -> None:
    found = planning.ask(CITY, **CARE)
    assert {one["code"]: one["rank"] for one in found["districts"]} == {"110102": 1, "110101": 2}


def test_a_district_alone_shares_with_its_neighbours(planning: Planning) -> None:
    """The night station stands on the border's east; people west of it have their part of it all the same."""
    asked = {"kind": "care_station", "within": "2km", "at": NIGHT}
    city = planning.ask(CITY, **asked)
    for code in ("110101", "110102"):
        alone = planning.ask(f"/v1/districts/{code}/supply", **asked)
        part = next(one for one in city["districts"] if one["code"] == code)
        assert alone["figures"]["mean"] == pytest.approx(part["mean"])
        assert alone["figures"]["without"] == part["without"]
