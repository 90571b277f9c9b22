"""Tiles change when what is on them does, for everybody at once, and are not made again before."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from geoapi.queries.map import basis, maps
from geoapi.queries.map.stations import StationsTile
from geoapi.schedule import refresh
from tests.api.conftest import running
from tests.api.managing.conftest import Union
from tests.api.map.decode import decode, tile_at
from tests.queries.conftest import HORIZON_DAYS

TILE = tile_at(116.411, 39.910, 12)
PATH = f"/v1/tiles/stations/{TILE.z}/{TILE.x}/{TILE.y}.mvt"
DISTRICTS = f"/v1/tiles/districts/{TILE.z}/{TILE.x}/{TILE.y}.mvt"


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[StationsTile]:
    """The tiles of stations that were really made."""
    asked: list[StationsTile] = []
    true = maps.stations_tile

    async def noting(database: object, question: StationsTile, catalog: object) -> bytes:
        asked.append(question)
        return await true(database, question, catalog)  # type: ignore[arg-type]

    monkeypatch.setattr(maps, "stations_tile", noting)
    return asked


def states(client: httpx.Client, folder: Path, at: str | None = None) -> dict[str, str]:
    body = client.get(PATH, params={"at": at} if at else {}).content
    return {one.properties["id"]: one.properties["state"] for one in decode(body, TILE, folder)["stations"]}


def in_hours(hours: int) -> str:
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


def test_a_tile_that_is_as_it_was_is_not_made_again(union: Union, made: list[StationsTile]) -> None:
    at = in_hours(30)
    first = union.client.get(PATH, params={"at": at})
    tag = first.headers["etag"]
    assert first.headers["cache-control"] == "no-cache"
    before = len(made)
    for known in (tag, f'"x", {tag}', tag.removeprefix("W/")):
        again = union.client.get(PATH, params={"at": at}, headers={"If-None-Match": known})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == tag
        # what a cache needs is on both
        assert again.headers["vary"] == first.headers["vary"] == "Accept-Encoding"
    assert union.client.get(PATH, params={"at": at}).content == first.content
    assert len(made) == before
    # a minute later nothing has opened or closed
    later = (datetime.fromisoformat(at) + timedelta(seconds=1)).isoformat()
    assert union.client.get(PATH, params={"at": later}, headers={"If-None-Match": tag}).status_code == 304
    assert len(made) == before


def test_a_service_that_never_made_a_tile_knows_that_it_is_unchanged(
    union: Union, made: list[StationsTile]
) -> None:
    at = in_hours(31)
    tag = union.client.get(PATH, params={"at": at}).headers["etag"]
    made.clear()
    with running(union.database_url, keep_schedule=False) as url, httpx.Client(base_url=url) as other:
        assert other.get(PATH, params={"at": at}, headers={"If-None-Match": tag}).status_code == 304
        assert not made
        whole = other.get(PATH, params={"at": at})
        assert whole.headers["etag"] == tag
        assert len(made) == 1


def test_a_closure_is_on_every_services_tiles_as_soon_as_it_is_acknowledged(
    union: Union, tmp_path: Path
) -> None:
    name = "东四暖心驿站"
    id_ = union.stations[name]
    with running(union.database_url, keep_schedule=False) as url, httpx.Client(base_url=url) as other:
        clients = (union.client, other)
        before = [states(client, tmp_path) for client in clients]
        tags = [client.get(PATH).headers["etag"] for client in clients]
        districts = union.client.get(DISTRICTS).headers["etag"]
        assert before[0] == before[1]
        assert before[0][str(id_)] == "open"
        closed = union.as_("manager").post(
            f"/v1/stations/{id_}/closures", {"until": in_hours(5), "reason": "停水"},
            idempotency_key="tile-closure-1",
        )  # fmt: skip
        assert closed.status_code == 201, closed.text
        for client, tag in zip(clients, tags, strict=True):
            answer = client.get(PATH, headers={"If-None-Match": tag})
            assert answer.status_code == 200
            assert answer.headers["etag"] != tag
            # that station, and nothing else
            assert states(client, tmp_path) == {**before[0], str(id_): "closed"}
        assert union.client.get(DISTRICTS, headers={"If-None-Match": districts}).status_code == 304
        ended = union.as_("manager").post(f"/v1/stations/{id_}/closures/{closed.json()['id']}/end")
        assert ended.status_code == 200, ended.text
        assert states(other, tmp_path) == before[0]


def test_an_edit_that_no_tile_shows_sends_no_tile_again(union: Union, made: list[StationsTile]) -> None:
    at = in_hours(32)
    tag = union.client.get(PATH, params={"at": at}).headers["etag"]
    made.clear()
    union.sql("UPDATE station SET phone = '010-1234567' WHERE id = %s", union.stations["朝内暖心驿站"])
    again = union.client.get(PATH, params={"at": at}, headers={"If-None-Match": tag})
    assert again.status_code == 304
    # the tag that the asker has is the one that is confirmed
    assert again.headers["etag"] == tag
    assert len(made) == 1


def test_a_turn_of_the_clock_is_another_tile(union: Union, tmp_path: Path) -> None:
    """东四 never closes; 朝内 is open from 9 to 20 by Peking's clocks."""
    day = (datetime.now(UTC) + timedelta(days=2)).astimezone().date()
    id_ = str(union.stations["朝内暖心驿站"])
    tags = {}
    for clock, state in (
        ("08:59:59", "closed"),
        ("09:00:00", "open"),
        ("19:59:59", "open"),
        ("20:00:00", "closed"),
    ):
        at = f"{day}T{clock}+08:00"
        assert states(union.client, tmp_path, at)[id_] == state
        tags[clock] = union.client.get(PATH, params={"at": at}).headers["etag"]
    assert len(set(tags.values())) == 4


