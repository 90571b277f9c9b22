"""Parameters that several routes take, with the words for what is wrong with them."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal, NoReturn

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from geoapi.errors import GeoapiError, Words
from geoapi.geometry.datums import Datum, parse_datum
from geoapi.validation_words import NOT_A_TIME, NOT_TEXT, FieldError

Lang = Literal["zh", "en"]
FIRST_YEAR, LAST_YEAR = 1970, 2100
_DATE_FIRST = re.compile(r"\d{4}-\d\d-\d\d([Tt ]|$)", re.ASCII)
_PLUS_LOST = re.compile(r"(\d{4}-\d\d-\d\d[Tt ]\d\d:\S+) (\d\d(?::?\d\d)?)", re.ASCII)


class Parameters(BaseModel):
    """Base of every request's parameters: a name that is not one of them is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _datum(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return parse_datum(value)
    except GeoapiError as error:
        raise FieldError.of(error) from None


def _codes(value: Any) -> Any:
    """`kind=a&kind=b` and `kind=a,b` are the same."""
    if isinstance(value, str):
        value = [value]
    if isinstance(value, list) and all(isinstance(part, str) for part in value):
        return [code.strip() for part in value for code in part.split(",") if code.strip()]
    return value


def _moment(value: Any) -> Any:
    """A time as text. A `+` that came as a space (it means that in a URL) is a `+` again."""
    if not isinstance(value, str):
        return value if isinstance(value, datetime) else _refuse_time()
    text = value.strip()
    # pydantic takes a bare number for seconds since 1970
    if not _DATE_FIRST.match(text):
        _refuse_time()
    return _PLUS_LOST.sub(r"\1+\2", text)


def _in_use(value: datetime) -> datetime:
    """Keep to the years that time zones are known for, and to offsets that PostgreSQL can read."""
    offset = value.utcoffset()
    if not FIRST_YEAR <= value.year <= LAST_YEAR:
        raise FieldError(
            Words(
                f"年份须在 {FIRST_YEAR} 至 {LAST_YEAR} 之间",
                f"the year must be between {FIRST_YEAR} and {LAST_YEAR}",
            ),
            Words("给一个更近的时间", "give a time nearer to now"),
        )
    if offset is None or abs(offset) > timedelta(hours=14):
        raise FieldError(
            Words("没有这样的时区", "has an offset that is in use nowhere"),
            Words("例如 +08:00", "for example +08:00"),
        )
    return value


def _refuse_time() -> NoReturn:
    raise FieldError(*NOT_A_TIME)


def _plain_text(value: Any) -> Any:
    if isinstance(value, str) and any(
        (c < " " and c not in "\t\n\r") or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in value
    ):
        raise FieldError(*NOT_TEXT)
    return value


DatumField = Annotated[
    Datum,
    BeforeValidator(_datum),
    Field(description="坐标系 · datum of coordinates in and out: wgs84, gcj02 (Amap, Tencent), bd09 (Baidu)"),
]
Codes = Annotated[list[str], BeforeValidator(_codes), Field(max_length=50)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment), AfterValidator(_in_use)]
PlainText = Annotated[str, BeforeValidator(_plain_text)]
LangField = Annotated[Lang, Field(description="答复中名称与说明的语言 · language of names and messages")]
