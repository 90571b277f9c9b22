"""The sample city: a Beijing of made-up stations in real districts, at the scale of the real one.

At the end of 2018 Beijing had 9,650 worker care stations (644 of them in Dongcheng), 14 public-area worker
homes and 2,020 mother-and-baby rooms, and a plan for 300 psychological care points. The sample has as many,
by district in proportion to residents (census of 2020) times a guess at how central the district is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import cache
from typing import Final, Literal

from geoapi.sample.districts import CITY_CODE, RESIDENTS_2020, District, sample_districts
from geoapi.sample.draws import Draws, shares
from geoapi.sample.hosts import (
    APPOINTMENT_HOURS,
    ASK_STAFF,
    BEHIND_THE_GATES,
    BY_APPOINTMENT,
    DOOR_CODE,
    HOSTS,
    KINDS,
    SCAN_IN,
    STAFF_ONLY,
    Host,
)
from geoapi.sample.names import COMMUNITIES, HOTLINE, ROADS, invented_phone
from geoapi.sample.places import Place, Spot, places, spots

DEFAULT_SEED: Final = 12351
SOURCE: Final = "sample"
ZONE_KEY: Final = "bda"
AS_OF: Final = date(2026, 6, 30)
"""The day the sample pretends to have been put together; verifications lie up to 400 days before it."""

DONGCHENG, DONGCHENG_CARE_STATIONS = "110101", 644

# Stations per resident against the outer plain's.
CENTRALITY: Final = {
    "110101": 2.1, "110102": 1.8, "110105": 1.25, "110106": 1.05, "110107": 1.15, "110108": 1.15,
    "110109": 0.95, "110111": 0.85, "110112": 0.95, "110113": 0.95, "110114": 0.8, "110115": 0.9,
    "110116": 0.95, "110117": 0.9, "110118": 0.9, "110119": 0.95,
}  # fmt: skip

DESCRIPTION: Final = "示例数据，并非真实站点。"


@dataclass(frozen=True, slots=True)
class Organisation:
    """A union body. `parent_key` is None for the city's, `district_code` for the zone's and its streets'."""

    key: str
    parent_key: str | None
    level: Literal["city", "district", "zone", "street"]
    name_zh: str
    name_en: str
    district_code: str | None


@dataclass(frozen=True, slots=True)
class Station:
    """A made-up station. Position in WGS-84; `hours_text` as people write it, None when nobody did."""

    external_id: str
    kind: str
    name_zh: str
    name_en: str
    address: str
    lon: float
    lat: float
    district_code: str | None
    organisation_key: str
    host: str
    host_name: str
    hours_text: str | None
    amenities: tuple[str, ...]
    access: tuple[str, ...]
    phone: str | None
    description: str
    stars: int | None
    area_m2: int | None
    verified_at: date
    source: str = SOURCE


@dataclass(frozen=True, slots=True)
class SampleCity:
    """Organisations, parents before children, and stations, by kind and district."""

    organisations: tuple[Organisation, ...]
    stations: tuple[Station, ...]


def sample_city(seed: int = DEFAULT_SEED, scale: float = 1.0) -> SampleCity:
    """The city of a seed: the same to the byte at every making. `scale` multiplies the number of stations of
    each kind (rounded); 0 makes none."""
    if not 0.0 <= scale <= 100.0:
        raise ValueError("scale must be between 0 and 100")
    districts = sample_districts()
    counts = {kind: _counts(kind, scale) for kind in KINDS}
    standing: dict[str, Iterator[Spot]] = {}
    for i, district in enumerate(districts):
        wanted = sum(counts[kind][i] for kind in KINDS)
        standing[district.code] = iter(spots(district, wanted, Draws(seed, f"spots/{district.code}")))
    stations = [
        _station(kind, number, district, next(standing[district.code]), row)
        for kind in KINDS
        for i, district in enumerate(districts)
        for number, row in enumerate(
            Draws(seed, f"rows/{kind}/{district.code}").uniforms(counts[kind][i], _DRAWS_A_ROW).tolist(),
            start=1,
        )
    ]
    return SampleCity(sample_organisations(), tuple(_numbered(stations)))


