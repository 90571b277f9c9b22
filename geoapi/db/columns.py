"""Whole columns from the database as arrays: COPY's binary format, read at once instead of row by row."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

import numpy as np
import psycopg
from numpy.typing import NDArray
from psycopg import sql

Kind = Literal["float8", "int8", "int4", "int2", "bool"]

# PostgreSQL documentation, COPY, "Binary Format": everything is big-endian
_WIRE: Final = {"float8": ">f8", "int8": ">i8", "int4": ">i4", "int2": ">i2", "bool": "?"}
_NATIVE: Final = {
    "float8": np.float64, "int8": np.int64, "int4": np.int64, "int2": np.int64, "bool": np.bool_,
}  # fmt: skip
_HEADER_BYTES: Final = 19
_TRAILER: Final = b"\xff\xff"


async def read_columns(
    conn: psycopg.AsyncConnection,
    query: sql.Composable | str,
    columns: Mapping[str, Kind],
    parameters: Sequence[Any] | Mapping[str, Any] = (),
) -> dict[str, NDArray[Any]]:
    """The columns of `query`'s rows, each an array of the rows' number: float64, int64 or bool.

    `columns` names the query's columns in their order with their types, which the query has to
    cast to; none may be NULL. 260,000 rows of four columns take 0.1 s instead of 1 s.
    """
    copy = sql.SQL("COPY ({}) TO STDOUT (FORMAT BINARY)").format(
        sql.SQL(query) if isinstance(query, str) else query
    )
    async with conn.cursor() as cursor, cursor.copy(copy, parameters or None) as stream:
        received = b"".join([bytes(part) async for part in stream])
    return decode(received, columns)


def decode(received: bytes, columns: Mapping[str, Kind]) -> dict[str, NDArray[Any]]:
    """The columns of a COPY in binary format. `ValueError` where a row has a NULL or another type."""
    fields: list[tuple[str, str]] = [("", ">i2")]
    for name, kind in columns.items():
        fields += [(f"{name} length", ">i4"), (name, _WIRE[kind])]
    fields[0] = ("fields", ">i2")
    row = np.dtype(fields)
    body = received[_HEADER_BYTES : -len(_TRAILER)]
    if len(body) % row.itemsize or not received.endswith(_TRAILER):
        raise ValueError("a NULL or a column of another type in a binary COPY")
    rows = np.frombuffer(body, dtype=row)
    if rows.size and (
        not np.all(rows["fields"] == len(columns))
        or any(not np.all(rows[f"{name} length"] == row[name].itemsize) for name in columns)
    ):
        raise ValueError("a NULL or a column of another type in a binary COPY")
    return {name: rows[name].astype(_NATIVE[kind]) for name, kind in columns.items()}
