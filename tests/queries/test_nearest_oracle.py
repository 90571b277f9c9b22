"""Nearest-open against brute force: every station, every interval, every distance, one by one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pyproj
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from psycopg.types.range import TimestamptzRange

from geoapi.db.engine import Database
from geoapi.hours import Calendar, CalendarDay, HoursException, Interval, open_intervals, read_hours
from geoapi.queries.nearest import NearestQuestion, OpenMode, nearest_places
from geoapi.schedule import window_at
from geoapi.settings import DatabaseSettings
from tests.queries.conftest import HORIZON_DAYS, World

NOW = datetime.fromisoformat("2026-09-28T12:00:00+08:00")
WINDOW = window_at(NOW, HORIZON_DAYS)
# crosses the National Day holiday and its make-up workday
TEXTS = (
    "24/7", "Mo-Su 09:00-20:00", "Tu-Su 09:00-20:00; PH open", "周一至周五 9:00-17:30", "工作日9:00-17:30",
    "每天 22:00-次日6:00", "每天 8:00-12:00 13:30-17:00", "Mo-Su 00:00-24:00; We off", None, "看情况",
)  # fmt: skip
ZONES = ("Asia/Shanghai", "America/New_York", "Pacific/Auckland", "Asia/Kathmandu")
# the same point often, exact mirror images, poles, both sides of the antimeridian
LONS = st.sampled_from([0.0, 116.4, 116.41, 116.39, 180.0, -180.0, 179.995, -179.995, -0.01, 0.01])
LATS = st.sampled_from([0.0, 39.9, 39.91, 39.89, 90.0, -90.0, 89.999, -89.999, 0.01])


@dataclass(frozen=True)
class Place:
    lon: float
    lat: float
    kind_id: int
    text: str | None
    zone: str
    policy: str | None
    amenities: frozenset[int]
    closed: tuple[int, int] | None
    opened: tuple[int, int] | None
    broken: tuple[int, int] | None


# minutes since the window began
hours_of_window = st.tuples(st.integers(0, 17 * 24), st.integers(1, 48)).map(
    lambda t: (t[0] * 60, (t[0] + t[1]) * 60)
)
places = st.builds(
    Place,
    lon=LONS | st.floats(-180, 180),
    lat=LATS | st.floats(-90, 90),
    kind_id=st.integers(1, 4),
    text=st.sampled_from(TEXTS),
    zone=st.sampled_from(ZONES),
    policy=st.sampled_from([None, "as_usual", "closed"]),
    amenities=st.frozensets(st.integers(1, 3)),
    closed=st.none() | hours_of_window,
    opened=st.none() | hours_of_window,
    broken=st.none() | hours_of_window,
)
modes: st.SearchStrategy[OpenMode] = st.sampled_from(["arrival", "at"])
questions = st.builds(
    NearestQuestion,
    lon=LONS,
    lat=LATS,
    # beyond the horizon there is no answer: the last day is left for the longest walk
    at=st.integers(0, 15 * 24 * 4).map(lambda n: WINDOW.starts_at + timedelta(minutes=15 * n)),
    mode=modes,
    kind_ids=st.sampled_from([None, [1, 2, 3, 4], [1], [2, 3], [4]]),
    amenity_ids=st.sampled_from([[], [1], [1, 2]]),
    stay=st.sampled_from([0, 15, 90, 1440]).map(lambda m: timedelta(minutes=m)),
    radius_m=st.sampled_from([1.0, 2_000.0, 50_000.0]),
    limit=st.sampled_from([1, 3, 50]),
    seconds_per_metre=st.sampled_from([0.0, 1.0, 1.3 / 1.2]),
)


def minute(n: int) -> datetime:
    return WINDOW.starts_at + timedelta(minutes=n)


def build(world: World, some: list[Place]) -> Calendar:
    """Put the places into the database and return the calendar it went by."""
    world.clear()
    world.now = NOW
    for place in some:
        id_ = world.add(
            place.lon, place.lat, place.text, kind_id=place.kind_id, time_zone=place.zone,
            holiday_policy=place.policy, amenity_ids=sorted(place.amenities),
        )  # fmt: skip
        for span, state in ((place.opened, "open"), (place.closed, "closed")):
            if span:
                world.conn.execute(
                    "INSERT INTO hours_exception (station_id, during, state) VALUES (%s, %s, %s)",
                    [id_, TimestamptzRange(minute(span[0]), minute(span[1])), state],
                )
        if place.broken:
            world.conn.execute(
                "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, 1, %s)",
                [id_, TimestamptzRange(minute(place.broken[0]), minute(place.broken[1]))],
            )
    world.ready()
    rows = world.conn.execute("SELECT day, day_type FROM calendar_day WHERE jurisdiction = 'CN'")
    return Calendar(CalendarDay(day, type_) for day, type_ in rows)


def intervals_of(place: Place, calendar: Calendar) -> list[Interval]:
    exceptions = [
        HoursException(minute(span[0]), minute(span[1]), state)
        for span, state in ((place.opened, "open"), (place.closed, "closed"))
        if span
    ]
    return open_intervals(
        read_hours(place.text).rules, calendar=calendar, zone=ZoneInfo(place.zone), start=WINDOW.starts_at,
        end=WINDOW.ends_at, holiday_policy=place.policy, exceptions=exceptions,  # type: ignore[arg-type]
    )  # fmt: skip


def covered(intervals: list[Interval], start: datetime, end: datetime) -> bool:
    """Whether [start, end], or the instant when they are equal, lies in the union of the intervals."""
    at = start
    for interval in sorted(intervals, key=lambda one: one.start):
        if interval.start <= at < interval.end:
            at = interval.end
            if at >= end:
                return True
    return False


def expected(
    some: list[Place], q: NearestQuestion, distances: list[float], calendar: Calendar
) -> tuple[list[int], list[int], int | None]:
    """Ids of the open ones and of the unknown ones in order, and of the one that opens next."""
    sure, unsure, following = [], [], []
    for id_, (place, distance) in enumerate(zip(some, distances, strict=True), 1):
        if (q.kind_ids is not None and place.kind_id not in q.kind_ids) or distance > q.radius_m:
            continue
        walk = distance * q.seconds_per_metre if q.mode == "arrival" else 0.0
        stay = q.stay if q.mode == "arrival" else timedelta(0)
        arrival = q.at + timedelta(seconds=walk)

        def working(at: datetime, place: Place = place) -> bool:
            broken = place.broken and minute(place.broken[0]) <= at < minute(place.broken[1])
            return set(q.amenity_ids) <= place.amenities - ({1} if broken else set())

        intervals = intervals_of(place, calendar)
        opened = [one for one in intervals if one.state == "open"]
        if working(arrival):
            if covered(opened, arrival, arrival + stay):
                sure.append((distance, id_))
            elif covered(intervals, arrival, arrival + stay):
                unsure.append((distance, id_))
        later = [
            (one.start, distance, id_)
            for one in opened
            if one.start > arrival and one.end - one.start >= stay and working(one.start)
        ]
        following += later[:1]
    nxt = min(following)[2] if following and not sure else None
    return (
        [id_ for _, id_ in sorted(sure)][: q.limit],
        [id_ for _, id_ in sorted(unsure)][: q.limit],
        nxt,
    )


async def ask(url: str, question: NearestQuestion) -> tuple[list[int], list[int], int | None]:
    database = Database(url, DatabaseSettings(pool_size=1))
    await database.open()
    try:
        answer = await nearest_places(database, question, WINDOW)
    finally:
        await database.close()
    return (
        [hit.row["id"] for hit in answer.stations],
        [hit.row["id"] for hit in answer.unknown_hours],
        answer.opens_next.row["id"] if answer.opens_next else None,
    )


PLAIN = NearestQuestion(
    116.4, 39.9, NOW.astimezone(UTC), "arrival", [1], [], timedelta(minutes=15), 50_000.0, 3, 1.0
)
HERE = Place(116.4, 39.9, 1, "24/7", "Asia/Shanghai", None, frozenset(), None, None, None)


@given(some=st.lists(places, max_size=12), question=questions)
@example(some=[HERE] * 40, question=PLAIN)  # more exact ties than one fetch holds
@settings(
    max_examples=120,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_nearest_is_what_brute_force_finds(
    world: World, some: list[Place], question: NearestQuestion
) -> None:
    calendar = build(world, some)
    rows = world.conn.execute(
        """SELECT id, ST_Distance(geog, ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography)
           FROM station ORDER BY id""",
        [question.lon, question.lat],
    ).fetchall()
    world.conn.commit()
    distances = [distance for _, distance in rows]
    assert asyncio.run(ask(world.url, question)) == expected(some, question, distances, calendar)
    # and the distances are those of another implementation
    geod = pyproj.Geod(ellps="WGS84")
    for place, distance in zip(some, distances, strict=True):
        _, _, metres = geod.inv(question.lon, question.lat, place.lon, place.lat)
        assert distance == pytest.approx(metres, abs=1e-3)
