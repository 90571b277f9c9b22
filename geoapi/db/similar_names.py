"""What of a station's name tells it from others: "中国石化(农光里)加油站暖心驿站" → "中国石化农光里加油"."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from rapidfuzz import fuzz

from geoapi.db.search_text import simplified

ALIKE = 85.0
"""Least similarity of two core names, of 100 (`rapidfuzz.fuzz.ratio`, the normalised Indel similarity)."""

# longest first: what is left after one has gone may be another
_COMMON = re.compile(
    "|".join(
        sorted(
            (
                "公共区域职工之家", "户外劳动者爱心驿站", "户外劳动者服务站点", "户外劳动者服务站",
                "户外劳动者驿站",
                "劳动者驿站", "职工暖心驿站", "职工心灵驿站", "心灵驿站", "职工驿站", "职工之家",
                "工会爱心驿站",
                "工会驿站", "爱心驿站", "暖心驿站", "服务站点", "服务站", "驿站", "母婴关爱室", "母婴室",
                "哺集乳室",
                "哺乳室", "集乳室", "站点", "站",
            ),
            key=len,
            reverse=True,
        )
    )
)  # fmt: skip
_NOT_WORD = re.compile(r"[\W_]+")
_NUMBERS = re.compile(
    r"\d+|[一二三四五六七八九十百]+(?=[号號层層楼樓期区區栋棟馆館院店])|[A-Za-z](?=[口座区館馆栋])|[东西南北東](?=[口门門站区區座侧側])"
)


@lru_cache(maxsize=300_000)
def core_name(name: str) -> str:
    """The name, simplified and in lower case, without brackets, space or words for "station".

    Empty for a name that is nothing but such words.
    """
    plain = simplified(unicodedata.normalize("NFKC", name)).casefold()
    return _NOT_WORD.sub("", _COMMON.sub("", plain))


@lru_cache(maxsize=300_000)
def distinguishing(name: str) -> tuple[str, ...]:
    """Numbers, gates and sides in a name: where these differ, however alike the rest, so do the places."""
    return tuple(_NUMBERS.findall(unicodedata.normalize("NFKC", name)))


def likeness(one: str, other: str) -> float:
    """How alike two names are, of 100; 0 where nothing tells them from others, or numbers tell them apart."""
    core, other_core = core_name(one), core_name(other)
    if not core or not other_core or distinguishing(one) != distinguishing(other):
        return 0.0
    return fuzz.ratio(core, other_core)
