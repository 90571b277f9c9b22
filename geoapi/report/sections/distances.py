"""How far people walk to the nearest open station, in plain words."""

from __future__ import annotations

from typing import Any

from geoapi.report.figures import known
from geoapi.report.scene import Scene

_DISTANCES = (
    ("mean_distance_m", "d_mean"),
    ("p90_distance_m", "d_p90"),
    ("worst_decile_distance_m", "d_worst"),
)


def view(scene: Scene) -> dict[str, Any]:
    """Rows of measure, both figures, and what it means."""
    coverage, figures = scene.inputs.coverage, scene.figures
    if not known(coverage.get("total")):
        raise scene.missing("distances")
    rows = []
    for key, word in _DISTANCES:
        closed, opened = scene.both(coverage, key)
        rows.append((scene.say(word), _far(scene, closed), _far(scene, opened), scene.say(f"{word}_plain")))
    closed, opened = scene.both(coverage, "gini")
    mean, _ = scene.both(coverage, "mean_distance_m")
    plain = scene.say("d_gini_unknown")
    if known(mean) is not None and known(closed) is not None:
        # Gini's own definition: the mean difference of all pairs is 2 × Gini × the mean
        plain = scene.say("d_gini_plain", difference=figures.metres(2 * closed * mean))
    rows.append((scene.say("d_gini"), figures.decimal(closed), figures.decimal(opened), plain))
    return {
        "rows": rows,
        "note": scene.say("d_note", reach=scene.reach),
        "none_open": scene.say("d_none") if known(mean) is None else None,
    }


def _far(scene: Scene, metres: Any) -> str:
    said = scene.figures.metres(metres)
    if known(metres) is None or not known(scene.speed_m_s):
        return said
    return said + scene.say("brackets", inner=scene.figures.minutes(metres, scene.speed_m_s))
