"""Gaps: what is connected, whom they count, and the ground they cover."""

from __future__ import annotations

import csv

import h3
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geoapi.coverage.cell_shapes import degrees_of, plane_of
from geoapi.coverage.gaps import Gap, find_gaps
from geoapi.coverage.grid import area_grid
from geoapi.coverage.inputs import Cell, Demand
from geoapi.coverage.straight import StraightModel
from tests.conftest import SHARED_DATA, needs_shared_data

STEP_LON, STEP_LAT = degrees_of(250.0, 40.0)
WEST, SOUTH = 116.0, 40.0
HAIR = 1e-9  # degrees: a tenth of a millimetre


def grid(drawing: str, *, weight: float = 1.0, area: str | None = None) -> tuple[Demand, np.ndarray]:
    """A demand of 250 m squares drawn as text, and which of it is uncovered: "#" is, "." is covered.

    A digit is an uncovered square of that weight, a space no square at all. `area` is drawn alike.
    """
    rows = [line.strip("|") for line in drawing.split()]
    places = [(x, y, c) for y, row in enumerate(reversed(rows)) for x, c in enumerate(row) if c != "_"]
    area_rows = [line.strip("|") for line in area.split()][::-1] if area else None
    demand = Demand(
        lon=np.array([WEST + x * STEP_LON for x, _, _ in places]),
        lat=np.array([SOUTH + y * STEP_LAT for _, y, _ in places]),
        weight=np.array([float(c) if c.isdigit() else weight for *_, c in places]),
        area=np.array([int(area_rows[y][x]) if area_rows else 0 for x, y, _ in places], dtype=np.int64),
        areas=("110101", "110102", "110105"),
        cell=Cell("grid", 250.0),
    )
    return demand, np.array([c == "#" or c.isdigit() for *_, c in places])


def gaps_of(demand: Demand, uncovered: np.ndarray, **options: object) -> list[Gap]:
    options.setdefault("uncovered_if_open", np.zeros_like(uncovered))
    return find_gaps(demand, uncovered, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("drawing", "weights"),
    [
        pytest.param("...\n...", [], id="everybody is covered"),
        pytest.param("#..\n...", [1], id="one square"),
        pytest.param("#..\n.#.", [2], id="a corner is a connection"),
        pytest.param("##.##\n##.##", [4, 4], id="a covered street between"),
        pytest.param("#_#", [1, 1], id="a hole in the demand between"),
        pytest.param("9.1.5", [9, 5, 1], id="most people first"),
        pytest.param("0.2", [2], id="nobody there is no gap"),
        pytest.param("02", [2], id="nobody there, but part of the ground"),
        pytest.param("###\n#.#\n###", [8], id="a ring"),
    ],
)
def test_what_is_one_gap(drawing: str, weights: list[float]) -> None:
    assert [gap.uncovered for gap in gaps_of(*grid(drawing))] == weights


def test_no_demand_has_no_gaps() -> None:
    nothing = np.array([])
    for cell in (Cell("grid", 250.0), Cell("point", 50.0), Cell("h3", 400.0, 9)):
        demand = Demand(nothing, nothing, nothing, np.array([], dtype=np.int64), (), cell)
        assert gaps_of(demand, np.array([], dtype=bool)) == []


def test_empty_ground_is_a_gap_when_area_counts() -> None:
    demand, uncovered = grid("0.2")
    assert [gap.uncovered for gap in gaps_of(demand, uncovered, keep_empty=True)] == [2, 0]


def test_ties_go_to_the_larger_then_to_the_west() -> None:
    gaps = gaps_of(*grid("3.12.3"))
    assert [(gap.uncovered, gap.points.tolist()) for gap in gaps] == [(3, [2, 3]), (3, [0]), (3, [5])]


def test_a_square_is_as_large_as_it_says() -> None:
    [gap] = gaps_of(*grid("..\n##"))
    assert gap.area_km2 == pytest.approx(2 * 0.25**2, rel=1e-3)
    assert shapely.get_num_coordinates(gap.polygon) == 5
    assert gap.polygon.exterior.is_ccw


def test_the_ring_has_a_hole_and_its_centre_is_not_in_it() -> None:
    demand, uncovered = grid("###\n#.#\n###")
    [gap] = gaps_of(demand, uncovered)
    assert len(gap.polygon.interiors) == 1
    assert shapely.intersects_xy(gap.polygon, *gap.centre)
    assert gap.centre in set(zip(demand.lon.tolist(), demand.lat.tolist(), strict=True))


def test_the_centre_is_where_the_people_are() -> None:
    [gap] = gaps_of(*grid("900"))
    assert gap.centre == (WEST, SOUTH)


