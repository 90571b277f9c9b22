"""The options that planners' commands share, written once."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, get_type_hints

import typer


class Language(StrEnum):
    """The languages of answers."""

    zh = "zh"
    en = "en"


Code = Annotated[str, typer.Argument(help="市、区或街道的代码 · city, district or street", metavar="CODE")]
Kind = Annotated[list[str] | None, typer.Option(help="类别 · kinds, counted together")]
At = Annotated[str | None, typer.Option(help="时刻 · for example 2026-11-25T03:00:00+08:00")]
WeekOf = Annotated[str | None, typer.Option(help="该日所在的一周 · the week of this day")]
Lang = Annotated[Language, typer.Option(help="语言 · language")]
Crs = Annotated[str, typer.Option(help="坐标系 · datum: wgs84, gcj02, bd09")]
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


def of_a_place(
    kind: Kind = None,
    amenity: Annotated[list[str] | None, typer.Option(help="设施 · only stations with all of these")] = None,
    within: Annotated[str | None, typer.Option(help="步行范围 · limit on foot: 800m, 15min")] = None,
    model: Annotated[
        str, typer.Option(help="straight:直线 · straight lines; walk:路网 · walks")
    ] = "straight",
    network: Annotated[str | None, typer.Option(help="步行路网 · walking network")] = None,
    demand: Annotated[str | None, typer.Option(help="需求图层 · demand layer; area: by area")] = None,
    lang: Lang = Language.zh,
) -> dict[str, Any]:
    """Which stations, how far, whose demand."""
    return {
        "kind": kind, "amenity": amenity, "within": within, "model": model, "network": network,
        "demand": demand, "lang": lang.value,
    }  # fmt: skip


def at_a_time(at: At = None) -> dict[str, Any]:
    """At one time."""
    return {"at": at}


def at_a_time_or_in_a_week(
    at: At = None,
    week: Annotated[
        bool, typer.Option("--week", help="一周 168 小时 · each hour of the present week")
    ] = False,
    week_of: WeekOf = None,
) -> dict[str, Any]:
    """At one time, or in each hour of a week."""
    return {"at": at, "week": week or None, "week_of": week_of}


def asks(*parts: Callable[..., dict[str, Any]]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """A command that takes the options of these parts, too, and gets what they make of them as `asked`."""

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        own = [one for one in _parameters(command) if one.name != "asked"]
        shared = {part: _parameters(part) for part in parts}
        every = own[:1] + [one for some in shared.values() for one in some] + own[1:]

        @wraps(command)
        def run(**given: Any) -> None:
            asked: dict[str, Any] = {}
            for part, names in shared.items():
                asked |= part(**{one.name: given.pop(one.name) for one in names})
            command(**given, asked=asked)

        # Typer reads the signature and, apart from it, the annotations
        run.__signature__ = inspect.Signature(every)  # type: ignore[attr-defined]
        run.__annotations__ = {one.name: one.annotation for one in every}
        del run.__wrapped__
        return run

    return decorate


def _parameters(function: Callable[..., Any]) -> list[inspect.Parameter]:
    hints = get_type_hints(function, include_extras=True)
    return [
        one.replace(kind=inspect.Parameter.KEYWORD_ONLY, annotation=hints[name])
        for name, one in inspect.signature(function).parameters.items()
    ]