def test_two_turns_within_a_second_are_two_tiles(union: Union, tmp_path: Path) -> None:
    """Somebody closes a station for what is no whole minute: each side of its edges has a tag of its own."""
    id_ = union.stations["东四暖心驿站"]
    day = (datetime.now(UTC) + timedelta(days=3)).replace(microsecond=0)
    edges = [day + timedelta(milliseconds=100), day + timedelta(milliseconds=300)]
    union.sql(
        """INSERT INTO hours_exception (station_id, during, state, note_zh)
           VALUES (%s, tstzrange(%s, %s), 'closed', '半秒')""",
        id_, *edges,
    )  # fmt: skip
    with psycopg.connect(union.database_url) as conn:
        refresh(conn, horizon_days=HORIZON_DAYS)
    closed, opened = (edge.isoformat() for edge in edges)
    tag = union.client.get(PATH, params={"at": closed}).headers["etag"]
    answer = union.client.get(PATH, params={"at": opened}, headers={"If-None-Match": tag})
    assert answer.status_code == 200
    assert states(union.client, tmp_path, closed)[str(id_)] == "closed"
    assert states(union.client, tmp_path, opened)[str(id_)] == "open"
    union.sql("DELETE FROM hours_exception WHERE station_id = %s AND note_zh = '半秒'", id_)
    with psycopg.connect(union.database_url) as conn:
        refresh(conn, horizon_days=HORIZON_DAYS)


def test_the_turns_of_a_state_are_read_once_for_all_who_ask(
    start_union: Callable[..., Union], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A map asks for a dozen tiles at once after every change; a country's turns take a second to read."""
    union = start_union(keep_schedule=False)
    reads: list[int] = []
    true = basis.Turns._read

    async def noting(turns: basis.Turns) -> Sequence[datetime]:
        reads.append(1)
        await asyncio.sleep(0.2)
        return await true(turns)

    monkeypatch.setattr(basis.Turns, "_read", noting)
    paths = [f"/v1/tiles/stations/3/{x}/3.mvt" for x in range(8)]
    with ThreadPoolExecutor(8) as pool:
        assert {one.status_code for one in pool.map(union.client.get, paths)} == {200}
    assert len(reads) <= 2


def test_many_at_once_make_it_once(union: Union, made: list[StationsTile]) -> None:
    at = in_hours(33)
    # a question of its own: nothing of it is kept
    asked = {"at": at, "kind": "worker_home,psych_point"}
    bodies: list[bytes] = []

    def ask() -> None:
        with httpx.Client(base_url=union.url, timeout=30) as client:
            bodies.append(client.get(PATH, params=asked).content)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(bodies)) == 1
    assert len(bodies) == 8
    assert len(made) == 1


