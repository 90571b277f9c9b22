"""How well hours are read: the hand labels against the reader, by evaluated intervals.

    python scripts/score_hours.py [--data DIR] [--split dev|held_out|both] [--show]

Reads the real texts beside the project and the labels beside the tests
(tests/unit/hours/README.md). A definite text is right when the reader is sure of it
and every minute of a year is as the label says. A confidently wrong answer is one that
is sure where the label says otherwise, or sure where nobody can be. `--show` prints
the texts that are not right.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from geoapi.hours import Calendar, Interval, Reading, Span, open_intervals, read_hours, seed_calendar
from geoapi.hours.festivals import Festival, festival_day
from geoapi.hours.rules import DAY

PROJECT = Path(__file__).resolve().parents[1]
LABELS = PROJECT / "tests" / "unit" / "hours" / "taiwan_labels.jsonl"
ZONE = ZoneInfo("Asia/Taipei")
FIRST, LAST = date(2026, 1, 1), date(2026, 12, 31)


@dataclass(slots=True)
class Score:
    """The figures of one run. The lists hold the texts concerned."""

    definite: int = 0
    right: int = 0
    confidently_wrong: list[str] = field(default_factory=list)
    not_right: list[str] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    texts: int = 0


def texts_of(data: Path) -> Counter[str]:
    """Every text of the Taiwan file as it stands, with the number of its rows."""
    with (data / "facilities" / "taiwan_nursing_rooms.csv").open(encoding="utf-8-sig", newline="") as file:
        return Counter(row["opening_hours"] for row in csv.DictReader(file))


def labels(split: str) -> Iterator[dict[str, Any]]:
    """The hand labels of a split, or of both."""
    for line in LABELS.read_text(encoding="utf-8").splitlines():
        label = json.loads(line)
        if split in ("both", label["split"]):
            yield label


def score(data: Path, split: str = "both") -> Score:
    """The figures for the texts in `data`, ../shared/data of the project."""
    calendar = Calendar(seed_calendar("TW", range(FIRST.year - 1, LAST.year + 2)))
    texts = texts_of(data)
    by_hash = {hashlib.sha256(text.encode()).hexdigest(): text for text in texts}
    out = Score(texts=len(texts))
    for text, rows in texts.items():
        out.rows[read_hours(text).certainty] += rows
    for label in labels(split):
        text = by_hash[label["sha256"]]
        reading = read_hours(text)
        if label["definite"]:
            out.definite += 1
            verdict = judge(reading, label, calendar)
            out.right += verdict == "right"
            if verdict == "wrong":
                out.confidently_wrong.append(text)
            if verdict != "right":
                out.not_right.append(text)
        elif reading.certainty == "full":
            out.confidently_wrong.append(text)
    return out


def judge(reading: Reading, label: dict[str, Any], calendar: Calendar) -> str:
    """ "right", "wrong" (sure of something the label denies) or "unsure", over every day of 2026."""
    intervals = open_intervals(
        reading.rules,
        calendar=calendar,
        zone=ZONE,
        start=_midnight(FIRST),
        end=_midnight(LAST + timedelta(days=1)),
    )
    verdict = "right" if reading.certainty == "full" else "unsure"
    courses = _by_day(intervals)
    for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
        expected = _expected(label, day, calendar)
        if expected is None:  # the label leaves the day out
            continue
        is_open, is_doubtful = (_minutes(spans) for spans in courses.get(day, ((), ())))
        if is_open & ~expected.open or (expected.open | expected.unknown) & ~(is_open | is_doubtful):
            return "wrong"
        if is_doubtful & ~expected.unknown and not _loose(label, day, calendar):
            verdict = "unsure"
    return verdict


class Expected(NamedTuple):
    """Minutes of a day that a label says are open, and those it says are not stated: one bit a minute."""

    open: int
    unknown: int


CLOSED = Expected(0, 0)
ONE_DAY = (1 << DAY) - 1


def _expected(label: dict[str, Any], day: date, calendar: Calendar) -> Expected | None:
    """What the label says of the 24 hours of a day, what runs over from the day before included."""
    own, late = (_course(label, day - timedelta(days=back), calendar) for back in (0, 1))
    if own is None or late is None:
        return None
    return Expected(*(a & ONE_DAY | b >> DAY for a, b in zip(own, late, strict=True)))


def _course(label: dict[str, Any], day: date, calendar: Calendar) -> Expected | None:
    """What the label says of hours that begin on a day, in minutes from its midnight."""
    week = label["week"]
    for season in label["months"] or ():
        if any(first <= day.month <= last for first, last in season["months"]):
            week = season["week"]
    if week is None or (
        label.get("holiday_eve_hours") and calendar.type_of(day + timedelta(days=1)) == "holiday"
    ):
        return None
    usual = _minutes(Span.parse(text) for text in week[day.weekday()])
    if any(
        day.isoweekday() == rule["weekday"] and _nth(day) & set(rule["nth"])
        for rule in label["monthly"] or ()
    ):
        return CLOSED
    if calendar.type_of(day) != "holiday":
        return Expected(usual, 0)
    what = label["holidays"]
    if what == "other" and label.get("closed_on"):
        what = "closed" if _festivals(day) & set(label["closed_on"]) else label.get("other_holidays", "other")
    if what == "other":
        hours = label.get("holiday_hours")
        return Expected(_minutes(map(Span.parse, hours)), 0) if hours is not None else None
    if what == "closed":
        return CLOSED
    return Expected(usual, 0) if what == "open" else Expected(0, usual)


def _loose(label: dict[str, Any], day: date, calendar: Calendar) -> bool:
    """Whether unknown is as good as the label on this day."""
    if label.get("holidays_loose") and calendar.type_of(day) == "holiday":
        return True
    rules = label["monthly"] or ()
    return bool(label.get("monthly_loose")) and any(day.isoweekday() == rule["weekday"] for rule in rules)


def _nth(day: date) -> set[int]:
    following = day + timedelta(days=7)
    return {(day.day - 1) // 7 + 1} | ({-1} if following.month != day.month else set())


def _festivals(day: date) -> set[str]:
    """The labels' names for a day: lny_eve, lny_1 …, qingming, dragon_boat, mid_autumn and groups of them."""
    out: set[str] = set()
    first = festival_day("new_year", day.year)
    offset = (day - first).days if first else 99
    if -1 <= offset <= 4:
        out.add("lny_eve" if offset == -1 else f"lny_{offset + 1}")
    if offset == 0:
        out |= {"spring_festival", "folk_holidays"}
    names: tuple[Festival, ...] = ("qingming", "dragon_boat", "mid_autumn")
    for name in names:
        if festival_day(name, day.year) == day:
            out |= {name, "folk_holidays"}
    return out


