"""What every reader gives: the columns' names, and rows of text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import NamedTuple

LONGEST_CELL = 100_000
"""Characters; a longer cell is a broken file (an unclosed quote), not a value."""

EXTRA = "…"
"""The name under which a ragged row's surplus cells are kept."""


class Row(NamedTuple):
    """One row of the file. `number` is where a person finds it: the sheet's row or the file's line for
    tables, 1 for the first record of a JSON file. `cells` hold text, "" where there is none, stripped
    of nothing. `fault` is the reason when the row cannot be a row of this table."""

    number: int
    cells: dict[str, str]
    fault: str | None = None


@dataclass(frozen=True)
class Table:
    """A file as a table. `rows` can be walked once; `total` is the number of rows, or None before the end."""

    columns: Sequence[str]
    rows: Iterator[Row]
    total: int | None = None
    read_share: Callable[[], float] | None = None
    """How much of the file has been read, 0 to 1, where that is known and `total` is not."""
    close: Callable[[], None] = lambda: None
    """Gives up the file; called when the table is left as a context."""

    def __enter__(self) -> Table:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def unique_names(header: Sequence[str]) -> list[str]:
    """Column names without surrounding space; an empty one becomes "column_3", a second "名称" "名称_2"."""
    names: list[str] = []
    for place, cell in enumerate(header, 1):
        name = " ".join(cell.split()) or f"column_{place}"
        unique, turn = name, 2
        while unique in names:
            unique, turn = f"{name}_{turn}", turn + 1
        names.append(unique)
    return names


def cell_text(value: object) -> str:
    """A spreadsheet's or JSON's value as a person would have typed it."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if math.isfinite(value) and value.is_integer() and abs(value) < 1e15:
            return str(int(value))  # a spreadsheet has no whole numbers: 37201.0 was typed 37201
        case datetime() if value.time() == time():
            return value.date().isoformat()
        case datetime():
            return value.isoformat(sep=" ")
        case date():
            return value.isoformat()
        case time():
            return value.strftime("%H:%M")
        case _:
            return str(value)


def text_fault(cells: dict[str, str]) -> str | None:
    """Why these cells cannot be stored: "bad_text" for NUL or half a surrogate pair, "cell_too_long"."""
    joined = "".join(cells.values())
    if len(joined) > LONGEST_CELL and any(len(cell) > LONGEST_CELL for cell in cells.values()):
        return "cell_too_long"
    if "\0" in joined:
        return "bad_text"
    try:
        joined.encode()
    except UnicodeEncodeError:
        return "bad_text"
    return None


def storable(cells: dict[str, str]) -> dict[str, str]:
    """The cells as PostgreSQL can keep them: NUL shown as ␀, half a surrogate pair as �, long ones cut."""
    return {storable_text(name): storable_text(cell) for name, cell in cells.items()}


def storable_text(text: str) -> str:
    if len(text) > LONGEST_CELL:
        text = f"{text[:1000]}… ({len(text)} characters)"
    return text.replace("\0", "␀").encode("utf-8", "replace").decode("utf-8")
