"""The terminal: what data say is shown as it stands, and can neither colour, move nor crash what shows it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final, Literal, NamedTuple

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table
from rich.text import Text

WIDE: Final = 140
"""Columns of a file or pipe, which nobody wants folded."""

# C0 and C1 controls but tab and line feed, marks that turn the direction of text, and what cannot be encoded
_UNWANTED: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
)


class Terminal(Console):
    """A console for which text is text: no markup, no emoji, no colours of its own guessing.

    A control character becomes U+FFFD. Tables, titles and lines all come through `render_str`.
    """

    def __init__(self, **how: Any) -> None:
        super().__init__(**{"markup": False, "emoji": False, "highlight": False, **how})

    def render_str(self, text: str, **how: Any) -> Text:
        return super().render_str(visible(text), **how)


def visible(text: str) -> str:
    """The text with U+FFFD for every character that is none to look at."""
    return _UNWANTED.sub("\ufffd", text)


def screen() -> Terminal:
    """Stdout; where that is no terminal, as wide as tables like."""
    console = Terminal()
    return console if console.is_terminal else Terminal(width=max(WIDE, console.width))


class Column(NamedTuple):
    """A column: its heading; "number" to the right and whole, "code" whole, "text" folded where narrow."""

    heading: str
    sort: Literal["text", "number", "code"] = "text"


def table_of(
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    total: bool = False,
    bold_from: int | None = None,
) -> Table:
    """A table without the columns in which no row says anything; `total` makes the last row bold,
    `bold_from` all from that one on.

    Numbers and codes are never cut nor folded, at whatever width; texts and headings of many words fold.
    """
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False, padding=(0, 1, 0, 0))
    kept = (
        [n for n in range(len(columns)) if any(row[n].strip() for row in rows)]
        if rows
        else range(len(columns))
    )
    for n in kept:
        heading, sort = columns[n]
        whole = [*heading.split(), *(line for row in rows for line in row[n].splitlines())]
        table.add_column(
            heading,
            justify="right" if sort == "number" else "left",
            overflow="fold",
            min_width=None if sort == "text" else max((cell_len(visible(text)) for text in whole), default=0),
        )
    bold = bold_from if bold_from is not None else len(rows) - 1 if total else len(rows)
    for number, row in enumerate(rows):
        table.add_row(*(row[n] for n in kept), style="bold" if number >= bold else None)
    return table
