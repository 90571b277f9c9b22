"""How an answer's figures came about, in the lines above its table and below it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoapi.commands.terminal import Terminal
from geoapi.errors import Words
from geoapi.report.figures import Figures, moment

Answer = dict[str, Any]
Names = Mapping[str, Words]
"""What codes of kinds and amenities are called."""


def print_method(console: Terminal, answer: Answer, lang: str, names: Names) -> None:
    """Area, time, limit and model; then the demand, and the kinds and amenities where not all count."""
    method, figures = answer["method"], Figures(lang)
    within, demand = method["within"], method["demand"]
    parts = [when(method, lang), figures.metres(within["metres"]), _model(method["model"], lang)]
    if "min" in within["asked"]:
        parts[1] += f" ({within['asked']})"
    _print_head(console, answer, parts)
    as_of = demand["as_of"] or ("日期未注明" if lang == "zh" else "no date")
    layer = [str(demand[f"name_{lang}"]), str(demand[f"unit_{lang}"])]
    layer += [] if demand["by_area"] else [as_of]
    lines = [f"{'需求' if lang == 'zh' else 'demand'}: {' · '.join(layer)}"]
    for key, label in (("kind", Words("类别", "kinds")), ("amenity", Words("设施", "amenities"))):
        if codes := answer["query"].get(key):
            lines.append(f"{label.in_language(lang)}: {_named(codes, lang, names)}")
    console.print(" · ".join(lines))
    console.print()


def print_moment(console: Terminal, answer: Answer, lang: str) -> None:
    """Area and time alone, for what rests on nothing else."""
    _print_head(console, answer, [_time(answer["at"], lang)])
    console.print()


def print_notes(console: Terminal, answer: Answer, lang: str) -> None:
    """What the answer says must be known of it."""
    for note in answer["method"][f"notes_{lang}"]:
        console.print(f"· {note}", style="dim")


def when(method: Answer, lang: str) -> str:
    """The time, or the week, on the clocks of the place."""
    if method["at"]:
        return f"{_time(method['at'], lang)} {method['time_zone']}"
    week = Words("一周 168 小时", "168 hours of the week").in_language(lang)
    return f"{week} {method['week']['from']} – {method['week']['to']} {method['time_zone']}"


def code_name(code: str, lang: str, names: Names) -> str:
    """What a code is called; itself where nobody says."""
    return names[code].in_language(lang) if code in names else code


def _print_head(console: Terminal, answer: Answer, parts: list[str]) -> None:
    console.print(answer["area"]["name"], style="bold", end="")
    console.print(f" · {' · '.join(parts)}")


def _time(at: str, lang: str) -> str:
    known = moment(at)
    if known is None:
        return at
    return f"{known:%Y-%m-%d} {Figures(lang).weekday(known.weekday())} {known:%H:%M}"


def _model(model: Answer, lang: str) -> str:
    speed = f"{model['walk_speed_m_s']:g} {'米/秒' if lang == 'zh' else 'm/s'}"
    if model["name"] == "walk":
        name = Words("步行路网", "walking network").in_language(lang)
        return f"{name} {model['network']} ({model.get('as_of') or '?'}), {speed}"
    return f"{Words('直线', 'straight line').in_language(lang)} × {model['detour_factor']:g}, {speed}"


def _named(codes: list[str], lang: str, names: Names) -> str:
    return ("、" if lang == "zh" else ", ").join(code_name(code, lang, names) for code in codes)
