"""The pages' datums are the service's, to the last digits, and their distances PostGIS's."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from geoapi.geometry.datums import Datum, point_from_wgs84, point_to_wgs84
from geoapi.geometry.gcj02_area import NODES_PER_DEGREE, gcj02_area
from scripts.build_gcj02_area_ts import TARGET, compact, edges_by_row
from tests.web.test_offline_answers import NODE

ANSWERS = Path(__file__).with_name("geo_answers.ts")
# a micrometre
NEARLY = 1e-11


def _points(draw: Random) -> list[tuple[float, float]]:
    inland = [(draw.uniform(75, 130), draw.uniform(20, 50)) for _ in range(600)]
    anywhere = [(draw.uniform(-180, 180), draw.uniform(-89, 89)) for _ in range(300)]
    # the rim of the area, where the shift fades
    area, rows, rim = gcj02_area(), edges_by_row(), []
    for _ in range(600):
        row = draw.randrange(40, area.rows - 2)
        if edges := rows[row]:
            column = draw.choice(edges) + draw.uniform(-1.5, 1.5)
            rim.append(
                (area.west + column / NODES_PER_DEGREE, area.south + (row + draw.random()) / NODES_PER_DEGREE)
            )
    return inland + anywhere + rim


def _asked(tmp_path: Path, points: list[Any], pairs: list[Any]) -> Any:
    asked, answered = tmp_path / "asked.json", tmp_path / "answered.json"
    asked.write_text(json.dumps({"points": points, "pairs": pairs}))
    subprocess.run([NODE, ANSWERS, asked, answered], check=True, timeout=60)
    return json.loads(answered.read_text())


def test_the_area_is_the_services_own() -> None:
    text = TARGET.read_text("utf-8")
    written = re.search(r'edges:\s*"([^"]*)"', text)
    assert written is not None
    assert written[1] == compact(edges_by_row())
    area = gcj02_area()
    assert [f"{name}: {value:g}," in text for name, value in area._asdict().items() if name != "bits"] == [
        True
    ] * 4


def test_points_move_as_the_service_moves_them(tmp_path: Path) -> None:
    points = _points(Random(2))
    moved = _asked(tmp_path, points, [])["moved"]
    faded = 0
    for (lon, lat), both in zip(points, moved, strict=True):
        for datum, told in zip((Datum.GCJ02, Datum.BD09), both, strict=True):
            assert told["there"] == pytest.approx(point_from_wgs84(lon, lat, datum), abs=NEARLY)
            assert told["to"] == pytest.approx(point_to_wgs84(lon, lat, datum), abs=NEARLY)
            assert told["back"] == pytest.approx((lon, lat), abs=NEARLY)
        shift = abs(both[0]["there"][0] - lon)
        faded += 0 < shift < 1e-3
    assert faded > 50


def test_distances_are_postgiss(conn: psycopg.Connection, tmp_path: Path) -> None:
    draw = Random(3)
    pairs = []
    for _ in range(1500):
        lon, lat = draw.uniform(-180, 180), draw.uniform(-90, 90)
        reach = draw.choice([1e-9, 1e-6, 1e-3, 0.1, 1, 60])
        there = max(-180.0, min(180.0, lon + draw.uniform(-reach, reach)))
        pairs.append((lon, lat, there, max(-90.0, min(90.0, lat + draw.uniform(-reach, reach)))))
    pairs += [(116.4, 39.9, 116.4, 39.9), (180.0, 10.0, -180.0, 10.0), (0.0, 90.0, 77.0, 90.0)]
    told = _asked(tmp_path, [], pairs)["distances"]
    with conn.cursor() as cursor:
        for pair, (metres, least, most) in zip(pairs, told, strict=True):
            (expected,) = cursor.execute(
                """SELECT ST_Distance(ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography,
                                      ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography)""",
                pair,
            ).fetchone() or (None,)
            # PostGIS rounds to 10 nanometres
            assert metres == pytest.approx(expected, abs=2e-8)
            assert least <= metres <= most
