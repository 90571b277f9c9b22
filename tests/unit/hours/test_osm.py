# ruff: noqa: E501 (one case a line)
"""OpenStreetMap's opening_hours: what is read, what is written, and back again."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoapi.hours import (
    Calendar,
    Dates,
    Days,
    MonthDay,
    Rule,
    Rules,
    Span,
    open_intervals,
    osm_string,
    read_hours,
    seed_calendar,
)
from tests.unit.hours.strategies import month_days, spans

FULL = [
    ("24/7", "24/7"),
    ("Mo-Fr 09:00-17:30; PH off", "Mo-Fr 09:00-17:30; PH off"),
    ("mo-fr 9:00-17:30", "Mo-Fr 09:00-17:30"),
    ("Mon - Fri: 9-17", "Mo-Fr 09:00-17:00"),
    ("Monday to Friday 9am-5pm", "Mo-Fr 09:00-17:00"),
    ("Mo-Su 08:00-20:00", "Mo-Su 08:00-20:00"),
    ("Mo-Fr 08:00-12:00,13:00-17:00; Sa 08:00-12:00", "Mo-Fr 08:00-12:00,13:00-17:00; Sa 08:00-12:00"),
    ("Sa-Mo 10:00-12:00", "Sa-Mo 10:00-12:00"),
    ("Mo,We,Fr 10:00-12:00", "Mo,We,Fr 10:00-12:00"),
    ("Mo-Fr 20:00-26:00", "Mo-Fr 20:00-02:00"),
    ("Mo 22:00-06:00; Tu off", "Mo 22:00-06:00; Tu off"),
    ("Mo-Fr 10:00-18:00, We 20:00-22:00", "Mo-Fr 10:00-18:00, We 20:00-22:00"),
    ("Mo-Fr 10:00-18:00; We 20:00-22:00 unknown", "Mo-Fr 10:00-18:00; We 20:00-22:00 unknown"),
    ("Mo-Su 09:00-17:00; Th[1] off", "Mo-Su 09:00-17:00; Th[1] off"),
    ("Mo-Su 09:00-17:00; Th[1,3] off; Fr[-1] closed", "Mo-Su 09:00-17:00; Th[1,3] off; Fr[-1] off"),
    ("Mo-Su 09:00-17:00; Th[1-2] off", "Mo-Su 09:00-17:00; Th[1,2] off"),
    ("Mar-Oct Mo-Su 09:00-18:00; Nov-Feb Mo-Su 09:00-17:00", "Mar-Oct Mo-Su 09:00-18:00; Nov-Feb Mo-Su 09:00-17:00"),
    ("Mo-Su 10:00-18:00; Dec 24-26 off; Jan 01 off", "Mo-Su 10:00-18:00; Dec 24-Dec 26 off; Jan 01 off"),
    ("Mo-Su 10:00-18:00; 2026 Feb 16-Feb 22 off", "Mo-Su 10:00-18:00; 2026 Feb 16-Feb 22 off"),
    ("Mo-Su 10:00-18:00; 2026 Dec 24-2027 Jan 02 off", "Mo-Su 10:00-18:00; 2026 Dec 24-2027 Jan 02 off"),
    ("PH,Sa,Su 10:00-16:00", "Sa,Su 10:00-16:00; PH 10:00-16:00"),
    ("Mo-Fr 09:00-17:00; PH -1 day 09:00-12:00", "Mo-Fr 09:00-17:00; PH -1 day 09:00-12:00"),
    ("Mo-Su 09:00-18:00; 12:00-13:00 off", "Mo-Su 09:00-18:00; 12:00-13:00 off"),
    ("Mo-Su 08:00-08:00", "Mo-Su 08:00-08:00"),
    ("Mo-Fr", "Mo-Fr 00:00-24:00"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "osm"), FULL)
def test_reads_and_writes(text: str, osm: str) -> None:
    reading = read_hours(text)
    assert (reading.certainty, reading.osm, reading.unread) == ("full", osm, ())
    assert read_hours(osm).rules == reading.rules


NOT_READ = [
    ("Mo-Fr 09:00-17:00; SH off", "partial", "SH off"),
    ("Mo-Fr 09:00-17:00; Sa 10:00+", "partial", "Sa 10:00+"),
    ("Mo-Fr sunrise-sunset", "unknown", "Mo-Fr sunrise-sunset"),
    ("week 1-10 Mo-Fr 09:00-17:00", "unknown", "week 1-10 Mo-Fr 09:00-17:00"),
    ('Mo-Fr 09:00-17:00; Sa 10:00-12:00 "by appointment"', "partial", 'Sa 10:00-12:00 "by appointment"'),
    ("Mo-Fr 09:00-17:00 || Sa 10:00-12:00", "unknown", "Mo-Fr 09:00-17:00 || Sa 10:00-12:00"),
    ("Mo-Fr 09:00-17:00; easter off", "partial", "easter off"),
    ("Mo-Fr 10:00-16:00/01:30", "unknown", "Mo-Fr 10:00-16:00/01:30"),
    ("Mo-Fr 9-5", "unknown", "Mo-Fr 9-5"),
    ("Mo-Fr 25:00-26:00", "unknown", "Mo-Fr 25:00-26:00"),
    ("Feb 30 off; Mo-Fr 09:00-17:00", "partial", "Feb 30 off"),
    ("Mo-Fr 09:00-17:00; PH Mo-Fr 10:00-12:00", "partial", "PH Mo-Fr 10:00-12:00"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "certainty", "unread"), NOT_READ)
def test_names_what_it_does_not_read(text: str, certainty: str, unread: str) -> None:
    reading = read_hours(text)
    assert (reading.certainty, reading.unread, reading.osm) == (certainty, (unread,), None)
    if reading.rules:
        assert not reading.rules.sure


def test_times_alone_name_no_days() -> None:
    # by OpenStreetMap's rules every day; but sheets are full of such texts, from offices too
    assert read_hours("08:00-22:00").certainty == "partial"


@st.composite
def written(draw: st.DrawFn) -> Rules:
    """Rules as Chinese texts come to: a week, seasons of it, closed days, holidays."""
    season = draw(st.sampled_from([None, (3, 10), (11, 2), (6, 8)]))
    everyday = draw(st.booleans())
    some_days = st.sets(st.integers(0, 6), min_size=1, max_size=6).map(lambda s: tuple(sorted(s)))
    some_spans = st.lists(spans(), min_size=1, max_size=2).map(tuple)
    out = [Rule(Days(weekdays=() if everyday else draw(some_days)), draw(some_spans))]
    if season:
        dates = (Dates(MonthDay(season[0], 1), MonthDay(season[1], {10: 31, 2: 29, 8: 31}[season[1]])),)
        out.append(Rule(Days(() if everyday else draw(some_days), dates=dates), draw(some_spans)))
    if draw(st.booleans()):
        weekday, nth = draw(st.integers(0, 6)), draw(st.sampled_from([(1,), (-1,), (2, 4)]))
        out.append(Rule(Days(weekdays=(weekday,), nth=nth), state="closed"))
    if draw(st.booleans()):
        out.append(Rule(Days(), (draw(spans()),), "closed"))
    if draw(st.booleans()):
        day = draw(month_days())
        out.append(Rule(Days(dates=(Dates(day, day),)), state="closed"))
    on_holidays = draw(st.sampled_from(["off", "hours", "silent", "eve"]))
    if on_holidays == "off":
        out.append(Rule(Days(kind="holiday"), state="closed"))
    elif on_holidays == "hours":
        out.append(Rule(Days(kind="holiday"), draw(some_spans)))
    elif on_holidays == "eve":
        out.append(Rule(Days(kind="eve"), draw(some_spans)))
    return Rules(tuple(out), holidays=everyday or on_holidays in ("off", "hours"), makeups=everyday)


@settings(max_examples=200, deadline=None)
@given(written(), st.dates(datetime(2025, 1, 1).date(), datetime(2026, 12, 20).date()))
def test_what_is_written_reads_back_to_the_same_intervals(rules: Rules, day: object) -> None:
    osm = osm_string(rules)
    assert osm is not None
    reading = read_hours(osm)
    assert reading.certainty == "full", osm
    start = datetime.fromisoformat(f"{day}T00:00+08:00")
    assert _week(rules, start) == _week(reading.rules, start), osm


@settings(max_examples=100, deadline=None)
@given(
    st.lists(spans(), min_size=1, max_size=2),
    st.dates(datetime(2025, 1, 1).date(), datetime(2026, 12, 20).date()),
)
def test_workdays_read_back_but_for_makeup_days(hours: list[Span], day: object) -> None:
    rules = Rules((Rule(Days(kind="workday"), tuple(hours)),))
    osm = osm_string(rules)
    assert osm is not None
    start = datetime.fromisoformat(f"{day}T00:00+08:00")
    calendar = Calendar(d._replace(type="weekend") if d.type == "makeup" else d for d in CHINA)
    assert _week(rules, start, calendar) == _week(read_hours(osm).rules, start, calendar)


CHINA = Calendar(seed_calendar("CN", [2024, 2025, 2026]))


def _week(
    rules: Rules | None, start: datetime, calendar: Calendar = CHINA
) -> list[tuple[datetime, datetime, str]]:
    found = open_intervals(
        rules,
        calendar=calendar,
        zone=ZoneInfo("Asia/Shanghai"),
        start=start.astimezone(UTC),
        end=start + timedelta(days=8),
    )
    return [(i.start, i.end, i.state) for i in found]


CHINESE_TO_OSM = [
    "周一至周五 9:00-17:30", "每天22:00-次日6:00", "24小时", "周一至周五9:00-17:30，节假日休息",
    "週日至週四11-21:30\n週五、週六及例假日前一天11-22點", "平日11:00-22:00\n假日10:00-22:00",
    "週二~週六8:30~21:00 週日、週一9:00~17:00\n每月第一個星期四及國定假日休館",
    "夏令时(5月-9月)每天8:00-18:00，冬令时(10月-4月)每天8:30-17:30", "周二至周日9:00-17:00，12:00-13:00不开放",
    "每天9:00-17:00，1月1日休息", "周一至周六9-17点，春节休息",
]  # fmt: skip


@pytest.mark.parametrize("text", CHINESE_TO_OSM)
def test_chinese_and_its_osm_string_are_open_at_the_same_times(text: str) -> None:
    reading = read_hours(text)
    if reading.osm is None:  # a festival: OpenStreetMap has no word for it
        assert "春节" in text
        return
    calendar = Calendar(d._replace(type="weekend") if d.type == "makeup" else d for d in CHINA)
    for month in range(1, 13):
        start = datetime.fromisoformat(f"2026-{month:02}-01T00:00+08:00")
        for week in range(0, 28, 7):
            at = start + timedelta(days=week)
            assert _week(reading.rules, at, calendar) == _week(read_hours(reading.osm).rules, at, calendar)
