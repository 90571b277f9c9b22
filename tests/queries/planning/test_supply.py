"""Supply: stations' states at moments are what their hours say, and whom a question counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from psycopg.types.range import TimestamptzRange
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.inputs import CLOSED, OPEN, UNKNOWN, Supply
from geoapi.geometry.boxes import Box
from geoapi.hours import Calendar, HoursException, Override, Rules, Span, open_intervals, state_at
from geoapi.queries.planning.moments import Moments, one_moment, week_of
from geoapi.queries.planning.supply import (
    STATES,
    Stations,
    read_calendars,
    read_stations,
    shared,
    supply_of,
)
from tests.queries.conftest import World
from tests.queries.planning.conftest import ask
from tests.unit.hours.strategies import calendars, rules, zones

MONDAY = date(2026, 11, 23)
MIDNIGHT = datetime(2026, 11, 22, 16, tzinfo=UTC)
"""When that Monday begins in Shanghai."""
HERE = Box(116.0, 39.0, 117.0, 40.0)


def hours_after(hours: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hours)


def quarters(draw: st.DrawFn) -> tuple[datetime, datetime]:
    """A stretch of time about the week, on quarters of an hour: on the very moments asked about, too."""
    since = draw(st.integers(-200, 168 * 4))
    return hours_after(since / 4), hours_after((since + draw(st.integers(1, 300))) / 4)


@st.composite
def schedules(draw: st.DrawFn) -> dict[str, Any]:
    """The inputs of a schedule, as the database keeps them."""
    written = draw(st.one_of(st.none(), rules()))
    exceptions = [
        [since.timestamp(), until.timestamp(), draw(st.sampled_from(["open", "closed"]))]
        for since, until in (quarters(draw) for _ in range(draw(st.integers(0, 3))))
    ]
    overrides = [
        [since.timestamp(), until.timestamp(), first, first + length]
        for since, until in (quarters(draw) for _ in range(draw(st.integers(0, 2))))
        for first, length in [(draw(st.integers(0, 47)) * 30, draw(st.integers(1, 48)) * 30)]
    ]
    return {
        "rules": None if written is None else written.to_json(),
        "holiday_policy": draw(st.sampled_from([None, "as_usual", "closed"])),
        "time_zone": draw(zones()).key,
        "calendar": draw(st.sampled_from(["AA", "BB"])),
        "exceptions": exceptions,
        "overrides": overrides,
    }


def stations_of(inputs: dict[int, dict[str, Any]], schedule: list[int]) -> Stations:
    """A station for each schedule id, all in one place."""
    number = len(schedule)
    return Stations(
        np.arange(1, number + 1), np.zeros(number), np.zeros(number), np.ones(number, dtype=np.int64),
        np.array(schedule, dtype=np.int64), np.zeros(number, dtype=np.bool_),
        np.ones(number, dtype=np.bool_), inputs, {}, None,
    )  # fmt: skip


def words(supply: Supply, moment: int) -> list[str]:
    """Each station's state at one of the moments."""
    return [STATES[state] for state in supply.states[supply.pattern, moment].tolist()]


@settings(max_examples=60)
@given(
    inputs=st.lists(schedules(), min_size=1, max_size=3),
    known=st.fixed_dictionaries({"AA": calendars(MONDAY), "BB": calendars(MONDAY)}),
    zone=st.sampled_from(["Asia/Shanghai", "Asia/Kathmandu", "America/Sao_Paulo"]),
)
def test_states_are_those_of_the_hours(
    inputs: list[dict[str, Any]], known: dict[str, Calendar], zone: str
) -> None:
    moments = week_of(MONDAY, zone)
    by_id = dict(enumerate(inputs, 1))
    # one more station of the first schedule, and one whose schedule is not worked out yet
    supply = supply_of(stations_of(by_id, [*by_id, 1, 0]), moments, known)
    found = supply.states[supply.pattern]
    for row, given_ in zip(found, inputs, strict=False):
        intervals = open_intervals(
            None if given_["rules"] is None else Rules.from_json(given_["rules"]),
            calendar=known[given_["calendar"]],
            zone=ZoneInfo(given_["time_zone"]),
            start=moments.at[0] - timedelta(hours=1),
            end=moments.at[-1] + timedelta(hours=1),
            holiday_policy=given_["holiday_policy"],
            exceptions=[HoursException(at(a), at(b), state) for a, b, state in given_["exceptions"]],
            overrides=[Override(at(a), at(b), (Span(*span),)) for a, b, *span in given_["overrides"]],
        )
        said = [state_at(intervals, moment).state for moment in moments.at]
        assert [STATES[state] for state in row.tolist()] == said
    assert (found[-2] == found[0]).all()
    assert (found[-1] == UNKNOWN).all()
    assert len(np.unique(supply.states, axis=0)) == len(supply.states) == len(set(supply.pattern.tolist()))


