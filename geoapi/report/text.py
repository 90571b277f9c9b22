"""What data may put into a page: text without control characters, and elements written safely."""

from __future__ import annotations

import re
from typing import Any, Final

from markupsafe import Markup, escape

# C0 and C1 controls, line separators, and the marks that turn the direction of what follows them: none has a
# look of its own, and each can make a name disturb the text around it. Lone surrogates cannot be encoded.
_UNWANTED: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\ufffe\uffff]+"
)
_SURROGATES: Final = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """The text on one line, without characters that cannot be seen; lone surrogates become U+FFFD."""
    return _SURROGATES.sub("\ufffd", _UNWANTED.sub(" ", text))


def shortened(text: str, most: int) -> str:
    """At most `most` columns of the text, a Chinese character being two; an ellipsis where more was."""
    text = clean(text)
    if columns(text) <= most:
        return text
    kept = ""
    for character in text:
        if columns(kept + character) > most - 1:
            break
        kept += character
    return kept.rstrip() + "…"


def columns(text: str) -> int:
    """How wide the text is, in halves of a Chinese character."""
    return sum(2 if ord(character) >= 0x2E80 else 1 for character in text)


def finalized(value: Any) -> Any:
    """What the template prints of a value: text is cleaned, elements of ours stay, None is nothing."""
    if value is None:
        return ""
    return value if isinstance(value, Markup) or not isinstance(value, str) else clean(value)


def tag(name: str, *content: str | Markup, **attributes: str | float) -> Markup:
    """An element. Text is escaped; an attribute's `_` stands for `-`, and `class_` for class."""
    said = Markup("").join(
        Markup(' {}="{}"').format(key.rstrip("_").replace("_", "-"), _value(value))
        for key, value in attributes.items()
    )
    inner = Markup("").join(part if isinstance(part, Markup) else escape(clean(part)) for part in content)
    return Markup("<{0}{1}>{2}</{0}>").format(name, said, inner)


def _value(value: str | float) -> str:
    return clean(value) if isinstance(value, str) else f"{round(float(value), 2):g}"