def test_still_uncovered_when_unknown_hours_count_as_open() -> None:
    demand, uncovered = grid("23.4")
    [first, second] = gaps_of(demand, uncovered, uncovered_if_open=np.array([True, False, False, False]))
    assert (first.uncovered, first.uncovered_if_open) == (5, 2)
    assert (second.uncovered, second.uncovered_if_open) == (4, 0)


def test_a_gap_ends_at_the_border_of_its_district() -> None:
    demand, uncovered = grid("####\n####", area="0011\n0001")
    gaps = gaps_of(demand, uncovered)
    assert [(gap.area, gap.uncovered) for gap in gaps] == [("110101", 5), ("110102", 3)]
    [whole] = gaps_of(demand, uncovered, within_areas=False)
    assert (whole.area, whole.uncovered) == (None, 8)


def test_outside_every_district_is_a_gap_of_none() -> None:
    demand, uncovered = grid("##")
    outside = Demand(demand.lon, demand.lat, demand.weight, np.array([0, -1]), demand.areas, demand.cell)
    assert {gap.area for gap in gaps_of(outside, uncovered)} == {"110101", None}


def test_the_polygon_is_cut_at_the_border() -> None:
    demand, uncovered = grid("##")
    border = shapely.box(115.0, 39.0, WEST + STEP_LON / 2 + STEP_LON / 4, 41.0)
    [gap] = gaps_of(demand, uncovered, districts={"110101": border})
    assert gap.polygon.bounds[2] == pytest.approx(border.bounds[2])
    assert gap.uncovered == 2


def test_the_hours_in_which_more_than_half_are_uncovered() -> None:
    demand, uncovered = grid("12.00")
    covered = np.array([[1, 0, 1, 1], [0, 1, 0, 1], [1, 1, 1, 1], [0, 1, 1, 0], [0, 1, 0, 0]], dtype=bool)
    people, nobody = gaps_of(demand, uncovered, covered=covered, keep_empty=True)
    assert people.hours is not None
    assert people.hours.tolist() == [True, False, True, False]
    assert nobody.hours is not None
    # of two empty squares one is no more than half
    assert nobody.hours.tolist() == [True, False, False, True]


def test_a_gap_of_a_whole_week() -> None:
    """More hours than are worked out at a time, against the plain sum."""
    rng = np.random.default_rng(3)
    demand, uncovered = grid("123.\n4.56\n..78")
    covered = rng.random((len(demand), 168)) < 0.5
    for gap in gaps_of(demand, uncovered, covered=covered):
        missing = (demand.weight[gap.points, None] * ~covered[gap.points]).sum(axis=0)
        assert gap.hours is not None
        assert gap.hours.tolist() == (missing > gap.uncovered / 2).tolist()


def test_the_distance_to_the_nearest_open_station() -> None:
    demand, uncovered = grid("13.5")
    far = np.array([3000.0, 1000.0, 10.0, np.inf])
    first, second = gaps_of(demand, uncovered, distance_m=far, station=np.array([7, 8, 9, -1]))
    assert (first.nearest_m, first.nearest_station, first.mean_m) == (None, None, None)
    assert (second.nearest_m, second.nearest_station, second.mean_m) == (1000.0, 8, 1500.0)


def test_simpler_outlines_stay_near() -> None:
    demand, uncovered = grid("#....\n##...\n###..\n####.\n#####")
    [exact], [simple] = gaps_of(demand, uncovered), gaps_of(demand, uncovered, simplify_m=300.0)
    assert shapely.get_num_coordinates(simple.polygon) < shapely.get_num_coordinates(exact.polygon)
    assert simple.polygon.is_valid
    assert shapely.hausdorff_distance(simple.polygon, exact.polygon) <= degrees_of(300.0, 40.0)[0]
    assert simple.area_km2 == exact.area_km2


def test_points_of_two_districts_in_one_square_share_it() -> None:
    demand = Demand(
        lon=np.array([116.0001, 116.0003]), lat=np.array([40.0001, 40.0001]), weight=np.ones(2),
        area=np.array([0, 1]), areas=("a", "b"), cell=Cell("point", 500.0),
    )  # fmt: skip
    first, second = gaps_of(demand, np.array([True, True]))
    assert {first.area, second.area} == {"a", "b"}
    assert shapely.area(shapely.intersection(first.polygon, second.polygon)) < HAIR**2
    assert first.area_km2 + second.area_km2 == pytest.approx(0.25, rel=1e-3)


def test_two_places_at_one_point_in_two_districts_have_ground_each() -> None:
    demand = Demand(
        np.array([116.0, 116.0]), np.array([40.0, 40.0]), np.ones(2), np.array([0, 1]), ("a", "b"),
        Cell("point", 500.0),
    )  # fmt: skip
    assert [gap.polygon.is_empty for gap in gaps_of(demand, np.array([True, True]))] == [False, False]


