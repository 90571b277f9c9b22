"""What a phone needs to find stations by words as `q=` does (see db/search_text.py), and no more than that.

The phone makes a station's search text from its names, character by character, with the readings and the
simplified forms of those that are used. What it could not make by itself is sent: how the phrases of a name
read (重庆: chongqing), and the whole text where phrases are simplified in another way than their characters.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache

from geoapi.db.search_text import SEPARATOR, normalise, pinyin_of

_DROPPED = re.compile(r"[\s|]+")


def folded(text: str, simplified: Mapping[int, str]) -> str:
    """The text as a phone writes it: `normalise`, with each character simplified by itself."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", text).translate(simplified)
    return unicodedata.normalize("NFKC", _DROPPED.sub("", plain.lower()))


def phone_search_text(
    readings: Mapping[int, str],
    simplified: Mapping[int, str],
    reading: str | None,
    name: str,
    others: Iterable[str | None],
) -> str:
    """What the phone makes of a station's names; `reading` is the name's as its phrases are read."""
    name = folded(name, simplified)
    fields = [name]
    for text in others:
        if text and not any((one := folded(text, simplified)) in field for field in fields):
            fields.append(one)
    words = " ".join(fields)
    if words.isascii():
        return words
    parts = [words, words.translate(readings)]
    if reading is not None:
        parts.append(reading)
    parts.append("".join(readings.get(ord(char), char)[:1] for char in name))
    return SEPARATOR.join(parts)


def readings_of(texts: Iterable[str]) -> dict[int, str]:
    """Each Chinese character in the texts, by code in rising order, with its most usual reading."""
    chars = sorted(set[str]().union(*texts))
    readings = {ord(char): pinyin_of(char) for char in chars if not char.isascii()}
    return {code: said for code, said in readings.items() if said != chr(code)}


def simplified_to(forms: Iterable[int]) -> dict[int, str]:
    """Each traditional character, by code, that is simplified to one of these."""
    wanted = set(map(chr, forms))
    return {ord(char): form for char, form in _simplified_forms().items() if form in wanted}


@cache
def _simplified_forms() -> dict[str, str]:
    chars = (chr(code) for first, end in ((0x3400, 0x4DC0), (0x4E00, 0xA000)) for code in range(first, end))
    return {char: form for char in chars if (form := normalise(char)) != char}
