"""What workers' reports make an answer warn of, from now until the last of them is too old to count."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby
from typing import NamedTuple

from geoapi.queries.reports import WarningRule


class Report(NamedTuple):
    """One open report of a station."""

    kind: str
    amenity_id: int | None
    created_at: datetime
    reporter: bytes


class Step(NamedTuple):
    """Before `until`, `people` report it, and have since `since`; the steps of a warning follow in time."""

    until: datetime
    people: int
    since: datetime


def warning_steps(reports: Iterable[Report], rule: WarningRule) -> list[tuple[str, int | None, list[Step]]]:
    """The warnings of one station as (kind, amenity id, steps), in the order in which answers have them.

    A report counts for `rule.days`. Who reported is not told, nor anything of what too few report.
    """
    ordered = sorted(reports, key=lambda one: (one.kind, one.amenity_id or 0, one.created_at))
    warnings = []
    for (kind, amenity_id), of_one in groupby(ordered, key=lambda one: (one.kind, one.amenity_id)):
        counting = list(of_one)
        steps: list[Step] = []
        while (people := len({one.reporter for one in counting})) >= rule.reports:
            since = counting[0].created_at
            steps.append(Step(since + timedelta(days=rule.days), people, since))
            counting = [one for one in counting if one.created_at > since]
        if steps:
            warnings.append((kind, amenity_id, steps))
    return warnings
