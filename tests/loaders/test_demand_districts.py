"""Demand points follow when districts change, and districts can be made of demand; the sample's demand."""

from __future__ import annotations

import json
from itertools import combinations
from pathlib import Path

import h3
import numpy as np
import psycopg
import pytest
import shapely
import typer
from typer.testing import CliRunner

from geoapi.commands import load_demand, load_districts
from geoapi.coverage.inputs import Cell
from geoapi.errors import GeoapiError, InvalidInput, NotFound
from geoapi.sample.districts import RESIDENTS_2020
from loaders.demand.districts import finest_codes, move_demand_points, read_areas
from loaders.demand.from_demand import districts_from_demand
from loaders.demand.load import load_demand as load_layer
from loaders.demand.mapping import read_demand_mapping, read_over_mapping
from loaders.demand.record import Layer, listed_layers, record_layer
from loaders.demand.sample import record_sample_demand
from loaders.districts import Boundary, record_districts
from loaders.sample import load_sample_city
from tests.conftest import SHARED_DATA, needs_shared_data
from tests.loaders.demand_files import demand_mapping, load, on_record, points, text_file
from tests.loaders.files import make_districts

app = typer.Typer()
app.command("load-demand")(load_demand.load_demand)
app.command("load-districts")(load_districts.load_districts)
app.add_typer(load_demand.app, name="demand")
run = CliRunner().invoke

POPULATION = SHARED_DATA / "population"
HEXAGONS = SHARED_DATA / "roads" / "porto_alegre_population_hex.csv"


def box(
    code: str, west: float, east: float, *, level: str = "district", parent: str | None = None
) -> Boundary:
    polygon = shapely.MultiPolygon([shapely.box(west, 39, east, 40)])
    return Boundary(code, code, None, level, parent, polygon)  # type: ignore[arg-type]


def codes(conn: psycopg.Connection) -> list[str | None]:
    return [row[3] for row in points(conn)]


def test_points_follow_their_districts(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, text_file(tmp_path, "x,y,n", "116.2,39.5,1", "116.7,39.5,2", "120,39.5,3"))
    before = on_record(conn)
    assert codes(conn) == [None, None, None]
    report = record_districts(conn, [box("a", 116, 117)], source="t")
    assert (report.demand_points_moved, codes(conn)) == (2, ["a", "a", None])
    assert on_record(conn)[0][-2] != before[0][-2], "what was worked out of the layer is out of date"
    # a street within, a district that shrinks, and nothing new
    report = record_districts(conn, [box("s", 116.5, 116.8, level="street", parent="a")], source="t")
    assert (report.demand_points_moved, codes(conn)) == (1, ["a", "s", None])
    report = record_districts(conn, [box("a", 116.5, 117), box("b", 119, 121)], source="t")
    assert (report.demand_points_moved, codes(conn)) == (2, [None, "s", "b"])
    now = on_record(conn)
    assert move_demand_points(conn) == 0
    report = record_districts(conn, [box("a", 116.5, 117)], source="t")
    assert (report.demand_points_moved, on_record(conn)) == (0, now)


def test_a_layer_that_moved_is_still_the_same_file(conn: psycopg.Connection, tmp_path: Path) -> None:
    path = text_file(tmp_path, "x,y,n", "116.2,39.5,1")
    load(conn, path)
    record_districts(conn, [box("a", 116, 117)], source="t")
    assert load(conn, path).state == "unchanged"


def cells_layer(conn: psycopg.Connection, cells: dict[str, float], cell: Cell) -> None:
    centres = np.array([h3.cell_to_latlng(one) for one in cells])
    layer = Layer(
        "hexagons", "格", "Cells", "人", "people", None, "test", None, cell, centres[:, 1], centres[:, 0],
        np.array([*cells.values()], dtype=np.float64), np.full(len(cells), None, dtype=object),
    )  # fmt: skip
    record_layer(conn, layer)


