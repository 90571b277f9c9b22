"""The phone's question over HTTP: what is answered, in which order, in which words."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from geoapi.geometry.datums import Datum, point_from_wgs84
from tests.api.conftest import Running

BEIJING = ZoneInfo("Asia/Shanghai")
TOMORROW = (datetime.now(BEIJING) + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
NIGHT, DAY = TOMORROW.replace(hour=3).isoformat(), TOMORROW.replace(hour=14).isoformat()
HERE = {"lon": 116.4099, "lat": 39.91}


def names(answer: dict, part: str = "stations") -> list[str]:
    return [station["name"] for station in answer[part]]


def test_open_at_night_nearest_first_and_unknown_apart(service: Running) -> None:
    answer = service.get("/v1/stations/nearest", **HERE, at=NIGHT).json()
    assert names(answer) == ["东四暖心驿站", "灯市口职工之家"]
    assert names(answer, "unknown_hours") == ["王府井母婴室"]
    assert answer["opens_next"] is None
    first, second = answer["stations"]
    assert (first["open_state"], first["open_reason"], first["closes_at"]) == ("open", "rule", None)
    assert second["closes_at"] == TOMORROW.replace(hour=6).isoformat()
    assert first["distance_m"] == pytest.approx(8.5, abs=0.2)
    assert first["district"] == {"code": "110101", "name": "东城区"}


def test_get_and_post_answer_the_same(service: Running) -> None:
    got = service.get("/v1/stations/nearest", **HERE, at=NIGHT, kind="care_station", limit=1)
    posted = service.post("/v1/stations/nearest", {**HERE, "at": NIGHT, "kind": ["care_station"], "limit": 1})
    assert got.status_code == posted.status_code == 200
    assert got.json() == posted.json()


def test_an_amenity_out_of_order_does_not_count(service: Running) -> None:
    answer = service.get("/v1/stations/nearest", **HERE, at=NIGHT, amenity="wifi").json()
    assert names(answer) == []
    every = service.get("/v1/stations/nearest", **HERE, at=NIGHT, kind="care_station").json()
    assert every["stations"][0]["amenities"] == ["drinking_water", "microwave"]
    assert every["stations"][0]["out_of_order"] == ["wifi"]


def test_all_amenities_and_any_kind(service: Running) -> None:
    answer = service.get("/v1/stations/nearest", **HERE, at=DAY, amenity="microwave,hot_water").json()
    assert names(answer) == ["朝内暖心驿站"]
    answer = service.get("/v1/stations/nearest", **HERE, at=DAY, kind=["nursing_room", "care_station"]).json()
    assert names(answer) == ["东四暖心驿站", "朝内暖心驿站"]
    assert names(answer, "unknown_hours") == ["王府井母婴室"]


def test_open_on_arrival_for_the_stay(service: Running) -> None:
    """朝内 closes at 20:00: at 19:50 it is open, but not for the stay of a quarter of an hour."""
    almost = TOMORROW.replace(hour=19, minute=50).isoformat()
    asked = {**HERE, "at": almost, "kind": "care_station"}
    assert names(service.get("/v1/stations/nearest", **asked).json()) == ["东四暖心驿站"]
    for more in ({"stay_minutes": 5}, {"open": "at"}):
        answer = service.get("/v1/stations/nearest", **asked, **more).json()
        assert names(answer) == ["东四暖心驿站", "朝内暖心驿站"]


def test_not_yet_open_but_open_when_i_get_there(service: Running) -> None:
    """A kilometre away at 21:50: 灯市口 opens at 22:00, before the walker arrives."""
    asked = {
        "lon": 116.4,
        "lat": 39.91,
        "at": TOMORROW.replace(hour=21, minute=50).isoformat(),
        "kind": "worker_home",
    }
    answer = service.get("/v1/stations/nearest", **asked).json()
    assert names(answer) == ["灯市口职工之家"]
    assert answer["stations"][0]["walk_minutes"] >= 10
    answer = service.get("/v1/stations/nearest", **asked, open="at").json()
    assert names(answer) == []
    assert answer["opens_next"]["name"] == "灯市口职工之家"
    assert answer["opens_next"]["opens_at"] == TOMORROW.replace(hour=22).isoformat()


def test_any_ignores_hours_and_says_the_state(service: Running) -> None:
    answer = service.get("/v1/stations/nearest", **HERE, at=NIGHT, open="any").json()
    states = {station["name"]: station["open_state"] for station in answer["stations"]}
    assert states == {
        "东四暖心驿站": "open", "朝内暖心驿站": "closed", "灯市口职工之家": "open",
        "王府井母婴室": "unknown", "西单心灵驿站": "closed",
    }  # fmt: skip
    assert list(states) == [s["name"] for s in sorted(answer["stations"], key=lambda s: s["distance_m"])]
    closed = answer["stations"][1]
    assert closed["opens_at"] == TOMORROW.replace(hour=9).isoformat()
    assert closed["open_reason"] == "rule"


@pytest.mark.parametrize("crs", ["wgs84", "gcj02", "bd09"])
def test_the_datum_asked_in_is_the_datum_answered_in(service: Running, crs: str) -> None:
    lon, lat = point_from_wgs84(HERE["lon"], HERE["lat"], Datum(crs))
    answer = service.get("/v1/stations/nearest", lon=lon, lat=lat, crs=crs, at=NIGHT).json()
    assert names(answer) == ["东四暖心驿站", "灯市口职工之家"]
    there = answer["stations"][0]["location"]
    expected = point_from_wgs84(116.41, 39.91, Datum(crs))
    assert (there["lon"], there["lat"]) == pytest.approx(expected, abs=1e-7)
    assert there["crs"] == crs
    assert answer["stations"][0]["distance_m"] == pytest.approx(8.5, abs=0.2)


def test_english_names_where_there_are_any(service: Running) -> None:
    answer = service.get("/v1/stations/nearest", **HERE, at=NIGHT, lang="en").json()
    assert names(answer) == ["Dongsi care station", "灯市口职工之家"]
    assert answer["stations"][0]["district"]["name"] == "Dongcheng"


def test_a_plus_that_became_a_space_is_a_plus(service: Running) -> None:
    answer = service.get("/v1/stations/nearest", **HERE, at=NIGHT.replace("+", " ")).json()
    assert answer["query"]["at"] == NIGHT


def test_nothing_around_is_an_empty_answer(service: Running) -> None:
    answer = service.get("/v1/stations/nearest", lon=0, lat=0).json()
    assert (answer["stations"], answer["unknown_hours"], answer["opens_next"]) == ([], [], None)


def test_beyond_the_horizon_is_a_clear_400(service: Running) -> None:
    late = (datetime.now(BEIJING) + timedelta(days=40)).isoformat()
    response = service.get("/v1/stations/nearest", **HERE, at=late, lang="en")
    assert response.status_code == 400
    problem = response.json()
    assert problem["type"] == "urn:geoapi:problem:beyond-horizon"
    assert problem["errors"][0]["field"] == "at"
    assert "known_until" in problem
