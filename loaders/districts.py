"""Boundaries: GeoJSON in any datum → valid WGS-84 multipolygons; what lies in them is put there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import Connection
from pydantic import Field, TypeAdapter, ValidationError

from geoapi.db.search_text import search_text
from geoapi.errors import InvalidInput, UnreadableFile, Words
from geoapi.geometry.datums import Datum, Epsg, to_wgs84
from geoapi.sample.districts import RESIDENTS_2020, sample_districts
from loaders.demand.districts import finest_codes, move_demand_points, read_areas
from loaders.positions import searched_names
from loaders.read_json import parse_json

Level = Literal["city", "district", "street"]

_Position = Annotated[list[float], Field(min_length=2, max_length=4)]
_Ring = Annotated[list[_Position], Field(min_length=4)]
_POLYGON = TypeAdapter(list[_Ring])
_MULTIPOLYGON = TypeAdapter(list[list[_Ring]])


@dataclass(frozen=True, slots=True)
class Boundary:
    """A district and its valid WGS-84 multipolygon; `population` None where it is not known."""

    code: str
    name_zh: str
    name_en: str | None
    level: Level
    parent_code: str | None
    polygon: shapely.MultiPolygon
    population: int | None = None


@dataclass(frozen=True, slots=True)
class DistrictReport:
    """How many boundaries were new, changed or the same; how many stations and demand points moved."""

    inserted: int
    updated: int
    unchanged: int
    repaired: int
    stations_moved: int
    demand_points_moved: int = 0

    def as_dict(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in self.__slots__}


def read_boundaries(
    path: Path,
    *,
    datum: Datum | Epsg,
    known_codes: dict[str, str],
    code_field: str = "code",
    name_field: str = "name",
    english_field: str | None = None,
    level: Level = "district",
    parent_code: str | None = None,
) -> tuple[list[Boundary], int]:
    """The boundaries in a GeoJSON file, and how many of them had to be repaired.

    Where a feature has no `code_field`, its code is that of its name in `known_codes`. Raises
    `UnreadableFile` for what is no collection of polygons, `InvalidInput` for a feature without name or code.
    """
    content = parse_json(path)
    features = content.get("features") if isinstance(content, dict) else None
    if not isinstance(features, list) or not features:
        raise UnreadableFile(
            Words(
                f"{path.name} 不是 GeoJSON FeatureCollection", f"{path.name} is no GeoJSON FeatureCollection"
            ),
            field="FILE",
            mend=Words("请给出边界的 GeoJSON", "give boundaries as GeoJSON"),
        )
    boundaries: list[Boundary] = []
    repaired = 0
    for number, feature in enumerate(features, 1):
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            properties = {}
        name = str(properties.get(name_field) or "").strip()
        if not name:
            raise _wrong(
                f"第 {number} 个要素没有 {name_field}",
                f"feature {number} has no {name_field!r}",
                "--name-field",
            )
        code = str(properties.get(code_field) or known_codes.get(name) or "").strip()
        if not code:
            raise _wrong(
                f"“{name}”没有代码，也查不到",
                f"{name!r} has no {code_field!r}, and its code is not known",
                "--code-field",
            )
        shape = polygon_of(feature.get("geometry"), name)
        polygon, was_valid = in_wgs84(shape, datum)
        repaired += not was_valid
        english = str(properties.get(english_field) or "").strip() if english_field else ""
        boundaries.append(
            Boundary(code, name, english or None, level, parent_code, polygon, RESIDENTS_2020.get(code))
        )
    if len({one.code for one in boundaries}) < len(boundaries):
        raise _wrong("有重复的代码", "a code occurs twice", "--code-field")
    return boundaries, repaired


def in_wgs84(shape: shapely.Geometry, datum: Datum | Epsg) -> tuple[shapely.MultiPolygon, bool]:
    """The shape in WGS-84 as a valid multipolygon, and whether it was valid before."""

    def convert(points: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.column_stack(to_wgs84(points[:, 0], points[:, 1], datum))

    moved = shapely.transform(shape, convert)
    valid = bool(shapely.is_valid(moved))
    if not valid:
        # "structure" keeps the area that the rings enclose; the default method has crashed PostgreSQL's GEOS
        moved = shapely.make_valid(moved, method="structure", keep_collapsed=False)
    return as_multipolygon(moved), valid


def as_multipolygon(shape: shapely.Geometry) -> shapely.MultiPolygon:
    """The polygons of a shape as one multipolygon; lines and points, left by a repair, are dropped."""
    parts = [part for part in shapely.get_parts(shape) if part.geom_type == "Polygon" and not part.is_empty]
    return shapely.MultiPolygon(parts)


def city_of(code: str, name_zh: str, name_en: str | None, districts: Sequence[Boundary]) -> Boundary:
    """The whole city: the union of its districts, its people the sum of theirs where all are known."""
    union = shapely.union_all([one.polygon for one in districts])
    if not shapely.is_valid(union):
        union = shapely.make_valid(union, method="structure", keep_collapsed=False)
    counts = [one.population for one in districts]
    people = sum(count for count in counts if count is not None) if None not in counts else None
    return Boundary(code, name_zh, name_en, "city", None, as_multipolygon(union), people)


def known_codes(conn: Connection) -> dict[str, str]:
    """Names of districts → codes: those on record, then Beijing's GB/T 2260 codes."""
    codes = {district.name_zh: district.code for district in sample_districts()}
    codes.update(conn.execute("SELECT name_zh, code FROM district WHERE level = 'district'").fetchall())
    return codes


