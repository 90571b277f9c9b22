"""Two real cities from their files to a planner's answers: Porto Alegre, and Beijing's census.

Porto Alegre is asked all that a planner would ask before a meeting; Beijing's figures are worked out again by
PostGIS from the rows on record.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from geoapi.commands.planning.report import make_report
from geoapi.coverage.runners import inline
from geoapi.geometry.datums import Datum
from geoapi.sample.city import sample_city
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from loaders.demand.from_demand import districts_from_demand
from loaders.demand.load import load_demand
from loaders.demand.mapping import read_demand_mapping, read_over_mapping
from loaders.districts import Boundary, city_of, known_codes, read_boundaries, record_districts, with_parent
from loaders.load import load_file
from loaders.mapping import read_mapping
from loaders.network import load_network
from tests.api.conftest import running
from tests.api.planning.conftest import Planning
from tests.conftest import SHARED_DATA, clone, needs_shared_data
from tests.queries.conftest import HORIZON_DAYS, World

pytestmark = needs_shared_data

ROADS, POPULATION = SHARED_DATA / "roads", SHARED_DATA / "population"
READINGS = ("unknown_closed", "unknown_open")
MONDAY = datetime(2026, 11, 23, tzinfo=UTC)


def serving(url: str) -> Any:
    settings = Settings(database=DatabaseSettings(pool_size=4), coverage=CoverageSettings())
    return running(url, settings, runner=inline)


def by_code(answer: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    return {part["code"]: part for part in answer["districts"]}


# Porto Alegre --------------------------------------------------------------------------------

POA = "/v1/districts/poa"
POA_NIGHT = "2026-11-25T03:00:00-03:00"
POA_DAY = "2026-11-25T12:00:00-03:00"
RESIDENTS = 812_935


@pytest.fixture(scope="module")
def poa(server_url: str) -> Iterator[Planning]:
    """Porto Alegre: its residents by cell, districts made of them, its ways, and fifteen places."""
    with clone(server_url) as url:
        with psycopg.connect(url) as conn:
            report = load_demand(
                conn,
                ROADS / "porto_alegre_population_hex.csv",
                read_demand_mapping(Path("porto_alegre_residents")),
            )
            assert (report.rows, report.accepted) == (1227, 1227)
            boundaries = districts_from_demand(conn, "residents_poa", "poa", "阿雷格里港")
            moved = record_districts(conn, boundaries, source="demand layer residents_poa")
            assert moved.demand_points_moved == 1227
            network = load_network(conn, ROADS / "porto_alegre.osm.pbf", code="porto_alegre")
            assert network.nodes > 30_000
            loaded = load_file(
                conn,
                ROADS / "porto_alegre_points.csv",
                read_mapping(Path("porto_alegre_places")),
                horizon_days=HORIZON_DAYS,
                now=MONDAY,
            )
            assert (loaded.rows, loaded.accepted) == (15, 15)
            conn.commit()
            names = conn.execute("SELECT name_zh, id FROM station").fetchall()
        with serving(url) as address, httpx.Client(base_url=address, timeout=120) as client:
            yield Planning(dict(names), client, url)


def test_everybody_is_in_a_district(poa: Planning) -> None:
    found = poa.ask(f"{POA}/coverage", at=POA_DAY)
    assert found["total"] == RESIDENTS == sum(part["total"] for part in found["districts"])
    assert found["outside"] == {"points": 0, "total": 0.0}
    assert found["method"]["time_zone"] == "America/Sao_Paulo"
    stations = found["method"]["stations"]
    # one of the places stands where nobody lives, and no district is made of it
    assert (stations["counted"], stations["around"]) == (14, 1)


@pytest.mark.parametrize("model", ["straight", "walk"])
def test_a_week_follows_the_places_own_clocks(poa: Planning, model: str) -> None:
    week = poa.ask(f"{POA}/coverage", week_of="2026-11-25", model=model)
    assert week["hours"][0] == "2026-11-23T00:00:00-03:00"
    covered = week["unknown_closed"]["covered"]
    day = covered[12]
    assert 0 < day < RESIDENTS
    # every place is supposed to be open from 7:00 to 22:00
    assert covered == [day if 7 <= hour % 24 < 22 else 0 for hour in range(168)]
    assert week["worst_hour"] == {"at": "2026-11-23T00:00:00-03:00", "share": 0.0}
    for reading in READINGS:
        hours = zip(*(part[reading]["covered"] for part in week["districts"]), strict=True)
        assert [sum(hour) for hour in hours] == pytest.approx(week[reading]["covered"])


def test_nobody_walks_less_far_than_straight(poa: Planning) -> None:
    walked = poa.ask(f"{POA}/coverage", at=POA_DAY, model="walk")
    assert walked["method"]["model"]["network"] == "porto_alegre"
    # the extract does not reach all of the city's cells: who is too far from a way is told
    assert walked["method"]["model"]["unreached"]["total"] < 0.05 * RESIDENTS
    factor = 1.3
    line = poa.ask(f"{POA}/coverage", at=POA_DAY, within=f"{1080 * factor:g}m")
    assert 0 < walked["unknown_closed"]["covered"] <= line["unknown_closed"]["covered"]
    assert walked["unknown_closed"]["mean_distance_m"] > 1000


def test_the_worst_district_at_three_in_the_morning(poa: Planning) -> None:
    found = poa.ask(f"{POA}/coverage", at=POA_NIGHT)
    # all is closed: every district is as badly served as any
    assert {part["rank"] for part in found["districts"]} == {1}
    assert found["unknown_closed"]["covered"] == 0
    assert found["unknown_closed"]["mean_distance_m"] is None
    # with one place open at night the others are worse off than its district
    market = next(id_ for name, id_ in poa.ids.items() if "market" in name)
    tried = poa.tell(
        "/v1/coverage/what-if",
        {"code": "poa", "at": POA_NIGHT, "change_hours": [{"id": str(market), "hours": "24/7"}]},
    )["after"]
    ranks = {part["code"]: part["rank"] for part in tried["districts"]}
    shares = {part["code"]: part["unknown_closed"]["share"] for part in tried["districts"]}
    best = max(shares, key=lambda code: shares[code])
    assert shares[best] > 0
    assert ranks[best] == max(ranks.values()) > min(ranks.values()) == 1


@pytest.mark.parametrize("model", ["straight", "walk"])
def test_gaps_are_all_who_are_uncovered(poa: Planning, model: str) -> None:
    coverage = poa.ask(f"{POA}/coverage", at=POA_DAY, model=model)["unknown_closed"]
    found = poa.ask(f"{POA}/gaps", at=POA_DAY, model=model, limit=1000)
    gaps = [feature["properties"] for feature in found["features"]]
    assert found["uncovered"] == pytest.approx(coverage["uncovered"])
    assert sum(gap["uncovered"] for gap in gaps) == pytest.approx(coverage["uncovered"])
    assert [gap["uncovered"] for gap in gaps] == sorted((g["uncovered"] for g in gaps), reverse=True)
    assert all(gap["hours"]["count"] == 168 for gap in gaps), "uncovered by day is uncovered by night"
    names = set(poa.ids)
    if model == "straight":
        assert {gap["nearest"]["name"] for gap in gaps} <= names
        assert all(gap["nearest"]["distance_m"] > 1080 for gap in gaps)


@pytest.mark.parametrize("model", ["straight", "walk"])
def test_the_five_best_sites_keep_what_they_promise(poa: Planning, model: str) -> None:
    asked = {"at": POA_DAY, "model": model}
    found = poa.ask(f"{POA}/sites", n=5, exact="true", **asked)
    assert found["solver"]["optimal"]
    assert found["solver"]["gap"] == 0
    assert len(found["sites"]) == 5
    greedy = poa.ask(f"{POA}/sites", n=5, **asked)
    promised = sum(site["gain"] for site in found["sites"])
    assert promised >= sum(site["gain"] for site in greedy["sites"]) > 0
    for sites in (found["sites"], greedy["sites"]):
        tried = poa.tell(
            "/v1/coverage/what-if",
            {
                "code": "poa",
                **asked,
                "add": [{name: site["location"][name] for name in ("lon", "lat")} for site in sites],
            },
        )
        gained = tried["difference"]["unknown_closed"]["covered"]
        assert gained == pytest.approx(sum(site["gain"] for site in sites), abs=1e-6)
        assert tried["after"]["unknown_closed"]["covered"] == pytest.approx(sites[-1]["covered"], abs=1e-6)


@pytest.mark.parametrize("model", ["straight", "walk"])
def test_the_five_best_extensions_keep_what_they_promise(poa: Planning, model: str) -> None:
    asked = {"week_of": "2026-11-25", "model": model}
    found = poa.ask(f"{POA}/extensions", n=5, **asked)
    assert [one["rank"] for one in found["extensions"]] == [1, 2, 3, 4, 5]
    rates = [one["gain_per_hour"] for one in found["extensions"]]
    assert rates == sorted(rates, reverse=True)
    # each one's gain is beside those before it
    hours = {one["station"]["id"]: "Mo-Su 07:00-22:00" for one in found["extensions"]}
    promised = 0.0
    for rank, one in enumerate(found["extensions"], 1):
        id_ = one["station"]["id"]
        hours[id_] += f", {one['hours']}"
        promised += one["gain"]
        if rank not in (1, 2, 5):
            continue
        changes = [{"id": id_, "hours": text} for id_, text in hours.items()]
        tried = poa.tell("/v1/coverage/what-if", {"code": "poa", **asked, "change_hours": changes})
        assert sum(tried["difference"]["unknown_closed"]["covered"]) == pytest.approx(promised, rel=1e-9)
        assert one["gain_per_hour"] == pytest.approx(one["gain"] / one["extra_hours"])


class Page(HTMLParser):
    """The headings of a page, and what it would fetch from elsewhere."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.headings = 0
        self.fetched: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.headings += tag in {"h1", "h2"}
        if tag in {"script", "img", "link", "iframe"}:
            self.fetched += [value or "" for name, value in attrs if name in {"src", "href"}]


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_the_report_of_the_city(poa: Planning, lang: str) -> None:
    def ask(path: str, parameters: Mapping[str, Any], body: Any = None) -> tuple[int, bytes]:
        given = {name: value for name, value in parameters.items() if value is not None}
        response = poa.client.get(path, params=given) if body is None else poa.client.post(path, json=body)
        return response.status_code, response.content

    asked = {"at": POA_DAY, "lang": lang, "within": "15min", "demand": None}
    html = make_report(ask, "poa", asked, week_of=None, n=5)
    page = Page(html)
    assert page.headings >= 5
    assert all(one.startswith("data:") for one in page.fetched)
    assert "阿雷格里港" in html
    assert "812,935" in html


