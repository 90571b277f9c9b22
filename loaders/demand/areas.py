"""Totals by area → points: over ancillary points (dasymetric), or over a regular grid inside each area."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.coverage.apportion import Spread, spread
from geoapi.coverage.grid import area_grid
from geoapi.coverage.inputs import Cell, Floats, Ints
from geoapi.errors import InvalidInput, LoadStopped, UnreadableFile, Words
from geoapi.geometry.datums import Datum, Epsg
from geoapi.geometry.districts import assign_districts, stated_districts
from loaders.demand.districts import Area, finest_codes
from loaders.demand.points import Points, read_weight
from loaders.demand.report import Tally
from loaders.districts import in_wgs84, polygon_of
from loaders.read_json import parse_json
from loaders.rows import Row, cell_text


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Areas with what is in each. `codes` are districts' on record, or None for a file's own polygons."""

    names: list[str]
    polygons: list[shapely.Geometry]
    totals: NDArray[np.float64]
    codes: list[str] | None


def totals_by_district(
    rows: Iterable[Row], district: str, weight: str, areas: Sequence[Area], level: str, tally: Tally
) -> Totals:
    """The total of each district that a row names by code or name. Raises `LoadStopped` without districts."""
    here = [one for one in areas if one.level == level]
    if not here:
        raise LoadStopped(
            Words("还没有任何区的边界", f"no boundaries of level {level!r} are loaded yet"),
            field="spread.level",
            mend=Words("先运行 geoapi load-districts", "run `geoapi load-districts` first"),
        )
    found: dict[int, tuple[int, float]] = {}
    for row in rows:
        said = row.cells[district].strip()
        index = _district(said, here)
        if index is None:
            tally.refuse(row.number, "unknown_district", said)
            continue
        total = read_weight(row, weight, tally)
        if total is None:
            continue
        if index in found:
            tally.refuse(row.number, "duplicate_district", f"{said}: same as row {found[index][0]}")
            continue
        found[index] = (row.number, total)
    chosen = [here[index] for index in found]
    return Totals(
        [one.name_zh for one in chosen],
        [one.polygon for one in chosen],
        np.array([total for _, total in found.values()], dtype=np.float64),
        [one.code for one in chosen],
    )


def _district(said: str, here: Sequence[Area]) -> int | None:
    exact = [n for n, one in enumerate(here) if said and said in (one.code, one.name_zh, one.name_en)]
    if exact or not said:
        return exact[0] if len(exact) == 1 else None
    [index] = stated_districts([said], [one.code for one in here], [one.name_zh for one in here]).tolist()
    return index if index >= 0 else None


def totals_by_polygon(path: Path, weight: str, datum: Datum | Epsg, tally: Tally) -> Totals:
    """The polygons of a GeoJSON file with the total that each has as a property."""
    content = parse_json(path)
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise UnreadableFile(
            Words(
                f"{path.name} 不是 GeoJSON FeatureCollection", f"{path.name} is no GeoJSON FeatureCollection"
            ),
            field="FILE",
            mend=Words(
                "给出带合计的面，或在映射中用 columns.district 按区对应",
                "give polygons with totals, or name districts with columns.district in the mapping",
            ),
        )
    names, polygons, totals = [], [], []
    for number, feature in enumerate(features, 1):
        tally.rows += 1
        properties = feature.get("properties") if isinstance(feature, dict) else None
        geometry = feature.get("geometry") if isinstance(feature, dict) else None
        if not isinstance(geometry, dict) or geometry.get("type") not in ("Polygon", "MultiPolygon"):
            tally.refuse(
                number, "no_polygon", str(geometry.get("type")) if isinstance(geometry, dict) else ""
            )
            continue
        try:
            polygon, _ = in_wgs84(polygon_of(geometry, str(number)), datum)
        except (InvalidInput, shapely.errors.GEOSException):
            tally.refuse(number, "bad_polygon")
            continue
        if polygon.is_empty or not _on_earth(polygon):
            tally.refuse(number, "bad_polygon")
            continue
        cells = {weight: cell_text((properties or {}).get(weight))}
        total = read_weight(Row(number, cells), weight, tally)
        if total is None:
            continue
        names.append(str((properties or {}).get("name") or number))
        polygons.append(polygon)
        totals.append(total)
    return Totals(names, polygons, np.array(totals, dtype=np.float64), None)


