"""Can the service answer? And for which stretch of time?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache, partial

from sqlalchemy import text

from geoapi.db.engine import Database
from geoapi.db.migrate import head_revision
from geoapi.errors import SetupNeeded, Words
from geoapi.queries.fresh import Fresh
from geoapi.schedule.window import Window

# whoever asks whether the service is well does not wait for long
PATIENCE_S = 1.0
_newest_revision = cache(head_revision)


@dataclass(frozen=True)
class Status:
    """What a database that can answer holds: stations in use, the days worked out, the latest change."""

    stations: int
    window: Window
    newest: datetime | None


async def get_status(database: Database) -> Status:
    """What the database holds.

    Raises `SetupNeeded` when it is not migrated, or opening times are not worked out for
    the present; `Unavailable` when it does not answer soon.
    """
    async with database.connection(patience_s=PATIENCE_S) as conn:
        known = await conn.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        revision = await conn.scalar(text("SELECT version_num FROM alembic_version")) if known else None
        if revision != _newest_revision():
            raise SetupNeeded(
                Words("数据库尚未迁移到此版本", "the database is not migrated to this version"),
                mend=Words("运行 geoapi migrate", "run `geoapi migrate`"),
            )
        row = (
            await conn.execute(
                text(
                    """SELECT (SELECT count(*) FROM station WHERE retired_at IS NULL) AS stations,
                              (SELECT max(updated_at) FROM station) AS newest,
                              w.starts_at, w.ends_at
                       FROM (VALUES (true)) AS one LEFT JOIN schedule_window AS w ON true"""
                )
            )
        ).one()
    if row.starts_at is None or not row.starts_at <= datetime.now(UTC) < row.ends_at:
        raise not_worked_out()
    return Status(row.stations, Window(row.starts_at, row.ends_at), row.newest)


class WindowCache(Fresh[Window]):
    """The stretch of time that has been worked out, as it was a few seconds ago at most."""

    def __init__(self, database: Database) -> None:
        super().__init__(partial(read_window, database))


async def read_window(database: Database) -> Window:
    """The window; `SetupNeeded` before opening times were first worked out."""
    async with database.connection() as conn:
        row = (await conn.execute(text("SELECT starts_at, ends_at FROM schedule_window"))).first()
    if row is None:
        raise not_worked_out()
    return Window(row[0], row[1])


def not_worked_out() -> SetupNeeded:
    """Opening times have never been worked out, or not for the present."""
    return SetupNeeded(
        Words("开放时间尚未计算", "opening times have not been worked out"),
        mend=Words("稍后再试，或运行 geoapi refresh", "try again in a moment, or run `geoapi refresh`"),
    )
