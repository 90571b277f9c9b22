"""Totals by district or polygon: spread over ancillary points or a grid, and exact wherever they end up."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg
import pytest

from geoapi.errors import InvalidInput, LoadStopped, UnreadableFile
from loaders.demand.mapping import DemandMapping, parse_as
from loaders.demand.record import listed_layers
from tests.loaders.demand_files import (
    LAYER,
    demand_mapping,
    load,
    on_record,
    over_mapping,
    points,
    text_file,
)
from tests.loaders.files import make_districts

TOTALS = ("d,n", "110101,10", "西城,7")
JUNCTIONS = ("x,y", "116.1,39.1", "116.2,39.2", "116.3,39.3", "117.5,39.5", "119,39")
AREAS = demand_mapping("areas", place={})


@pytest.fixture
def city(conn: psycopg.Connection) -> psycopg.Connection:
    make_districts(conn)
    return conn


def sums(conn: psycopg.Connection) -> dict[str | None, float]:
    found: dict[str | None, float] = {}
    for _, _, weight, code in points(conn):
        found[code] = found.get(code, 0) + weight
    return found


def over(folder: Path, *lines: str) -> dict[str, Any]:
    return {"over": text_file(folder, *lines, name="over.csv"), "over_mapping": over_mapping()}


def test_totals_over_ancillary_points(city: psycopg.Connection, tmp_path: Path) -> None:
    report = load(city, text_file(tmp_path, *TOTALS), AREAS, **over(tmp_path, *JUNCTIONS))
    assert [row[2:] for row in points(city)] == [
        (4, "110101"), (3, "110101"), (3, "110101"), (7, "110102")
    ]  # fmt: skip
    assert report.over is not None
    assert (report.over["rows"], report.over["accepted"], report.over["unused"]) == (5, 5, 1)
    assert (report.without_ancillary, report.outside["points"]) == ([], 0)
    assert listed_layers(city)[0]["cell"] == "point"
    before = on_record(city)
    again = load(city, text_file(tmp_path, *TOTALS), AREAS, **over(tmp_path, *JUNCTIONS))
    assert (again.state, on_record(city)) == ("unchanged", before)


def test_ancillary_points_have_weights_and_faults(city: psycopg.Connection, tmp_path: Path) -> None:
    path = text_file(
        tmp_path, "x,y,w", "116.1,39.1,1", "116.2,39.2,4", "116.3,39.3,-1", ",39,1", "116.1,39.1,9",
        "117.5,39.5,1",
        name="over.csv",
    )  # fmt: skip
    plan = over_mapping(columns={"lon": "x", "lat": "y", "weight": "w"})
    report = load(city, text_file(tmp_path, *TOTALS), AREAS, over=path, over_mapping=plan)
    assert [row[2] for row in points(city)] == [2, 8, 7]
    assert report.over is not None
    assert report.over["quarantined"] == {"weight_negative": 1, "no_coordinates": 1, "duplicate_point": 1}


def test_a_district_without_ancillary_points_is_spread_evenly_and_said(
    city: psycopg.Connection, tmp_path: Path
) -> None:
    plan = demand_mapping("areas", place={}, spread={"cell_size_m": 20_000})
    report = load(city, text_file(tmp_path, *TOTALS), plan, **over(tmp_path, "x,y", "116.5,39.5"))
    assert report.without_ancillary == ["西城区"]
    assert sums(city) == {"110101": 10, "110102": 7}
    assert len(points(city)) == 8, "one junction, and seven of the grid's cells"


def test_or_is_put_at_its_inner_point(city: psycopg.Connection, tmp_path: Path) -> None:
    plan = demand_mapping("areas", place={}, spread={"without": "inner"})
    report = load(city, text_file(tmp_path, *TOTALS), plan, **over(tmp_path, "x,y", "116.5,39.5"))
    assert report.without_ancillary == ["西城区"]
    assert points(city)[1] == (117.5, 39.5, 7, "110102")


def test_without_ancillary_points_it_is_the_grid(city: psycopg.Connection, tmp_path: Path) -> None:
    plan = demand_mapping("areas", place={}, spread={"cell_size_m": 5000})
    report = load(city, text_file(tmp_path, "d,n", "110101,100000", "110102,5"), plan)
    assert sums(city) == {"110101": 100_000, "110102": 5}
    assert (report.over, report.without_ancillary) == (None, [])
    [layer] = listed_layers(city)
    assert (layer["cell"], layer["cell_size_m"]) == ("grid", 5000)
    weights = [row[2] for row in points(city) if row[3] == "110101"]
    assert max(weights) / min(weights) < 1.05, "by area"


def test_a_junction_on_the_border_counts_where_its_total_is_of(
    city: psycopg.Connection, tmp_path: Path
) -> None:
    # it lies in both; as a point alone it would be the first district's
    load(city, text_file(tmp_path, "d,n", "110102,7"), AREAS, **over(tmp_path, "x,y", "117,39.5"))
    assert points(city) == [(117, 39.5, 7, "110102")]


def test_streets_inside_the_district(city: psycopg.Connection, tmp_path: Path) -> None:
    for code, parent, west in (("s1", "110101", 116.0), ("s2", "110102", 116.5)):
        city.execute(
            """INSERT INTO district (code, parent_code, level, name_zh, geom, source) VALUES
               (%s, %s, 'street', %s, ST_Multi(ST_MakeEnvelope(%s, 39, %s, 40, 4326)), 't')""",
            [code, parent, code, west, west + 0.4],
        )
    ancillary = over(tmp_path, "x,y", "116.1,39.1", "116.6,39.1", "116.95,39.1")
    load(city, text_file(tmp_path, "d,n", "110101,9"), AREAS, **ancillary)
    # s2 is drawn into the first district, but is the second's: the total stays where it is of
    assert [row[3] for row in points(city)] == ["s1", "110101", "110101"]
    plan = demand_mapping("areas", place={}, spread={"level": "street"})
    load(city, text_file(tmp_path, "d,n", "s1,4", "s2,5"), plan, **ancillary)
    assert sums(city) == {"s1": 4, "s2": 5}


WRONG_ROWS = [
    ("海淀区,3", "unknown_district"),
    (",3", "unknown_district"),
    ("东城区,3", "duplicate_district"),
    ("110102,-3", "weight_negative"),
    ("110102,n/a", "weight_not_a_number"),
    ("110102,", "no_weight"),
]


@pytest.mark.parametrize(("row", "reason"), WRONG_ROWS)
def test_a_wrong_row_is_left_out_and_said(
    city: psycopg.Connection, tmp_path: Path, row: str, reason: str
) -> None:
    report = load(city, text_file(tmp_path, "d,n", "110101,10", row), AREAS, **over(tmp_path, *JUNCTIONS))
    assert report.quarantined == {reason: 1}
    assert sums(city) == {"110101": 10}


def test_decimals_stay_decimals(city: psycopg.Connection, tmp_path: Path) -> None:
    load(city, text_file(tmp_path, "d,n", "110101,1.25"), AREAS, **over(tmp_path, *JUNCTIONS))
    assert [row[2] for row in points(city)] == [0.42, 0.42, 0.41]


def test_totals_that_are_no_multiple_of_the_unit(city: psycopg.Connection, tmp_path: Path) -> None:
    plan = demand_mapping("areas", place={}, spread={"unit": 1000})
    with pytest.raises(InvalidInput, match="shared out") as refused:
        load(city, text_file(tmp_path, *TOTALS), plan, **over(tmp_path, *JUNCTIONS))
    assert refused.value.field == "spread.unit"
    assert on_record(city) == []


def test_there_must_be_districts(conn: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(LoadStopped, match="no boundaries"):
        load(conn, text_file(tmp_path, *TOTALS), AREAS)


@pytest.mark.parametrize("form", ["points", "areas"])
def test_the_two_options_go_together(city: psycopg.Connection, tmp_path: Path, form: str) -> None:
    options = over(tmp_path, *JUNCTIONS)
    if form == "areas":
        del options["over_mapping"]
    with pytest.raises(InvalidInput, match="go together"):
        load(city, text_file(tmp_path, *TOTALS), demand_mapping(form), **options)


def test_swapped_ancillary_points_stop_the_load(city: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(LoadStopped, match="changed places"):
        load(city, text_file(tmp_path, *TOTALS), AREAS, **over(tmp_path, "x,y", "39.1,116.1", "39.2,116.2"))


def test_an_absurdly_fine_grid_is_refused(city: psycopg.Connection, tmp_path: Path) -> None:
    plan = demand_mapping("areas", place={}, spread={"cell_size_m": 20})
    with pytest.raises(InvalidInput, match="the most is"):
        load(city, text_file(tmp_path, *TOTALS), plan)


BY_POLYGON = parse_as(
    DemandMapping,
    {
        "form": "areas", "layer": LAYER, "place": {"datum": "wgs84"}, "columns": {"weight": "n"},
        "spread": {"cell_size_m": 1000},
    },
)  # fmt: skip


def feature(geometry: Any, n: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": {"n": n, "name": f"p{n}"}}


def square(west: float, size: float = 0.1) -> dict[str, Any]:
    ring = [[west, 39.5], [west + size, 39.5], [west + size, 39.6], [west, 39.6], [west, 39.5]]
    return {"type": "Polygon", "coordinates": [ring]}


def geojson(folder: Path, *features: Any) -> Path:
    return text_file(
        folder, json.dumps({"type": "FeatureCollection", "features": features}), name="p.geojson"
    )


def test_polygons_with_totals(city: psycopg.Connection, tmp_path: Path) -> None:
    path = geojson(
        tmp_path, feature(square(116.5), 90), feature(square(116.95), 60), feature(square(120), 3),
        feature({"type": "Point", "coordinates": [116.5, 39.5]}, 1), feature(None, 1), "text",
        feature({"type": "Polygon", "coordinates": [[[1, 2]]]}, 1), feature(square(116.1), None),
        feature(square(500), 1), feature(square(116.2, 1e-7), 5),
    )  # fmt: skip
    report = load(city, path, BY_POLYGON)
    assert report.quarantined == {"no_polygon": 3, "bad_polygon": 2, "no_weight": 1}
    found = sums(city)
    assert found.pop(None) == 3
    # the second lies across the border
    assert sum(found.values()) == 155
    assert 25 <= found["110102"] <= 35
    assert report.outside["total"] == 3
    assert report.without_ancillary == ["p5"], "too small for a cell: at its inner point"


def test_polygons_over_points(city: psycopg.Connection, tmp_path: Path) -> None:
    path = geojson(tmp_path, feature(square(116.5), 9))
    load(city, path, BY_POLYGON, **over(tmp_path, "x,y", "116.51,39.51", "116.52,39.52", "116.1,39.1"))
    assert [row[2] for row in points(city)] == [5, 4]


@pytest.mark.parametrize("content", ["[]", '{"type": "FeatureCollection", "features": []}', "{", "[" * 5000])
def test_what_holds_no_polygons(city: psycopg.Connection, tmp_path: Path, content: str) -> None:
    with pytest.raises(UnreadableFile):
        load(city, text_file(tmp_path, content, name="p.geojson"), BY_POLYGON)


def test_only_bad_polygons(city: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(LoadStopped, match="bad_polygon 1"):
        load(city, geojson(tmp_path, feature(square(500), 1)), BY_POLYGON)
