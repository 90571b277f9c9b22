"""Parameters that several routes take, with the words for what is wrong with them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from geoapi.errors import GeoapiError, Words
from geoapi.geometry.datums import Datum, parse_datum
from geoapi.validation_words import FieldError

Lang = Literal["zh", "en"]


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
    """A `+` that came as a space (it means that in a URL) is a `+` again."""
    if isinstance(value, str):
        head, space, offset = value.strip().rpartition(" ")
        if space and "T" in head and offset.replace(":", "").isdigit():
            return f"{head}+{offset}"
    elif isinstance(value, (int, float)):
        raise FieldError(
            Words("不是时间", "is not a time"),
            Words("例如 2026-11-22T03:00:00+08:00", "for example 2026-11-22T03:00:00+08:00"),
        )
    return value


def _plain_text(value: Any) -> Any:
    if isinstance(value, str):
        if "\x00" in value:
            raise FieldError(Words("含有 NUL 字符", "holds a NUL character"))
        if any("\ud800" <= c <= "\udfff" for c in value):
            raise FieldError(Words("含有无效字符", "holds characters that are not text"))
    return value


DatumField = Annotated[
    Datum,
    BeforeValidator(_datum),
    Field(
        description="坐标系 · datum of coordinates in and out: wgs84, gcj02 (Amap, Tencent), bd09 (Baidu)"
    ),
]
Codes = Annotated[list[str], BeforeValidator(_codes), Field(max_length=50)]
Moment = Annotated[AwareDatetime, BeforeValidator(_moment)]
PlainText = Annotated[str, BeforeValidator(_plain_text)]
LangField = Annotated[Lang, Field(description="答复中名称与说明的语言 · language of names and messages")]
