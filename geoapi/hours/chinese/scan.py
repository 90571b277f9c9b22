"""Text in plain letters → tokens, each with its place in the text."""

from __future__ import annotations

import re
from enum import Enum, auto
from typing import NamedTuple

from geoapi.hours.chinese import words
from geoapi.hours.chinese.clock import find_span
from geoapi.hours.rules import Dates, Days, MonthDay, Span, is_month_day, last_day


class T(Enum):
    """What a token is."""

    DAYS = auto()
    """`days` says which; `daily` when every day of the week is meant."""
    NO_REST = auto()
    SPAN = auto()
    ALL_DAY = auto()
    MONTHS = auto()
    SEASON = auto()
    AS_USUAL = auto()
    CLOSED = auto()
    REST = auto()
    """休息 or 午休: the place closes, or only its staff rests."""
    NOT_PUBLIC = auto()
    """不对外开放: closed on the days named before it, otherwise about who may enter."""
    INCLUDING = auto()
    EXCEPT = auto()
    OUTSIDE = auto()
    OPEN = auto()
    """An opening bracket."""
    SHUT = auto()
    COMMA = auto()
    BREAK = auto()
    """The end of a sentence, a line or a numbered item."""
    NOISE = auto()
    ACCESS = auto()
    ENTRY = auto()
    """How to enter where nobody is."""
    STAFFED = auto()
    """The hours before or behind are those of somebody being there."""
    OTHERWISE = auto()
    """At all times that are not named."""
    UNREAD = auto()


class Token(NamedTuple):
    kind: T
    start: int
    end: int
    days: Days | None = None
    span: Span | None = None
    word: str = ""
    """The word matched; of DAYS its class: daily, weekdays, workday, restday, holiday, festival …"""


_SPACE = re.compile(r"[ \t\f\v\r\u200b\ufeff]+")
_NUMBER = re.compile(r"[1-9](?=周|星期|礼拜|每)|(?:[(]?[1-9一二三四五六][.、)]|[①-⑨]|[●•◎※*])(?=\s*\D)")
_BRACKETED = re.compile(r"[(][1-9][)](?=\s*[^\s\d])")
"""The number of an item, wherever it stands."""
_BREAKS = "\n;。|"
_COMMAS = ",、/&"
_RUN = re.compile(r"\d[\d:.]*|[a-z]+|.", re.DOTALL)


def tokens(text: str) -> list[Token]:
    """The tokens of text in plain letters; together they cover all of it but white space."""
    out: list[Token] = []
    at = 0
    fresh = True  # at the start of a line, where items are numbered
    while at < len(text):
        if space := _SPACE.match(text, at):
            at = space.end()
            continue
        starts_item = fresh or text[at - 1].isspace()
        if starts_item and (number := _NUMBER.match(text, at)):
            token = Token(T.BREAK, at, number.end())
        else:
            token = _next(text, at)
        if token.kind is T.UNREAD and out and out[-1].kind is T.UNREAD and out[-1].end == at:
            out[-1] = out[-1]._replace(end=token.end)
        else:
            out.append(token)
        fresh = token.kind is T.BREAK
        at = token.end
    return out


def _next(text: str, at: int) -> Token:
    char = text[at]
    if char in "()":
        if number := _BRACKETED.match(text, at):
            return Token(T.BREAK, at, number.end())
        return Token(T.OPEN if char == "(" else T.SHUT, at, at + 1)
    if char in _BREAKS:
        return Token(T.BREAK, at, at + 1)
    if char in _COMMAS:
        return Token(T.COMMA, at, at + 1)
    for rule in (_phone, _months, _days, _span, _word):
        if token := rule(text, at):
            return token
    found = _RUN.match(text, at)
    return Token(T.UNREAD, at, found.end() if found else at + 1)


def _phone(text: str, at: int) -> Token | None:
    if text[at] not in words.PHONE_STARTS:
        return None
    # before the hours: 24小时热线 12351 is a telephone's
    found = words.PHONE.match(text, at)
    return Token(T.NOISE, at, found.end(), word=found[0]) if found else None


