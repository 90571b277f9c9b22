"""The current row equals the replay of its history, whatever was done to it, and by whom."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from psycopg.types.range import TimestamptzRange
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from geoapi.db.engine import sqlalchemy_url
from geoapi.db.migrate import _config, migrate
from geoapi.editing.record import recorded_at
from geoapi.editing.replay import EXCEPTION, OUTAGE, Recorded, replay
from tests.loaders.files import csv_file, load, make_districts
from tests.queries.conftest import World

NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)

_NOW = """
SELECT s.id, s.version, recorded_fields(s),
  coalesce((SELECT jsonb_object_agg(e.id, recorded_exception(e)) FROM hours_exception AS e
            WHERE e.station_id = s.id), '{}'),
  coalesce((SELECT jsonb_object_agg(o.id, recorded_outage(o)) FROM amenity_outage AS o
            WHERE o.station_id = s.id), '{}')
FROM station AS s ORDER BY s.id
"""


def assert_replayed(conn: psycopg.Connection) -> None:
    """Every station is what its revisions say; each revision begins where the one before ended."""
    conn.execute("SET timezone = 'UTC'")
    for id_, version, columns, exceptions, outages in conn.execute(_NOW).fetchall():
        revisions = conn.execute(
            "SELECT version, before, after FROM revision WHERE station_id = %s ORDER BY version", [id_]
        ).fetchall()
        state = Recorded()
        for number, before, after in revisions:
            assert number <= version
            assert not before or {key: state.value(key) for key in before} == before
            assert not before or before.keys() == after.keys()
            state = state.changed(after)
        assert state == replay(after for _, _, after in revisions)
        assert state.columns == columns
        assert state.exceptions == {int(key): value for key, value in exceptions.items()}
        assert state.outages == {int(key): value for key, value in outages.items()}
        assert recorded_at(conn, id_, version) == state


def test_fold() -> None:
    closed = {"state": "closed"}
    steps: list[dict[str, Any]] = [
        {"name_zh": "甲", "phone": None},
        {"phone": "1", f"{EXCEPTION}7": closed},
        {f"{OUTAGE}9": {"amenity_id": 3}},
        {f"{EXCEPTION}7": None, "phone": None},
    ]
    states = [replay(steps[:n]) for n in range(5)]
    assert states[0] == Recorded()
    assert states[2] == Recorded({"name_zh": "甲", "phone": "1"}, {7: closed}, {})
    assert states[4] == Recorded({"name_zh": "甲", "phone": None}, {}, {9: {"amenity_id": 3}})
    assert states[2].value(f"{EXCEPTION}7") == closed
    assert states[4].value(f"{EXCEPTION}7") is None
    # a state is never changed by what comes after it
    assert states[1] == Recorded({"name_zh": "甲", "phone": None}, {}, {})


def _edits(chance: random.Random) -> dict[str, Callable[[], Any]]:
    return {
        "name_zh": lambda: f"驿站{chance.randrange(3)}",
        "name_en": lambda: chance.choice([None, "A", "B"]),
        "phone": lambda: chance.choice([None, "010-1", "010-2"]),
        "lon": lambda: 116.0 + chance.randrange(4) / 1000,
        "lat": lambda: 39.0 + chance.randrange(4) / 1000,
        "amenity_ids": lambda: sorted(chance.sample([1, 2, 3], chance.randrange(4))),
        "access_notes": lambda: chance.choice([[], ["持证"]]),
        "hours_text": lambda: chance.choice([None, "24小时", "每天 9:00-17:00"]),
        "retired_at": lambda: chance.choice([None, NOON + timedelta(microseconds=1)]),
        "verified_at": lambda: chance.choice([None, NOON]),
        "version": lambda: 99,
        "search": lambda: chance.choice(["a", "b"]),
    }


def _step(conn: psycopg.Connection, chance: random.Random, ids: list[int]) -> None:
    """One change of some kind: of some columns of some stations at once, or of what hangs on one."""
    id_ = chance.choice(ids)
    during = TimestamptzRange(NOON, NOON + timedelta(hours=chance.randrange(1, 9)))
    match chance.randrange(9):
        case 0 | 1 | 2:
            edits = _edits(chance)
            columns = {name: edits[name]() for name in chance.sample(sorted(edits), chance.randrange(1, 4))}
            marks = ", ".join(f"{name} = %({name})s" for name in columns)
            some = chance.sample(ids, chance.randrange(1, len(ids) + 1))
            conn.execute(
                f"UPDATE station SET {marks} WHERE id = ANY (%(some)s)".encode(),  # noqa: S608 - own names
                {**columns, "some": some},
            )
        case 3:
            conn.execute(
                "INSERT INTO hours_exception (station_id, during, state, note_zh) VALUES (%s, %s, %s, %s)",
                [id_, during, chance.choice(["open", "closed"]), chance.choice([None, "盘点"])],
            )
        case 4:
            conn.execute(
                "UPDATE hours_exception SET during = %s WHERE station_id = %s AND id %% 2 = 0", [during, id_]
            )
        case 5:
            conn.execute("DELETE FROM hours_exception WHERE station_id = %s AND id %% 3 = 0", [id_])
        case 6:
            conn.execute(
                "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, 3, %s)",
                [id_, chance.choice([during, TimestamptzRange(NOON, None)])],
            )
        case 7:
            conn.execute(
                "UPDATE amenity_outage SET note = 'x', during = %s WHERE station_id = %s", [during, id_]
            )
        case 8:
            conn.execute("DELETE FROM amenity_outage WHERE station_id = %s", [id_])


@pytest.mark.parametrize("seed", range(4))
def test_after_a_walk_of_all_kinds_of_changes(world: World, seed: int) -> None:
    chance = random.Random(seed)
    ids = [world.add(116.0 + n / 100, 39.0) for n in range(3)]
    zones = ("UTC", "Asia/Shanghai", "America/New_York")
    for n in range(60):
        # whoever writes, and wherever their clocks are
        world.conn.execute(f"SET timezone = '{chance.choice(zones)}'".encode())
        _step(world.conn, chance, ids)
        if n % 20 == 19:
            assert_replayed(world.conn)
    # one revision for each version, but for those that changed nothing on record
    longest = world.conn.execute("SELECT max(version) FROM station").fetchone()
    assert longest is not None
    assert longest[0] > 10


def test_after_imports(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    one, other = "1,望京驿站,驿站,116.5,39.5,9:00-17:30,微波炉,甲街", "2,朝阳驿站,驿站,116.6,39.6,,,"
    load(conn, csv_file(tmp_path, one, other))
    load(conn, csv_file(tmp_path, one.replace("甲街", "乙街"), other))
    load(conn, csv_file(tmp_path, one.replace("甲街", "乙街")), sync=True)
    load(conn, csv_file(tmp_path, one, other), sync=True)
    assert_replayed(conn)
    told = conn.execute(
        "SELECT version, actor, action, batch_id IS NOT NULL FROM revision ORDER BY station_id, version"
    ).fetchall()
    assert told == [
        (1, "import test", "import", True),
        (2, "import test", "import", True),
        (3, "import test", "import", True),
        (1, "import test", "import", True),
        (2, "import test", "sync", True),
        (3, "import test", "import", True),
    ]


@pytest.fixture
def before_managers(server_url: str) -> Iterator[str]:
    """The address of an empty database of this test's own, as it was before there were managers."""
    name = "test_before_managers"
    postgres = server_url.replace("/geoapi?", "/postgres?")
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}".encode())
        url = server_url.replace("/geoapi?", f"/{name}?")
        engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
        with engine.connect() as connection:
            command.upgrade(_config(connection), "0003")
        yield url
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)".encode())


def test_history_begins_with_what_there_was(before_managers: str) -> None:
    with psycopg.connect(before_managers) as conn:
        world = World(before_managers, conn)
        id_ = world.add(116.0, 39.0, verified_at=NOON, amenity_ids=[1, 2])
        conn.execute(
            "INSERT INTO hours_exception (station_id, during, state) VALUES (%s, %s, 'closed')",
            [id_, TimestamptzRange(NOON, NOON + timedelta(hours=1))],
        )
        conn.execute(
            "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, 1, %s)",
            [id_, TimestamptzRange(None, None)],
        )
    migrate(before_managers)
    with psycopg.connect(before_managers) as conn:
        assert conn.execute("SELECT action, actor FROM revision").fetchall() == [("base", "migration")]
        assert_replayed(conn)
        chance = random.Random(0)
        for _ in range(20):
            _step(conn, chance, [id_])
        assert_replayed(conn)
