"""What is planned for a station and has not taken effect."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller, require
from geoapi.db.engine import Database
from geoapi.errors import NotFound, Words

PLANNED: Final = """
SELECT p.id, p.station_id, p.effective_on, p.changes, p.reason, p.created_at, p.lapsed_at,
  a.name AS account_name
FROM planned_change AS p
JOIN account AS a ON a.id = p.account_id
WHERE p.applied_at IS NULL AND p.cancelled_at IS NULL AND p.station_id = {station}
ORDER BY p.effective_on, p.id
"""
"""What waits for a station, with SQL for its id in place of {station}."""

HOURS_TEXTS_TO_COME: Final = """
SELECT p.station_id, p.effective_on, p.changes ->> 'hours_text' AS hours_text
FROM planned_change AS p
WHERE p.station_id = ANY (%(stations)s::bigint[])
  AND p.applied_at IS NULL AND p.cancelled_at IS NULL AND p.lapsed_at IS NULL AND p.changes ? 'hours_text'
ORDER BY p.effective_on, p.id
"""
"""The texts of hours planned for stations, by day: at most questions there is none, and the look is short."""

_STATION = """
SELECT organisation_path(managing_organisation(s.organisation_id, s.district_code)) AS path, s.time_zone
FROM station AS s WHERE s.id = %s
"""


async def planned_changes(
    database: Database, caller: Caller, station_id: int
) -> tuple[list[Mapping[str, Any]], str]:
    """What waits for the station, by day, lapsed ones too (rows of `PLANNED`), and the station's time zone.

    Raises `NotFound`, `NotAllowed`.
    """
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_STATION, [station_id])
        station = await cursor.fetchone()
        if station is None:
            raise NotFound(
                Words("没有这个站点", "there is no such station"),
                field="id",
                mend=Words("编号见列表或最近站点的答复", "ids are in the answers of the list and of nearest"),
            )
        require(caller, Act.READ_HISTORY, station["path"])
        await cursor.execute(PLANNED.format(station="%s").encode(), [station_id])
        return list(await cursor.fetchall()), station["time_zone"]
