"""Why a row of an import waits, in words, and what its administrator can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from geoapi.errors import Words

REASONS: Final[Mapping[str, Words]] = {
    "no_coordinates": Words("没有坐标", "No coordinates"),
    "not_a_number": Words("坐标不是数字", "Coordinates are no numbers"),
    "not_finite": Words("坐标不是有限的数", "Coordinates are no finite numbers"),
    "out_of_range": Words("坐标超出范围", "Coordinates nowhere on earth"),
    "swapped_axes": Words("经纬度写反", "Longitude and latitude exchanged"),
    "zero_zero": Words("坐标是 0,0", "Coordinates are 0,0"),
    "outside_districts": Words("不在任何一个区内", "In none of the districts"),
    "duplicate_id": Words("编号重复", "Id of another row"),
    "no_id": Words("没有编号", "No id"),
    "no_name": Words("没有名称", "No name"),
    "unknown_kind": Words("类别不认识", "Kind not known"),
    "there_is_none": Words("注明没有此设施", "Says that there is none"),
    "unknown_whether_there": Words("未注明有没有", "Does not say whether there is one"),
    "bad_row": Words("列数与表头不符", "More or fewer cells than the header"),
    "bad_text": Words("含无法保存的字符", "Characters that cannot be kept"),
    "cell_too_long": Words("单元格过长", "A cell is too long"),
}
"""Every reason there is."""

_PLACE = Words("填写正确的坐标", "enter the right coordinates")
MENDS: Final[Mapping[str, Words]] = {
    "no_coordinates": Words("填写经度与纬度", "enter longitude and latitude"),
    "not_a_number": Words("坐标只写数字，例如 116.4074", "write numbers only, such as 116.4074"),
    "not_finite": _PLACE,
    "out_of_range": _PLACE,
    "swapped_axes": Words("对调经度与纬度", "exchange longitude and latitude"),
    "zero_zero": _PLACE,
    "outside_districts": Words(
        "核对坐标；若确在区外，不予导入", "check the coordinates; if it does lie outside, set it aside"
    ),
    "duplicate_id": Words(
        "若是另一处，换一个编号；若是同一处，不予导入",
        "give it an id of its own where it is another place; set it aside where it is the same",
    ),
    "no_id": Words("填写来源的编号", "enter the id that its source uses"),
    "no_name": Words("填写名称", "enter a name"),
    "unknown_kind": Words(
        "换成认识的类别；成批出现时，应补充映射", "choose a kind; where many say so, mend the mapping"
    ),
    "there_is_none": Words("若确实没有，不予导入", "set it aside where there is none indeed"),
    "unknown_whether_there": Words("核实后填写有或无", "find out, and enter whether there is one"),
    "bad_row": Words("把内容填回各列", "put each text into its column"),
    "bad_text": Words("重新填写带 ␀ 或 � 的单元格", "write the cells with ␀ or � anew"),
    "cell_too_long": Words("缩短过长的单元格", "shorten the cell that is too long"),
}
"""What to do about each."""


def reason_words(code: str) -> Words:
    """The reason in words; the code itself where nobody has written any."""
    return REASONS.get(code, Words(code, code))