# Beijing -------------------------------------------------------------------------------------

BEIJING = "/v1/districts/110000"
NIGHT = "2026-11-25T03:00:00+08:00"
EVERY = 25
"""Of the sample city's stations: 480."""


@pytest.fixture(scope="module")
def beijing(server_url: str) -> Iterator[Planning]:
    """Beijing's real boundaries, its census over its road junctions, and some of the sample's stations."""
    with clone(server_url) as url:
        with psycopg.connect(url) as conn:
            record_districts(conn, _boundaries(conn), source="M3")
            report = load_demand(
                conn,
                POPULATION / "beijing_district_census.csv",
                read_demand_mapping(Path("beijing_census")),
                over=POPULATION / "beijing_road_nodes.csv",
                over_mapping=read_over_mapping(Path("beijing_junctions")),
            )
            assert report.accepted == 16
            world = World(url, conn, MONDAY)
            ids = {
                str(number): world.add(station.lon, station.lat, station.hours_text)
                for number, station in enumerate(sample_city().stations[::EVERY])
            }
            world.ready()
        with serving(url) as address, httpx.Client(base_url=address, timeout=120) as client:
            yield Planning(ids, client, url)


def _boundaries(conn: psycopg.Connection) -> list[Boundary]:
    districts, _ = read_boundaries(
        SHARED_DATA / "boundaries" / "beijing_districts_wgs84.geojson",
        datum=Datum.WGS84,
        known_codes=known_codes(conn),
    )
    return [city_of("110000", "北京市", "Beijing", districts), *with_parent(districts, "110000")]


