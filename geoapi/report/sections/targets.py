"""What was planned, what there is, and what is missing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from geoapi.report.figures import NOTHING, known, name_of
from geoapi.report.scene import Scene
from geoapi.report.sections.ranking import percent


def view(scene: Scene) -> dict[str, Any]:
    """Rows by kind, each kind's total last; the bars share one scale within a kind."""
    answer = scene.needed("targets", scene.inputs.targets)
    items, totals = list(answer.get("items") or []), list(answer.get("total") or [])
    if not items and not totals:
        return {"lead": scene.say("targets_none"), "groups": []}
    if not any(known(row.get("planned")) for row in (*items, *totals)):
        there = sum(known(row.get("existing")) or 0 for row in items)
        return {"lead": scene.say("targets_unplanned", n=scene.figures.count(there)), "groups": []}
    items = [row for row in items if _says_something(row)]
    totals = [row for row in totals if _says_something(row)]
    kinds = list(dict.fromkeys(str(row.get("kind")) for row in (*items, *totals)))
    groups: list[dict[str, Any]] = []
    unplanned = []
    for kind in kinds:
        if not any(known(row.get("planned")) for row in (*items, *totals) if row.get("kind") == kind):
            there = sum(known(row.get("existing")) or 0 for row in items if row.get("kind") == kind)
            inner = scene.say("t_there", n=scene.figures.count(there))
            unplanned.append(scene.code_name(kind) + scene.say("brackets", inner=inner))
            continue
        rows = [row for row in items if row.get("kind") == kind]
        total = next((row for row in totals if row.get("kind") == kind), None)
        shown = [_row(scene, row, _name(scene, row)) for row in rows]
        if total is not None and len(rows) != 1:
            shown.append(_row(scene, total, scene.say("t_total"), total=True))
        groups.append({"kind": scene.code_name(kind), "rows": shown})
    if all(len(group["rows"]) == 1 for group in groups):  # of one district: one table, a row for each kind
        rows = [group["rows"][0] | {"name": group["kind"]} for group in groups]
        groups = [{"kind": None, "rows": rows}]
    sources = sorted({str(row["source"]) for row in items if row.get("source")})
    return {
        "lead": scene.say("targets_lead"),
        "groups": groups,
        "unplanned": scene.say("t_unplanned", kinds=scene.say("and").join(unplanned)) if unplanned else None,
        "sources": scene.say("t_sources", sources=scene.say("semicolon").join(sources)) if sources else None,
        "surplus": scene.say("t_surplus") if any(_helps_none(row) for row in totals) else None,
        "due": any(row.get("due") for row in items),
    }


def _name(scene: Scene, row: Mapping[str, Any]) -> str:
    """The district's name; the rest of an area has that area's code, but a name of its own."""
    district = row.get("district") or {}
    return name_of(district, scene.lang) if row.get("rest") else scene.district(district)


def _says_something(row: Mapping[str, Any]) -> bool:
    """Whether anything is planned or there."""
    return known(row.get("planned")) is not None or bool(known(row.get("existing")))


def _helps_none(total: Mapping[str, Any]) -> bool:
    """Whether more is missing than the total's own planned and existing stations account for."""
    planned, existing, missing = (known(total.get(key)) or 0 for key in ("planned", "existing", "missing"))
    return missing > max(0, planned - existing)


def _row(scene: Scene, row: Mapping[str, Any], name: str, *, total: bool = False) -> dict[str, Any]:
    count = scene.figures.count
    planned, existing, open_ = (known(row.get(key)) for key in ("planned", "existing", "open"))
    whole = max(planned or 0, existing or 0, 1)
    return {
        "name": name,
        "total": total,
        "due": str(row.get("due") or NOTHING),
        **{key: count(row.get(key)) for key in ("planned", "existing", "open", "unknown", "missing")},
        "verified": count(row.get("verified_last_year")),
        "bar": {
            "planned": percent((planned or 0) / whole),
            "existing": percent((existing or 0) / whole),
            "open": percent((open_ or 0) / whole),
        },
        "reached": scene.figures.share((existing or 0) / planned, 0) if planned else NOTHING,
    }
