"""A table of a week is kept as a text that reads back as exactly that week."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from geoapi.editing.hours_text import (
    LATEST_END,
    MOST_SPANS,
    Holidays,
    columns_of_reading,
    hours_columns,
    hours_text_of,
    spans_of_week,
    week_text,
)
from geoapi.errors import InvalidHours
from geoapi.hours import read_hours
from geoapi.hours.rules import DAY, Span

OFFICE = [["09:00-17:30"]] * 5 + [[], []]


@st.composite
def days(draw: st.DrawFn) -> list[str]:
    """The spans of a day: several, past midnight, all day, or none."""
    if draw(st.integers(0, 9)) == 0:
        return ["00:00-24:00"]
    edges = sorted(draw(st.sets(st.integers(0, (LATEST_END - 1) // 5), max_size=6)))
    pairs = zip(edges[::2], edges[1::2], strict=False)
    spans = [Span(first * 5, last * 5) for first, last in pairs if first * 5 < DAY]
    return [str(span) for span in spans if span.end - span.start < DAY]


@st.composite
def weeks(draw: st.DrawFn) -> list[list[str]]:
    """Seven days, some of them alike, that do not run into one another."""
    kinds = draw(st.lists(days(), min_size=1, max_size=3))
    week = [draw(st.sampled_from(kinds)) for _ in range(7)]
    for day, spans in enumerate(week):
        following = week[(day + 1) % 7]
        if spans and following and Span.parse(spans[-1]).end - DAY > Span.parse(following[0]).start:
            week[day] = []
    return week


@settings(max_examples=400, deadline=None)
@given(weeks().filter(any), st.sampled_from([None, "as_usual", "closed"]))
def test_a_week_reads_back_as_itself(week: list[list[str]], holidays: Holidays | None) -> None:
    meant = [[str(span) for span in spans] for spans in spans_of_week(week)]
    reading = read_hours(week_text(week, holidays))
    assert reading.certainty == "full", reading
    assert reading.week() == meant
    assert reading.rules is not None
    # seven days alike are every day, whatever day it is
    all_alike = len({tuple(spans) for spans in meant}) == 1
    assert reading.rules.holidays == (holidays is not None or all_alike)


def test_what_is_written_is_what_people_read() -> None:
    assert week_text(OFFICE, "closed") == "周一至周五 09:00-17:30；周六、周日不开放；法定节假日休息"
    night = [["22:00-02:00"]] * 4 + [["08:00-12:00", "13:00-17:00"]] + [["00:00-24:00"]] + [[]]
    assert week_text(night, None) == (
        "周一至周四 22:00-次日02:00；周五 08:00-12:00、13:00-17:00；周六 00:00-24:00；周日不开放"
    )
    assert week_text([["9:00－20:00".replace("－", "–")]] * 7, "as_usual") == (
        "每天 09:00-20:00；法定节假日照常"
    )
    # what adjoins is one span
    assert week_text([["09:00-12:00", "12:00-18:00"]] * 7, None) == "每天 09:00-18:00"
    assert week_text([["18:00-00:00"]] * 7, None) == "每天 18:00-24:00"


@pytest.mark.parametrize(
    ("week", "field", "says"),
    [
        ([["09:00-17:30"]] * 6, "week", "seven days"),
        ([[]] * 7, "week", "no day of the week is open"),
        ([["09:00-12:00", "11:00-15:00"], *[[]] * 6], "week.0",
         "Monday 09:00-12:00 overlaps Monday 11:00-15:00"),
        ([["22:00-03:00"], ["02:00-05:00"], *[[]] * 5], "week.1",
         "Monday 22:00-03:00 overlaps Tuesday 02:00-05:00"),
        # Sunday runs into Monday
        ([["00:00-01:00"], *[[]] * 5, ["20:00-02:00"]], "week.0",
         "Sunday 20:00-02:00 overlaps Monday 00:00-01:00"),
        ([[], ["25:00-26:00"], *[[]] * 5], "week.1.0", "Tuesday: 25:00-26:00 is not a span"),
        ([[], [], ["09:00-12:00", "9 bis 5"], *[[]] * 4], "week.2.1", "Wednesday: #2 is not a span"),
        ([["09:00-09:00"], *[[]] * 6], "week.0.0", "not a span"),
        ([["00:00-00:00"], *[[]] * 6], "week.0.0", "not a span"),
        ([["24:00-08:00"], *[[]] * 6], "week.0.0", "not a span"),
        ([["09:60-10:00"], *[[]] * 6], "week.0.0", "not a span"),
        ([["14:00-13:00"], *[[]] * 6], "week.0.0", "not a span"),
        ([["09:00-10:00"] * (MOST_SPANS + 1), *[[]] * 6], "week.0", "spans"),
    ],
)  # fmt: skip
def test_a_table_that_contradicts_itself_is_refused(week: list[list[str]], field: str, says: str) -> None:
    with pytest.raises(InvalidHours) as refused:
        hours_text_of({"week": week, "holidays": None})
    assert refused.value.field == f"hours.{field}"
    assert says in refused.value.message.en


def test_raw_input_is_never_repeated() -> None:
    with pytest.raises(InvalidHours) as refused:
        week_text([["<script>"], *[[]] * 6], None)
    assert "script" not in refused.value.line("zh") + refused.value.line("en")


def test_no_hours_are_unknown_hours() -> None:
    assert hours_text_of(None) is None
    assert hours_columns(None) == {
        "hours_text": None, "hours_osm": None, "hours_certainty": "unknown", "hours_rules": None,
        "hours_unread": [],
    }  # fmt: skip


def test_a_text_is_kept_as_it_is_read() -> None:
    text = "周一至周五 9:00-17:30，凭工会卡进入，节日另行通知"
    columns = hours_columns(hours_text_of({"text": text}))
    assert columns == columns_of_reading(read_hours(text))
    assert columns["hours_text"] == text
    assert columns["hours_certainty"] == "partial"
    assert columns["hours_unread"]
