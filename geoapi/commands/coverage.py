"""geoapi coverage: the planners' questions, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from contextlib import AbstractContextManager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import orjson
import typer
from rich.console import Console
from rich.table import Table
from typer.core import TyperGroup

from geoapi.commands.ask import Ask, asking
from geoapi.commands.nearest import print_problem
from geoapi.errors import InvalidInput, UnreadableFile, Words

WIDE = 140
FORMATS = {".json": "json", ".csv": "csv", ".xlsx": "xlsx", ".gpkg": "gpkg", ".geojson": "geojson"}


class Language(StrEnum):
    """The languages of a report."""

    zh = "zh"
    en = "en"


class CodeFirst(TyperGroup):
    """`geoapi coverage CODE` is short for `geoapi coverage show CODE`."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        if args and args[0] not in self.commands and not args[0].startswith("-"):
            args = ["show", *args]
        return super().resolve_command(ctx, args)


app = typer.Typer(
    cls=CodeFirst,
    help="覆盖、空白与选址 · Who has no open station within reach, and where the next ones go: "
    "geoapi coverage CODE",
    no_args_is_help=True,
)

Code = Annotated[str, typer.Argument(help="市、区或街道的代码 · city, district or street", metavar="CODE")]
Kind = Annotated[list[str] | None, typer.Option(help="类别 · kinds, counted together")]
Amenity = Annotated[list[str] | None, typer.Option(help="设施 · only stations with all of these")]
WithinOption = Annotated[str | None, typer.Option(help="步行范围 · limit on foot: 800m, 15min")]
ModelOption = Annotated[str, typer.Option(help="straight, walk")]
NetworkOption = Annotated[str | None, typer.Option(help="步行路网 · walking network")]
DemandOption = Annotated[str | None, typer.Option(help="需求图层 · demand layer; area: by area")]
At = Annotated[str | None, typer.Option(help="时刻 · for example 2026-11-25T03:00:00+08:00")]
Week = Annotated[bool, typer.Option("--week", help="一周 168 小时 · each hour of the present week")]
WeekOf = Annotated[str | None, typer.Option(help="该日所在的一周 · the week of this day")]
Crs = Annotated[str, typer.Option(help="wgs84, gcj02, bd09")]
LangOption = Annotated[str, typer.Option(help="zh, en")]
AsJson = Annotated[bool, typer.Option("--json", help="接口的原样答复 · the API's own answer")]
Output = Annotated[
    Path | None,
    typer.Option(
        "--output", "-o", help="写入文件，格式看扩展名 · to a .csv, .xlsx, .gpkg, .geojson or .json file"
    ),
]
Scheduler = Annotated[
    str | None, typer.Option(help="Dask 调度器 · work it out on a Dask cluster: tcp://host:port")
]
Limit = Annotated[int, typer.Option(help="最多几处 · most of them")]


@app.command("show", hidden=True)
def show(
    code: Code,
    kind: Kind = None,
    amenity: Amenity = None,
    within: WithinOption = None,
    model: ModelOption = "straight",
    network: NetworkOption = None,
    demand: DemandOption = None,
    at: At = None,
    week: Week = False,
    week_of: WeekOf = None,
    lang: LangOption = "zh",
    as_json: AsJson = False,
    output: Output = None,
    scheduler: Scheduler = None,
) -> None:
    """覆盖 · Coverage of CODE, district by district, at one time or over a week."""
    asked = {
        "kind": kind, "amenity": amenity, "within": within, "model": model, "network": network,
        "demand": demand, "at": at, "week": week or None, "week_of": week_of, "lang": lang,
    }  # fmt: skip
    with _asking(scheduler) as ask:
        answer = _answer(ask, f"/v1/districts/{code}/coverage", asked, as_json, output)
    if answer:
        _show_coverage(answer, lang)