def at(epoch_s: float) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


@given(
    st.integers(0, 4).flatmap(
        lambda width: st.lists(st.lists(st.integers(0, 2), min_size=width, max_size=width), max_size=6)
    ),
    st.data(),
)
def test_shared_rows_say_the_same_once(rows: list[list[int]], data: st.DataObject) -> None:
    states = np.array(rows, dtype=np.uint8).reshape(len(rows), len(rows[0]) if rows else 3)
    stations = st.lists(st.integers(0, len(rows) - 1), max_size=8) if rows else st.just([])
    row = np.array(data.draw(stations), dtype=np.int64)
    index, once = shared(states, row)
    assert (once[index] == states[row]).all()
    if states.size:
        assert len({tuple(one) for one in once.tolist()}) == len(once) == len({tuple(one) for one in rows})


# read from the database -----------------------------------------------------------------------


@pytest.fixture
def sunday(world: World) -> World:
    """An empty world on the day before the Monday."""
    world.now = MIDNIGHT - timedelta(hours=10)
    return world


def supplied(
    world: World, moments: Moments, *, kinds: tuple[int, ...] = (1,), amenities: tuple[int, ...] = ()
) -> tuple[Stations, Supply]:
    """The stations of a question, and their states."""

    async def read(conn: AsyncConnection) -> tuple[Stations, Supply]:
        stations = await read_stations(conn, box=HERE, kind_ids=kinds, amenity_ids=amenities)
        names = {inputs["calendar"] for inputs in stations.schedules.values()} | {stations.calendar}
        known = await read_calendars(conn, sorted(names), moments.window)
        return stations, supply_of(stations, moments, known)

    return ask(world.url, read)


def test_an_exception_closes_its_station_this_week_alone(sunday: World) -> None:
    closed, other = (sunday.add(116.5, 39.5, "24/7") for _ in range(2))
    sunday.conn.execute(
        "INSERT INTO hours_exception (station_id, during, state) VALUES (%s, %s, 'closed')",
        [closed, TimestamptzRange(hours_after(10), hours_after(34))],
    )
    sunday.ready()
    stations, supply = supplied(sunday, week_of(MONDAY, "Asia/Shanghai"))
    assert stations.ids.tolist() == [closed, other]
    mine, others = supply.states[supply.pattern]
    assert np.flatnonzero(mine == CLOSED).tolist() == list(range(10, 34)), "and open again as it ends"
    assert (mine[np.r_[0:10, 34:168]] == OPEN).all()
    assert (others == OPEN).all()
    _, next_week = supplied(sunday, week_of(MONDAY + timedelta(days=7), "Asia/Shanghai"))
    assert (next_week.states == OPEN).all()


def test_an_exception_is_seen_as_soon_as_it_is_made(sunday: World) -> None:
    station = sunday.add(116.5, 39.5, "24/7")
    sunday.ready()
    noon = one_moment(hours_after(12), "Asia/Shanghai")
    assert words(supplied(sunday, noon)[1], 0) == ["open"]
    sunday.conn.execute(
        "INSERT INTO hours_exception (station_id, during, state) VALUES (%s, %s, 'closed')",
        [station, TimestamptzRange(hours_after(12), hours_after(13))],
    )
    sunday.ready()
    assert words(supplied(sunday, noon)[1], 0) == ["closed"]


def test_a_heat_wave_opens_the_district_longer(sunday: World) -> None:
    sunday.add(116.5, 39.5, "每天 9:00-17:00")
    sunday.add(116.5, 39.5, "每天 9:00-17:00", kind_id=2)
    sunday.conn.execute(
        """INSERT INTO hours_override (name_zh, name_en, during, kind_ids, daily_minutes)
           VALUES ('高温', 'heat wave', %s, '{1}', int4range(1020, 1320))""",
        [TimestamptzRange(hours_after(24), hours_after(48))],
    )
    sunday.ready()
    _, supply = supplied(sunday, week_of(MONDAY, "Asia/Shanghai"), kinds=(1, 2))
    care, home = (np.flatnonzero(row == OPEN) for row in supply.states[supply.pattern])
    assert home.tolist() == [24 * day + hour for day in range(7) for hour in range(9, 17)]
    assert sorted({*care.tolist()} - {*home.tolist()}) == [24 + hour for hour in range(17, 22)]


