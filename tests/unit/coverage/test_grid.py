"""The lattice and grids on it: against shapely and pyproj, and what must hold for any lattice."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geoapi.coverage.grid import (
    area_grid,
    cell_box,
    lattice,
    nearest_reference,
    reference_latitude,
    world_lattice,
)
from geoapi.errors import InvalidInput
from geoapi.geometry.districts import assign_districts
from geoapi.sample.districts import sample_districts

GEOD = Geod(ellps="WGS84")
POLYGONS = [one.polygon for one in sample_districts()]
CODES = [one.code for one in sample_districts()]
BEIJING = area_grid(POLYGONS, CODES, cell_size_m=250)


def square(west: float, south: float, size: float = 0.02) -> shapely.Polygon:
    return shapely.box(west, south, west + size, south + size)


def test_beijing_at_250_m() -> None:
    assert len(BEIJING) == 263_428
    assert BEIJING.areas == tuple(CODES)
    assert BEIJING.weight.sum() == pytest.approx(16_406, abs=2)
    assert (BEIJING.cell.shape, BEIJING.cell.size_m) == ("grid", 250)


def test_a_cell_is_in_the_polygon_that_its_middle_is_in() -> None:
    assert (assign_districts(BEIJING.lon, BEIJING.lat, POLYGONS) == BEIJING.area).all()


def test_no_middle_inside_is_left_out() -> None:
    """Against shapely on every middle of the lattice in the city's box."""
    world = world_lattice(1000, 40.0)
    grid = area_grid(POLYGONS, CODES, cell_size_m=1000)
    west, south, east, north = shapely.total_bounds(POLYGONS)
    columns, rows = world.cell([west, east], [south, north])
    column, row = np.meshgrid(np.arange(columns[0], columns[1] + 1), np.arange(rows[0], rows[1] + 1))
    lon, lat = world.middle(column.ravel(), row.ravel())
    inside = assign_districts(lon, lat, POLYGONS) >= 0
    assert set(zip(grid.lon, grid.lat, strict=True)) == set(zip(lon[inside], lat[inside], strict=True))


def test_cells_are_nearly_square_and_as_large_as_asked() -> None:
    column, row = lattice(BEIJING.lon[::1000], BEIJING.lat[::1000], 250, 40.0)
    west, south, east, north = cell_box(column, row, 250, 40.0)
    _, _, across = GEOD.inv(west, BEIJING.lat[::1000], east, BEIJING.lat[::1000])
    _, _, along = GEOD.inv(west, south, west, north)
    assert np.abs(np.array(across) / 250 - 1).max() < 0.017
    assert np.abs(np.array(along) / 250 - 1).max() < 0.002


@pytest.mark.parametrize("reference", [0.0, 40.0, -30.0, 85.0])
@pytest.mark.parametrize("size_m", [50.0, 250.0, 5_000.0])
def test_areas_are_those_on_the_spheroid(reference: float, size_m: float) -> None:
    world = world_lattice(size_m, reference)
    [column], [row] = world.cell([116.4], [reference])
    west, south, east, north = (float(edge[0]) for edge in world.box(np.array([column]), np.array([row])))
    # along the parallels, which are no geodesics
    x = np.concatenate((np.linspace(west, east, 200), np.linspace(east, west, 200)))
    y = np.repeat([south, north], 200)
    area, _ = GEOD.polygon_area_perimeter(x, y)
    assert world.area_km2(np.array([row]))[0] * 1e6 == pytest.approx(abs(area), rel=1e-6)


@pytest.mark.parametrize("size_m", [1_000.0, 50_000.0])
def test_all_cells_make_up_the_world(size_m: float) -> None:
    world = world_lattice(size_m, 40.0)
    whole = world.area_km2(np.arange(world.rows)).sum() * world.columns
    assert whole == pytest.approx(510_065_621.7, rel=1e-7)


sizes = st.floats(20, 20_000)
latitudes = st.floats(-84, 84)


@given(st.floats(-179.9, 179.9), latitudes, sizes, st.integers(-17, 17))
def test_a_point_is_in_its_box_and_a_middle_is_its_cells(
    lon: float, lat: float, size_m: float, reference: int
) -> None:
    column, row = lattice([lon], [lat], size_m, reference * 5.0)
    west, south, east, north = cell_box(column, row, size_m, reference * 5.0)
    hair = 1e-9
    assert west[0] - hair <= lon <= east[0] + hair
    assert south[0] - hair <= lat <= north[0] + hair
    again = world_lattice(size_m, reference * 5.0).cell(
        *world_lattice(size_m, reference * 5.0).middle(column, row)
    )
    assert (again[0][0], again[1][0]) == (column[0], row[0])


