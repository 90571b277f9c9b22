"""Records as columns: rows of the same fields, each field written in the way that takes least room.

{"c": value}              the same in every row
{"g": [7, 1, 1, 4]}       whole numbers, each as the difference from the one before (7, 8, 9, 13)
{"s": [[2, value], …]}    null but in these rows
{"d": [values], "i": […]} each row's value by its place among the different ones
{"v": [values]}           one value a row
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate
from typing import Any, Final

import orjson

Column = dict[str, Any]

MOSTLY_NULL: Final = 0.75
"""The share of nulls from which a column names the rows that have a value."""

OFTEN_REPEATED: Final = 0.6
"""The share of different values up to which a column refers to them."""


def write_columns(fields: Sequence[str], rows: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """A block of rows (each the values of `fields`, the first a rising whole number) as columns."""
    columns: dict[str, Column] = {}
    for at, field in enumerate(fields if rows else ()):
        values = [row[at] for row in rows]
        columns[field] = _gaps(values) if at == 0 else _column(values)
    return {"count": len(rows), "columns": columns}


def read_columns(fields: Sequence[str], block: dict[str, Any]) -> list[list[Any]]:
    """The rows that `write_columns` made the block of."""
    if block["count"] == 0:
        return []
    columns = [_values(block["columns"][field], block["count"]) for field in fields]
    return [list(row) for row in zip(*columns, strict=True)]


def _gaps(numbers: Sequence[int]) -> Column:
    return {"g": [number - before for before, number in zip((0, *numbers), numbers, strict=False)]}


def _column(values: Sequence[Any]) -> Column:
    nulls = sum(value is None for value in values)
    if nulls == len(values):
        return {"c": None}
    if nulls >= MOSTLY_NULL * len(values):
        return {"s": [[at, value] for at, value in enumerate(values) if value is not None]}
    places: dict[Any, int] = {}
    index = []
    different: list[Any] = []
    for value in values:
        # lists are no keys, and 1 and True are one
        key = (type(value), orjson.dumps(value) if isinstance(value, list) else value)
        if key not in places:
            places[key] = len(different)
            different.append(value)
        index.append(places[key])
    if len(different) == 1:
        return {"c": different[0]}
    if len(different) <= OFTEN_REPEATED * len(values):
        return {"d": different, "i": index}
    return {"v": list(values)}


def _values(column: Column, count: int) -> list[Any]:
    match column:
        case {"c": value}:
            return [value] * count
        case {"g": gaps}:
            return list(accumulate(gaps))
        case {"s": some}:
            values: list[Any] = [None] * count
            for at, value in some:
                values[at] = value
            return values
        case {"d": different, "i": index}:
            return [different[at] for at in index]
        case {"v": values}:
            return list(values)
    raise ValueError("no such column")
