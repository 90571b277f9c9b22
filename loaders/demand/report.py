"""What a demand load answers: one JSON document for scripts, tables for people."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table

EXAMPLES = 3
"""Rows shown for each reason."""

REASONS = {
    "no_coordinates": "没有坐标",
    "not_a_number": "坐标不是数字",
    "not_finite": "坐标不是有限的数",
    "out_of_range": "坐标超出范围",
    "swapped_axes": "经纬度写反",
    "zero_zero": "坐标是 0,0",
    "no_weight": "没有数值",
    "weight_not_a_number": "数值不是数字",
    "weight_not_finite": "数值不是有限的数",
    "weight_negative": "数值为负",
    "bad_cell": "不是 H3 单元",
    "other_resolution": "H3 级别与其他行不同",
    "not_in_its_cell": "坐标不在所写的单元内",
    "duplicate_cell": "单元重复",
    "duplicate_point": "位置重复",
    "duplicate_id": "编号重复",
    "duplicate_district": "区重复",
    "unknown_district": "没有这个区",
    "no_polygon": "不是面",
    "bad_polygon": "面的坐标读不了",
    "outside_districts": "不在任何一个区内",
    "bad_row": "列数与表头不符",
    "bad_text": "含无法保存的字符",
    "cell_too_long": "单元格过长",
}
"""Every reason for which a row is left out, in Chinese; the code itself is the English."""


class Tally:
    """Counts the rows of one file: `rows` = `accepted` + those refused, each with its reason."""

    def __init__(self) -> None:
        self.rows = 0
        self.reasons: Counter[str] = Counter()
        self._examples: dict[str, list[dict[str, Any]]] = {}

    @property
    def accepted(self) -> int:
        return self.rows - self.reasons.total()

    def refuse(self, row: int, reason: str, detail: str = "") -> None:
        """Count a row that cannot be used. `row` is where a person finds it in the file."""
        self.reasons[reason] += 1
        shown = self._examples.setdefault(reason, [])
        if len(shown) < EXAMPLES:
            shown.append({"row": row, "detail": detail[:200].encode("utf-8", "replace").decode()})

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "quarantined": dict(self.reasons),
            "examples": self._examples,
        }


@dataclass
class DemandReport:
    """One load of a layer. `state` is "new", "replaced" or "unchanged".

    `rows` = `accepted` + the sum of `quarantined`. `outside` are the points that are in no loaded district.
    `without_ancillary` are the areas that no ancillary point lies in; `over` tells of the ancillary file.
    """

    layer: str
    state: str
    form: str
    rows: int
    accepted: int
    quarantined: dict[str, int]
    examples: dict[str, list[dict[str, Any]]]
    points: int
    total: float
    outside: dict[str, float]
    datum: dict[str, Any]
    without_ancillary: list[str] = field(default_factory=list)
    over: dict[str, Any] | None = None
    raster: dict[str, Any] | None = None
    dry_run: bool = False
    seconds: float = 0.0

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready."""
        return dict(vars(self))


def print_demand_report(report: DemandReport, console: Console) -> None:
    """The report for people: Chinese first, English second."""
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    _counts(table, report.rows, report.accepted, report.quarantined)
    table.add_row("需求点 demand points", f"{report.points:,}")
    table.add_row("合计 total", f"{report.total:,.10g}")
    if report.outside["points"]:
        shown = f"{report.outside['points']:,} ({report.outside['total']:,.10g})"
        table.add_row("不在任何区内 in no district", shown)
    if report.over:
        table.add_row(f"辅助点 ancillary points: {report.over['name']}", "")
        _counts(table, report.over["rows"], report.over["accepted"], report.over["quarantined"])
        table.add_row("  不在任何面内 in no area", f"{report.over['unused']:,}")
    console.print(table)
    for reason, shown_rows in report.examples.items():
        for one in shown_rows:
            console.print(f"{reason}: 行 row {one['row']}  {one['detail']}", markup=False)
    if report.without_ancillary:
        names = "、".join(report.without_ancillary[:20])
        console.print(
            f"没有辅助点 no ancillary point in: {names}",
            markup=False,
        )
    states = {"new": "新增 new", "replaced": "已替换 replaced", "unchanged": "未变 unchanged"}
    if report.dry_run:
        console.print("试运行，没有写入 dry run: nothing was kept")
    console.print(
        f"图层 layer {report.layer} · {states[report.state]} · {report.seconds:.1f} s", highlight=False
    )


def _counts(table: Table, rows: int, accepted: int, quarantined: dict[str, int]) -> None:
    table.add_row("行数 rows", f"{rows:,}")
    table.add_row("接受 accepted", f"{accepted:,}")
    if quarantined:
        table.add_row("剔除 left out", f"{sum(quarantined.values()):,}")
    for reason, number in sorted(quarantined.items(), key=lambda item: (-item[1], item[0])):
        table.add_row(f"  {REASONS.get(reason, '')} {reason}", f"{number:,}")