def made_of(conn: psycopg.Connection, layer: str, resolution: int) -> list[Boundary]:
    """The districts, after the checks that hold for all of them."""
    city, *districts = districts_from_demand(conn, layer, "c", "城", resolution=resolution)
    polygons = [one.polygon for one in districts]
    assert all(polygon.is_valid for polygon in [city.polygon, *polygons])
    assert shapely.coverage_is_valid(polygons)
    assert sum(polygon.area for polygon in polygons) == pytest.approx(city.polygon.area)
    report = record_districts(conn, [city, *districts], source="t")
    rows = points(conn, layer)
    assert report.demand_points_moved == len(rows)
    assert all(row[3] in {one.code for one in districts} for row in rows)
    inside = shapely.STRtree(polygons).query(
        shapely.points([row[0] for row in rows], [row[1] for row in rows]), predicate="within"
    )
    assert sorted(inside[0].tolist()) == list(range(len(rows))), "every point inside exactly one"
    # numbered by size of demand
    sums = [sum(row[2] for row in rows if row[3] == one.code) for one in districts]
    assert sums == sorted(sums, reverse=True)
    assert [one.name_zh for one in districts] == [f"第{n}片" for n in range(1, len(districts) + 1)]
    return [city, *districts]


def test_districts_of_hexagons(conn: psycopg.Connection) -> None:
    disk = h3.grid_disk(h3.latlng_to_cell(-30.05, -51.2, 9), 14)
    cells_layer(conn, {cell: float(n % 7) for n, cell in enumerate(sorted(disk))}, Cell("h3", 340, 9))
    city, *districts = made_of(conn, "hexagons", 7)
    assert len(districts) == len({h3.cell_to_parent(cell, 7) for cell in disk})
    assert all(h3.get_resolution(one.code) == 7 for one in districts)
    assert len(city.polygon.geoms) == 1
    assert not city.polygon.geoms[0].interiors
    assert city.population == sum(one.population or 0 for one in districts)


def test_cells_without_demand_go_to_the_nearest_with_some(conn: psycopg.Connection) -> None:
    disk = h3.grid_disk(h3.latlng_to_cell(-30.05, -51.2, 9), 14)
    peopled = h3.cell_to_parent(sorted(disk)[0], 7)
    weights = {cell: float(h3.cell_to_parent(cell, 7) == peopled) for cell in sorted(disk)}
    cells_layer(conn, weights, Cell("h3", 340, 9))
    _, only = made_of(conn, "hexagons", 7)
    assert only.code == peopled
    cells_layer(conn, dict.fromkeys(disk, 0.0), Cell("h3", 340, 9))
    with pytest.raises(InvalidInput, match="no demand at all"):
        districts_from_demand(conn, "hexagons", "c", "城")


def test_districts_across_a_pentagon(conn: psycopg.Connection) -> None:
    """Twelve H3 cells have five sides, and their children are not all of one parent's shape."""
    pentagon = h3.get_pentagons(7)[0]
    disk = h3.grid_disk(h3.cell_to_center_child(pentagon, 9), 10)
    cells_layer(conn, dict.fromkeys(sorted(disk), 1.0), Cell("h3", 340, 9))
    assert pentagon in {one.code for one in made_of(conn, "hexagons", 7)}


def test_districts_of_squares(conn: psycopg.Connection, tmp_path: Path) -> None:
    make_districts(conn)
    plan = demand_mapping("areas", place={}, spread={"cell_size_m": 2000})
    load(conn, text_file(tmp_path, "d,n", "110101,100000", "110102,50000"), plan)
    conn.execute("DELETE FROM district; UPDATE demand_point SET district_code = NULL")
    city, *_ = made_of(conn, "people", 5)
    west, south, east, north = city.polygon.bounds
    assert (west, east) == pytest.approx((116, 118), abs=0.02)
    assert (south, north) == pytest.approx((39, 40), abs=0.02)
    assert city.population == 150_000


