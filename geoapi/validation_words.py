"""Pydantic's findings in words that name the mend, in both languages, without the input itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from geoapi.errors import GeoapiError, Words


class Explained(NamedTuple):
    """What is wrong with a field, and what would be right."""

    message: Words
    mend: Words | None = None


FIXED: dict[str, Explained] = {
    "missing": Explained(Words("缺少此项", "is missing"), Words("请填写", "give a value")),
    "finite_number": Explained(Words("不是有限的数", "is not a finite number")),
    "float_parsing": Explained(
        Words("不是数字", "is not a number"), Words("例如 116.4", "for example 116.4")
    ),
    "float_type": Explained(Words("不是数字", "is not a number"), Words("例如 116.4", "for example 116.4")),
    "int_parsing": Explained(Words("不是整数", "is not a whole number"), Words("例如 10", "for example 10")),
    "int_type": Explained(Words("不是整数", "is not a whole number"), Words("例如 10", "for example 10")),
    "int_from_float": Explained(
        Words("不是整数", "is not a whole number"), Words("例如 10", "for example 10")
    ),
    "int_parsing_size": Explained(Words("数字太大", "is too large a number")),
    "bool_parsing": Explained(Words("应为 true 或 false", "must be true or false")),
    "string_type": Explained(Words("应为文字", "must be text")),
    "string_unicode": Explained(Words("含有无效字符", "holds characters that are not text")),
    "timezone_aware": Explained(
        Words("时间缺少时区", "is a time without an offset"),
        Words("请写明，例如 2026-11-22T03:00:00+08:00", "give one, for example 2026-11-22T03:00:00+08:00"),
    ),
    "json_invalid": Explained(Words("不是有效的 JSON", "is not valid JSON")),
    "model_attributes_type": Explained(Words("应为 JSON 对象", "must be a JSON object")),
    "dict_type": Explained(Words("应为 JSON 对象", "must be a JSON object")),
    "list_type": Explained(Words("应为列表", "must be a list")),
}


def explain(fault: Mapping[str, Any]) -> Explained:
    """The words for one entry of `RequestValidationError.errors()`."""
    kind, context = fault["type"], fault.get("ctx") or {}
    if kind == "value_error" and isinstance(context.get("error"), FieldError):
        return Explained(context["error"].message, context["error"].mend)
    if kind == "extra_forbidden":
        return Explained(Words("没有这个参数", "is not a parameter here"))
    if kind.startswith("datetime_"):
        return Explained(
            Words("不是时间", "is not a time"),
            Words("例如 2026-11-22T03:00:00+08:00", "for example 2026-11-22T03:00:00+08:00"),
        )
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", ""))
        return Explained(
            Words("不是可选的值", "is not one of the choices"),
            Words(f"可选：{expected.replace(' or ', '、')}", f"choose one of {expected}"),
        )
    for limit, zh, en in (
        ("ge", "不能小于", "must be at least"),
        ("gt", "必须大于", "must be greater than"),
        ("le", "不能大于", "must be at most"),
        ("lt", "必须小于", "must be less than"),
    ):
        if limit in context:
            return Explained(Words(f"{zh} {context[limit]}", f"{en} {context[limit]}"))
    for limit, zh, en in (
        ("max_length", "最长", "is longer than"),
        ("min_length", "最短", "is shorter than"),
    ):
        if limit in context:
            return Explained(Words(f"{zh} {context[limit]}", f"{en} {context[limit]}"))
    return FIXED.get(kind, Explained(Words("无法使用", "cannot be used")))


class FieldError(ValueError):
    """Raised inside a pydantic validator to say both languages and the mend."""

    def __init__(self, message: Words, mend: Words | None = None) -> None:
        self.message = message
        self.mend = mend
        super().__init__(message.en)

    @classmethod
    def of(cls, error: GeoapiError) -> FieldError:
        """The same words as an error of ours."""
        return cls(error.message, error.mend)
