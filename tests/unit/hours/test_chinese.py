# ruff: noqa: E501 (one case a line)
"""Chinese texts → what was read, one line each. Those that cannot be sure name the part."""

from __future__ import annotations

import pytest

from geoapi.hours import read_hours

FULL = [
    # weekdays and their spellings
    ("周一至周五 9:00-17:30", "Mo-Fr 09:00-17:30"),
    ("週一至週五上午8:30~12:00下午1:30~5:00", "Mo-Fr 08:30-12:00,13:30-17:00"),
    ("星期一到星期五 08：30～17：00", "Mo-Fr 08:30-17:00"),
    ("礼拜一—礼拜六 9-17", "Mo-Sa 09:00-17:00"),
    ("每周一至五8:00-17:30", "Mo-Fr 08:00-17:30"),
    ("周1至周5 9:00-17:00", "Mo-Fr 09:00-17:00"),
    ("周一、三、五 9:00-12:00", "Mo,We,Fr 09:00-12:00"),
    ("周一三五 9:00-12:00", "Mo,We,Fr 09:00-12:00"),
    ("週六.日10:30-22:00", "Sa,Su 10:30-22:00"),
    ("週四~週二 15:00~20:00", "Th-Tu 15:00-20:00"),
    ("周日至周一 9:00-17:00 周二至周六 8:30-21:00", "Su,Mo 09:00-17:00; Tu-Sa 08:30-21:00"),
    ("周末 10:00-16:00", "Sa,Su 10:00-16:00"),
    ("9:00-17:00（周一至周五）", "Mo-Fr 09:00-17:00"),
    ("周一至周五（9:00-17:00）", "Mo-Fr 09:00-17:00"),
    ("09:00-17:00 周一至周五", "Mo-Fr 09:00-17:00"),
    # every day
    ("每天 8:00-20:00", "Mo-Su 08:00-20:00"),
    ("周一至周日8点半至20点", "Mo-Su 08:30-20:00"),
    ("全年无休 8:00-20:00", "Mo-Su 08:00-20:00"),
    ("8:00-20:00，全年无休", "Mo-Su 08:00-20:00"),
    ("週一~週四、週日11:00~21:45\n週五~週六11:00~21:45", "Mo-Su 11:00-21:45"),
    ("24小时", "24/7"),
    ("二十四小时开放", "24/7"),
    ("全天24小时", "24/7"),
    ("24小时全天开放", "24/7"),
    ("全天开放", "24/7"),
    ("0-24点", "24/7"),
    ("周一至周五24小时", "Mo-Fr 00:00-24:00"),
    # times
    ("周一至周五8时30分至17时", "Mo-Fr 08:30-17:00"),
    ("周一至周五0800-1700", "Mo-Fr 08:00-17:00"),
    ("周一至周五8-12、13-17点", "Mo-Fr 08:00-12:00,13:00-17:00"),
    ("周一至周五八点至十七点三十分", "Mo-Fr 08:00-17:30"),
    ("周一至周五 上午九点至下午五点", "Mo-Fr 09:00-17:00"),
    ("每日中午12時至晚間8時", "Mo-Su 12:00-20:00"),
    ("每天 9:00am-5:00pm", "Mo-Su 09:00-17:00"),
    ("每天8:00-晚上12:00", "Mo-Su 08:00-24:00"),
    ("每天8:00-00:00", "Mo-Su 08:00-24:00"),
    ("每天22:00-次日6:00", "Mo-Su 22:00-06:00"),
    ("每天20:00至凌晨2:00", "Mo-Su 20:00-02:00"),
    ("每天18:00-02:00", "Mo-Su 18:00-02:00"),
    ("每天06:00~24:30", "Mo-Su 06:00-00:30"),
    ("週二至週日上午9時至下午5時\n2、週一休館", "Tu-Su 09:00-17:00"),
    # numbered and broken lines
    ("1.週二至週六08:30-21:00\n2.週日至週一08:30-17:00", "Su,Mo 08:30-17:00; Tu-Sa 08:30-21:00"),
    ("週一至週五\n08:00-12:00;13:30-17:30\n週六08:00-12:00", "Mo-Fr 08:00-12:00,13:30-17:30; Sa 08:00-12:00"),
    ("一、周二至周日：9:00-17:00 二、周一闭馆", "Tu-Su 09:00-17:00"),
    # closed
    ("每天9:00-20:00（周一休息）", "Tu-Su 09:00-20:00"),
    ("9:00-20:00，周一除外", "Tu-Su 09:00-20:00"),
    ("除周一外每天9:00-20:00", "Tu-Su 09:00-20:00"),
    ("週一休館週二至週日09:30~17:30", "Tu-Su 09:30-17:30"),
    ("每日上午8-12點 (週六、日及例假日除外)", "Mo-Fr 08:00-12:00; PH off"),
    ("周二至周日9:00-17:00，每月第一个周四闭馆", "Tu-Su 09:00-17:00; Th[1] off"),
    ("週一至週日9-17 每月第一、三個週一休館", "Mo-Su 09:00-17:00; Mo[1,3] off"),
    ("每日9:00-17:00 每月最後一個週五休館", "Mo-Su 09:00-17:00; Fr[-1] off"),
    ("周二至周日9:00-17:00，12:00-13:00不开放", "Tu-Su 09:00-17:00; 12:00-13:00 off"),
    ("周一至周五 9:00-17:00，中午不休息", "Mo-Fr 09:00-17:00"),
    # holidays and workdays
    ("工作日9:00-17:30", "Mo-Fr 09:00-17:30; PH off"),
    ("上班日8:00~17:00", "Mo-Fr 08:00-17:00; PH off"),
    ("周一至周五9:00-17:30，节假日休息", "Mo-Fr 09:00-17:30; PH off"),
    ("週一至週五 (國定及例假日除外)\n上午8:00~12:00", "Mo-Fr 08:00-12:00; PH off"),
    ("平日11:00-22:00\n假日10:00-22:00", "Mo-Fr 11:00-22:00; PH off; Sa,Su 10:00-22:00; PH 10:00-22:00"),
    ("週一至週五11:00~22:00 週六、日、例假日10:30~22:00", "Mo-Fr 11:00-22:00; Sa,Su 10:30-22:00; PH 10:30-22:00"),
    ("週日至週四11-21:30\n週五、週六及例假日前一天11-22點", "Su-Th 11:00-21:30; Fr,Sa 11:00-22:00; PH -1 day 11:00-22:00"),
    # seasons
    ("夏令时(5月-9月)每天8:00-18:00，冬令时(10月-4月)每天8:30-17:30", "May-Sep Mo-Su 08:00-18:00; Oct-Apr Mo-Su 08:30-17:30"),
    ("周一至周五 5-9月8:00-18:00 10-4月8:30-17:30", "May-Sep Mo-Fr 08:00-18:00; Oct-Apr Mo-Fr 08:30-17:30"),
    ("每天9:00-18:00(3月至10月) 9:00-17:00(11月至2月)", "Mar-Oct Mo-Su 09:00-18:00; Nov-Feb Mo-Su 09:00-17:00"),
    ("每天9:00-17:00，1月1日休息", "Mo-Su 09:00-17:00; Jan 01 off"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "osm"), FULL)
