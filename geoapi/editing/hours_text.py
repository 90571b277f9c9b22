"""Hours as managers enter them, a text or a table of a week → the station's columns.

Hours are always kept as a text. A table is written as one, in Chinese, that reads back as exactly that week
(`tests/unit/editing/test_hours_text.py`), so there is one way from what is entered to what is open.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final, Literal

from geoapi.errors import InvalidHours, Words
from geoapi.hours import Reading, read_hours
from geoapi.hours.explain import weekday_runs
from geoapi.hours.rules import DAY, Span, clock

HOURS_COLUMNS: Final = ("hours_text", "hours_osm", "hours_certainty", "hours_rules", "hours_unread")
MOST_SPANS: Final = 8
"""Spans of one day."""
LATEST_END: Final = DAY + 13 * 60
"""A span that runs past midnight ends before 13:00; beyond that it is the next day's, or a slip."""

Holidays = Literal["as_usual", "closed"]
Week = Sequence[Sequence[str]]

_DAYS = "一二三四五六日"
_DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_HOLIDAYS: Final[Mapping[Holidays, str]] = {"as_usual": "法定节假日照常", "closed": "法定节假日休息"}
_TIME = re.compile(r"\s*(\d{1,2})[:：]([0-5]\d)\s*[-–—~～至]\s*(\d{1,2})[:：]([0-5]\d)\s*", re.ASCII)


def hours_text_of(hours: Mapping[str, Any] | None, *, where: str = "hours.") -> str | None:
    """The text to keep for hours as an edit has them: {"text"}, {"week", "holidays"}, or None for unknown.

    Raises `InvalidHours` for a week that contradicts itself; `where` in the request the hours stand leads the
    field that it names.
    """
    if hours is None:
        return None
    if hours.get("week") is not None:
        try:
            return week_text(hours["week"], hours.get("holidays"))
        except InvalidHours as error:
            error.field = f"{where}{error.field}"
            raise
    text: str = hours["text"]
    return text


def hours_columns(text: str | None) -> dict[str, Any]:
    """The station's five columns for a text of hours; None: unknown."""
    return columns_of_reading(read_hours(text)) if text is not None else dict(_UNKNOWN)


def columns_of_reading(reading: Reading) -> dict[str, Any]:
    """The station's five columns for what was read."""
    return {
        "hours_text": reading.text,
        "hours_osm": reading.osm,
        "hours_certainty": reading.certainty,
        "hours_rules": reading.rules.to_json() if reading.rules is not None else None,
        "hours_unread": list(reading.unread),
    }


_UNKNOWN: Final[Mapping[str, Any]] = {
    "hours_text": None,
    "hours_osm": None,
    "hours_certainty": "unknown",
    "hours_rules": None,
    "hours_unread": [],
}


def week_text(week: Week, holidays: Holidays | None) -> str:
    """A table of a week in words: "周一至周五 09:00-17:30；周六、周日不开放；法定节假日休息".

    `week` has seven lists of "HH:MM-HH:MM", Monday first; an end before its beginning is on the next day, and
    a day without any is closed. Seven days alike are 每天, which says that holidays are no different.
    Raises `InvalidHours`, naming day and span, for times that cannot be or that overlap.
    """
    days = spans_of_week(week)
    alike: dict[tuple[Span, ...], list[int]] = {}
    for day, spans in enumerate(days):
        if spans:
            alike.setdefault(spans, []).append(day)
    parts = [f"{_days_words(on)} {'、'.join(map(_span_words, spans))}" for spans, on in alike.items()]
    # a day that is not named could have been forgotten
    if closed := [day for day, spans in enumerate(days) if not spans]:
        parts.append(f"{_days_words(closed)}不开放")
    if holidays is not None:
        parts.append(_HOLIDAYS[holidays])
    return "；".join(parts)


