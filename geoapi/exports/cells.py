"""What a cell may hold, and text that no spreadsheet takes for a formula.

A spreadsheet takes text that begins with = + - or @ for a formula, whoever wrote it: a station's name from a
sheet can run a program on a planner's machine. Full-width forms of the four are read alike in Chinese
editions, and space, tabs or control characters in front of them are passed over.
"""

from __future__ import annotations

import math
import re
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Final

LONGEST_TEXT: Final = 32_767
"""Characters in one cell of a workbook."""

EXACT_DIGITS: Final = 10**15
"""Spreadsheets keep numbers as doubles: a longer whole number loses its last digits."""

# what XML 1.0 cannot hold, halves of surrogate pairs, and what a terminal takes for commands: ESC and, in
# one character, CSI (U+009B)
_NOT_TEXT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_FORMULA = re.compile(r"[\s\x00-\x20\x7f-\xa0\u200b-\u200f\u2060\ufeff\ufffd]*[=+\-@＝＋－＠]|[\t\r\n\x00]")
_LINE_END = re.compile(r"\r\n?|[\x85\u2028\u2029]")


def looks_like_formula(text: str) -> bool:
    """Whether a spreadsheet may take the text for a formula, or for something to begin one after."""
    return _FORMULA.match(text) is not None


def clean_text(text: str) -> str:
    """The text as every format can hold it: � for control characters, \\n at line ends, as long as a cell."""
    text = _NOT_TEXT.sub("�", _LINE_END.sub("\n", text))
    return text if len(text) <= LONGEST_TEXT else text[: LONGEST_TEXT - 1] + "…"


def plain(value: Any) -> str | int | float | bool | date | None:
    """The value as str, int, float, bool, date or None.

    What is no number (NaN, infinite) is None. Moments become ISO 8601 text, offset and all: a spreadsheet's
    own times have none. Whole numbers too long for a double become text. Lists are joined.
    """
    match value:
        case None | bool():
            return value
        case Enum():
            return plain(value.value)
        case str():
            return clean_text(value)
        case int():
            return int(value) if abs(value) < EXACT_DIGITS else str(value)
        case float() | Decimal():
            number = float(value)
            return number if math.isfinite(number) else None
        case datetime() | time():
            return value.isoformat()
        case date():
            return value
        case list() | tuple():
            return clean_text("; ".join(str(part) for one in value if (part := plain(one)) is not None))
        case _ if hasattr(value, "item"):  # NumPy's own numbers
            return plain(value.item())
        case _:
            return clean_text(str(value))