def _span(text: str, at: int) -> Token | None:
    found = find_span(text, at)
    if found is None:
        return None
    if found.span is None:
        return Token(T.UNREAD, at, found.end)
    return Token(T.SPAN, at, found.end, span=found.span)


# kind, pattern, and the letters it can begin with where trying them first spares time
_WORDS: tuple[tuple[T, re.Pattern[str], str], ...] = (
    (T.OTHERWISE, words.OTHERWISE, "其非"),
    (T.ENTRY, words.ENTRY, "自需须凭请可用应微手小通扫刷人智输入门密"),
    (T.ACCESS, words.ACCESS, ""),
    (T.STAFFED, words.STAFFED, "有由工管专人站志值"),
    (T.NOISE, words.NOON_TOO, "中午"),
    (T.NO_REST, words.NO_REST, "全年终无不"),
    (T.AS_USUAL, words.AS_USUAL, "照正"),
    (T.CLOSED, words.CLOSED, ""),
    (T.EXCEPT, words.EXCEPT, "除扣不"),
    (T.INCLUDING, words.INCLUDING, "均皆包含"),
    (T.OUTSIDE, words.OUTSIDE, "以外"),
    (T.ALL_DAY, words.ALL_DAY, "全整2二"),
    (T.SEASON, words.SEASON, "夏冬春秋"),
    (T.NOISE, words.NOISE, ""),
    (T.NOISE, re.compile(r"[-:.!…·'\"]"), ""),
)


def _word(text: str, at: int) -> Token | None:
    for kind, pattern, beginnings in _WORDS:
        if beginnings and text[at] not in beginnings:
            continue
        found = pattern.match(text, at)
        if not found or found.end() == at:
            continue
        if kind is T.CLOSED:
            if found["rest"] and not found["shut"] and "不开放" not in found[0]:
                kind = T.REST
            elif found["public"]:
                kind = T.NOT_PUBLIC
        return Token(kind, at, found.end(), word=found[0])
    return None


def _days(text: str, at: int) -> Token | None:
    if found := words.NTH_WEEKDAY.match(text, at):
        return _nth(found)
    if found := words.DAY_OF_MONTH.match(text, at):
        day = int(found["day"])
        if not 1 <= day <= 31:
            return None
        dates = tuple(Dates(MonthDay(m, day), MonthDay(m, day)) for m in range(1, 13) if is_month_day(m, day))
        return Token(T.DAYS, at, found.end(), Days(dates=dates), word="date")
    if found := words.NEW_YEAR.match(text, at):
        first = _new_year_offset(found["first"])
        last = _new_year_offset(found["last"]) if found["last"] else first
        if first > last:
            return None
        return Token(T.DAYS, at, found.end(), Days(festival=("new_year", first, last)), word="festival")
    if found := words.WEEKDAY_LIST.match(text, at):
        return _weekdays(text, found)
    for word, pattern, days in _DAY_WORDS:
        if (found := pattern.match(text, at)) and found.end() > at:
            return Token(T.DAYS, at, found.end(), days, word=word)
    return None


_DAY_WORDS: tuple[tuple[str, re.Pattern[str], Days], ...] = (
    ("eve", words.EVE, Days(kind="eve")),
    ("weekend_off", words.WEEKEND_OFF, Days(weekdays=(5, 6))),
    ("weekend", words.WEEKEND, Days(weekdays=(5, 6))),
    ("workday", words.WORKDAY, Days(kind="workday")),
    ("statutory_restday", words.STATUTORY_RESTDAY, Days(kind="restday")),
    ("restday", words.RESTDAY, Days(kind="restday")),
    ("holiday", words.HOLIDAY, Days(kind="holiday")),
    ("loose_holiday", words.LOOSE_HOLIDAY, Days(kind="holiday")),
    ("folk", words.FOLK, Days(kind="holiday")),
    ("some_holiday", words.SOME_HOLIDAY, Days(kind="holiday")),
    *(
        ("spring" if name == "new_year" else "festival", pattern, Days(festival=(name, 0, 0)))
        for name, pattern in words.FESTIVALS
    ),
    ("weekday_only", words.WEEKDAY_ONLY, Days(weekdays=(0, 1, 2, 3, 4))),
    ("daily", words.DAILY, Days()),
)