def _numbered(stations: list[Station]) -> Iterator[Station]:
    """The stations with every name once: the second of a name is its 2号站, or No. 2, and so on."""
    seen: Counter[str] = Counter()
    for station in stations:
        seen.update((station.name_zh, station.name_en))
        if (nth := seen[station.name_zh]) > 1:
            station = replace(station, name_zh=f"{station.name_zh}{nth}号站")
        if (nth := seen[station.name_en]) > 1:
            station = replace(station, name_en=f"{station.name_en} No. {nth}")
        yield station


def _counts(kind: str, scale: float) -> list[int]:
    """How many of a kind each district has, in the order of their codes."""
    total = round(KINDS[kind].total * scale)
    weights = [RESIDENTS_2020[code] * CENTRALITY[code] for code in RESIDENTS_2020]
    if kind != "care_station":
        return shares(total, weights)
    here = min(total, round(DONGCHENG_CARE_STATIONS * scale))
    elsewhere = shares(
        total - here, [0.0 if code == DONGCHENG else w for code, w in zip(CENTRALITY, weights, strict=True)]
    )
    return [here if code == DONGCHENG else n for code, n in zip(CENTRALITY, elsewhere, strict=True)]


@cache
def sample_organisations() -> tuple[Organisation, ...]:
    """The city's federation, the sixteen districts' and the zone's, and their streets' and towns'."""
    city = Organisation(
        CITY_CODE, None, "city", "北京市总工会", "Beijing Federation of Trade Unions", CITY_CODE
    )
    zone = Organisation(
        ZONE_KEY, CITY_CODE, "zone", "北京经济技术开发区总工会",
        "Beijing Economic-Technological Development Area Federation of Trade Unions", None,
    )  # fmt: skip
    branches: list[Organisation] = []
    streets: list[Organisation] = []
    for district in sample_districts():
        name = f"{district.name_en} Federation of Trade Unions"
        branches.append(
            Organisation(
                district.code, CITY_CODE, "district", f"北京市{district.name_zh}总工会", name, district.code
            )
        )
        for place in places()[district.code]:
            streets.append(
                Organisation(
                    _organisation_key(place),
                    ZONE_KEY if place.zone else district.code,
                    "street",
                    f"{_area_zh(place, district)}{place.full_zh}总工会",
                    f"{place.full_en} Federation of Trade Unions",
                    None if place.zone else district.code,
                )
            )
    return (city, *branches, zone, *sorted(streets, key=lambda street: street.key))


def _organisation_key(place: Place) -> str:
    return f"{ZONE_KEY if place.zone else place.district_code}-s{place.number:02d}"


def _area_zh(place: Place, district: District) -> str:
    return "北京经济技术开发区" if place.zone else district.name_zh


_AMENITIES_FROM = 12
_DRAWS_A_ROW = _AMENITIES_FROM + max(len(kind.amenities) for kind in KINDS.values())
# Left to the community's name by its place, so that a community is called the same by all its stations.
_COMMUNITY_STEP = 7


