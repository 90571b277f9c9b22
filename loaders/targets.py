"""Targets from a small table: how many stations of a kind are planned in a district, by when, says who."""

from __future__ import annotations

import calendar
import re
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Final

from psycopg import Connection

from geoapi.errors import InvalidInput, Words
from geoapi.geometry.districts import stated_districts
from loaders.mapping import FileShape
from loaders.rows import Row
from loaders.source_file import open_table
from loaders.vocabulary import Vocabulary, read_vocabulary, word

MOST: Final = 2**31 - 1

# what sheets call the columns; as words are looked up
_HEADINGS: Final[dict[str, tuple[str, ...]]] = {
    "code": ("区划代码", "行政区划代码", "区代码", "代码", "adcode", "district_code", "code"),
    "district": ("行政区", "区", "区县", "所属区", "区域", "district", "district_name"),
    "kind": ("类别", "类型", "设施类别", "设施类型", "站点类别", "kind", "type"),
    "planned": ("计划数", "计划", "计划数量", "规划数", "目标", "目标数", "planned", "target"),
    "due": ("期限", "完成期限", "完成时间", "目标日期", "due", "deadline"),
    "source": ("来源", "依据", "出处", "source"),
}
_NAMES: Final = {
    "district": Words("区划代码或行政区", "district code or name"),
    "kind": Words("类别", "kind"),
    "planned": Words("计划数", "planned"),
}
REASONS: Final[dict[str, Words]] = {
    "bad_row": Words("行宽与表头不符", "more or fewer cells than the header"),
    "bad_text": Words("含有无法保存的字符", "characters that cannot be stored"),
    "cell_too_long": Words("单元格过长", "a cell is too long"),
    "no_district": Words("没有写行政区", "no district"),
    "unknown_district": Words("没有这个行政区", "no such district on record"),
    "two_districts": Words(
        "代码与名称不是同一个行政区，或重名", "code and name differ, or several have the name"
    ),
    "unknown_kind": Words("没有这种类别", "no such kind"),
    "bad_planned": Words("计划数不是零或正整数", "planned is no whole number from 0"),
    "bad_due": Words("看不懂期限", "due is no date"),
    "repeated": Words("同一行政区与类别出现不止一次", "the same district and kind more than once"),
}
_COUNT = re.compile(r"\d{1,3}(,\d{3}){1,3}|\d{1,10}", re.ASCII)
_DATE = re.compile(r"(\d{4})(?:[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?)?[年月日]?(?:底|末)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Target:
    """One row that can be recorded."""

    district_code: str
    kind_id: int
    planned: int
    due: date | None
    source: str


@dataclass(slots=True)
class TargetReport:
    """What became of the rows: rows = accepted + refused; accepted = inserted + updated + unchanged."""

    rows: int = 0
    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    refused: list[dict[str, Any]] = field(default_factory=list)
    """Each with the row's number, the reason and what the cells said."""

    @property
    def accepted(self) -> int:
        return self.inserted + self.updated + self.unchanged

    def as_dict(self) -> dict[str, Any]:
        return {
            "rows": self.rows,
            "accepted": self.accepted,
            "inserted": self.inserted,
            "updated": self.updated,
            "unchanged": self.unchanged,
            "refused": dict(Counter(one["reason"] for one in self.refused)),
            "refused_rows": self.refused,
        }


def load_targets(conn: Connection, path: Path) -> TargetReport:
    """Record the targets of a CSV or XLSX file, in the caller's transaction.

    A target on record for the same district and kind is replaced; others stay. Rows that cannot be read are
    refused, each with a reason, and of a district and kind that stand there twice both. Raises
    `UnreadableFile` for a file that is no table, `InvalidInput` for a header without the columns needed.
    """
    report, found = TargetReport(), list[tuple[Row, Target]]()
    districts, words = _Districts(conn), read_vocabulary(conn)
    with open_table(path, FileShape()) as table:
        columns = _columns_of(table.columns)
        for row in table.rows:
            report.rows += 1
            cells = {name: _cell(row.cells, columns.get(name)) for name in _HEADINGS}
            target = row.fault or _target(cells, districts, words, path.name)
            if isinstance(target, str):
                report.refused.append(_refusal(row, target, cells))
            else:
                found.append((row, target))
        times = Counter((target.district_code, target.kind_id) for _, target in found)
        for row, target in found:
            if times[target.district_code, target.kind_id] > 1:
                cells = {name: _cell(row.cells, columns.get(name)) for name in _HEADINGS}
                report.refused.append(_refusal(row, "repeated", cells))
            else:
                outcome = _record(conn, target)
                setattr(report, outcome, getattr(report, outcome) + 1)
    report.refused.sort(key=lambda one: int(one["row"]))
    return report


def _columns_of(header: Sequence[str]) -> dict[str, str]:
    """Field → the file's column."""
    by_word: dict[str, str] = {}
    for column in header:
        by_word.setdefault(word(column), column)
    columns = {
        name: next(by_word[one] for one in known if one in by_word)
        for name, known in _HEADINGS.items()
        if any(one in by_word for one in known)
    }
    there = columns.keys() | ({"district"} if "code" in columns else set())
    missing = [name for name in _NAMES if name not in there]
    if missing:
        zh, en = "、".join(_NAMES[one].zh for one in missing), ", ".join(_NAMES[one].en for one in missing)
        seen = [str(column)[:40] for column in header[:12]]
        raise InvalidInput(
            Words(f"表头缺少：{zh}", f"the header has no column for {en}"),
            field="FILE",
            mend=Words(
                f"第一行应有 区划代码（或 行政区）、类别、计划数；现有：{'、'.join(seen)}",
                f"the first row needs code (or district), kind, planned; it has {', '.join(seen)}",
            ),
            missing=missing,
        )
    return columns


def _cell(cells: Mapping[str, str], column: str | None) -> str:
    return unicodedata.normalize("NFKC", cells.get(column or "", "")).strip()


def _target(
    cells: Mapping[str, str], districts: _Districts, words: Vocabulary, file_name: str
) -> Target | str:
    """The target of a row, or why it is none."""
    code = districts.find(cells["code"], cells["district"])
    if code not in districts.codes:
        return code
    kind_id = words.kinds.get(word(cells["kind"]))
    if kind_id is None:
        return "unknown_kind"
    # a spreadsheet has no whole numbers: 20 may come as 20.0
    count = cells["planned"].removesuffix(".0")
    if not _COUNT.fullmatch(count) or int(count.replace(",", "")) > MOST:
        return "bad_planned"
    due = read_due(cells["due"])
    if due is None and cells["due"]:
        return "bad_due"
    return Target(code, kind_id, int(count.replace(",", "")), due, cells["source"] or file_name)


def read_due(text: str) -> date | None:
    """The day that a text means, the last of it for a month or a year alone; None when it means none."""
    match = _DATE.fullmatch(re.sub(r"\s|T?00:00(:00)?$", "", text))
    if match is None:
        return None
    with suppress(ValueError):
        year, month = int(match[1]), int(match[2] or 12)
        return date(year, month, int(match[3] or calendar.monthrange(year, month)[1]))
    return None


class _Districts:
    """The districts on record, of all levels, by code and by name."""

    def __init__(self, conn: Connection) -> None:
        rows = conn.execute("SELECT code, name_zh, name_en, level FROM district ORDER BY code").fetchall()
        self.codes = {row[0] for row in rows}
        self._by_name: dict[str, set[str]] = {}
        for code, zh, en, _ in rows:
            for name in filter(None, (zh, en)):
                self._by_name.setdefault(word(name), set()).add(code)
        # streets of one name are many: only cities and districts are known by part of theirs
        self._main = [row for row in rows if row[3] != "street"]

    def find(self, code: str, name: str) -> str:
        """The district's code, or the reason why there is none."""
        if not code and not name:
            return "no_district"
        code = code.removesuffix(".0")
        by_code = {code} & self.codes or self._named(code) if code else set()
        by_name = {name} & self.codes or self._named(name) if name else by_code
        both = by_code & by_name if code else by_name
        if len(both) == 1:
            return both.pop()
        # each names something, but not one and the same
        return "two_districts" if by_name and (by_code or not code) else "unknown_district"

    def _named(self, name: str) -> set[str]:
        exact = self._by_name.get(word(name))
        if exact or name.isdigit():
            return exact or set()
        [index] = stated_districts([name], [row[0] for row in self._main], [row[1] for row in self._main])
        return {self._main[index][0]} if index >= 0 else set()


def _refusal(row: Row, reason: str, cells: Mapping[str, str]) -> dict[str, Any]:
    said = {name: cell[:100] for name, cell in cells.items() if cell}
    return {"row": row.number, "reason": reason, "said": said}


def _record(conn: Connection, target: Target) -> str:
    row = conn.execute(
        """INSERT INTO target AS t (district_code, kind_id, planned, due, source)
           VALUES (%s, %s, %s, %s, %s)
           ON CONFLICT (district_code, kind_id) DO UPDATE
           SET planned = excluded.planned, due = excluded.due, source = excluded.source
           WHERE (t.planned, t.due, t.source)
             IS DISTINCT FROM (excluded.planned, excluded.due, excluded.source)
           RETURNING xmax = 0""",
        [target.district_code, target.kind_id, target.planned, target.due, target.source],
    ).fetchone()
    return "unchanged" if row is None else "inserted" if row[0] else "updated"