def test_reads_in_full(text: str, osm: str) -> None:
    reading = read_hours(text)
    assert (reading.certainty, reading.unread) == ("full", ())
    assert reading.osm == osm


PARTIAL = [
    # no day is named: an office's hours or a shop's
    ("08:00-22:00", ("08:00-22:00",)),
    ("0830-1630", ("0830-1630",)),
    # may mean less than 24 hours
    ("週一至週日全日服務", ("全日",)),
    ("全天候開放", ("全天候",)),
    # only the staff may be resting
    ("周一至周五 08:00-17:00 (12:00-13:00休息)", ("12:00-13:00休息",)),
    ("每日 9-17 中午休息12:00-13:00", ("中午休息12:00-13:00",)),
    # tied to something that is not said
    ("週一至週日 09:00~21:00 (展演期間延至閉館)", ("展演期間延至閉館",)),
    ("週一至週五8:30-17:30，如遇活動延長", ("如遇活動延長",)),
    ("周一至周五9:00-17:00 需提前预约", ("需提前预约",)),
    ("週一至週日08:00-17:00\n夏季08:00-18:00", ("08:00-17:00\n夏季08:00-18:00",)),
    ("周一至周五9:00-17:00，不定期休息", ("不定期休息",)),
    ("9:00-18:00有人值守，其余时间刷码进入", ("其余时间刷码进入",)),
    # slips
    ("週一到五8:00-17:00 週六08:030-17:30", ("08:030-17:30",)),
    ("週一至週四09:00-23:00\n週五至週六09:00-01:00", ("週一至週四", "週五至週六")),
    # one day, two different hours
    ("週二至週六9:00-18:00 週三13:00-21:00", ("9:00-18:00", "13:00-21:00")),
    # two places
    ("館內週二至週五10:00~17:00，公園24小時開放", ("公園24小時",)),
]


