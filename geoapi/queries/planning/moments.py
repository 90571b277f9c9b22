"""The moments a planner asks about: one, or the 168 hours of a week by the clocks of the place."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from geoapi.errors import InvalidInput, Words
from geoapi.hours import Calendar, CalendarDay, wallclock
from geoapi.schedule import Window

HOURS_OF_A_WEEK = 168


@dataclass(frozen=True, slots=True)
class Moments:
    """The moments asked about, in UTC, in order.

    `week` is the Monday they begin on; None when they are one moment. `holidays` are the week's days that
    are not what their weekday says: public holidays and make-up workdays.
    """

    at: tuple[datetime, ...]
    week: date | None
    zone: str
    holidays: tuple[CalendarDay, ...] = ()

    @property
    def window(self) -> Window:
        """A stretch of time that holds every moment."""
        return Window(self.at[0], self.at[-1] + timedelta(minutes=1))

    def local(self) -> list[datetime]:
        """The moments as the clocks of the place show them."""
        zone = ZoneInfo(self.zone)
        return [moment.astimezone(zone) for moment in self.at]


def one_moment(at: datetime, zone: str) -> Moments:
    """A single moment."""
    return Moments((at.astimezone(UTC),), None, zone)


def week_of(day: date, zone: str) -> Moments:
    """Every full hour of the week that `day` lies in, from Monday 00:00 by the clocks of `zone`.

    Always 168: where clocks change, they are those of the week's wall clocks, and an hour that the clocks
    skip is the moment they skip to.
    """
    monday = day - timedelta(days=day.weekday())
    place = ZoneInfo(zone)
    hours = (
        datetime.combine(monday + timedelta(days=hour // 24), time(hour % 24))
        for hour in range(HOURS_OF_A_WEEK)
    )
    return Moments(tuple(_at_wall_clock(hour, place) for hour in hours), monday, zone)


def with_calendar(moments: Moments, calendar: Calendar) -> Moments:
    """The moments with their holidays. `InvalidInput` when the calendar does not know one of their days."""
    days = sorted({moment.date() for moment in moments.local()})
    unknown = [day for day in days if day not in calendar]
    if unknown:
        year = unknown[0].year
        raise InvalidInput(
            Words(
                f"{year} 年的日历尚不可知，无法判断哪些天放假",
                f"the calendar of {year} is not known: which days are holidays cannot be told",
            ),
            field="at" if moments.week is None else "week_of",
            mend=Words(
                "选一个日历已知的时间，或用 geoapi calendar 录入该年",
                "ask about a time whose calendar is known, or enter the year with `geoapi calendar`",
            ),
        )
    special = tuple(calendar[day] for day in days if calendar[day].type in ("holiday", "makeup"))
    return Moments(moments.at, moments.week, moments.zone, special)


def _at_wall_clock(wall: datetime, place: ZoneInfo) -> datetime:
    """When clocks show `wall`, the first time if twice; when they skip it, the moment they do."""
    moment = wall.replace(tzinfo=place).astimezone(UTC)
    if moment.astimezone(place).replace(tzinfo=None) == wall:
        return moment
    # Python counts on by the offset before the change: as far past it as the wall clock would have been
    since, until = wallclock.instant(moment - timedelta(days=2)), wallclock.instant(moment) + 1
    return wallclock.moment(wallclock.steady_stretches(place, since, until)[-1].start)
