"""Guesses and one-time links sent again: the first one's outcome, without counting as another guess.

Passwords are checked before the transaction that `change` makes, so what was done under an Idempotency-Key
has to be found before they are, too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response

from geoapi.api.changes import change, repeatable_of
from geoapi.api.dependencies import Service
from geoapi.editing.transaction import Answered, By, Repeatable


class _NotDoneBeforeError(Exception):
    """There is no answer kept after all."""


async def attempted(
    request: Request,
    service: Service,
    by: By,
    attempt: Callable[[], Coroutine[Any, Any, Response]],
    *,
    may_be_guessed: bool = False,
) -> Response:
    """What `attempt` answers, or what it answered before under the same Idempotency-Key.

    The same request that is under way in this process shares its outcome, be it an error: it is the same
    guess. Another process that is sent it meanwhile counts it as one more.

    `may_be_guessed`: nothing but the key and what is guessed makes it the same request, so that it is made
    in full each time, and `attempt` finds what it came to before. Else whoever knows a key could guess as
    often as they like.
    """
    asked = await repeatable_of(request)
    if asked is None:
        return await attempt()
    key = asked.key_sha256 + asked.request_sha256
    under_way = service.attempts.get(key)
    shared = under_way is not None
    if under_way is None:
        under_way = asyncio.ensure_future(
            attempt() if may_be_guessed else _first_or_kept(request, service, by, asked, attempt)
        )
        service.attempts[key] = under_way
        under_way.add_done_callback(lambda _: service.attempts.pop(key, None))
    answer = await asyncio.shield(under_way)
    # an answer of each one's own: what is around the application may put headers into it
    headers = dict(answer.headers)
    if shared:
        headers["Idempotency-Replayed"] = "true"
    return Response(answer.body, answer.status_code, headers)


async def _first_or_kept(
    request: Request,
    service: Service,
    by: By,
    asked: Repeatable,
    attempt: Callable[[], Coroutine[Any, Any, Response]],
) -> Response:
    async with service.database.raw_connection() as conn:
        cursor = await conn.execute(
            # of another request, too: it is refused without being a guess
            "SELECT FROM idempotent_request WHERE key_sha256 = %s",
            [asked.key_sha256],
        )
        kept = await cursor.fetchone() is not None
    if kept:
        try:
            return await change(request, service, by, "repeat", _not_done)
        except _NotDoneBeforeError:
            # forgotten between the two looks
            pass
    return await attempt()


def _not_done(_conn: object) -> Answered:
    raise _NotDoneBeforeError
