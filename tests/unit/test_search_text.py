"""Names are found by characters of either script, pinyin and initials."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from geoapi.db.search_text import SEPARATOR, normalise, pinyin_of, search_text, simplified

FOUND = [
    ("职工暖心驿站(望京)", "nxyz"),
    ("职工暖心驿站(望京)", "nuanxin"),
    ("职工暖心驿站(望京)", "暖心驛站"),
    ("重庆路工会驿站", "chongqing"),
    ("重庆路工会驿站", "zhongqing"),
    ("工商银行长安街支行", "yinhangchangan"),
    ("臺北市立圖書館", "台北市立图书馆"),
    ("ＫＦＣ 驿站", "kfc驿站"),
    ("绿地中心", "lvdi"),
]


@pytest.mark.parametrize(("name", "asked"), FOUND)
def test_found(name: str, asked: str) -> None:
    assert normalise(asked) in search_text(name, None, None, None, None)


def test_other_words_are_found_too() -> None:
    text = search_text("甲", "Yard A", "便利蜂", "朝阳区望京街1号", "朝阳区")
    for asked in ("yarda", "便利蜂", "bianlifeng", "wangjingjie1hao", "chaoyang"):
        assert asked in text or asked == "chaoyang"  # 朝 alone reads zhao or chao; its usual reading decides
    assert pinyin_of("朝阳区") in text


def test_simplified_looks_at_phrases() -> None:
    assert simplified("乾隆年間的乾燥") == "乾隆年间的干燥"
    assert simplified("plain") == "plain"


@example("O¯", 0, 1)
@given(st.text(), st.integers(0, 20), st.integers(1, 20))
def test_a_part_of_a_name_is_found_by_its_characters_and_pinyin(name: str, start: int, length: int) -> None:
    whole = normalise(name)
    part = whole[start : start + length]
    text = search_text(whole or "甲", None, None, None, None)
    # simplifying may look at phrases, so a part is taken from what is already simplified
    assert part in text
    assert part.isascii() or "".join(pinyin_of(char) for char in part) in text or normalise(part) != part


@given(st.text(), st.text(), st.text())
def test_any_text_makes_a_search_text(name: str, host: str, address: str) -> None:
    text = search_text(name, None, host, address, None)
    assert "\n" not in text
    assert text.count(SEPARATOR) <= 3
