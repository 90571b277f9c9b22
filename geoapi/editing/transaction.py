"""What every change has around it: who makes it, for the history and for PostgreSQL's own rules; the opening
times that follow from it, worked out before the commit; and the answer kept for whoever asks again."""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from cryptography.fernet import Fernet
from psycopg import Connection

from geoapi.accounts.permissions import Caller
from geoapi.errors import InvalidInput, Words
from geoapi.schedule import refresh


@dataclass(frozen=True)
class By:
    """Who changes something, and from where. `caller` None: nobody who is signed in."""

    caller: Caller | None = None
    address: str | None = None


@dataclass(frozen=True)
class Answered:
    """What a change came to: an HTTP-like status, a JSON-ready body, headers."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Repeatable:
    """A request that may be sent again with the same key, and is then answered the same without effect.

    `secret` is what only the caller has (the key itself and the session's token): the kept answer is sealed
    with it. `request_sha256` tells another request under the same key.
    """

    key_sha256: bytes
    request_sha256: bytes
    secret: bytes


def identify(conn: Connection, by: By) -> None:
    """Say for whom this transaction is, for history and for row-level security."""
    caller = by.caller
    conn.execute(
        """SELECT set_config('geoapi.account', %s, true), set_config('geoapi.actor', %s, true),
             set_config('geoapi.address', %s, true)""",
        [
            str(caller.account_id) if caller else "",
            caller.name if caller else "service",
            by.address or "",
        ],
    )


def describe(conn: Connection, action: str, reason: str | None = None) -> None:
    """Say what the next statements do and why: `action` is a word of `geoapi.editing.actions`."""
    conn.execute(
        "SELECT set_config('geoapi.action', %s, true), set_config('geoapi.reason', %s, true)",
        [action, reason or ""],
    )


@contextmanager
def changing(
    conn: Connection, by: By, action: str, *, reason: str | None = None, horizon_days: int
) -> Iterator[None]:
    """Around a change: identified and described; at the end opening times are current again.

    So whoever sees the change at all, in whichever process, sees everything that follows from it.
    """
    identify(conn, by)
    describe(conn, action, reason)
    yield
    row = conn.execute("SELECT EXISTS (SELECT FROM stale_station)").fetchone()
    if row is not None and row[0]:
        refresh(conn, horizon_days=horizon_days)


def note_event(
    conn: Connection,
    action: str,
    *,
    organisation_id: int | None = None,
    subject: str | None = None,
    **detail: Any,
) -> None:
    """Put on record what is no change of a station: an invitation, an override, a review."""
    conn.execute(
        """INSERT INTO event (account_id, action, organisation_id, subject, detail)
           VALUES (current_account(), %s, %s, %s, %s::jsonb)""",
        [action, organisation_id, subject, orjson.dumps(detail, default=str).decode()],
    )


def once(conn: Connection, request: Repeatable | None, work: Callable[[], Answered]) -> tuple[Answered, bool]:
    """What `work` answers, done at most once for a request; and whether it was done before.

    The key is taken in the same transaction as the effect: a repeat that comes meanwhile waits for the first,
    and gets its answer once it is committed. What fails keeps no key: it may be tried again. Raises
    `InvalidInput` where another request was made under the key.
    """
    if request is None:
        return work(), False
    taken = conn.execute(
        """INSERT INTO idempotent_request (key_sha256, request_sha256) VALUES (%s, %s)
           ON CONFLICT DO NOTHING""",
        [request.key_sha256, request.request_sha256],
    ).rowcount
    box = Fernet(urlsafe_b64encode(hashlib.sha256(b"geoapi answer\0" + request.secret).digest()))
    if taken:
        answered = work()
        kept = orjson.dumps([answered.status, answered.headers, answered.body], default=str)
        conn.execute(
            "UPDATE idempotent_request SET sealed = %s WHERE key_sha256 = %s",
            [box.encrypt(kept), request.key_sha256],
        )
        return answered, False
    row = conn.execute(
        "SELECT request_sha256, sealed FROM idempotent_request WHERE key_sha256 = %s", [request.key_sha256]
    ).fetchone()
    if row is None or bytes(row[0]) != request.request_sha256:
        raise InvalidInput(
            Words("这个 Idempotency-Key 已用于另一个请求", "this key was used for another request"),
            field="Idempotency-Key",
            mend=Words(
                "每个新请求换一个新的键（如 UUID）", "take a new key, such as a UUID, for every new request"
            ),
        )
    status, headers, body = orjson.loads(box.decrypt(bytes(row[1])))
    return Answered(body, status, headers), True
