"""Pydantic's findings in words that name the mend, in both languages, without the input itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rapidfuzz import fuzz, process

from geoapi.errors import GeoapiError, Words


class Explained(NamedTuple):
    """What is wrong with a field, and what would be right."""

    message: Words
    mend: Words


class FieldError(ValueError):
    """Raised inside a pydantic validator to say both languages and the mend."""

    def __init__(self, message: Words, mend: Words) -> None:
        self.message = message
        self.mend = mend
        super().__init__(message.en)

    @classmethod
    def of(cls, error: GeoapiError) -> FieldError:
        """The same words as an error of ours."""
        return cls(error.message, error.mend or _CHECK)


_CHECK = Words("请对照 /docs 检查", "compare with /docs")
_NUMBER = Words("请给数字，例如 116.4", "give a number, for example 116.4")
_WHOLE = Words("请给整数，例如 10", "give a whole number, for example 10")
_NOT_A_NUMBER = Explained(Words("不是数字", "is not a number"), _NUMBER)
_NOT_WHOLE = Explained(Words("不是整数", "is not a whole number"), _WHOLE)
NOT_A_TIME = Explained(
    Words("不是时间", "is not a time"),
    Words("例如 2026-11-22T03:00:00+08:00", "for example 2026-11-22T03:00:00+08:00"),
)
NOT_TEXT = Explained(
    Words("含有无效字符", "holds characters that are not text"), Words("请去掉它们", "leave them out")
)

FIXED: dict[str, Explained] = {
    "missing": Explained(Words("缺少此项", "is missing"), Words("请填写", "give a value")),
    "finite_number": Explained(Words("不是有限的数", "is not a finite number"), _NUMBER),
    "float_parsing": _NOT_A_NUMBER,
    "float_type": _NOT_A_NUMBER,
    "int_parsing": _NOT_WHOLE,
    "int_type": _NOT_WHOLE,
    "int_from_float": _NOT_WHOLE,
    "int_parsing_size": Explained(Words("数字太大", "is too large a number"), _WHOLE),
    "string_type": Explained(
        Words("应为文字", "must be text"), Words("请给一段加引号的文字", "give a text in quotation marks")
    ),
    "string_unicode": NOT_TEXT,
    "timezone_aware": Explained(
        Words("时间缺少时区", "is a time without an offset"),
        Words("请写明，例如 2026-11-22T03:00:00+08:00", "give one, for example 2026-11-22T03:00:00+08:00"),
    ),
    "json_invalid": Explained(
        Words("不是有效的 JSON", "is not valid JSON"),
        Words("检查引号、逗号与括号", "check quotation marks, commas and brackets"),
    ),
    "list_type": Explained(
        Words("应为列表", "must be a list"), Words('写成 ["…", "…"]', 'write ["...", "..."]')
    ),
}
# the limit in a finding's context → what is wrong, and the mend
LIMITS: dict[str, tuple[Words, Words]] = {
    "ge": (Words("不能小于 {}", "must be at least {}"), Words("请给 {} 或更大的数", "give {} or more")),
    "gt": (Words("必须大于 {}", "must be greater than {}"), Words("请给大于 {} 的数", "give more than {}")),
    "le": (Words("不能大于 {}", "must be at most {}"), Words("请给 {} 或更小的数", "give {} or less")),
    "lt": (Words("必须小于 {}", "must be less than {}"), Words("请给小于 {} 的数", "give less than {}")),
    "max_length": (
        Words("太长，最多 {}", "is too long: at most {}"),
        Words("请缩短到 {} 以内", "shorten it to {}"),
    ),
    "min_length": (
        Words("太短，至少 {}", "is too short: at least {}"),
        Words("请填写，或去掉此项", "give a value, or leave it out altogether"),
    ),
}


def explain(fault: Mapping[str, Any], names: Sequence[str] = ()) -> Explained:
    """The words for one entry of `RequestValidationError.errors()`.

    `names` are the parameters there are: the one most like a wrong name is suggested.
    """
    kind, context = fault["type"], fault.get("ctx") or {}
    if isinstance(context.get("error"), FieldError):
        return Explained(context["error"].message, context["error"].mend)
    if kind == "extra_forbidden":
        return Explained(Words("没有这个参数", "is not a parameter here"), _right_name(fault, names))
    if kind in ("model_attributes_type", "model_type", "dict_type"):
        mend = Words(
            "写在花括号 { } 里，其中的字段见 /docs", "write it in braces { }; /docs names its fields"
        )
        if names and len(fault["loc"]) == 1:
            mend = Words(f'写成 {{"{names[0]}": …}}', f'write {{"{names[0]}": ...}}')
        return Explained(Words("应为 JSON 对象", "must be a JSON object"), mend)
    if kind == "string_pattern_mismatch":
        pattern = str(context.get("pattern", ""))
        is_id = pattern.startswith("^[1-9][0-9]")
        return Explained(
            Words("写法不对", "is not written as it should be"),
            Words('请给加引号的编号，例如 "25"', 'give an id in quotation marks, for example "25"')
            if is_id
            else Words(f"须符合 {pattern}", f"it must match {pattern}"),
        )
    if kind.startswith("datetime_"):
        return NOT_A_TIME
    if kind in ("literal_error", "enum"):
        expected = str(context.get("expected", "")).replace("'", "")
        return Explained(
            Words("不是可选的值", "is not one of the choices"),
            Words(f"可选：{expected.replace(' or ', '、').replace(', ', '、')}", f"choose one of {expected}"),
        )
    for limit, (message, mend) in LIMITS.items():
        if limit in context:
            bound = context[limit]
            return Explained(
                Words(message.zh.format(bound), message.en.format(bound)),
                Words(mend.zh.format(bound), mend.en.format(bound)),
            )
    return FIXED.get(kind, Explained(Words("无法使用", "cannot be used"), _CHECK))


def _right_name(fault: Mapping[str, Any], names: Sequence[str]) -> Words:
    asked = str(fault["loc"][-1])[:60].lower()
    alike = process.extractOne(asked, names, scorer=fuzz.ratio, score_cutoff=70)
    if alike is None and len(asked) > 2:
        # a part of the name, or more than the name: stay, language
        alike = process.extractOne(asked, names, score_cutoff=85)
    if alike:
        return Words(f"是否想用 {alike[0]}？", f"did you mean {alike[0]}?")
    if names:
        return Words(f"可用：{'、'.join(names)}", f"there are {', '.join(names)}")
    return _CHECK
