"""Where a list goes on: an opaque cursor that belongs to one question."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import orjson

from geoapi.errors import InvalidInput, Words


def make_cursor(question: Any, after: Sequence[Any]) -> str:
    """A cursor for `question` (JSON-ready) that goes on after the row with these sort values."""
    body = orjson.dumps([_digest(question), *after])
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def read_cursor(question: Any, cursor: str, types: Sequence[type]) -> list[Any]:
    """The sort values in `cursor`, of `types`. `InvalidInput` when it is damaged or another question's."""
    try:
        digest, *after = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
    except (binascii.Error, ValueError, TypeError):
        raise _bad() from None
    if digest != _digest(question) or len(after) != len(types):
        raise _bad()
    if any(not isinstance(value, type_) for value, type_ in zip(after, types, strict=True)):
        raise _bad()
    return after


def instant_in(value: str) -> datetime:
    """A time that a cursor carries; `InvalidInput` when it is none."""
    try:
        return datetime.fromisoformat(value)
    except ValueError:
        raise _bad() from None


def _digest(question: Any) -> str:
    return hashlib.sha256(orjson.dumps(question, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]


def _bad() -> InvalidInput:
    return InvalidInput(
        Words("游标无效，或属于另一个查询", "the cursor is damaged or belongs to another question"),
        field="cursor",
        mend=Words(
            "原样使用上一页的 next_cursor，其他参数不变", "use next_cursor as it came, all else unchanged"
        ),
    )