def spans_of_week(week: Week) -> list[tuple[Span, ...]]:
    """The spans of each day, in order, those that adjoin joined. Raises `InvalidHours`."""
    if len(week) != 7:
        raise InvalidHours(
            Words(f"应为七天，给了 {len(week)} 天", f"must have seven days, not {len(week)}"),
            field="week",
            mend=Words("从周一起，不开放的一天写 []", "Monday first; a closed day is []"),
        )
    days = [_spans_of_day(day, texts) for day, texts in enumerate(week)]
    if not any(days):
        raise InvalidHours(
            Words("一周没有一天开放", "no day of the week is open"),
            field="week",
            mend=Words(
                "不清楚时 hours 填 null；暂停开放用临时关闭",
                "give hours: null where they are not known; for a time out of use close the station",
            ),
        )
    for day, spans in enumerate(days):
        following = days[(day + 1) % 7]
        if spans and following and spans[-1].end - DAY > following[0].start:
            raise _contradiction(day, spans[-1], (day + 1) % 7, following[0])
    return days


def _spans_of_day(day: int, texts: Sequence[str]) -> tuple[Span, ...]:
    if len(texts) > MOST_SPANS:
        raise InvalidHours(
            Words(
                f"周{_DAYS[day]}有 {len(texts)} 段，最多 {MOST_SPANS} 段",
                f"{_DAY_NAMES[day]} has {len(texts)} spans; {MOST_SPANS} at most",
            ),
            field=f"week.{day}",
            mend=Words("合并相邻的时段", "join spans that adjoin"),
        )
    out: list[Span] = []
    for span in sorted(_span(day, n, text) for n, text in enumerate(texts)):
        if out and span.start < out[-1].end:
            raise _contradiction(day, out[-1], day, span)
        if out and span.start == out[-1].end and span.end <= out[-1].start + DAY:
            out[-1] = Span(out[-1].start, span.end)
        else:
            out.append(span)
    return tuple(out)


def _span(day: int, number: int, text: str) -> Span:
    found = _TIME.fullmatch(text)
    if found:
        hour, minute, to_hour, to_minute = map(int, found.groups())
        start, end = hour * 60 + minute, to_hour * 60 + to_minute
        # 09:00-09:00 is nothing, or a whole day: nobody can tell
        if start < DAY and end <= DAY and start != end and not (start == 0 and end == 0):
            # an end at 00:00 is the end of the day
            span = Span(start, end if end > start else end + DAY)
            if span.end < LATEST_END:
                return span
    shown = text if re.fullmatch(r"[\d:：\-–—~～ ]{1,20}", text) else f"#{number + 1}"
    raise InvalidHours(
        Words(f"周{_DAYS[day]}的时段“{shown}”无法使用", f"{_DAY_NAMES[day]}: {shown} is not a span of time"),
        field=f"week.{day}.{number}",
        mend=Words(
            '写成 "09:00-17:30"；全天 "00:00-24:00"，过午夜 "22:00-02:00"，最晚到次日 12:59',
            'write "09:00-17:30"; a whole day is "00:00-24:00"; over midnight "22:00-02:00", 12:59 at most',
        ),
    )


def _contradiction(day: int, span: Span, other_day: int, other: Span) -> InvalidHours:
    return InvalidHours(
        Words(
            f"周{_DAYS[day]} {span} 与周{_DAYS[other_day]} {other} 重叠",
            f"{_DAY_NAMES[day]} {span} overlaps {_DAY_NAMES[other_day]} {other}",
        ),
        field=f"week.{other_day}",
        mend=Words("改掉其中一段", "change one of them"),
        day=other_day + 1,
        span=str(other),
    )


def _days_words(days: Sequence[int]) -> str:
    if len(days) == 7:
        return "每天"
    return "、".join(
        f"周{_DAYS[first]}" if first == last else f"周{_DAYS[first]}至周{_DAYS[last]}"
        for first, last in weekday_runs(tuple(days))
    )


def _span_words(span: Span) -> str:
    if span.end <= DAY:
        return str(span)
    return f"{clock(span.start)}-次日{clock(span.end - DAY)}"
