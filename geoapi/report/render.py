"""The page: every section by its view and its template, or why it is missing."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib.resources import files
from typing import Any, Final, NamedTuple

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from geoapi.report.inputs import ReportInputs
from geoapi.report.policy import without_style_attributes
from geoapi.report.scene import Missing, Scene
from geoapi.report.sections import distances, gaps, method, ranking, sites, summary, targets, week
from geoapi.report.text import finalized


class Section(NamedTuple):
    """A section: its id, and what it shows. Its heading is the word `s_<id>`."""

    id: str
    view: Callable[[Scene], dict[str, Any]]


SECTIONS: Final = (
    Section("gaps", gaps.view),
    Section("week", week.view),
    Section("ranking", ranking.view),
    Section("distances", distances.view),
    Section("sites", sites.view),
    Section("extensions", sites.extensions_view),
    Section("targets", targets.view),
    Section("method", method.view),
)


def render_report(inputs: ReportInputs) -> str:
    """One HTML document that needs nothing else: no script, no font, no image, no request, no `style`.

    Everything from the answers is escaped and freed of control characters. The same inputs give the same
    text. Figures are those of the answers, rounded for reading only.
    """
    scene = Scene(inputs)
    environment = _environment()
    common = {"say": scene.say, "lang": "zh-CN" if scene.lang == "zh" else "en", "scene": scene, "gaps": gaps}
    bodies = []
    for section in SECTIONS:
        try:
            values = section.view(scene)
            body = environment.get_template(f"{section.id}.html.jinja").render(common | values)
            bodies.append({"id": section.id, "body": Markup(body), "missing": None})
        except Missing as missing:
            bodies.append({"id": section.id, "body": None, "missing": missing.why})
    page = environment.get_template("report.html.jinja")
    html = page.render(common | summary.view(scene) | {"sections": bodies, "style": _style()})
    return without_style_attributes(html)


@cache
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("geoapi.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=finalized,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@cache
def _style() -> Markup:
    return Markup(files("geoapi.report").joinpath("templates/style.css").read_text("utf-8"))
