"""Planners' answers on the terminal: how the figures came about, the table, and what must be known of it."""

from __future__ import annotations

from typing import Any, Final, Literal

from geoapi.commands.planning.method import (
    Answer,
    Names,
    code_name,
    print_method,
    print_moment,
    print_notes,
)
from geoapi.commands.terminal import Column, screen, table_of
from geoapi.coverage.week_text import week_words
from geoapi.errors import Words
from geoapi.report.figures import Figures, moment

NONE: Final = "–"
Sort = Literal["text", "number", "code"]


def _columns(lang: str, *columns: tuple[str, str, Sort]) -> list[Column]:
    return [Column(zh if lang == "zh" else en, sort) for zh, en, sort in columns]


def show_coverage(answer: Answer, lang: str, names: Names) -> None:
    """Districts, the least covered first, then the whole; of a week the means over its hours."""
    console, figures = screen(), Figures(lang)
    print_method(console, answer, lang, names)
    columns = _columns(
        lang, ("#", "#", "number"), ("区", "district", "text"), ("需求", "demand", "number"),
        ("覆盖率", "covered", "number"), ("不明算开", "unknown = open", "number"),
        ("平均米", "mean m", "number"), ("P90 米", "P90 m", "number"), ("最差", "worst", "number"),
        ("最差小时", "worst hour", "text"),
    )  # fmt: skip
    rows = []
    for one in [*_by_rank(answer["districts"]), answer]:
        closed, opened = one["unknown_closed"], one["unknown_open"]
        of_week = isinstance(closed["share"], list)
        rows.append(
            (
                str(one.get("rank") or ""),
                one.get("name", "Σ"),
                figures.count(one["total"]),
                _share(closed["share"]),
                _share(opened["share"]),
                _metres(_mean(closed["mean_distance_m"])),
                # a mean of hours' percentiles would be no percentile of anything
                "" if of_week else _metres(closed["p90_distance_m"]),
                _share(one["worst_hour"]["share"]) if of_week and one["worst_hour"] else "",
                _worst_hour(one, lang) if of_week else "",
            )
        )
    console.print(table_of(columns, rows, total=True))
    if (outside := answer["outside"])["points"]:
        said = Words("不在任何区内", "in no district").in_language(lang)
        console.print(f"{said}: {outside['points']:,} ({outside['total']:,.0f})")
    print_notes(console, answer, lang)


def show_gaps(answer: Answer, lang: str, names: Names) -> None:
    """How many gaps there are and what they add up to; then the worst."""
    console, figures = screen(), Figures(lang)
    print_method(console, answer, lang, names)
    number, shown = answer["gaps"], len(answer["features"])
    console.print(
        Words(
            f"共 {number:,} 处空白，合计 {figures.count(answer['uncovered'])}"
            f"（开放时间不明的都算开：{figures.count(answer['uncovered_if_open'])}），"
            f"总需求 {figures.count(answer['total'])}",
            f"{number:,} gaps, {figures.count(answer['uncovered'])} in all"
            f" (unknown hours counted open: {figures.count(answer['uncovered_if_open'])}),"
            f" of {figures.count(answer['total'])}",
        ).in_language(lang)
    )
    columns = _columns(
        lang, ("#", "#", "number"), ("区", "district", "text"), ("未覆盖", "uncovered", "number"),
        ("平方公里", "km²", "number"), ("平均米", "mean m", "number"), ("最近米", "nearest m", "number"),
        ("小时/周", "hours/week", "number"), ("何时", "when", "text"),
    )  # fmt: skip
    rows = []
    for feature in answer["features"]:
        gap = feature["properties"]
        nearest, hours = gap["nearest"], gap["hours"]
        rows.append(
            (
                str(gap["rank"]),
                (gap["district"] or {}).get("name", NONE),
                figures.count(gap["uncovered"]),
                f"{gap['area_km2']:.2f}",
                _metres(gap["mean_distance_m"]),
                _metres(nearest and nearest["distance_m"]),
                str(hours["count"]) if hours else "",
                _rules(hours["week"], lang) if hours else "",
            )
        )
    if rows:
        console.print(table_of(columns, rows))
    if number > shown:
        console.print(Words(f"另有 {number - shown:,} 处", f"{number - shown:,} more").in_language(lang))
    print_notes(console, answer, lang)