def _by_day(intervals: list[Interval]) -> dict[date, tuple[list[tuple[int, int]], list[tuple[int, int]]]]:
    """What is open and what is unknown, in minutes from local midnight of the day it lies in."""
    out: dict[date, tuple[list[tuple[int, int]], list[tuple[int, int]]]] = {}
    for interval in intervals:
        at, end = interval.start.astimezone(ZONE), interval.end.astimezone(ZONE)
        while at < end:
            midnight = _midnight(at.date())
            until = min(end, midnight + timedelta(days=1))
            piece = int((at - midnight).total_seconds()) // 60, int((until - midnight).total_seconds()) // 60
            out.setdefault(at.date(), ([], []))[interval.state == "unknown"].append(piece)
            at = until
    return out


def _minutes(spans: Iterable[tuple[int, int]]) -> int:
    """The minutes within the spans, one bit each."""
    out = 0
    for start, end in spans:
        out |= (1 << end) - (1 << start)
    return out


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def main() -> int:
    words = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    words.add_argument("--data", type=Path, default=PROJECT.parent / "shared" / "data")
    words.add_argument("--split", choices=("dev", "held_out", "both"), default="both")
    words.add_argument("--show", action="store_true", help="print the texts that are not right")
    asked = words.parse_args()
    found = score(asked.data, asked.split)
    total = sum(found.rows.values())
    print(f"labels: {asked.split}")
    print(
        f"definite texts exactly right  {found.right}/{found.definite} = {found.right / found.definite:.1%}"
    )
    print(f"confidently wrong             {len(found.confidently_wrong)}")
    print(f"rows, {found.texts} distinct texts   {total}")
    for certainty in ("full", "partial", "unknown"):
        rows = found.rows[certainty]
        print(f"  {certainty:<8} {rows:>5} = {rows / total:.1%}")
    if asked.show:
        for name, texts in (("wrong", found.confidently_wrong), ("not right", found.not_right)):
            for text in texts:
                reading = read_hours(text)
                print(f"{name}: {text!r} {reading.certainty} {reading.osm} {reading.unread}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
