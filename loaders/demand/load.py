"""One load of demand: a file and a mapping in, a layer and a report out, in one transaction."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from psycopg import Connection

from geoapi.coverage.apportion import Spread
from geoapi.coverage.inputs import Cell
from geoapi.errors import InvalidInput, LoadStopped, Words
from loaders.demand import areas as by_area
from loaders.demand.districts import Area, finest_codes, read_areas
from loaders.demand.mapping import DemandMapping, OverMapping
from loaders.demand.points import Points, read_cells, read_points
from loaders.demand.raster import read_raster
from loaders.demand.record import Layer, record_layer
from loaders.demand.report import DemandReport, Tally
from loaders.demand.tables import counted_rows, open_demand_table, without_absence
from loaders.load import Progress, no_progress
from loaders.source_file import file_sha256

MOST_POINTS: Final = 5_000_000
"""Points of one layer. All of Beijing at 250 m is 263,000."""


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """The points of a layer before they are recorded."""

    points: Points
    codes: NDArray[np.object_]
    cell: Cell
    without: tuple[str, ...] = ()
    over: dict[str, Any] | None = None
    raster: dict[str, Any] | None = None


def load_demand(
    conn: Connection,
    path: Path,
    mapping: DemandMapping,
    *,
    over: Path | None = None,
    over_mapping: OverMapping | None = None,
    dry_run: bool = False,
    most_points: int = MOST_POINTS,
    progress: Progress = no_progress,
) -> DemandReport:
    """Load a layer and say what became of every row. One transaction, rolled back when `dry_run`.

    A layer of the same code is replaced, whole; where nothing would differ, nothing is written. `over` are
    the ancillary points of a mapping of the form "areas". Raises `UnreadableFile`, `InvalidMapping`,
    `InvalidInput`, and `LoadStopped` when the evidence speaks against the load or no row can be used.
    """
    started = time.monotonic()
    if (over is None) != (over_mapping is None) or (over is not None and mapping.form != "areas"):
        raise InvalidInput(
            Words("--over 与 --over-map 须一起给出，且仅用于面的合计", "--over and --over-map go together"),
            field="--over",
            mend=Words(
                '二者都给或都不给；映射须为 form = "areas"',
                'give both or neither, with a mapping of form = "areas"',
            ),
        )
    for file in (path, over):
        if file is not None:
            file_sha256(file)  # a file that cannot be read is told before anything is done
    with conn.transaction(force_rollback=dry_run):
        report = _load(conn, path, mapping, over, over_mapping, most_points, progress)
        report.dry_run = dry_run
    report.seconds = round(time.monotonic() - started, 3)
    return report


def _load(
    conn: Connection,
    path: Path,
    mapping: DemandMapping,
    over: Path | None,
    over_mapping: OverMapping | None,
    most: int,
    progress: Progress,
) -> DemandReport:
    districts = read_areas(conn)
    tally = Tally()
    progress(Words(f"读取 {path.name}", f"reading {path.name}"), None)
    match mapping.form:
        case "raster":
            made = _of_raster(path, mapping, districts, most, tally, progress)
        case "areas":
            ancillary = _ancillary(over, over_mapping, districts) if over and over_mapping else None
            made = _of_areas(path, mapping, ancillary, districts, most, tally, progress)
        case _:
            made = _of_points(path, mapping, districts, tally)
    made, dropped = _without_outside(made) if not mapping.keeps_outside else (made, None)
    if not made.points.lon.size or not made.points.weight.any():
        raise _nothing(tally, dropped)
    if made.points.lon.size > most:
        raise InvalidInput(
            Words(f"超过 {most} 个需求点", f"{made.points.lon.size} demand points; the most is {most}"),
            field="FILE",
            mend=Words(
                "请分成几个图层，或先合并到网格", "split it into layers, or add it up on a grid first"
            ),
        )
    outside = dropped or _outside(made)
    layer = _layer(mapping, made, tally, outside)
    progress(Words("写入", "recording"), None)
    state = record_layer(conn, layer)
    return DemandReport(
        layer=layer.code, state=state, form=mapping.form, rows=tally.rows, accepted=tally.accepted,
        quarantined=tally.as_dict()["quarantined"], examples=tally.as_dict()["examples"],
        points=int(layer.lon.size), total=layer.total, outside=outside, datum=made.points.datum,
        without_ancillary=list(made.without), over=made.over, raster=made.raster,
    )  # fmt: skip


def _of_points(path: Path, mapping: DemandMapping, districts: list[Area], tally: Tally) -> _Made:
    datum = mapping.place.parsed_datum
    table, columns = open_demand_table(path, mapping.file, mapping.columns, datum)
    with table:
        rows = counted_rows(without_absence(table, mapping.absence), tally)
        if mapping.form == "h3":
            points = read_cells(rows, columns, datum, districts, tally)
            cell = Cell("h3", _h3_edge_m(points.h3_resolution or 0), points.h3_resolution)
        else:
            _need_position(columns.lon)
            points = read_points(
                rows, columns, datum, districts, tally, keep_repeats=mapping.points.repeats == "keep"
            )
            cell = Cell(mapping.points.shape, mapping.points.size_m)
    return _Made(points, finest_codes(points.lon, points.lat, districts), cell)


def _of_areas(
    path: Path,
    mapping: DemandMapping,
    ancillary: tuple[Points, dict[str, Any]] | None,
    districts: list[Area],
    most: int,
    tally: Tally,
    progress: Progress,
) -> _Made:
    assert mapping.columns.weight is not None
    datum = mapping.place.parsed_datum
    if mapping.columns.district is not None:
        table, _ = open_demand_table(path, mapping.file, mapping.columns, datum)
        with table:
            rows = counted_rows(without_absence(table, mapping.absence), tally)
            totals = by_area.totals_by_district(
                rows, mapping.columns.district, mapping.columns.weight, districts, mapping.spread.level, tally
            )
    else:
        totals = by_area.totals_by_polygon(path, mapping.columns.weight, datum, tally)
    if not totals.polygons:
        raise _nothing(tally, None)
    progress(Words("分摊", "spreading"), None)
    over = ancillary[0] if ancillary else None
    found: Spread = by_area.spread_totals(
        totals,
        over,
        grid_m=mapping.spread.cell_size_m,
        unit=mapping.spread.unit,
        evenly=mapping.spread.without == "even",
        most=most,
    )
    points = Points(found.lon, found.lat, found.weight, {"declared": str(datum), "evidence": {}})
    said = None
    if ancillary:
        said = {**ancillary[1], "unused": found.unused, "without_share": found.unpeopled}
        points = replace(points, datum=ancillary[1]["datum"])
    return _Made(
        points,
        by_area.codes_of(found, totals, districts),
        by_area.cell_of(over, point_m=mapping.points.size_m, grid_m=mapping.spread.cell_size_m),
        tuple(totals.names[number] for number in found.without),
        said,
    )


def _ancillary(path: Path, mapping: OverMapping, districts: list[Area]) -> tuple[Points, dict[str, Any]]:
    """The points that totals are spread over, and what the report says of them."""
    tally, datum = Tally(), mapping.place.parsed_datum
    table, columns = open_demand_table(path, mapping.file, mapping.columns, datum)
    with table:
        _need_position(columns.lon)
        rows = counted_rows(without_absence(table, mapping.absence), tally)
        points = read_points(rows, columns, datum, districts, tally, keep_repeats=False)
    said = {
        "name": mapping.name, "source": mapping.source, "licence": mapping.licence, "datum": points.datum
    }  # fmt: skip
    return points, {**said, **tally.as_dict()}


def _of_raster(
    path: Path, mapping: DemandMapping, districts: list[Area], most: int, tally: Tally, progress: Progress
) -> _Made:
    found = read_raster(
        path,
        band=mapping.raster.band,
        cell_size_m=mapping.raster.cell_size_m,
        areas=districts,
        whole=mapping.keeps_outside,
        most=most,
        tally=tally,
        progress=lambda share: progress(Words(f"读取 {path.name}", f"reading {path.name}"), share),
    )
    points = found.points
    return _Made(points, finest_codes(points.lon, points.lat, districts), found.cell, raster=found.counts)


def _without_outside(made: _Made) -> tuple[_Made, dict[str, float]]:
    inside = np.array([code is not None for code in made.codes.tolist()], dtype=bool)
    said = {
        "points": int((~inside).sum()),
        "total": float(made.points.weight[~inside].sum()),
        "dropped": True,
    }
    points = replace(
        made.points,
        lon=made.points.lon[inside],
        lat=made.points.lat[inside],
        weight=made.points.weight[inside],
    )
    return replace(made, points=points, codes=made.codes[inside]), said


def _outside(made: _Made) -> dict[str, float]:
    outside = np.array([code is None for code in made.codes.tolist()], dtype=bool)
    return {"points": int(outside.sum()), "total": float(made.points.weight[outside].sum()), "dropped": False}


def _layer(mapping: DemandMapping, made: _Made, tally: Tally, outside: dict[str, float]) -> Layer:
    names = mapping.layer
    return Layer(
        code=names.code, name_zh=names.name_zh, name_en=names.name_en, unit_zh=names.unit_zh,
        unit_en=names.unit_en, as_of=names.as_of, source=names.source, licence=names.licence,
        cell=made.cell, lon=made.points.lon, lat=made.points.lat, weight=made.points.weight,
        codes=made.codes,
        method={
            "form": mapping.form,
            "mapping": mapping.model_dump(mode="json"),
            "rows": tally.rows,
            "accepted": tally.accepted,
            "quarantined": dict(tally.reasons),
            "over": {name: made.over[name] for name in ("name", "source", "licence")} if made.over else None,
            "without_ancillary": list(made.without),
            "dropped_outside": outside if outside["dropped"] else None,
        },
    )  # fmt: skip


def _h3_edge_m(resolution: int) -> float:
    """How far apart neighbours' centres are: the mean edge × √3."""
    import h3

    return float(h3.average_hexagon_edge_length(resolution, unit="m") * 3**0.5)


def _need_position(lon: str | None) -> None:
    if lon is None:
        raise InvalidInput(
            Words("没有说明位置在哪一列", "nothing says where the points are"),
            field="columns.lon",
            mend=Words("在 [columns] 中写 lon 与 lat", "add lon and lat to [columns]"),
        )


def _nothing(tally: Tally, dropped: dict[str, float] | None) -> LoadStopped:
    said = ", ".join(f"{reason} {count}" for reason, count in tally.reasons.most_common())
    if dropped and dropped["points"]:
        said = f"{said}; {dropped['points']} points in no district".lstrip("; ")
    return LoadStopped(
        Words(
            f"没有一行可用：{said or '数值都是零'}", f"no row can be used: {said or 'all weights are zero'}"
        ),
        field="FILE",
        mend=Words("请核对列、坐标系与区界", "check the columns, the datum, and which districts are loaded"),
        **tally.as_dict(),
    )
