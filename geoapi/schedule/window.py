"""The stretch of time for which opening times are worked out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from geoapi.errors import BeyondHorizon, Words


class Window(NamedTuple):
    """[starts_at, ends_at), both at midnight UTC."""

    starts_at: datetime
    ends_at: datetime

    def require(self, first: datetime, last: datetime, *, field: str = "at") -> None:
        """Raise `BeyondHorizon` unless everything from `first` to `last` has been worked out."""
        if first < self.starts_at or last >= self.ends_at:
            begin, end = self.starts_at.isoformat(), self.ends_at.isoformat()
            raise BeyondHorizon(
                Words(
                    f"只能询问 {begin} 至 {end} 之间的时间",
                    f"opening times are known from {begin} to {end} only",
                ),
                field=field,
                mend=Words(
                    "换一个时间，或不填表示现在", "ask about a time in between, or leave it out for now"
                ),
                known_from=begin,
                known_until=end,
            )


def window_at(now: datetime, horizon_days: int) -> Window:
    """The window to keep at `now`: from the day before it to `horizon_days` whole days after.

    The day before lets a question be asked about earlier today in any time zone; two
    days more than the horizon leave room for the walk and the stay, and for a refresh
    that comes late.
    """
    today = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return Window(today - timedelta(days=1), today + timedelta(days=horizon_days + 2))
