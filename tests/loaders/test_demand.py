"""Points and H3 cells with a weight: every row accounted for, all or nothing, and again without change."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import h3
import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import shapely

from geoapi.errors import (
    GeoapiError,
    InvalidInput,
    InvalidMapping,
    LoadStopped,
    NotFound,
    UnreadableFile,
)
from geoapi.geometry.datums import Datum, from_wgs84
from loaders.demand.mapping import (
    DemandMapping,
    OverMapping,
    parse_as,
    read_demand_mapping,
    read_over_mapping,
    shipped_demand_mappings,
)
from loaders.demand.record import listed_layers, remove_layer
from loaders.demand.report import REASONS
from tests.loaders.demand_files import (
    COLUMNS,
    LAYER,
    demand_mapping,
    load,
    on_record,
    over_mapping,
    points,
    text_file,
)
from tests.loaders.files import make_districts

HEADER = "x,y,n"
GOOD = ("116.5,39.5,10", "117.5,39.5,2.5")
HERE = [h3.latlng_to_cell(39.5, 116.5, 8), h3.latlng_to_cell(39.6, 117.6, 8)]


@pytest.fixture
def city(conn: psycopg.Connection) -> psycopg.Connection:
    make_districts(conn)
    return conn


def test_points_are_put_in_their_district(city: psycopg.Connection, tmp_path: Path) -> None:
    report = load(city, text_file(tmp_path, HEADER, *GOOD, "120,39.5,7"))
    assert points(city) == [
        (116.5, 39.5, 10, "110101"),
        (117.5, 39.5, 2.5, "110102"),
        (120, 39.5, 7, None),
    ]
    assert (report.state, report.rows, report.points, report.total) == ("new", 3, 3, 19.5)
    assert report.outside == {"points": 1, "total": 7, "dropped": False}
    [layer] = listed_layers(city)
    assert (layer["points"], layer["total"], layer["outside_points"], layer["cell"]) == (3, 19.5, 1, "point")
    json.dumps(report.as_dict())


def test_a_street_goes_before_its_district(city: psycopg.Connection, tmp_path: Path) -> None:
    city.execute(
        """INSERT INTO district (code, parent_code, level, name_zh, geom, source)
           VALUES ('110101001', '110101', 'street', '街道',
             ST_Multi(ST_MakeEnvelope(116, 39, 116.6, 40, 4326)), 't')"""
    )
    load(city, text_file(tmp_path, HEADER, "116.5,39.5,1", "116.7,39.5,1"))
    assert [row[3] for row in points(city)] == ["110101001", "110101"]


def test_outside_can_be_dropped(city: psycopg.Connection, tmp_path: Path) -> None:
    path = text_file(tmp_path, HEADER, *GOOD, "120,39.5,7")
    report = load(city, path, demand_mapping(place={"outside": "drop"}))
    assert (report.points, report.total) == (2, 12.5)
    assert report.outside == {"points": 1, "total": 7, "dropped": True}


WRONG_ROWS = [
    ("116.5,39.5,", "no_weight"),
    ("116.5,39.5,无", "no_weight"),
    ("116.5,39.5,many", "weight_not_a_number"),
    ("116.5,39.5,1_000", "weight_not_a_number"),
    ("116.5,39.5,nan", "weight_not_finite"),
    ("116.5,39.5,1e999", "weight_not_finite"),
    ("116.5,39.5,-3", "weight_negative"),
    (",39.5,3", "no_coordinates"),
    ("116.5,-,3", "no_coordinates"),
    ("east,39.5,3", "not_a_number"),
    ("nan,39.5,3", "not_finite"),
    ("0,0,3", "zero_zero"),
    ("500,39.5,3", "out_of_range"),
    ("39.5,116.5,3", "swapped_axes"),
    ("116.4,39.4,3", "duplicate_point"),
    ("116.5,39.5", "bad_row"),
    ("116.5,39.5,3,4", "bad_row"),
    ("116.5,39.5,3\0", "bad_text"),
]


@pytest.mark.parametrize(("row", "reason"), WRONG_ROWS)
def test_a_wrong_row_is_left_out_and_said(
    city: psycopg.Connection, tmp_path: Path, row: str, reason: str
) -> None:
    report = load(city, text_file(tmp_path, HEADER, "116.4,39.4,1", "116.3,39.3,1", row))
    assert report.quarantined == {reason: 1}
    assert (report.accepted, report.points, report.total) == (2, 2, 2)
    assert report.examples[reason][0]["row"] == 4
    assert reason in REASONS


def test_examples_are_few_and_counts_are_whole(city: psycopg.Connection, tmp_path: Path) -> None:
    report = load(city, text_file(tmp_path, HEADER, *GOOD, *(f"116.{n},39.5,x" for n in range(10, 60))))
    assert report.quarantined == {"weight_not_a_number": 50}
    assert len(report.examples["weight_not_a_number"]) == 3


def test_the_same_id_and_the_same_place(city: psycopg.Connection, tmp_path: Path) -> None:
    path = text_file(tmp_path, "id,x,y,n", "a,116.5,39.5,1", "b,116.5,39.5,2", "a,116.6,39.5,4")
    report = load(city, path, demand_mapping(columns={**COLUMNS["points"], "id": "id"}))
    assert report.quarantined == {"duplicate_id": 1}
    assert report.total == 3
    report = load(city, path, demand_mapping(points={"repeats": "keep"}))
    assert (report.total, report.quarantined) == (7, {})


def test_a_weight_of_zero_is_a_point(city: psycopg.Connection, tmp_path: Path) -> None:
    assert load(city, text_file(tmp_path, HEADER, *GOOD, "116.7,39.5,-0")).points == 3


def test_again_changes_nothing_and_a_new_file_replaces(city: psycopg.Connection, tmp_path: Path) -> None:
    path = text_file(tmp_path, HEADER, *GOOD)
    load(city, path)
    before = on_record(city)
    assert load(city, path).state == "unchanged"
    assert load(city, path.rename(tmp_path / "renamed.csv")).state == "unchanged"
    assert on_record(city) == before
    assert load(city, text_file(tmp_path, HEADER, "116.5,39.5,11")).state == "replaced"
    assert points(city) == [(116.5, 39.5, 11, "110101")]
    assert before[0][-2] != on_record(city)[0][-2], "the fingerprint"
    # what is only said differently is news, too
    renamed = demand_mapping(layer={"name_en": "All"})
    assert load(city, text_file(tmp_path, HEADER, "116.5,39.5,11"), renamed).state == "replaced"


def test_layers_lie_side_by_side(city: psycopg.Connection, tmp_path: Path) -> None:
    path = text_file(tmp_path, HEADER, *GOOD)
    load(city, path)
    load(city, path, demand_mapping(layer={"code": "visitors"}))
    assert [layer["code"] for layer in listed_layers(city)] == ["people", "visitors"]
    assert remove_layer(city, "people") == 2
    assert [layer["code"] for layer in listed_layers(city)] == ["visitors"]
    assert points(city, "visitors") == [(116.5, 39.5, 10, "110101"), (117.5, 39.5, 2.5, "110102")]
    with pytest.raises(NotFound, match="people") as missing:
        remove_layer(city, "people")
    assert missing.value.extra["near"] == ["visitors"]


def test_a_dry_run_keeps_nothing(city: psycopg.Connection, tmp_path: Path) -> None:
    report = load(city, text_file(tmp_path, HEADER, *GOOD), dry_run=True)
    assert (report.dry_run, report.points) == (True, 2)
    assert on_record(city) == []


STOPPED: list[tuple[str, list[str], type[GeoapiError], str | None]] = [
    ("nothing usable", [HEADER, "116.5,39.5,x"], LoadStopped, "FILE"),
    ("all zero", [HEADER, "116.5,39.5,0"], LoadStopped, "FILE"),
    ("swapped", [HEADER, *(f"39.{n},116.5,1" for n in range(1, 9))], LoadStopped, "columns.lon"),
    ("no such column", ["x,y,count", "116.5,39.5,1"], InvalidMapping, "columns.weight"),
    ("only a header", [HEADER], UnreadableFile, "FILE"),
    ("empty", [], UnreadableFile, "FILE"),
]


@pytest.mark.parametrize(
    ("lines", "error", "field"), [case[1:] for case in STOPPED], ids=[c[0] for c in STOPPED]
)
def test_a_load_that_stops_leaves_the_old_layer(
    city: psycopg.Connection, tmp_path: Path, lines: list[str], error: type[GeoapiError], field: str
) -> None:
    load(city, text_file(tmp_path, HEADER, *GOOD))
    before = on_record(city)
    with pytest.raises(error) as stopped:
        load(city, text_file(tmp_path, *lines))
    assert stopped.value.field == field
    assert stopped.value.mend is not None
    assert on_record(city) == before


def test_another_datum_than_declared_is_stopped_with_the_evidence(
    city: psycopg.Connection, tmp_path: Path
) -> None:
    # read as WGS-84 they would lie 600 m east of where they are, the first of them beyond the border
    true = [(x, 39.01 + n / 200) for x in (117.9995, 116.5) for n in range(190)]
    shifted = [from_wgs84(x, y, Datum.GCJ02) for x, y in true]
    path = text_file(tmp_path, HEADER, *(f"{float(x)!r},{float(y)!r},1" for x, y in shifted))
    assert load(city, path, demand_mapping(place={"datum": "gcj02"})).outside["points"] == 0
    with pytest.raises(LoadStopped, match="gcj02") as stopped:
        load(city, path)
    assert stopped.value.field == "place.datum"
    assert stopped.value.extra["datum"]["evidence"]["matched"]["gcj02"] == 380


def test_a_layer_of_another_city_is_no_evidence(city: psycopg.Connection, tmp_path: Path) -> None:
    report = load(city, text_file(tmp_path, HEADER, *(f"-51.{n},-30.0{n},1" for n in range(1, 9))))
    assert report.datum == {"declared": "wgs84", "evidence": {}}
    assert report.outside["points"] == 8


def test_a_reference_system_by_number(city: psycopg.Connection, tmp_path: Path) -> None:
    path = text_file(tmp_path, HEADER, "457010.39,4372383.82,5", "1e30,1e30,1")
    report = load(city, path, demand_mapping(place={"datum": "EPSG:32650"}))
    [(lon, lat, weight, code)] = points(city)
    assert (round(lon, 4), round(lat, 4), weight, code) == (116.5, 39.5, 5, "110101")
    assert report.quarantined == {"out_of_range": 1}


def test_geojson_points(city: psycopg.Connection, tmp_path: Path) -> None:
    def feature(geometry: Any, n: Any) -> dict[str, Any]:
        return {"type": "Feature", "geometry": geometry, "properties": {"n": n}}

    features = [
        feature({"type": "Point", "coordinates": [116.5, 39.5]}, 4),
        feature({"type": "Point", "coordinates": [117.5, 39.5, 12.0]}, "6"),
        feature({"type": "LineString", "coordinates": [[116, 39], [117, 40]]}, 1),
        feature(None, 1),
        feature({"type": "Point", "coordinates": [116.6, 39.5]}, None),
    ]
    path = text_file(
        tmp_path, json.dumps({"type": "FeatureCollection", "features": features}), name="d.geojson"
    )
    plan = parse_as(
        DemandMapping,
        {"form": "points", "layer": LAYER, "place": {"datum": "wgs84"}, "columns": {"weight": "n"}},
    )
    report = load(city, path, plan)
    assert report.quarantined == {"no_coordinates": 2, "no_weight": 1}
    assert [row[2] for row in points(city)] == [4, 6]
    with pytest.raises(InvalidInput, match="where the points are"):
        load(city, text_file(tmp_path, "n", "4"), plan)


def parquet(folder: Path, columns: dict[str, Any], geo: dict[str, Any] | None = None) -> Path:
    table = pa.table(columns)
    if geo is not None:
        table = table.replace_schema_metadata({"geo": json.dumps(geo)})
    pq.write_table(table, folder / "d.parquet")
    return folder / "d.parquet"


def test_parquet(city: psycopg.Connection, tmp_path: Path) -> None:
    columns = {
        "x": [116.5, 1 / 3 + 117, None],
        "y": [39.5, 39.5, 39.5],
        "n": [10, 2, 5],
        "more": ["a", "b", "c"],
    }
    report = load(city, parquet(tmp_path, columns))
    assert report.quarantined == {"no_coordinates": 1}
    assert points(city) == [(116.5, 39.5, 10, "110101"), (1 / 3 + 117, 39.5, 2, "110102")], "to the last bit"


def geo(crs: Any) -> dict[str, Any]:
    column: dict[str, Any] = {"encoding": "WKB"} | ({"crs": crs} if crs else {})
    return {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": column}}


PLACELESS = {"form": "points", "layer": LAYER, "place": {"datum": "wgs84"}, "columns": {"weight": "n"}}


@pytest.mark.parametrize("crs", [None, "OGC:CRS84", "EPSG:4326"])
def test_geoparquet(city: psycopg.Connection, tmp_path: Path, crs: str | None) -> None:
    shapes = [shapely.Point(116.5, 39.5), shapely.Point(), None, shapely.LineString([(116, 39), (117, 40)])]
    wkb = [shapely.to_wkb(shape) if shape is not None else None for shape in shapes]
    path = parquet(tmp_path, {"geometry": wkb, "n": [7, 1, 1, 1]}, geo(crs))
    report = load(city, path, parse_as(DemandMapping, PLACELESS))
    assert report.quarantined == {"no_coordinates": 3}
    assert points(city) == [(116.5, 39.5, 7, "110101")]


def test_geoparquet_in_another_system_than_declared(city: psycopg.Connection, tmp_path: Path) -> None:
    wkb = [shapely.to_wkb(shapely.Point(457010.39, 4372383.82))]
    path = parquet(tmp_path, {"geometry": wkb, "n": [7]}, geo("EPSG:32650"))
    with pytest.raises(InvalidMapping, match="EPSG:32650") as refused:
        load(city, path, parse_as(DemandMapping, PLACELESS))
    assert refused.value.field == "place.datum"
    assert (
        load(city, path, parse_as(DemandMapping, {**PLACELESS, "place": {"datum": "EPSG:32650"}})).points == 1
    )


@pytest.mark.parametrize("content", [b"", b"PAR1", b"PAR1" + b"\0" * 200 + b"PAR1", b"x,y,n\n1,2,3\n"])
def test_damaged_parquet(city: psycopg.Connection, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "d.parquet").write_bytes(content)
    with pytest.raises(UnreadableFile, match="Parquet"):
        load(city, tmp_path / "d.parquet")


def test_parquet_cut_short(city: psycopg.Connection, tmp_path: Path) -> None:
    path = parquet(tmp_path, {"x": [116.5] * 9999, "y": [39.5] * 9999, "n": list(range(9999))})
    data = bytearray(path.read_bytes())
    data[100:400] = b"\xff" * 300
    path.write_bytes(data)
    with pytest.raises(UnreadableFile, match="Parquet"):
        load(city, path)


def test_a_file_that_is_not_there(city: psycopg.Connection, tmp_path: Path) -> None:
    for name in ("gone.csv", "gone.parquet", "."):
        with pytest.raises(UnreadableFile):
            load(city, tmp_path / name)


def test_h3_cells_at_their_centres(city: psycopg.Connection, tmp_path: Path) -> None:
    number = str(h3.str_to_int(HERE[1]))
    report = load(
        city, text_file(tmp_path, "h3,n", f"{HERE[0].upper()},5", f"{number},6"), demand_mapping("h3")
    )
    lat, lon = h3.cell_to_latlng(HERE[0])
    assert points(city)[0] == (lon, lat, 5, "110101")
    assert (report.points, report.total) == (2, 11)
    [layer] = listed_layers(city)
    assert (layer["cell"], layer["h3_resolution"]) == ("h3", 8)


WRONG_CELLS = [
    ("ffff,1", "bad_cell"),
    (",1", "bad_cell"),
    ("123456789012345678,1", "bad_cell"),
    ("99999999999999999999,1", "bad_cell"),
    (f"{h3.cell_to_parent(HERE[1])},1", "other_resolution"),
    (f"{HERE[0]},1", "duplicate_cell"),
    (f"{HERE[1]},-1", "weight_negative"),
]


@pytest.mark.parametrize(("row", "reason"), WRONG_CELLS)
def test_a_wrong_cell_is_left_out(city: psycopg.Connection, tmp_path: Path, row: str, reason: str) -> None:
    report = load(city, text_file(tmp_path, "h3,n", f"{HERE[0]},5", row), demand_mapping("h3"))
    assert (report.quarantined, report.total) == ({reason: 1}, 5)


def test_h3_cells_with_positions_of_their_own(city: psycopg.Connection, tmp_path: Path) -> None:
    plan = demand_mapping("h3", columns={**COLUMNS["h3"], "lon": "x", "lat": "y"})
    rows = [f"{HERE[0]},116.5,39.5,5", f"{HERE[1]},117.6,39.6,6"]
    report = load(city, text_file(tmp_path, "h3,x,y,n", *rows), plan)
    assert [row[:2] for row in points(city)] == [(116.5, 39.5), (117.6, 39.6)]
    third = h3.latlng_to_cell(39.7, 116.7, 8)
    report = load(city, text_file(tmp_path, "h3,x,y,n", *rows, f"{third},116.9,39.7,1"), plan)
    assert report.quarantined == {"not_in_its_cell": 1}
    moved = [f"{HERE[0]},116.7,39.5,5", f"{HERE[1]},117.7,39.6,6"]
    with pytest.raises(LoadStopped, match="outside the H3 cell"):
        load(city, text_file(tmp_path, "h3,x,y,n", *moved), plan)


WRONG_MAPPINGS: list[tuple[dict[str, Any], str, str]] = [
    ({"form": "lines"}, "form", "points"),
    ({"layer": {**LAYER, "code": "Bad Code"}}, "layer.code", "pattern"),
    ({"layer": {**LAYER, "name_zh": " "}}, "layer.name_zh", "pattern"),
    ({"layer": {**LAYER, "as_of": "yesterday"}}, "layer.as_of", "date"),
    ({"place": {}}, "--map", "datum"),
    ({"place": {"datum": "mars2000"}}, "place.datum", "not a datum"),
    ({"columns": {"lon": "x", "lat": "y"}}, "--map", "weight"),
    ({"columns": {"lon": "x", "weight": "n"}}, "--map", "together"),
    ({"columns": {"lon": "x", "lat": "y", "wieght": "n"}}, "columns.wieght", "did you mean 'weight'"),
    ({"form": "h3", "columns": {"weight": "n"}}, "--map", "cell"),
    ({"points": {"size_m": 0}}, "points.size_m", "greater"),
]


@pytest.mark.parametrize(("change", "field", "said"), WRONG_MAPPINGS)
def test_a_wrong_mapping_names_the_key(change: dict[str, Any], field: str, said: str) -> None:
    content = {"form": "points", "layer": LAYER, "place": {"datum": "wgs84"}, "columns": COLUMNS["points"]}
    with pytest.raises(InvalidMapping, match=said) as refused:
        parse_as(DemandMapping, {**content, **change})
    assert refused.value.field == field


def test_an_ancillary_mapping_declares_its_datum() -> None:
    with pytest.raises(InvalidMapping, match="datum"):
        over_mapping(place={})
    with pytest.raises(InvalidMapping, match="together"):
        over_mapping(columns={"lon": "x"})


def test_mappings_that_ship_can_be_read(tmp_path: Path) -> None:
    names = shipped_demand_mappings()
    assert names == ["beijing_census", "beijing_junctions", "porto_alegre_jobs", "porto_alegre_residents"]
    for name in names:
        read = read_over_mapping if name == "beijing_junctions" else read_demand_mapping
        assert isinstance(read(Path(name)), DemandMapping | OverMapping)
    with pytest.raises(InvalidMapping, match="cannot read") as missing:
        read_demand_mapping(tmp_path / "gone.toml")
    assert missing.value.mend is not None
    assert "beijing_census" in missing.value.mend.en
    with pytest.raises(InvalidMapping, match="not valid TOML"):
        read_demand_mapping(text_file(tmp_path, "form = points", name="m.toml"))
