"""Can the service answer? And for which stretch of time?"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from geoapi.db.engine import Database
from geoapi.db.migrate import head_revision
from geoapi.errors import SetupNeeded, Words
from geoapi.schedule.window import Window


@dataclass(frozen=True)
class Status:
    """What the database holds. `window` is None before the first refresh."""

    revision: str | None
    stations: int
    window: Window | None
    newest: datetime | None

    @property
    def ready(self) -> bool:
        """Whether questions can be answered: migrated, and opening times worked out."""
        return self.revision == head_revision() and self.window is not None


async def get_status(database: Database) -> Status:
    """The database's revision, number of stations in use, window and latest change."""
    async with database.connection() as conn:
        migrated = await conn.scalar(text("SELECT to_regclass('alembic_version') IS NOT NULL"))
        if not migrated:
            return Status(None, 0, None, None)
        revision = await conn.scalar(text("SELECT version_num FROM alembic_version"))
        row = (
            await conn.execute(
                text(
                    """SELECT (SELECT count(*) FROM station WHERE retired_at IS NULL),
                              (SELECT max(updated_at) FROM station),
                              w.starts_at, w.ends_at
                       FROM (VALUES (true)) AS one LEFT JOIN schedule_window AS w ON true"""
                )
            )
        ).one()
        window = Window(row[2], row[3]) if row[2] else None
        return Status(revision, row[0], window, row[1])


class WindowCache:
    """The stretch of time that has been worked out, as it was a few seconds ago at most."""

    def __init__(self, database: Database, *, fresh_for_s: float = 5.0) -> None:
        self._database = database
        self._fresh_for_s = fresh_for_s
        self._window: Window | None = None
        self._read_at = 0.0

    async def current(self) -> Window:
        """The window; `SetupNeeded` before opening times were first worked out."""
        now = time.monotonic()
        if self._window is None or now - self._read_at > self._fresh_for_s:
            async with self._database.connection() as conn:
                row = (await conn.execute(text("SELECT starts_at, ends_at FROM schedule_window"))).first()
            if row is None:
                raise SetupNeeded(
                    Words("开放时间尚未计算", "opening times have not been worked out yet"),
                    mend=Words("稍后再试", "try again in a moment"),
                )
            self._window = Window(row[0], row[1])
            self._read_at = now
        return self._window
