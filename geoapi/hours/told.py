"""Hours as a worker is told them: a sentence or two, with what is not certain said in so many words."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from geoapi.errors import Words
from geoapi.hours.day import HolidayPolicy, Mark, Stretch, day_course, ordinary_course
from geoapi.hours.explain import describe_days, describe_rule
from geoapi.hours.reading import Reading
from geoapi.hours.rules import DAY, Days, Rules, clock

# a Monday like any other
_MONDAY = date(2026, 11, 23)
_Course = tuple[Stretch, ...]


def told_to_workers(reading: Reading, policy: HolidayPolicy | None) -> Words:
    """What hours come to: "周一至周五 09:00–17:30 开放，周六、周日不开放；法定节假日不确定。"

    `policy` settles public holidays of which the hours say nothing.
    """
    rules = reading.rules
    if rules is None or not rules.sure:
        shown = " ".join(reading.text.split())
        if not shown:
            return Words("开放时间不确定。", "Opening hours are not known.")
        return Words(
            f"开放时间不确定，原文：{shown}", f"Opening hours are not certain. In the original: {shown}"
        )
    parts = [_ordinary(rules), _holidays(rules, policy), _makeups(rules, policy)]
    if reading.certainty == "partial":
        parts.append(_doubts(reading.unread))
    said = [part for part in parts if part is not None]
    english = "; ".join(part.en for part in said) + "."
    return Words("；".join(part.zh for part in said) + "。", english[0].upper() + english[1:])


def is_weekly(rules: Rules) -> bool:
    """Whether an ordinary week tells all of an ordinary day: no seasons, dates, festivals or eves."""
    return not rules.need_date and not rules.need_eve


def _ordinary(rules: Rules) -> Words:
    if not is_weekly(rules):
        # a doubt is told behind
        said = [describe_rule(rule) for rule in rules.rules if rule.state != "perhaps"]
        return Words("，".join(words.zh for words in said), ", ".join(words.en for words in said))
    alike: dict[_Course, list[int]] = {}
    for weekday in range(7):
        alike.setdefault(_shown(ordinary_course(rules, weekday)), []).append(weekday)
    closed = alike.pop((), [])
    said = [_with_days(weekdays, _course_words(course)) for course, weekdays in alike.items()]
    if closed:
        said.append(_with_days(closed, Words("不开放", "closed")))
    return Words("，".join(words.zh for words in said), ", ".join(words.en for words in said))


def _with_days(weekdays: Sequence[int], said: Words) -> Words:
    days = describe_days(Days(weekdays=tuple(weekdays) if len(weekdays) < 7 else ()))
    space = "" if said.zh == "不开放" else " "
    return Words(f"{days.zh}{space}{said.zh}", f"{days.en} {said.en}")


def _shown(course: _Course) -> _Course:
    """What is open or may be, whatever the reason."""
    return tuple(one._replace(why="rule") for one in course if one.mark & (Mark.OPEN | Mark.UNKNOWN))


def _course_words(course: _Course) -> Words:
    if [(one.start, one.end, one.mark) for one in course] == [(0, DAY, Mark.OPEN)]:
        return Words("24 小时开放", "open 24 hours")
    spans = [(one.start, one.end) for one in course if one.mark == Mark.OPEN]
    doubtful = [(one.start, one.end) for one in course if one.mark != Mark.OPEN]
    zh, en = [], []
    if spans:
        zh.append("、".join(_span(*span, "次日") for span in spans) + " 开放")
        en.append("open " + ", ".join(_span(*span, "") for span in spans))
    if doubtful:
        zh.append("、".join(_span(*span, "次日") for span in doubtful) + " 不确定")
        en.append("not certain " + ", ".join(_span(*span, "") for span in doubtful))
    return Words("，".join(zh), ", ".join(en))


def _span(start: int, end: int, next_day: str) -> str:
    return f"{clock(start)}–{clock(end) if end <= DAY else next_day + clock(end - DAY)}"


def _holidays(rules: Rules, policy: HolidayPolicy | None) -> Words:
    """What holds on public holidays, weekday by weekday told as one where it can be."""
    courses = [_shown(day_course(rules, policy, _on(day), "holiday", None)) for day in range(7)]
    usual = [_shown(ordinary_course(rules, day)) for day in range(7)]
    uncertain = [any(one.mark & ~Mark.OPEN for one in course) for course in courses]
    if not any(courses):
        return Words("法定节假日不开放", "closed on public holidays")
    if not is_weekly(rules):
        if any(uncertain):
            return Words("法定节假日不确定", "public holidays are not certain")
        return Words("法定节假日见上", "public holidays as said")
    if courses == usual:
        return Words("法定节假日照常", "as usual on public holidays")
    if all(course == own for course, own in zip(courses, usual, strict=True) if own):
        return Words(
            "法定节假日照常，逢平时不开放的日子不确定",
            "as usual on public holidays, not certain where they fall on days that are closed",
        )
    if any(uncertain):
        return Words("法定节假日不确定", "public holidays are not certain")
    if len(set(courses)) == 1:
        said = _course_words(courses[0])
        return Words(f"法定节假日 {said.zh}", f"on public holidays {said.en}")
    return Words("法定节假日时间不同", "other hours on public holidays")


def _makeups(rules: Rules, policy: HolidayPolicy | None) -> Words | None:
    """What holds on make-up workdays, where it is not what their weekend day has."""
    courses = [_shown(day_course(rules, policy, _on(day), "makeup", None)) for day in (5, 6)]
    if not is_weekly(rules) or courses == [_shown(ordinary_course(rules, day)) for day in (5, 6)]:
        return None
    if any(one.mark & ~Mark.OPEN for course in courses for one in course):
        return Words("调休上班日不确定", "make-up workdays are not certain")
    if any(courses):
        return Words("调休上班日开放", "open on make-up workdays")
    return Words("调休上班日不开放", "closed on make-up workdays")


def _on(weekday: int) -> date:
    return _MONDAY + timedelta(days=weekday)


def _doubts(unread: Sequence[str]) -> Words:
    quoted = "、".join(f"“{' '.join(part.split())}”" for part in unread)
    return Words(f"其中{quoted}没有读懂，有关时间不确定", f"what {quoted} is about is not certain")
