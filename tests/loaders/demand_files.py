"""Small demand files and mappings for the loaders' tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from loaders.demand.load import load_demand
from loaders.demand.mapping import DemandMapping, OverMapping, parse_as
from loaders.demand.report import DemandReport

LAYER = {
    "code": "people", "name_zh": "人口", "name_en": "People", "unit_zh": "人", "unit_en": "people",
    "source": "test",
}  # fmt: skip
COLUMNS: dict[str, dict[str, str]] = {
    "points": {"lon": "x", "lat": "y", "weight": "n"},
    "h3": {"cell": "h3", "weight": "n"},
    "areas": {"district": "d", "weight": "n"},
    "raster": {},
}


def demand_mapping(form: str = "points", **changes: Any) -> DemandMapping:
    content: dict[str, Any] = {
        "form": form,
        "layer": LAYER,
        "place": {"datum": "wgs84"},
        "columns": COLUMNS[form],
    }
    for key, value in changes.items():
        content[key] = {**content.get(key, {}), **value} if isinstance(value, dict) else value
    return parse_as(DemandMapping, content)


def over_mapping(**changes: Any) -> OverMapping:
    content = {
        "name": "junctions", "source": "test", "place": {"datum": "wgs84"},
        "columns": {"lon": "x", "lat": "y"},
    }  # fmt: skip
    return parse_as(OverMapping, {**content, **changes})


def text_file(folder: Path, *lines: str, name: str = "demand.csv") -> Path:
    path = folder / name
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def load(
    conn: psycopg.Connection, path: Path, mapping: DemandMapping | None = None, **options: Any
) -> DemandReport:
    report = load_demand(conn, path, mapping or demand_mapping(), **options)
    conn.commit()
    assert report.rows == report.accepted + sum(report.quarantined.values())
    return report


def points(conn: psycopg.Connection, layer: str = "people") -> list[tuple[Any, ...]]:
    return conn.execute(
        """SELECT p.lon, p.lat, p.weight, p.district_code
           FROM demand_point AS p JOIN demand_layer AS l ON l.id = p.layer_id
           WHERE l.code = %s ORDER BY p.seq""",
        [layer],
    ).fetchall()


def on_record(conn: psycopg.Connection) -> list[tuple[Any, ...]]:
    """Everything that a load could change."""
    return [
        *conn.execute("SELECT * FROM demand_layer ORDER BY id").fetchall(),
        *conn.execute("SELECT * FROM demand_point ORDER BY layer_id, seq").fetchall(),
    ]
