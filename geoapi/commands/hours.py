"""`geoapi hours`: what is made of a text of opening hours, why, and the coming week."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from geoapi.commands.terminal import Column, Terminal, screen, table_of
from geoapi.errors import InvalidHours, InvalidInput, Words
from geoapi.hours import Calendar, Interval, Reading, open_intervals, read_hours, seed_calendar

_WEEKDAYS = tuple("一二三四五六日")
_DAY_TYPES = {
    "workday": "工作日 workday",
    "weekend": "周末 weekend",
    "holiday": "节假日 holiday",
    "makeup": "调休上班 make-up workday",
    None: "未知 not known",
}
_CERTAINTIES = {"full": "完全读懂 full", "partial": "部分读懂 partial", "unknown": "没有读懂 unknown"}
_ZONES = {"CN": "Asia/Shanghai", "TW": "Asia/Taipei", "HK": "Asia/Hong_Kong", "MO": "Asia/Macau"}

_HEADINGS = (
    Column("日期 date", "code"), Column("", "code"), Column(""), Column("开放 open (？未知 not known)"),
    Column("原因 reason"),
)  # fmt: skip


class TimesWithoutDays(StrEnum):
    """What times mean where no day is named."""

    UNSAID = "unsaid"
    DAILY = "daily"


def hours(
    texts: Annotated[
        list[str],
        typer.Argument(
            help="开放时间文字；- 表示标准输入，每行一个 JSON 字符串 / texts; - reads JSON strings on stdin"
        ),
    ],
    as_json: Annotated[
        bool, typer.Option("--json", help="每段文字输出一行 JSON / one JSON object a line")
    ] = False,
    zone: Annotated[
        str | None, typer.Option(help="时区 / time zone [calendar's own, or Asia/Shanghai]")
    ] = None,
    calendar: Annotated[
        str, typer.Option(help="假日日历：CN、TW 等 ISO 代码 / holiday calendar, an ISO code")
    ] = "CN",
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="从哪天起的一周 / first day of the week shown"),
    ] = None,
    times_without_days: Annotated[
        TimesWithoutDays,
        typer.Option(help="只写时间、不写星期时：不确定，或每天 / times without days: unsaid, or every day"),
    ] = TimesWithoutDays.UNSAID,
) -> None:
    """看懂开放时间 / Read opening hours, Chinese or OpenStreetMap's, and show what was made of them."""
    readings = (read_hours(text, times_without_days=times_without_days.value) for text in _texts(texts))
    if as_json:
        for reading in readings:
            print(_json_line(reading), flush=texts == ["-"])
        return
    place = _zone(zone or _ZONES.get(calendar.upper(), "Asia/Shanghai"))
    first = (since or datetime.now(place)).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=place)
    known = Calendar(seed_calendar(calendar, range(first.year - 1, first.year + 2)))
    console = screen()
    for reading in readings:
        _show(console, reading, known, place, first)


def _texts(arguments: Iterable[str]) -> Iterator[str]:
    for argument in arguments:
        if argument == "-":
            yield from _texts_of_stdin()
        else:
            yield argument


def _texts_of_stdin() -> Iterator[str]:
    for number, line in enumerate(sys.stdin, 1):
        if not line.strip():
            continue
        try:
            text = json.loads(line)
        except ValueError:
            text = None
        if not isinstance(text, str):
            raise InvalidInput(
                Words(
                    f"标准输入第 {number} 行不是 JSON 字符串", f"line {number} of stdin is not a JSON string"
                ),
                field="stdin",
                mend=Words(
                    '每行一个，例如 "周一至周五 9:00-17:00"', 'one a line, such as "Mo-Fr 09:00-17:00"'
                ),
            )
        yield text


def _json_line(reading: Reading) -> str:
    line = json.dumps(reading.to_json(), ensure_ascii=False)
    try:
        line.encode(sys.stdout.encoding or "utf-8")
    except UnicodeEncodeError:  # a lone surrogate, or a terminal that is not UTF-8
        return json.dumps(reading.to_json())
    return line


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidHours(
            Words(f"没有时区“{name}”", f"no time zone {name!r}"),
            field="zone",
            mend=Words("请使用 IANA 名称，例如 Asia/Shanghai", "use an IANA name such as Asia/Shanghai"),
        ) from error


def _show(console: Terminal, reading: Reading, calendar: Calendar, zone: ZoneInfo, first: datetime) -> None:
    console.print(reading.text, style="bold")
    console.print(f"  {_CERTAINTIES[reading.certainty]}")
    if reading.osm:
        console.print(f"  OSM: {reading.osm}")
    for words in reading.why:
        console.print(f"  · {words.zh} / {words.en}", soft_wrap=True)
    rows = []
    for days in range(7):
        start = first + timedelta(days=days)
        intervals = open_intervals(
            reading.rules, calendar=calendar, zone=zone, start=start, end=start + timedelta(days=1)
        )
        rows.append(
            (
                start.date().isoformat(),
                "周" + _WEEKDAYS[start.weekday()],
                _DAY_TYPES[calendar.type_of(start.date())],
                "\n".join(_span(interval, zone) for interval in intervals) or "不开放 closed",
                "\n".join(interval.reason for interval in intervals),
            )
        )
    console.print(table_of(_HEADINGS, rows))


def _span(interval: Interval, zone: ZoneInfo) -> str:
    start, end = interval.start.astimezone(zone), interval.end.astimezone(zone)
    until = "24:00" if end.date() > start.date() else f"{end:%H:%M}"
    return f"{start:%H:%M}-{until}" + (" ？" if interval.state == "unknown" else "")
