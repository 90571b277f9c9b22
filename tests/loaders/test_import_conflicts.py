"""An import never overwrites what a person said since: that waits for somebody to decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.loaders.files import csv_file, load, make_districts, mapping

ROW = "1,望京驿站,驿站,116.5,39.5,9:00-17:30,微波炉,望京街1号"
OTHER = "2,朝阳驿站,驿站,116.6,39.6,,,"


@pytest.fixture(autouse=True)
def _world(conn: psycopg.Connection) -> None:
    make_districts(conn)
    conn.execute("INSERT INTO account (login, name) VALUES ('manager', '王芳')")
    conn.commit()


def by_a_person(conn: psycopg.Connection, statement: str) -> None:
    """A change by an account, with its revision."""
    conn.execute("SELECT set_config('geoapi.account', id::text, true) FROM account")
    conn.execute(statement.encode())
    conn.commit()


def conflicts(conn: psycopg.Connection, *, are_open: bool = True) -> list[Any]:
    state = "NULL" if are_open else "NOT NULL"
    return conn.execute(
        f"SELECT field, edited, imported_now FROM import_conflict WHERE resolved_at IS {state} "  # noqa: S608
        "ORDER BY id"
    ).fetchall()


def in_use(conn: psycopg.Connection) -> list[str]:
    return [
        name for (name,) in conn.execute("SELECT name_zh FROM station WHERE retired_at IS NULL ORDER BY id")
    ]


CARED_FOR = [
    "UPDATE station SET phone = '010-1' WHERE name_zh = '朝阳驿站'",
    "UPDATE station SET verified_at = now() WHERE name_zh = '朝阳驿站'",
    """INSERT INTO hours_exception (station_id, during, state)
       SELECT id, tstzrange(now(), now() + interval '1 day'), 'closed' FROM station
       WHERE name_zh = '朝阳驿站'""",
]


@pytest.mark.parametrize("care", CARED_FOR)
def test_a_station_somebody_looks_after_is_not_retired(
    conn: psycopg.Connection, tmp_path: Path, care: str
) -> None:
    load(conn, csv_file(tmp_path, ROW, OTHER))
    by_a_person(conn, care)
    report = load(conn, csv_file(tmp_path, ROW), sync=True)
    assert (report.retired, [one["field"] for one in report.conflicts]) == (0, ["retired"])
    assert in_use(conn) == ["望京驿站", "朝阳驿站"]
    assert [field for field, *_ in conflicts(conn)] == ["retired"]
    # once is enough
    assert load(conn, csv_file(tmp_path, ROW), sync=True).conflicts_total == 0
    assert len(conflicts(conn)) == 1
    # and it is over when the source has it again
    load(conn, csv_file(tmp_path, ROW, OTHER), sync=True)
    assert conflicts(conn) == []
    assert in_use(conn) == ["望京驿站", "朝阳驿站"]


def test_a_station_nobody_looks_after_is_retired(conn: psycopg.Connection, tmp_path: Path) -> None:
    by_sql: Callable[[str], object] = conn.execute
    load(conn, csv_file(tmp_path, ROW, OTHER))
    by_sql("UPDATE station SET phone = '010-1' WHERE name_zh = '朝阳驿站'")
    conn.commit()
    assert load(conn, csv_file(tmp_path, ROW), sync=True).retired == 1
    assert conn.execute("SELECT action, actor FROM revision ORDER BY at DESC LIMIT 1").fetchone() == (
        "sync",
        "import test",
    )


def test_the_latest_word_of_the_source_stands_for_the_older(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW))
    by_a_person(conn, "UPDATE station SET address = '丁街'")
    for street, waiting in (("乙街", ["乙街"]), ("丙街", ["丙街"]), ("丁街", [])):
        load(conn, csv_file(tmp_path, ROW.replace("望京街1号", street)))
        assert [now for _, _, now in conflicts(conn)] == waiting
    assert conn.execute("SELECT address FROM station").fetchone() == ("丁街",)


def test_when_it_was_confirmed_is_the_later_time(conn: psycopg.Connection, tmp_path: Path) -> None:
    plan = mapping(columns={"verified_at": "地址"})
    load(conn, csv_file(tmp_path, ROW.replace("望京街1号", "2026-01-01")), plan)
    by_a_person(conn, "UPDATE station SET verified_at = '2026-03-01T00:00:00Z'")
    for said, month in (("2026-02-01", 3), ("2026-04-02", 4)):
        report = load(conn, csv_file(tmp_path, ROW.replace("望京街1号", said)), plan)
        assert report.conflicts_total == 0
        assert conn.execute("SELECT extract(month FROM verified_at)::int FROM station").fetchone() == (month,)


def test_what_an_administrator_did_stays(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW, OTHER))
    by_a_person(conn, "UPDATE station SET retired_at = now() WHERE name_zh = '朝阳驿站'")
    by_a_person(conn, "UPDATE station SET lon = 117.5, district_code = '110102' WHERE name_zh = '望京驿站'")
    by_a_person(
        conn,
        "INSERT INTO station (kind_id, name_zh, lon, lat, source) "
        "VALUES (1, '手工驿站', 116.7, 39.7, 'manual')",
    )
    load(conn, csv_file(tmp_path, ROW.replace("微波炉", "热水"), OTHER), sync=True)
    assert in_use(conn) == ["望京驿站", "手工驿站"]
    assert conn.execute("SELECT lon, district_code FROM station ORDER BY id LIMIT 1").fetchone() == (
        117.5,
        "110102",
    )
    assert conflicts(conn) == []


def test_closures_are_left_alone(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, csv_file(tmp_path, ROW))
    by_a_person(
        conn,
        """INSERT INTO hours_exception (station_id, during, state)
           SELECT id, tstzrange(now(), now() + interval '1 day'), 'closed' FROM station""",
    )
    before = conn.execute("SELECT * FROM hours_exception").fetchall()
    load(conn, csv_file(tmp_path, ROW.replace("9:00", "8:00")), sync=True)
    assert conn.execute("SELECT * FROM hours_exception").fetchall() == before
