"""A demand layer on record, whole: its points are written anew, or not at all when nothing differs."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
import orjson
from numpy.typing import NDArray
from psycopg import Connection
from psycopg.types.json import Jsonb

from geoapi.coverage.inputs import Cell
from geoapi.errors import NotFound, Words
from loaders.demand.copying import copy_columns
from loaders.demand.districts import layer_fingerprint


@dataclass(frozen=True, slots=True, eq=False)
class Layer:
    """A layer as it is to be recorded. Points are WGS-84; `codes` are their districts, None outside all."""

    code: str
    name_zh: str
    name_en: str
    unit_zh: str
    unit_en: str
    as_of: date | None
    source: str
    licence: str | None
    cell: Cell
    lon: NDArray[np.float64]
    lat: NDArray[np.float64]
    weight: NDArray[np.float64]
    codes: NDArray[np.object_]
    method: dict[str, Any] = field(default_factory=dict)

    @property
    def total(self) -> float:
        """The sum of the weights, rounded once; numpy's own sum depends on the processor."""
        return math.fsum(self.weight.tolist())

    @property
    def content(self) -> str:
        """A hash of everything but the districts."""
        digest = hashlib.sha256()
        said = [
            self.code, self.name_zh, self.name_en, self.unit_zh, self.unit_en, self.as_of, self.source,
            self.licence, self.cell.shape, self.cell.size_m, self.cell.h3_resolution, self.method,
        ]  # fmt: skip
        digest.update(orjson.dumps(said, option=orjson.OPT_SORT_KEYS))
        for values in (self.lon, self.lat, self.weight):
            digest.update(values.astype("<f8").tobytes())
        return digest.hexdigest()


def record_layer(conn: Connection, layer: Layer) -> str:
    """Put the layer on record in the caller's transaction: "new", "replaced" or "unchanged".

    `method` gets the key "content", by which its fingerprint is made again when districts change.
    """
    # two loads of one layer at once would each write all of its points
    conn.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"demand:{layer.code}"])
    content = layer.content
    layer = replace(layer, method={**layer.method, "content": content})
    fingerprint = layer_fingerprint(content, layer.codes.tolist())
    found = conn.execute(
        "SELECT id, fingerprint FROM demand_layer WHERE code = %s FOR UPDATE", [layer.code]
    ).fetchone()
    if found is not None and found[1] == fingerprint:
        return "unchanged"
    row = conn.execute(_WRITE, _values(layer, fingerprint)).fetchone()
    assert row is not None
    conn.execute("DELETE FROM demand_point WHERE layer_id = %s", [row[0]])
    copy_columns(
        conn,
        "demand_point",
        {
            "layer_id": np.full(layer.lon.size, row[0], dtype=np.int16),
            "seq": np.arange(layer.lon.size, dtype=np.int32),
            "lon": layer.lon,
            "lat": layer.lat,
            "weight": layer.weight,
            "district_code": layer.codes.tolist(),
        },
    )
    conn.execute("ANALYZE demand_point")
    return "replaced" if found else "new"


def _values(layer: Layer, fingerprint: str) -> dict[str, Any]:
    return {
        "code": layer.code, "name_zh": layer.name_zh, "name_en": layer.name_en, "unit_zh": layer.unit_zh,
        "unit_en": layer.unit_en, "as_of": layer.as_of, "source": layer.source, "licence": layer.licence,
        "cell": layer.cell.shape, "size": layer.cell.size_m, "h3": layer.cell.h3_resolution,
        "method": Jsonb(layer.method), "points": int(layer.lon.size), "total": layer.total,
        "fingerprint": fingerprint,
    }  # fmt: skip


_WRITE = """
    INSERT INTO demand_layer (code, name_zh, name_en, unit_zh, unit_en, as_of, source, licence, cell,
      cell_size_m, h3_resolution, method, points, total, fingerprint)
    VALUES (%(code)s, %(name_zh)s, %(name_en)s, %(unit_zh)s, %(unit_en)s, %(as_of)s, %(source)s, %(licence)s,
      %(cell)s, %(size)s, %(h3)s, %(method)s, %(points)s, %(total)s, %(fingerprint)s)
    ON CONFLICT (code) DO UPDATE
    SET name_zh = excluded.name_zh, name_en = excluded.name_en, unit_zh = excluded.unit_zh,
      unit_en = excluded.unit_en, as_of = excluded.as_of, source = excluded.source,
      licence = excluded.licence, cell = excluded.cell, cell_size_m = excluded.cell_size_m,
      h3_resolution = excluded.h3_resolution, method = excluded.method, points = excluded.points,
      total = excluded.total, fingerprint = excluded.fingerprint, loaded_at = now()
    RETURNING id
"""


def listed_layers(conn: Connection) -> list[dict[str, Any]]:
    """Every layer on record, in order of code, JSON-ready."""
    rows = conn.execute(
        """SELECT l.code, l.name_zh, l.name_en, l.unit_zh, l.unit_en, l.as_of, l.source, l.licence, l.cell,
             l.cell_size_m, l.h3_resolution, l.points, l.total,
             (SELECT count(*) FROM demand_point AS p WHERE p.layer_id = l.id AND p.district_code IS NULL),
             l.loaded_at
           FROM demand_layer AS l ORDER BY l.code"""
    ).fetchall()
    names = (
        "code", "name_zh", "name_en", "unit_zh", "unit_en", "as_of", "source", "licence", "cell",
        "cell_size_m", "h3_resolution", "points", "total", "outside_points", "loaded_at",
    )  # fmt: skip
    return [dict(zip(names, row, strict=True)) for row in rows]


def remove_layer(conn: Connection, code: str) -> int:
    """Take a layer off the record; how many points it had. Raises `NotFound`."""
    row = conn.execute("DELETE FROM demand_layer WHERE code = %s RETURNING id", [code]).fetchone()
    if row is None:
        known = [one[0] for one in conn.execute("SELECT code FROM demand_layer ORDER BY code").fetchall()]
        raise no_such_layer(code, known)
    return conn.execute("DELETE FROM demand_point WHERE layer_id = %s", [row[0]]).rowcount


def no_such_layer(code: str, known: list[str]) -> NotFound:
    """The error for a layer that is not on record, with those that are."""
    return NotFound(
        Words(f"没有需求图层“{code}”", f"there is no demand layer {code!r}"),
        field="layer",
        mend=Words(
            f"可用：{'、'.join(known) or '尚未导入任何图层'}",
            f"use one of {', '.join(known)}" if known else "load one with `geoapi load-demand`",
        ),
        near=known,
    )
