"""The text by which a station is found: its words in simplified characters, their pinyin, and initials.

`search_text` makes the column `station.search`; `normalise` and `pinyin_of` bring what is asked for into the
same form, so that finding is a search for a substring (or a similar one, by trigrams). The column reads

    words|pinyin of the words|the name's pinyin by phrase, where it differs|initials of the name

and what stands behind the first bar is `station.sound`, which the trigram index holds. Pinyin is written
character by character in each one's most usual reading and without spaces, so the pinyin of any part of the
words is a part of their pinyin. 重庆 is then "zhongqing"; for the name, the reading that the phrase has
(chongqing) is added.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

SEPARATOR = "|"
_DROPPED = re.compile(r"[\s|]+")
_BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
_HAN = "[\u3400-\u4dbf\u4e00-\u9fff]"


@lru_cache(maxsize=1)
def _opencc() -> Any:
    import opencc

    return opencc.OpenCC("t2s")


@lru_cache(maxsize=1)
def _simple_forms() -> dict[int, str]:
    """Each single traditional character → its simplified form, for those that have one."""
    convert = _opencc().convert
    chars = [chr(code) for first, end in _BLOCKS for code in range(first, end)]
    # one call for all of them, separated so that no phrase is seen
    simple = convert("\n".join(chars)).split("\n")
    return {ord(char): form for char, form in zip(chars, simple, strict=True) if char != form}


@lru_cache(maxsize=1)
def _has_traditional() -> re.Pattern[str]:
    return re.compile("[" + "".join(map(chr, _simple_forms())) + "]")


def simplified(text: str) -> str:
    """The text in simplified characters; phrases are looked at (乾燥 → 干燥, 乾隆 stays)."""
    if text.isascii() or not _has_traditional().search(text):
        return text
    return _simplified_phrase(text)


@lru_cache(maxsize=100_000)
def _simplified_phrase(text: str) -> str:
    return str(_opencc().convert(text))


@lru_cache(maxsize=1)
def _readings() -> dict[int, str]:
    """Each character → its most usual reading, without tone."""
    from pypinyin import Style, pinyin_dict
    from pypinyin.style import convert

    return {
        # ü is typed v
        code: convert(said.split(",")[0], Style.NORMAL, strict=False).replace("ü", "v")
        for code, said in pinyin_dict.pinyin_dict.items()
    }


@lru_cache(maxsize=1)
def _initials() -> dict[int, str]:
    return {code: said[:1] for code, said in _readings().items()}


@lru_cache(maxsize=1)
def _windows() -> re.Pattern[str]:
    """Matches each character that some phrase reads unusually, with up to three around it."""
    from pypinyin import Style, phrases_dict
    from pypinyin.style import convert

    usual = _readings()
    plain: dict[str, str] = {}
    found = set()
    for phrase, said in phrases_dict.phrases_dict.items():
        for char, (reading, *_) in zip(phrase, said, strict=False):
            if char in found or ord(char) not in usual:
                continue
            if reading not in plain:
                plain[reading] = convert(reading, Style.NORMAL, strict=False).replace("ü", "v")
            if plain[reading] != usual[ord(char)]:
                found.add(char)
    return re.compile(f"(?:{_HAN}{{0,3}}[{''.join(sorted(found))}])+{_HAN}{{0,3}}")


@lru_cache(maxsize=200_000)
def _phrase_pinyin(window: str) -> str:
    """The pinyin of Chinese characters as their phrases are read: 重庆 → chongqing."""
    from pypinyin import lazy_pinyin

    return "".join(lazy_pinyin(window)).replace("ü", "v")


def normalise(text: str) -> str:
    """The text as the column has words: NFKC, simplified, lower case, without space or the separator."""
    plain = text if text.isascii() else simplified(unicodedata.normalize("NFKC", text))
    # what stood apart may belong together now: "O ¯" without its space is "ō"
    return unicodedata.normalize("NFKC", _DROPPED.sub("", plain.lower()))


def pinyin_of(text: str) -> str:
    """The text's pinyin, character by character; what is no Chinese character stays as it is, normalised."""
    return normalise(text).translate(_readings())


def search_text(
    name_zh: str,
    name_en: str | None,
    host_name: str | None,
    address: str | None,
    *district_names: str | None,
) -> str:
    """What `station.search` holds for these words; fields keep apart by a space.

    A station in a street has the names of the street and of its district.
    """
    name = normalise(name_zh)
    others = (name_en, host_name, address, *district_names)
    fields = [name]
    for text in others:
        # what is a part of another field is found there: hosts are in names, districts in addresses
        if text and not any((plain := normalise(text)) in field for field in fields):
            fields.append(plain)
    words = " ".join(fields)
    if words.isascii():
        return words
    parts = [words, words.translate(_readings())]
    phrase = _windows().sub(lambda found: _phrase_pinyin(found[0]), name).translate(_readings())
    if phrase != name.translate(_readings()):
        parts.append(phrase)
    parts.append(name.translate(_initials()))
    return SEPARATOR.join(parts)
