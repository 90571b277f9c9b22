"""Rows → weighted points, or H3 cells; and why a row is neither."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import h3
import numpy as np
from numpy.typing import NDArray

from geoapi.errors import LoadStopped, Words
from geoapi.geometry.datums import Datum, Epsg
from geoapi.geometry.points import PointFault
from loaders.demand.districts import Area
from loaders.demand.mapping import DemandColumns
from loaders.demand.place import judged, placed
from loaders.demand.report import Tally
from loaders.rows import Row

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Points:
    """Weighted points in WGS-84, what they say of their datum, and the resolution of H3 cells."""

    lon: Numbers
    lat: Numbers
    weight: Numbers
    datum: dict[str, Any]
    h3_resolution: int | None = None


def read_points(
    rows: Iterable[Row],
    columns: DemandColumns,
    datum: Datum | Epsg,
    areas: Sequence[Area],
    tally: Tally,
    *,
    keep_repeats: bool,
    field: str = "place.datum",
) -> Points:
    """The rows with a place and a weight, in the file's order; what is wrong with the others is in `tally`.

    Without a weight column each weighs one. A second row with the id of an earlier one, or without ids at the
    same place, is a repetition unless they are to be kept. Raises `LoadStopped` as `judged` does.
    """
    assert columns.lon is not None
    assert columns.lat is not None
    x, y, weight, number, ids = [], [], [], [], []
    for row in rows:
        point = _position(row, columns.lon, columns.lat, tally)
        if point is None:
            continue
        heavy = 1.0 if columns.weight is None else read_weight(row, columns.weight, tally)
        if heavy is None:
            continue
        x.append(point[0])
        y.append(point[1])
        weight.append(heavy)
        number.append(row.number)
        ids.append(row.cells[columns.id].strip() if columns.id else "")
    xs, ys = np.array(x, dtype=np.float64), np.array(y, dtype=np.float64)
    lon, lat, faults = placed(xs, ys, datum, areas)
    said = judged(xs, ys, faults, datum, areas, field=field)
    kept: list[int] = []
    seen: dict[object, int] = {}
    for place, fault in enumerate(faults.tolist()):
        if fault:
            tally.refuse(number[place], PointFault(fault).reason, f"{x[place]:.7g}, {y[place]:.7g}")
            continue
        key = ids[place] or (x[place], y[place])
        if not keep_repeats and (first := seen.setdefault(key, number[place])) != number[place]:
            reason = "duplicate_id" if ids[place] else "duplicate_point"
            tally.refuse(number[place], reason, f"same as row {first}")
            continue
        kept.append(place)
    which = np.array(kept, dtype=np.int64)
    return Points(lon[which], lat[which], np.array(weight, dtype=np.float64)[which], said)


def read_cells(
    rows: Iterable[Row], columns: DemandColumns, datum: Datum | Epsg, areas: Sequence[Area], tally: Tally
) -> Points:
    """The rows that are H3 cells of one resolution (the first cell's), each once, at their centre.

    Where the file has longitude and latitude, too, a point is at those, and must lie in its cell. Raises
    `LoadStopped` when most do not: then the axes or the datum are not what they were declared to be.
    """
    assert columns.cell is not None
    assert columns.weight is not None
    cells: list[str] = []
    weight, number, given = [], [], []
    first_row: dict[str, int] = {}
    resolution: int | None = None
    for row in rows:
        cell = _cell(row.cells[columns.cell])
        if cell is None:
            tally.refuse(row.number, "bad_cell", row.cells[columns.cell])
            continue
        if resolution is None:
            resolution = h3.get_resolution(cell)
        if h3.get_resolution(cell) != resolution:
            tally.refuse(
                row.number, "other_resolution", f"{cell}: {h3.get_resolution(cell)}, not {resolution}"
            )
            continue
        point = (math.nan, math.nan)
        if columns.lon is not None and columns.lat is not None:
            found = _position(row, columns.lon, columns.lat, tally)
            if found is None:
                continue
            point = found
        heavy = read_weight(row, columns.weight, tally)
        if heavy is None:
            continue
        if (first := first_row.setdefault(cell, row.number)) != row.number:
            tally.refuse(row.number, "duplicate_cell", f"{cell}: same as row {first}")
            continue
        cells.append(cell)
        weight.append(heavy)
        number.append(row.number)
        given.append(point)
    if columns.lon is None:
        centres = np.array([h3.cell_to_latlng(cell) for cell in cells], dtype=np.float64).reshape(-1, 2)
        said = {"declared": "h3", "evidence": {}}
        return Points(centres[:, 1], centres[:, 0], np.array(weight, dtype=np.float64), said, resolution)
    xy = np.array(given, dtype=np.float64).reshape(-1, 2)
    lon, lat, faults = placed(xy[:, 0], xy[:, 1], datum, areas)
    said = judged(xy[:, 0], xy[:, 1], faults, datum, areas)
    kept: list[int] = []
    astray = 0
    for place, cell in enumerate(cells):
        if faults[place]:
            reason = PointFault(int(faults[place])).reason
        elif h3.latlng_to_cell(float(lat[place]), float(lon[place]), resolution or 0) != cell:
            reason = "not_in_its_cell"
            astray += 1
        else:
            kept.append(place)
            continue
        tally.refuse(number[place], reason, f"{cell}: {xy[place, 0]:.7g}, {xy[place, 1]:.7g}")
    if astray * 2 > len(cells):
        raise LoadStopped(
            Words(
                f"{len(cells)} 行中有 {astray} 行的坐标不在所写的 H3 单元内",
                f"of {len(cells)} rows {astray} have coordinates outside the H3 cell they name",
            ),
            field="columns.lon",
            mend=Words(
                "请核对坐标系与经纬度顺序，或去掉 lon、lat 而取单元的中心",
                "check the datum and which is lon, or leave lon and lat out to take the cells' centres",
            ),
            datum=said,
        )
    which = np.array(kept, dtype=np.int64)
    return Points(lon[which], lat[which], np.array(weight, dtype=np.float64)[which], said, resolution)


def read_weight(row: Row, column: str, tally: Tally) -> float | None:
    """The row's weight; None, and the reason in `tally`, for what is none."""
    text = row.cells[column].strip()
    value = _number(text)
    if not text:
        reason = "no_weight"
    elif value is None:
        reason = "weight_not_a_number"
    elif not math.isfinite(value):
        reason = "weight_not_finite"
    elif value < 0:
        reason = "weight_negative"
    else:
        return value + 0.0  # -0.0 is 0
    tally.refuse(row.number, reason, text)
    return None


def _position(row: Row, lon: str, lat: str, tally: Tally) -> tuple[float, float] | None:
    x, y = row.cells[lon].strip(), row.cells[lat].strip()
    if not x or not y:
        tally.refuse(row.number, "no_coordinates", f"{x}, {y}")
        return None
    point = _number(x), _number(y)
    if point[0] is None or point[1] is None:
        tally.refuse(row.number, "not_a_number", f"{x}, {y}")
        return None
    return point[0], point[1]


def _number(text: str) -> float | None:
    """The number as it is written; Python's own 1_000 is none of a table's."""
    if "_" in text:
        return None
    try:
        return float(text)
    except ValueError:
        return None


def _cell(text: str) -> str | None:
    """The H3 index in its usual hexadecimal; as a decimal number, too, which tables keep it as."""
    text = text.strip().lower()
    if 18 <= len(text) <= 19 and text.isascii() and text.isdigit():
        text = h3.int_to_str(int(text))
    # a longer number does not fit into what h3 takes
    return text if len(text) <= 16 and h3.is_valid_cell(text) else None