def test_the_census_is_exact_in_every_district(beijing: Planning) -> None:
    with (POPULATION / "beijing_district_census.csv").open(encoding="utf-8-sig") as file:
        census = {row["district"]: int(row["pop_2020_census"]) for row in csv.DictReader(file)}
    found = beijing.ask(f"{BEIJING}/coverage", at=NIGHT)
    assert {part["name_zh"]: part["total"] for part in found["districts"]} == census
    assert found["total"] == 21_893_095
    assert found["outside"] == {"points": 0, "total": 0.0}


def test_coverage_at_three_is_that_of_postgis(beijing: Planning) -> None:
    found = beijing.ask(f"{BEIJING}/coverage", at=NIGHT, within="1080m")
    with psycopg.connect(beijing.database_url) as conn:
        for reading, states in (("unknown_closed", ["open"]), ("unknown_open", ["open", "unknown"])):
            # the stations counted as open then, by their opening times on record
            conn.execute(
                """CREATE TEMPORARY TABLE shop AS
                   SELECT DISTINCT ON (s.id) s.geog FROM station AS s
                   JOIN station_schedule AS t ON t.station_id = s.id
                   JOIN open_interval AS o USING (schedule_id)
                   WHERE o.state = ANY (%s) AND o.starts_at <= %s AND o.ends_at > %s""",
                [states, NIGHT, NIGHT],
            )
            conn.execute("CREATE INDEX ON shop USING gist (geog)")
            rows = conn.execute(
                """SELECT p.district_code, sum(p.weight) FILTER (
                     WHERE EXISTS (
                       SELECT FROM shop
                       WHERE ST_DWithin(
                         shop.geog, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4326)::geography, %s)
                     ))
                   FROM demand_point AS p GROUP BY p.district_code""",
                [1080 / 1.3],
            ).fetchall()
            conn.execute("DROP TABLE shop")
            expected = {code: float(people or 0) for code, people in rows}
            assert {code: part[reading]["covered"] for code, part in by_code(found).items()} == expected
            assert found[reading]["covered"] == sum(expected.values()) > 0
