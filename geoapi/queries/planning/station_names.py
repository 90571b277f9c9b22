"""What the stations are called that an answer speaks of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import select

from geoapi.db.engine import Database
from geoapi.db.tables import district, station


async def station_names(database: Database, ids: Iterable[int]) -> dict[int, Mapping[str, Any]]:
    """Names, position, kind, hours as text and district of stations, by id; without those that are gone."""
    async with database.connection() as conn:
        rows = await conn.execute(
            select(
                station.c.id, station.c.kind_id, station.c.name_zh, station.c.name_en, station.c.lon,
                station.c.lat, station.c.hours_text, station.c.district_code,
                district.c.name_zh.label("district_zh"), district.c.name_en.label("district_en"),
            )
            .outerjoin(district, district.c.code == station.c.district_code)
            .where(station.c.id.in_(sorted(set(ids))))
        )  # fmt: skip
        return {row["id"]: dict(row) for row in rows.mappings()}
