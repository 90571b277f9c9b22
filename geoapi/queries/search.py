"""Stations by box, district, kind, amenity, words and time of change, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    ColumnElement,
    SmallInteger,
    and_,
    cast,
    func,
    literal,
    not_,
    or_,
    select,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.engine import Database
from geoapi.db.tables import station
from geoapi.geometry.boxes import Box
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.queries import matching
from geoapi.queries.cursors import Form, a_number, an_id, an_instant, make_cursor, read_cursor
from geoapi.queries.districts import codes_inside
from geoapi.queries.reports import STANDARD, WarningRule
from geoapi.queries.station_rows import WITH_DISTRICT, out_of_order_ids, station_columns

# more degrees than GCJ-02 or BD-09 move any point by
MOST_SHIFT_DEGREES = 0.02
# candidates for a box that is looked at one by one: few of a small box's are in it
SIFTED_AT_A_TIME = 1000


@dataclass(frozen=True)
class StationFilter:
    """Which stations. The box is in `crs`; ids are the catalog's; None or empty does not filter."""

    box: Box | None = None
    crs: Datum = Datum.WGS84
    district_code: str | None = None
    kind_ids: Sequence[int] = ()
    amenity_ids: Sequence[int] = ()
    words: str | None = None
    updated_since: datetime | None = None
    warn: WarningRule = STANDARD

    def as_json(self) -> list[Any]:
        """The filter as JSON-ready values: a cursor belongs to one of these."""
        since = self.updated_since.astimezone(UTC).isoformat() if self.updated_since else None
        box = [*self.box, self.crs] if self.box else None
        return [box, self.district_code, [*self.kind_ids], [*self.amenity_ids], self.words, since]


@dataclass(frozen=True)
class Page:
    """Rows with `station_columns`, and the cursor of the next page, None on the last."""

    rows: list[Mapping[str, Any]]
    next_cursor: str | None


@dataclass(frozen=True)
class _Order:
    """What rows are sorted by, and how a cursor's values are read back."""

    columns: tuple[ColumnElement[Any], ...]
    forms: tuple[Form, ...]


BY_ID = _Order((station.c.id,), (an_id,))
BY_CHANGE = _Order((station.c.updated_at, station.c.id), (an_instant, an_id))


async def find_stations(database: Database, asked: StationFilter, *, limit: int, cursor: str | None) -> Page:
    """A page of the stations that pass every filter, in an order that stays put between pages.

    With words: best match first (beginning of the name, within the name, anywhere; by
    likeness only when nothing matches to the letter). With `updated_since`: oldest change
    first, retired stations included, so that a copy can be kept current. Else by id.
    Raises `InvalidInput` for a cursor of another question, `UnknownCode` for a district
    that there is not.
    """
    async with database.connection() as conn:
        conditions = _conditions(asked)
        if asked.district_code is not None:
            conditions.append(station.c.district_code.in_(await codes_inside(conn, asked.district_code)))
        if asked.words is not None:
            return await _by_words(conn, asked, conditions, asked.words, limit, cursor)
        order = BY_ID if asked.updated_since is None else BY_CHANGE
        after = read_cursor(asked.as_json(), cursor, order.forms) if cursor is not None else None
        return await _page(conn, asked, conditions, order, after, limit)


async def _by_words(
    conn: AsyncConnection,
    asked: StationFilter,
    conditions: list[ColumnElement[bool]],
    words: str,
    limit: int,
    cursor: str | None,
) -> Page:
    """First what matches to the letter; only when nothing does, what is like it."""
    tokens = matching.tokens_of(words)
    if not tokens:
        return Page([], None)
    after = read_cursor(asked.as_json(), cursor, (a_number, an_id)) if cursor is not None else None
    await conn.execute(matching.LOOSEN)
    ways = [matching.to_the_letter(tokens), matching.by_likeness(tokens)]
    if after is not None:
        ways = ways[1:] if after[0] >= matching.LIKENESS_RANKS_FROM else ways[:1]
    page = Page([], None)
    for condition, rank in ways:
        order = _Order((rank, station.c.id), (a_number, an_id))
        page = await _page(conn, asked, [*conditions, condition], order, after, limit)
        if page.rows:
            break
    return page


