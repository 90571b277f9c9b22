"""geoapi coverage report: everything a planner puts before a meeting, in one file."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

import orjson
import typer

from geoapi.commands.ask import Ask
from geoapi.commands.nearest import print_problem
from geoapi.commands.planning.answers import names_of
from geoapi.commands.progress import shown_progress
from geoapi.errors import Words
from geoapi.report.inputs import Boundary, Dot, ReportInputs
from geoapi.report.render import render_report

STATES = {"closed": 0, "open": 1, "unknown": 2}
NIGHT_HOUR = 3
SECTIONS = {
    "gaps": Words("空白", "gaps"),
    "sites": Words("选址", "sites"),
    "extensions": Words("延时", "longer hours"),
    "targets": Words("目标", "targets"),
}


def make_report(ask: Ask, code: str, asked: Mapping[str, Any], *, week_of: str | None, n: int) -> str:
    """The report of a district as HTML. Exit status 1, and the problem on stderr, where there is none."""
    lang: Literal["zh", "en"] = asked["lang"]
    coverage_path = f"/v1/districts/{code}/coverage"
    with shown_progress() as progress:
        progress(Words("覆盖", "coverage"), None)
        # the place's own clocks are known once anything of it is
        asked = asked if asked["at"] else {**asked, "at": next_night(_zone(ask, coverage_path, asked))}
        coverage = _must(ask, coverage_path, asked)
        at = coverage["method"]["at"]
        # all that follows is about the same time and the same demand
        same = {**asked, "at": at, "demand": coverage["method"]["demand"]["layer"]}
        lasting = {name: value for name, value in same.items() if name != "at"}
        week_of = week_of or at[:10]
        progress(Words("一周", "the week"), None)
        why: dict[str, Words] = {}
        week = _may(ask, coverage_path, {**lasting, "week_of": week_of}, "week", why)
        district = _must(ask, f"/v1/districts/{code}", {"lang": lang})
        city = district["parent_code"] or code
        worst = (
            _may(ask, f"/v1/districts/{city}/coverage", same, "ranking", why) if city != code else coverage
        )
        progress(SECTIONS["gaps"], None)
        gaps = _may(ask, f"/v1/districts/{code}/gaps", {**same, "limit": 200}, "gaps", why)
        progress(SECTIONS["sites"], None)
        sites = _may(ask, f"/v1/districts/{code}/sites", {**same, "n": n}, "sites", why)
        progress(SECTIONS["extensions"], None)
        extensions = _may(
            ask,
            f"/v1/districts/{code}/extensions",
            {**lasting, "week_of": week_of, "n": n},
            "extensions",
            why,
        )
        progress(SECTIONS["targets"], None)
        targets = _may(ask, f"/v1/districts/{code}/targets", {"at": at, "lang": lang}, "targets", why)
        stations = _may(ask, f"/v1/districts/{code}/stations", same, "stations", why)
        rows = _must(ask, "/v1/districts", {})["items"]
        outlines = _outlines(ask, districts_drawn(rows, city, code))
    return render_report(
        ReportInputs(
            coverage=coverage,
            boundary=next((one for one in outlines if one.code == code), None),
            outlines=[one for one in outlines if one.code != code],
            stations=None if stations is None else [_dot(feature) for feature in stations["features"]],
            week=week,
            gaps=gaps,
            sites=sites,
            extensions=extensions,
            targets=targets,
            worst=worst,
            names=names_of(ask),
            why=why,
            attributions=attributions(coverage, districts_drawn(rows, city, code)),
            made_at=datetime.now(UTC).astimezone(ZoneInfo(coverage["method"]["time_zone"])),
            lang=lang,
        )
    )


def next_night(zone: str) -> str:
    """The next 03:00 by the clocks of a zone: when least is open, and a report tells most."""
    now = datetime.now(ZoneInfo(zone))
    night = now.replace(hour=NIGHT_HOUR, minute=0, second=0, microsecond=0)
    return (night if night > now else night + timedelta(days=1)).isoformat()


def _zone(ask: Ask, path: str, asked: Mapping[str, Any]) -> str:
    zone: str = _must(ask, path, asked)["method"]["time_zone"]
    return zone


def _must(ask: Ask, path: str, asked: Mapping[str, Any]) -> dict[str, Any]:
    status, body = ask(path, asked)
    answer: dict[str, Any] = orjson.loads(body)
    if status != 200:
        print_problem(answer)
        raise typer.Exit(1)
    return answer


def _may(
    ask: Ask, path: str, asked: Mapping[str, Any], section: str, why: dict[str, Words]
) -> dict[str, Any] | None:
    """An answer that the report can do without: the section then says why."""
    status, body = ask(path, asked)
    answer: dict[str, Any] = orjson.loads(body)
    if status == 200:
        return answer
    _, english = ask(path, {**asked, "lang": "en"})
    why[section] = Words(answer["detail"], orjson.loads(english)["detail"])
    return None


def attributions(coverage: Mapping[str, Any], rows: list[dict[str, Any]]) -> list[str]:
    """Whose outlines, ways and demand the maps and figures are from, each once."""
    method = coverage["method"]
    ways = ["© OpenStreetMap contributors (ODbL)"] if method["model"]["name"] == "walk" else []
    demand = [] if method["demand"]["by_area"] else [method["demand"]["source"]]
    sources = [*(row["source"] for row in rows), *ways, *demand]
    return list(dict.fromkeys(source for source in sources if source))


def districts_drawn(rows: list[dict[str, Any]], city: str, code: str) -> list[dict[str, Any]]:
    """The area, the districts in it and those beside it."""
    return [row for row in rows if code == row["code"] or row["parent_code"] in (code, city)]


def _outlines(ask: Ask, rows: list[dict[str, Any]]) -> list[Boundary]:
    """The outlines of these districts."""
    return [
        Boundary(
            row["code"],
            Words(row["name_zh"], row["name_en"] or row["name_zh"]),
            _must(ask, f"/v1/districts/{row['code']}", {})["geometry"],
        )
        for row in rows
    ]


def _dot(feature: Mapping[str, Any]) -> Dot:
    lon, lat = feature["geometry"]["coordinates"]
    return Dot(lon, lat, STATES[feature["properties"]["state"]])


def write_report(path: Path, html: str) -> None:
    """Put the report into a file, whole or not at all."""
    draft = path.with_name(f".{path.name}.part")
    draft.write_text(html, encoding="utf-8")
    draft.replace(path)
