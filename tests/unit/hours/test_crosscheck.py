# ruff: noqa: E501 (one case a line)
"""Our reading of OpenStreetMap strings beside opening-hours-py's, and why they differ where they do."""

from __future__ import annotations

import csv
import re
from datetime import date, datetime, timedelta
from itertools import product
from zoneinfo import ZoneInfo

import pytest
from opening_hours import OpeningHours, ParserError

from geoapi.hours import Calendar, CalendarDay, Interval, Rules, open_intervals, read_hours, state_at
from tests.conftest import SHARED_DATA, needs_shared_data

ZONE = ZoneInfo("Asia/Shanghai")
# no public holidays on either side: their calendar of China is wrong (see KNOWN_DIFFERENCES)
FIRST = date(2026, 3, 2)
PLAIN = Calendar(
    CalendarDay(day, "workday" if day.weekday() < 5 else "weekend")
    for day in (FIRST + timedelta(days=n) for n in range(-2, 400))
)
STRINGS = [
    "24/7", "Mo-Su 08:00-20:00", "Mo-Fr 09:00-17:30", "Mo-Fr 08:00-12:00,13:30-17:30; Sa 09:00-12:00", "Tu-Su 09:00-17:00; Mo off",
    "Mo,We,Fr 10:00-12:00; Th 14:00-18:00", "Sa-Mo 10:00-12:00", "Mo-Fr 20:00-26:00", "Mo-Su 22:00-06:00", "Fr,Sa 18:00-02:00",
    "Mo-Su 09:00-17:00; Th[1] off", "Mo-Su 09:00-17:00; Fr[-1] off", "Mo-Su 09:00-17:00; Mo[1,3] off",
    "Mar-Oct Mo-Su 09:00-18:00; Nov-Feb Mo-Su 09:00-17:00", "Mo-Su 10:00-18:00; Dec 24-26 off; Jan 01 off",
    "Mo-Su 10:00-18:00; 2026 Apr 16-Apr 22 off", "Mo-Fr 10:00-18:00, We 20:00-22:00", "Mo-Fr 10:00-18:00; We 12:00-13:00 unknown",
    "Mo-Fr 00:00-24:00", "Mo-Su 08:00-08:00", "Dec Mo-Su 10:00-12:00; Jan Mo-Fr 10:00-11:00", "Jun 15-Sep 15 Mo-Fr 07:30-15:30",
]  # fmt: skip


def differences(osm: str, days: int = 14, first: date = FIRST) -> list[str]:
    """The instants, half an hour apart, at which the two do not agree."""
    rules = read_hours(osm).rules
    assert isinstance(rules, Rules)
    start = datetime(first.year, first.month, first.day, tzinfo=ZONE)
    end = start + timedelta(days=days)
    ours = open_intervals(rules, calendar=PLAIN, zone=ZONE, start=start, end=end)
    theirs = [
        Interval(begins.replace(tzinfo=ZONE), until.replace(tzinfo=ZONE), str(state), "rule")  # type: ignore[arg-type]
        for begins, until, state, _ in OpeningHours(osm).intervals(
            start.replace(tzinfo=None), end.replace(tzinfo=None)
        )
        if str(state) != "closed"
    ]
    out = []
    for n in range(days * 48):
        at = start + timedelta(minutes=30 * n)
        one, other = state_at(ours, at).state, state_at(theirs, at).state
        if one != other:
            out.append(f"{at:%a %m-%d %H:%M} {one} {other}")
    return out


@pytest.mark.parametrize("osm", STRINGS)
def test_agree(osm: str) -> None:
    for first in (FIRST, date(2026, 4, 13), date(2026, 10, 26), date(2026, 12, 20)):
        assert differences(osm, first=first) == []


def test_agree_on_every_pair_of_days_and_spans() -> None:
    for days, span, closed in product(
        ("Mo-Fr", "Sa,Su", "Tu-Su", "Mo-Su", "Fr-Mo"),
        ("09:00-17:00", "08:00-12:00,14:00-20:00", "00:00-24:00"),
        ("", "; We off", "; Su[2] off"),
    ):
        assert differences(f"{days} {span}{closed}") == []


KNOWN_DIFFERENCES = [
    # The rule for Tuesday is about hours that begin on Tuesday: it does not end Monday's night. By the
    # specification a rule overwrites the day it matches, not what runs over from the day before.
    ("Mo 22:00-06:00; Tu off", "Tue 03-03 00:00 open closed"),
    # The same with rules that open, whichever stands first.
    ("Mo-Fr 20:00-04:00; Sa 10:00-12:00", "Sat 03-07 00:00 open closed"),
    ("Su-Th 08:30-23:00; Fr,Sa 08:30-01:00", "Sun 03-08 00:00 open closed"),
    # Theirs cuts Wednesday's night and then opens a Thursday night that is off.
    ("Mo-Sa 22:00-06:00; Th[1] off", "Thu 03-05 00:00 open closed"),
]  # fmt: skip


@pytest.mark.parametrize(("osm", "first"), KNOWN_DIFFERENCES)
def test_known_difference(osm: str, first: str) -> None:
    found = differences(osm)
    assert found[0] == first
    assert _only_after_midnight(found)


def _only_after_midnight(found: list[str]) -> bool:
    return all(re.search(r" 0[0-5]:[03]0 ", line) for line in found)


def test_their_holidays_of_china_are_not_ours() -> None:
    """PH off closes only the first day of Spring Festival and of National Day there."""
    theirs = OpeningHours("Mo-Su 09:00-17:00; PH off", country="CN")
    noon = [datetime(2026, 2, day, 12) for day in range(15, 24)]
    assert [str(theirs.state(at)[0]) for at in noon].count("closed") < len(noon)


def test_an_open_end_is_open_there_and_unread_here() -> None:
    assert str(OpeningHours("Mo-Su 10:00+").state(datetime(2026, 3, 2, 23))[0]) == "open"
    assert read_hours("Mo-Su 10:00+").certainty == "unknown"


def test_times_alone_are_every_day_there_and_doubtful_here() -> None:
    assert str(OpeningHours("08:00-22:00").state(datetime(2026, 3, 2, 9))[0]) == "open"
    assert read_hours("08:00-22:00").certainty == "partial"


@needs_shared_data
def test_every_string_written_for_the_real_texts_agrees() -> None:
    with (SHARED_DATA / "facilities" / "taiwan_nursing_rooms.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        texts = {row["opening_hours"] for row in csv.DictReader(file)}
    strings = {osm for text in texts if (osm := read_hours(text).osm)}
    assert len(strings) > 300
    differing = set()
    for osm in strings:
        try:
            OpeningHours(osm)
        except ParserError:
            differing.add(f"not read: {osm}")
            continue
        found = differences(osm, days=8)
        if found and not (_only_after_midnight(found) and re.search(r"-0[0-5]:", osm)):
            differing.add(osm)  # not a known difference
    assert differing == set()
