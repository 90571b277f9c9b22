"""A town drawn with a ruler, to ask planners' questions about.

40.2 ┌─────────┬─────────┐
     │ nobody's│  east   │   the city is the whole box, 116.0 … 116.4 and 40.0 … 40.2
40.1 ├─────────┼─────────┤   its north-western quarter lies in no district
     │  west   │ s1 │ s2 │   two streets fill the southern half of the east
40.0 └─────────┴─────────┘
   116.0     116.2 116.3 116.4
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.db.engine import Database
from geoapi.settings import DatabaseSettings
from tests.queries.conftest import World, world

__all__ = ["world"]

T = TypeVar("T")
Spot = tuple[float, float, float, str | None]
"""lon, lat, weight and the finest district"""

BOXES = (
    ("city", None, "city", 116.0, 40.0, 116.4, 40.2),
    ("east", "city", "district", 116.2, 40.0, 116.4, 40.2),
    ("west", "city", "district", 116.0, 40.0, 116.2, 40.1),
    ("s1", "east", "street", 116.2, 40.0, 116.3, 40.1),
    ("s2", "east", "street", 116.3, 40.0, 116.4, 40.1),
)
SPOTS: tuple[Spot, ...] = (
    (116.05, 40.05, 1.0, "west"),
    (116.05, 40.15, 2.0, "city"),
    (116.25, 40.15, 4.0, "east"),
    (116.25, 40.05, 8.0, "s1"),
    (116.35, 40.05, 16.0, "s2"),
    (120.00, 40.05, 32.0, None),
)


def draw_town(conn: psycopg.Connection) -> None:
    """The city, its districts and streets; not committed."""
    for code, parent, level, *box in BOXES:
        conn.execute(
            """INSERT INTO district (code, parent_code, level, name_zh, name_en, geom, source)
               VALUES (%s, %s, %s, %s, %s, ST_Multi(ST_MakeEnvelope(%s, %s, %s, %s, 4326)), 'test')""",
            [code, parent, level, code, code, *box],
        )


def add_layer(
    conn: psycopg.Connection, code: str, spots: Iterable[Spot] = SPOTS, *, source: str = "test"
) -> None:
    """A demand layer of these points; not committed."""
    spots = list(spots)
    row = conn.execute(
        """INSERT INTO demand_layer (code, name_zh, name_en, unit_zh, unit_en, source, cell, cell_size_m,
             points, total, fingerprint)
           VALUES (%(code)s, %(code)s, %(code)s, '人', 'people', %(source)s, 'point', 100, %(points)s,
             %(total)s, %(code)s) RETURNING id""",
        {"code": code, "source": source, "points": len(spots), "total": sum(spot[2] for spot in spots)},
    ).fetchone()
    assert row is not None
    with conn.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO demand_point VALUES (%s, %s, %s, %s, %s, %s)",
            [(row[0], number, *spot) for number, spot in enumerate(spots)],
        )


def ask(url: str, question: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """The answer to a question asked in a snapshot of the database at `url`."""

    async def answer() -> T:
        database = Database(url, DatabaseSettings(pool_size=2))
        await database.open()
        try:
            async with database.snapshot(timeout_ms=60_000) as conn:
                return await question(conn)
        finally:
            await database.close()

    return asyncio.run(answer())


@pytest.fixture
def town(world: World) -> World:
    """The town with one layer of people, committed, and no stations."""
    draw_town(world.conn)
    add_layer(world.conn, "people")
    world.conn.commit()
    return world
