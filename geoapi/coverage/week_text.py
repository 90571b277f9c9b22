"""Hours of a week as OpenStreetMap's `opening_hours`, and those in words people use."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from geoapi.errors import Words

HOURS_A_DAY: Final = 24
HOURS_A_WEEK: Final = 7 * HOURS_A_DAY
DAYS: Final = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_WORDS: Final = {
    "Mo": Words("周一", "Mon"),
    "Tu": Words("周二", "Tue"),
    "We": Words("周三", "Wed"),
    "Th": Words("周四", "Thu"),
    "Fr": Words("周五", "Fri"),
    "Sa": Words("周六", "Sat"),
    "Su": Words("周日", "Sun"),
    "PH": Words("节假日", "public holidays"),
    "off": Words("休息", "closed"),
    "24/7": Words("全天", "day and night"),
    "Mo-Su": Words("每天", "daily"),
}
_DAY: Final = f"(?:{'|'.join((*DAYS, 'PH'))})"
_TOKEN: Final = re.compile(rf"\b(?:{_DAY}(?:-{_DAY})?|off)\b|24/7")
_SPAN: Final = re.compile(r"(\d\d:\d\d)-(\d\d:\d\d)")


def week_text(hours: NDArray[np.bool_]) -> list[str]:
    """The hours of a week as rules, one for the days that are alike: "Mo-Fr 20:00-06:00", "Sa 18:00-24:00".

    `hours` is bool[168], Monday 00:00 first, and comes round: Sunday night runs into Monday morning. A
    stretch of less than a day over midnight is said on the day it begins on; a longer one is cut at
    midnights. Joined by "; " the rules are one `opening_hours` string. No hours: no rules; all: "24/7".
    Raises `ValueError` where there are not 168.
    """
    if hours.shape != (HOURS_A_WEEK,):
        raise ValueError(f"a week has {HOURS_A_WEEK} hours, not {hours.shape}")
    if hours.all():
        return ["24/7"]
    spans: list[list[tuple[int, int]]] = [[] for _ in DAYS]
    for start, length in stretches(hours):
        day, hour = divmod(start, HOURS_A_DAY)
        if hour + length <= HOURS_A_DAY or length < HOURS_A_DAY:
            spans[day].append((hour, hour + length))
            continue
        for midnight in range(0, hour + length, HOURS_A_DAY):
            first, last = max(hour, midnight), min(hour + length, midnight + HOURS_A_DAY)
            spans[(day + midnight // HOURS_A_DAY) % 7].append((first - midnight, last - midnight))
    alike: dict[tuple[tuple[int, int], ...], list[int]] = {}
    for day, of_day in enumerate(spans):
        if of_day:
            alike.setdefault(tuple(sorted(of_day)), []).append(day)
    return [f"{_days(days)} {','.join(map(_span, of_days))}" for of_days, days in alike.items()]


def week_words(texts: Iterable[str], lang: str) -> str:
    """Rules of `week_text`, or any of OpenStreetMap's, as people say them: 周一至周五 20:00–次日06:00.

    Rules are joined by semicolons, also those that one text holds. What is no day and no time stays as it is;
    no rules are the empty text.
    """
    rules = [rule.strip() for text in texts for rule in text.split(";") if rule.strip()]
    return ("；" if lang == "zh" else "; ").join(_rule_in_words(rule, lang) for rule in rules)


def _rule_in_words(rule: str, lang: str) -> str:
    def days(found: re.Match[str]) -> str:
        if found[0] in _WORDS:
            return _WORDS[found[0]].in_language(lang)
        return ("至" if lang == "zh" else "–").join(
            _WORDS[day].in_language(lang) for day in found[0].split("-")
        )

    def span(found: re.Match[str]) -> str:
        over_midnight = "次日" if lang == "zh" and found[2] <= found[1] else ""
        return f"{found[1]}–{over_midnight}{found[2]}"

    said = _SPAN.sub(span, _TOKEN.sub(days, rule))
    return re.sub(r"(?<=[\u4e00-\u9fff\d]),\s*(?=周|节|次|\d\d:)", "、", said) if lang == "zh" else said


def stretches(hours: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """(start, length) of each unbroken stretch of a week that comes round, by start; (0, all) for a whole."""
    if hours.all():
        return [(0, hours.size)] if hours.size else []
    starts = np.flatnonzero(hours & ~np.roll(hours, 1))
    ends = np.flatnonzero(hours & ~np.roll(hours, -1)) + 1
    if starts.size and ends[0] <= starts[0]:
        ends = np.append(ends[1:], ends[0] + hours.size)
    return list(zip(starts.tolist(), (ends - starts).tolist(), strict=True))


def _span(span: tuple[int, int]) -> str:
    start, end = span
    return f"{start:02}:00-{end if end <= HOURS_A_DAY else end - HOURS_A_DAY:02}:00"


def _days(days: list[int]) -> str:
    """ "Mo-Fr", "Mo,We", "Mo-Tu,Su"."""
    parts: list[list[int]] = []
    for day in days:
        if parts and parts[-1][-1] == day - 1:
            parts[-1].append(day)
        else:
            parts.append([day])
    return ",".join(
        DAYS[part[0]] if len(part) == 1 else f"{DAYS[part[0]]}-{DAYS[part[-1]]}" for part in parts
    )