def _station(kind: str, number: int, district: District, spot: Spot, u: list[float]) -> Station:
    """One station. Each of its uniform numbers `u` has its own use: a change to one leaves the others."""
    words = KINDS[kind]
    place = spot.place
    host_code = words.hosts.at(u[0])
    host = HOSTS[host_code]
    community_zh, community_en = COMMUNITIES[
        (place.number * _COMMUNITY_STEP + int(place.lon * 1000) + spot.community) % len(COMMUNITIES)
    ]
    host_zh = host.zh[int(u[1] * len(host.zh))]
    name_zh, host_name = _names(words.zh, host_code, host_zh, place, community_zh)
    hours_text = (APPOINTMENT_HOURS if kind == "psych_point" else host.hours).at(u[2])
    road = ROADS[int(u[3] * len(ROADS))]
    house = 1 + int(u[4] * u[4] * 260)
    return Station(
        external_id=f"{kind}-{district.code}-{number:04d}",
        kind=kind,
        name_zh=name_zh,
        name_en=f"{words.en} ({host.en}, {community_en}, {place.full_en})",
        address=f"北京市{district.name_zh}{place.full_zh}{place.name_zh}{road}{house}号",
        lon=spot.lon,
        lat=spot.lat,
        district_code=district.code,
        organisation_key=_organisation(kind, place, u[5]),
        host=host_code,
        host_name=host_name,
        hours_text=hours_text,
        amenities=_amenities(words.amenities, host, u[_AMENITIES_FROM:]),
        access=_access(kind, host_code, hours_text, u[6]),
        phone=_phone(kind, u[7], int(u[8] * 10_000)),
        description=DESCRIPTION,
        stars=3 + int(u[9] * u[9] * 3) if kind == "care_station" and u[9] > 0.3 else None,
        area_m2=_area_m2(kind, u[10]),
        verified_at=AS_OF - timedelta(days=int(u[11] * u[11] * 400)),
    )


def _names(kind_zh: str, host_code: str, host_zh: str, place: Place, community: str) -> tuple[str, str]:
    """The station's name and its host's."""
    match host_code:
        case "community_centre":
            return f"{place.full_zh}{community}社区{kind_zh}", f"{community}{host_zh}"
        case "street_office" | "government" | "union_building":
            return f"{place.full_zh}{kind_zh}（{host_zh}）", f"{place.full_zh}{host_zh}"
        case "party_centre":
            return f"{community}{host_zh}{kind_zh}", f"{place.full_zh}{community}{host_zh}"
        case "convenience_store" | "bank" | "estate_agent":
            branch = "支行" if host_code == "bank" else "店"
            venue = f"{host_zh}（{place.name_zh}{community}{branch}）"
            return f"{kind_zh}·{venue}", venue
        case "other":
            return f"{place.name_zh}{community}{host_zh}", f"{community}{host_zh}"
        case _:
            venue = f"{place.name_zh}{community}{host_zh}"
            return f"{venue}{kind_zh}", venue


def _organisation(kind: str, place: Place, u: float) -> str:
    """Who runs it: mostly the street's union; some the district's, and a few worker homes the city's."""
    upper = ZONE_KEY if place.zone else place.district_code
    if kind == "worker_home":
        return CITY_CODE if u < 0.2 else upper
    return upper if u < (0.3 if kind == "psych_point" else 0.04) else _organisation_key(place)


def _amenities(likely: dict[str, float], host: Host, u: list[float]) -> tuple[str, ...]:
    # At least drinking water, a chair or a counsellor: an empty station is none.
    has = tuple(code for (code, p), x in zip(likely.items(), u, strict=False) if x < host.likely.get(code, p))
    return has or (next(iter(likely)),)


def _access(kind: str, host_code: str, hours_text: str | None, u: float) -> tuple[str, ...]:
    if hours_text and "门禁码" in hours_text:
        return (DOOR_CODE,)
    if hours_text and ("自助" in hours_text or "扫码" in hours_text):
        return (SCAN_IN,)
    if kind == "psych_point":
        return (BY_APPOINTMENT,) if u < 0.8 else ()
    if host_code == "metro_station":
        return (BEHIND_THE_GATES,) if u < 0.7 else ()
    if kind == "nursing_room":
        return (ASK_STAFF,) if u < 0.12 else (STAFF_ONLY,) if u < 0.15 else ()
    return ()


def _phone(kind: str, u: float, number: int) -> str | None:
    if kind == "psych_point" and u < 0.6:
        return HOTLINE
    return None if u < 0.15 else HOTLINE if u < 0.25 else invented_phone(number)


_AREAS_M2 = {
    "care_station": (6, 60),
    "worker_home": (120, 600),
    "nursing_room": (6, 30),
    "psych_point": (10, 50),
}


def _area_m2(kind: str, u: float) -> int | None:
    if u < 0.2:
        return None
    low, high = _AREAS_M2[kind]
    return low + int((u - 0.2) / 0.8 * (high - low + 1))
