"""A text of opening hours → what it says, how sure that is, and which parts were not understood."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Literal

from geoapi.errors import Words
from geoapi.hours.chinese.build import build
from geoapi.hours.chinese.clauses import sentences
from geoapi.hours.chinese.letters import plain_letters
from geoapi.hours.chinese.said import Sentences
from geoapi.hours.chinese.scan import tokens
from geoapi.hours.day import Mark, ordinary_course
from geoapi.hours.explain import describe_part, describe_rule, describe_spans
from geoapi.hours.osm_read import looks_like_osm, read_osm
from geoapi.hours.osm_write import osm_string
from geoapi.hours.rules import Dates, Days, Rules, Span

Certainty = Literal["full", "partial", "unknown"]
TimesWithoutDays = Literal["unsaid", "daily"]

_LONGEST = 2_000
"""Characters: no hours are longer, and reading time grows with the length."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What was made of a text of hours.

    `certainty` "full": `rules` say what the text says. "partial": some of it was read,
    and the rules leave in doubt all that the rest may be about. "unknown": nothing that
    could be used; `rules` is None. `unread` are the parts that were not understood or
    are in doubt, `access` those about who may enter; both as written. `osm` is an
    OpenStreetMap `opening_hours` string of the same meaning, None where there is none.
    `why` tells what was read as what.
    """

    text: str
    certainty: Certainty
    rules: Rules | None
    osm: str | None
    unread: tuple[str, ...]
    access: tuple[str, ...]
    why: tuple[Words, ...]

    def week(self) -> list[list[str]]:
        """The spans of an ordinary week, Monday first; of seasons, the first that the text names."""
        return ordinary_week(self.rules)

    def to_json(self) -> dict[str, Any]:
        """The shape that `geoapi hours --json` prints (DESIGN: Command line)."""
        return {
            "text": self.text,
            "certainty": self.certainty,
            "osm": self.osm,
            "unread": list(self.unread),
            "access": list(self.access),
            "week": self.week(),
        }


def read_hours(text: str | None, *, times_without_days: TimesWithoutDays = "unsaid") -> Reading:
    """What a text of opening hours says, Chinese or OpenStreetMap's `opening_hours`.

    Takes any string, and None; never raises. `times_without_days` "daily" is for a source
    of which it is known that 07:30-22:30 alone means every day; otherwise it is unsaid on
    which days that holds. Readings are cached: the same text gives the same object.
    """
    if text is None or len(text) > _LONGEST:
        return _unread_whole(text or "")
    return _read(text, times_without_days == "daily")


@lru_cache(maxsize=16_384)
def _read(text: str, daily: bool) -> Reading:
    if not text.strip():
        return _unread_whole("")
    if looks_like_osm(text):
        osm = read_osm(text)
        why = [describe_rule(rule) for rule in osm.rules.rules] if osm.rules else []
        return _reading(text, osm.rules, why, osm.unread, [], [])
    plain = plain_letters(text)
    said = sentences(text, plain, tokens(plain))
    built = build(said, daily=daily)
    unread = built.unread
    if built.rules is None and not unread:
        unread = [(0, len(text))]
    return _reading(text, built.rules, _read_as(text, said), unread, built.doubtful, said.access)


def _read_as(text: str, said: Sentences) -> list[Words]:
    """Which part was read as what."""
    out = []
    for clause in said.clauses:
        part = " ".join(text[token.start : token.end] for token in (*clause.days, *clause.spans))
        days = [replace(t.days, dates=clause.dates or t.days.dates) for t in clause.days if t.days]
        seasons = [Days(dates=clause.dates)] if clause.dates and not days else []
        out.append(describe_part(part, days or seasons, [t.span for t in clause.spans if t.span]))
    for token in said.closed:
        out.append(describe_part(text[token.start : token.end], [token.days] if token.days else [], None))
    for cut in said.cuts:
        if cut.sure:
            spans = describe_spans([cut.span])
            part = text[cut.start : cut.end]
            out.append(Words(f"“{part}” → {spans} 不开放", f"{part!r} → closed {spans}"))
    return out


def _reading(
    text: str,
    rules: Rules | None,
    why: list[Words],
    unread: list[tuple[int, int]],
    doubtful: list[tuple[int, int]],
    access: list[tuple[int, int]],
) -> Reading:
    certainty: Certainty = "unknown" if rules is None else "partial" if unread or doubtful else "full"
    parts = _quoted(text, [*unread, *doubtful])
    notes = _quoted(text, access)
    why = why if rules else []
    why += [Words(f"没有读懂：“{part}”", f"not understood: {part!r}") for part in _quoted(text, unread)]
    why += [Words(f"不能确定：“{part}”", f"in doubt: {part!r}") for part in _quoted(text, doubtful)]
    why += [Words(f"与何人可以进入有关：“{note}”", f"about who may enter: {note!r}") for note in notes]
    if rules and not rules.sure:
        why.append(Words("因此任何时刻都不能确定", "so no moment is certain"))
    elif rules and not rules.holidays:
        why.append(Words("没有说明节假日是否照常", "nothing is said of public holidays"))
    return Reading(
        text,
        certainty,
        rules,
        osm_string(rules) if rules and certainty == "full" else None,
        parts,
        notes,
        tuple(why),
    )


def _unread_whole(text: str) -> Reading:
    why = Words("没有可读的时间", "no hours to read")
    return Reading(text, "unknown", None, None, (text,) if text else (), (), (why,))


def _quoted(text: str, places: list[tuple[int, int]]) -> tuple[str, ...]:
    """The parts of the text at these places, in order, each once; those that touch are joined."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted(set(places)):
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return tuple(dict.fromkeys(part for a, b in joined if (part := text[a:b].strip())))


def ordinary_week(rules: Rules | None) -> list[list[str]]:
    """The open spans of an ordinary week as the rules were read, Monday first; empty lists without rules."""
    if rules is None:
        return [[] for _ in range(7)]
    week = _week(rules, ())
    if any(week):
        return week
    seasons = (r.days.dates for r in rules.rules if r.days.dates and r.spans and r.state == "open")
    return _week(rules, next(seasons, ()))


def _week(rules: Rules, season: tuple[Dates, ...]) -> list[list[str]]:
    """The week by the rules for every date and those of one season, doubts left aside."""
    shown = Rules(
        tuple(
            replace(rule, days=replace(rule.days, dates=()))
            for rule in rules.rules
            if rule.state != "perhaps"
            and not rule.days.nth
            and rule.days.kind != "eve"
            and rule.days.festival is None
            and rule.days.dates in ((), season)
        )
    )
    return [_spans(shown, weekday) for weekday in range(7)]


def _spans(rules: Rules, weekday: int) -> list[str]:
    return [
        str(Span(stretch.start, stretch.end))
        for stretch in ordinary_course(rules, weekday)
        if stretch.mark == Mark.OPEN
    ]