def show_sites(answer: Answer, lang: str, names: Names) -> None:
    """What is covered before and after, the sites in order, and how far from the best choice they can be."""
    console, figures = screen(), Figures(lang)
    print_method(console, answer, lang, names)
    before, sites, solver = answer["before"], answer["sites"], answer["solver"]
    after = sites[-1] if sites else before
    console.print(
        f"{Words('已覆盖', 'covered').in_language(lang)}: "
        f"{figures.count(before['covered'])} ({_share(before['share'])}) → "
        f"{figures.count(after['covered'])} ({_share(after['share'])})"
    )
    columns = _columns(
        lang, ("#", "#", "number"), ("经度", "lon", "number"), ("纬度", "lat", "number"),
        ("区", "district", "text"), ("新增", "gain", "number"), ("共覆盖", "covered", "number"),
        ("覆盖率", "share", "number"), ("地点", "place", "text"),
    )  # fmt: skip
    rows = [
        (
            str(site["rank"]),
            f"{site['location']['lon']:.6f}",
            f"{site['location']['lat']:.6f}",
            (site["district"] or {}).get("name", NONE),
            figures.count(site["gain"]),
            figures.count(site["covered"]),
            _share(site["share"]),
            site["name"] or "",
        )
        for site in sites
    ]
    if rows:
        console.print(table_of(columns, rows))
    gain, bound, gap = figures.count(solver["gain"]), figures.count(solver["bound"]), f"{solver['gap']:.1%}"
    console.print(
        Words(
            f"{solver['name']}：新增 {gain}，任何选法都不超过 {bound}（相差至多 {gap}）",
            f"{solver['name']}: gains {gain}; no choice gains more than {bound} (at most {gap} apart)",
        ).in_language(lang)
    )
    print_notes(console, answer, lang)


