"""Demand: which layer answers, its points by part, and the ground itself where there is none."""

from __future__ import annotations

import pytest
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.coverage.inputs import Demand
from geoapi.errors import InvalidInput, UnknownCode
from geoapi.queries.planning.areas import read_area
from geoapi.queries.planning.demand import (
    BY_AREA,
    Layer,
    layer_for,
    list_layers,
    outside_districts,
    read_demand,
)
from tests.queries.conftest import World
from tests.queries.planning.conftest import SPOTS, add_layer, ask, draw_town

CELL_M = 400.0


def layer(world: World, area: str, code: str | None = None) -> Layer:
    """The layer that answers a question about an area."""

    async def choose(conn: AsyncConnection) -> Layer:
        return await layer_for(conn, await read_area(conn, area), code, cell_size_m=CELL_M)

    return ask(world.url, choose)


def demand(world: World, area: str, code: str | None = None, *, most: int = 100_000) -> Demand:
    """The demand of an area by the layer that answers."""

    async def read(conn: AsyncConnection) -> Demand:
        found = await read_area(conn, area)
        chosen = await layer_for(conn, found, code, cell_size_m=CELL_M)
        return await read_demand(conn, chosen, found, most=most)

    return ask(world.url, read)


def sums(found: Demand) -> dict[str, float]:
    """The weight in each part."""
    return {code: float(found.weight[found.area == index].sum()) for index, code in enumerate(found.areas)}


# which layer ---------------------------------------------------------------------------------


def test_a_real_layer_comes_before_a_sample(world: World) -> None:
    draw_town(world.conn)
    add_layer(world.conn, "made_up", source="sample")
    add_layer(world.conn, "residents")
    add_layer(world.conn, "workers")
    world.conn.commit()
    assert [one.code for one in ask(world.url, list_layers)] == ["residents", "workers", "made_up"]
    assert layer(world, "city").code == "residents"
    assert layer(world, "city", "workers").code == "workers"
    assert (layer(world, "city", "made_up").sample, layer(world, "city").sample) == (True, False)


def test_without_a_code_the_first_layer_that_has_anybody_there(world: World) -> None:
    draw_town(world.conn)
    add_layer(world.conn, "elsewhere", [(120.0, 40.0, 1.0, None), (116.05, 40.05, 1.0, "west")])
    add_layer(world.conn, "made_up", source="sample")
    world.conn.commit()
    assert layer(world, "west").code == "elsewhere"
    assert layer(world, "city").code == "elsewhere"
    assert layer(world, "s1").code == "made_up"
    with pytest.raises(InvalidInput, match="no point here") as refused:
        layer(world, "s1", "elsewhere")
    assert refused.value.field == "demand"


def test_without_anybody_there_the_ground_is_counted(world: World) -> None:
    draw_town(world.conn)
    add_layer(world.conn, "west_only", [(116.05, 40.05, 1.0, "west")])
    world.conn.commit()
    assert layer(world, "s1").id is None
    assert (layer(world, "s1").code, layer(world, "s1").cell.size_m) == (BY_AREA, CELL_M)
    assert layer(world, "city", BY_AREA).id is None, "and where it is asked for"


@pytest.mark.parametrize("code", ["poeple", "", "sample"])
def test_a_layer_that_is_not_there_names_those_that_are(town: World, code: str) -> None:
    with pytest.raises(UnknownCode) as refused:
        layer(town, "city", code)
    assert refused.value.field == "demand"
    assert "people, area" in refused.value.mend.en


# points --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("area", "expected"),
    [
        ("city", {"east": 28.0, "west": 1.0, "city": 2.0}),
        ("east", {"s1": 8.0, "s2": 16.0, "east": 4.0}),
        ("west", {"west": 1.0}),
        ("s2", {"s2": 16.0}),
    ],
)
def test_streets_roll_up_to_districts_and_districts_to_the_city(
    town: World, area: str, expected: dict[str, float]
) -> None:
    found = demand(town, area)
    assert sums(found) == expected
    assert (found.area >= 0).all()
    inside = [spot for spot in SPOTS if spot[3] is not None and spot[2] in found.weight]
    columns = (found.lon.tolist(), found.lat.tolist(), found.weight.tolist())
    assert [*zip(*columns, strict=True)] == [spot[:3] for spot in inside]


