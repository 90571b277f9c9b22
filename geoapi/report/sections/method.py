"""How the figures came about, what is not known, and how to read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from geoapi.report.figures import NOTHING, known, moment
from geoapi.report.scene import Scene


def view(scene: Scene) -> dict[str, Any]:
    """Terms with what was chosen, notes of the answers, what is not known, how to read."""
    return {
        "terms": _terms(scene),
        "notes": _notes(scene),
        "not_known": _not_known(scene),
        "how": [
            scene.say("how_covered", reach=scene.reach),
            *(scene.say(key) for key in ("how_range", "how_rank", "how_color", "how_round")),
        ],
    }


def _terms(scene: Scene) -> list[tuple[str, str]]:
    method, demand, figures = scene.method, scene.demand, scene.figures
    stations, within = method.get("stations") or {}, method.get("within") or {}
    names = [scene.code_name(code) for code in method.get("kinds") or []]
    amenities = [scene.code_name(code) for code in method.get("amenities") or []]
    comma = scene.say("and")
    layer = demand.get(f"name_{scene.lang}") or demand.get("layer") or NOTHING
    terms = [
        (
            scene.say("m_demand"),
            scene.say(
                "m_demand_is", name=str(layer), points=figures.count(demand.get("points")),
                total=scene.amount(demand.get("total")),
            ),
        ),
        (scene.say("m_as_of"), str(demand.get("as_of") or scene.say("m_not_stated"))),
        (scene.say("m_source"), str(demand.get("source") or scene.say("m_not_stated"))),
        (
            scene.say("m_limit"),
            scene.say(
                "m_limit_is", metres=figures.metres(within.get("metres")),
                asked=str(within.get("asked", NOTHING)),
            ),
        ),
        (scene.say("m_model"), _model(scene)),
        (
            scene.say("m_time"),
            scene.say("comma").join(filter(None, (scene.when, str(method.get("time_zone") or ""))))
            or NOTHING,
        ),
        *_week(scene),
        (scene.say("m_kinds"), comma.join(names) or scene.say("m_all_kinds")),
        (scene.say("m_amenities"), comma.join(amenities) or scene.say("m_any_amenity")),
        (
            scene.say("m_stations"),
            scene.say(
                "m_stations_is", counted=figures.count(stations.get("counted")),
                verified=figures.count(stations.get("verified_last_year")), newest=_changed(scene, stations),
            ),
        ),
        (
            scene.say("m_unknown"),
            scene.say(
                "m_unknown_is", n=figures.count(stations.get("unknown_hours")),
                share=figures.share(stations.get("unknown_share")),
            ),
        ),
    ]  # fmt: skip
    if scene.inputs.attributions:
        terms.append((scene.say("m_attribution"), scene.say("semicolon").join(scene.inputs.attributions)))
    return terms


def _model(scene: Scene) -> str:
    model = scene.method.get("model") or {}
    speed = scene.figures.decimal(model.get("walk_speed_m_s"), 1)
    if model.get("name") == "walk":
        as_of = str(model.get("as_of") or scene.say("m_not_stated"))
        return scene.say("m_walk", network=str(model.get("network", NOTHING)), as_of=as_of, speed=speed)
    factor = known(model.get("detour_factor"))
    return scene.say("m_straight", factor=NOTHING if factor is None else f"{factor:g}", speed=speed)


def _week(scene: Scene) -> list[tuple[str, str]]:
    method = (scene.inputs.week or {}).get("method") or scene.method
    week = method.get("week")
    if not week:
        return []
    said = scene.say("m_week_is", start=str(week.get("from", NOTHING)), end=str(week.get("to", NOTHING)))
    days = [_holiday(scene, day) for day in week.get("holidays") or []]
    return [
        (scene.say("m_week"), said),
        (scene.say("m_holidays"), scene.say("semicolon").join(days) or scene.say("m_no_holidays")),
    ]


def _holiday(scene: Scene, day: Mapping[str, Any]) -> str:
    type_ = "makeup_legend" if day.get("type") == "makeup" else "holiday_legend"
    word = day.get(f"name_{scene.lang}") or scene.say(type_).partition("：")[2] or scene.say(type_)
    try:
        when = scene.figures.day(date.fromisoformat(str(day.get("date"))))
    except ValueError:
        when = str(day.get("date"))
    return f"{when} {word}"


def _changed(scene: Scene, stations: Mapping[str, Any]) -> str:
    at = moment(stations.get("newest_change"))
    return scene.say("m_not_stated") if at is None else scene.figures.day(at.date())


def _notes(scene: Scene) -> list[str]:
    """The answers' own notes, each once; and that it goes by area, where it does."""
    notes = [scene.say("m_by_area")] if scene.demand.get("by_area") else []
    for answer in (scene.inputs.coverage, scene.inputs.week, scene.inputs.gaps, scene.inputs.sites):
        notes += ((answer or {}).get("method") or {}).get(f"notes_{scene.lang}") or []
    return list(dict.fromkeys(map(str, notes)))


def _not_known(scene: Scene) -> list[str]:
    stations = scene.method.get("stations") or {}
    counted, verified = known(stations.get("counted")), known(stations.get("verified_last_year"))
    said = []
    if known(stations.get("unknown_hours")):
        said.append(scene.say("nk_unknown", n=scene.figures.count(stations["unknown_hours"])))
    if counted is not None and verified is not None and counted > verified:
        said.append(scene.say("nk_verified", n=scene.figures.count(counted - verified)))
    walk = (scene.method.get("model") or {}).get("name") == "walk"
    said.append(scene.say("nk_walk" if walk else "nk_straight"))
    return [*said, scene.say("nk_capacity"), scene.say("nk_moving")]