def test_strangers_who_ask_for_many_times_take_a_few_connections_and_then_wait(
    start_union: Callable[..., Union], monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, now, most = threading.Event(), 0, 0
    true = maps.stations_tile

    async def held(*asked: Any) -> bytes:
        nonlocal now, most
        now += 1
        most = max(now, most)
        assert await asyncio.to_thread(go_on.wait, 30)
        now -= 1
        return await true(*asked)

    monkeypatch.setattr(maps, "stations_tile", held)
    monkeypatch.setattr(maps, "TILES_AT_ONCE", 2)
    monkeypatch.setattr(maps, "MOST_TILES_WAITING", 3)
    union = start_union(keep_schedule=False)
    paths = [f"/v1/tiles/stations/4/{x}/6.mvt" for x in range(6)]
    with ThreadPoolExecutor(len(paths)) as pool:
        asked = [pool.submit(union.client.get, path) for path in paths]
        told = [one.result() for one in islice(as_completed(asked, timeout=30), 3)]
        assert union.client.get("/v1/stations/nearest", params={"lon": 116.41, "lat": 39.91}).is_success
        go_on.set()
        statuses = Counter(one.result().status_code for one in asked)
    assert [one.status_code for one in told] == [503] * 3
    assert all(one.headers["retry-after"] and "稍后再试" in one.text for one in told)
    assert statuses == {200: 3, 503: 3}
    assert most == 2


def test_whoever_asks_while_others_write_never_keeps_what_was_before(
    start_union: Callable[..., Union], tmp_path: Path
) -> None:
    """Writers whose numbers come in another order than their commits are what a lesser tag would miss."""
    union = start_union(keep_schedule=False)
    names = ["东四暖心驿站", "朝内暖心驿站", "灯市口职工之家"]
    with psycopg.connect(union.database_url) as slow, psycopg.connect(union.database_url) as quick:
        slow.execute("UPDATE station SET name_zh = '慢' WHERE id = %s", [union.stations[names[0]]])
        quick.execute("UPDATE station SET name_zh = '快' WHERE id = %s", [union.stations[names[1]]])
        quick.commit()
        first = union.client.get(PATH)
        slow.commit()
        second = union.client.get(PATH, headers={"If-None-Match": first.headers["etag"]})
        assert second.status_code == 200
        shown = {one.properties["name_zh"] for one in decode(second.content, TILE, tmp_path)["stations"]}
        assert {"慢", "快", names[2]} <= shown


def test_the_tally_stays_small_by_itself(start_union: Callable[..., Union]) -> None:
    from geoapi.db.engine import as_service, connect
    from geoapi.editing.upkeep import Upkeep
    from geoapi.settings import EditingSettings, ScheduleSettings

    union = start_union(keep_schedule=False)
    for n in range(20):
        union.sql("UPDATE station SET phone = %s WHERE id = %s", f"010-{n}", union.stations["朝内暖心驿站"])
    before = union.sql("SELECT topic, sum(changes) FROM change_tally GROUP BY topic ORDER BY topic")
    tag = union.client.get(PATH).headers["etag"]
    with connect(as_service(union.database_url)) as conn:
        Upkeep(EditingSettings(), ScheduleSettings())(conn)
    assert union.sql("SELECT topic, changes FROM change_tally ORDER BY topic") == before
    assert union.client.get(PATH, headers={"If-None-Match": tag}).status_code == 304
