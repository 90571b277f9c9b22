"""What the service does by itself now and then: planned changes take effect, what is over is forgotten."""

from __future__ import annotations

import logging
from datetime import timedelta
from time import monotonic
from typing import Final

from psycopg import Connection

from geoapi.editing.planned import apply_due
from geoapi.settings import EditingSettings, ScheduleSettings

log = logging.getLogger(__name__)

FORGET_EVERY_S: Final = 3600.0


class Upkeep:
    """Called with a connection again and again; forgets once an hour only."""

    def __init__(self, editing: EditingSettings, schedule: ScheduleSettings) -> None:
        self._remembered = timedelta(hours=editing.idempotency_hours)
        self._horizon_days = schedule.horizon_days
        self._forget_next = 0.0

    def __call__(self, conn: Connection) -> None:
        due = apply_due(conn, horizon_days=self._horizon_days)
        if any(due):
            log.info("planned changes: %s took effect, %s lapsed", due.applied, due.lapsed)
        # one row a change, many a day: what sums them stays quick
        conn.execute("SELECT gather_tally()")
        conn.commit()
        if monotonic() >= self._forget_next:
            forget(conn, self._remembered)
            self._forget_next = monotonic() + FORGET_EVERY_S


def forget(conn: Connection, remembered: timedelta) -> None:
    """Delete answers kept longer than `remembered`, full buckets, and sign-ins that were never finished.

    A bucket that is full tells no more than one that is not there.
    """
    with conn.transaction():
        conn.execute("DELETE FROM idempotent_request WHERE created_at < now() - %s", [remembered])
        conn.execute("DELETE FROM rate_bucket WHERE full_at < now()")
        conn.execute("DELETE FROM oidc_flow WHERE expires_at < now()")
