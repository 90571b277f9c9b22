"""Dated closures and extra openings of a station, and their early end.

Whatever is dated wins over hours and emergency hours. Where two overlap, the one entered later decides, for
as long as it lasts; when it is ended, the earlier one holds again.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final, Literal, cast
from zoneinfo import ZoneInfo

from psycopg import Connection
from psycopg.rows import dict_row
from psycopg.types.range import TimestamptzRange

from geoapi.editing.dated import (
    End,
    First,
    Start,
    end_of,
    first_of,
    local,
    start_of,
    station_version,
    this_minute,
)
from geoapi.editing.transaction import Answered
from geoapi.errors import Conflict, InvalidHours, InvalidInput, NotFound, Words
from geoapi.hours import Span

State = Literal["closed", "open"]

MOST_DAYS: Final[Mapping[State, int]] = {"closed": 400, "open": 31}
"""How long one may last."""
MOST_DAYS_AHEAD: Final = 400
LATE: Final = timedelta(minutes=1)
"""What began less than this ago may still be said to begin now: a request takes its time."""


@dataclass(frozen=True)
class Note:
    """What workers read of it."""

    zh: str | None
    en: str | None = None


@dataclass(frozen=True)
class Period:
    """From when to when."""

    start: datetime
    end: datetime


def close(conn: Connection, row: Mapping[str, Any], start: First, until: End, note: Note) -> Answered:
    """Close the locked station for a time: 201 and the closure.

    Raises `InvalidInput` for a time that is over, empty, too long or too far ahead; `Conflict` where the
    station is closed until then already, for the same reason (`extra["existing"]`).
    """
    begins = _begin(first_of(conn, row, start), field="starts")
    period = _period(begins, end_of(conn, row, until), "closed", field="until")
    _refuse_repeat(conn, row, "closed", period, note)
    return Answered(_added(conn, row, "closed", period, note), 201)


def open_from(conn: Connection, row: Mapping[str, Any], start: Start, end: datetime, note: Note) -> Answered:
    """Open the locked station from `start` to `end`, whatever its hours: 201 and the opening, in a list.

    Raises as `close` does.
    """
    begins = _begin(start_of(start), field="starts")
    return _open(conn, row, [_period(begins, end.astimezone(UTC), "open", field="ends")], note)


def open_on(
    conn: Connection, row: Mapping[str, Any], day: date, hours: Sequence[str], note: Note
) -> Answered:
    """Open the locked station at these hours of a day ("09:00-17:00", past midnight "19:00-26:00"): 201 and
    the openings, one for each.

    Of today only what is to come. Raises as `close` does, and `InvalidHours`.
    """
    zone = ZoneInfo(row["time_zone"])
    midnight = datetime.combine(day, time())

    def at(minutes: int) -> datetime:
        return (midnight + timedelta(minutes=minutes)).replace(tzinfo=zone).astimezone(UTC)

    spans = sorted(_span(text) for text in hours)
    for before, after in pairwise(spans):
        if after.start < before.end:
            raise InvalidHours(
                Words(f"{before} 与 {after} 重叠", f"{before} and {after} overlap"),
                field="hours",
                mend=Words("请合并为一段", "make one of them"),
            )
    now = this_minute()
    to_come = [(max(at(span.start), now), at(span.end)) for span in spans if at(span.end) > now]
    if not to_come:
        raise InvalidInput(
            Words("这些时段已经过去", "these hours are over"),
            field="date",
            mend=Words("请选今天或以后的日期", "choose today or a day to come"),
        )
    periods = [_period(_begin(begins, field="date"), ends, "open", field="hours") for begins, ends in to_come]
    return _open(conn, row, periods, note)


def end(conn: Connection, row: Mapping[str, Any], exception_id: int, state: State) -> Answered:
    """End a closure, or an extra opening, of the locked station now; one that has not begun is taken back.

    200 and what was ended, with `removed` for one that never was in force. Raises `NotFound`; `Conflict` for
    one that is over already.
    """
    found = _exception(conn, row["id"], exception_id, state)
    starts_at, ends_at = found["during"].lower, found["during"].upper
    now = this_minute()
    if ends_at <= now:
        raise Conflict(
            Words("已经结束", "it is over already"),
            mend=Words("无须再做什么", "there is nothing left to end"),
        )
    removed = starts_at >= now
    if removed:
        conn.execute("DELETE FROM hours_exception WHERE id = %s", [exception_id])
    else:
        ends_at = now
        conn.execute(
            "UPDATE hours_exception SET during = %s WHERE id = %s",
            [TimestamptzRange(starts_at, ends_at), exception_id],
        )
    shape = _shape({**found, "during": TimestamptzRange(starts_at, ends_at)}, row)
    return Answered({**shape, "removed": removed, "station_version": station_version(conn, row["id"])})


def _open(conn: Connection, row: Mapping[str, Any], periods: Sequence[Period], note: Note) -> Answered:
    for period in periods:
        _refuse_repeat(conn, row, "open", period, note)
    openings = [_added(conn, row, "open", period, note) for period in periods]
    version = openings[-1]["station_version"]
    return Answered({"openings": openings, "station_version": version}, 201)


def _span(text: str) -> Span:
    try:
        return Span.parse(text)
    except InvalidHours:
        raise InvalidHours(
            Words(f"时段“{text}”无法使用", f"{text} is not a span of time")
            if re.fullmatch(r"[\d:：\-–—~～ ]{1,20}", text)
            else Words("时段无法使用", "is not a span of time"),
            field="hours",
            mend=Words(
                "写作 09:00-17:00，过午夜写 19:00-26:00", "write 09:00-17:00, past midnight 19:00-26:00"
            ),
        ) from None


def _begin(begins: datetime, *, field: str) -> datetime:
    now = datetime.now(UTC)
    if begins < this_minute() - LATE:
        raise InvalidInput(
            Words("开始时间已过去", "begins in the past"),
            field=field,
            mend=Words("立即开始请填 now", 'for one that begins at once say "now"'),
        )
    if begins > now + timedelta(days=MOST_DAYS_AHEAD):
        raise InvalidInput(
            Words(f"最多提前 {MOST_DAYS_AHEAD} 天", f"must begin within {MOST_DAYS_AHEAD} days"),
            field=field,
            mend=Words("请选更近的日期", "choose a nearer day"),
        )
    return begins


def _period(begins: datetime, ends: datetime, state: State, *, field: str) -> Period:
    if ends <= begins:
        raise InvalidInput(
            Words("须晚于开始时间", "must be later than the beginning"),
            field=field,
            mend=Words("给一个更晚的时间", "give a later time"),
        )
    if ends - begins > timedelta(days=MOST_DAYS[state]):
        raise InvalidInput(
            Words(f"最长 {MOST_DAYS[state]} 天", f"may last {MOST_DAYS[state]} days at most"),
            field=field,
            mend=Words("更久的请修改开放时间，或停用站点", "for longer, change its hours or have it retired"),
        )
    return Period(begins, ends)


def _refuse_repeat(
    conn: Connection, row: Mapping[str, Any], state: State, period: Period, note: Note
) -> None:
    """Raise `Conflict` where the same is in force already: until then, for this reason."""
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            """SELECT * FROM hours_exception AS e
               WHERE e.station_id = %(station)s AND e.state = %(state)s
                 AND upper(e.during) = %(end)s AND e.during @> %(start)s::timestamptz
                 AND e.note_zh IS NOT DISTINCT FROM %(zh)s AND e.note_en IS NOT DISTINCT FROM %(en)s
                 -- one entered later may have the last word in between
                 AND NOT EXISTS (
                   SELECT FROM hours_exception AS later
                   WHERE later.station_id = e.station_id AND later.id > e.id
                     AND later.during && tstzrange(%(start)s, %(end)s))
               ORDER BY e.id DESC LIMIT 1""",
            {
                "station": row["id"], "state": state, "start": period.start, "end": period.end,
                "zh": note.zh, "en": note.en,
            },
        ).fetchone()  # fmt: skip
    if found is not None:
        closed = state == "closed"
        raise Conflict(
            Words("已登记为关闭到那时", "it is closed until then already")
            if closed
            else Words("已登记为加开到那时", "it is open until then already"),
            mend=Words(
                f"编号 {found['id']}；要改动请先提前结束它",
                f"its id is {found['id']}; to change it, end it first",
            ),
            existing=_shape(found, row),
        )


def _added(
    conn: Connection, row: Mapping[str, Any], state: State, period: Period, note: Note
) -> dict[str, Any]:
    with conn.cursor(row_factory=dict_row) as cursor:
        added = cursor.execute(
            """INSERT INTO hours_exception (station_id, during, state, note_zh, note_en)
               VALUES (%s, %s, %s, %s, %s) RETURNING *""",
            [row["id"], TimestamptzRange(period.start, period.end), state, note.zh, note.en],
        ).fetchone()
    assert added is not None
    return {**_shape(added, row), "station_version": station_version(conn, row["id"])}


def _exception(conn: Connection, station_id: int, exception_id: int, state: State) -> Mapping[str, Any]:
    with conn.cursor(row_factory=dict_row) as cursor:
        found = cursor.execute(
            "SELECT * FROM hours_exception WHERE id = %s AND station_id = %s AND state = %s",
            [exception_id, station_id, state],
        ).fetchone()
    if found is None:
        closed = state == "closed"
        raise NotFound(
            Words("该站点没有这次关闭", "the station has no such closure")
            if closed
            else Words("该站点没有这次加开", "the station has no such opening"),
            field="closure_id" if closed else "opening_id",
            mend=Words("编号见该站点的 closures", "ids are in the station's `closures`"),
        )
    return cast(Mapping[str, Any], found)


def _shape(exception: Mapping[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": str(exception["id"]),
        "state": exception["state"],
        "starts_at": local(exception["during"].lower, row),
        "ends_at": local(exception["during"].upper, row),
        "note": exception["note_zh"],
        "note_en": exception["note_en"],
    }
