"""The list: every filter against brute force, and cursors that walk through everything exactly once."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import psycopg
import pytest
from psycopg.types.range import TimestamptzRange

from geoapi.db.search_text import search_text
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.queries import search
from geoapi.queries.cursors import make_cursor
from geoapi.queries.search import StationFilter
from tests.api.conftest import Running, running
from tests.conftest import clone
from tests.queries.conftest import World

LIST = "/v1/stations"
KINDS = ("care_station", "worker_home", "nursing_room", "psych_point")
CODES = {1: "drinking_water", 3: "microwave", 10: "wifi"}
BEGINNING = datetime(2026, 3, 1, tzinfo=UTC)
DISTRICTS = (
    ("110000", None, "city", "北京市"), ("110101", "110000", "district", "东城区"),
    ("110101001", "110101", "street", "东华门街道"), ("110108", "110000", "district", "海淀区"),
    ("410100", None, "city", "郑州市"),
)  # fmt: skip
INSIDE = {
    "110000": {"110000", "110101", "110101001", "110108"}, "110101": {"110101", "110101001"},
    "110101001": {"110101001"}, "110108": {"110108"}, "410100": {"410100"},
}  # fmt: skip


@dataclass(frozen=True)
class Known:
    """A station as it was put in."""

    id: int
    lon: float
    lat: float
    kind: str
    amenities: frozenset[str]
    broken: frozenset[str]
    district: str | None
    updated_at: datetime
    retired: bool


@dataclass(frozen=True)
class Town:
    """A service on stations that are known."""

    service: Running
    stations: list[Known]

    def ids(self, **parameters: Any) -> list[int]:
        """The ids of the first page."""
        response = self.service.get(LIST, **{"limit": 500, **parameters})
        assert response.status_code == 200, response.text
        return [int(item["id"]) for item in response.json()["items"]]

    def walk(self, **parameters: Any) -> list[int]:
        """The ids of every page, in order."""
        ids: list[int] = []
        cursor = None
        while True:
            response = self.service.get(LIST, **parameters, **({"cursor": cursor} if cursor else {}))
            assert response.status_code == 200, response.text
            page = response.json()
            assert len(page["items"]) <= parameters["limit"]
            ids += [int(item["id"]) for item in page["items"]]
            cursor = page["next_cursor"]
            if cursor is None:
                return ids
            assert page["items"]


@pytest.fixture(scope="module")
def town(server_url: str) -> Iterator[Town]:
    """150 stations about Beijing, at the antimeridian and on edges; some retired, some out of order."""
    with clone(server_url) as url:
        stations = _fill(url)
        with running(url) as address, httpx.Client(base_url=address, timeout=30) as client:
            yield Town(Running(address, url, {}, client), stations)


def _fill(url: str) -> list[Known]:
    draw = random.Random(20261122)
    known = []
    with psycopg.connect(url) as conn:
        world = World(url, conn)
        for code, parent, level, name in DISTRICTS:
            conn.execute(
                """INSERT INTO district (code, parent_code, level, name_zh, geom, source) VALUES
                   (%s, %s, %s, %s, ST_Multi(ST_MakeEnvelope(116, 39, 117, 40, 4326)), 'test')""",
                [code, parent, level, name],
            )
        spots = [(116.4, 39.9), (116.41, 39.91), (180.0, 39.9), (-180.0, 39.9), (179.99, 0.0), (-179.99, 0.0)]
        spots += [(draw.uniform(116.38, 116.44), draw.uniform(39.88, 39.94)) for _ in range(144)]
        for n, (lon, lat) in enumerate(spots):
            kind, own = draw.randrange(4), {i for i in CODES if draw.random() < 0.6}
            district = draw.choice([None, "110000", "110101", "110101001", "110108", "410100"])
            # several share one moment: ties go by id
            updated_at = BEGINNING + timedelta(hours=draw.randrange(40))
            retired = draw.random() < 0.15
            id_ = world.add(
                lon, lat, "24小时", kind_id=kind + 1, name_zh=f"驿站{n}", amenity_ids=sorted(own),
                district_code=district, updated_at=updated_at, retired_at=updated_at if retired else None,
                search=search_text(f"驿站{n}", None, None, None, None),
            )  # fmt: skip
            broken = {i for i in own if draw.random() < 0.3}
            for amenity in broken:
                conn.execute(
                    "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, %s, %s)",
                    [id_, amenity, TimestamptzRange(BEGINNING, None)],
                )
            for amenity in own - broken:
                # over: does not count
                conn.execute(
                    "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, %s, %s)",
                    [id_, amenity, TimestamptzRange(BEGINNING, BEGINNING + timedelta(days=1))],
                )
            # an outage is a change of its station, too: put the time back that the test is about
            conn.execute("UPDATE station SET updated_at = %s WHERE id = %s", [updated_at, id_])
            names = (frozenset(CODES[i] for i in own), frozenset(CODES[i] for i in broken))
            known.append(Known(id_, lon, lat, KINDS[kind], *names, district, updated_at, retired))
        world.ready()
    return known


def expected(town: Town, **asked: Any) -> list[int]:
    """What the list is to answer, found one by one."""
    found = []
    since = asked.get("updated_since")
    for one in town.stations:
        if one.retired and since is None:
            continue
        if since is not None and one.updated_at < datetime.fromisoformat(since):
            continue
        if "kind" in asked and one.kind not in asked["kind"]:
            continue
        if not set(asked.get("amenity", ())) <= one.amenities - one.broken:
            continue
        if "district" in asked and one.district not in INSIDE[asked["district"]]:
            continue
        if "bbox" in asked:
            west, south, east, north = map(float, asked["bbox"].split(","))
            lon, lat = point_from_wgs84(one.lon, one.lat, Datum(asked.get("crs", "wgs84")))
            across = west <= lon <= east if west <= east else lon >= west or lon <= east
            if not (across and south <= lat <= north):
                continue
        found.append(one)
    return [one.id for one in sorted(found, key=lambda one: (one.updated_at, one.id) if since else (one.id,))]


QUESTIONS: tuple[dict[str, Any], ...] = (
    {},
    {"kind": ["nursing_room"]},
    {"kind": ["nursing_room", "psych_point"]},
    {"amenity": ["wifi"]},
    {"amenity": ["microwave", "wifi", "drinking_water"]},
    {"district": "110000"}, {"district": "110101"}, {"district": "110101001"}, {"district": "410100"},
    {"bbox": "116.40,39.90,116.42,39.92"},
    {"bbox": "116.40,39.90,116.42,39.92", "crs": "gcj02"},
    {"bbox": "116.41,39.90,116.44,39.93", "crs": "bd09"},
    {"bbox": "116.4,39.9,116.4,39.9"},
    {"bbox": "179,-1,-179,40"},
    {"bbox": "180,39,180,40"}, {"bbox": "-180,39,-180,40"},
    {"bbox": "116.41,-90,-179.995,90"},
    {"bbox": "116.41,-90,-179.995,90", "crs": "gcj02"},
    {"bbox": "-180,-90,180,90"}, {"bbox": "0,0,1,1"},
    {"updated_since": "2026-03-01T00:00:00+00:00"},
    {"updated_since": "2026-03-02T03:00:00+08:00"},
    {"updated_since": "2026-03-01T12:00:00+00:00", "kind": ["care_station"], "district": "110101"},
    {"bbox": "116.39,39.89,116.43,39.93", "crs": "gcj02", "kind": ["care_station", "worker_home"],
     "amenity": ["microwave"], "district": "110000"},
)  # fmt: skip


@pytest.mark.parametrize("asked", QUESTIONS, ids=str)
def test_the_list_is_what_brute_force_finds(town: Town, asked: dict[str, Any]) -> None:
    assert town.ids(**asked) == expected(town, **asked)


@pytest.mark.parametrize("limit", [4, 500])
@pytest.mark.parametrize("asked", [QUESTIONS[i] for i in (0, 10, 17, 20, 23)], ids=str)
def test_a_walk_by_cursor_meets_everything_once(town: Town, asked: dict[str, Any], limit: int) -> None:
    assert town.walk(**asked, limit=limit) == expected(town, **asked)


@pytest.mark.parametrize("words", ["驿站", "驿占", "yizan"])
def test_a_walk_through_what_words_find_meets_everything_once(town: Town, words: str) -> None:
    """Ranks are equal for many; likeness is a fraction of single precision."""
    whole = town.ids(q=words)
    assert len(whole) > 20
    assert len(set(whole)) == len(whole)
    assert town.walk(q=words, limit=7) == whole
    since = BEGINNING.isoformat()
    assert set(town.walk(q=words, limit=9, updated_since=since)) > set(whole)


def test_candidates_for_a_box_may_take_several_rounds(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "SIFTED_AT_A_TIME", 1)
    for asked in (QUESTIONS[10], QUESTIONS[23]):
        assert town.ids(**asked, limit=1)[:1] == expected(town, **asked)[:1]
        assert town.walk(**asked, limit=2) == expected(town, **asked)


def test_edges_of_a_box_are_exact(town: Town) -> None:
    """Half a metre off is outside: single-precision boxes would take it in."""
    one = town.stations[1]
    at = f"{one.lon},{one.lat},{one.lon},{one.lat}"
    assert town.ids(bbox=at) == ([] if one.retired else [one.id])
    east = one.lon - 1e-6
    assert one.id not in town.ids(bbox=f"{east - 0.001},{one.lat},{east},{one.lat}")


def test_an_amenity_out_of_order_is_named_and_does_not_count(town: Town) -> None:
    one = next(s for s in town.stations if s.broken and s.amenities - s.broken and not s.retired)
    box = f"{one.lon - 1e-7},{one.lat - 1e-7},{one.lon + 1e-7},{one.lat + 1e-7}"
    item = town.service.get(LIST, bbox=box).json()["items"][0]
    assert set(item["out_of_order"]) == one.broken
    assert set(item["amenities"]) == one.amenities - one.broken
    assert town.ids(bbox=box, amenity=min(one.broken)) == []


def test_changes_tell_what_was_retired(town: Town) -> None:
    items = town.service.get(LIST, updated_since=BEGINNING.isoformat(), limit=500).json()["items"]
    retired = {int(item["id"]) for item in items if item["retired_at"] is not None}
    assert retired == {one.id for one in town.stations if one.retired}
    assert all(i["retired_at"] is None for i in town.service.get(LIST, limit=500).json()["items"])


def refused(response: httpx.Response) -> None:
    assert response.status_code == 422, response.text
    assert response.json()["errors"][0]["field"] == "cursor"


def test_a_cursor_belongs_to_its_question(town: Town) -> None:
    cursor = town.service.get(LIST, limit=2).json()["next_cursor"]
    for other in ({"kind": "care_station"}, {"q": "驿站"}, {"updated_since": BEGINNING.isoformat()}):
        refused(town.service.get(LIST, **other, cursor=cursor))
    # how many, and in which words, is no part of the question
    assert town.service.get(LIST, limit=3, lang="en", cursor=cursor).status_code == 200
    box = town.service.get(LIST, bbox="116,39,117,40", limit=1).json()["next_cursor"]
    refused(town.service.get(LIST, bbox="116,39,117,40", crs="gcj02", limit=1, cursor=box))


@pytest.mark.parametrize(
    "damaged", ["", "x", "!!!!", "W10", "e30", "MQ", "驿站", "bnVsbA", "Ij" * 200, "\x7f"]
)
def test_a_damaged_cursor_is_refused(town: Town, damaged: str) -> None:
    refused(town.service.get(LIST, cursor=damaged))


WORDS = replace(StationFilter(), words="驿站").as_json()
SINCE = replace(StationFilter(), updated_since=BEGINNING).as_json()


@pytest.mark.parametrize(
    ("parameters", "question", "after"),
    [
        ({}, StationFilter().as_json(), [0]),
        ({}, StationFilter().as_json(), [True]),
        ({}, StationFilter().as_json(), [2**64 - 1]),
        ({}, StationFilter().as_json(), ["1"]),
        ({}, StationFilter().as_json(), [1, 1]),
        ({}, StationFilter().as_json(), []),
        ({"q": "驿站"}, WORDS, [1e308, 1]),
        ({"q": "驿站"}, WORDS, [2, 1]),
        ({"updated_since": BEGINNING.isoformat()}, SINCE, ["0001-01-01T00:00:00+08:00", 1]),
        ({"updated_since": BEGINNING.isoformat()}, SINCE, ["2026-03-01", 1]),
        ({"updated_since": BEGINNING.isoformat()}, SINCE, ["a\x00b", 1]),
        ({"updated_since": BEGINNING.isoformat()}, SINCE, [None, 1]),
    ],
    ids=str,
)  # fmt: skip
def test_a_cursor_of_somebody_elses_making_is_refused(
    town: Town, parameters: dict[str, Any], question: Any, after: list[Any]
) -> None:
    """The digest is no signature: anybody can write one."""
    refused(town.service.get(LIST, **parameters, cursor=make_cursor(question, after)))