def test_the_edge_of_the_world() -> None:
    demand = Demand(
        np.array([-180.0, 179.9999, 10.0]), np.array([0.0, 0.0, 90.0]), np.ones(3), np.zeros(3, np.int64),
        ("a",), Cell("point", 500.0),
    )  # fmt: skip
    gaps = gaps_of(demand, np.ones(3, dtype=bool))
    assert len(gaps) == 3
    for gap in gaps:
        assert gap.polygon.is_valid
        assert np.abs(np.array(gap.polygon.bounds)).max() <= 180.0


def test_squares_of_an_area_grid_are_its_cells() -> None:
    border = shapely.box(116.0, 39.7, 116.4, 39.9)
    demand = area_grid([border], ["110101"], cell_size_m=250.0)
    [gap] = gaps_of(demand, np.ones(len(demand), dtype=bool))
    assert gap.area_km2 == pytest.approx(demand.weight.sum(), rel=1e-6)
    assert gap.area_km2 == pytest.approx(gap.uncovered, rel=1e-6)
    assert shapely.get_num_coordinates(gap.polygon) == 5


def test_a_foreign_grid_is_found_from_its_points() -> None:
    """Lines that are not quite as far apart as the cell's size, and a whole row without points."""
    step = 0.00271
    x, y = np.meshgrid(np.arange(400), np.delete(np.arange(300), 7), indexing="ij")
    demand = Demand(
        WEST + x.ravel() * step, SOUTH + y.ravel() * step, np.ones(x.size), np.zeros(x.size, np.int64),
        ("a",), Cell("grid", 250.0),
    )  # fmt: skip
    plane = plane_of(demand)
    column, row = plane.place(demand.lon, demand.lat)
    assert np.array_equal(np.floor(column), x.ravel())
    assert np.array_equal(np.floor(row), y.ravel())


