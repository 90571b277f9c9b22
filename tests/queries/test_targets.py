"""Targets against stations: what is planned, there, open, and missing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

import pytest

from geoapi.db.engine import Database
from geoapi.errors import BeyondHorizon, SetupNeeded
from geoapi.queries.targets import TargetAnswer, TargetItem, shape_of, targets_of
from geoapi.settings import DatabaseSettings
from tests.queries.conftest import World

NOW = datetime.fromisoformat("2026-09-28T12:00:00+08:00")  # a Monday
NIGHT = datetime.fromisoformat("2026-09-29T03:00:00+08:00")
CITY, EAST, WEST, STREET = "110000", "110101", "110102", "110101001"
KIND = 1


@pytest.fixture
def city(world: World) -> World:
    """A city of two districts, the first with a street; stations about noon on a Monday."""
    world.now = NOW
    for code, parent, level in (
        (CITY, None, "city"), (EAST, CITY, "district"), (WEST, CITY, "district"), (STREET, EAST, "street"),
    ):  # fmt: skip
        world.conn.execute(
            """INSERT INTO district (code, parent_code, level, name_zh, geom, source)
               VALUES (%s, %s, %s, %s, ST_Multi(ST_MakeEnvelope(116, 39, 117, 40, 4326)), 'test')""",
            [code, parent, level, code],
        )
    world.add(116.1, 39.1, "24/7", district_code=EAST, verified_at=NOW - timedelta(days=10))
    world.add(116.1, 39.1, "每天 9:00-17:00", district_code=STREET, verified_at=NOW - timedelta(days=400))
    world.add(116.1, 39.1, None, district_code=WEST)
    world.add(116.1, 39.1, "24/7", district_code=WEST, retired_at=NOW)
    world.add(116.1, 39.1, "24/7", district_code=WEST, kind_id=3)
    world.add(116.1, 39.1, "24/7", district_code=CITY)
    world.add(116.1, 39.1, "24/7")
    world.ready()
    return world


def plan(world: World, *targets: tuple[str, int], kind_id: int = KIND) -> None:
    for code, planned in targets:
        world.conn.execute(
            "INSERT INTO target (district_code, kind_id, planned, source) VALUES (%s, %s, %s, %s)",
            [code, kind_id, planned, f"plan of {code}"],
        )
    world.conn.commit()


def ask(world: World, codes: Iterable[str], at: datetime = NOW, **options: Any) -> TargetAnswer:
    async def go() -> TargetAnswer:
        database = Database(world.url, DatabaseSettings())
        await database.open()
        try:
            return await targets_of(database, list(codes), at, **{"kind_ids": [KIND], **options})
        finally:
            await database.close()

    return asyncio.run(go())


def numbers(item: TargetItem) -> tuple[int, int, int, int]:
    """Existing, verified, open, unknown."""
    count = item.count
    return count.existing, count.verified_last_year, count.open, count.unknown


def test_stations_by_district_streets_within(city: World) -> None:
    answer = ask(city, [EAST, WEST])
    assert [(one.district_code, numbers(one)) for one in answer.items] == [
        (EAST, (2, 1, 2, 0)),
        (WEST, (1, 0, 0, 1)),
    ]
    assert numbers(answer.total[0]) == (3, 1, 2, 1)
    assert [numbers(one) for one in ask(city, [EAST], NIGHT).items] == [(2, 1, 1, 0)]


def test_each_station_counts_once(city: World) -> None:
    """A city among its districts has what is in none of them; alone it has everything."""
    answer = ask(city, [CITY, EAST, WEST], whole=CITY)
    assert [one.count.existing for one in answer.items] == [1, 2, 1]
    assert answer.total[0].count.existing == 4
    assert ask(city, [CITY], whole=CITY).items[0].count.existing == 4
    assert ask(city, [STREET]).items[0].count.existing == 1


def test_without_a_target_nothing_is_missing(city: World) -> None:
    [item], [total] = ask(city, [EAST]).items, ask(city, [EAST]).total
    for one in (item, total):
        assert (one.planned, one.missing, one.due, one.source) == (None, None, None, None)


def test_missing_is_never_less_than_nothing(city: World) -> None:
    plan(city, (EAST, 1), (WEST, 4))
    answer = ask(city, [EAST, WEST], whole=CITY)
    assert [(one.planned, one.missing) for one in answer.items] == [(1, 0), (4, 3)]
    # the station too many in the east is none of the three missing in the west
    assert (answer.total[0].planned, answer.total[0].missing) == (5, 3)
    assert answer.total[0].source == f"plan of {EAST}；plan of {WEST}"


def test_a_citys_own_target_is_its_total(city: World) -> None:
    plan(city, (EAST, 1), (CITY, 10))
    answer = ask(city, [EAST, WEST], whole=CITY)
    assert (answer.total[0].planned, answer.total[0].missing) == (10, 7)
    assert [one.planned for one in answer.items] == [1, None]
    assert [one.planned for one in ask(city, [CITY, EAST], whole=CITY).items] == [None, 1]
    assert ask(city, [CITY], whole=CITY).items[0].planned == 10


def test_a_district_without_one_has_the_sum_of_its_streets(city: World) -> None:
    plan(city, (STREET, 3))
    assert ask(city, [EAST]).items[0].planned == 3
    assert ask(city, [CITY], whole=CITY).items[0].planned == 3
    plan(city, (EAST, 7))
    assert ask(city, [EAST]).items[0].planned == 7


def test_every_kind_unless_some_are_named(city: World) -> None:
    plan(city, (WEST, 2), kind_id=3)
    answer = ask(city, [WEST], kind_ids=None)
    assert [one.kind_id for one in answer.items] == [1, 2, 3, 4]
    assert [one.planned for one in answer.total] == [None, None, 2, None]
    assert (answer.total[2].count.existing, answer.total[2].missing) == (1, 1)
    assert ask(city, [WEST], kind_ids=[]).items == []


def test_states_from_the_caller_reach_beyond_the_schedule(city: World) -> None:
    later = NOW + timedelta(days=300)
    with pytest.raises(BeyondHorizon):
        ask(city, [EAST], later)
    ids = [row[0] for row in city.conn.execute("SELECT id FROM station ORDER BY id")]
    states = {ids[0]: "closed", ids[1]: "open"}
    answer = ask(city, [EAST, WEST], later, states=states, now=NOW)
    # a station that the caller says nothing of is unknown
    assert [numbers(one) for one in answer.items] == [(2, 1, 1, 0), (1, 0, 0, 1)]


def test_both_ways_say_the_same(city: World) -> None:
    rows = city.conn.execute(
        """SELECT s.id, coalesce(i.state, 'closed') FROM station AS s
           JOIN station_schedule AS t ON t.station_id = s.id
           LEFT JOIN open_interval AS i
             ON i.schedule_id = t.schedule_id AND i.starts_at <= %s AND i.ends_at > %s""",
        [NIGHT, NIGHT],
    ).fetchall()
    assert ask(city, [EAST, WEST, CITY], NIGHT, states=dict(rows)) == ask(city, [EAST, WEST, CITY], NIGHT)


def test_a_station_without_a_schedule_is_unknown(city: World) -> None:
    city.add(116.1, 39.1, "24/7", district_code=EAST)
    city.conn.commit()
    assert numbers(ask(city, [EAST]).items[0]) == (3, 1, 2, 1)


def test_before_anything_was_worked_out(world: World) -> None:
    with pytest.raises(SetupNeeded):
        ask(world, [])


def test_an_items_shape(city: World) -> None:
    plan(city, (EAST, 5))
    assert shape_of(ask(city, [EAST]).items[0]) == {
        "planned": 5, "existing": 2, "verified_last_year": 1, "open": 2, "unknown": 0, "missing": 3,
        "due": None, "source": f"plan of {EAST}",
    }  # fmt: skip
