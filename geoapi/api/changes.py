"""How routes change something: one transaction, made at most once for an Idempotency-Key, then answered."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Request, Response
from psycopg import Connection

from geoapi.accounts.permissions import Caller
from geoapi.api.answers import json_answer
from geoapi.api.caller import ByWhom, SignedIn
from geoapi.api.dependencies import Service, ServiceDep
from geoapi.editing.transaction import Answered, By, Repeatable, changing, once
from geoapi.errors import InvalidInput, VersionNeeded, Words

IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        description="重发时带同一个键，只生效一次 · send the same key with a repeat: one effect, one answer",
        examples=["6f1c1f0e-2f64-4f0c-9d3c-0d5d0f5a7e11"],
    ),
]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        description="所依据的版本(站点的 ETag)· the version it was made of: the station's ETag",
        examples=['"1"'],
    ),
]
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
_ETAG = re.compile(r'"(\d{1,9})(?:-[0-9a-f]+)?"')


async def change(
    request: Request,
    service: Service,
    by: By,
    action: str,
    work: Callable[[Connection], Answered],
    *,
    reason: str | None = None,
    patience_s: float | None = None,
) -> Response:
    """Do `work` and answer with what it came to, once it is committed.

    `action` is what history calls it (`geoapi.editing.actions`). A POST with an Idempotency-Key that was done
    before is answered as before, with `Idempotency-Replayed: true`.
    """
    repeatable = await repeatable_of(request) if request.method == "POST" else None
    horizon_days = service.settings.schedule.horizon_days

    def transact(conn: Connection) -> tuple[Answered, bool]:
        def once_inside() -> Answered:
            with changing(conn, by, action, reason=reason, horizon_days=horizon_days):
                return work(conn)

        return once(conn, repeatable, once_inside)

    answered, replayed = await service.writer.run(
        transact, whose=by.caller.account_id if by.caller else by.address, patience_s=patience_s
    )
    headers = {"Cache-Control": "no-store", **answered.headers}
    if replayed:
        headers["Idempotency-Replayed"] = "true"
    if answered.status == 204:
        return Response(status_code=204, headers=headers)
    return json_answer(answered.body, status_code=answered.status, headers=headers)


@dataclass(frozen=True)
class Changing:
    """The request of somebody signed in who changes something: `await changing("retire", work)`."""

    request: Request
    service: Service
    by: By
    caller: Caller

    async def __call__(
        self,
        action: str,
        work: Callable[[Connection], Answered],
        *,
        reason: str | None = None,
        patience_s: float | None = None,
    ) -> Response:
        """`change` for this request."""
        return await change(
            self.request, self.service, self.by, action, work, reason=reason, patience_s=patience_s
        )


async def _changing(request: Request, service: ServiceDep, by: ByWhom, caller: SignedIn) -> Changing:
    return Changing(request, service, by, caller)


async def _posting(
    changing: Annotated[Changing, Depends(_changing)], idempotency_key: IdempotencyKey = None
) -> Changing:
    # read where the answer is kept; here it is only for the document
    return changing


Change = Annotated[Changing, Depends(_changing)]
"""A PATCH or DELETE, which may be sent again as it is."""
Post = Annotated[Changing, Depends(_posting)]
"""A POST, which takes an Idempotency-Key."""


async def repeatable_of(request: Request) -> Repeatable | None:
    """The request as one that may be sent again, where it has an Idempotency-Key."""
    key = request.headers.get("idempotency-key")
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidInput(
            Words("须为 1 至 255 个可见 ASCII 字符", "must be 1 to 255 visible ASCII characters"),
            field="Idempotency-Key",
            mend=Words("例如 UUID", "a UUID, for example"),
        )
    # whose it is: the same key of somebody else is another key
    token = request.headers.get("authorization") or request.headers.get("cookie") or ""
    whose, body = token.encode(), await request.body()
    asked = b"\0".join(
        (
            # a body may hold a password: without the key nobody tries one against what is kept
            whose,
            key.encode(),
            request.url.path.encode(),
            request.url.query.encode(),
            request.headers.get("if-match", "").encode(),
            body,
        )
    )
    return Repeatable(
        key_sha256=hashlib.sha256(b"\0".join((whose, key.encode()))).digest(),
        request_sha256=hashlib.sha256(asked).digest(),
        secret=b"\0".join((key.encode(), whose, body)),
    )


def version_of(if_match: str | None) -> int:
    """The version that `If-Match` names; `VersionNeeded` where it names none."""
    found = _ETAG.fullmatch((if_match or "").strip().removeprefix("W/"))
    if found is None:
        raise VersionNeeded(
            Words("须用 If-Match 说明依据的版本", "If-Match must say which version the change was made of"),
            field="If-Match",
            mend=Words(
                '取站点的 ETag 原样带上，或写版本号，如 "3"',
                'send the ETag that the station was answered with, or its version: "3"',
            ),
        )
    return int(found[1])


def etag_of(version: int) -> dict[str, Any]:
    """The header that names a station's version to whoever will change it."""
    return {"ETag": f'"{version}"'}
