"""Districts made of a demand layer's own cells, for a city whose boundaries are not at hand.

Each district is the union of the layer's cells whose middles lie in one H3 cell, so that no cell is cut and
every point lies in exactly one district; the city is the union of them all.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import h3
import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import Connection
from scipy.spatial import cKDTree

from geoapi.coverage.grid import cell_box, lattice, reference_latitude
from geoapi.coverage.straight import earth_centred
from geoapi.errors import InvalidInput, Words
from loaders.demand.record import no_such_layer
from loaders.districts import Boundary, as_multipolygon, city_of, with_parent

DEFAULT_RESOLUTION: Final = 7
"""About 5 km² a district."""

MOST_DISTRICTS: Final = 2_000
_PEOPLE = {"people", "persons", "residents", "inhabitants"}


def districts_from_demand(
    conn: Connection, layer: str, code: str, name: str, *, resolution: int = DEFAULT_RESOLUTION
) -> list[Boundary]:
    """The city `code` and its districts, made of the cells of a layer on record.

    Districts are numbered by demand, the most first; their codes are H3 indexes. Cells without demand go to
    the district of the nearest cell that has some. Raises `NotFound` for a layer that is not on record,
    `InvalidInput` where it has no cells, or the resolution is no coarser than they are.
    """
    found = conn.execute(
        "SELECT id, cell, cell_size_m, h3_resolution, unit_en FROM demand_layer WHERE code = %s", [layer]
    ).fetchone()
    if found is None:
        known = conn.execute("SELECT code FROM demand_layer ORDER BY code").fetchall()
        raise no_such_layer(layer, [row[0] for row in known])
    number, shape, size_m, cell_resolution, unit = found
    if shape == "point":
        raise _wrong(
            f"图层“{layer}”是散点，没有单元", f"the points of layer {layer!r} stand for no cells",
            "用 H3 单元或规则网格的图层", "use a layer of H3 cells or of a regular grid", "--from-demand",
        )  # fmt: skip
    if not 0 <= resolution <= 15 or (cell_resolution is not None and resolution >= cell_resolution):
        finest = 15 if cell_resolution is None else cell_resolution - 1
        raise _wrong(
            f"--h3 须为 0 到 {finest}",
            f"--h3 must be between 0 and {finest}: coarser than the layer's cells",
            "例如 7（约 5 平方千米）", "7, for example, is about 5 km²", "--h3",
        )  # fmt: skip
    rows = conn.execute(
        "SELECT lon, lat, weight FROM demand_point WHERE layer_id = %s ORDER BY seq", [number]
    ).fetchall()
    lon, lat, weight = np.array(rows, dtype=np.float64).reshape(-1, 3).T
    if shape == "h3":
        names, which = _distinct(h3.latlng_to_cell(y, x, cell_resolution) for x, y in _pairs(lon, lat))
        polygons = _hexagons(names)
        parent = np.array([h3.cell_to_parent(cell, resolution) for cell in names])
    else:
        polygons, which, x, y = _squares(lon, lat, size_m)
        parent = np.array([h3.latlng_to_cell(b, a, resolution) for a, b in _pairs(x, y)])
    middles = shapely.get_coordinates(shapely.centroid(polygons))
    demand = np.bincount(which, weights=weight, minlength=len(polygons)).astype(np.float64)
    boundaries = _districts(polygons, parent, demand, middles, people=unit in _PEOPLE)
    city = city_of(code, name, None, boundaries)
    return [city, *with_parent(boundaries, code)]


def _districts(
    polygons: NDArray[np.object_],
    parent: NDArray[np.str_],
    demand: NDArray[np.float64],
    middles: NDArray[np.float64],
    *,
    people: bool,
) -> list[Boundary]:
    codes, group = np.unique(parent, return_inverse=True)
    sums = np.bincount(group, weights=demand)
    bare = sums[group] <= 0
    if bare.all():
        raise _wrong(
            "图层没有任何需求", "the layer has no demand at all", "换一个图层", "use another layer",
            "--from-demand",
        )  # fmt: skip
    if bare.any():
        tree = cKDTree(earth_centred(middles[~bare, 0], middles[~bare, 1]))
        _, nearest = tree.query(earth_centred(middles[bare, 0], middles[bare, 1]))
        group[bare] = group[~bare][nearest]
    order = [int(n) for n in np.lexsort((codes, -sums)) if sums[n] > 0]
    if len(order) > MOST_DISTRICTS:
        raise _wrong(
            f"会有 {len(order)} 个区，上限 {MOST_DISTRICTS}",
            f"there would be {len(order)} districts; the most is {MOST_DISTRICTS}",
            "用更小的 --h3", "give a smaller --h3", "--h3",
        )  # fmt: skip
    return [
        Boundary(
            str(codes[n]), f"第{place}片", f"Area {place}", "district", None,
            # neighbours share their edges to the last bit, so nothing is left between them
            as_multipolygon(shapely.coverage_union_all(polygons[group == n])),
            round(float(sums[n])) if people else None,
        )
        for place, n in enumerate(order, 1)
    ]  # fmt: skip


def _hexagons(cells: list[str]) -> NDArray[np.object_]:
    """The cells' polygons, of H3's own vertices: those of neighbours are the same to the last bit."""
    corners: dict[str, tuple[float, float]] = {}
    polygons = []
    for cell in cells:
        ring = []
        for vertex in h3.cell_to_vertexes(cell):
            if vertex not in corners:
                lat, lon = h3.vertex_to_latlng(vertex)
                corners[vertex] = (lon, lat)
            ring.append(corners[vertex])
        polygons.append(shapely.Polygon(ring))
    return np.array(polygons, dtype=object)


def _squares(
    lon: NDArray[np.float64], lat: NDArray[np.float64], size_m: float
) -> tuple[NDArray[np.object_], NDArray[np.int64], NDArray[np.float64], NDArray[np.float64]]:
    """The lattice's cells that hold the points, which of them each point is in, and their middles."""
    reference = reference_latitude(lon, lat, size_m)
    cells, which = np.unique(
        np.column_stack(lattice(lon, lat, size_m, reference)), axis=0, return_inverse=True
    )
    west, south, east, north = cell_box(cells[:, 0], cells[:, 1], size_m, reference)
    return shapely.box(west, south, east, north), which.ravel(), (west + east) / 2, (south + north) / 2


def _pairs(x: NDArray[np.float64], y: NDArray[np.float64]) -> list[tuple[float, float]]:
    return list(zip(x.tolist(), y.tolist(), strict=True))


def _distinct(cells: Iterable[str]) -> tuple[list[str], NDArray[np.int64]]:
    names, which = np.unique(np.array(list(cells), dtype=np.str_), return_inverse=True)
    return [str(name) for name in names], which.astype(np.int64)


def _wrong(zh: str, en: str, mend_zh: str, mend_en: str, field: str) -> InvalidInput:
    return InvalidInput(Words(zh, en), field=field, mend=Words(mend_zh, mend_en))
