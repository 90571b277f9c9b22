"""Small files and mappings for the loaders' tests."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import psycopg

from loaders.load import load_file
from loaders.mapping import Mapping, parse_mapping
from loaders.report import LoadReport

# one district "110101" from 116.0 to 117.0 east, 39.0 to 40.0 north; its neighbour 110102 to 118.0
SQUARES = (("110101", "东城区", 116.0), ("110102", "西城区", 117.0))


def make_districts(conn: psycopg.Connection) -> None:
    for code, name, west in SQUARES:
        conn.execute(
            """INSERT INTO district (code, level, name_zh, geom, source)
               VALUES (%s, 'district', %s, ST_Multi(ST_MakeEnvelope(%s, 39, %s, 40, 4326)), 'test')""",
            [code, name, west, west + 1.0],
        )
    conn.commit()


def mapping(**changes: Any) -> Mapping:
    content: dict[str, Any] = {
        "source": {"name": "test"},
        "place": {"datum": "wgs84"},
        "id": {"columns": "id"},
        "columns": {
            "name_zh": "名称", "kind": "类别", "lon": "经度", "lat": "纬度", "hours": "时间",
            "amenities": "设施", "address": "地址",
        },
    }  # fmt: skip
    for key, value in changes.items():
        content[key] = {**content.get(key, {}), **value} if isinstance(value, dict) else value
    return parse_mapping(content)


HEADER = "id,名称,类别,经度,纬度,时间,设施,地址"
GOOD = "1,望京驿站,驿站,116.5,39.5,周一至周五 9:00-17:30,微波炉、热水,望京街1号"


def csv_file(folder: Path, *rows: str, name: str = "stations.csv") -> Path:
    path = folder / name
    path.write_text("\n".join((HEADER, *rows)) + "\n", "utf-8")
    return path


def load(conn: psycopg.Connection, path: Path, plan: Mapping | None = None, **options: Any) -> LoadReport:
    report = load_file(conn, path, plan or mapping(), horizon_days=2, **options)
    conn.commit()
    return report
