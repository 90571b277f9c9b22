"""The nearest stations that are open when the walker gets there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from functools import cache
from importlib.resources import files
from typing import Any, Literal
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection, AsyncRawCursor
from psycopg.errors import InternalError_
from psycopg.rows import dict_row

from geoapi.db.engine import Database
from geoapi.hours import Calendar, CalendarDay, Rules, closed_reason
from geoapi.queries.notices import NOTICES_SQL, Notice
from geoapi.queries.planned import HOURS_TEXTS_TO_COME
from geoapi.queries.ranking import nearest_of
from geoapi.queries.reports import STANDARD, WarningRule
from geoapi.schedule.refresh import exceptions_of, later_of
from geoapi.schedule.slots import DAY, EPOCH, MINUTE
from geoapi.schedule.window import Window

OpenMode = Literal["arrival", "at", "any"]
# how many candidates a search is asked for; few different numbers keep statements prepared
FETCH_SIZES = (6, 12, 24, 64, 256, 1024, 4096, 16384, 65536, 1_000_000)
NAMED_VALUE = re.compile(r"%\((\w+)\)s")
# more than the answer needs, so that re-ranking on the spheroid seldom asks twice
SPARE = 2


@dataclass(frozen=True)
class NearestQuestion:
    """What is asked. `lon`/`lat` are WGS-84 degrees; ids are those of the catalog.

    `kind_ids` None: any kind. `seconds_per_metre` turns straight-line metres into seconds on foot.
    """

    lon: float
    lat: float
    at: datetime
    mode: OpenMode
    kind_ids: Sequence[int] | None
    amenity_ids: Sequence[int]
    stay: timedelta
    radius_m: float
    limit: int
    seconds_per_metre: float
    warn: WarningRule = STANDARD


@dataclass(frozen=True)
class PlaceHit:
    """One station of an answer. Times are aware; `distance_m` is metres on the WGS-84 spheroid.

    `notice` is what its manager says of a dated closure or opening in force at the moment of the question
    (on arrival, where hours count from then). `row` holds the station's columns as `sql/station_details.sql`
    names them.
    """

    state: Literal["open", "closed", "unknown"]
    reason: str
    distance_m: float
    opens_at: datetime | None
    closes_at: datetime | None
    row: Mapping[str, Any]
    notice: Notice | None = None


@dataclass(frozen=True)
class NearestAnswer:
    """Stations nearest first, ties by id. With mode "any" all are in `stations`.

    Otherwise `stations` are open for certain, `unknown_hours` may be, and `opens_next`
    is the next to open within the radius when none is open; None when none will in the
    days worked out.
    """

    stations: list[PlaceHit]
    unknown_hours: list[PlaceHit] = field(default_factory=list)
    opens_next: PlaceHit | None = None


async def nearest_places(database: Database, question: NearestQuestion, window: Window) -> NearestAnswer:
    """Answer `question`. Raises `BeyondHorizon` when it reaches outside `window`."""
    window.require(question.at, _last_moment(question))
    async with database.raw_connection() as conn:
        answer = await (_any if question.mode == "any" else _open)(conn, question, window)
        return await _with_hours_to_come(conn, answer, question.at)


def _last_moment(question: NearestQuestion) -> datetime:
    """Until when hours matter to the question: the end of the stay at the end of the longest walk."""
    if question.mode != "arrival":
        return question.at
    longest_walk = timedelta(seconds=question.radius_m * question.seconds_per_metre)
    return question.at + longest_walk + question.stay


async def _open(conn: AsyncConnection, question: NearestQuestion, window: Window) -> NearestAnswer:
    parameters = open_parameters(question)
    best = await _nearest(conn, open_sql, question, parameters, ("open", "unknown"))

    def arrival(distance_m: float) -> datetime:
        return question.at + timedelta(seconds=distance_m * parameters["seconds_per_metre"])

    sure, unknown = ([_hit(row, arrival(row["distance_m"]), window) for row in rows] for rows in best)
    if sure:
        sure = await _with_notices(conn, sure, lambda hit: arrival(hit.distance_m))
        return NearestAnswer(sure, unknown)
    following = await _rows(conn, opens_next_sql(), parameters)
    if not following:
        return NearestAnswer(sure, unknown)
    # why it is closed now; when it opens, its hours may be as always
    (opens_next,) = await _with_notices(conn, [_opening(following[0])], lambda _: question.at, of_all=True)
    return NearestAnswer(sure, unknown, opens_next)


async def _any(conn: AsyncConnection, question: NearestQuestion, window: Window) -> NearestAnswer:
    (rows,) = await _nearest(conn, any_sql, question, _common(question), (None,))
    calendars = await _calendars_around(conn, rows, question.at)
    hits = []
    for row in rows:
        if row["state"] != "closed":
            hits.append(_hit(row, question.at, window))
            continue
        inputs = row["inputs"]
        reason = closed_reason(
            question.at,
            None if inputs["rules"] is None else Rules.from_json(inputs["rules"]),
            calendar=calendars[inputs["calendar"]],
            zone=ZoneInfo(inputs["time_zone"]),
            holiday_policy=inputs["holiday_policy"],
            later=later_of(inputs),
            exceptions=exceptions_of(inputs),
        )
        hits.append(PlaceHit("closed", reason, row["distance_m"], row["starts_at"], None, row))
    return NearestAnswer(await _with_notices(conn, hits, lambda _: question.at))


async def _with_notices(
    conn: AsyncConnection,
    hits: list[PlaceHit],
    moment: Callable[[PlaceHit], datetime],
    *,
    of_all: bool = False,
) -> list[PlaceHit]:
    """The hits with what managers say of an exception at each one's moment.

    Looked up apart, and for the few hits that an exception decides only (`of_all`: for each), so that the
    answer to most questions takes no longer.
    """
    asked = [hit for hit in hits if of_all or hit.reason == "exception"]
    if not asked:
        return hits
    rows = await _rows(
        conn,
        NOTICES_SQL,
        {"stations": [hit.row["id"] for hit in asked], "moments": [moment(hit) for hit in asked]},
    )
    notices = {row["id"]: Notice(row["note_zh"], row["note_en"]) for row in rows}
    return [replace(hit, notice=notices.get(hit.row["id"])) for hit in hits]


async def _with_hours_to_come(conn: AsyncConnection, answer: NearestAnswer, at: datetime) -> NearestAnswer:
    """The answer with the text of the hours that are planned for its day, which its states go by.

    Plans begin tomorrow at the earliest: questions about now ask for nothing more.
    """
    following = answer.opens_next
    if max(at, following.opens_at or at if following else at) <= datetime.now(UTC):
        return answer
    hits = [*answer.stations, *answer.unknown_hours, *([following] if following else [])]
    rows = await _rows(conn, HOURS_TEXTS_TO_COME, {"stations": _array([hit.row["id"] for hit in hits])})
    if not rows:
        return answer

    def planned(hit: PlaceHit) -> PlaceHit:
        moment = following.opens_at or at if following is not None and hit is following else at
        day = moment.astimezone(ZoneInfo(hit.row["time_zone"])).date()
        texts = [
            row["hours_text"]
            for row in rows
            if row["station_id"] == hit.row["id"] and row["effective_on"] <= day
        ]
        return replace(hit, row={**hit.row, "hours_text": texts[-1]}) if texts else hit

    return NearestAnswer(
        [planned(hit) for hit in answer.stations],
        [planned(hit) for hit in answer.unknown_hours],
        None if following is None else planned(following),
    )


async def _nearest(
    conn: AsyncConnection,
    statement: Callable[[int, bool, bool], str],
    question: NearestQuestion,
    parameters: Mapping[str, Any],
    states: Sequence[str | None],
) -> list[list[Mapping[str, Any]]]:
    """The nearest rows of each state (None: of all), asking for more until they are certain."""
    best: list[list[Mapping[str, Any]]] = []
    for fetch in fetch_sizes(question.limit):
        rows = await _rows(conn, statement(fetch, *_shape(question)), parameters)
        ranked = [
            nearest_of(
                rows if state is None else [row for row in rows if row["state"] == state],
                fetched=fetch,
                limit=question.limit,
            )
            for state in states
        ]
        best = [some for some, _ in ranked]
        if all(certain for _, certain in ranked):
            break
    return best


def fetch_sizes(limit: int) -> Iterator[int]:
    """How many candidates to ask for, first and again and again, for an answer of `limit`."""
    return (size for size in FETCH_SIZES if size >= limit + SPARE)


def open_parameters(question: NearestQuestion) -> dict[str, Any]:
    """The values to bind in `open_sql`, as PostgreSQL writes them where that is cheaper to make."""
    arrival = question.mode == "arrival"
    return {
        **_common(question),
        **_sieve(question.at, _last_moment(question)),
        "seconds_per_metre": question.seconds_per_metre if arrival else 0.0,
        "stay": f"{question.stay.total_seconds() if arrival else 0} seconds",
    }


def _shape(question: NearestQuestion) -> tuple[bool, bool]:
    """Which statement answers: whether amenities are asked for, and whether certain kinds are."""
    return bool(question.amenity_ids), question.kind_ids is not None


def _common(question: NearestQuestion) -> dict[str, Any]:
    return {
        "here": f"SRID=4326;POINT({question.lon!r} {question.lat!r})",
        "at": question.at,
        "kind_ids": None if question.kind_ids is None else _array(question.kind_ids),
        "amenity_ids": _array(question.amenity_ids),
        "radius_m": question.radius_m,
        "warning_days": question.warn.days,
        "warning_reports": question.warn.reports,
    }


def _array(ids: Sequence[int]) -> str:
    return f"{{{','.join(map(str, ids))}}}"


def _sieve(first: datetime, last: datetime) -> dict[str, str]:
    """The UTC minutes of the day and the days that lie between two instants, both included."""
    begin, end = (first - EPOCH) // MINUTE, (last - EPOCH) // MINUTE
    day, minute = divmod(begin, DAY)
    until = minute + end - begin + 1
    if until - minute >= DAY:
        minutes = f"{{[0,{DAY})}}"
    elif until <= DAY:
        minutes = f"{{[{minute},{until})}}"
    else:
        minutes = f"{{[0,{until - DAY}),[{minute},{DAY})}}"
    return {"minutes": minutes, "days": f"[{day},{end // DAY + 1})"}


def _hit(row: Mapping[str, Any], moment: datetime, window: Window) -> PlaceHit:
    state = row["state"]
    reason = row["reason"]
    for since, why in row["parts"] or ():
        if datetime.fromisoformat(since) <= moment:
            reason = why
    known_end = state == "open" and row["ends_at"] < window.ends_at
    return PlaceHit(state, reason, row["distance_m"], None, row["ends_at"] if known_end else None, row)


def _opening(row: Mapping[str, Any]) -> PlaceHit:
    return PlaceHit("closed", row["reason"], row["distance_m"], row["starts_at"], row["ends_at"], row)


async def _calendars_around(
    conn: AsyncConnection, rows: Sequence[Mapping[str, Any]], at: datetime
) -> dict[str, Calendar]:
    """The few days around `at` of every calendar that `rows` use: why a place is closed asks no more."""
    codes = {row["inputs"]["calendar"] for row in rows if row["state"] == "closed"}
    if not codes:
        return {}
    today = at.astimezone(UTC).date()
    days: dict[str, list[CalendarDay]] = {code: [] for code in codes}
    found = await _rows(
        conn,
        """SELECT jurisdiction, day, day_type FROM calendar_day
           WHERE jurisdiction = ANY (%(codes)s) AND day BETWEEN %(first)s AND %(last)s""",
        {"codes": list(codes), "first": _shift(today, -3), "last": _shift(today, 3)},
    )
    for row in found:
        days[row["jurisdiction"]].append(CalendarDay(row["day"], row["day_type"]))
    return {code: Calendar(some) for code, some in days.items()}


def _shift(day: date, days: int) -> date:
    return day + timedelta(days=days)


async def _rows(conn: AsyncConnection, sql: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    statement, names = _numbered(sql)
    values = [parameters[name] for name in names]
    # a raw cursor spares looking for placeholders in 6 kB of text at every question
    async with AsyncRawCursor(conn, row_factory=dict_row) as cursor:
        try:
            await cursor.execute(statement, values, prepare=True, binary=True)
        except InternalError_:
            # "index returned tuples in wrong order": to PostGIS the distance of points nanometres apart
            # is 0, to its index (near lon or lat 0, 90, 180, where floats are finest) a little more.
            # Without the index's order the answer is the same, and slower.
            async with conn.transaction():
                await cursor.execute("SET LOCAL enable_indexscan = off")
                # the plan that is kept would take the index all the same
                await cursor.execute(statement, values, prepare=False, binary=True)
                return await cursor.fetchall()
        return await cursor.fetchall()


@cache
def _numbered(sql: str) -> tuple[bytes, tuple[str, ...]]:
    """The statement with PostgreSQL's own $1, $2 … for its named values, and the names in that order."""
    names = tuple(dict.fromkeys(NAMED_VALUE.findall(sql)))
    numbers = {name: f"${n}" for n, name in enumerate(names, 1)}
    return NAMED_VALUE.sub(lambda match: numbers[match[1]], sql).encode(), names


