"""Times of day as written, and the spans between two of them."""

from __future__ import annotations

import re
from typing import NamedTuple

from geoapi.hours.rules import DAY, Span

_HALF = (
    r"凌晨|清晨|早上|早晨|上午|中午|午间|正午|下午|午后|傍晚|"
    r"晚上|晚间|夜间|夜里|夜晚|深夜|午夜|半夜|早|晚|am|pm"
)
_NUMERAL = r"二十[一二三四]?|十[一二三四五六七八九]?|[一二两三四五六七八九零〇]"
_TIME = rf"""
    (?:(?P<half{{n}}>{_HALF})\s*:?)?\s*
    (?:
        (?P<h{{n}}>\d{{{{1,2}}}})\s*:\s*(?P<m{{n}}>\d{{{{2}}}})(?:\s*:\s*00)?(?!\d)[分时]?
      | (?P<ph{{n}}>\d{{{{1,2}}}})\.(?P<pm{{n}}>[0-5]\d)(?![\d.])
      | (?P<zh{{n}}>\d{{{{1,2}}}}|{_NUMERAL})\s*[点时](?!段|间)
          (?P<zm{{n}}>
              半|整|钟|[一三13]刻
              | [二三四五]?十[一二三四五六七八九]?分|\d{{{{1,2}}}}分?|[ ]*\d{{{{1,2}}}}[ ]*分
          )?
      | (?P<d{{n}}>\d{{{{3,4}}}})(?![\d:.])
      | (?P<i{{n}}>\d{{{{1,2}}}})(?![\d:.])
      | (?P<word{{n}}>(?<=中午)|(?<=正午)|(?<=午夜))
    )
    \s*(?P<after{{n}}>am|pm|a\.m\.|p\.m\.)?
"""
_SPAN = re.compile(
    r"(?:(?<!\d)(?<!\d:)(?<!(?<!:\d)\d\.)(?<!第)|(?=\D))(?:自|从|由)?\s*"
    + _TIME.format(n=1)
    + r"\s*(?:-+|至|到|to)\s*(?P<next>(?:次日|翌日|隔日|隔天|第二天|明日|当日)(?:的)?)?\s*"
    + _TIME.format(n=2)
    + r"\s*(?P<open>\+)?(?:止|为止)?",
    re.VERBOSE,
)
_ROUND_THE_CLOCK = re.compile(
    r"(?:7|365)\s*天?\s*[x×*]\s*24\s*(?:小时|h(?![a-z]))?|24\s*[x×*/]\s*7(?![\d:/])|(?:全天|全日|整日|整天)?候?\s*(?:24|二十四|廿四)\s*(?:个)?\s*(?:小时|h(?:ou)?rs?\.?|h(?![a-z]))"
)
_NUMERALS = {char: n for n, char in enumerate("〇一二三四五六七八九")} | {"零": 0, "两": 2}
_MORNING = {"凌晨", "清晨", "早上", "早晨", "上午", "早", "am"}
_NOON = {"中午", "午间", "正午"}
_AFTERNOON = {"下午", "午后", "傍晚", "pm"}
_NIGHT = {"晚上", "晚间", "夜间", "夜里", "夜晚", "深夜", "半夜", "午夜", "晚"}
# what may stand behind a span of bare numbers: 1-3楼 and 5-6人 are no hours
_AFTER_BARE = re.compile(
    r"\s*(?:$|[-\s,，、;/()+]|开|营|休|闭|关|为|均|皆|可|止|周|星|礼|每|节|国|法|例|除|有|不|中午|午|上午|下午|早|晚|凌)"
)


_HOUR = rf"(?P<h{{n}}>{_NUMERAL}|\d{{{{1,2}}}})(?:点?(?P<half{{n}}>半)|[:.](?P<m{{n}}>[0-5]\d)|点|时)?"
_EARLY_LATE = re.compile(
    r"[早朝]\s*" + _HOUR.format(n=1) + r"\s*[,、]?\s*晚\s*" + _HOUR.format(n=2) + r"(?!\s*(?:[\d:.]|-|至|到))"
)


class FoundSpan(NamedTuple):
    """A span in the text up to `end`; `span` None when it was seen but cannot be trusted."""

    end: int
    span: Span | None


def find_span(text: str, at: int) -> FoundSpan | None:
    """The span written at position `at` of text in plain letters, if there is one."""
    if found := _ROUND_THE_CLOCK.match(text, at):
        return FoundSpan(found.end(), Span(0, DAY))
    if (found := _SPAN.match(text, at)) is None:
        return _early_late(text, at) if text.startswith(("早", "朝"), at) else None
    first, second = _written(found, "1"), _written(found, "2")
    if first.bare and second.bare and not _AFTER_BARE.match(text, found.end()):
        return None
    if (
        first.bare
        and second.bare
        and _AFTER_BARE.match(text, found.end())
        and text[found.end() : found.end() + 1] == "-"
    ):
        return None
    if found["open"]:
        return FoundSpan(found.end(), None)
    return FoundSpan(found.end(), _span(first, second, next_day=_says_next_day(found["next"])))


def _early_late(text: str, at: int) -> FoundSpan | None:
    """朝九晚五, 早8:00晚8:00."""
    found = _EARLY_LATE.match(text, at)
    if found is None:
        return None
    minutes = [
        _number(found[f"h{n}"]) * 60 + (30 if found[f"half{n}"] else int(found[f"m{n}"] or 0)) for n in "12"
    ]
    start, end = minutes[0], minutes[1] + 720 if minutes[1] < 720 else minutes[1]
    sure = 5 * 60 <= start < 12 * 60 and 16 * 60 <= end <= DAY
    return FoundSpan(found.end(), Span(start, end) if sure else None)


