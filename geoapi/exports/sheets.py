"""A table on its way into a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import shapely

from geoapi.errors import Words


@dataclass(frozen=True, slots=True)
class Column:
    """A column: `key` for machines (lower case ASCII), `name` for people."""

    key: str
    name: Words


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """A table with headings in both languages.

    Rows are as wide as `columns`; a value is text, a number, a date, a moment, true or false, or None.
    `geometry`, where there is one, has a WGS-84 shape for each row, or None. No rows at all is a table, too.
    """

    key: str
    name: Words
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    geometry: Sequence[shapely.Geometry | None] | None = None

    def headings(self, lang: str) -> list[str]:
        """The columns' names in a language."""
        return [column.name.in_language(lang) for column in self.columns]
