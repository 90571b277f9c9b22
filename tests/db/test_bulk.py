"""Indexes and foreign keys set aside come back as they were, and still hold."""

from __future__ import annotations

import psycopg
import pytest

from geoapi.db.bulk import BULK_ROWS, indexes_set_aside, is_bulk

SHAPE = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'station'::regclass
UNION ALL
SELECT conname || pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'station'::regclass
ORDER BY 1
"""
ROW = "INSERT INTO station (kind_id, name_zh, lon, lat, source) VALUES (%s, '站', 116, 40, 'test')"


def test_everything_comes_back(conn: psycopg.Connection) -> None:
    before = conn.execute(SHAPE).fetchall()
    with indexes_set_aside(conn, "station"):
        assert len(conn.execute(SHAPE).fetchall()) < len(before)
        conn.execute(ROW, [1])
    assert conn.execute(SHAPE).fetchall() == before


def test_a_foreign_key_that_does_not_hold_still_fails(conn: psycopg.Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation), indexes_set_aside(conn, "station"):
        conn.execute(ROW, [99])


def test_not_when_it_is_not_wanted(conn: psycopg.Connection) -> None:
    before = conn.execute(SHAPE).fetchall()
    with indexes_set_aside(conn, "station", when=False):
        assert conn.execute(SHAPE).fetchall() == before


@pytest.mark.parametrize(
    ("written", "others", "bulk"),
    [(BULK_ROWS, 0, True), (BULK_ROWS - 1, 0, False), (BULK_ROWS, BULK_ROWS, False), (400, 100, False)],
)
def test_only_much_beside_little_is_bulk(written: int, others: int, bulk: bool) -> None:
    assert is_bulk(written=written, others=others) is bulk