async def _page(
    conn: AsyncConnection,
    asked: StationFilter,
    conditions: list[ColumnElement[bool]],
    order: _Order,
    after: list[Any] | None,
    limit: int,
) -> Page:
    sifted = asked.box is not None and asked.crs is not Datum.WGS84
    at_a_time = max(limit + 1, SIFTED_AT_A_TIME) if sifted else limit + 1
    statement = (
        select(
            *station_columns(func.now(), asked.warn),
            *(c.label(f"order_{i}") for i, c in enumerate(order.columns)),
        )
        .select_from(WITH_DISTRICT)
        .where(*conditions)
        .order_by(*order.columns)
        .limit(at_a_time)
    )
    rows: list[Mapping[str, Any]] = []
    while len(rows) <= limit:
        beyond = [] if after is None else [_greater(order.columns, after)]
        batch = [dict(row) for row in (await conn.execute(statement.where(*beyond))).mappings()]
        rows += [row for row in batch if _in_asked_box(row, asked)]
        if len(batch) < at_a_time:
            break
        after = _sort_values(batch[-1], order)
    if len(rows) <= limit:
        return Page(rows, None)
    return Page(rows[:limit], make_cursor(asked.as_json(), _sort_values(rows[limit - 1], order)))


def _sort_values(row: Mapping[str, Any], order: _Order) -> list[Any]:
    return [row[f"order_{i}"] for i in range(len(order.columns))]


def _greater(columns: Sequence[ColumnElement[Any]], after: Sequence[Any]) -> ColumnElement[bool]:
    values = [cast(literal(value), column.type) for column, value in zip(columns, after, strict=True)]
    return tuple_(*columns) > tuple_(*values)


def _conditions(asked: StationFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.updated_since is not None:
        conditions.append(station.c.updated_at >= asked.updated_since)
    else:
        conditions.append(station.c.retired_at.is_(None))
    if asked.box is not None:
        parts = asked.box.parts()
        if asked.crs is not Datum.WGS84:
            # all that may be in the box; `_in_asked_box` says what is
            parts = tuple(part.grown(MOST_SHIFT_DEGREES) for part in parts)
        conditions.append(or_(*map(_in_part, parts)))
    if asked.kind_ids:
        conditions.append(station.c.kind_id.in_(asked.kind_ids))
    if asked.amenity_ids:
        wanted = cast(literal(list(asked.amenity_ids), ARRAY(SmallInteger)), ARRAY(SmallInteger))
        conditions += [
            station.c.amenity_ids.bool_op("@>")(wanted),
            not_(out_of_order_ids(func.now()).bool_op("&&")(wanted)),
        ]
    return conditions


def _in_part(box: Box) -> ColumnElement[bool]:
    """The station lies in a box that does not cross the antimeridian, edges included."""
    # the expression of the index station_point, to the letter
    point = cast(station.c.geog, Geometry)
    return and_(
        point.bool_op("&&")(func.ST_MakeEnvelope(*map(float, box), 4326)),
        # && compares boxes of single precision, most of a metre wide
        station.c.lon.between(box.west, box.east),
        station.c.lat.between(box.south, box.north),
    )


def _in_asked_box(row: Mapping[str, Any], asked: StationFilter) -> bool:
    """Whether the station is in the box in the datum asked in: the box is none in any other."""
    if asked.box is None or asked.crs is Datum.WGS84:
        return True
    lon, lat = point_from_wgs84(row["lon"], row["lat"], asked.crs)
    return any(
        part.west <= lon <= part.east and part.south <= lat <= part.north for part in asked.box.parts()
    )
