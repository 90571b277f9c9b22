# ruff: noqa: E501 (one case a line)
"""Rules → intervals: cases by hand, and any rules in any zone against the minute-by-minute oracle."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from geoapi.errors import InvalidHours
from geoapi.hours import (
    Calendar,
    HoursException,
    Interval,
    Override,
    Rules,
    Span,
    closed_reason,
    open_intervals,
    read_hours,
    seed_calendar,
    state_at,
)
from tests.unit.hours import oracle
from tests.unit.hours.strategies import calendars, rules, spans, zones

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHINA = Calendar(seed_calendar("CN", [2025, 2026]))


def at(text: str, zone: ZoneInfo = SHANGHAI) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone)


def shown(intervals: list[Interval], zone: ZoneInfo = SHANGHAI) -> list[str]:
    """ "12-31 22:00 01-01 02:00 open rule"."""
    return [
        f"{i.start.astimezone(zone):%m-%d %H:%M} {i.end.astimezone(zone):%m-%d %H:%M} {i.state} {i.reason}"
        for i in intervals
    ]


def intervals(text: str, start: str, end: str, **more: object) -> list[str]:
    zone = ZoneInfo(str(more.pop("zone", "Asia/Shanghai")))
    found = open_intervals(
        read_hours(text).rules,
        calendar=more.pop("calendar", CHINA),  # type: ignore[arg-type]
        zone=zone,
        start=at(start, zone),
        end=at(end, zone),
        **more,  # type: ignore[arg-type]
    )
    return shown(found, zone)


CASES = [
    # midnight, month and year ends, leap days
    ("每天22:00-02:00", "2025-12-31", "2026-01-01", ["12-31 00:00 12-31 02:00 open rule", "12-31 22:00 01-01 00:00 open rule"]),
    ("每天22:00-次日06:00", "2026-02-28T12", "2026-03-01T12", ["02-28 22:00 03-01 06:00 open rule"]),
    ("Su 20:00-08:00", "2026-11-30", "2026-12-01", ["11-30 00:00 11-30 08:00 open rule"]),
    ("Feb 29 Mo-Su 10:00-12:00", "2024-02-28", "2024-03-02", ["02-29 10:00 02-29 12:00 open rule"]),
    ("Feb 29 Mo-Su 10:00-12:00", "2025-02-27", "2025-03-02", []),
    ("Feb Mo-Su 10:00-12:00", "2026-02-28", "2026-03-02", ["02-28 10:00 02-28 12:00 open rule"]),
    ("Nov-Feb Mo-Su 10:00-12:00", "2025-12-31", "2026-01-02", ["12-31 10:00 12-31 12:00 open rule", "01-01 10:00 01-01 12:00 open rule"]),
    # around the clock is one interval
    ("24小时", "2026-09-28", "2026-10-12", ["09-28 00:00 10-12 00:00 open rule"]),
    # a later rule never cuts what ran over midnight from the day before
    ("Mo 22:00-06:00; Tu off", "2026-11-23", "2026-11-25", ["11-23 22:00 11-24 06:00 open rule"]),
    ("每天22:00-06:00，02:00-03:00不开放", "2026-11-23T12", "2026-11-24T12", ["11-23 22:00 11-24 02:00 open rule", "11-24 03:00 11-24 06:00 open rule"]),
    # workdays, holidays and make-up days: 2026-09-20 is worked, 25-27 Mid-Autumn, 1-7 October off, 10 worked
    ("工作日9:00-17:00", "2026-09-19", "2026-09-21", ["09-20 09:00 09-20 17:00 open rule"]),
    ("工作日9:00-17:00", "2026-09-30", "2026-10-09", ["09-30 09:00 09-30 17:00 open rule", "10-08 09:00 10-08 17:00 open rule"]),
    ("工作日、周六9:00-12:00", "2026-09-18", "2026-09-21", ["09-18 09:00 09-18 12:00 open rule", "09-19 09:00 09-19 12:00 open rule", "09-20 09:00 09-20 12:00 open rule"]),
    ("周一至周五9:00-17:00", "2026-09-19", "2026-09-21", ["09-20 09:00 09-20 17:00 unknown unstated"]),
    ("周一至周五9:00-17:00", "2026-10-01", "2026-10-04", ["10-01 09:00 10-01 17:00 unknown unstated", "10-02 09:00 10-02 17:00 unknown unstated"]),
    ("周一至周五9:00-17:00，节假日休息", "2026-10-01", "2026-10-08", []),
    ("周一至周五9:00-17:00，节假日10:00-15:00", "2026-10-02", "2026-10-04", ["10-02 10:00 10-02 15:00 open holiday", "10-03 10:00 10-03 15:00 open holiday"]),
    ("每天9:00-17:00", "2026-10-01", "2026-10-02", ["10-01 09:00 10-01 17:00 open rule"]),
    ("每天9:00-20:00（周一休息）", "2026-10-04", "2026-10-06", ["10-04 09:00 10-04 20:00 unknown unstated"]),
    ("周一至周五9:00-17:00 周六9:00-12:00", "2026-10-10", "2026-10-11", ["10-10 09:00 10-10 12:00 open rule", "10-10 12:00 10-10 17:00 unknown unstated"]),
    ("周二至周日9:00-20:00", "2026-10-10", "2026-10-11", ["10-10 09:00 10-10 20:00 unknown unstated"]),
    ("周一至周六9:00-20:00", "2026-10-10", "2026-10-11", ["10-10 09:00 10-10 20:00 open rule"]),
    # festivals, and the day before a holiday
    ("每天8:00-17:00(除夕休息)", "2026-02-15", "2026-02-18", ["02-15 08:00 02-15 17:00 open rule", "02-17 08:00 02-17 17:00 open rule"]),
    ("每天8:00-17:00 節日前一天8:00-12:00", "2026-09-23", "2026-09-25", ["09-23 08:00 09-23 17:00 open rule", "09-24 08:00 09-24 12:00 open rule"]),
    # a year without a notice
    ("工作日9:00-17:00", "2027-03-01", "2027-03-02", ["03-01 09:00 03-01 17:00 unknown unstated"]),
    ("周一至周五9:00-17:00", "2027-03-06", "2027-03-07", ["03-06 09:00 03-06 17:00 unknown unstated"]),
    ("每天9:00-17:00", "2027-03-06", "2027-03-07", ["03-06 09:00 03-06 17:00 open rule"]),
    # what is not understood may be about any moment; days that are not named are doubtful, nights are not
    ("周一至周五9:00-17:00，如遇活动延长", "2026-11-23", "2026-11-24", ["11-23 00:00 11-24 00:00 unknown unstated"]),
    ("08:00-22:00", "2026-11-23", "2026-11-24", ["11-23 08:00 11-23 22:00 unknown unstated"]),
    ("没有写", "2026-11-23", "2026-11-24", ["11-23 00:00 11-24 00:00 unknown unstated"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "start", "end", "expected"), CASES)
def test_case(text: str, start: str, end: str, expected: list[str]) -> None:
    assert intervals(text, start, end) == expected


POLICIES = [
    ("as_usual", "2026-10-01", "2026-10-02", ["10-01 09:00 10-01 17:00 open holiday"]),
    ("closed", "2026-10-01", "2026-10-02", []),
    ("as_usual", "2026-10-10", "2026-10-11", ["10-10 09:00 10-10 17:00 open rule"]),
    ("closed", "2026-10-10", "2026-10-11", ["10-10 09:00 10-10 17:00 open rule"]),
    ("as_usual", "2027-03-01", "2027-03-02", ["03-01 09:00 03-01 17:00 open rule"]),
    ("as_usual", "2027-03-06", "2027-03-07", ["03-06 09:00 03-06 17:00 unknown unstated"]),
]


@pytest.mark.parametrize(("policy", "start", "end", "expected"), POLICIES)
def test_policy_settles_what_the_rules_do_not_say(
    policy: str, start: str, end: str, expected: list[str]
) -> None:
    assert intervals("周一至周五9:00-17:00", start, end, holiday_policy=policy) == expected


def test_policy_does_not_overrule_stated_holidays() -> None:
    assert intervals("每天9:00-17:00", "2026-10-01", "2026-10-02", holiday_policy="closed") == [
        "10-01 09:00 10-01 17:00 open rule"
    ]


CLOCKS = [
    # Berlin's clock goes from 02:00 to 03:00 on 2026-03-29: the hour does not come
    ("每天01:00-02:30", "Europe/Berlin", "2026-03-29", "2026-03-30", 60),
    ("每天02:00-03:00", "Europe/Berlin", "2026-03-29", "2026-03-30", 0),
    ("每天22:00-06:00", "Europe/Berlin", "2026-03-28T12", "2026-03-29T12", 7 * 60),
    # and back from 03:00 to 02:00 on 2026-10-25: the hour comes twice
    ("每天01:00-02:30", "Europe/Berlin", "2026-10-25", "2026-10-26", 60 + 30 + 30),
    ("每天22:00-06:00", "Europe/Berlin", "2026-10-24T12", "2026-10-25T12", 9 * 60),
    ("24小时", "Europe/Berlin", "2026-10-25", "2026-10-26", 25 * 60),
    # half an hour on Lord Howe Island; a day that Apia skipped
    ("24小时", "Australia/Lord_Howe", "2026-10-04", "2026-10-05", 23 * 60 + 30),
    ("每天10:00-12:00", "Pacific/Apia", "2011-12-29", "2012-01-01", 2 * 120),
]


@pytest.mark.parametrize(("text", "zone", "start", "end", "minutes"), CLOCKS)
def test_wall_clock(text: str, zone: str, start: str, end: str, minutes: int) -> None:
    place = ZoneInfo(zone)
    found = open_intervals(
        read_hours(text).rules, calendar=Calendar(), zone=place, start=at(start, place), end=at(end, place)
    )
    assert sum((i.end - i.start for i in found), timedelta()) == timedelta(minutes=minutes)
    assert {i.state for i in found} <= {"open"}


def test_priority_exception_override_rule() -> None:
    closure = HoursException(at("2026-11-23T10:00"), at("2026-11-23T11:00"), "closed")
    opening = HoursException(at("2026-11-23T21:00"), at("2026-11-23T22:00"), "open")
    heat = Override(at("2026-11-23T16:00"), at("2026-11-23T20:30"))
    assert intervals(
        "工作日9:00-17:00", "2026-11-23", "2026-11-24", exceptions=[closure, opening], overrides=[heat]
    ) == [
        "11-23 09:00 11-23 10:00 open rule",
        "11-23 11:00 11-23 20:30 open rule",
        "11-23 21:00 11-23 22:00 open exception",
    ]


def test_joined_interval_keeps_its_reasons() -> None:
    heat = Override(at("2026-11-23T16:00"), at("2026-11-23T20:00"))
    [interval] = open_intervals(
        read_hours("工作日9:00-17:00").rules,
        calendar=CHINA,
        zone=SHANGHAI,
        start=at("2026-11-23"),
        end=at("2026-11-24"),
        overrides=[heat],
    )
    assert interval.parts == ((at("2026-11-23T09:00"), "rule"), (at("2026-11-23T16:00"), "override"))
    assert state_at([interval], at("2026-11-23T15:59")).reason == "rule"
    assert state_at([interval], at("2026-11-23T16:00")).reason == "override"


def test_override_by_daily_spans_ends_by_itself() -> None:
    nights = Override(at("2026-07-01T12:00"), at("2026-07-03T01:00"), (Span(20 * 60, 26 * 60),))
    assert intervals("没有写", "2026-07-01", "2026-07-04", overrides=[nights]) == [
        "07-01 00:00 07-01 20:00 unknown unstated",
        "07-01 20:00 07-02 02:00 open override",
        "07-02 02:00 07-02 20:00 unknown unstated",
        "07-02 20:00 07-03 01:00 open override",
        "07-03 01:00 07-04 00:00 unknown unstated",
    ]


def test_of_two_exceptions_the_later_wins() -> None:
    whole = HoursException(at("2026-11-23"), at("2026-11-24"), "closed")
    part = HoursException(at("2026-11-23T12:00"), at("2026-11-23T13:00"), "open")
    assert intervals("24小时", "2026-11-23", "2026-11-24", exceptions=[whole, part]) == [
        "11-23 12:00 11-23 13:00 open exception"
    ]


def test_state_at_tells_the_next_change() -> None:
    start, end = at("2026-11-23"), at("2026-11-25")
    found = open_intervals(
        read_hours("工作日9:00-17:00").rules, calendar=CHINA, zone=SHANGHAI, start=start, end=end
    )
    assert state_at(found, at("2026-11-23T08:00")) == ("closed", None, at("2026-11-23T09:00"))
    assert state_at(found, at("2026-11-23T09:00")) == ("open", "rule", at("2026-11-23T17:00"))
    assert state_at(found, at("2026-11-23T17:00")) == ("closed", None, at("2026-11-24T09:00"))
    assert state_at(found, at("2026-11-24T18:00")) == ("closed", None, None)
    always = open_intervals(read_hours("24小时").rules, calendar=CHINA, zone=SHANGHAI, start=start, end=end)
    assert state_at(always, start, until=end) == ("open", "rule", None)


WHY_CLOSED = [
    ("工作日9:00-17:00", "2026-10-01T10:00", "holiday"),
    ("工作日9:00-17:00", "2026-10-01T18:00", "rule"),
    ("工作日9:00-17:00", "2026-11-22T10:00", "rule"),
    ("周一至周五9:00-17:00，节假日休息", "2026-10-01T10:00", "holiday"),
    ("周一至周五9:00-17:00，节假日休息", "2026-10-04T10:00", "rule"),
]


@pytest.mark.parametrize(("text", "when", "reason"), WHY_CLOSED)
def test_closed_reason(text: str, when: str, reason: str) -> None:
    rules_ = read_hours(text).rules
    assert closed_reason(at(when), rules_, calendar=CHINA, zone=SHANGHAI) == reason
    closure = HoursException(at("2026-01-01"), at("2027-01-01"), "closed")
    assert closed_reason(at(when), rules_, calendar=CHINA, zone=SHANGHAI, exceptions=[closure]) == "exception"


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(InvalidHours) as caught:
        open_intervals(None, calendar=CHINA, zone=SHANGHAI, start=datetime(2026, 1, 1), end=at("2026-01-02"))
    assert caught.value.field == "start"


def test_an_empty_range_has_no_intervals() -> None:
    assert intervals("24小时", "2026-01-02", "2026-01-02") == []
    assert intervals("24小时", "2026-01-02", "2026-01-01") == []


@pytest.mark.parametrize("year", [1, 9999])
def test_the_ends_of_time(year: int) -> None:
    start = datetime(year, 1, 1, tzinfo=UTC) if year == 1 else datetime(year, 12, 30, tzinfo=UTC)
    for zone in ("Asia/Shanghai", "America/New_York", "UTC"):
        found = open_intervals(
            read_hours("每天22:00-06:00").rules,
            calendar=Calendar(),
            zone=ZoneInfo(zone),
            start=start,
            end=start + timedelta(days=1, hours=20),
        )
        assert found


@st.composite
def evaluations(draw: st.DrawFn) -> tuple[Rules, Calendar, ZoneInfo, datetime, datetime]:
    day = draw(st.dates(date(2023, 12, 25), date(2026, 3, 5)))
    # a few minutes off the hour, so that ranges begin and end within spans
    start = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(minutes=draw(st.integers(0, 1439)))
    end = start + timedelta(minutes=draw(st.integers(1, 4 * 1440)))
    return draw(rules()), draw(calendars(day)), draw(zones()), start, end


@settings(max_examples=100, deadline=None)
@given(evaluations(), st.sampled_from([None, "as_usual", "closed"]))
def test_any_rules_agree_with_the_oracle(
    case: tuple[Rules, Calendar, ZoneInfo, datetime, datetime], policy: str | None
) -> None:
    rules_, calendar, zone, start, end = case
    found = open_intervals(
        rules_,
        calendar=calendar,
        zone=zone,
        start=start,
        end=end,
        holiday_policy=policy,  # type: ignore[arg-type]
    )
    _well_formed(found, start, end)
    for instant in oracle.by_steps(start, end, 15):
        assert state_at(found, instant).state == oracle.state(rules_, calendar, zone, instant, policy), (
            instant
        )


TRANSITIONS = [
    ("Europe/Berlin", datetime(2026, 3, 29, 1, tzinfo=UTC)),
    ("Europe/Berlin", datetime(2026, 10, 25, 1, tzinfo=UTC)),
    ("America/St_Johns", datetime(2006, 10, 29, 2, 31, tzinfo=UTC)),
    ("America/Havana", datetime(2026, 3, 8, 5, tzinfo=UTC)),
    ("Australia/Lord_Howe", datetime(2026, 4, 4, 15, tzinfo=UTC)),
    ("Asia/Shanghai", datetime(1988, 4, 16, 18, tzinfo=UTC)),
    ("Africa/Casablanca", datetime(2026, 2, 15, 2, tzinfo=UTC)),
    ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC)),
    ("America/Caracas", datetime(2016, 5, 1, 7, tzinfo=UTC)),
]


@settings(max_examples=100, deadline=None)
@given(rules(), st.sampled_from(TRANSITIONS), st.integers(-1500, 0), st.integers(1, 1500))
def test_gaps_and_overlaps_agree_with_the_oracle(
    rules_: Rules, transition: tuple[str, datetime], before: int, after: int
) -> None:
    zone, change = ZoneInfo(transition[0]), transition[1]
    start, end = change + timedelta(minutes=before), change + timedelta(minutes=after)
    found = open_intervals(rules_, calendar=Calendar(), zone=zone, start=start, end=end)
    _well_formed(found, start, end)
    for instant in oracle.by_steps(start, end, 10):
        assert state_at(found, instant).state == oracle.state(rules_, Calendar(), zone, instant, None), (
            instant
        )


@settings(max_examples=100, deadline=None)
@given(
    rules(),
    st.lists(st.tuples(st.integers(-600, 2000), st.integers(1, 900), st.booleans()), max_size=3),
    st.lists(st.tuples(st.integers(-600, 2000), st.integers(1, 2000), spans()), max_size=2),
)
@example(Rules(()), [(0, 60, True), (30, 60, False)], [])
def test_exceptions_over_overrides_over_rules(
    rules_: Rules, exceptions: list[tuple[int, int, bool]], overrides: list[tuple[int, int, Span]]
) -> None:
    start, end = at("2026-11-23").astimezone(UTC), at("2026-11-24T12:00").astimezone(UTC)

    def between(first: int, length: int) -> tuple[datetime, datetime]:
        begins = start + timedelta(minutes=first)
        return begins, begins + timedelta(minutes=length)

    dated = [HoursException(*between(a, n), "open" if opens else "closed") for a, n, opens in exceptions]
    extended = [Override(*between(a, n), (span,)) for a, n, span in overrides]
    found = open_intervals(
        rules_, calendar=CHINA, zone=SHANGHAI, start=start, end=end, exceptions=dated, overrides=extended
    )
    _well_formed(found, start, end)
    for instant in oracle.by_steps(start, end, 15):
        wall = instant.astimezone(SHANGHAI)
        minute = wall.hour * 60 + wall.minute
        expected = oracle.state(rules_, CHINA, SHANGHAI, instant, None)
        for override in extended:
            if override.start <= instant < override.end and any(
                s.start <= m < s.end for s in override.spans for m in (minute, minute + 1440)
            ):
                expected = "open"
        for exception in dated:
            if exception.start <= instant < exception.end:
                expected = exception.state
        assert state_at(found, instant).state == expected, instant


def _well_formed(found: list[Interval], start: datetime, end: datetime) -> None:
    for interval in found:
        assert start <= interval.start < interval.end <= end
        assert interval.start.tzinfo is UTC
        if interval.parts:
            assert interval.parts[0] == (interval.start, interval.reason)
            assert len(interval.parts) > 1
    for one, other in pairwise(found):
        assert one.end < other.start or (one.end == other.start and one.state != other.state)
