"""What waits for a decision at the stations of somebody's organisations: one queue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from typing import Any, Final, Literal

from psycopg.rows import dict_row

from geoapi.accounts.permissions import Act, Caller
from geoapi.db.engine import Database
from geoapi.queries.cursors import an_instant, make_cursor, read_cursor

ItemType = Literal["move_request", "import_conflict", "near_duplicate", "planned_change"]
TYPES: Final[tuple[ItemType, ...]] = ("move_request", "import_conflict", "near_duplicate", "planned_change")


@dataclass(frozen=True)
class ReviewPage:
    """Rows of the queue: `type`, `since`, ids, the station's columns, `detail` as the type has it, and
    `path`, the organisation that the station belongs to and all above it."""

    rows: list[Mapping[str, Any]]
    next_cursor: str | None


async def review_queue(
    database: Database,
    caller: Caller,
    *,
    types: tuple[ItemType, ...],
    oldest_first: bool,
    limit: int,
    cursor: str | None,
) -> ReviewPage:
    """A page of what waits at stations that the caller sees, the newest first unless told; empty where
    nothing does. Raises `InvalidInput` for the cursor."""
    question = ["review", sorted(types), oldest_first]
    after = read_cursor(question, cursor, [an_instant, _a_type, _a_number, _a_number]) if cursor else None
    values = {
        "roots": sorted(caller.organisations(Act.SEE_STATIONS)),
        "types": list(types),
        "oldest": oldest_first,
        "goes_on": after is not None,
        **dict(zip(("since", "type", "id", "other_id"), after or [None] * 4, strict=True)),
        "limit": limit + 1,
    }
    statement = (files("geoapi.queries") / "sql" / "review_queue.sql").read_text("utf-8")
    async with database.raw_connection() as conn, conn.cursor(row_factory=dict_row) as rows:
        await rows.execute(statement.encode(), values)
        found: list[Mapping[str, Any]] = list(await rows.fetchall())
    page = found[:limit]
    next_cursor = None
    if len(found) > limit:
        last = page[-1]
        next_cursor = make_cursor(question, [last["since"], last["type"], last["id"], last["other_id"]])
    return ReviewPage(page, next_cursor)


def _a_type(value: Any) -> ItemType:
    if value not in TYPES:
        raise ValueError
    return value  # type: ignore[no-any-return]


def _a_number(value: Any) -> int:
    if type(value) is not int or not 0 <= value < 2**63:
        raise ValueError
    return value
