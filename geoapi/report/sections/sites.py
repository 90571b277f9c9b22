"""Where the next stations go, and which ones could stay open longer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoapi.coverage.week_text import week_words
from geoapi.report.charts import curve
from geoapi.report.figures import NOTHING, known
from geoapi.report.maps import site_map
from geoapi.report.scene import Scene


def view(scene: Scene) -> dict[str, Any]:
    """Lead, map, table and curve of the next sites."""
    answer = scene.needed("sites", scene.inputs.sites)
    figures = scene.figures
    sites = sorted(answer.get("sites") or [], key=lambda site: site["rank"])
    before = (answer.get("before") or {}).get("share")
    if not sites:
        return {"lead": scene.markup("sites_none"), "rows": []}
    shares = [known(share) for share in (before, *(site.get("share") for site in sites))]
    drawn = None
    label = scene.say("site_map", area=scene.area)
    if scene.sheet is not None:
        drawn = site_map(scene.sheet, sites, label, scene.reach_radius_m)
    curve_label = scene.say("curve")
    numbers = [share for share in shares if share is not None]
    return {
        "lead": scene.markup(
            "sites_lead", n=str(len(sites)), before=figures.share(before),
            after=figures.share(sites[-1].get("share")),
            gain=scene.amount(sum(known(site.get("gain")) or 0 for site in sites)),
        ),
        "label": label,
        "svg": drawn,
        "no_map": None if drawn else scene.no_map,
        "rows": [_site(scene, site) for site in sites],
        "curve": curve(numbers, figures, scene.say("curve_axis"), curve_label)
        if len(numbers) == len(shares)
        else None,
        "curve_label": curve_label,
        "solver": _solver(scene, answer.get("solver") or {}),
    }  # fmt: skip


def _site(scene: Scene, site: Mapping[str, Any]) -> dict[str, str]:
    figures = scene.figures
    return {
        "rank": str(site["rank"]),
        "name": str(site.get("name") or ""),
        "district": scene.district(site.get("district")),
        "place": scene.coordinates(site.get("location")),
        "gain": figures.count(site.get("gain")),
        "covered": figures.count(site.get("covered")),
        "share": figures.share(site.get("share")),
    }


def _solver(scene: Scene, solver: Mapping[str, Any]) -> str:
    if solver.get("optimal"):
        return scene.say("solver_optimal")
    if solver.get("name") == "highs":
        return scene.say("solver_bound", gap=scene.figures.share(solver.get("gap"), 2))
    return scene.say("solver_greedy")


def extensions_view(scene: Scene) -> dict[str, Any]:
    """Rows of the stations whose longer hours bring most."""
    answer = scene.needed("extensions", scene.inputs.extensions)
    figures = scene.figures
    rows = []
    for row in sorted(answer.get("extensions") or [], key=lambda one: one["rank"]):
        station = row.get("station") or {}
        rows.append(
            {
                "rank": str(row["rank"]),
                "station": str(station.get("name") or station.get("id") or NOTHING),
                "now": station.get("hours_text") or scene.say("ext_unknown"),
                "add": week_words([str(row.get("hours") or NOTHING)], scene.lang),
                "extra": figures.count(row.get("extra_hours")),
                "gain": figures.count(row.get("gain")),
                "rate": figures.count(row.get("gain_per_hour")),
            }
        )
    return {"lead": scene.say("ext_lead" if rows else "ext_none"), "rows": rows}