def test_a_broken_amenity_closes_its_station_while_it_is_broken_and_asked_for(sunday: World) -> None:
    broken, whole, lacking = (
        sunday.add(116.5, 39.5, hours, amenity_ids=amenities)
        for hours, amenities in (("每天 0:00-12:00", [1, 3]), ("24/7", [1, 3]), ("24/7", [1]))
    )
    for amenity, since, until in (
        (3, hours_after(2), hours_after(5)),
        (3, hours_after(30), None),
        (1, hours_after(7), hours_after(8)),
        (2, None, None),
    ):
        sunday.conn.execute(
            "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, %s, %s)",
            [broken, amenity, TimestamptzRange(since, until)],
        )
    sunday.ready()
    week = week_of(MONDAY, "Asia/Shanghai")

    def open_hours(*amenities: int) -> dict[int, list[int]]:
        stations, supply = supplied(sunday, week, amenities=amenities)
        rows = supply.states[supply.pattern]
        return {
            id_: np.flatnonzero(row[:48] == OPEN).tolist()
            for id_, row in zip(stations.ids.tolist(), rows, strict=True)
        }

    usual = [*range(12), *range(24, 36)]
    assert open_hours() == {broken: usual, whole: [*range(48)], lacking: [*range(48)]}
    assert open_hours(3) == {broken: [0, 1, *range(5, 12), *range(24, 30)], whole: [*range(48)]}
    assert open_hours(1) == {broken: [h for h in usual if h != 7], whole: [*range(48)], lacking: [*range(48)]}
    assert open_hours(1, 3)[broken] == [0, 1, 5, 6, *range(8, 12), *range(24, 30)]
    assert open_hours(2) == {}


def test_an_outage_leaves_those_of_the_same_hours_alone(sunday: World) -> None:
    first, second = (sunday.add(116.5, 39.5, "24/7", amenity_ids=[3]) for _ in range(2))
    sunday.conn.execute(
        "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, 3, %s)",
        [first, TimestamptzRange(None, None)],
    )
    sunday.ready()
    stations, supply = supplied(sunday, one_moment(MIDNIGHT, "Asia/Shanghai"), amenities=(3,))
    assert (stations.ids.tolist(), words(supply, 0)) == ([first, second], ["closed", "open"])


def test_who_is_counted(sunday: World) -> None:
    inside = sunday.add(116.5, 39.5)
    beside = sunday.add(117.4, 39.5)  # 34 km east of the box
    sunday.add(118.0, 39.5)
    sunday.add(116.5, 39.5, kind_id=3)
    retired = sunday.add(116.5, 39.5)
    unsaid = sunday.add(116.5, 39.5, None, verified_at=hours_after(-24))
    sunday.conn.execute("UPDATE station SET retired_at = now() WHERE id = %s", [retired])
    sunday.ready()
    stations, supply = supplied(sunday, one_moment(MIDNIGHT, "Asia/Shanghai"))
    assert stations.ids.tolist() == [inside, beside, unsaid]
    assert words(supply, 0) == ["open", "open", "unknown"]
    # no district was asked about, so nobody is inside one
    assert not stations.inside.any()
    assert stations.newest_change is None
    assert stations.kind.tolist() == [1, 1, 1]


def test_nobody_is_counted_where_nobody_is(sunday: World) -> None:
    sunday.ready()
    stations, supply = supplied(sunday, week_of(MONDAY, "Asia/Shanghai"))
    assert (len(supply), supply.instants) == (0, 168)
    assert (stations.zone, stations.calendar, stations.newest_change) == ("Asia/Shanghai", "CN", None)


def test_a_station_without_a_schedule_yet_is_unknown(sunday: World) -> None:
    sunday.add(116.5, 39.5)
    sunday.conn.commit()
    _, supply = supplied(sunday, one_moment(MIDNIGHT, "Asia/Shanghai"))
    assert words(supply, 0) == ["unknown"]


def test_the_clocks_are_those_of_most_stations(sunday: World) -> None:
    for _ in range(2):
        sunday.add(116.5, 39.5, "24/7", time_zone="America/Sao_Paulo", calendar="BR")
    # more schedules, but fewer stations
    sunday.add(116.5, 39.5, "24/7")
    sunday.ready()
    stations, supply = supplied(sunday, one_moment(MIDNIGHT, "Asia/Shanghai"))
    assert (stations.zone, stations.calendar) == ("America/Sao_Paulo", "BR")
    assert words(supply, 0) == ["open"] * 3
