"""A GeoTIFF of weights → points at its cells' middles, read block by block. Needs the extra `raster`."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any, Final

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Geod, Transformer
from pyproj.exceptions import CRSError

from geoapi.coverage.grid import Lattice, nearest_reference, world_lattice
from geoapi.coverage.inputs import Cell
from geoapi.errors import InvalidInput, InvalidMapping, SetupNeeded, UnreadableFile, Words
from loaders.demand.districts import Area
from loaders.demand.points import Points
from loaders.demand.report import EXAMPLES, Tally

LARGEST_RASTER: Final = 4_000_000_000
"""Cells that are read at most; all of China at 100 m is half as many."""

_BLOCK = 2048
_WGS84 = Geod(ellps="WGS84")

Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class RasterPoints:
    """The points, what one stands for, and what was counted on the way."""

    points: Points
    cell: Cell
    counts: dict[str, Any]


def read_raster(
    path: Path,
    *,
    band: int,
    cell_size_m: float | None,
    areas: Sequence[Area],
    whole: bool,
    most: int,
    tally: Tally,
    progress: Callable[[float], None] = lambda share: None,
) -> RasterPoints:
    """The cells with a weight above zero; those of nodata count as no rows, those below zero are refused.

    Unless `whole`, only the part in the loaded districts' box is read. With `cell_size_m` cells are added up
    on our own lattice: nothing is lost, and each is moved by half a cell at most. Raises
    `UnreadableFile`, `SetupNeeded` without rasterio, `InvalidInput` for more than `most` points.
    """
    rasterio = _rasterio()
    try:
        with rasterio.open(path) as source:
            return _read(
                source, path, band, cell_size_m, areas, whole=whole, most=most, tally=tally, progress=progress
            )
    except rasterio.errors.RasterioError as error:
        raise UnreadableFile(
            Words(f"{path.name} 不是完好的 GeoTIFF", f"{path.name} is not an intact GeoTIFF: {error}"),
            field="FILE",
            mend=Words("请重新导出或下载", "export or download it again"),
        ) from error


def _rasterio() -> Any:
    try:
        # untyped, and only of the extra
        for module in ("rasterio.errors", "rasterio.windows"):
            import_module(module)
        return import_module("rasterio")
    except ImportError as error:
        raise SetupNeeded(
            Words("读取 GeoTIFF 需要 rasterio", "reading a GeoTIFF needs rasterio"),
            field="FILE",
            mend=Words("pip install 'geoapi[raster]'", "pip install 'geoapi[raster]'"),
        ) from error


def _read(
    source: Any,
    path: Path,
    band: int,
    cell_size_m: float | None,
    areas: Sequence[Area],
    *,
    whole: bool,
    most: int,
    tally: Tally,
    progress: Callable[[float], None],
) -> RasterPoints:
    if band > source.count:
        raise InvalidMapping(
            Words(f"{path.name} 只有 {source.count} 个波段", f"{path.name} has {source.count} bands"),
            field="raster.band",
            mend=Words("请核对波段", "check which band holds the weights"),
        )
    to_wgs84 = _to_wgs84(source, path)
    top, bottom, left, right = (
        (0, source.height, 0, source.width) if whole else _window(source, to_wgs84, areas)
    )
    if (bottom - top) * (right - left) > LARGEST_RASTER:
        raise UnreadableFile(
            Words(f"{path.name} 太大", f"{path.name} has {source.height} × {source.width} cells"),
            field="FILE",
            mend=Words(
                '先导入区界，再用 outside = "drop" 只读区内',
                'load districts first, and read only what is in them with outside = "drop"',
            ),
        )
    world = world_lattice(cell_size_m or 250.0, _reference(source, to_wgs84, (top + bottom) / 2))
    found: list[NDArray[np.float64]] = []
    nodata = zero = count = 0
    blocks = [(row, column) for row in range(top, bottom, _BLOCK) for column in range(left, right, _BLOCK)]
    for done, (row, column) in enumerate(blocks, 1):
        height, width = min(_BLOCK, bottom - row), min(_BLOCK, right - column)
        window = _rasterio().windows.Window(column, row, width, height)
        values = source.read(band, window=window, masked=True)
        empty = np.ma.getmaskarray(values) | np.isnan(values.data)
        weight = values.data.astype(np.float64)
        nodata += int(empty.sum())
        tally.rows += int((~empty).sum())
        for wrong, reason in (
            (~empty & np.isinf(weight), "weight_not_finite"),
            (~empty & np.isfinite(weight) & (weight < 0), "weight_negative"),
        ):
            _refuse(tally, reason, np.argwhere(wrong) + np.array([row, column]), weight[wrong])
        good = ~empty & np.isfinite(weight) & (weight >= 0)
        zero += int((good & (weight == 0)).sum())
        r, c = np.nonzero(good & (weight > 0))
        x, y = _at(source, column + c + 0.5, row + r + 0.5)
        lon, lat = to_wgs84(x, y)
        somewhere = np.isfinite(lon) & np.isfinite(lat) & (np.abs(lon) <= 180) & (np.abs(lat) <= 90)
        gone = np.stack((r, c), axis=1)[~somewhere] + np.array([row, column])
        _refuse(tally, "out_of_range", gone, weight[r, c][~somewhere])
        some = (lon[somewhere], lat[somewhere], weight[r, c][somewhere])
        found.append(np.stack(some if cell_size_m is None else _added_up(*some, world)))
        count += found[-1].shape[1]
        # what is to be added up shrinks; what is not must fit
        if cell_size_m is None and count > most:
            raise _too_many(count, most)
        progress(done / len(blocks))
    lon, lat, weight = np.concatenate(found, axis=1) if found else np.empty((3, 0))
    counts = {"read": (bottom - top) * (right - left), "nodata": nodata, "zero": zero}
    said = {"declared": source.crs.to_string(), "evidence": {}}
    if cell_size_m is None:
        cell = Cell("point", _pixel_m(source, to_wgs84) * 1.5)
        return RasterPoints(Points(lon, lat, weight, said), cell, counts)
    lon, lat, weight = _added_up(lon, lat, weight, world)
    if lon.size > most:
        raise _too_many(lon.size, most)
    return RasterPoints(Points(lon, lat, weight, said), Cell("grid", cell_size_m), counts)


def _at(source: Any, column: ArrayLike, row: ArrayLike) -> tuple[Numbers, Numbers]:
    """The file's coordinates of places counted in cells from its first corner; turned rasters included."""
    t = source.transform
    c, r = np.asarray(column, dtype=np.float64), np.asarray(row, dtype=np.float64)
    return t.a * c + t.b * r + t.c, t.d * c + t.e * r + t.f