def test_what_districts_cannot_be_made_of(conn: psycopg.Connection, tmp_path: Path) -> None:
    load(conn, text_file(tmp_path, "x,y,n", "116.2,39.5,1"))
    cells_layer(conn, {h3.latlng_to_cell(-30.05, -51.2, 9): 1.0}, Cell("h3", 340, 9))
    cases: list[tuple[str, int, type[GeoapiError], str]] = [
        ("people", 7, InvalidInput, "no cells"),
        ("hexagons", 9, InvalidInput, "between 0 and 8"),
        ("hexagons", -1, InvalidInput, "between 0 and 8"),
        ("nothing", 7, NotFound, "no demand layer"),
    ]
    for layer, resolution, error, said in cases:
        with pytest.raises(error, match=said):
            districts_from_demand(conn, layer, "c", "城", resolution=resolution)


def test_the_sample_has_demand_and_targets_once(conn: psycopg.Connection) -> None:
    assert load_sample_city(conn, horizon_days=1) is not None
    layers = listed_layers(conn)
    assert [(one["code"], one["source"], one["cell"], one["outside_points"]) for one in layers] == [
        ("sample_outdoor_workers", "sample", "grid", 0),
        ("sample_residents", "sample", "grid", 0),
    ]
    assert (
        dict(
            conn.execute(
                """SELECT district_code, sum(weight)::bigint
               FROM demand_point AS p JOIN demand_layer AS l ON l.id = p.layer_id
               WHERE l.code = 'sample_residents' GROUP BY 1"""
            ).fetchall()
        )
        == RESIDENTS_2020
    )
    planned = (
        "SELECT k.code, sum(planned) FROM target AS t JOIN kind AS k ON k.id = kind_id GROUP BY 1 ORDER BY 1"
    )
    assert conn.execute(planned).fetchall() == [("nursing_room", 2000), ("psych_point", 300)]
    loaded = [one["loaded_at"] for one in layers]
    conn.execute("UPDATE target SET planned = 7, source = 'ours' WHERE district_code = '110101'")
    conn.commit()
    record_sample_demand(conn)
    assert [one["loaded_at"] for one in listed_layers(conn)] == loaded
    assert conn.execute("SELECT DISTINCT planned FROM target WHERE source = 'ours'").fetchall() == [(7,)]


def test_a_sample_country_has_no_demand(conn: psycopg.Connection) -> None:
    load_sample_city(conn, stations=5, horizon_days=1)
    assert listed_layers(conn) == []


@needs_shared_data
def test_the_census_over_junctions_is_exact_by_district(conn: psycopg.Connection) -> None:
    load_sample_city(conn, stations=1, horizon_days=1)
    options = {
        "over": POPULATION / "beijing_road_nodes.csv",
        "over_mapping": read_over_mapping(Path("beijing_junctions")),
    }
    census, plan = POPULATION / "beijing_district_census.csv", read_demand_mapping(Path("beijing_census"))
    report = load_layer(conn, census, plan, **options)  # type: ignore[arg-type]
    sums: dict[str, float] = {}
    for _, _, weight, code in points(conn, "residents_2020"):
        assert weight == int(weight)
        sums[code] = sums.get(code, 0) + weight
    assert sums == RESIDENTS_2020
    assert (report.rows, report.accepted, report.total) == (16, 16, 21_893_095)
    assert report.over is not None
    assert (report.over["rows"], report.over["unused"]) == (74_671, 2_189)
    # that file has no junction in the two outermost districts
    assert report.without_ancillary == ["平谷区", "延庆区"]
    assert report.datum["evidence"]["comparable"] > 20_000
    again = load_layer(conn, census, plan, **options)  # type: ignore[arg-type]
    assert again.state == "unchanged"
    areas = read_areas(conn)
    rows = points(conn, "residents_2020")
    found = finest_codes(np.array([r[0] for r in rows]), np.array([r[1] for r in rows]), areas)
    assert found.tolist() == [row[3] for row in rows]


