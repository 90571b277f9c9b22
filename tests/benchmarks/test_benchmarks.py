"""The benchmark's statements work, and questions keep to the general plan. Nothing is timed."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime

import psycopg
import pytest

from geoapi.db.engine import Database
from geoapi.queries.nearest import NearestQuestion, nearest_places
from geoapi.schedule import window_at
from geoapi.settings import DatabaseSettings
from tests.benchmarks.pgbench import script
from tests.benchmarks.questions import BEIJING, Scenario, next_wednesday

NOW = datetime.now(UTC)
NIGHT = Scenario(12_000, next_wednesday(NOW).replace(hour=3), microwave=True)


def test_the_day_asked_about_is_a_wednesday_to_come() -> None:
    day = next_wednesday(NOW)
    assert (day.isoweekday(), day.hour, day.tzinfo) == (3, 0, BEIJING)
    assert 0 < (day - NOW).total_seconds() <= 7 * 24 * 3600


@pytest.mark.parametrize("microwave", [False, True])
def test_statements_run(conn: psycopg.Connection, microwave: bool) -> None:
    scenario = replace(NIGHT, microwave=microwave)
    for statement in (scenario.open_statement, scenario.knn_statement):
        values = scenario.parameters | {"here": "SRID=4326;POINT(116.4 39.9)"}
        assert conn.execute(statement.encode(), values).fetchall() == []
        written = script(statement, (116.4, 39.9))
        assert "%(" not in written
        assert written.count(";") == 1


@pytest.mark.parametrize("kind_ids", [None, [1], [1, 2, 3]])
@pytest.mark.parametrize("amenity_ids", [[], [3]])
def test_questions_keep_to_the_general_plan(
    db_url: str, kind_ids: list[int] | None, amenity_ids: list[int]
) -> None:
    """A plan of its own for every question costs more than the question."""
    question = replace(NIGHT.question, kind_ids=kind_ids, amenity_ids=amenity_ids)
    plans = asyncio.run(_plans_after(db_url, question, times=10))
    # PostgreSQL tries five plans of their own first
    assert plans == [(5, 5)]


async def _plans_after(url: str, question: NearestQuestion, *, times: int) -> list[tuple[int, int]]:
    """How often the main statement had a plan of its own, and the general one."""
    database = Database(url, DatabaseSettings(pool_size=1))
    await database.open()
    try:
        for number in range(times):
            await nearest_places(database, replace(question, lon=116.4 + number / 1000), window_at(NOW, 14))
        async with database.raw_connection() as conn:
            found = await conn.execute(
                """SELECT custom_plans, generic_plans FROM pg_prepared_statements
                   WHERE statement LIKE '%UNION ALL%station_slot%'"""
            )
            return await found.fetchall()
    finally:
        await database.close()
