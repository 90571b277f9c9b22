"""Columns into a table by COPY, a hundred thousand rows at a time."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
from psycopg import Connection, sql
from pyarrow import csv

CHUNK = 100_000


def copy_columns(conn: Connection, table: str, columns: Mapping[str, Any]) -> None:
    """Append rows made of these columns (lists or numpy arrays of one length; None is NULL).

    Arrow writes each float with as many digits as it takes to read the same float again.
    """
    rows = pa.table({name: pa.array(values) for name, values in columns.items()})
    statement = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    with conn.cursor() as cursor, cursor.copy(statement) as copy:
        for start in range(0, rows.num_rows, CHUNK):
            out = io.BytesIO()
            csv.write_csv(rows.slice(start, CHUNK), out, write_options=csv.WriteOptions(include_header=False))
            copy.write(out.getvalue())
