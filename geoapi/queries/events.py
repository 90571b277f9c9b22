"""What was done besides editing stations: sign-ins, invitations, roles, overrides, reviews."""

from __future__ import annotations

from geoapi.accounts.permissions import Act, Caller
from geoapi.db.engine import Database
from geoapi.queries.accounts import BELOW, Page, page_by_id, utc
from geoapi.queries.invitations import organisation_shape

_EVENTS = f"""
WITH RECURSIVE {BELOW}
SELECT e.id, e.at, e.account_id, e.actor, host(e.address) AS address, e.action, e.subject, e.detail,
  o.id AS organisation_id, o.code, o.level, o.name_zh, o.name_en
FROM event AS e
JOIN organisation AS o ON o.id = e.organisation_id
WHERE e.organisation_id IN (SELECT id FROM below)
  AND (%(action)s::text IS NULL OR e.action = %(action)s)
  AND (%(account)s::bigint IS NULL OR e.account_id = %(account)s OR e.subject = 'account:' || %(account)s)
  AND (%(after)s::bigint IS NULL OR e.id < %(after)s)
ORDER BY e.id DESC
LIMIT %(limit)s
"""  # noqa: S608


async def find_events(
    database: Database,
    caller: Caller,
    *,
    action: str | None,
    account_id: int | None,
    cursor: str | None,
    limit: int,
) -> Page:
    """Events at organisations whose events the caller may read, the newest first.

    `account_id`: those by this account or done to it.
    """
    reach = sorted(caller.organisations(Act.READ_EVENTS))
    rows, following = await page_by_id(
        database, _EVENTS, {"reach": reach, "action": action, "account": account_id},
        question=["events", reach, action, account_id], cursor=cursor, limit=limit,
    )  # fmt: skip
    items = [
        {
            "id": str(row["id"]),
            "at": utc(row["at"]),
            "actor": row["actor"],
            "account_id": str(row["account_id"]) if row["account_id"] is not None else None,
            "address": row["address"],
            "action": row["action"],
            "organisation": organisation_shape(row),
            "subject": row["subject"],
            "detail": row["detail"],
        }
        for row in rows
    ]
    return Page(items, following)