def _weekdays(text: str, found: re.Match[str]) -> Token:
    named: set[int] = set()
    for item in words.WEEKDAY_ITEM.finditer(
        re.sub(r"周|星期|礼拜|每个?", lambda m: " " * len(m[0]), found[0])
    ):
        first = words.WEEKDAYS[item[1]]
        last = words.WEEKDAYS[item[2]] if item[2] else first
        named |= {(first + n) % 7 for n in range((last - first) % 7 + 1)}
    if re.fullmatch(r"(?:周|星期|礼拜)一\s*(?:周|星期|礼拜)[五六日天]", found[0]):
        return Token(T.UNREAD, found.start(), found.end())  # 周一周五: or was 至 forgotten?
    days = tuple(sorted(named))
    return Token(T.DAYS, found.start(), found.end(), Days(weekdays=days), word="weekdays")


_ORDINALS = {"一": 1, "二": 2, "三": 3, "四": 4, "五": 5, "最": -1, "末": -1}


def _nth(found: re.Match[str]) -> Token:
    weekday = words.WEEKDAYS[found["day"] or found["endday"]]
    nth: tuple[int, ...] = (-1,)
    if found["nth"]:
        picked = re.findall(r"[一二三四五1-5]|最|末", found["nth"])
        nth = tuple(sorted({_ORDINALS.get(p) or int(p) for p in picked}))
    return Token(T.DAYS, found.start(), found.end(), Days(weekdays=(weekday,), nth=nth), word="nth")


def _new_year_offset(word: str) -> int:
    return -1 if word.startswith("除夕") else words.MONTH_NAMES[word[-1]] - 1


def _months(text: str, at: int) -> Token | None:
    found = words.MONTHS.match(text, at) if text[at] in words.MONTHS_START else None
    if not found:
        return None
    if found["yuan"]:
        first = MonthDay(1, 1)
        return Token(T.MONTHS, at, found.end(), Days(dates=(Dates(first, first),)), word="date")
    year = int(found["year"]) if found["year"] else None
    if found["to"]:
        stretch = _stretch(found, year)
        if stretch is None:
            return None
        dates: tuple[Dates, ...] = (stretch,)
    else:
        listed = [_date(item[0]) for item in words.DATE_PARTS.finditer(found["list"] or found["one"])]
        if None in listed:
            return None
        dates = tuple(
            Dates(MonthDay(month, day or 1), MonthDay(month, day or last_day(month)), year)
            for month, day in (part for part in listed if part)
        )
    # months of one year are dates, not a season
    word = "date" if found["one"] or year else "months"
    return Token(T.MONTHS, at, found.end(), Days(dates=dates), word=word)


def _stretch(found: re.Match[str], year: int | None) -> Dates | None:
    """From a day or month to another: 10月1日至7日, 2026年2月15日-2月23日, 11月至次年3月."""
    first = _date(found["from"])
    if first is None:
        return None
    month, day = first
    last = _date(found["to"]) if not found["to_day"] else (month, int(found["to_day"]))
    if last is None or not is_month_day(last[0], last[1] or 1) or (found["to_day"] and not day):
        return None
    out = Dates(MonthDay(month, day or 1), MonthDay(last[0], last[1] or last_day(last[0])), year)
    if found["to_year"] and (year is None or int(found["to_year"]) != year + (out.last < out.first)):
        return None
    return None if found["to_day"] and out.last < out.first else out


def _date(text: str) -> tuple[int, int | None] | None:
    found = words.DATE_PARTS.match(text)
    if not found:
        return None
    month = words.MONTH_NAMES.get(found[1]) or (int(found[1]) if found[1].isdecimal() else 0)
    day = int(found[2]) if found[2] else None
    return (month, day) if is_month_day(month, day or 1) else None
