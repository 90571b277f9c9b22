"""What is asked, so that the service, pgbench and plain KNN are all asked the same."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import psycopg

from geoapi.queries.nearest import NearestQuestion, any_sql, fetch_sizes, open_parameters, open_sql
from geoapi.settings import Settings

BEIJING = ZoneInfo("Asia/Shanghai")
WEDNESDAY = 2
SPOTS = 32
# walkers stand up to so far from a station, on either axis
JITTER_DEG = 0.02
SEED = 20261122
CITY = 12_000

# what `nearest_any.sql` has to do with hours
HOURS_OF_ANY = (
    (r"coalesce\(now_\.state.*?schedule\.inputs,", "found.search, found.sphere_m, found.distance_m,"),
    (r"LEFT JOIN station_schedule.*?AS next ON true\n", ""),
)  # fmt: skip

Spot = tuple[float, float]


def next_wednesday(now: datetime) -> datetime:
    """Midnight in Beijing at the start of the next Wednesday: an ordinary day within the horizon."""
    local = now.astimezone(BEIJING)
    day = local.date() + timedelta(days=(WEDNESDAY - local.weekday() - 1) % 7 + 1)
    return datetime.combine(day, time(), BEIJING)


def spots_of(url: str) -> list[Spot]:
    """Stations drawn at random, by their WGS-84 lon/lat; the same for the same stations."""
    with psycopg.connect(url) as conn:
        everything = conn.execute("SELECT lon, lat FROM station ORDER BY id").fetchall()
    return random.Random(SEED).sample(everything, SPOTS)


@dataclass(frozen=True)
class Scenario:
    """One kind of question: stations in the database, hour of the day in Beijing, filter."""

    stations: int
    at: datetime
    microwave: bool

    @property
    def label(self) -> str:
        return f"{self.stations:,} · {self.at:%H:%M}" + (" · microwave" if self.microwave else "")

    @property
    def large(self) -> bool:
        """Whether this is the country, not the city."""
        return self.stations > CITY

    def small_twin_of(self, other: Scenario) -> bool:
        """Whether this is the same question put to the city."""
        return not self.large and (self.at, self.microwave) == (other.at, other.microwave)

    def paths(self, spots: Sequence[Spot], n: int) -> list[str]:
        """`n` questions as request targets, about random points near the spots."""
        draw = random.Random(SEED + 1)
        fixed = {"at": self.at.isoformat()} | ({"amenity": "microwave"} if self.microwave else {})
        out = []
        for _ in range(n):
            lon, lat = draw.choice(spots)
            here = {
                "lon": round(lon + draw.uniform(-JITTER_DEG, JITTER_DEG), 6),
                "lat": round(lat + draw.uniform(-JITTER_DEG, JITTER_DEG), 6),
            }
            out.append(f"/v1/stations/nearest?{urlencode(here | fixed)}")
        return out

    @cached_property
    def question(self) -> NearestQuestion:
        """What the service makes of such a request. The position is put in by pgbench."""
        settings = Settings()
        defaults, walking = settings.nearest, settings.walking
        return NearestQuestion(
            lon=0.0,
            lat=0.0,
            at=self.at,
            mode="arrival",
            kind_ids=None,
            amenity_ids=[3] if self.microwave else [],
            stay=timedelta(minutes=defaults.default_stay_minutes),
            radius_m=defaults.default_radius_m,
            limit=defaults.default_limit,
            seconds_per_metre=walking.seconds_per_metre,
        )

    @property
    def open_statement(self) -> str:
        """The service's own first statement."""
        return open_sql(next(fetch_sizes(self.question.limit)), self.microwave, False)

    @property
    def knn_statement(self) -> str:
        """Plain KNN: the nearest ten, whatever their hours, ranked and described as the service does.

        The statement of `open=any` with all that is about hours taken out.
        """
        statement = any_sql(next(fetch_sizes(self.question.limit)), False, False)
        if self.microwave:
            has = "      AND station.amenity_ids @> %(amenity_ids)s::smallint[]\n"
            statement = statement.replace("    ORDER BY station.geog", f"{has}    ORDER BY station.geog", 1)
        for part, instead in HOURS_OF_ANY:
            statement, n = re.subn(part, instead, statement, flags=re.DOTALL)
            assert n == 1, part
        return statement

    @cached_property
    def parameters(self) -> dict[str, Any]:
        return open_parameters(self.question)
