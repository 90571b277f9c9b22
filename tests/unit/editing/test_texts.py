"""What people type and paste, as it is kept."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapi.editing.texts import one_line, phone_number, some_lines
from geoapi.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  东四暖心驿站 ", "东四暖心驿站"),
        ("东四\n暖心\t驿站", "东四 暖心 驿站"),
        # pasted along from a chat
        ("\ufeff东四\u200b暖心驿站", "东四暖心驿站"),
        ("", ""),
        ("\u3000", ""),
        ("😀 驿站", "😀 驿站"),
    ],
)
def test_a_line(typed: str, kept: str) -> None:
    assert one_line(typed) == kept


def test_lines_stay_lines() -> None:
    assert some_lines(" 一楼 \r\n东侧\n\n\n\n有坡道 \n") == "一楼\n东侧\n\n有坡道"


@pytest.mark.parametrize(
    "typed",
    ["a\0b", "a\x1bb", "a\x7f", "a\x85b", "\ud800", "关\u202e放开", "\u2066a", "a\ufffe", "\U0001ffff"],
)
def test_what_is_no_text_is_refused(typed: str) -> None:
    for clean in (one_line, some_lines):
        with pytest.raises(InvalidInput) as refused:
            clean(typed)
        assert refused.value.mend is not None


@given(st.text())
def test_what_is_kept_stays_as_it_is(typed: str) -> None:
    try:
        kept = one_line(typed)
    except InvalidInput:
        return
    assert one_line(kept) == kept
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in kept)
    kept.encode()


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("010-12345678", "010-12345678"),
        ("010－12345678转801", "010-12345678转801"),
        ("（010）6512 3456 转 8 或 9", "(010)6512 3456 转 8 或 9"),
        ("+86 10 1234 5678 ext. 9", "+86 10 1234 5678 ext. 9"),
        ("13800138000、13900139000", "13800138000、13900139000"),
        ("１２３４５", "12345"),
        ("400 810 8888 x5", "400 810 8888 x5"),
        ("Tel: 010—1234567", "Tel: 010-1234567"),
        ("110", "110"),
    ],
)
def test_telephone_numbers_as_people_write_them(typed: str, kept: str) -> None:
    assert phone_number(typed) == kept


@pytest.mark.parametrize(
    "typed", ["", "找王主任", "12", "http://evil.example/1234567", "010-1234567<b>", "------"]
)
def test_what_is_no_telephone_number(typed: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        phone_number(typed)
    assert refused.value.field == "phone"