def test_what_lies_in_no_district_is_told_apart(town: World) -> None:
    async def outside(conn: AsyncConnection, code: str | None) -> tuple[int, float]:
        found = await read_area(conn, "city")
        chosen = await layer_for(conn, found, code, cell_size_m=CELL_M)
        return await outside_districts(conn, chosen)

    assert ask(town.url, lambda conn: outside(conn, None)) == (1, 32.0)
    assert ask(town.url, lambda conn: outside(conn, BY_AREA)) == (0, 0.0)


def test_too_many_points_are_refused_with_their_number(town: World) -> None:
    assert len(demand(town, "city", most=5)) == 5
    with pytest.raises(InvalidInput, match="there are 5 demand points here, and at most 4") as refused:
        demand(town, "city", most=4)
    assert (refused.value.field, "GEOAPI_MAX_CELLS" in refused.value.mend.en) == ("code", True)


# the ground ----------------------------------------------------------------------------------


def cells(found: Demand, code: str) -> set[tuple[float, float, float]]:
    """The cells of one part: where, and how large."""
    here = found.area == found.areas.index(code)
    return {
        *zip(found.lon[here].tolist(), found.lat[here].tolist(), found.weight[here].tolist(), strict=True)
    }


def slant(world: World) -> None:
    """Turn the border between east and west by a little, so that it runs along no row or column of cells."""
    for code, wkt in (
        ("east", "(116.17 40, 116.4 40, 116.4 40.2, 116.21 40.2, 116.17 40)"),
        ("west", "(116 40, 116.17 40, 116.19 40.1, 116 40.1, 116 40)"),
    ):
        world.conn.execute(
            "UPDATE district SET geom = ST_GeomFromText(%s, 4326), updated_at = now() WHERE code = %s",
            [f"MULTIPOLYGON((({wkt[1:-1]})))", code],
        )
    world.conn.commit()


def test_the_grid_of_a_district_alone_is_its_part_of_the_citys(town: World) -> None:
    slant(town)
    whole = demand(town, "city", BY_AREA)
    west, east = demand(town, "west", BY_AREA), demand(town, "east", BY_AREA)
    assert cells(whole, "west") == cells(west, "west")
    assert cells(whole, "east") == set().union(*(cells(east, code) for code in ("s1", "s2", "east")))
    assert cells(whole, "city"), "the quarter that is nobody's"
    every = [cell for code in whole.areas for cell in cells(whole, code)]
    assert len(every) == len(set(every)) == len(whole)
    assert len({(lon, lat) for lon, lat, _ in every}) == len(whole), "no cell twice"


def test_the_grid_has_the_areas_of_the_ground(town: World) -> None:
    rows = town.conn.execute("SELECT code, ST_Area(geom::geography) / 1e6 FROM district").fetchall()
    km2 = {code: float(area) for code, area in rows}
    found = sums(demand(town, "city", BY_AREA))
    # a cell at the border is of one side or the other: within a ring of half a cell
    assert found["west"] == pytest.approx(km2["west"], rel=0.05)
    assert found["east"] == pytest.approx(km2["east"], rel=0.05)
    assert sum(found.values()) == pytest.approx(km2["city"], rel=0.03)


def test_the_bound_on_cells_counts_every_cell_once(town: World) -> None:
    number = len(demand(town, "city", BY_AREA))
    assert len(demand(town, "city", BY_AREA, most=number)) == number
    with pytest.raises(InvalidInput, match=f"at most {number - 1} can") as refused:
        demand(town, "city", BY_AREA, most=number - 1)
    assert refused.value.field == "code"


def test_far_too_many_cells_are_refused_before_they_are_made(town: World) -> None:
    with pytest.raises(InvalidInput, match="at most 1 can") as refused:
        demand(town, "city", BY_AREA, most=1)
    assert "GEOAPI_MAX_CELLS" in refused.value.mend.en


def test_another_boundary_is_another_grid(town: World) -> None:
    before = layer(town, "west", BY_AREA).fingerprint
    assert layer(town, "west", BY_AREA).fingerprint == before
    slant(town)
    assert layer(town, "west", BY_AREA).fingerprint != before
