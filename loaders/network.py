"""An OpenStreetMap extract → a walking network on record, in one transaction."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final

import numpy as np
import orjson
import shapely
from psycopg import Connection

from geoapi.coverage.network import WalkNetwork
from geoapi.errors import InvalidInput, Words
from loaders.network_extract import Extract, read_extract
from loaders.source_file import file_sha256

RULES: Final = "3"
"""A new one with every change to what is made of a file, so that loading it again is a change."""


@dataclass(frozen=True, slots=True)
class NetworkReport:
    """What was loaded. `islands` counts the parts that nobody can walk between, the largest included."""

    code: str
    source: str
    as_of: date | None
    nodes: int
    edges: int
    one_way_edges: int
    length_km: float
    islands: int
    largest_share: float
    bounds: tuple[float, float, float, float]
    """west, south, east, north; degrees, WGS-84"""
    ways: int
    closed_barriers: int
    missing_nodes: int
    changed: bool
    """whether anything was written"""

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def load_network(conn: Connection, path: Path, *, code: str, source: str | None = None) -> NetworkReport:
    """Put the walkable part of an .osm.pbf file on record as network `code`, in the caller's transaction.

    `source` says where the data is from; the file's name if not given. What stands there under this code is
    replaced; the same file from the same source changes nothing. Raises `UnreadableFile` for a file
    that cannot be used, `InvalidInput` for a code that is none.
    """
    if not re.fullmatch(r"[a-z][a-z0-9_]*", code, re.ASCII):
        raise InvalidInput(
            Words(f"“{code}”不能作代码", f"{code!r} is no code"),
            field="--code",
            mend=Words(
                "用小写字母、数字和下划线，以字母开头", "use lower-case letters, digits and _, a letter first"
            ),
        )
    source = source or path.name
    return record_network(
        conn, lambda: read_extract(path), f"{file_sha256(path)}:{RULES}:{source}", code=code, source=source
    )


def record_network(
    conn: Connection, read: Callable[[], Extract], fingerprint: str, *, code: str, source: str
) -> NetworkReport:
    """Put what `read` gives on record as network `code`, in the caller's transaction.

    What has the same fingerprint as that which stands there is not read, and nothing changes.
    """
    # two loads of one network wait for each other, and the second sees what the first has written
    conn.execute("SELECT pg_advisory_xact_lock(hashtext('geoapi network ' || %s))", (code,))
    known = conn.execute("SELECT fingerprint, as_of, report FROM network WHERE code = %s", (code,)).fetchone()
    if known is not None and known[0] == fingerprint:
        return _as_before(known[1], known[2])
    extract = read()
    report = _describe(extract, code, source)
    _record(conn, extract, report, fingerprint)
    return report


def _describe(extract: Extract, code: str, source: str) -> NetworkReport:
    network = WalkNetwork(
        extract.lon, extract.lat, extract.tail, extract.head, extract.length_m, extract.both_ways
    )
    return NetworkReport(
        code=code, source=source, as_of=extract.as_of, nodes=network.nodes, edges=network.edges,
        one_way_edges=int(np.sum(~extract.both_ways)),
        length_km=round(float(extract.length_m.sum()) / 1000, 3), islands=network.islands,
        largest_share=round(network.largest_share, 6),
        bounds=(
            float(extract.lon.min()), float(extract.lat.min()),
            float(extract.lon.max()), float(extract.lat.max()),
        ),
        ways=extract.ways, closed_barriers=extract.closed_barriers, missing_nodes=extract.missing_nodes,
        changed=True,
    )  # fmt: skip


def _record(conn: Connection, extract: Extract, report: NetworkReport, fingerprint: str) -> None:
    row = conn.execute(
        _INSERT_OR_REPLACE,
        {
            "code": report.code, "source": report.source, "as_of": report.as_of, "nodes": report.nodes,
            "edges": report.edges, "islands": report.islands, "share": report.largest_share,
            "bounds": shapely.to_wkb(_hull(extract)), "report": orjson.dumps(report.as_dict()).decode(),
            "fingerprint": fingerprint,
        },
    ).fetchone()  # fmt: skip
    assert row is not None
    number = row[0]
    conn.execute("DELETE FROM network_edge WHERE network_id = %s", (number,))
    conn.execute("DELETE FROM network_node WHERE network_id = %s", (number,))
    with conn.cursor() as cursor:
        with cursor.copy("COPY network_node (network_id, node, lon, lat) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(("int2", "int4", "float8", "float8"))
            for node, (lon, lat) in enumerate(zip(extract.lon.tolist(), extract.lat.tolist(), strict=True)):
                copy.write_row((number, node, lon, lat))
        with cursor.copy(
            "COPY network_edge (network_id, tail, head, length_m, both_ways, rank) FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(("int2", "int4", "int4", "float8", "bool", "int2"))
            for edge in zip(
                extract.tail.tolist(), extract.head.tolist(), extract.length_m.tolist(),
                extract.both_ways.tolist(), extract.rank.tolist(), strict=True,
            ):  # fmt: skip
                copy.write_row((number, *edge))


_INSERT_OR_REPLACE = """
    INSERT INTO network (code, source, as_of, nodes, edges, islands, largest_share, bounds, report,
      fingerprint)
    VALUES (%(code)s, %(source)s, %(as_of)s, %(nodes)s, %(edges)s, %(islands)s, %(share)s,
      ST_GeomFromWKB(%(bounds)s, 4326), %(report)s, %(fingerprint)s)
    ON CONFLICT (code) DO UPDATE
    SET source = excluded.source, as_of = excluded.as_of, nodes = excluded.nodes, edges = excluded.edges,
      islands = excluded.islands, largest_share = excluded.largest_share, bounds = excluded.bounds,
      report = excluded.report, fingerprint = excluded.fingerprint, loaded_at = now()
    RETURNING id
"""


def _hull(extract: Extract) -> shapely.Polygon:
    """The convex hull of the nodes; of nodes in one line, a box a little wider than that."""
    hull = shapely.convex_hull(shapely.multipoints(np.column_stack((extract.lon, extract.lat))))
    return hull if isinstance(hull, shapely.Polygon) else shapely.box(*hull.buffer(1e-7).bounds)


def _as_before(as_of: date | None, report: dict[str, Any]) -> NetworkReport:
    known = NetworkReport(**{name: report[name] for name in NetworkReport.__slots__})
    return replace(known, as_of=as_of, bounds=tuple(report["bounds"]), changed=False)
