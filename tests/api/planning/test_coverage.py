"""Who has an open station within reach: worked out by hand, hour by hour, and in both readings."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.planning.conftest import NIGHT, NOON, PEOPLE, STEP_M, Planning, people_within

CITY = "/v1/districts/110000/coverage"
CARE = {"kind": "care_station", "within": "800m"}
EVERYONE = sum(number for _, number in PEOPLE)


def test_at_noon_the_day_station_and_those_open_always_count(planning: Planning) -> None:
    found = planning.ask(CITY, at=NOON, **CARE)
    assert found["total"] == EVERYONE
    assert found["unknown_closed"]["covered"] == people_within(116.390, 116.450)
    assert found["unknown_open"]["covered"] == people_within(116.390, 116.450, 116.470)
    assert found["unknown_closed"]["uncovered"] == EVERYONE - people_within(116.390, 116.450)


def test_at_night_the_night_station_counts_instead(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, **CARE)
    assert found["unknown_closed"]["covered"] == people_within(116.410, 116.450)
    assert found["unknown_open"]["covered"] == people_within(116.410, 116.450, 116.470)


def test_kinds_count_together(planning: Planning) -> None:
    every = planning.ask(CITY, at=NIGHT, within="800m")
    assert every["unknown_closed"]["covered"] == people_within(116.410, 116.430, 116.450)
    assert every["method"]["kinds"] == ["care_station", "worker_home", "nursing_room", "psych_point"]


def test_a_station_serves_both_sides_of_a_border(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, within="2km", kind="care_station")
    west = next(one for one in found["districts"] if one["code"] == "110102")
    # the night station stands east of the border, ten steps from it
    assert west["unknown_closed"]["covered"] == people_within(116.410, steps=17, of="110102") > 0


def test_districts_add_up_to_the_city_and_the_worst_is_first(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, **CARE)
    parts = found["districts"]
    assert sum(one["total"] for one in parts) == found["total"]
    for reading in ("unknown_closed", "unknown_open"):
        assert sum(one[reading]["covered"] for one in parts) == found[reading]["covered"]
    shares = {one["code"]: one["unknown_closed"]["share"] for one in parts}
    ranks = {one["code"]: one["rank"] for one in parts}
    assert ranks == {"110102": 1, "110101": 2}
    assert shares["110102"] < shares["110101"]


def test_distances_are_metres_walked_also_beyond_the_limit(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, **CARE)["unknown_closed"]
    walks = sorted(
        (min(abs(lon - 116.410), abs(lon - 116.450)) * 1000 * STEP_M, number) for lon, number in PEOPLE
    )
    mean = sum(metres * number for metres, number in walks) / EVERYONE
    assert found["mean_distance_m"] == pytest.approx(mean, rel=2e-3)
    counted = 0
    for metres, number in walks:
        counted += number
        if counted >= 0.9 * EVERYONE:
            assert found["p90_distance_m"] == pytest.approx(metres, rel=0.05)
            break
    assert found["worst_decile_distance_m"] > found["p90_distance_m"]
    assert 0 < found["gini"] < 1


def test_required_amenities_leave_the_others_out(planning: Planning) -> None:
    found = planning.ask(CITY, at=NOON, amenity="microwave", **CARE)
    assert found["unknown_closed"]["covered"] == 0
    assert found["unknown_closed"]["mean_distance_m"] is None
    assert found["method"]["stations"]["counted"] == 0


def test_a_week_is_each_of_its_hours(planning: Planning) -> None:
    week = planning.ask(CITY, week_of="2026-11-25", **CARE)
    assert len(week["hours"]) == 168
    assert week["hours"][0] == "2026-11-23T00:00:00+08:00"
    for hour in (0, 5, 6, 9, 19, 20, 22, 51, 167):
        one = planning.ask(CITY, at=week["hours"][hour], **CARE)
        for reading in ("unknown_closed", "unknown_open"):
            for figure, value in one[reading].items():
                listed = week[reading][figure]
                assert (listed if figure == "total" else listed[hour]) == value, (hour, figure)
        for part, whole in zip(one["districts"], week["districts"], strict=True):
            assert whole["unknown_closed"]["share"][hour] == part["unknown_closed"]["share"]
    # from 6:00 to 9:00 and from 20:00 to 22:00 only "always" is open
    assert week["worst_hour"] == {
        "at": "2026-11-23T06:00:00+08:00",
        "share": round(people_within(116.450) / EVERYONE, 6),
    }


def test_a_holiday_week_names_its_days(planning: Planning) -> None:
    week = planning.ask(CITY, week_of="2026-10-01", **CARE)["method"]["week"]
    assert week["from"] == "2026-09-28"
    assert {"date": "2026-10-01", "type": "holiday", "name_zh": "国庆节", "name_en": "National Day"} in week[
        "holidays"
    ]
    assert planning.ask(CITY, week_of="2026-11-25", **CARE)["method"]["week"]["holidays"] == []


def test_the_method_says_what_the_figures_rest_on(planning: Planning) -> None:
    method = planning.ask(CITY, at=NIGHT, lang="en", **CARE)["method"]
    assert method["demand"] == {
        "layer": "people", "name_zh": "居民", "name_en": "Residents", "unit_zh": "人", "unit_en": "people",
        "as_of": "2020-11-01", "source": "test", "licence": None, "points": 101, "total": 5052.0,
        "sample": False, "by_area": False,
    }  # fmt: skip
    assert method["within"] == {"asked": "800m", "metres": 800.0, "minutes": 11.11}
    assert method["model"] == {"name": "straight", "detour_factor": 1.3, "walk_speed_m_s": 1.2}
    assert method["stations"]["counted"] == 4
    assert (method["stations"]["unknown_hours"], method["stations"]["unknown_share"]) == (1, 0.25)
    assert method["at"] == NIGHT
    assert method["time_zone"] == "Asia/Shanghai"


def test_people_in_no_district_are_reported(planning: Planning) -> None:
    assert planning.ask(CITY, at=NIGHT, **CARE)["outside"] == {"points": 1, "total": 2.0}


def test_without_a_layer_ground_is_counted_and_it_says_so(planning: Planning) -> None:
    found = planning.ask(CITY, at=NIGHT, demand="area", **CARE)
    demand = found["method"]["demand"]
    assert (demand["by_area"], demand["layer"], demand["unit_en"]) == (True, "area", "km²")
    # 0.8° × 0.4° at 39.9° N
    assert found["total"] == pytest.approx(3037, rel=0.02)
    assert any("no demand layer" in note for note in found["method"]["notes_en"])


def test_one_district_is_asked_alone_but_served_by_all(planning: Planning) -> None:
    city = planning.ask(CITY, at=NIGHT, within="2km", kind="care_station")
    alone = planning.ask("/v1/districts/110102/coverage", at=NIGHT, within="2km", kind="care_station")
    part = next(one for one in city["districts"] if one["code"] == "110102")
    assert alone["unknown_closed"] == part["unknown_closed"]
    assert [one["code"] for one in alone["districts"]] == ["110102"]


@pytest.mark.parametrize(
    ("asked", "status", "field", "words"),
    [
        ({"within": "0m"}, 422, "within", "more than 0"),
        ({"within": "500km"}, 422, "within", "at most"),
        ({"within": "far"}, 422, "within", "no limit"),
        ({"demand": "peeple"}, 422, "demand", "no such demand layer"),
        ({"kind": "care"}, 422, "kind", "no such kind"),
        ({"week_of": "2099-01-01"}, 422, "week_of", "calendar of 209"),
        ({"week_of": "tomorrow"}, 422, "week_of", "no date"),
        ({"at": "2098-06-01T00:00:00+08:00"}, 422, "at", "calendar of 2098"),
        ({"at": NIGHT, "week": "true"}, 422, "at", "together with a week"),
        ({"model": "fly"}, 422, "model", ""),
        ({"model": "walk"}, 422, "model", "no walking network"),
        ({"model": "walk", "network": "nowhere"}, 422, "network", "no such walking network"),
        ({"network": "nowhere"}, 422, "network", "straight-line"),
        ({"demand": ""}, 422, "demand", ""),
        ({"hour": 3}, 422, "hour", ""),
    ],
)
def test_what_cannot_be_asked_is_named_with_its_mend(
    planning: Planning, asked: dict[str, Any], status: int, field: str, words: str
) -> None:
    problem = planning.refused(status, CITY, lang="en", **asked)
    assert problem["field"] == field
    assert words in problem["detail"]
    assert problem["mend"]


def test_a_district_that_is_not_there_names_those_near(planning: Planning) -> None:
    problem = planning.refused(404, "/v1/districts/110103/coverage", lang="en")
    assert "110101" in problem["mend"] or "110102" in problem["mend"]


@pytest.mark.parametrize("question", ["gaps", "sites", "extensions", "supply"])
def test_more_pairs_than_memory_are_refused_before_they_are_made(
    planning: Planning, few_pairs: Planning, question: str
) -> None:
    path = f"/v1/districts/110000/{question}"
    problem = few_pairs.refused(422, path, at=NIGHT, within="20km", lang="en")
    assert problem["field"] == "within"
    assert "GEOAPI_MAX_PAIRS" in problem["mend"]
    # coverage itself needs no pairs
    few_pairs.ask(CITY, at=NIGHT, within="20km")
    planning.ask(path, at=NIGHT, within="20km")


def test_the_stations_of_the_method_are_those_of_the_area(planning: Planning) -> None:
    stations = planning.ask("/v1/districts/110102/coverage", at=NIGHT, **CARE)["method"]["stations"]
    assert (stations["counted"], stations["around"], stations["unknown_hours"]) == (1, 3, 0)