@app.command("gaps")
def gaps(
    code: Code,
    kind: Kind = None,
    amenity: Amenity = None,
    within: WithinOption = None,
    model: ModelOption = "straight",
    network: NetworkOption = None,
    demand: DemandOption = None,
    at: At = None,
    crs: Crs = "wgs84",
    limit: Limit = 20,
    lang: LangOption = "zh",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """覆盖空白 · Gaps: connected areas without an open station within reach, the worst first."""
    asked = {
        "kind": kind, "amenity": amenity, "within": within, "model": model, "network": network,
        "demand": demand, "at": at, "crs": crs, "limit": limit, "lang": lang,
    }  # fmt: skip
    with _asking(None) as ask:
        answer = _answer(ask, f"/v1/districts/{code}/gaps", asked, as_json, output, default="geojson")
    if not answer:
        return
    words = {"zh": ("区", "未覆盖", "平方公里", "最近的开放站点，米", "小时/周", "何时"),
             "en": ("district", "uncovered", "km²", "nearest open, m", "hours/week", "when")}  # fmt: skip
    table = Table("#", *words["en" if lang == "en" else "zh"])
    for feature in answer["features"]:
        p = feature["properties"]
        table.add_row(
            str(p["rank"]),
            (p["district"] or {}).get("name", "–"),
            f"{p['uncovered']:,.0f}",
            f"{p['area_km2']:.2f}",
            f"{p['nearest']['distance_m']:,.0f}" if p["nearest"] else "–",
            str(p["hours"]["count"]) if p["hours"] else "–",
            "; ".join(p["hours"]["week"]) if p["hours"] else "",
        )
    _screen().print(table)


@app.command("sites")
def sites(
    code: Code,
    n: Annotated[int, typer.Option("-n", help="几处 · how many")] = 5,
    kind: Kind = None,
    amenity: Amenity = None,
    within: WithinOption = None,
    model: ModelOption = "straight",
    network: NetworkOption = None,
    demand: DemandOption = None,
    at: At = None,
    week: Week = False,
    week_of: WeekOf = None,
    candidates: Annotated[str, typer.Option(help="demand, venues")] = "demand",
    host: Annotated[list[str] | None, typer.Option(help="场所类型 · types of venues")] = None,
    places: Annotated[
        Path | None, typer.Option(help="候选地点的 JSON:[{lon, lat, name}] · candidate places as JSON")
    ] = None,
    hours: Annotated[str, typer.Option(help="新站的开放时间 · hours of a new site")] = "24/7",
    exact: Annotated[bool, typer.Option("--exact", help="求解到最优 · to proven optimality")] = False,
    crs: Crs = "wgs84",
    lang: LangOption = "zh",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """选址 · Sites: where the next stations go, with the gain of each."""
    asked = {
        "kind": kind, "amenity": amenity, "within": within, "model": model, "network": network,
        "demand": demand, "at": at, "week": week or None, "week_of": week_of, "crs": crs, "lang": lang,
        "n": n, "candidates": candidates, "host": host, "hours": hours, "exact": exact or None,
    }  # fmt: skip
    body = None
    if places is not None:
        body = {name: value for name, value in asked.items() if value is not None} | {"places": _json(places)}
    with _asking(None) as ask:
        answer = _answer(ask, f"/v1/districts/{code}/sites", asked, as_json, output, body=body)
    if not answer:
        return
    words = {"zh": ("经度", "纬度", "区", "新增覆盖", "覆盖率", ""),
             "en": ("lon", "lat", "district", "gain", "share after", "")}  # fmt: skip
    table = Table("#", *words["en" if lang == "en" else "zh"])
    for site in answer["sites"]:
        place = site["location"]
        table.add_row(
            str(site["rank"]),
            f"{place['lon']:.6f}",
            f"{place['lat']:.6f}",
            (site["district"] or {}).get("name", "–"),
            f"{site['gain']:,.0f}",
            _percent(site["share"]),
            site["name"] or "",
        )
    console, solver = _screen(), answer["solver"]
    console.print(table)
    console.print(
        f"{solver['name']}: {solver['gain']:,.1f} / ≤ {solver['bound']:,.1f} (gap {solver['gap']:.2%})"
    )


@app.command("extensions")
def extensions(
    code: Code,
    n: Annotated[int, typer.Option("-n", help="几处 · how many")] = 5,
    kind: Kind = None,
    amenity: Amenity = None,
    within: WithinOption = None,
    model: ModelOption = "straight",
    network: NetworkOption = None,
    demand: DemandOption = None,
    at: At = None,
    week: Week = False,
    week_of: WeekOf = None,
    lang: LangOption = "zh",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """延时 · Extensions: which existing stations, open longer, would cover most per extra hour."""
    asked = {
        "kind": kind, "amenity": amenity, "within": within, "model": model, "network": network,
        "demand": demand, "at": at, "week": week or None, "week_of": week_of, "lang": lang, "n": n,
    }  # fmt: skip
    with _asking(None) as ask:
        answer = _answer(ask, f"/v1/districts/{code}/extensions", asked, as_json, output)
    if not answer:
        return
    words = {"zh": ("编号", "站点", "现开放时间", "延长", "小时", "新增覆盖/小时"),
             "en": ("id", "station", "hours now", "open longer", "hours", "gain/hour")}  # fmt: skip
    table = Table("#", *words["en" if lang == "en" else "zh"])
    for one in answer["extensions"]:
        table.add_row(
            str(one["rank"]),
            one["station"]["id"],
            one["station"]["name"],
            one["station"]["hours_text"] or "",
            one["hours"],
            str(one["extra_hours"]),
            f"{one['gain_per_hour']:,.0f}",
        )
    _screen().print(table)


@app.command("supply")
def supply(
    code: Code,
    kind: Kind = None,
    amenity: Amenity = None,
    within: WithinOption = None,
    model: ModelOption = "straight",
    network: NetworkOption = None,
    demand: DemandOption = None,
    at: At = None,
    capacity: Annotated[str, typer.Option(help="station, area_m2")] = "station",
    lang: LangOption = "zh",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """供需 · Supply against demand: enhanced two-step floating catchment areas (E2SFCA)."""
    asked = {
        "kind": kind, "amenity": amenity, "within": within, "model": model, "network": network,
        "demand": demand, "at": at, "capacity": capacity, "lang": lang, "points": output is not None or None,
    }  # fmt: skip
    with _asking(None) as ask:
        answer = _answer(ask, f"/v1/districts/{code}/supply", asked, as_json, output)
    if not answer:
        return
    per = f"{answer['per']:,}"
    words = {"zh": ("区", "需求", f"平均 / {per}", "中位数", "最低十分之一", "没有供给"),
             "en": ("district", "demand", f"mean / {per}", "median", "lowest decile", "without")}  # fmt: skip
    table = Table("#", *words["en" if lang == "en" else "zh"])
    for one in sorted(answer["districts"], key=lambda shape: shape["rank"] or 0):
        figures = [one[name] for name in ("mean", "median", "lowest_decile")]
        table.add_row(
            str(one["rank"] or "–"), one["name"], f"{one['total']:,.0f}",
            *("–" if value is None else f"{value:.2f}" for value in figures), f"{one['without']:,.0f}",
        )  # fmt: skip
    _screen().print(table)


@app.command("targets")
def targets(
    code: Code,
    kind: Kind = None,
    at: At = None,
    lang: LangOption = "zh",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """目标 · Targets: planned, existing, verified, open and missing, by district and kind."""
    asked = {"kind": kind, "at": at, "lang": lang}
    with _asking(None) as ask:
        answer = _answer(ask, f"/v1/districts/{code}/targets", asked, as_json, output)
    if not answer:
        return
    words = {"zh": ("区", "类别", "计划", "现有", "一年内核实", "开放", "不确定", "尚缺"),
             "en": ("district", "kind", "planned", "existing", "verified", "open", "unknown", "missing"),
    }  # fmt: skip
    table = Table(*words["en" if lang == "en" else "zh"])
    numbers = ("planned", "existing", "verified_last_year", "open", "unknown", "missing")
    for item in answer["items"]:
        table.add_row(
            item["district"]["name"],
            item["kind"],
            *("–" if item[name] is None else str(item[name]) for name in numbers),
        )
    for item in answer["total"]:
        table.add_row(
            "Σ",
            item["kind"],
            *("–" if item[name] is None else str(item[name]) for name in numbers),
            style="bold",
        )
    _screen().print(table)


@app.command("report")
def report(
    district: Annotated[
        str, typer.Option(help="市、区或街道的代码 · city, district or street", metavar="CODE")
    ],
    output: Annotated[Path, typer.Option("--output", "-o", help="写入此 HTML 文件 · to this HTML file")],
    kind: Kind = None,
    amenity: Amenity = None,
    within: WithinOption = None,
    model: ModelOption = "straight",
    network: NetworkOption = None,
    demand: DemandOption = None,
    at: Annotated[
        str | None, typer.Option(help="时刻，默认下一个凌晨三点 · a time; else the next 03:00")
    ] = None,
    week_of: WeekOf = None,
    n: Annotated[int, typer.Option("-n", help="选址与延时各几处 · sites, and extensions")] = 5,
    lang: Annotated[Language, typer.Option(help="zh, en")] = Language.zh,
) -> None:
    """报告 · Report: one self-contained page with maps, the week, the ranking, sites and the method."""
    from geoapi.commands.report import make_report, write_report

    asked = {
        "kind": kind, "amenity": amenity, "within": within, "model": model, "network": network,
        "demand": demand, "at": at, "lang": lang.value,
    }  # fmt: skip
    with _asking(None) as ask:
        html = make_report(ask, district, asked, week_of=week_of, n=n, lang=lang.value)
    try:
        write_report(output, html)
    except OSError as error:
        raise _unwritable(output, error) from error
    Console(stderr=True).print(f"已写入 · written: {output}", highlight=False)


@app.command("what-if")
def what_if(
    changes: Annotated[
        Path,
        typer.Argument(
            help='接口的请求体 · the API\'s request body: {"code", "add", "remove", …}',
            metavar="CHANGES.json",
        ),
    ],
    lang: LangOption = "zh",
    as_json: AsJson = False,
    output: Output = None,
    scheduler: Scheduler = None,
) -> None:
    """假如 · What if stations were added, removed, moved or open longer: before, after, difference."""
    body = _json(changes)
    if not isinstance(body, dict):
        raise InvalidInput(
            Words("应为 JSON 对象", "must be a JSON object"),
            field="CHANGES.json",
            mend=Words('例如 {"code": "110105", "add": […]}', 'for example {"code": "110105", "add": […]}'),
        )
    with _asking(scheduler) as ask:
        answer = _answer(ask, "/v1/coverage/what-if", {}, as_json, output, body={"lang": lang, **body})
    if not answer:
        return
    words = {"zh": ("区", "之前", "之后", "新增覆盖"), "en": ("district", "before", "after", "gained")}
    table = Table(*words["en" if lang == "en" else "zh"])
    rows = zip(answer["before"]["districts"], answer["after"]["districts"], answer["districts"], strict=True)
    for before, after, difference in [*rows, (answer["before"], answer["after"], answer["difference"])]:
        table.add_row(
            before.get("name", "Σ"),
            _percent(_mean(before["unknown_closed"]["share"])),
            _percent(_mean(after["unknown_closed"]["share"])),
            f"{_mean(difference['unknown_closed']['covered']) or 0:+,.0f}",
        )
    _screen().print(table)


def _asking(scheduler: str | None) -> AbstractContextManager[Ask]:
    if scheduler is None:
        return asking()
    from geoapi.coverage.runners import dask_runner

    return asking(runner=dask_runner(scheduler))


def _answer(
    ask: Ask,
    path: str,
    asked: Mapping[str, Any],
    as_json: bool,
    output: Path | None,
    *,
    body: Any = None,
    default: str = "json",
) -> dict[str, Any] | None:
    """The answer to show; None when it went to a file or, as it is, to stdout. Exit 1 for a problem."""
    format_ = default
    if output is not None:
        format_ = FORMATS.get(output.suffix.lower(), "")
        if not format_:
            raise InvalidInput(
                Words(f"不认识的扩展名“{output.suffix}”", f"no format has the extension {output.suffix!r}"),
                field="--output",
                mend=Words(f"可用：{'、'.join(FORMATS)}", f"use one of {', '.join(FORMATS)}"),
            )
    if body is not None:
        body = {**body, "format": format_}
        status, content = ask(path, {}, body)
    else:
        status, content = ask(path, {**asked, "format": format_})
    if status != 200:
        print_problem(orjson.loads(content))
        raise typer.Exit(1)
    if output is not None:
        try:
            output.write_bytes(content)
        except OSError as error:
            raise _unwritable(output, error) from error
        Console(stderr=True).print(f"已写入 · written: {output}", highlight=False)
        return None
    if as_json:
        sys.stdout.write(content.decode() + "\n")
        return None
    found: dict[str, Any] = orjson.loads(content)
    return found


def _unwritable(path: Path, error: OSError) -> UnreadableFile:
    return UnreadableFile(
        Words(f"写不了 {path.name}", f"cannot write {path.name}: {error.strerror}"),
        field="--output",
        mend=Words("换一个文件", "name another file"),
    )


def _json(path: Path) -> Any:
    try:
        return orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError) as error:
        raise UnreadableFile(
            Words(f"读不了 {path.name}", f"{path.name} cannot be read as JSON"),
            field=path.name,
            mend=Words("请检查文件", "check the file"),
        ) from error


def _show_coverage(answer: dict[str, Any], lang: str) -> None:
    english = lang == "en"
    method, console = answer["method"], _screen()
    unit = method["demand"]["unit_en" if english else "unit_zh"]
    name = method["demand"]["name_en" if english else "name_zh"]
    when = method["at"] or f"{method['week']['from']} – {method['week']['to']}"
    console.print(
        f"[bold]{answer['area']['name']}[/] · {when} · {method['within']['asked']} · "
        f"{method['model']['name']} · {name} ({unit})"
    )
    words = {"zh": ("区", "需求", "覆盖率", "若不确定的都开放", "平均米", "P90 米", "最差小时"),
             "en": ("district", "demand", "covered", "unknown = open", "mean m", "P90 m", "worst hour"),
    }  # fmt: skip
    table = Table("#", *words["en" if english else "zh"])
    for one in [*sorted(answer["districts"], key=lambda shape: shape["rank"] or 0), answer]:
        closed, opened = one["unknown_closed"], one["unknown_open"]
        table.add_row(
            str(one.get("rank") or ""),
            one.get("name", "Σ"),
            f"{one['total']:,.0f}",
            _percent(_mean(closed["share"])),
            _percent(_mean(opened["share"])),
            _metres(_mean(closed["mean_distance_m"])),
            _metres(_mean(closed["p90_distance_m"])),
            f"{one['worst_hour']['at'][5:16].replace('T', ' ')} {_percent(one['worst_hour']['share'])}"
            if "worst_hour" in one
            else "",
            style="bold" if one is answer else None,
        )
    console.print(table)
    if answer["outside"]["points"]:
        outside = answer["outside"]
        console.print(f"不在任何区内 · in no district: {outside['points']:,} ({outside['total']:,.0f})")


def _screen() -> Console:
    """The terminal; a file or pipe is as wide as the tables, which nobody wants folded there."""
    console = Console()
    return console if console.is_terminal else Console(width=WIDE)


def _mean(figure: Any) -> float | None:
    """A single figure, or the mean of a week's."""
    if isinstance(figure, list):
        known = [value for value in figure if value is not None]
        return sum(known) / len(known) if known else None
    return None if figure is None else float(figure)


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.1%}"


def _metres(metres: float | None) -> str:
    return "–" if metres is None else f"{metres:,.0f}"
