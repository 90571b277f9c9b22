# ruff: noqa: E501 (one case a line)
"""Rules as JSON, and any text at all."""

from __future__ import annotations

import json
import string

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geoapi.errors import InvalidHours
from geoapi.hours import Days, Rule, Rules, Span, ordinary_week, read_hours
from tests.unit.hours.strategies import rules


@given(rules())
def test_json_there_and_back(some: Rules) -> None:
    assert Rules.from_json(json.loads(json.dumps(some.to_json()))) == some
    assert hash(Rules.from_json(some.to_json())) == hash(some)


def test_json_reads_like_what_it_says() -> None:
    rules_ = read_hours("周二至周六18:00-02:00，每月第一个周四休息，春节休息，节假日10:00-12:00").rules
    assert rules_ is not None
    assert rules_.to_json() == {
        "rules": [
            {"state": "open", "days": {"weekdays": [2, 3, 4, 5, 6]}, "spans": ["18:00-02:00"]},
            {"state": "open", "days": {"kind": "holiday"}, "spans": ["10:00-12:00"]},
            {"state": "closed", "days": {"weekdays": [4], "nth": [1]}},
            {"state": "perhaps", "days": {"festival": ["new_year", -2, 7]}},
            {"state": "closed", "days": {"festival": ["new_year", 0, 0]}},
        ],
        "holidays": True,
        "makeups": False,
        "sure": True,
    }


@pytest.mark.parametrize(
    "value",
    [
        None, [], "rules", 1, {}, {"rules": []}, {"rules": [1], "holidays": True, "makeups": True, "sure": True},
        {"rules": [], "holidays": 1, "makeups": True, "sure": True}, {"rules": [], "holidays": True, "makeups": True, "sure": True, "x": 1},
        *({"rules": [rule], "holidays": True, "makeups": True, "sure": True} for rule in (
            {}, {"state": "ajar"}, {"state": "open", "spans": ["9-17"]}, {"state": "open", "spans": ["25:00-26:00"]}, {"state": "open", "spans": [9]},
            {"state": "open", "adds": "yes"}, {"state": "open", "days": {"weekdays": [0]}}, {"state": "open", "days": {"weekdays": [8]}},
            {"state": "open", "days": {"nth": [1]}}, {"state": "open", "days": {"weekdays": [1], "nth": [0]}}, {"state": "open", "days": {"kind": "monday"}},
            {"state": "open", "days": {"dates": ["02-30/03-01"]}}, {"state": "open", "days": {"dates": ["2026-13-01/01-01"]}},
            {"state": "open", "days": {"festival": ["easter", 0, 0]}}, {"state": "open", "days": {"festival": ["new_year", 0]}},
            {"state": "open", "days": {"weekdays": [True]}}, {"state": ["open"]},
        )),
    ],
)  # fmt: skip
def test_json_of_anything_else_is_refused(value: object) -> None:
    with pytest.raises(InvalidHours):
        Rules.from_json(value)


GRAMMAR = st.sampled_from(
    [
    *"一二三四五六日至到~-–，、；。\n ()（）:：0123456789周週月年时点半除外含",
    "周一", "星期日", "每天", "工作日", "平日", "假日", "例假日", "国定假日", "节假日", "春节", "除夕", "前一天", "每月第一个周四", "3月至10月",
    "休息", "休馆", "闭馆", "不开放", "午休", "全年无休", "24小时", "全天", "上午", "下午", "晚上", "次日", "开放", "營業時間", "僅供員工使用",
    "9:00-17:00", "13:30~17:30", "8-12", "22:00-02:00", "Mo-Fr", "Sa", "PH", "off", "24/7", "Jan", "Th[1]", ";", "unknown", "1.", "夏季",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(
    st.one_of(
        st.text(max_size=60),
        st.lists(GRAMMAR, max_size=14).map("".join),
        st.text(string.printable, max_size=60),
    )
)
@example("\ud800\x00")
@example("周" * 1_999)
@example("一、" * 900)
@example("9" * 1_999)
@example("9:00-" * 390)
@example("((((((((" * 240)
@example("仅供" * 999)
@example("Mo," * 660)
@example('"' * 1_999)
@example("周一至" * 600)
@example("第一、" * 600)
@example("除" * 1_999)
def test_any_text_gives_a_reading(text: str) -> None:
    reading = read_hours(text)
    assert (reading.rules is None) == (reading.certainty == "unknown")
    assert (reading.osm is None) or reading.certainty == "full"
    if reading.certainty == "partial":
        assert reading.unread
    if reading.certainty == "full":
        assert reading.unread == ()
    assert all(part in reading.text for part in (*reading.unread, *reading.access))
    shape = reading.to_json()
    assert set(shape) == {"text", "certainty", "osm", "unread", "access", "week"}
    assert len(shape["week"]) == 7
    json.dumps(shape)
    if reading.rules:
        assert Rules.from_json(reading.rules.to_json()) == reading.rules


def test_a_text_of_any_length_is_bounded_work() -> None:
    reading = read_hours("周一至周五9:00-17:00，" * 10_000)
    assert (reading.certainty, len(reading.unread)) == ("unknown", 1)


def test_the_same_text_is_the_same_reading() -> None:
    assert read_hours("周一至周五 9:00-17:31") is read_hours("周一至周五 9:00-17:31")


def test_ordinary_week_of_rules() -> None:
    some = Rules(
        (Rule(Days(weekdays=(5,)), (Span(22 * 60, 26 * 60),)), Rule(Days(kind="workday"), (Span(0, 1440),)))
    )
    assert ordinary_week(some) == [["00:00-24:00"]] * 5 + [["22:00-02:00"], []]
    assert ordinary_week(None) == [[]] * 7