@needs_shared_data
def test_porto_alegre_from_end_to_end() -> None:
    """812,935 people in H3 cells, fifteen places, 15 minutes on foot."""
    with (SHARED_DATA / "roads" / "porto_alegre_population_hex.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    with (SHARED_DATA / "roads" / "porto_alegre_points.csv").open(encoding="utf-8") as file:
        places = [(float(row["lon"]), float(row["lat"])) for row in csv.DictReader(file)]
    demand = Demand(
        lon=np.array([float(row["lon"]) for row in rows]),
        lat=np.array([float(row["lat"]) for row in rows]),
        weight=np.array([float(row["population"]) for row in rows]),
        area=np.zeros(len(rows), np.int64), areas=("poa",), cell=Cell("h3", 350.0, 9),
    )  # fmt: skip
    lon, lat = np.array(places).T
    reach = StraightModel(1.3).reach(demand.lon, demand.lat, lon, lat, 1080.0)
    uncovered = np.diff(reach.indptr) == 0
    gaps = gaps_of(demand, uncovered)
    assert 600_000 < sum(gap.uncovered for gap in gaps) < 812_935
    assert sum(gap.uncovered for gap in gaps) == pytest.approx(demand.weight[uncovered].sum())
    # the file names its cells: what is drawn is made of them
    cells = [row["id"] for row in rows]
    area_km2 = sum(h3.cell_area(cells[point], "km^2") for gap in gaps for point in gap.points)
    assert sum(gap.area_km2 for gap in gaps) == pytest.approx(area_km2, rel=0.005)
    assert all(gap.polygon.is_valid for gap in gaps)


# -- against a flood fill, and what holds for all --------------------------------------------------------


@st.composite
def worlds(draw: st.DrawFn, shape: str) -> tuple[Demand, np.ndarray]:
    """A demand on a few cells, or a few points, in two districts, each uncovered or not."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    share = draw(st.floats(0.1, 0.95))
    side = draw(st.integers(1, 12))
    if shape == "grid":
        x, y = (one.ravel() for one in np.meshgrid(np.arange(side), np.arange(side), indexing="ij"))
        kept = rng.random(x.size) < 0.9
        lon, lat = WEST + x[kept] * STEP_LON, SOUTH + y[kept] * STEP_LAT
    else:
        number = side * side
        lon, lat = WEST + rng.random(number) * 0.03, SOUTH + rng.random(number) * 0.03
    cell = Cell(shape, 250.0, 9 if shape == "h3" else None)  # type: ignore[arg-type]
    weight = np.round(rng.random(lon.size) * 100) * (rng.random(lon.size) < 0.8)
    # a border that is not along the cells
    area = (lon + 0.3 * lat > WEST + 0.3 * SOUTH + draw(st.floats(0.0, 0.04))).astype(np.int64)
    demand = Demand(lon, lat, weight, area, ("110101", "110102"), cell)
    return demand, rng.random(lon.size) < share


def flood_fill(demand: Demand, uncovered: np.ndarray) -> list[set[int]]:
    """The gaps by the plainest means: walk from point to point."""
    rows = np.flatnonzero(uncovered).tolist()
    plane = plane_of(demand)
    column, row = (np.floor(one).astype(int) for one in plane.place(demand.lon, demand.lat))
    cells = [h3.latlng_to_cell(y, x, 9) for x, y in zip(demand.lon, demand.lat, strict=True)]

    def touch(a: int, b: int) -> bool:
        if demand.area[a] != demand.area[b]:
            return False
        if demand.cell.shape == "h3":
            return bool(h3.grid_distance(cells[a], cells[b]) <= 1)
        return bool(abs(column[a] - column[b]) <= 1 and abs(row[a] - row[b]) <= 1)

    found, left = [], set(rows)
    while left:
        edge = {left.pop()}
        gap = set(edge)
        while edge:
            here = edge.pop()
            near = {other for other in left if touch(here, other)}
            left -= near
            edge |= near
            gap |= near
        found.append(gap)
    return found


@pytest.mark.parametrize("shape", ["grid", "point", "h3"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_as_a_flood_fill_finds_them(shape: str, data: st.DataObject) -> None:
    demand, uncovered = data.draw(worlds(shape))
    gaps = gaps_of(demand, uncovered, keep_empty=True)
    expected = flood_fill(demand, uncovered)
    assert {frozenset(gap.points.tolist()) for gap in gaps} == {frozenset(one) for one in expected}
    for gap in gaps:
        assert gap.uncovered == pytest.approx(demand.weight[gap.points].sum())
        assert gap.area == demand.areas[demand.area[gap.points[0]]]


@pytest.mark.parametrize("shape", ["grid", "point", "h3"])
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_what_holds_for_all_gaps(shape: str, data: st.DataObject) -> None:
    demand, uncovered = data.draw(worlds(shape))
    gaps = gaps_of(demand, uncovered, uncovered_if_open=uncovered)
    assert sum(gap.uncovered for gap in gaps) == pytest.approx(demand.weight[uncovered].sum())
    assert [gap.uncovered for gap in gaps] == sorted((gap.uncovered for gap in gaps), reverse=True)
    for gap in gaps:
        assert gap.uncovered_if_open == gap.uncovered
        assert gap.polygon.is_valid
        points = shapely.points(demand.lon[gap.points], demand.lat[gap.points])
        assert shapely.distance(gap.polygon, points).max() < HAIR
        assert shapely.intersects_xy(gap.polygon, *gap.centre)
    polygons = np.array([gap.polygon for gap in gaps], dtype=object)
    one, other = shapely.STRtree(polygons).query(polygons)
    pairs = one < other
    overlap = shapely.intersection(polygons[one[pairs]], polygons[other[pairs]])
    # slivers a hair wide along edges that neighbours share
    assert shapely.area(overlap).sum() < HAIR * 1e-3


@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_together_they_are_the_ground_of_the_uncovered_cells(data: st.DataObject) -> None:
    demand, uncovered = data.draw(worlds("grid"))
    gaps = gaps_of(demand, uncovered, keep_empty=True, within_areas=False)
    if not gaps:
        return
    plane = plane_of(demand)
    squares = shapely.box(
        demand.lon - 0.5 / plane.per_lon, demand.lat - 0.5 / plane.per_lat,
        demand.lon + 0.5 / plane.per_lon, demand.lat + 0.5 / plane.per_lat,
    )[uncovered]  # fmt: skip
    together = shapely.area(np.array([gap.polygon for gap in gaps], dtype=object)).sum()
    assert together == pytest.approx(uncovered.sum() / plane.per_lon / plane.per_lat, rel=1e-6)
    assert (
        shapely.area(
            shapely.difference(shapely.union_all(squares), shapely.union_all([g.polygon for g in gaps]))
        )
        < together * 1e-6
    )


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_turning_the_points_about_changes_no_gap(data: st.DataObject) -> None:
    demand, uncovered = data.draw(worlds("point"))
    turned = np.random.default_rng(1).permutation(len(demand))
    gaps, others = gaps_of(demand, uncovered), gaps_of(demand.only(turned), uncovered[turned])
    assert {frozenset(gap.points.tolist()) for gap in gaps} == {
        frozenset(turned[gap.points].tolist()) for gap in others
    }
