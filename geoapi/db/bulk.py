"""Writing most of a table at once."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from psycopg import Connection

BULK_ROWS = 20_000
"""Rows written at once from which on building a table's indexes anew is worth its lock."""


def is_bulk(*, written: int, others: int) -> bool:
    """Whether so many rows are written, beside so few others, that indexes are better built afterwards."""
    return written >= BULK_ROWS and written >= others * 2


@contextmanager
def indexes_set_aside(conn: Connection, table: str) -> Iterator[None]:
    """Drop the table's indexes and build them anew at the end: several times quicker than row by row.

    Those behind constraints stay. Until the transaction commits the table is locked, for
    readers too, so this is for tables of which little is in use yet (`is_bulk`).
    """
    indexes = conn.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
           FROM pg_index AS i
           WHERE i.indrelid = %s::regclass
             AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
           ORDER BY i.indexrelid""",
        [table],
    ).fetchall()
    for name, _ in indexes:
        # regclass has quoted the name where it needs it
        conn.execute(f"DROP INDEX {name}".encode())
    yield
    conn.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, definition in indexes:
        conn.execute(definition.encode())
