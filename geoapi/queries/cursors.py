"""Where a list goes on: an opaque cursor that belongs to one question."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson

from geoapi.errors import InvalidInput, Words

# a sort value as a cursor carries it → as the database compares it; ValueError when it is none
Form = Callable[[Any], Any]


def make_cursor(question: Any, after: Sequence[Any]) -> str:
    """A cursor for `question` (JSON-ready) that goes on after the row with these sort values."""
    body = orjson.dumps([_digest(question), *after])
    return base64.urlsafe_b64encode(body).rstrip(b"=").decode()


def read_cursor(question: Any, cursor: str, forms: Sequence[Form]) -> list[Any]:
    """The sort values in `cursor`, one for each form.

    Anybody can write a cursor, so every value is looked at. Raises `InvalidInput` when
    it is damaged or another question's.
    """
    try:
        digest, *after = orjson.loads(base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)))
        if digest == _digest(question):
            return [form(value) for form, value in zip(forms, after, strict=True)]
    except (ValueError, TypeError, OverflowError):
        pass
    raise InvalidInput(
        Words("游标无效，或属于另一个查询", "the cursor is damaged or belongs to another question"),
        field="cursor",
        mend=Words(
            "原样使用上一页的 next_cursor，其他参数不变", "use next_cursor as it came, all else unchanged"
        ),
    ) from None


def an_id(value: Any) -> int:
    """A row's id."""
    if type(value) is not int or not 0 < value < 2**63:
        raise ValueError
    return value


def an_instant(value: Any) -> datetime:
    """A time with an offset, in UTC."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError
    return moment.astimezone(UTC)


def a_number(value: Any) -> float:
    """A small number."""
    if type(value) is not float or not abs(value) < 1e6:
        raise ValueError
    return value


def _digest(question: Any) -> str:
    return hashlib.sha256(orjson.dumps(question, option=orjson.OPT_SORT_KEYS)).hexdigest()[:12]
