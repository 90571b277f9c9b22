"""How an answer came about: demand, limit, model, hours, freshness and doubt. Part of every answer."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import numpy as np

from geoapi.api.dependencies import Service
from geoapi.api.parameters import Lang
from geoapi.coverage.inputs import UNKNOWN
from geoapi.errors import Words
from geoapi.queries.planning.areas import Part
from geoapi.queries.planning.demand import Layer
from geoapi.queries.planning.scene import Scene
from geoapi.schedule.refresh import REMEMBERED


async def method_of(scene: Scene, service: Service) -> dict[str, Any]:
    """Everything that the figures rest on."""
    catalog = await service.catalog.current()
    unreached = await service.desk.unreached(scene)
    question, moments, stations = scene.question, scene.moments, scene.stations
    doubtful = (scene.supply.states == UNKNOWN).any(axis=1)[scene.supply.pattern]
    counted = int(np.count_nonzero(stations.inside))
    unknown = int(np.count_nonzero(doubtful & stations.inside))
    local = moments.local()
    notes = _notes(scene)
    return {
        "demand": layer_shape(scene.layer),
        "within": {
            "asked": question.limit.asked,
            "metres": round(question.limit.metres, 1),
            "minutes": round(question.limit.minutes, 2),
        },
        "model": _model(scene, service.settings.walking.walk_speed_m_s, unreached),
        "at": local[0] if moments.week is None else None,
        "week": None
        if moments.week is None
        else {
            "from": local[0].date(),
            "to": local[-1].date(),
            "holidays": [
                {
                    "date": day.date,
                    "type": day.type,
                    "name_zh": day.name.zh if day.name else None,
                    "name_en": day.name.en if day.name else None,
                }
                for day in moments.holidays
            ],
        },
        "time_zone": moments.zone,
        "kinds": [catalog.kind_by_id[kind_id].code for kind_id in question.kind_ids],
        "amenities": [catalog.amenity_by_id[amenity_id].code for amenity_id in question.amenity_ids],
        "stations": {
            "counted": counted,
            "around": len(scene.supply) - counted,
            "newest_change": stations.newest_change,
            "verified_last_year": int(np.count_nonzero(stations.verified & stations.inside)),
            "unknown_hours": unknown,
            "unknown_share": round(unknown / counted, 4) if counted else 0.0,
        },
        "notes_zh": [note.zh for note in notes],
        "notes_en": [note.en for note in notes],
    }


def layer_shape(layer: Layer) -> dict[str, Any]:
    """A demand layer as answers name it."""
    return {
        "layer": layer.code,
        "name_zh": layer.name.zh,
        "name_en": layer.name.en,
        "unit_zh": layer.unit.zh,
        "unit_en": layer.unit.en,
        "as_of": layer.as_of,
        "source": layer.source,
        "licence": layer.licence,
        "points": layer.points,
        "total": round(layer.total, 6),
        "sample": layer.sample,
        "by_area": layer.id is None,
    }


def area_shape(part: Part, lang: Lang) -> dict[str, Any]:
    """A district as answers name it."""
    return {
        "code": part.code,
        "name": part.name_en if lang == "en" and part.name_en else part.name_zh,
        "name_zh": part.name_zh,
        "name_en": part.name_en,
        "level": part.level,
    }


def _model(scene: Scene, walk_speed_m_s: float, unreached: tuple[int, float]) -> dict[str, Any]:
    if scene.network is None:
        factor = getattr(scene.model, "detour_factor", None)
        return {"name": "straight", "detour_factor": factor, "walk_speed_m_s": walk_speed_m_s}
    return {
        "name": "walk",
        "network": scene.network.code,
        "source": scene.network.source,
        "as_of": scene.network.as_of,
        "unreached": {"points": unreached[0], "total": unreached[1]},
        "walk_speed_m_s": walk_speed_m_s,
    }


def _notes(scene: Scene) -> list[Words]:
    notes = [
        Words(
            "开放时间不确定的站点给出两种算法：都按关闭、都按开放",
            "stations with unknown hours are counted closed, and counted open: two figures",
        )
    ]
    if scene.moments.week is not None:
        notes.append(
            Words("每小时按整点时刻的状态计算", "each hour is judged by what is open as the hour strikes")
        )
    if scene.moments.at[0] < datetime.now(UTC) - REMEMBERED:
        notes.append(
            Words(
                "已结束的临时关闭、加开与紧急延时不计入",
                "closures, extra openings and overrides that are over are left out of account",
            )
        )
    if scene.layer.id is None:
        notes.append(
            Words(
                "没有需求图层：按面积计算，每个格子按平方公里计权",
                "no demand layer: by area, each cell weighted by its square kilometres",
            )
        )
    notes += _spread(scene)
    if scene.demand.cell.shape == "point":
        notes.append(
            Words(
                "需求为点：空白的轮廓按格子画，其中可能有已覆盖的点；人数只计未覆盖的点",
                "demand is points: outlines of gaps are drawn in cells and may hold people who are covered; "
                "their figures count only those who are not",
            )
        )
    if scene.layer.sample:
        notes.append(Words("需求图层为示例数据，并非真实", "the demand layer is made up, as a sample"))
    if scene.network is not None and scene.network.sample:
        notes.append(Words("步行路网为示例，街道并非真实", "the walking network is made up, as a sample"))
    return notes


def _spread(scene: Scene) -> list[Words]:
    """How totals became points, where the layer was made so: where in a district they are is not known."""
    over = scene.layer.method.get("over")
    if not over:
        return []
    notes = [
        Words(
            f"各区合计按辅助点“{over['name']}”分摊：区内分布是推算，不是实测",
            f"totals by district are spread over {over['name']}: where in a district people are is inferred",
        )
    ]
    codes = {part.code for part in scene.area.parts} | set(scene.area.part_of)
    bare = [code for code in scene.layer.method.get("without_ancillary", ()) if code in codes]
    if bare:
        names = {part.code: part.name_zh for part in scene.area.parts}
        english = {part.code: part.name_en or part.name_zh for part in scene.area.parts}
        notes.append(
            Words(
                f"{'、'.join(names.get(code, code) for code in bare)}没有辅助点，合计均匀分摊，结果不可靠",
                f"{', '.join(english.get(code, code) for code in bare)}: no such points, totals are spread "
                "evenly over all the ground; figures there are not to be relied on",
            )
        )
    return notes
