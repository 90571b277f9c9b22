"""Why a place is closed, for all of a window at once: a phone has no rules to work it out from."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from geoapi.hours import (
    Calendar,
    ClosedReason,
    HolidayPolicy,
    HoursException,
    Rules,
    RulesFrom,
    closed_reason,
    open_intervals,
)
from geoapi.schedule.window import Window

ClosedPiece = tuple[datetime, datetime, ClosedReason]


def closed_pieces(
    gaps: Sequence[tuple[datetime, datetime]],
    window: Window,
    rules: Rules | None,
    *,
    calendar: Calendar,
    zone: ZoneInfo,
    holiday_policy: HolidayPolicy | None = None,
    later: Sequence[RulesFrom] = (),
    exceptions: Sequence[HoursException] = (),
) -> list[ClosedPiece]:
    """The stretches of `gaps` (when it is closed) with another reason than "rule", in order.

    `closed_reason` is asked once for each stretch in which nothing can make its answer another: between the
    ends of exceptions, of holidays, and of the hours that a holiday would have as an ordinary day.
    """
    edges = {window.starts_at, window.ends_at}
    for exception in exceptions:
        edges |= {exception.start, exception.end}
    for day in calendar:
        if day.type != "holiday":
            continue
        midnight, following = (_midnight(day.date + timedelta(days=more), zone) for more in (0, 1))
        if midnight >= window.ends_at or following <= window.starts_at:
            continue
        ordinary = Calendar(
            one._replace(type="workday" if one.date.weekday() < 5 else "weekend") if one == day else one
            for one in calendar
        )
        edges |= {midnight, following}
        for piece in open_intervals(
            rules,
            calendar=ordinary,
            zone=zone,
            start=midnight,
            end=following,
            holiday_policy=holiday_policy,
            later=later,
        ):
            edges |= {piece.start, piece.end}
    if len(edges) == 2:
        return []
    ordered = sorted(edges)
    pieces: list[ClosedPiece] = []
    for start, end in gaps:
        cuts = [start, *(edge for edge in ordered if start < edge < end), end]
        for low, high in pairwise(cuts):
            why = closed_reason(
                low,
                rules,
                calendar=calendar,
                zone=zone,
                holiday_policy=holiday_policy,
                later=later,
                exceptions=exceptions,
            )
            if why == "rule":
                continue
            if pieces and pieces[-1][1] == low and pieces[-1][2] == why:
                pieces[-1] = (pieces[-1][0], high, why)
            else:
                pieces.append((low, high, why))
    return pieces


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
