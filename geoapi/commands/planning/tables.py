"""Planners' answers on the terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

Answer = dict[str, Any]
WIDE = 140
NONE = "–"
COVERAGE = {
    "zh": ("区", "需求", "覆盖率", "不确定的都算开", "平均米", "P90 米", "最差小时"),
    "en": ("district", "demand", "covered", "unknown = open", "mean m", "P90 m", "worst hour"),
}
GAPS = {
    "zh": ("区", "未覆盖", "平方公里", "最近的开放站点，米", "小时/周", "何时"),
    "en": ("district", "uncovered", "km²", "nearest open, m", "hours/week", "when"),
}
SITES = {
    "zh": ("经度", "纬度", "区", "新增覆盖", "覆盖率", "地点"),
    "en": ("lon", "lat", "district", "gain", "share after", "place"),
}
EXTENSIONS = {
    "zh": ("编号", "站点", "现开放时间", "延长", "小时", "新增覆盖/小时"),
    "en": ("id", "station", "hours now", "open longer", "hours", "gain/hour"),
}
VERIFY = {
    "zh": ("编号", "开放时间待核实的站点", "不确定的小时", "依赖它的需求"),
    "en": ("id", "hours to find out", "unknown hours", "demand that hangs on it"),
}
SUPPLY = {
    "zh": ("区", "需求", "平均", "中位数", "最低十分之一", "没有供给"),
    "en": ("district", "demand", "mean", "median", "lowest decile", "without"),
}
TARGETS = {
    "zh": ("区", "类别", "计划", "现有", "一年内核实", "开放", "不确定", "尚缺"),
    "en": ("district", "kind", "planned", "existing", "verified", "open", "unknown", "missing"),
}
WHAT_IF = {"zh": ("区", "之前", "之后", "新增覆盖"), "en": ("district", "before", "after", "gained")}
COUNTS = ("planned", "existing", "verified_last_year", "open", "unknown", "missing")


def show_coverage(answer: Answer, lang: str) -> None:
    """Districts, the least covered first, then the whole; of a week the means over its hours."""
    method, screen = answer["method"], _screen()
    demand = method["demand"]
    when = method["at"] or f"{method['week']['from']} – {method['week']['to']}"
    screen.print(
        f"[bold]{answer['area']['name']}[/] · {when} · {method['within']['asked']} · "
        f"{method['model']['name']} · {demand[f'name_{lang}']} ({demand[f'unit_{lang}']})"
    )
    table = Table("#", *COVERAGE[lang])
    for one in [*_by_rank(answer["districts"]), answer]:
        closed, opened, worst = one["unknown_closed"], one["unknown_open"], one.get("worst_hour")
        table.add_row(
            str(one.get("rank") or ""),
            one.get("name", "Σ"),
            f"{one['total']:,.0f}",
            _percent(_mean(closed["share"])),
            _percent(_mean(opened["share"])),
            _metres(_mean(closed["mean_distance_m"])),
            _metres(_mean(closed["p90_distance_m"])),
            f"{worst['at'][5:16].replace('T', ' ')} {_percent(worst['share'])}" if worst else "",
            style="bold" if one is answer else None,
        )
    screen.print(table)
    if (outside := answer["outside"])["points"]:
        screen.print(f"不在任何区内 · in no district: {outside['points']:,} ({outside['total']:,.0f})")


def show_gaps(answer: Answer, lang: str) -> None:
    """Gaps, the worst first."""
    table = Table("#", *GAPS[lang])
    for feature in answer["features"]:
        gap = feature["properties"]
        nearest, hours = gap["nearest"], gap["hours"]
        table.add_row(
            str(gap["rank"]),
            (gap["district"] or {}).get("name", NONE),
            f"{gap['uncovered']:,.0f}",
            f"{gap['area_km2']:.2f}",
            _metres(nearest and nearest["distance_m"]),
            str(hours["count"]) if hours else NONE,
            "; ".join(hours["week"]) if hours else "",
        )
    screen = _screen()
    screen.print(table)
    if (more := answer["gaps"] - len(answer["features"])) > 0:
        screen.print(f"另有 {more} 处 · {more} more")


def show_sites(answer: Answer, lang: str) -> None:
    """Sites in the order they were chosen, and how far from the best choice they can be."""
    table = Table("#", *SITES[lang])
    for site in answer["sites"]:
        table.add_row(
            str(site["rank"]),
            f"{site['location']['lon']:.6f}",
            f"{site['location']['lat']:.6f}",
            (site["district"] or {}).get("name", NONE),
            f"{site['gain']:,.0f}",
            _percent(site["share"]),
            site["name"] or "",
        )
    screen, solver = _screen(), answer["solver"]
    screen.print(table)
    screen.print(
        f"{solver['name']}: {solver['gain']:,.1f} / ≤ {solver['bound']:,.1f} (gap {solver['gap']:.2%})"
    )


def show_extensions(answer: Answer, lang: str) -> None:
    """Stations that should open longer, and those whose hours should be found out."""
    table = Table("#", *EXTENSIONS[lang])
    for one in answer["extensions"]:
        station = one["station"]
        table.add_row(
            str(one["rank"]),
            station["id"],
            station["name"],
            station["hours_text"] or "",
            one["hours"],
            str(one["extra_hours"]),
            f"{one['gain_per_hour']:,.0f}",
        )
    screen = _screen()
    screen.print(table)
    if answer["verify_first"]:
        table = Table("#", *VERIFY[lang])
        for one in answer["verify_first"]:
            table.add_row(
                str(one["rank"]),
                one["station"]["id"],
                one["station"]["name"],
                str(one["unknown_hours"]),
                f"{one['depends']:,.0f}",
            )
        screen.print(table)


def show_supply(answer: Answer, lang: str) -> None:
    """Districts, those with the least first; capacity for so much demand."""
    table = Table("#", *SUPPLY[lang], title=f"1 / {answer['per']:,}", title_justify="left")
    for one in [*_by_rank(answer["districts"]), {**answer, **answer["figures"]}]:
        figures = (one[name] for name in ("mean", "median", "lowest_decile"))
        table.add_row(
            str(one.get("rank") or ""),
            one.get("name", "Σ"),
            f"{one['total']:,.0f}",
            *(NONE if value is None else f"{value:.2f}" for value in figures),
            f"{one['without']:,.0f}",
        )
    _screen().print(table)


def show_targets(answer: Answer, lang: str) -> None:
    """Planned and existing by district and kind, then the totals."""
    table = Table(*TARGETS[lang])
    for item in answer["items"]:
        table.add_row(item["district"]["name"], item["kind"], *(_count(item[name]) for name in COUNTS))
    for item in answer["total"]:
        table.add_row("Σ", item["kind"], *(_count(item[name]) for name in COUNTS), style="bold")
    _screen().print(table)


def show_what_if(answer: Answer, lang: str) -> None:
    """Shares before and after, and the demand gained, by district; of a week the means over its hours."""
    table = Table(*WHAT_IF[lang])
    before, after = answer["before"], answer["after"]
    rows = zip(before["districts"], after["districts"], answer["districts"], strict=True)
    for was, would_be, difference in [*rows, (before, after, answer["difference"])]:
        table.add_row(
            was.get("name", "Σ"),
            _percent(_mean(was["unknown_closed"]["share"])),
            _percent(_mean(would_be["unknown_closed"]["share"])),
            f"{_mean(difference['unknown_closed']['covered']) or 0:+,.0f}",
            style="bold" if was is before else None,
        )
    _screen().print(table)


def _screen() -> Console:
    """The terminal; a file or pipe is as wide as the tables, which nobody wants folded there."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _by_rank(shapes: list[Answer]) -> list[Answer]:
    return sorted(shapes, key=lambda shape: shape["rank"] or len(shapes) + 1)


def _mean(figure: Any) -> float | None:
    """A single figure, or the mean of a week's."""
    if isinstance(figure, list):
        known = [value for value in figure if value is not None]
        return sum(known) / len(known) if known else None
    return None if figure is None else float(figure)


def _percent(share: float | None) -> str:
    return NONE if share is None else f"{share:.1%}"


def _metres(metres: float | None) -> str:
    return NONE if metres is None else f"{metres:,.0f}"


def _count(number: int | None) -> str:
    return NONE if number is None else str(number)