def _refuse(tally: Tally, reason: str, places: NDArray[np.int64], weight: Numbers) -> None:
    """Count raster cells that cannot be used; the first few of each block are shown."""
    for (row, column), value in zip(places[:EXAMPLES].tolist(), weight[:EXAMPLES].tolist(), strict=True):
        tally.refuse(row + 1, reason, f"column {column + 1}: {value:g}")
    if len(places) > EXAMPLES:
        tally.reasons[reason] += len(places) - EXAMPLES


def _added_up(
    lon: Numbers, lat: Numbers, weight: Numbers, world: Lattice
) -> tuple[Numbers, Numbers, Numbers]:
    """The weights on a lattice: each cell's sum, at its middle."""
    column, row = world.cell(lon, lat)
    keys, which = np.unique(row * world.columns + column, return_inverse=True)
    row, column = np.divmod(keys, world.columns)
    x, y = world.middle(column, row)
    return x, y, np.bincount(which, weights=weight, minlength=keys.size).astype(np.float64)


def _to_wgs84(source: Any, path: Path) -> Callable[[Numbers, Numbers], tuple[Numbers, Numbers]]:
    if source.crs is None:
        raise UnreadableFile(
            Words(f"{path.name} 没有写明坐标系", f"{path.name} does not say its reference system"),
            field="FILE",
            mend=Words("用 gdal_edit.py -a_srs 写入坐标系", "write it in with gdal_edit.py -a_srs"),
        )
    try:
        # PROJ's lon/lat order, whatever the system's own
        transformer = Transformer.from_crs(CRS.from_wkt(source.crs.to_wkt()), "EPSG:4326", always_xy=True)
    except CRSError as error:
        raise UnreadableFile(
            Words(
                f"读不懂 {path.name} 的坐标系", f"the reference system of {path.name} cannot be read: {error}"
            ),
            field="FILE",
            mend=Words("转换为 EPSG:4326 后再导入", "convert the file to EPSG:4326 and load that"),
        ) from error

    def convert(x: Numbers, y: Numbers) -> tuple[Numbers, Numbers]:
        lon, lat = transformer.transform(x, y)
        return np.asarray(lon, dtype=np.float64), np.asarray(lat, dtype=np.float64)

    return convert


