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
        return Token(T.OPEN if char == "(" else T.SHUT, at, at + 1)
    if char in _BREAKS:
        return Token(T.BREAK, at, at + 1)
    if char in _COMMAS:
        return Token(T.COMMA, at, at + 1)
    for rule in (_months, _days, _span, _word):
        if token := rule(text, at):
            return token
    found = _RUN.match(text, at)
    return Token(T.UNREAD, at, found.end() if found else at + 1)


def _span(text: str, at: int) -> Token | None:
    found = find_span(text, at)
    if found is None:
        return None
    if found.span is None:
        return Token(T.UNREAD, at, found.end)
    return Token(T.SPAN, at, found.end, span=found.span)


_WORDS = (
    (T.ACCESS, words.ACCESS),
    (T.NOISE, words.PHONE),
    (T.NOISE, words.NOON_TOO),
    (T.NO_REST, words.NO_REST),
    (T.CLOSED, words.CLOSED),
    (T.EXCEPT, words.EXCEPT),
    (T.INCLUDING, words.INCLUDING),
    (T.OUTSIDE, words.OUTSIDE),
    (T.ALL_DAY, words.ALL_DAY),
    (T.SEASON, words.SEASON),
    (T.NOISE, words.NOISE),
    (T.NOISE, re.compile(r"[-:.!…·'\"]")),
)


def _word(text: str, at: int) -> Token | None:
    for kind, pattern in _WORDS:
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
    found = words.MONTHS.match(text, at)
    if not found:
        return None
    if found["yuan"]:
        first = MonthDay(1, 1)
        return Token(T.MONTHS, at, found.end(), Days(dates=(Dates(first, first),)), word="date")
    if found["to"]:
        parts = [_date(found["from"]), _date(found["to"])]
        if None in parts:
            return None
        (month, day), (to_month, to_day) = [part for part in parts if part]
        dates: tuple[Dates, ...] = (
            Dates(MonthDay(month, day or 1), MonthDay(to_month, to_day or last_day(to_month))),
        )
    else:
        listed = [_date(item[0]) for item in words.DATE_PARTS.finditer(found["list"] or found["one"])]
        if None in listed:
            return None
        dates = tuple(
            Dates(MonthDay(month, day or 1), MonthDay(month, day or last_day(month)))
            for month, day in (part for part in listed if part)
        )
    return Token(T.MONTHS, at, found.end(), Days(dates=dates), word="date" if found["one"] else "months")


def _date(text: str) -> tuple[int, int | None] | None:
    found = words.DATE_PARTS.match(text)
    if not found:
        return None
    month = words.MONTH_NAMES.get(found[1]) or (int(found[1]) if found[1].isdecimal() else 0)
    day = int(found[2]) if found[2] else None
    return (month, day) if is_month_day(month, day or 1) else None
