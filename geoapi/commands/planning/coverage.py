"""geoapi coverage and what belongs to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from geoapi.commands.planning import tables
from geoapi.commands.planning.answers import asking_with, fetch, names_of, read_json, say_written, unwritable
from geoapi.commands.planning.options import (
    AsJson,
    At,
    Code,
    Crs,
    Kind,
    Lang,
    Language,
    Output,
    Scheduler,
    WeekOf,
    asks,
    at_a_time,
    at_a_time_or_in_a_week,
    of_a_place,
)
from geoapi.errors import InvalidInput, Words


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


@app.command("show")
@asks(of_a_place, at_a_time_or_in_a_week)
def show(
    code: Code,
    *,
    asked: dict[str, Any],
    as_json: AsJson = False,
    output: Output = None,
    scheduler: Scheduler = None,
) -> None:
    """覆盖 · Coverage of CODE, district by district. The word `show` may be left out."""
    with asking_with(scheduler) as ask:
        answer = fetch(ask, f"/v1/districts/{code}/coverage", asked, as_json, output)
        if answer:
            tables.show_coverage(answer, asked["lang"], names_of(ask))


@app.command("gaps")
@asks(of_a_place, at_a_time)
def gaps(
    code: Code,
    *,
    asked: dict[str, Any],
    limit: Annotated[int, typer.Option(help="最多几处 · most of them")] = 20,
    crs: Crs = "wgs84",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """覆盖空白 · Gaps: connected areas without an open station within reach, the worst first."""
    question = {**asked, "crs": crs, "limit": limit}
    with asking_with(None) as ask:
        answer = fetch(ask, f"/v1/districts/{code}/gaps", question, as_json, output, shown="geojson")
        if answer:
            tables.show_gaps(answer, asked["lang"], names_of(ask))


@app.command("sites")
@asks(of_a_place, at_a_time_or_in_a_week)
def sites(
    code: Code,
    *,
    asked: dict[str, Any],
    n: Annotated[int, typer.Option("-n", help="几处 · how many")] = 5,
    candidates: Annotated[str, typer.Option(help="demand, venues")] = "demand",
    host: Annotated[list[str] | None, typer.Option(help="场所类型 · types of venues")] = None,
    places: Annotated[
        Path | None, typer.Option(help="候选地点的 JSON:[{lon, lat, name}] · candidate places as JSON")
    ] = None,
    hours: Annotated[str, typer.Option(help="新站的开放时间 · hours of a new site")] = "24/7",
    exact: Annotated[bool, typer.Option("--exact", help="求解到最优 · to proven optimality")] = False,
    crs: Crs = "wgs84",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """选址 · Sites: where the next stations go, with the gain of each."""
    question = {
        **asked, "crs": crs, "n": n, "candidates": candidates, "host": host, "hours": hours,
        "exact": exact or None,
    }  # fmt: skip
    body = None if places is None else {**question, "places": read_json(places)}
    with asking_with(None) as ask:
        answer = fetch(ask, f"/v1/districts/{code}/sites", question, as_json, output, body=body)
        if answer:
            tables.show_sites(answer, asked["lang"], names_of(ask))


@app.command("extensions")
@asks(of_a_place, at_a_time_or_in_a_week)
def extensions(
    code: Code,
    *,
    asked: dict[str, Any],
    n: Annotated[int, typer.Option("-n", help="几处 · how many")] = 5,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """延时 · Extensions: which existing stations, open longer, would cover most per extra hour."""
    with asking_with(None) as ask:
        answer = fetch(ask, f"/v1/districts/{code}/extensions", {**asked, "n": n}, as_json, output)
        if answer:
            tables.show_extensions(answer, asked["lang"], names_of(ask))


@app.command("supply")
@asks(of_a_place, at_a_time)
def supply(
    code: Code,
    *,
    asked: dict[str, Any],
    capacity: Annotated[str, typer.Option(help="station, area_m2")] = "station",
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """供需 · Supply against demand: enhanced two-step floating catchment areas (E2SFCA)."""
    question = {**asked, "capacity": capacity}
    with asking_with(None) as ask:
        answer = fetch(ask, f"/v1/districts/{code}/supply", question, as_json, output)
        if answer:
            tables.show_supply(answer, asked["lang"], names_of(ask))


@app.command("targets")
@asks(at_a_time)
def targets(
    code: Code,
    *,
    asked: dict[str, Any],
    kind: Kind = None,
    lang: Lang = Language.zh,
    as_json: AsJson = False,
    output: Output = None,
) -> None:
    """目标 · Targets: planned, existing, verified, open and missing, by district and kind."""
    question = {**asked, "kind": kind, "lang": lang.value}
    with asking_with(None) as ask:
        answer = fetch(ask, f"/v1/districts/{code}/targets", question, as_json, output)
        if answer:
            tables.show_targets(answer, lang.value, names_of(ask))


@app.command("what-if")
def what_if(
    changes: Annotated[
        Path,
        typer.Argument(
            help='接口的请求体 · the API\'s request body: {"code", "add", "remove", …}',
            metavar="CHANGES.json",
        ),
    ],
    lang: Lang = Language.zh,
    as_json: AsJson = False,
    output: Output = None,
    scheduler: Scheduler = None,
) -> None:
    """假如 · What if stations were added, removed, moved or open longer: before, after, difference."""
    body = read_json(changes)
    if not isinstance(body, dict):
        raise InvalidInput(
            Words("应为 JSON 对象", "must be a JSON object"),
            field=changes.name,
            mend=Words('例如 {"code": "110105", "add": […]}', 'for example {"code": "110105", "add": […]}'),
        )
    with asking_with(scheduler) as ask:
        answer = fetch(ask, "/v1/coverage/what-if", {}, as_json, output, body={"lang": lang.value, **body})
        if answer:
            tables.show_what_if(answer, lang.value, names_of(ask))


@app.command("report")
@asks(of_a_place)
def report(
    district: Annotated[
        str, typer.Option(help="市、区或街道的代码 · city, district or street", metavar="CODE")
    ],
    *,
    asked: dict[str, Any],
    output: Annotated[Path, typer.Option("--output", "-o", help="写入此 HTML 文件 · to this HTML file")],
    at: At = None,
    week_of: WeekOf = None,
    n: Annotated[int, typer.Option("-n", help="选址与延时各几处 · sites, and extensions")] = 5,
) -> None:
    """报告 · Report: one page with maps, week, ranking, sites and method; of the next 03:00 unless --at."""
    from geoapi.commands.planning.report import make_report, write_report

    with asking_with(None) as ask:
        html = make_report(ask, district, {**asked, "at": at}, week_of=week_of, n=n)
    try:
        write_report(output, html)
    except OSError as error:
        raise unwritable(output, error) from error
    say_written(output)