def show_extensions(answer: Answer, lang: str, names: Names) -> None:
    """Stations that should open longer, and those whose hours should be found out."""
    console, figures = screen(), Figures(lang)
    print_method(console, answer, lang, names)
    columns = _columns(
        lang, ("#", "#", "number"), ("编号", "id", "number"),
        ("站点，现在的时间", "station, its hours now", "text"),
        ("延长", "open longer", "text"), ("小时", "hours", "number"),
        ("新增合计", "gain", "number"), ("每小时", "gain/hour", "number"),
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [
        (
            str(one["rank"]),
            one["station"]["id"],
            "\n".join(filter(None, (one["station"]["name"], one["station"]["hours_text"]))),
            _rules([one["hours"]], lang),
            str(one["extra_hours"]),
            figures.count(one["gain"]),
            figures.count(one["gain_per_hour"]),
        )
        for one in answer["extensions"]
    ]
    console.print(
        table_of(columns, rows)
        if rows
        else Words("延长开放时间不会多覆盖", "longer hours would cover no more").in_language(lang)
    )
    if answer["verify_first"]:
        columns = _columns(
            lang, ("#", "#", "number"), ("编号", "id", "number"),
            ("开放时间待核实的站点", "hours to find out", "text"), ("不明小时", "unknown hours", "number"),
            ("依赖它的需求", "demand that hangs on it", "number"),
        )  # fmt: skip
        rows = [
            (
                str(one["rank"]),
                one["station"]["id"],
                one["station"]["name"],
                str(one["unknown_hours"]),
                figures.count(one["depends"]),
            )
            for one in answer["verify_first"]
        ]
        console.print()
        console.print(table_of(columns, rows))
    print_notes(console, answer, lang)


def show_supply(answer: Answer, lang: str, names: Names) -> None:
    """Districts, those with the least first; capacity for so much demand."""
    console, figures = screen(), Figures(lang)
    print_method(console, answer, lang, names)
    unit = answer["method"]["demand"][f"unit_{lang}"]
    area = answer["query"]["capacity"] == "area_m2"
    of_what = Words("平方米", "square metres") if area else Words("站点", "stations")
    console.print(
        Words(
            f"每 {answer['per']:,} {unit}步行范围内的{of_what.zh}数（E2SFCA）",
            f"{of_what.en} within reach for each {answer['per']:,} {unit} (E2SFCA)",
        ).in_language(lang)
    )
    columns = _columns(
        lang, ("#", "#", "number"), ("区", "district", "text"), ("需求", "demand", "number"),
        ("平均", "mean", "number"), ("中位数", "median", "number"),
        ("最低一成", "lowest decile", "number"), ("没有供给", "without", "number"),
    )  # fmt: skip
    rows = []
    for one in [*_by_rank(answer["districts"]), {**answer, **answer["figures"]}]:
        values = (one[name] for name in ("mean", "median", "lowest_decile"))
        rows.append(
            (
                str(one.get("rank") or ""),
                one.get("name", "Σ"),
                figures.count(one["total"]),
                *(NONE if value is None else f"{value:.2f}" for value in values),
                figures.count(one["without"]),
            )
        )
    console.print(table_of(columns, rows, total=True))
    print_notes(console, answer, lang)


COUNTS = ("planned", "existing", "verified_last_year", "open", "unknown", "missing")


def show_targets(answer: Answer, lang: str, names: Names) -> None:
    """Planned and existing by district and kind, then the totals."""
    console = screen()
    print_moment(console, answer, lang)
    columns = _columns(
        lang, ("区", "district", "text"), ("类别", "kind", "text"), ("计划", "planned", "number"),
        ("现有", "existing", "number"), ("核实", "verified", "number"), ("开放", "open", "number"),
        ("不明", "unknown", "number"), ("尚缺", "missing", "number"), ("期限", "due", "code"),
        ("来源", "source", "text"),
    )  # fmt: skip
    rows: list[tuple[str, ...]] = [
        (
            item.get("district", {}).get("name", "Σ"),
            code_name(item["kind"], lang, names),
            *(NONE if item[name] is None else f"{item[name]:,}" for name in COUNTS),
            item["due"] or "",
            item["source"] or "",
        )
        for item in [*answer["items"], *answer["total"]]
    ]
    # what all rows share is said once, below
    common = []
    for place in (-2, -1):
        said = {row[place] for row in rows if row[place]}
        if len(said) == 1:
            common.append(f"{columns[place].heading}: {said.pop()}")
            rows = [(*row[:place], "", *row[len(row) + place + 1 :]) for row in rows]
    console.print(table_of(columns, rows, bold_from=len(answer["items"])))
    if common:
        console.print(" · ".join(common))
    console.print(
        Words(
            "核实：一年内核实过；开放、不明：在上述时刻",
            "verified: within a year; open, unknown: at that time",
        ).in_language(lang),
        style="dim",
    )


def show_what_if(answer: Answer, lang: str, names: Names) -> None:
    """Shares before and after, and the demand gained, by district; of a week the means over its hours."""
    console = screen()
    print_method(console, answer, lang, names)
    words = {
        "add": Words("新增", "added"), "remove": Words("撤销", "removed"), "move": Words("迁移", "moved"),
        "change_hours": Words("改时间", "other hours"),
    }  # fmt: skip
    changes = [
        f"{words[name].in_language(lang) if name in words else name} {number:,}"
        for name, number in answer["changes"].items()
        if number
    ]
    console.print(" · ".join(changes))
    columns = _columns(
        lang, ("区", "district", "text"), ("之前", "before", "number"), ("之后", "after", "number"),
        ("新增覆盖", "gained", "number"),
    )  # fmt: skip
    before, after = answer["before"], answer["after"]
    rows = [
        (
            was.get("name", "Σ"),
            _share(was["unknown_closed"]["share"]),
            _share(would_be["unknown_closed"]["share"]),
            f"{_mean(difference['unknown_closed']['covered']) or 0:+,.0f}",
        )
        for was, would_be, difference in [
            *zip(before["districts"], after["districts"], answer["districts"], strict=True),
            (before, after, answer["difference"]),
        ]
    ]
    console.print(table_of(columns, rows, total=True))
    print_notes(console, answer, lang)


def _by_rank(shapes: list[Answer]) -> list[Answer]:
    return sorted(shapes, key=lambda shape: shape["rank"] or len(shapes) + 1)


def _worst_hour(one: Answer, lang: str) -> str:
    """The first hour with the least share, and how many are as bad."""
    worst = one["worst_hour"]
    if not worst or worst["share"] is None:
        return ""
    alike = sum(share == worst["share"] for share in one["unknown_closed"]["share"])
    at = moment(worst["at"])
    hour = worst["at"] if at is None else f"{Figures(lang).weekday(at.weekday())} {at:%H:%M}"
    if alike > 1:
        hour += Words(f" 等{alike}小时", f" and {alike - 1} more").in_language(lang)
    return hour


def _rules(texts: list[str], lang: str) -> str:
    """Hours in words, a rule a line, with room to fold between times."""
    rules = [rule for text in texts for rule in text.split(";")]
    return "\n".join(week_words([rule], lang).replace("、", "、 ").replace(",", ", ") for rule in rules)


def _mean(figure: Any) -> float | None:
    """A single figure, or the mean of a week's."""
    if isinstance(figure, list):
        known = [value for value in figure if value is not None]
        return sum(known) / len(known) if known else None
    return None if figure is None else float(figure)


def _share(share: Any) -> str:
    """A share, or the mean of a week's: 0 % and 100 % only where it is exactly that."""
    mean = _mean(share)
    return NONE if mean is None else Figures("en").share(mean)


def _metres(metres: float | None) -> str:
    return NONE if metres is None else f"{metres:,.0f}"
