"""The sample's streets on record: once, walked along, and never in the way of real ones."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from geoapi.sample.city import sample_city
from loaders.sample import load_sample_city
from loaders.sample_streets import record_sample_streets
from tests.commands.conftest import Geoapi, geoapi

__all__ = ["geoapi"]

# few, so that it is quick: streets are laid to where stations stand
STATIONS = sample_city(scale=0.02).stations
ON_RECORD = "SELECT code, source, fingerprint, loaded_at, xmin FROM network"


def test_laid_once(conn: psycopg.Connection) -> None:
    made = record_sample_streets(conn, STATIONS)
    assert made is not None
    assert (made.code, made.source, str(made.as_of), made.changed) == ("sample", "sample", "2026-06-30", True)
    assert made.largest_share > 0.99
    before = conn.execute(ON_RECORD).fetchall()
    again = record_sample_streets(conn, STATIONS)
    assert again is not None
    assert again.as_dict() == {**made.as_dict(), "changed": False}
    assert conn.execute(ON_RECORD).fetchall() == before
    counted = "SELECT count(*), sum(length_m) / 1000, count(rank), bool_and(both_ways) FROM network_edge"
    [(edges, km, ranked, both_ways)] = conn.execute(counted).fetchall()
    assert (edges, ranked, both_ways) == (made.edges, made.edges, True)
    assert km == pytest.approx(made.length_km, abs=0.001)
    # lengths are those of the ground between the nodes
    wrong = """SELECT count(*) FROM network_edge AS e
               JOIN network_node AS a ON (a.network_id, a.node) = (e.network_id, e.tail)
               JOIN network_node AS b ON (b.network_id, b.node) = (e.network_id, e.head)
               WHERE abs(length_m - ST_Distance(ST_Point(a.lon, a.lat)::geography,
                 ST_Point(b.lon, b.lat)::geography)) > 0.001"""
    assert conn.execute(wrong).fetchone() == (0,)


def test_other_streets_of_the_samples_replace_them(conn: psycopg.Connection) -> None:
    first = record_sample_streets(conn, STATIONS)
    other = record_sample_streets(conn, STATIONS[::2])
    assert first is not None
    assert other is not None
    assert other.changed
    assert conn.execute("SELECT code, nodes FROM network").fetchall() == [("sample", other.nodes)]
    assert conn.execute("SELECT count(*) FROM network_node").fetchone() == (other.nodes,)


@pytest.mark.parametrize(
    ("code", "west", "laid"),
    [("beijing", 116.3, False), ("sample", -51.2, False), ("porto_alegre", -51.2, True)],
)
def test_real_streets_stay_alone(conn: psycopg.Connection, code: str, west: float, laid: bool) -> None:
    """Where the city has any, and where an extract was loaded in the place of the sample's."""
    conn.execute(
        """INSERT INTO network (code, source, nodes, edges, islands, largest_share, bounds, fingerprint)
           VALUES (%s, 'OpenStreetMap', 2, 1, 1, 1, ST_MakeEnvelope(%s, 39.9, %s, 40, 4326), 'x')""",
        [code, west, west + 0.1],
    )
    assert (record_sample_streets(conn, STATIONS) is not None) is laid
    kept = conn.execute("SELECT source FROM network WHERE code = %s", [code]).fetchall()
    assert kept == [("OpenStreetMap",)]


def test_a_sample_country_has_no_streets(conn: psycopg.Connection) -> None:
    assert load_sample_city(conn, stations=5, horizon_days=1) is not None
    assert conn.execute(ON_RECORD).fetchall() == []


def test_coverage_is_walked_along_them(geoapi: Geoapi, db_url: str) -> None:
    with psycopg.connect(db_url, autocommit=True) as conn:
        assert load_sample_city(conn, horizon_days=1) is not None
        before = conn.execute(ON_RECORD).fetchall()
        assert [row[:2] for row in before] == [("sample", "sample")]
        assert load_sample_city(conn, horizon_days=1) is None
        assert conn.execute(ON_RECORD).fetchall() == before

    def asked(*model: str) -> dict[str, Any]:
        done = geoapi("coverage", "110101", "--kind", "care_station", *model, "--lang", "en", "--json")
        assert done.returncode == 0, done.stderr
        answer: dict[str, Any] = json.loads(done.stdout)
        return answer

    straight, walked = asked(), asked("--model", "walk")
    assert straight["method"]["model"]["name"] == "straight"
    method, note = walked["method"], "the walking network is made up, as a sample"
    assert (method["model"]["network"], method["model"]["source"]) == ("sample", "sample")
    assert note in method["notes_en"]
    assert note not in straight["method"]["notes_en"]
    # in the middle of the city hardly anybody lives off the streets
    assert method["model"]["unreached"]["total"] < 0.02 * walked["total"]
    shares = [answer["unknown_closed"]["share"] for answer in (straight, walked)]
    assert 0.3 < min(shares) <= max(shares) <= 1
    assert abs(shares[0] - shares[1]) < 0.2
