"""Keeps the schedule current while the service runs: after changes by others, and past midnight."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from psycopg import Connection

from geoapi.db.engine import connect
from geoapi.errors import GeoapiError
from geoapi.schedule.refresh import RefreshReport, is_current, refresh

log = logging.getLogger(__name__)


def refresh_once(url: str, *, horizon_days: int) -> RefreshReport | None:
    """Refresh in a transaction of its own; None when there was nothing to do."""
    with connect(url) as conn:
        if is_current(conn, horizon_days=horizon_days):
            return None
        return refresh(conn, horizon_days=horizon_days)


async def keep_current(
    url: str, *, horizon_days: int, every_s: float, upkeep: Callable[[Connection], None] | None = None
) -> None:
    """Refresh at once and then every `every_s` seconds, and do `upkeep` after it, until cancelled.

    A database that is away is reported once a round and tried again.
    """
    while True:
        try:
            report = await asyncio.to_thread(refresh_once, url, horizon_days=horizon_days)
            if report is not None:
                log.info("schedule refreshed: %s stations, %s schedules", report.stations, report.schedules)
            if upkeep is not None:
                await asyncio.to_thread(_with_connection, url, upkeep)
        except GeoapiError as error:
            log.warning("schedule not refreshed: %s", error.line())
        except Exception:
            log.exception("schedule not refreshed")
        await asyncio.sleep(every_s)


def _with_connection(url: str, work: Callable[[Connection], None]) -> None:
    with connect(url) as conn:
        work(conn)
