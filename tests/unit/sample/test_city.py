"""The sample city: as many as in Beijing, where people are, plausible, and the same every time."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import astuple

import pytest

from geoapi.geometry.districts import assign_districts
from geoapi.sample.city import AS_OF, Station, sample_city, sample_organisations
from geoapi.sample.country import LARGEST, sample_country
from geoapi.sample.districts import CITY_CODE, RESIDENTS_2020, sample_districts
from geoapi.sample.draws import Draws, Weighted, shares
from geoapi.sample.hosts import HOSTS, KINDS, UNSAID
from geoapi.sample.places import ZONE_PLACES, places

CITY = sample_city()
CARE = [station for station in CITY.stations if station.kind == "care_station"]
ROUND_THE_CLOCK = ("24小时", "全天", "其余时间")
AMENITIES = {
    "drinking_water", "hot_water", "microwave", "kettle", "table_chairs", "sofa", "lockers", "heating",
    "air_conditioning", "wifi", "phone_charging", "toilet", "fridge", "first_aid", "umbrella", "raincoat",
    "tyre_pump", "nursing_chair", "changing_table", "wash_basin", "socket", "privacy_door", "privacy_curtain",
    "counselling", "self_assessment", "relaxation", "hotline",
}  # fmt: skip


def fingerprint(stations: tuple[Station, ...]) -> str:
    lines = ("|".join(map(str, astuple(station))) for station in stations)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def test_the_city_is_the_same_to_the_byte() -> None:
    """On purpose: whoever changes the sample changes this line, and says so in the changelog."""
    assert fingerprint(CITY.stations) == "1a40f8c7f1c1c66dda52ad2186a3dbe253f597ac0a0bec73708a4a6ca1c23f0a"
    assert sample_city().stations == CITY.stations


def test_another_seed_is_another_city() -> None:
    other = sample_city(seed=1, scale=0.1)
    assert fingerprint(other.stations) != fingerprint(sample_city(scale=0.1).stations)


def test_there_are_as_many_as_in_beijing() -> None:
    assert Counter(station.kind for station in CITY.stations) == {
        "care_station": 9_650, "worker_home": 14, "nursing_room": 2_020, "psych_point": 300,
    }  # fmt: skip
    assert sum(station.district_code == "110101" for station in CARE) == 644


def test_stations_are_where_people_are() -> None:
    per_10_000 = {
        code: 10_000 * sum(station.district_code == code for station in CARE) / residents
        for code, residents in RESIDENTS_2020.items()
    }
    assert all(2.5 < rate < 10 for rate in per_10_000.values())
    assert sorted(per_10_000, key=lambda code: -per_10_000[code])[:2] == ["110101", "110102"]


def test_every_station_lies_in_its_district() -> None:
    districts = sample_districts()
    found = assign_districts(
        [station.lon for station in CITY.stations],
        [station.lat for station in CITY.stations],
        [district.polygon for district in districts],
    )
    assert [districts[i].code for i in found] == [station.district_code for station in CITY.stations]


def test_ids_names_and_positions_are_each_stations_own() -> None:
    for field in ("external_id", "name_zh", "name_en"):
        values = [getattr(station, field) for station in CITY.stations]
        assert len(set(values)) == len(values)
    assert len({(station.lon, station.lat) for station in CITY.stations}) > 0.99 * len(CITY.stations)


def test_every_station_says_it_is_a_sample() -> None:
    assert {station.source for station in CITY.stations} == {"sample"}
    assert all("示例数据" in station.description for station in CITY.stations)


def test_nobody_can_be_reached_by_its_telephones() -> None:
    phones = {station.phone for station in CITY.stations} - {None, "12351"}
    assert all(phone is not None and phone.startswith("010-0000-") for phone in phones)


def test_codes_are_those_of_the_service() -> None:
    assert {code for station in CITY.stations for code in station.amenities} == AMENITIES
    assert {station.host for station in CITY.stations} == set(HOSTS)
    assert all(
        station.amenities and len(set(station.amenities)) == len(station.amenities)
        for station in CITY.stations
    )


def test_three_in_the_morning_is_interesting() -> None:
    open_all_night = [
        station
        for station in CARE
        if station.hours_text and any(word in station.hours_text for word in ROUND_THE_CLOCK)
    ]
    assert 0.06 < len(open_all_night) / len(CARE) < 0.085
    assert len([station for station in open_all_night if "microwave" in station.amenities]) > 300
    assert any(station.hours_text == "每日22:00-次日6:00" for station in CARE)


def test_some_hours_nobody_wrote_down() -> None:
    unsaid = {text for text, _ in UNSAID}
    assert 0.06 < sum(station.hours_text in unsaid for station in CARE) / len(CARE) < 0.10
    assert any(station.hours_text is None for station in CARE)


@pytest.mark.parametrize("host", HOSTS)
def test_hours_are_wordings_of_the_host(host: str) -> None:
    texts = {station.hours_text for station in CITY.stations if station.host == host}
    assert len(texts) > 2


def test_a_24_hour_door_says_how_it_opens() -> None:
    for station in CITY.stations:
        if station.hours_text and "门禁码" in station.hours_text:
            assert station.access == ("凭门禁码进入",)


def test_verified_within_400_days() -> None:
    assert all(0 <= (AS_OF - station.verified_at).days < 400 for station in CITY.stations)


def test_organisations_form_one_tree() -> None:
    organisations = sample_organisations()
    seen: set[str | None] = {None}
    for organisation in organisations:
        assert organisation.parent_key in seen  # parents first
        seen.add(organisation.key)
    assert len(seen) == len(organisations) + 1
    levels = Counter(organisation.level for organisation in organisations)
    assert (levels["city"], levels["district"], levels["zone"]) == (1, 16, 1)
    assert {station.organisation_key for station in CITY.stations} <= seen


def test_the_zone_runs_stations_inside_other_districts() -> None:
    zone = [station for station in CITY.stations if station.organisation_key.startswith("bda")]
    assert {station.district_code for station in zone} == {"110112", "110115"}
    assert 200 < len(zone) < 400
    assert all(abs(station.lon - 116.52) < 0.08 and abs(station.lat - 39.78) < 0.06 for station in zone)


def test_places_lie_in_their_districts() -> None:
    districts = sample_districts()
    listed = [place for here in places().values() for place in here]
    found = assign_districts(
        [place.lon for place in listed], [place.lat for place in listed], [d.polygon for d in districts]
    )
    assert [districts[i].code for i in found] == [place.district_code for place in listed]
    assert len(listed) == 300 + len(ZONE_PLACES)


@pytest.mark.parametrize("scale", [0.0, 0.001, 0.1, 1.25])
def test_scale_multiplies(scale: float) -> None:
    stations = sample_city(scale=scale).stations
    assert len(stations) == sum(round(kind.total * scale) for kind in KINDS.values())


@pytest.mark.parametrize("scale", [-1.0, float("nan"), 1000.0])
def test_an_absurd_scale_is_refused(scale: float) -> None:
    with pytest.raises(ValueError, match="scale"):
        sample_city(scale=scale)


def test_a_country_is_the_city_and_its_copies() -> None:
    stations = list(sample_country(30_000))
    assert tuple(stations[: len(CITY.stations)]) == CITY.stations
    assert len({station.external_id for station in stations}) == 30_000
    copy = stations[len(CITY.stations)]
    assert copy.district_code is None
    assert copy.organisation_key == CITY.stations[0].organisation_key
    assert len({(station.lon, station.lat) for station in stations}) > 29_900
    with pytest.raises(ValueError, match="n must"):
        sample_country(LARGEST + 1)


def test_draws_are_splitmix64() -> None:
    """Its published first outputs for the state 1234567, as 53-bit fractions."""
    draws = Draws(0, "")
    draws._next = 1234567
    published = [6457827717110365317, 3203168211198807973, 9817491932198370423]
    assert draws.uniforms(3).tolist() == [(value >> 11) / 2**53 for value in published]


def test_draws_go_on_where_they_stopped() -> None:
    one, other = Draws(7, "a"), Draws(7, "a")
    assert one.uniforms(6).tolist() == [*other.uniforms(2).tolist(), *other.uniforms(2, 2).ravel().tolist()]
    assert one.uniforms(3).tolist() != Draws(7, "b").uniforms(3).tolist()


def test_choices_follow_their_weights() -> None:
    pick = Weighted([("a", 1.0), ("b", 0.0), ("c", 3.0)])
    assert [pick.at(u) for u in (0.0, 0.2499, 0.25, 0.9999)] == ["a", "a", "c", "c"]


@pytest.mark.parametrize(
    ("total", "weights", "counts"),
    [(10, [1, 1, 1], [4, 3, 3]), (0, [1, 2], [0, 0]), (1, [1, 2], [0, 1]), (7, [0, 1], [0, 7])],
)
def test_shares_add_up(total: int, weights: list[float], counts: list[int]) -> None:
    assert shares(total, weights) == counts


def test_the_citys_own_organisation_is_its_district_code() -> None:
    assert sample_organisations()[0].key == CITY_CODE