def _window(
    source: Any, to_wgs84: Callable[[Numbers, Numbers], tuple[Numbers, Numbers]], areas: Sequence[Area]
) -> tuple[int, int, int, int]:
    """Rows and columns that hold the districts' box; nothing where it lies elsewhere.

    The whole raster's cells on a coarse mesh are converted, rather than the box's edges into the raster's
    system: that works for every projection, and the mesh's own step is the margin.
    """
    if not areas:
        return 0, source.height, 0, source.width
    west, south, east, north = shapely.total_bounds(np.array([one.polygon for one in areas], dtype=object))
    rows = np.unique(np.linspace(0, source.height, 257).astype(np.int64))
    columns = np.unique(np.linspace(0, source.width, 257).astype(np.int64))
    grid_row, grid_column = np.meshgrid(rows, columns, indexing="ij")
    x, y = _at(source, grid_column.ravel(), grid_row.ravel())
    lon, lat = (values.reshape(grid_row.shape) for values in to_wgs84(x, y))
    corners = [(slice(None, -1), slice(None, -1)), (slice(None, -1), slice(1, None)),
               (slice(1, None), slice(None, -1)), (slice(1, None), slice(1, None))]  # fmt: skip
    lows = [np.minimum.reduce([values[corner] for corner in corners]) for values in (lon, lat)]
    highs = [np.maximum.reduce([values[corner] for corner in corners]) for values in (lon, lat)]
    meets = (lows[0] <= east) & (highs[0] >= west) & (lows[1] <= north) & (highs[1] >= south)
    if not meets.any():
        return 0, 0, 0, 0
    in_row, in_column = np.flatnonzero(meets.any(axis=1)), np.flatnonzero(meets.any(axis=0))
    return (
        int(rows[in_row[0]]),
        int(rows[in_row[-1] + 1]),
        int(columns[in_column[0]]),
        int(columns[in_column[-1] + 1]),
    )


def _reference(
    source: Any, to_wgs84: Callable[[Numbers, Numbers], tuple[Numbers, Numbers]], row: float
) -> float:
    _, lat = to_wgs84(*_at(source, [source.width / 2], [row]))
    return nearest_reference(float(lat[0])) if math.isfinite(lat[0]) else 0.0


def _pixel_m(source: Any, to_wgs84: Callable[[Numbers, Numbers], tuple[Numbers, Numbers]]) -> float:
    """The longer edge of the cell in the middle of the raster, metres on the spheroid."""
    column, row = source.width / 2, source.height / 2
    lon, lat = to_wgs84(*_at(source, [column, column + 1, column], [row, row, row + 1]))
    _, _, metres = _WGS84.inv(lon[[0, 0]], lat[[0, 0]], lon[1:], lat[1:])
    longest = float(np.max(metres))
    return longest if math.isfinite(longest) and longest > 0 else 100.0


def _too_many(count: int, most: int) -> InvalidInput:
    return InvalidInput(
        Words(f"超过 {most} 个需求点", f"there are {count} cells with a weight or more; the most is {most}"),
        field="raster.cell_size_m",
        mend=Words(
            "在 [raster] 中写 cell_size_m = 250，把小格合并",
            "add cells up: set cell_size_m = 250 in [raster]",
        ),
        points=count,
    )
