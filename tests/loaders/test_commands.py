"""The commands as scripts use them: one JSON document on stdout, exit status 0 only when all was done."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg
import pytest
import typer
from typer.testing import CliRunner

from geoapi.commands import duplicates, load, load_districts, map, quarantine
from geoapi.errors import LoadStopped
from tests.loaders.files import GOOD, csv_file, make_districts

app = typer.Typer()
app.command()(load.load)
app.command("load-districts")(load_districts.load_districts)
app.command("map")(map.map_file)
app.add_typer(quarantine.app, name="quarantine")
app.add_typer(duplicates.app, name="duplicates")
run = CliRunner().invoke

MAPPING = """
[source]
name = "test"
[place]
datum = "wgs84"
[id]
columns = "id"
[columns]
name_zh = "名称"
kind = "类别"
lon = "经度"
lat = "纬度"
hours = "时间"
"""


@pytest.fixture
def folder(conn: psycopg.Connection, db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    make_districts(conn)
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)
    (tmp_path / "m.toml").write_text(MAPPING, "utf-8")
    return tmp_path


def test_load_json_has_the_promised_keys(folder: Path) -> None:
    path = csv_file(folder, GOOD, "2,甲,驿站,,,,,")
    result = run(app, ["load", str(path), "--map", str(folder / "m.toml"), "--json"])
    assert result.exit_code == 0
    report = json.loads(result.stdout)
    assert list(report)[:9] == [
        "batch", "rows", "accepted", "unchanged", "quarantined", "near_duplicates", "hours",
        "unknown_values", "datum",
    ]  # fmt: skip
    assert (report["rows"], report["accepted"], report["quarantined"]) == (2, 1, {"no_coordinates": 1})
    assert report["hours"] == {"full": 1, "partial": 0, "unknown": 0}
    assert report["datum"]["declared"] == "wgs84"
    [waiting] = run(app, ["quarantine", "list", "--json"]).stdout.splitlines()
    assert json.loads(waiting)["reason"] == "no_coordinates"
    assert "no_coordinates" in run(app, ["quarantine", "export"]).stdout
    assert run(app, ["quarantine", "retry", "--json"]).exit_code == 0
    assert run(app, ["duplicates", "list", "--json"]).stdout == ""


def test_load_for_people(folder: Path) -> None:
    result = run(app, ["load", str(csv_file(folder, GOOD)), "--map", str(folder / "m.toml"), "--dry-run"])
    assert result.exit_code == 0
    assert "接受" in result.stdout
    assert "dry run" in result.stdout


def test_a_stopped_load_fails(folder: Path) -> None:
    rows = [f"{n},甲{n},驿站,39.{n},116.{n},,," for n in range(1, 9)]
    result = run(app, ["load", str(csv_file(folder, *rows)), "--map", str(folder / "m.toml"), "--json"])
    assert result.exit_code == 1
    assert isinstance(result.exception, LoadStopped)
    assert json.loads(result.stdout)["swapped"] == 8


def test_map_and_districts(folder: Path) -> None:
    draft = run(app, ["map", str(csv_file(folder, GOOD))]).stdout
    (folder / "draft.toml").write_text(draft, "utf-8")
    result = run(app, ["load", str(folder / "stations.csv"), "--map", str(folder / "draft.toml"), "--json"])
    assert json.loads(result.stdout)["accepted"] == 1
    ring = [[116, 39], [118, 39], [118, 40], [116, 40], [116, 39]]
    feature = {"properties": {"name": "东城区"}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    (folder / "d.geojson").write_text(json.dumps({"features": [feature]}), "utf-8")
    arguments = [
        "load-districts",
        str(folder / "d.geojson"),
        "--datum",
        "wgs84",
        "--city",
        "110000",
        "北京市",
        "--json",
    ]
    result = run(app, arguments)
    assert json.loads(result.stdout) == {
        "inserted": 1, "updated": 1, "unchanged": 0, "repaired": 0, "stations_moved": 0,
        "demand_points_moved": 0,
    }  # fmt: skip
