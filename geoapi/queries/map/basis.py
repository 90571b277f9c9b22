"""What a tile is made of, as a short name that changes whenever it does."""

from __future__ import annotations

import bisect
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import text

from geoapi.db.engine import Database
from geoapi.queries.flights import Flights
from geoapi.queries.tally import Topic

_TALLIES: Final = text(
    """SELECT (SELECT system_identifier FROM pg_control_system()) AS cluster,
              (SELECT oid FROM pg_database WHERE datname = current_database()) AS database,
              ARRAY(
                SELECT (SELECT coalesce(sum(changes), 0) FROM change_tally WHERE topic = one)::bigint
                FROM unnest(cast(:topics AS text[])) WITH ORDINALITY AS asked (one, n) ORDER BY n
              ) AS tallies"""
)
# one statement, so that the times and the tally are of one state of the data
_TURNS: Final = text(
    """SELECT (SELECT coalesce(sum(changes), 0) FROM change_tally WHERE topic = 'stations')::bigint AS tally,
              ARRAY(
                SELECT starts_at FROM open_interval
                UNION SELECT ends_at FROM open_interval
                UNION SELECT lower(during) FROM amenity_outage WHERE NOT lower_inf(during)
                UNION SELECT upper(during) FROM amenity_outage WHERE NOT upper_inf(during)
                ORDER BY 1
              ) AS turns"""
)


async def read_basis(database: Database, *topics: Topic) -> tuple[str, dict[Topic, int]]:
    """A name for the state of these topics in this database, and their tallies, in one round trip.

    Databases made anew count from the start again: the name tells one from another.
    """
    async with database.connection() as conn:
        row = (await conn.execute(_TALLIES, {"topics": list(topics)})).one()
    tallies = dict(zip(topics, row.tallies, strict=True))
    return named(row.cluster, row.database, *row.tallies), tallies


def named(*of: object) -> str:
    """A short name, another for whatever else it is of."""
    return hashlib.sha256(repr(of).encode()).hexdigest()[:12]


class Turns:
    """The moments at which some station opens, closes or becomes uncertain, or an outage begins or ends.

    Between two of them no station's state changes, so whatever shows the states at any moment in between is
    the same. Read anew when the stations' tally changes.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._tally: int | None = None
        self._turns: Sequence[datetime] = ()
        self._flights = Flights[Sequence[datetime]]()

    async def last_before(self, at: datetime, tally: int) -> datetime | None:
        """The last turn up to `at`, which counts itself; None before the first.

        `tally` is the stations' as `read_basis` has it. Turns may be newer than it, never older.
        """
        # a map's tiles ask at once: what takes a second in a country is read once for all of them
        turns = self._turns if tally == self._tally else await self._flights.join(tally, self._read)
        found = bisect.bisect_right(turns, at)
        return turns[found - 1] if found else None

    async def _read(self) -> Sequence[datetime]:
        async with self._database.connection() as conn:
            row = (await conn.execute(_TURNS)).one()
        self._tally, self._turns = row.tally, row.turns
        return self._turns