def record_districts(
    conn: Connection,
    boundaries: Iterable[Boundary],
    *,
    source: str,
    replace_existing: bool = True,
    repaired: int = 0,
) -> DistrictReport:
    """Put boundaries on record, parents first; stations and demand points into the finest they lie in.

    In the caller's transaction. Nothing is written where nothing differs. Without `replace_existing` a code
    already on record keeps its boundary. A street whose parent nobody has named belongs to the district that
    it lies in.
    """
    counts = {"inserted": 0, "updated": 0, "unchanged": 0}
    for one in boundaries:
        row = conn.execute(
            _INSERT_OR_UPDATE,
            {
                "code": one.code, "parent": _parent_of(conn, one), "level": one.level, "zh": one.name_zh,
                "en": one.name_en, "geom": shapely.to_wkb(one.polygon), "people": one.population,
                "source": source, "replace": replace_existing,
            },
        ).fetchone()  # fmt: skip
        counts["unchanged" if row is None else "inserted" if row[0] else "updated"] += 1
    changed = counts["inserted"] + counts["updated"]
    return DistrictReport(
        **counts,
        repaired=repaired,
        # also where no boundary is news: stations put into districts before streets counted are moved now
        stations_moved=_move_stations(conn),
        demand_points_moved=move_demand_points(conn) if changed else 0,
    )


def _parent_of(conn: Connection, one: Boundary) -> str | None:
    """The parent given; for a street that has none on record either, the district around its middle."""
    if one.parent_code is not None or one.level != "street":
        return one.parent_code
    middle = shapely.point_on_surface(one.polygon)
    row = conn.execute(
        """SELECT code FROM district
           WHERE level = 'district' AND ST_Intersects(geom, ST_SetSRID(ST_MakePoint(%s, %s), 4326))
             AND NOT EXISTS (SELECT FROM district WHERE code = %s AND parent_code IS NOT NULL)
           ORDER BY code LIMIT 1""",
        [middle.x, middle.y, one.code],
    ).fetchone()
    return None if row is None else str(row[0])


_INSERT_OR_UPDATE = """
    INSERT INTO district AS d (code, parent_code, level, name_zh, name_en, geom, population, source)
    VALUES (%(code)s, %(parent)s, %(level)s, %(zh)s, %(en)s, ST_GeomFromWKB(%(geom)s, 4326), %(people)s,
      %(source)s)
    ON CONFLICT (code) DO UPDATE
    SET parent_code = coalesce(excluded.parent_code, d.parent_code), level = excluded.level,
      name_zh = excluded.name_zh, name_en = coalesce(excluded.name_en, d.name_en), geom = excluded.geom,
      population = coalesce(excluded.population, d.population), source = excluded.source, updated_at = now()
    WHERE %(replace)s
      AND (d.parent_code, d.level, d.name_zh, d.geom)
        IS DISTINCT FROM
          (coalesce(excluded.parent_code, d.parent_code), excluded.level, excluded.name_zh, excluded.geom)
    RETURNING xmax = 0
"""


def _move_stations(conn: Connection) -> int:
    """Give every station the finest district its point lies in, a street within its own; how many changed."""
    areas = read_areas(conn)
    if not areas:
        return 0
    names = searched_names(conn)
    stations = conn.execute(
        "SELECT id, lon, lat, district_code, name_zh, name_en, host_name, address FROM station ORDER BY id"
    ).fetchall()
    found = finest_codes(
        np.array([row[1] for row in stations], dtype=np.float64),
        np.array([row[2] for row in stations], dtype=np.float64),
        areas,
    )
    moved: list[tuple[Any, ...]] = [
        (row[0], code, search_text(row[4], row[5], row[6], row[7], *names.get(code, ())))
        for row, code in zip(stations, found.tolist(), strict=True)
        if code != row[3]
    ]
    if not moved:
        return 0
    conn.execute("DROP TABLE IF EXISTS pg_temp.moved")
    conn.execute("CREATE TEMP TABLE moved (id bigint, code text, search text) ON COMMIT DROP")
    with conn.cursor() as cursor, cursor.copy("COPY moved FROM STDIN") as copy:
        for one in moved:
            copy.write_row(one)
    conn.execute(
        """UPDATE station AS s
           SET district_code = m.code, search = m.search, version = s.version + 1, updated_at = now()
           FROM moved AS m WHERE m.id = s.id"""
    )
    return len(moved)


def polygon_of(geometry: object, name: str) -> shapely.Geometry:
    """A polygon or multipolygon from GeoJSON, as it is written; `name` is for the error, an `InvalidInput`.

    Checked before GEOS sees it: deep nesting has crashed it.
    """
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    try:
        if kind == "Polygon":
            parts = [_POLYGON.validate_python(geometry["coordinates"])]  # type: ignore[index]
        elif kind == "MultiPolygon":
            parts = _MULTIPOLYGON.validate_python(geometry["coordinates"])  # type: ignore[index]
        else:
            raise _wrong(f"“{name}”不是面", f"{name!r} is no polygon but {kind}", "FILE")
        return shapely.MultiPolygon(
            [
                (
                    [position[:2] for position in rings[0]],
                    [[position[:2] for position in ring] for ring in rings[1:]],
                )
                for rings in parts
            ]
        )
    except (ValidationError, KeyError, IndexError, shapely.errors.GEOSException, ValueError) as error:
        raise _wrong(
            f"“{name}”的坐标读不了", f"the coordinates of {name!r} cannot be read", "FILE"
        ) from error


def _wrong(zh: str, en: str, field: str) -> InvalidInput:
    return InvalidInput(
        Words(zh, en),
        field=field,
        mend=Words("请检查文件与字段名", "check the file and the names of its fields"),
    )


def with_parent(boundaries: Iterable[Boundary], code: str) -> list[Boundary]:
    """The boundaries as parts of the one with this code."""
    return [replace(one, parent_code=code) for one in boundaries]