def _on_earth(polygon: shapely.Geometry) -> bool:
    bounds = shapely.bounds(polygon)
    return bool(
        np.isfinite(bounds).all()
        and (np.abs(bounds[[0, 2]]) <= 180).all()
        and (np.abs(bounds[[1, 3]]) <= 90).all()
    )


def spread_totals(
    totals: Totals, over: Points | None, *, grid_m: float, unit: float | None, evenly: bool, most: int
) -> Spread:
    """Each area's total over the ancillary points inside it, or over the grid's cells by their area.

    An area with no ancillary point has its total `evenly` over the grid inside it, or at its inner point;
    either way it is among those `without`. Raises `InvalidInput` for more than `most` cells, and where
    totals are no whole multiples of the unit.
    """
    if over is None:
        lon, lat, weight, area = _grid_in(totals, range(len(totals.polygons)), grid_m, most)
        bare: tuple[int, ...] = ()
    else:
        lon, lat, weight = over.lon, over.lat, over.weight
        area = assign_districts(lon, lat, totals.polygons)
        peopled = np.unique(area[weight > 0])
        bare = tuple(n for n, total in enumerate(totals.totals.tolist()) if total > 0 and n not in peopled)
        if bare and evenly:
            more = _grid_in(totals, bare, grid_m, most)
            lon, lat, weight, area = (
                np.concatenate(both) for both in zip((lon, lat, weight, area), more, strict=True)
            )
    inner = shapely.point_on_surface(np.array(totals.polygons, dtype=object))
    try:
        found = spread(
            totals.totals, shapely.get_x(inner), shapely.get_y(inner), lon=lon, lat=lat, weight=weight,
            area=area, unit=unit,
        )  # fmt: skip
    except ValueError as error:
        raise InvalidInput(
            Words(f"合计无法按单位 {unit} 分摊：{error}", f"the totals cannot be shared out: {error}"),
            field="spread.unit",
            mend=Words(
                "去掉 unit，或取能整除合计的单位", "leave unit out, or take one that divides the totals"
            ),
        ) from error
    return replace(found, without=tuple(sorted({*found.without, *bare})))


def _grid_in(
    totals: Totals, which: Sequence[int], grid_m: float, most: int
) -> tuple[Floats, Floats, Floats, Ints]:
    """Middles, areas in km² and area numbers of the grid's cells in some of the areas."""
    numbers = np.array(which, dtype=np.int64)
    grid = area_grid(
        [totals.polygons[n] for n in which], [str(n) for n in which], cell_size_m=grid_m, most_cells=most
    )
    return grid.lon, grid.lat, grid.weight, numbers[grid.area]


def codes_of(found: Spread, totals: Totals, areas: Sequence[Area]) -> NDArray[np.object_]:
    """The finest district of each point; of totals by district, never outside the district they are of."""
    codes = finest_codes(found.lon, found.lat, areas)
    if totals.codes is None:
        return codes
    parents = {one.code: one.parent_code for one in areas}
    own = np.array(totals.codes, dtype=object)[found.area]
    for place, (code, stated) in enumerate(zip(codes.tolist(), own.tolist(), strict=True)):
        # a point on a shared border, or in a street drawn across it, counts where its total is of
        if not _within(code, stated, parents):
            codes[place] = stated
    return codes


def _within(code: str | None, ancestor: str, parents: dict[str, str | None]) -> bool:
    for _ in range(4):
        if code == ancestor:
            return True
        code = parents.get(code) if code else None
    return False


def cell_of(over: Points | None, *, point_m: float, grid_m: float) -> Cell:
    """What a spread point stands for."""
    return Cell("point", point_m) if over is not None else Cell("grid", grid_m)
