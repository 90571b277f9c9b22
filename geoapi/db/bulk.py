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


def owns(conn: Connection, table: str) -> bool:
    """Whether the connection's role owns the table, and may do more to it than read and write rows."""
    row = conn.execute(
        "SELECT pg_has_role(relowner, 'USAGE') FROM pg_class WHERE oid = %s::regclass", [table]
    ).fetchone()
    return row is not None and bool(row[0])


@contextmanager
def indexes_set_aside(conn: Connection, table: str, *, when: bool = True) -> Iterator[None]:
    """Drop the table's indexes and foreign keys, and make them anew at the end; nothing unless `when`.

    Several times quicker than row by row, and as safe: a foreign key that does not hold fails
    then instead. Primary keys and unique constraints stay. Until the transaction
    commits the table is locked, for readers too, so this is for tables of which little is
    in use yet (`is_bulk`).
    """
    if not when:
        yield
        return
    keys = conn.execute(
        """SELECT quote_ident(conname), pg_get_constraintdef(oid)
           FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'f' ORDER BY oid""",
        [table],
    ).fetchall()
    indexes = conn.execute(
        """SELECT i.indexrelid::regclass::text, pg_get_indexdef(i.indexrelid)
           FROM pg_index AS i
           WHERE i.indrelid = %s::regclass
             AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conindid = i.indexrelid)
           ORDER BY i.indexrelid""",
        [table],
    ).fetchall()
    # the names come quoted from the server
    for name, _ in keys:
        conn.execute(f"ALTER TABLE {table} DROP CONSTRAINT {name}".encode())
    for name, _ in indexes:
        conn.execute(f"DROP INDEX {name}".encode())
    yield
    conn.execute("SET LOCAL maintenance_work_mem = '256MB'")
    for _, definition in indexes:
        conn.execute(definition.encode())
    for name, definition in keys:
        conn.execute(f"ALTER TABLE {table} ADD CONSTRAINT {name} {definition}".encode())
