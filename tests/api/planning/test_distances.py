"""How far people have to go: by hand, and that it agrees with coverage."""

from __future__ import annotations

import pytest

from tests.api.planning.conftest import NIGHT, NOON, PEOPLE, STEP_M, Planning, people_within

CITY = "/v1/districts/110000/distances"
CARE = {"kind": "care_station", "within": "800m", "at": NIGHT}
TOTAL = sum(number for _, number in PEOPLE)


def steps_to(lon: float, *stations: float) -> int:
    return min(abs(round((lon - station) * 1000)) for station in stations)


@pytest.mark.parametrize(
    ("reading", "stations"),
    [("unknown_closed", (116.410, 116.450)), ("unknown_open", (116.410, 116.450, 116.470))],
)
def test_classes_hold_those_who_live_so_far(
    planning: Planning, reading: str, stations: tuple[float, ...]
) -> None:
    found = planning.ask(CITY, **CARE)
    assert [one["upto_m"] for one in found["classes"][:3]] == [266.7, 533.3, 800.0]
    assert found["classes"][-1]["upto_m"] is None
    for one in found["classes"]:
        upto = one["upto_m"] or float("inf")
        living = sum(
            number
            for lon, number in PEOPLE
            if (far := steps_to(lon, *stations) * STEP_M) <= upto
            and (far > one["from_m"] or one["from_m"] == 0)
        )
        assert one[reading] == living
    assert sum(one[reading] for one in found["classes"]) == found["total"] == TOTAL
    assert found["unreached"] == {"unknown_closed": 0, "unknown_open": 0}


@pytest.mark.parametrize("at", [NIGHT, NOON])
@pytest.mark.parametrize("within", ["500m", "800m", "15min"])
def test_classes_up_to_the_limit_are_what_is_covered(planning: Planning, at: str, within: str) -> None:
    asked = {"kind": "care_station", "within": within, "at": at}
    found = planning.ask(CITY, **asked)
    coverage = planning.ask("/v1/districts/110000/coverage", **asked)
    for reading in ("unknown_closed", "unknown_open"):
        near = sum(one[reading] for one in found["classes"][:3])
        assert near == pytest.approx(coverage[reading]["covered"])
        p90 = next(one for one in found["percentiles"] if one["percent"] == 90)
        assert p90[reading] == pytest.approx(coverage[reading]["p90_distance_m"], rel=0.003)


def test_percentiles_count_people_not_places(planning: Planning) -> None:
    found = planning.ask(CITY, **CARE)
    far = sorted((steps_to(lon, 116.410, 116.450) * STEP_M, number) for lon, number in PEOPLE)
    for one in found["percentiles"]:
        counted = [metres for metres, number in far for _ in range(number)]
        # the least distance within which that share of the people live
        metres = counted[-(-TOTAL * one["percent"] // 100) - 1]
        assert one["unknown_closed"] == pytest.approx(metres, rel=1e-4, abs=0.1)
    assert people_within(116.410, 116.450) == sum(one["unknown_closed"] for one in found["classes"][:3])


def test_where_nothing_is_open_nobody_reaches_anything(planning: Planning) -> None:
    found = planning.ask(CITY, kind="psych_point", within="800m", at=NIGHT)
    assert found["unreached"] == {"unknown_closed": TOTAL, "unknown_open": TOTAL}
    assert {one["unknown_closed"] for one in found["classes"]} == {0}
    assert {one["unknown_open"] for one in found["percentiles"]} == {None}


def test_a_week_is_not_asked_about(planning: Planning) -> None:
    assert planning.refused(422, CITY, week="true")["field"] == "week"
    assert planning.refused(404, "/v1/districts/999999/distances")["status"] == 404
