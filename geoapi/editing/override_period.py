"""Emergency hours as people say them ("until 24:00, until Friday") → the times they begin, hold and end."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from geoapi.errors import InvalidInput, Words
from geoapi.hours import Override, Span

DAY: Final = 1440
MOST_DAYS: Final = 60
OPENS: Final = 12 * 60
"""From when "until 24:00" holds, in minutes of the day, where nothing else is said. At noon nearly every
station is open by its own hours and goes on; an earlier time would claim mornings that nobody spoke of (from
08:00, of seven in twelve stations of the sample city)."""
_CLOCK = re.compile(r"([0-3]?\d|4[0-8]):([0-5]\d)", re.ASCII)


@dataclass(frozen=True)
class Daily:
    """Open from `opens` to `closes` each day: local minutes of the day it begins on, past 1440 the next."""

    opens: int
    closes: int

    @property
    def words(self) -> dict[str, str]:
        """As clocks show them; past midnight as 26:00."""
        return {"opens": clock_words(self.opens), "closes": clock_words(self.closes)}


@dataclass(frozen=True)
class Period:
    """[starts_at, ends_at), and the hours of each day in it; `zone` is most stations', who have their own."""

    starts_at: datetime
    ends_at: datetime
    daily: Daily
    zone: ZoneInfo

    @property
    def override(self) -> Override:
        return Override(self.starts_at, self.ends_at, (Span(self.daily.opens, self.daily.closes),))


def daily_of(opens: str | None, closes: str) -> Daily:
    """The hours of a day from clock times; `closes` may be 26:00, or 02:00 for the same where it is not after
    `opens`. Raises `InvalidInput`."""
    first = OPENS if opens is None else _minutes(opens, "opens")
    last = _minutes(closes, "closes")
    if first >= DAY:
        raise InvalidInput(
            Words("须早于 24:00", "must be before 24:00"),
            field="daily.opens",
            mend=Words("例如 08:00", "for example 08:00"),
        )
    if last <= first:
        last += DAY
    if last - first > DAY:
        raise InvalidInput(
            Words("一天最多 24 小时", "a day has 24 hours at most"),
            field="daily.closes",
            mend=Words("全天写 00:00 至 24:00", "round the clock is 00:00 to 24:00"),
        )
    return Daily(first, last)


def period_of(
    begin: date | datetime | None, until: date | datetime, daily: Daily, *, zone: ZoneInfo, now: datetime
) -> Period:
    """The exact times. A date stands for that day's hours in `zone`, whole: it begins as they begin, and ends
    as they end, though that be the next morning. `begin` None, or over by now: at once.

    Raises `InvalidInput` for a period that is over, too long, or has none of the daily hours in it.
    """
    starts_at = now if begin is None else max(_edge(begin, daily.opens, zone), now)
    ends_at = _edge(until, daily.closes, zone)
    if ends_at <= starts_at:
        raise InvalidInput(
            Words("须晚于现在与 from", "must be later than now and `from`"),
            field="until",
            mend=Words("给一个更晚的日期或时间", "give a later day or time"),
        )
    if ends_at - starts_at > timedelta(days=MOST_DAYS):
        raise InvalidInput(
            Words(f"最长 {MOST_DAYS} 天", f"at most {MOST_DAYS} days"),
            field="until",
            mend=Words("到期前可再发布一次", "make another one before it expires"),
        )
    return Period(starts_at, ends_at, daily, zone)


def clock_words(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


def _minutes(clock: str, field: str) -> int:
    found = _CLOCK.fullmatch(clock.strip())
    minutes = int(found[1]) * 60 + int(found[2]) if found else None
    if minutes is None or minutes > 2 * DAY:
        raise InvalidInput(
            Words("不是时刻", "is not a time of day"),
            field=f"daily.{field}",
            mend=Words(
                "例如 08:00、24:00，次日凌晨 26:00", "for example 08:00, 24:00, or 26:00 past midnight"
            ),
        )
    return minutes


def _edge(said: date | datetime, minutes: int, zone: ZoneInfo) -> datetime:
    if isinstance(said, datetime):
        return said
    # by the clock on the wall, as daily hours are
    return datetime.combine(said, time(), zone) + timedelta(minutes=minutes)
