"""Stations by box, district, kind, amenity, words and time of change, a page at a time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from geoalchemy2 import Geometry
from sqlalchemy import (
    REAL,
    ColumnElement,
    SmallInteger,
    and_,
    case,
    cast,
    false,
    func,
    literal,
    or_,
    select,
    true,
    tuple_,
)
from sqlalchemy.dialects.postgresql import ARRAY, array
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.engine import Database
from geoapi.db.search_text import normalise, pinyin_of
from geoapi.db.tables import amenity_outage, district, station
from geoapi.geometry.boxes import Box
from geoapi.queries.cursors import instant_in, make_cursor, read_cursor

# word_similarity from which two spellings are taken for the same word
FUZZY_FROM = 0.45


@dataclass(frozen=True)
class StationFilter:
    """Which stations. The box is WGS-84; ids are the catalog's; None or empty does not filter."""

    box: Box | None = None
    district_code: str | None = None
    kind_ids: Sequence[int] = ()
    amenity_ids: Sequence[int] = ()
    words: str | None = None
    updated_since: datetime | None = None

    def as_json(self) -> list[Any]:
        """The filter as JSON-ready values: a cursor belongs to one of these."""
        since = self.updated_since.astimezone(UTC).isoformat() if self.updated_since else None
        return [self.box, self.district_code, [*self.kind_ids], [*self.amenity_ids], self.words, since]


@dataclass(frozen=True)
class Page:
    """Rows with the columns of `STATION_COLUMNS`, and the cursor of the next page, None on the last."""

    rows: list[Mapping[str, Any]]
    next_cursor: str | None


OUT_OF_ORDER = (
    select(func.coalesce(func.array_agg(amenity_outage.c.amenity_id), cast(array([]), ARRAY(SmallInteger))))
    .where(
        amenity_outage.c.station_id == station.c.id, amenity_outage.c.during.op("@>")(func.now())
    )
    .scalar_subquery()
)  # fmt: skip
STATION_COLUMNS = (
    *(c for c in station.c if c.name not in ("geog", "search")),
    district.c.name_zh.label("district_zh"),
    district.c.name_en.label("district_en"),
    OUT_OF_ORDER.label("out_of_order_ids"),
)
WITH_DISTRICT = station.outerjoin(district, district.c.code == station.c.district_code)


async def find_stations(database: Database, asked: StationFilter, *, limit: int, cursor: str | None) -> Page:
    """A page of the stations that pass every filter, in an order that stays put between pages.

    With words: best match first (beginning of the name, within the name, anywhere; by
    likeness only when nothing matches to the letter). With `updated_since`: oldest change
    first, retired stations included, so that a copy can be kept current. Else by id.
    Raises `InvalidInput` for a cursor of another question.
    """
    async with database.connection() as conn:
        if asked.words is not None:
            return await _by_words(conn, asked, asked.words, limit, cursor)
        if asked.updated_since is not None:
            order: tuple[ColumnElement[Any], ...] = (station.c.updated_at, station.c.id)
            types: tuple[type, ...] = (str, int)
        else:
            order, types = (station.c.id,), (int,)
        after = None
        if cursor is not None:
            values = read_cursor(asked.as_json(), cursor, types)
            after = (
                station.c.id > values[0]
                if len(values) == 1
                else tuple_(*order) > tuple_(literal(instant_in(values[0])), literal(values[1]))
            )
        return await _page(conn, asked, order, after, limit)


async def _by_words(
    conn: AsyncConnection, asked: StationFilter, words: str, limit: int, cursor: str | None
) -> Page:
    """First what matches to the letter; only when nothing does, what is like it."""
    tokens = [token for token in normalise(words).split() if token]
    if not tokens:
        return Page([], None)
    name = func.split_part(station.c.search, "|", 1)
    whole = " ".join(tokens)
    exact = and_(*(_contains(token) for token in tokens))
    likeness = func.least(*(func.word_similarity(token, station.c.search) for token in tokens))
    alike = and_(*(literal(token).op("<%")(station.c.search) for token in tokens), likeness >= FUZZY_FROM)
    exact_rank = case(
        (name.startswith(whole, autoescape=True), 0.0),
        (name.contains(whole, autoescape=True), 1.0),
        else_=2.0,
    )
    ways = ((exact, cast(exact_rank, REAL)), (alike, cast(3 - likeness, REAL)))
    after: tuple[float, int] | None = None
    if cursor is not None:
        rank, id_ = read_cursor(asked.as_json(), cursor, (float, int))
        after = (rank, id_)
    for way, (condition, rank_column) in enumerate(ways):
        if after is not None and (after[0] > 2) != (way == 1):
            continue
        beyond = None
        if after is not None:
            beyond = tuple_(rank_column, station.c.id) > tuple_(
                cast(literal(after[0]), REAL), literal(after[1])
            )
        page = await _page(conn, asked, (rank_column, station.c.id), beyond, limit, condition)
        if page.rows or after is not None:
            return page
    return Page([], None)


async def _page(
    conn: AsyncConnection,
    asked: StationFilter,
    order: Sequence[ColumnElement[Any]],
    after: ColumnElement[bool] | None,
    limit: int,
    condition: ColumnElement[bool] | None = None,
) -> Page:
    statement = (
        select(*STATION_COLUMNS, *(c.label(f"order_{i}") for i, c in enumerate(order)))
        .select_from(WITH_DISTRICT)
        .where(*_conditions(asked), condition if condition is not None else true())
        .where(after if after is not None else true())
        .order_by(*order)
        .limit(limit + 1)
    )
    rows = list((await conn.execute(statement)).mappings())
    more = len(rows) > limit
    rows = rows[:limit]
    if not more:
        return Page([dict(row) for row in rows], None)
    last = [rows[-1][f"order_{i}"] for i in range(len(order))]
    return Page([dict(row) for row in rows], make_cursor(asked.as_json(), last))


def _conditions(asked: StationFilter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if asked.updated_since is not None:
        conditions.append(station.c.updated_at >= asked.updated_since)
    else:
        conditions.append(station.c.retired_at.is_(None))
    if asked.box is not None:
        conditions.append(in_box(asked.box))
    if asked.district_code is not None:
        inside = select(district.c.code).where(district.c.parent_code == asked.district_code)
        conditions.append(
            or_(station.c.district_code == asked.district_code, station.c.district_code.in_(inside))
        )
    if asked.kind_ids:
        conditions.append(station.c.kind_id.in_(asked.kind_ids))
    if asked.amenity_ids:
        wanted = cast(list(asked.amenity_ids), ARRAY(SmallInteger))
        conditions += [station.c.amenity_ids.contains(wanted), ~OUT_OF_ORDER.op("&&")(wanted)]
    return conditions


def in_box(box: Box) -> ColumnElement[bool]:
    """The station lies in the box, edges included, across the antimeridian too."""
    # the expression of the index station_point, to the letter
    point = cast(station.c.geog, Geometry)
    return or_(
        false(),
        *(point.op("&&")(func.ST_MakeEnvelope(*map(float, part), 4326)) for part in box.parts()),
    )


def _contains(token: str) -> ColumnElement[bool]:
    """`search` contains the token. Through its pinyin too: a trigram index cannot find two characters."""
    found = station.c.search.contains(token, autoescape=True)
    reading = pinyin_of(token)
    if reading != token:
        return and_(found, station.c.search.contains(reading, autoescape=True))
    return found
