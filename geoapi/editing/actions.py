"""What can be done to a station, in words: the `action` of each revision, and how history tells it."""

from __future__ import annotations

from typing import Final

from geoapi.errors import Words

ACTIONS: Final[dict[str, Words]] = {
    "base": Words("历史从此开始", "the history begins here"),
    "import": Words("导入", "imported"),
    "sync": Words("来源不再列出，停用", "retired: its source no longer lists it"),
    "create": Words("新建站点", "created the station"),
    "edit": Words("修改", "changed details"),
    "confirm": Words("确认信息仍然正确", "confirmed that it is still correct"),
    "close": Words("临时关闭", "closed for a time"),
    "end_closure": Words("提前结束关闭", "ended the closure early"),
    "open_extra": Words("临时加开", "opened for extra hours"),
    "end_opening": Words("取消加开", "ended the extra opening early"),
    "break": Words("设施故障", "reported an amenity out of order"),
    "repair": Words("设施恢复", "amenity works again"),
    "planned": Words("预定的修改生效", "a planned change took effect"),
    "move": Words("迁移位置", "moved it"),
    "approve_move": Words("批准迁移", "approved a move"),
    "reassign": Words("改由其他组织管理", "gave it to another organisation"),
    "retire": Words("停用站点", "retired the station"),
    "restore": Words("恢复站点", "brought the station back"),
    "resolve_conflict": Words("采用导入的值", "took the imported value"),
    "revert": Words("撤销", "undid a change"),
}
"""Every action there is; a revision by other means (SQL) reads as an edit."""