@cache
def open_sql(fetch: int, with_amenities: bool, with_kinds: bool) -> str:
    """The statement that answers "open": `fetch` candidates a state (and kind, where kinds are asked for)."""
    blocks = [
        _template(
            "nearest_in_state",
            state=state,
            holds=sql_text(f"holds_{state}").strip(),
            amenities=sql_text("has_amenities").strip() if with_amenities else "",
            fetch=fetch,
            **_kinds(with_kinds, "slot"),
        )
        for state in ("open", "unknown")
    ]
    return _template(
        "nearest_open",
        blocks="UNION ALL\n".join(blocks),
        details=sql_text("station_details"),
    )


@cache
def opens_next_sql() -> str:
    """The statement that answers what opens next, for the values of `open_sql`."""
    return _template("opens_next", details=sql_text("station_details"))


@cache
def any_sql(fetch: int, with_amenities: bool, with_kinds: bool) -> str:
    """The statement that answers whatever the hours, with `fetch` candidates, for each kind asked for."""
    amenities = (
        sql_text("has_amenities").replace("slot.station_id", "station.id").replace("slot.", "station.")
        .replace("walk.arrival", "%(at)s::timestamptz")
        if with_amenities
        else ""
    )  # fmt: skip
    return _template(
        "nearest_any",
        amenities=amenities,
        fetch=fetch,
        details=sql_text("station_details"),
        **_kinds(with_kinds, "station"),
    )


def _kinds(with_kinds: bool, table: str) -> dict[str, str]:
    """One search for all kinds, or one for each kind asked for: rare ones are not drowned by common ones."""
    if not with_kinds:
        return {"kinds": "(VALUES (NULL::smallint))", "of_kind": ""}
    # The sub-select hides how many kinds there are. Seeing that, the planner thinks a plan of their
    # own cheaper than the general one, and makes one at every execution: 2 ms for a 1 ms question.
    kinds = "unnest((SELECT %(kind_ids)s::smallint[]))"
    return {"kinds": kinds, "of_kind": f"AND {table}.kind_id = kind.id"}


def _template(name: str, **parts: Any) -> str:
    """A statement with its parts put in. Parts are our own text and numbers; values are bound."""
    sql = sql_text(name)
    for key, part in parts.items():
        sql = sql.replace("{" + key + "}", str(part))
    return sql


@cache
def sql_text(name: str) -> str:
    """One of this package's statements, or a part of one, as it is written."""
    return (files("geoapi.queries") / "sql" / f"{name}.sql").read_text(encoding="utf-8")
