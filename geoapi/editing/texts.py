"""Texts as people type and paste them → as they are kept: visible, on one line, of a length that fits."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from geoapi.errors import InvalidInput, Words

# what turns the reading direction of all that follows: "开放" could be made to read as anything
_TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
# without width or meaning between other characters; pasted along from chats and web pages
_NOTHING = re.compile("[\u00ad\u200b\u2060\ufeff]")
_SPACE = re.compile(r"\s+")
_BLANK_LINES = re.compile(r"\n{3,}")

NAME_LENGTH: Final = 200
ADDRESS_LENGTH: Final = 300
PHONE_LENGTH: Final = 100
DESCRIPTION_LENGTH: Final = 2000
ACCESS_LENGTH: Final = 200
MOST_ACCESS: Final = 10
HOURS_LENGTH: Final = 1000
REASON_LENGTH: Final = 500

# 010-12345678 转 801、13800138000; +86 10 1234 5678 ext. 9; 12345/96156
_PHONE = re.compile(
    r"(?:[0-9+\-() ./,;:、，；：#*]|转接?|转?分机|或|内线|手机|电话|座机|总机|热线|(?:tel|fax|ext|x|or)\.?)+",
    re.IGNORECASE | re.ASCII,
)


def one_line(text: str) -> str:
    """The text on one line, without space around it. Raises `InvalidInput` for what is no text."""
    return _SPACE.sub(" ", visible(text)).strip()


def some_lines(text: str) -> str:
    """The text with its lines, without space at their ends. Raises `InvalidInput` for what is no text."""
    lines = (line.strip() for line in visible(text).splitlines())
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip()


def visible(text: str) -> str:
    """The text without what nobody can see.

    Raises `InvalidInput` for control characters, halves of characters, and marks that turn the reading
    direction.
    """
    text = _NOTHING.sub("", text)
    for char in text:
        if char in _TURNING or (char not in "\t\n\r" and unicodedata.category(char) in ("Cc", "Cs")):
            raise InvalidInput(
                Words("含有无效字符", "holds characters that are not text"),
                mend=Words("请去掉控制字符与方向符", "leave out control characters and direction marks"),
            )
        if ord(char) & 0xFFFE == 0xFFFE:
            raise InvalidInput(
                Words("含有无效字符", "holds characters that are not text"),
                mend=Words("请去掉它们", "leave them out"),
            )
    return text


def phone_number(text: str) -> str:
    """One or several telephone numbers as people write them, digits and brackets in their plain form.

    Raises `InvalidInput` (field "phone") for anything else.
    """
    plain = one_line(unicodedata.normalize("NFKC", text).translate(_DASHES))
    digits = sum(char.isdigit() for char in plain)
    if digits < 3 or not _PHONE.fullmatch(plain):
        raise InvalidInput(
            Words("不像电话号码", "does not look like a telephone number"),
            field="phone",
            mend=Words("例如 010-12345678 转 801", "for example 010-12345678 ext. 801"),
        )
    return plain


_DASHES = {ord(dash): "-" for dash in "‐‑‒–—―−－"}