@needs_shared_data
def test_porto_alegre_from_file_to_districts(
    conn: psycopg.Connection, db_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)
    done = run(app, ["load-demand", str(HEXAGONS), "--map", "porto_alegre_residents", "--json"])
    report = json.loads(done.stdout)
    assert (report["rows"], report["accepted"], report["total"]) == (1227, 1227, 812_935)
    assert report["outside"] == {"points": 1227, "total": 812_935, "dropped": False}
    report = json.loads(
        run(app, ["load-demand", str(HEXAGONS), "--map", "porto_alegre_jobs", "--json"]).stdout
    )
    assert (report["accepted"], report["quarantined"]) == (1222, {"no_weight": 5})
    arguments = ["load-districts", "--from-demand", "residents_poa", "--city", "poa", "阿雷格里港", "--json"]
    report = json.loads(run(app, arguments).stdout)
    assert (report["inserted"], report["demand_points_moved"]) == (44, 1227 + 1222)
    assert json.loads(run(app, arguments).stdout)["unchanged"] == 44
    layers = json.loads(run(app, ["demand", "list", "--json"]).stdout)
    assert [(one["code"], one["outside_points"]) for one in layers] == [("jobs_poa", 0), ("residents_poa", 0)]
    first = conn.execute(
        "SELECT name_zh, name_en, population, parent_code FROM district ORDER BY population DESC OFFSET 1"
    ).fetchone()
    assert first == ("第1片", "Area 1", 65_533, "poa")
    shapes = [one.polygon for one in read_areas(conn, "district")]
    assert all(a.intersection(b).area == 0 for a, b in combinations(shapes, 2))


def test_the_commands_for_people(
    conn: psycopg.Connection, db_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_districts(conn)
    monkeypatch.setenv("GEOAPI_DATABASE_URL", db_url)
    mapping = text_file(
        tmp_path, 'form = "areas"', "[layer]", 'code = "people"', 'name_zh = "人口"', 'name_en = "People"',
        'unit_zh = "人"', 'unit_en = "people"', 'source = "test"', "[columns]", 'district = "d"',
        'weight = "n"', name="m.toml",
    )  # fmt: skip
    over = text_file(
        tmp_path, 'name = "points"', 'source = "test"', "[place]", 'datum = "wgs84"', "[columns]",
        'lon = "x"', 'lat = "y"', name="o.toml",
    )  # fmt: skip
    arguments = [
        "load-demand", str(text_file(tmp_path, "d,n", "东城区,5", "西城区,5", "海淀区,1")),
        "--map", str(mapping),
        "--over", str(text_file(tmp_path, "x,y", "116.5,39.5", name="p.csv")), "--over-map", str(over),
    ]  # fmt: skip
    done = run(app, arguments)
    assert done.exit_code == 0, done.output
    for said in ("unknown_district", "海淀区", "西城区", "新增 new"):
        assert said in done.stdout
    assert "未变 unchanged" in run(app, [*arguments, "--dry-run"]).stdout
    assert "People" in run(app, ["demand", "list"]).stdout
    assert json.loads(run(app, ["demand", "remove", "people", "--json"]).stdout)["removed"] == "people"
    assert isinstance(run(app, ["demand", "remove", "people"]).exception, NotFound)
    swapped = text_file(tmp_path, "x,y", "39.5,116.5", name="p.csv")
    done = run(app, [*arguments, "--json"])
    assert (swapped.exists(), done.exit_code) == (True, 1)
    assert json.loads(done.stdout)["swapped"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["d.geojson"],
        ["--datum", "wgs84"],
        ["--from-demand", "people"],
        ["d.geojson", "--from-demand", "people", "--city", "c", "城"],
    ],
)
def test_options_of_load_districts_that_do_not_fit_together(arguments: list[str]) -> None:
    done = run(app, ["load-districts", *arguments])
    assert isinstance(done.exception, InvalidInput)
    assert done.exception.mend is not None
