"""Moments and reasons as requests about dated changes have them."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, Field, PlainValidator, TypeAdapter, ValidationError, WithJsonSchema

from geoapi.api.editing.shapes import LINE, LINE_OR_NONE, Day
from geoapi.api.parameters import FIRST_YEAR, LAST_YEAR, Moment
from geoapi.errors import Words
from geoapi.validation_words import FieldError

_DATE = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_MOMENT: Final[TypeAdapter[Any]] = TypeAdapter(Moment)
_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "day": {"type": "string", "format": "date", "examples": ["2026-12-31"]},
    "moment": {"type": "string", "format": "date-time", "examples": ["2026-12-24T18:00:00+08:00"]},
}


def _in_use(day: date) -> date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise FieldError(
            Words(
                f"年份须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间",
                f"the year must be between {FIRST_YEAR} and {LAST_YEAR}",
            ),
            Words("给一个更近的日期", "give a day nearer to now"),
        )
    return day


DayField = Annotated[Day, AfterValidator(_in_use)]
_DAY: Final[TypeAdapter[Any]] = TypeAdapter(DayField)


class _When:
    """A validator of moments, days and words: those of them that a field takes."""

    def __init__(self, *words: str, days: bool) -> None:
        self.words = words
        self.days = days

    def __call__(self, value: Any) -> Any:
        if isinstance(value, str):
            if value in self.words:
                return value
            form = _DAY if self.days and _DATE.fullmatch(value) else _MOMENT
            try:
                return form.validate_python(value)
            except ValidationError as error:
                raised = error.errors()[0].get("ctx", {}).get("error")
                # of what is no time at all, the field says itself what it takes
                if isinstance(raised, FieldError) and _DATE.match(value):
                    raise raised from None
        examples = [*self.words, *(["2026-12-31"] if self.days else []), "2026-12-24T18:00:00+08:00"]
        raise FieldError(
            Words("不是日期或时间", "is no day or time")
            if self.days
            else Words("不是带时区的时间", "is no time with an offset"),
            Words("例如 " + "、".join(examples), "for example " + ", ".join(examples)),
        )

    def schema(self) -> WithJsonSchema:
        forms = [{"type": "string", "const": word} for word in self.words]
        forms += [_SCHEMAS[name] for name in (*(["day"] if self.days else []), "moment")]
        return WithJsonSchema({"anyOf": forms})


_START, _END = _When("now", days=False), _When("today", days=True)
_FIRST = _When("now", days=True)
_EXPECTED, _PLAIN = _When(days=True), _When(days=False)

StartField = Annotated[datetime | Literal["now"], PlainValidator(_START), _START.schema()]
FirstField = Annotated[datetime | date | Literal["now"], PlainValidator(_FIRST), _FIRST.schema()]
EndField = Annotated[datetime | date | Literal["today"], PlainValidator(_END), _END.schema()]
ExpectedField = Annotated[datetime | date, PlainValidator(_EXPECTED), _EXPECTED.schema()]
MomentField = Annotated[datetime, PlainValidator(_PLAIN), _PLAIN.schema()]

ShownReason = Annotated[str, LINE, Field(min_length=1, max_length=200)]
"""What workers read."""
ShownNote = Annotated[Annotated[str, Field(max_length=200)] | None, LINE_OR_NONE]
"""The same, where it may be left out."""
