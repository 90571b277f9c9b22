"""A small world to ask about: stations put in by hand, their schedule worked out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from geoapi.hours import read_hours
from geoapi.schedule import refresh

HORIZON_DAYS = 14


@dataclass
class World:
    """A database of this test module's own, emptied whenever asked."""

    url: str
    conn: psycopg.Connection
    now: datetime | None = None

    def clear(self) -> None:
        """Empty of stations and all that hangs on them."""
        self.conn.execute(
            "TRUNCATE station, revision, schedule, hours_override, stale_station, schedule_window "
            "RESTART IDENTITY CASCADE"
        )

    def add(self, lon: float, lat: float, hours: str | None = "24/7", **columns: Any) -> int:
        """A station at WGS-84 lon/lat with hours as text; further columns by name. Its id."""
        rules = read_hours(hours).rules
        values = {
            "kind_id": 1, "name_zh": "驿站", "source": "test", "lon": lon, "lat": lat, "hours_text": hours,
            "hours_rules": Jsonb(rules.to_json()) if rules is not None else None, **columns,
        }  # fmt: skip
        names = psycopg.sql.SQL(", ").join(map(psycopg.sql.Identifier, values))
        marks = psycopg.sql.SQL(", ").join(map(psycopg.sql.Placeholder, values))
        row = self.conn.execute(
            psycopg.sql.SQL("INSERT INTO station ({}) VALUES ({}) RETURNING id").format(names, marks), values
        ).fetchone()
        assert row is not None
        return int(row[0])

    def ready(self) -> None:
        """Work out the schedule and commit: questions may come."""
        refresh(self.conn, horizon_days=HORIZON_DAYS, now=self.now)
        self.conn.commit()


@pytest.fixture
def world(db_url: str) -> Iterator[World]:
    """An empty world."""
    with psycopg.connect(db_url) as conn:
        yield World(db_url, conn)
