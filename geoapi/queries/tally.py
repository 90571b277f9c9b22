"""How often the data has changed: what an answer that is kept is kept under."""

from __future__ import annotations

from typing import Final, Literal

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

Topic = Literal["stations", "districts", "demand", "streets"]

_SUM: Final = text("SELECT coalesce(sum(changes), 0) FROM change_tally WHERE topic = ANY (:topics)")


async def read_tally(conn: AsyncConnection, *topics: Topic) -> int:
    """The changes of these topics that the connection's snapshot sees.

    Two snapshots with equal numbers see equal data of those topics. Read it in the snapshot that the answer
    is made from, or before it: an answer may then be newer than its number, never older.
    """
    return int(await conn.scalar(_SUM, {"topics": list(topics)}) or 0)
