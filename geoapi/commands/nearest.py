"""geoapi nearest: the phone's question, from the command line."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import orjson
import typer

from geoapi.commands.ask import ask
from geoapi.commands.terminal import Column, Terminal, screen, table_of
from geoapi.errors import Words

OPEN, ANY = Words("开放", "open"), Words("最近，不论开放与否", "nearest, whatever their hours")
STATES = {
    "open": Words("开", "open"),
    "closed": Words("关", "closed"),
    "unknown": Words("不确定", "unknown"),
}

HEADINGS = {
    "zh": (
        Column("米", "number"), Column("分钟", "number"), Column("状态", "code"), Column("名称"),
        Column("地址"), Column("开放时间"), Column("设施"),
    ),
    "en": (
        Column("m", "number"), Column("min", "number"), Column("state", "code"), Column("name"),
        Column("address"), Column("hours"), Column("amenities"),
    ),
}  # fmt: skip


def nearest(
    lon: Annotated[float, typer.Option(help="经度 · longitude")],
    lat: Annotated[float, typer.Option(help="纬度 · latitude")],
    crs: Annotated[str, typer.Option(help="wgs84, gcj02, bd09")] = "wgs84",
    kind: Annotated[list[str] | None, typer.Option(help="类别 · any of these kinds")] = None,
    amenity: Annotated[list[str] | None, typer.Option(help="设施 · all of these amenities")] = None,
    open_: Annotated[str, typer.Option("--open", help="arrival, at, any")] = "arrival",
    at: Annotated[str | None, typer.Option(help="时刻 · for example 2026-11-22T03:00:00+08:00")] = None,
    stay_minutes: Annotated[int | None, typer.Option(help="停留分钟 · must stay open so long")] = None,
    radius_m: Annotated[float | None, typer.Option(help="半径，米 · radius in metres")] = None,
    limit: Annotated[int | None, typer.Option(help="最多几处 · most stations")] = None,
    lang: Annotated[str, typer.Option(help="zh, en")] = "zh",
    as_json: Annotated[bool, typer.Option("--json", help="接口的原样答复 · the API's own answer")] = False,
) -> None:
    """最近的、到达时开放的驿站 · The nearest station that is open when you get there."""
    parameters = {
        "lon": lon, "lat": lat, "crs": crs, "kind": kind, "amenity": amenity, "open": open_, "at": at,
        "stay_minutes": stay_minutes, "radius_m": radius_m, "limit": limit, "lang": lang,
    }  # fmt: skip
    status, body = ask("/v1/stations/nearest", parameters)
    answer = orjson.loads(body)
    if status != 200:
        print_problem(answer)
        raise typer.Exit(1)
    if as_json:
        sys.stdout.write(body.decode() + "\n")
        return
    console = screen()
    found = ANY if answer["query"]["open"] == "any" else OPEN
    _show(console, found.in_language(lang), answer["stations"], lang)
    _show(console, Words("开放时间不确定", "hours unknown").in_language(lang), answer["unknown_hours"], lang)
    if not answer["stations"] and (following := answer["opens_next"]):
        console.print(f"{Words('最先开放', 'opens next').in_language(lang)}: {following['opens_at']}")
        _show(console, "", [following], lang)


def print_problem(problem: dict[str, Any]) -> None:
    """A problem as lines on stderr: each field, what is wrong with it, and the mend."""
    console = Terminal(stderr=True, style="red", soft_wrap=True)
    for entry in problem.get("errors") or [{"detail": problem["detail"]}]:
        field, mend = entry.get("field"), entry.get("mend")
        parts = [f"{field}: " if field else "", entry["detail"], f" — {mend}" if mend else ""]
        console.print("".join(parts))


def _show(console: Terminal, title: str, stations: list[dict[str, Any]], lang: str) -> None:
    if not stations:
        return
    rows = [
        (
            f"{s['distance_m']:.0f}",
            str(s["walk_minutes"]),
            STATES[s["open_state"]].in_language(lang),
            s["name"],
            s["address"] or "",
            s["hours_text"] or "",
            " ".join(s["amenities"]),
        )
        for s in stations
    ]
    if title:
        console.print(title, style="bold")
    console.print(table_of(HEADINGS[lang], rows))
