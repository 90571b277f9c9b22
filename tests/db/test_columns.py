"""Columns by binary COPY are what a plain SELECT answers."""

from __future__ import annotations

import asyncio
from typing import Any

import numpy as np
import psycopg
import pytest

from geoapi.db.columns import Kind, read_columns

KINDS: dict[str, Kind] = {"a": "int4", "b": "float8", "c": "int8", "d": "int2", "e": "bool"}
ROWS = """SELECT n::int4, n / 7.0::float8, (n::int8 << 40), (n %% 300)::int2, n %% 2 = 0
          FROM generate_series(%(first)s::int, %(last)s::int) AS n ORDER BY n"""


def read(url: str, query: str, columns: dict[str, Kind], parameters: Any = ()) -> dict[str, Any]:
    async def ask() -> dict[str, Any]:
        async with await psycopg.AsyncConnection.connect(url) as conn:
            return await read_columns(conn, query, columns, parameters)

    return asyncio.run(ask())


def test_columns_are_what_select_answers(server_url: str) -> None:
    asked = {"first": -500, "last": 20_000}
    found = read(server_url, ROWS, KINDS, asked)
    with psycopg.connect(server_url) as conn:
        rows = conn.execute(ROWS, asked).fetchall()
    for values, column in zip(found.values(), zip(*rows, strict=True), strict=True):
        np.testing.assert_array_equal(values, np.array(column))
    assert [values.dtype.kind for values in found.values()] == ["i", "f", "i", "i", "b"]


def test_no_rows_are_empty_columns(server_url: str) -> None:
    found = read(server_url, ROWS, KINDS, {"first": 2, "last": 1})
    assert [values.size for values in found.values()] == [0] * 5


@pytest.mark.parametrize(
    "query",
    [
        "SELECT NULL::int4",
        "SELECT 1::int8",
        "SELECT 1::int4, 2::int4",
        "SELECT n::int4 FROM (VALUES (1), (NULL)) AS v (n)",
    ],
)
def test_a_null_or_another_type_is_refused(server_url: str, query: str) -> None:
    with pytest.raises(ValueError, match="NULL or a column of another type"):
        read(server_url, query, {"n": "int4"})