@pytest.mark.parametrize(("text", "unread"), PARTIAL)
def test_names_what_keeps_it_from_being_sure(text: str, unread: tuple[str, ...]) -> None:
    reading = read_hours(text)
    assert reading.certainty == "partial"
    assert reading.osm is None
    for part in unread:
        assert any(part in found for found in reading.unread), reading.unread


UNKNOWN = [
    "", "  \n", "營業時間", "依營業時間", "週一至週五", "工作日开放", "全年无休", "預約", "不定期", "10:00+", "日出至日落",
    "週二至週日上午8:00至5:30(週一休館)", "週一至週五08:00~175:30", "有活動才開放", "無時間限制", "请电话咨询", "99:99-88:77",
    "1:30-5:30", "\ud800", "\x00", "🦀", "一" * 300,
]  # fmt: skip


@pytest.mark.parametrize("text", UNKNOWN)
def test_admits_that_it_knows_nothing(text: str) -> None:
    reading = read_hours(text)
    assert (reading.certainty, reading.rules, reading.osm) == ("unknown", None, None)
    assert reading.week() == [[]] * 7
    assert bool(reading.unread) == bool(text.strip())


ACCESS = [
    ("提供家長及員工使用，暫不對外開放。\n週一至週五 8:00-16:00", "Mo-Fr 08:00-16:00", "暫不對外開放"),
    ("周一至周五 9:00-17:00 仅供员工使用", "Mo-Fr 09:00-17:00", "仅供员工使用"),
    ("每天9:00-17:00（購票入場）", "Mo-Su 09:00-17:00", "購票入場"),
    ("每天5:00-23:00 付费区内", "Mo-Su 05:00-23:00", "付费区内"),
    ("僅提供洽公民眾 週一~週五8:30~18:00", "Mo-Fr 08:30-18:00", "僅提供洽公民眾"),
]


@pytest.mark.parametrize(("text", "osm", "note"), ACCESS)
def test_who_may_enter_is_not_hours(text: str, osm: str, note: str) -> None:
    reading = read_hours(text)
    assert (reading.certainty, reading.osm) == ("full", osm)
    assert note in reading.access


def test_week_of_the_first_season() -> None:
    reading = read_hours("夏天(3月至10月)每天9:00-18:00 冬天(11月至2月)每天9:00-17:00")
    assert reading.week() == [["09:00-18:00"]] * 7


def test_week_shows_what_was_read_of_a_partial_text() -> None:
    reading = read_hours("週一至週五8:30-17:30，如遇活動延長")
    assert reading.week() == [["08:30-17:30"]] * 5 + [[], []]


def test_json_is_the_designed_shape() -> None:
    assert read_hours("工作日9:00-17:30，仅供员工使用").to_json() == {
        "text": "工作日9:00-17:30，仅供员工使用",
        "certainty": "full",
        "osm": "Mo-Fr 09:00-17:30; PH off",
        "unread": [],
        "access": ["仅供员工使用"],
        "week": [["09:00-17:30"]] * 5 + [[], []],
    }


def test_says_which_part_was_read_as_what() -> None:
    lines = [words.zh for words in read_hours("週一至週五8-17點，國定假日休館").why]
    assert lines == ["“週一至週五 8-17點” → 周一至周五 08:00-17:00", "“國定假日” → 法定节假日 不开放"]


def test_none_is_unknown() -> None:
    assert read_hours(None).certainty == "unknown"
    assert read_hours(None).text == ""