def _says_next_day(word: str | None) -> bool:
    return bool(word) and not str(word).startswith("当")


class _Written(NamedTuple):
    hour: int
    minute: int
    half: str
    padded: bool
    """Two digits for the hour: the 24-hour clock is meant."""
    bare: bool
    """A number alone, without minutes or 点."""


def _written(found: re.Match[str], n: str) -> _Written:
    half = found[f"half{n}"] or ""
    after = (found[f"after{n}"] or "").replace(".", "")
    if after:
        half = after if half in ("", after) else "?"
    if (hour := found[f"h{n}"] or found[f"ph{n}"]) is not None:
        minute = found[f"m{n}"] or found[f"pm{n}"]
        return _Written(int(hour), int(minute), half, len(hour) == 2, False)
    if (hour := found[f"zh{n}"]) is not None:
        return _Written(_number(hour), _minute(found[f"zm{n}"]), half, False, False)
    if (digits := found[f"d{n}"]) is not None:
        return _Written(int(digits[:-2]), int(digits[-2:]), half, len(digits) == 4, False)
    if (hour := found[f"i{n}"]) is not None:
        return _Written(int(hour), 0, half, len(hour) == 2, True)
    return _Written(24 if half == "午夜" else 12, 0, "", True, False)


def _number(text: str) -> int:
    if text.isdecimal():
        return int(text)
    tens, ten, ones = text.rpartition("十")
    return (_NUMERALS.get(tens, 1) * 10 if ten else 0) + _NUMERALS.get(ones, 0)


def _minute(text: str | None) -> int:
    if text is None or text in ("整", "钟"):
        return 0
    if text == "半":
        return 30
    if text.endswith("刻"):
        return 15 if text[0] in "一1" else 45
    text = text.rstrip("分 ").lstrip()
    if text.isdecimal():
        return int(text)
    tens, _, ones = text.partition("十")
    return _NUMERALS.get(tens, 1) * 10 + _NUMERALS.get(ones, 0)


def _span(first: _Written, second: _Written, *, next_day: bool) -> Span | None:
    """The span meant, None where a careful reader would have to guess."""
    if first.minute > 59 or second.minute > 59 or first.hour > 24 or second.hour > 30:
        return None
    start = _start(first)
    if start is None:
        return None
    end = _end(first, second, start, next_day)
    if end is None or not start < end <= start + DAY:
        return None
    if _may_be_afternoon(first, second, start, end):
        return None
    if second.hour > 24 and start < 12 * 60:
        return None  # 9:00-25:00 is a slip, 18:00-25:00 a bar's
    if (start, end) == (0, DAY - 1):
        end = DAY  # 0:00-23:59, where the last minute had no other name
    return Span(start, end) if start < DAY else None


def _start(at: _Written) -> int | None:
    minutes = at.hour * 60 + at.minute
    if at.half in _MORNING:
        return minutes if at.hour < 12 else None
    if at.half in _NOON:
        return minutes if 11 <= at.hour <= 14 else (minutes + 720 if at.hour in (1, 2) else None)
    if at.half in _AFTERNOON:
        if at.half == "pm" or at.hour != 0:
            return minutes + 720 if at.hour < 12 else minutes
        return None
    if at.half in _NIGHT:
        return minutes + 720 if 5 <= at.hour < 12 else (minutes if at.hour >= 17 else None)
    return minutes if at.half == "" else None


def _end(first: _Written, second: _Written, start: int, next_day: bool) -> int | None:
    minutes = second.hour * 60 + second.minute
    half = second.half
    if next_day:
        morning = half == "" or half in _MORNING
        return minutes + DAY if morning and second.hour <= 12 else None
    if half == "?":
        return None
    if half in _MORNING:
        if minutes <= 10 * 60 and start >= 16 * 60:
            return minutes + DAY  # 晚7:00-早7:00
        # 上午12:00 behind a morning's start is noon; 凌晨2:00 is the next day's
        return minutes if minutes > start or half != "凌晨" else minutes + DAY
    if half in _NOON:
        return minutes if 11 <= second.hour <= 14 else (minutes + 720 if second.hour in (1, 2) else None)
    if half in _AFTERNOON:
        return minutes + 720 if 0 < second.hour < 12 else minutes
    if half in _NIGHT:
        if second.hour == 12 or minutes == 0:
            return DAY + second.minute
        if second.hour < 5:
            return DAY + minutes
        return minutes + 720 if second.hour < 12 else minutes
    if minutes == 0:
        return DAY if start else (DAY if second.hour == 24 else None)  # 00:00-00:00: an empty form
    # 下午1:30~5:30: the half of the day carries on
    if (first.half in _AFTERNOON or first.half in _NIGHT or first.half in _NOON) and second.hour < 12:
        carried = minutes + 720
        if carried > start:
            return carried
        return minutes + DAY if second.hour <= (9 if first.half in _NIGHT else 6) else None
    if minutes > start:
        return minutes
    return minutes + DAY if _runs_past_midnight(second, start, minutes) else None


def _runs_past_midnight(second: _Written, start: int, minutes: int) -> bool:
    """Whether an end not after its start is surely the next morning's, and no forgotten 下午."""
    if minutes + 720 <= start:
        return True  # 22:00-06:00: six in the evening would be earlier still
    return second.padded and minutes <= (start - 9 * 60 if start >= 17 * 60 else 3 * 60)


def _may_be_afternoon(first: _Written, second: _Written, start: int, end: int) -> bool:
    """1:30-5:30 without 上午 or 下午: as likely the afternoon's."""
    return first.half == second.half == "" and not first.padded and 0 < start < 5 * 60 and end <= 12 * 60
