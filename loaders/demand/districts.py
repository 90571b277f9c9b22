"""The finest loaded district that each demand point lies in: a street inside its district."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from psycopg import Connection

from geoapi.geometry.districts import assign_districts
from loaders.demand.copying import copy_columns

FINEST_FIRST = ("street", "district", "city")


@dataclass(frozen=True)
class Area:
    """A district on record, of any level, and its WGS-84 polygon."""

    code: str
    name_zh: str
    name_en: str | None
    level: str
    parent_code: str | None
    polygon: shapely.Geometry


def read_areas(conn: Connection, *levels: str) -> list[Area]:
    """The districts on record of these levels (of all, if none is named), in order of code."""
    rows = conn.execute(
        """SELECT code, name_zh, name_en, level, parent_code, ST_AsBinary(geom)
           FROM district WHERE level = ANY(%s) ORDER BY code""",
        [list(levels or FINEST_FIRST)],
    ).fetchall()
    return [
        Area(code, name_zh, name_en, level, parent, shapely.from_wkb(bytes(shape)))
        for code, name_zh, name_en, level, parent, shape in rows
    ]


def finest_codes(
    lon: NDArray[np.float64], lat: NDArray[np.float64], areas: Sequence[Area]
) -> NDArray[np.object_]:
    """The code of the finest area that each point lies in; None outside all of them."""
    codes = np.full(lon.size, None, dtype=object)
    left = np.arange(lon.size)
    for level in FINEST_FIRST:
        here = [one for one in areas if one.level == level]
        if not here or not left.size:
            continue
        found = assign_districts(lon[left], lat[left], [one.polygon for one in here])
        inside = found >= 0
        codes[left[inside]] = np.array([one.code for one in here], dtype=object)[found[inside]]
        left = left[~inside]
    return codes


def layer_fingerprint(content: str, codes: Sequence[str | None]) -> str:
    """What the layer is now: its points (`content`, a hash of them) and the districts they are in."""
    districts = hashlib.sha256("\n".join(code or "" for code in codes).encode()).hexdigest()
    return hashlib.sha256(f"{content}:{districts}".encode()).hexdigest()[:32]


def move_demand_points(conn: Connection) -> int:
    """Give every demand point the district it now lies in; how many changed.

    In the caller's transaction. A layer with a point that moved has a new fingerprint.
    """
    areas: list[Area] | None = None
    moved = 0
    for layer, content in conn.execute(
        "SELECT id, coalesce(method->>'content', '') FROM demand_layer ORDER BY id FOR UPDATE"
    ).fetchall():
        rows = conn.execute(
            "SELECT seq, lon, lat, district_code FROM demand_point WHERE layer_id = %s ORDER BY seq", [layer]
        ).fetchall()
        areas = read_areas(conn) if areas is None else areas
        codes = finest_codes(
            np.array([row[1] for row in rows], dtype=np.float64),
            np.array([row[2] for row in rows], dtype=np.float64),
            areas,
        ).tolist()
        changed = [n for n, (row, code) in enumerate(zip(rows, codes, strict=True)) if row[3] != code]
        if not changed:
            continue
        conn.execute("DROP TABLE IF EXISTS pg_temp.moved_demand")
        conn.execute("CREATE TEMP TABLE moved_demand (seq integer, code text) ON COMMIT DROP")
        copy_columns(
            conn,
            "moved_demand",
            {"seq": [rows[n][0] for n in changed], "code": [codes[n] for n in changed]},
        )
        conn.execute(
            """UPDATE demand_point AS p SET district_code = m.code
               FROM moved_demand AS m WHERE p.layer_id = %s AND p.seq = m.seq""",
            [layer],
        )
        conn.execute(
            "UPDATE demand_layer SET fingerprint = %s, loaded_at = now() WHERE id = %s",
            [layer_fingerprint(content, codes), layer],
        )
        moved += len(changed)
    return moved