@given(st.floats(-170, 170), st.floats(-70, 70), st.floats(50, 1000))
def test_the_lattice_is_found_again_from_its_middles(lon: float, lat: float, size_m: float) -> None:
    edge = 40 * size_m / 111_000
    grid = area_grid([shapely.box(lon, lat, lon + edge * 2, lat + edge)], ["a"], cell_size_m=size_m)
    assert reference_latitude(grid.lon, grid.lat, size_m) == nearest_reference(lat + edge / 2)
    column, row = lattice(grid.lon, grid.lat, size_m)
    assert len(set(zip(column, row, strict=True))) == len(grid)


def test_part_of_a_grid_is_on_the_same_lattice() -> None:
    north = BEIJING.only(BEIJING.lat > 40.9)
    assert reference_latitude(north.lon, north.lat, 250) == 40.0
    # and where the middle of what is left would say another
    high = area_grid([square(116, 42.4, 0.3)], ["a"], cell_size_m=250, reference_lat=40.0)
    assert nearest_reference(42.55) == 45.0
    assert reference_latitude(high.lon, high.lat, 250) == 40.0


def test_points_on_no_lattice_have_their_middles_reference() -> None:
    assert reference_latitude([116.1, 116.234567, 116.9], [39.0, 39.5, 41.0], 250) == 40.0
    assert reference_latitude([], [], 250) == 0.0


def test_neighbours_share_every_edge_and_no_cell() -> None:
    left, right = square(116, 40), square(116.02, 40)
    both = area_grid([left, right], ["a", "b"], cell_size_m=100)
    alone = [len(area_grid([one], ["x"], cell_size_m=100, reference_lat=40.0)) for one in (left, right)]
    assert len(both) == sum(alone) == len(area_grid([left.union(right)], ["c"], cell_size_m=100))
    column, row = lattice(both.lon, both.lat, 100, 40.0)
    west, _, east, _ = cell_box(column, row, 100, 40.0)
    beside = {(c, r): e for c, r, e in zip(column, row, east, strict=True)}
    assert all(beside.get((c - 1, r), w) == w for c, r, w in zip(column, row, west, strict=True))


def test_of_two_polygons_the_first_has_the_cell() -> None:
    grid = area_grid([square(116, 40), square(116.01, 40)], ["a", "b"], cell_size_m=100)
    assert len(set(zip(grid.lon, grid.lat, strict=True))) == len(grid)
    assert (grid.area[(grid.lon > 116.011) & (grid.lon < 116.019)] == 0).all()


def test_holes_and_parts() -> None:
    ring = shapely.Polygon(square(116, 40, 0.06).exterior, [square(116.02, 40.02).exterior.coords])
    with_hole = area_grid([shapely.MultiPolygon([ring, square(117, 40)])], ["a"], cell_size_m=100)
    whole = area_grid([square(116, 40, 0.06), square(117, 40)], ["a", "b"], cell_size_m=100)
    hole = area_grid([square(116.02, 40.02)], ["a"], cell_size_m=100)
    assert len(with_hole) == len(whole) - len(hole)


def test_nothing_is_a_grid_too() -> None:
    assert len(area_grid([], [], cell_size_m=250)) == 0
    assert len(area_grid([shapely.MultiPolygon()], ["a"], cell_size_m=250)) == 0
    # between the middles
    assert len(area_grid([square(116, 40, 1e-6)], ["a"], cell_size_m=250)) in (0, 1)


def test_rows_go_north_and_columns_east() -> None:
    keys = list(zip(BEIJING.lat.tolist(), BEIJING.lon.tolist(), strict=True))
    assert keys == sorted(keys)


def test_too_many_cells_are_refused_before_they_are_made() -> None:
    with pytest.raises(InvalidInput) as refused:
        area_grid([shapely.box(70, 20, 130, 50)], ["china"], cell_size_m=250, most_cells=1_000_000)
    assert refused.value.field == "cell_size_m"
    assert refused.value.extra["cells"] > 100_000_000


@pytest.mark.parametrize("size_m", [0.0, -1.0, float("nan"), float("inf"), 0.5])
def test_an_absurd_size_is_refused(size_m: float) -> None:
    with pytest.raises(ValueError, match="cell_size_m"):
        world_lattice(size_m, 40.0)


def test_cost_grows_with_cells() -> None:
    """Four times the cells for half the size, to a permille: nothing is counted twice on the way."""
    assert len(area_grid(POLYGONS, CODES, cell_size_m=500)) * 4 == pytest.approx(len(BEIJING), rel=2e-3)
