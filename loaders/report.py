"""What a load answers: DESIGN's JSON for scripts, tables for people."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable

from geoapi.editing.waiting_reasons import REASONS

LISTED_NEAR_DUPLICATES = 1000
"""Near-duplicates in the report; `geoapi duplicates list` shows all."""


@dataclass
class LoadReport:
    """One load. `rows` = `accepted` + `unchanged` + the sum of `quarantined` + `set_aside`.

    `set_aside` are rows of which somebody decided earlier that they are not to be loaded.
    """

    batch: str
    source: str
    file: str
    rows: int = 0
    accepted: int = 0
    unchanged: int = 0
    quarantined: dict[str, int] = field(default_factory=dict)
    set_aside: int = 0
    inserted: int = 0
    updated: int = 0
    revived: int = 0
    retired: int = 0
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    conflicts_total: int = 0
    near_duplicates: list[dict[str, Any]] = field(default_factory=list)
    near_duplicates_total: int = 0
    hours: dict[str, int] = field(default_factory=dict)
    unknown_values: dict[str, dict[str, int]] = field(default_factory=dict)
    datum: dict[str, Any] = field(default_factory=dict)
    without_district: int = 0
    synced: bool = False
    dry_run: bool = False
    seconds: float = 0.0

    @property
    def balances(self) -> bool:
        """Whether every row is accounted for."""
        told = self.accepted + self.unchanged + sum(self.quarantined.values()) + self.set_aside
        return self.rows == told

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready; the keys of DESIGN first."""
        first = (
            "batch", "rows", "accepted", "unchanged", "quarantined", "near_duplicates", "hours",
            "unknown_values", "datum",
        )  # fmt: skip
        return {name: getattr(self, name) for name in first} | {
            name: value for name, value in vars(self).items() if name not in first
        }


def _shown(value: Any) -> str:
    """A side of a conflict; of hours, what they say."""
    return repr(value["text"] if isinstance(value, dict) and "text" in value else value)


def print_report(report: LoadReport, console: Console) -> None:
    """The report for people: Chinese first, English second."""
    table = RichTable(show_header=False, box=None, padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(justify="right")
    for zh, en, number in (
        ("行数", "rows", report.rows),
        ("接受", f"accepted (new {report.inserted}, updated {report.updated})", report.accepted),
        ("未变", "unchanged", report.unchanged),
        ("待查", "quarantined", sum(report.quarantined.values())),
    ):
        table.add_row(f"{zh} {en}", str(number))
    for reason, number in sorted(report.quarantined.items(), key=lambda item: -item[1]):
        table.add_row(f"  {REASONS[reason].zh if reason in REASONS else ''} {reason}", str(number))
    for zh, en, number in (
        ("不导入（此前决定）", "set aside earlier", report.set_aside),
        ("停用", "retired", report.retired),
        ("恢复", "revived", report.revived),
        ("冲突（保留人工修改）", "conflicts (edits kept)", report.conflicts_total),
        ("疑似重复", "near-duplicates to review", report.near_duplicates_total),
        ("未归区", "kept without a district", report.without_district),
    ):
        if number:
            table.add_row(f"{zh} {en}", str(number))
    words = {"full": "时间读懂 hours understood", "partial": "部分读懂 partly", "unknown": "时间未知 unknown"}
    for certainty, number in report.hours.items():
        table.add_row(words[certainty], str(number))
    for name, values in report.unknown_values.items():
        shown = "、".join(f"{value} ×{times}" for value, times in list(values.items())[:8])
        table.add_row(f"不认识的值 unknown {name}", shown)
    if evidence := report.datum.get("evidence"):
        shown = ", ".join(f"{name} {count}" for name, count in evidence["matched"].items())
        table.add_row(
            f"坐标系 datum {report.datum['declared']}",
            f"{shown} / {evidence['comparable']} 点相符 points agree",
        )
    console.print(table)
    for conflict in report.conflicts[:20]:
        console.print(
            f"冲突 conflict: {conflict['external_id']} {conflict['field']}: "
            f"{_shown(conflict['edited'])} ≠ {_shown(conflict['imported_now'])}",
            markup=False,
        )
    for pair in report.near_duplicates[:10]:
        console.print(
            f"疑似重复 near-duplicate: {pair['name']} ~ {pair['other_name']} "
            f"({pair['similarity']:.0f} %, {pair['distance_m']:.0f} m)",
            markup=False,
        )
    if report.near_duplicates_total > 10:
        console.print("其余见 the rest: geoapi duplicates list")
    if report.dry_run:
        console.print("试运行，没有写入 dry run: nothing was kept")
    console.print(f"批次 batch {report.batch} · {report.seconds:.1f} s", highlight=False)
