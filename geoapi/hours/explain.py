"""Rules and days in words, Chinese and English."""

from __future__ import annotations

from collections.abc import Iterable

from geoapi.errors import Words
from geoapi.hours.festivals import Festival
from geoapi.hours.rules import Dates, Days, Rule, Span

_ZH = "一二三四五六日"
_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_KINDS = {
    "any": Words("", ""),
    "workday": Words("工作日（含调休上班日）", "workdays (make-up days included)"),
    "restday": Words("周末和节假日", "weekends and public holidays"),
    "holiday": Words("法定节假日", "public holidays"),
    "eve": Words("法定节假日前一天", "the day before a public holiday"),
}
_FESTIVALS: dict[Festival, Words] = {
    "new_year": Words("正月初一", "lunar New Year's Day"),
    "qingming": Words("清明节", "Qingming"),
    "dragon_boat": Words("端午节", "the Dragon Boat Festival"),
    "mid_autumn": Words("中秋节", "the Mid-Autumn Festival"),
}
_STATES = {
    "open": Words("开放", "open"),
    "closed": Words("不开放", "closed"),
    "unknown": Words("不确定", "not known"),
    "perhaps": Words("可能不开放", "perhaps closed"),
}


EVERY = Words("每天", "every day")


def describe_rule(rule: Rule) -> Words:
    """One rule in words: "周一至周五 09:00-17:30 开放"."""
    days, state = describe_days(rule.days), _STATES[rule.state]
    spans = describe_spans(rule.spans)
    nothing = rule.state == "open" and not rule.spans
    if nothing:
        state = _STATES["closed"]
    return Words(
        " ".join(filter(None, (days.zh, spans, state.zh))),
        " ".join(filter(None, (days.en, spans, state.en))),
    )


def describe_part(part: str, days: Iterable[Days], spans: Iterable[Span] | None) -> Words:
    """What a part of a text was read as: "“週一至週五8-17點” → 周一至周五 08:00-17:00". No spans: closed."""
    part = " ".join(part.split())
    named = [describe_days(one) for one in days] or [EVERY]
    times = _STATES["closed"] if spans is None else Words(describe_spans(spans), describe_spans(spans))
    return Words(
        f"“{part}” → {'、'.join(words.zh for words in named)} {times.zh}",
        f"{part!r} → {', '.join(words.en for words in named)} {times.en}",
    )


def describe_spans(spans: Iterable[Span]) -> str:
    """ "08:00-12:00, 13:00-17:00"."""
    return ", ".join(map(str, spans))


def describe_days(days: Days) -> Words:
    """The days in words: "每月第1个周四", "the 1st Thu of the month"."""
    zh, en = [], []
    for dates in days.dates:
        zh.append(_dates_zh(dates))
        en.append(str(dates))
    if days.festival:
        name, first, last = days.festival
        zh.append("至".join(dict.fromkeys((_festival_zh(name, first), _festival_zh(name, last)))))
        en.append(
            f"{_FESTIVALS[name].en} {first:+d} to {last:+d} days" if first or last else _FESTIVALS[name].en
        )
    if days.weekdays:
        if days.nth:
            zh.append(
                "每月"
                + "、".join("最后一个" if n == -1 else f"第{n}个" for n in days.nth)
                + _weekdays_zh(days)
            )
            nth = "/".join("last" if n == -1 else f"#{n}" for n in days.nth)
            en.append(f"{nth} {_weekdays_en(days)} of the month")
        else:
            zh.append(_weekdays_zh(days))
            en.append(_weekdays_en(days))
    if days.kind != "any":
        zh.append(_KINDS[days.kind].zh)
        en.append(_KINDS[days.kind].en)
    return Words(" ".join(zh), " ".join(en)) if zh else EVERY


def _weekdays_zh(days: Days) -> str:
    return "、".join(
        f"周{_ZH[a]}" if a == b else f"周{_ZH[a]}至周{_ZH[b]}" for a, b in weekday_runs(days.weekdays)
    )


def _weekdays_en(days: Days) -> str:
    return ", ".join(_EN[a] if a == b else f"{_EN[a]}-{_EN[b]}" for a, b in weekday_runs(days.weekdays))


def weekday_runs(weekdays: tuple[int, ...]) -> list[tuple[int, int]]:
    """Weekdays (ascending) as runs from first to last; Saturday to Monday is one run over Sunday."""
    runs: list[tuple[int, int]] = []
    for day in weekdays:
        if runs and runs[-1][1] == day - 1:
            runs[-1] = (runs[-1][0], day)
        else:
            runs.append((day, day))
    if len(runs) > 1 and runs[0][0] == 0 and runs[-1][1] == 6:
        first = runs.pop(0)
        runs[-1] = (runs[-1][0], first[1])
    return [run for a, b in runs for run in (((a, a), (b, b)) if (b - a) % 7 == 1 else ((a, b),))]


def _dates_zh(dates: Dates) -> str:
    year = f"{dates.year}年" if dates.year is not None else ""
    first, last = (f"{on.month}月{on.day}日" for on in (dates.first, dates.last))
    return year + (first if first == last else f"{first}至{last}")


def _festival_zh(name: Festival, offset: int) -> str:
    if name == "new_year" and -1 <= offset < 10:
        return "除夕" if offset == -1 else f"正月初{'一二三四五六七八九十'[offset]}"
    return _FESTIVALS[name].zh + (f"{offset:+d}天" if offset else "")
