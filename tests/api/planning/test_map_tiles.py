"""Planners' tiles: everybody on them once, as the coverage and the gaps have them."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely

from geoapi.api.map import parameters
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.geometry.web_tiles import WebTile
from tests.api.map.decode import Feature, decode, place, tile_at
from tests.api.planning.conftest import NIGHT, NOON, PEOPLE, Planning, people_within

CARE = {"district": "110000", "kind": "care_station", "within": "800m"}
OPEN = {NIGHT: (116.410, 116.450), NOON: (116.390, 116.450)}


def tiles(
    planning: Planning, layer: str, z: int, folder: Path, *, supposed: Any = None, **asked: Any
) -> dict[WebTile, Any]:
    """The tiles that the people are on, decoded; with changes to the stations by POST."""
    crs = Datum(asked.get("crs", "wgs84"))
    wanted = sorted({tile_at(*point_from_wgs84(lon, 39.91, crs), z) for lon, _ in PEOPLE})
    found = {}
    for tile in wanted:
        address = f"/v1/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt"
        if supposed is None:
            response = planning.client.get(address, params={**CARE, **asked})
        else:
            kinds = {"kind": [CARE["kind"]]}
            response = planning.client.post(address, json={**CARE, **kinds, **asked, **supposed})
        assert response.status_code == 200, response.text
        found[tile] = decode(response.content, tile, folder)
    return found


def cells_of(found: dict[WebTile, Any]) -> list[Feature]:
    """The cells of several tiles, those at an edge (which both sides have) once."""
    cells: dict[tuple[Any, ...], Feature] = {}
    for tile, layers in found.items():
        for cell in layers.get("demand", []):
            whole = shapely.box(*tile.bounds).buffer(tile.size_m / 128).covers(cell.shape)
            key = tuple(sorted(cell.properties.items()))
            if whole or key not in cells:
                cells[key] = cell
    return list(cells.values())


@pytest.mark.parametrize("z", [3, 8, 10, 11, 12])
@pytest.mark.parametrize("at", [NIGHT, NOON])
def test_everybody_is_in_one_cell_and_covered_as_the_coverage_says(
    planning: Planning, tmp_path: Path, z: int, at: str
) -> None:
    cells = cells_of(tiles(planning, "demand", z, tmp_path, at=at))
    told = planning.ask("/v1/districts/110000/coverage", at=at, kind="care_station", within="800m")
    assert sum(cell.properties["weight"] for cell in cells) == sum(n for _, n in PEOPLE)
    assert sum(cell.properties["covered"] for cell in cells) == people_within(*OPEN[at])
    assert sum(cell.properties["covered_if_open"] for cell in cells) == people_within(*OPEN[at], 116.470)
    assert told["unknown_closed"]["covered"] == people_within(*OPEN[at])


@pytest.mark.parametrize("crs", list(Datum))
def test_cells_lie_where_people_live_on_every_map(planning: Planning, tmp_path: Path, crs: Datum) -> None:
    found = tiles(planning, "demand", 12, tmp_path, at=NIGHT, crs=crs)
    cells = [cell for layers in found.values() for cell in layers["demand"]]
    # as finely as a tile knows: a cell ends a step away from where it would
    ground = shapely.union_all([cell.shape.buffer(1.0) for cell in cells])
    for lon, _ in PEOPLE:
        assert ground.covers(shapely.Point(*place(*point_from_wgs84(lon, 39.91, crs)))), lon


def test_distances_are_those_walked_to_the_nearest_open(planning: Planning, tmp_path: Path) -> None:
    for cell in cells_of(tiles(planning, "demand", 12, tmp_path, at=NIGHT)):
        inside = [(lon, n) for lon, n in PEOPLE
                  if cell.shape.buffer(0.5).covers(shapely.Point(*place(lon, 39.91)))]  # fmt: skip
        if sum(n for _, n in inside) != cell.properties["weight"]:
            continue  # cut off at the tile's edge
        for name, stations in (("distance_m", OPEN[NIGHT]), ("distance_m_if_open", (*OPEN[NIGHT], 116.470))):
            walked = sum(
                n * min(abs(lon - one) for one in stations) * 1000 * 85.506 * 1.3 for lon, n in inside
            ) / sum(n for _, n in inside)
            assert cell.properties[name] == pytest.approx(walked, abs=2), cell.properties


# farther off, gaps of a few hundred metres are smaller than a tile's step
@pytest.mark.parametrize("z", [9, 11, 12])
def test_gaps_are_those_of_the_answer(planning: Planning, tmp_path: Path, z: int) -> None:
    told = planning.ask("/v1/districts/110000/gaps", at=NIGHT, kind="care_station", within="800m")
    expected = {one["properties"]["rank"]: one["properties"] for one in told["features"]}
    seen: dict[int, Feature] = {}
    for layers in tiles(planning, "gaps", z, tmp_path, at=NIGHT).values():
        for gap in layers.get("gaps", []):
            seen[gap.properties["rank"]] = gap
        for gap in layers.get("gaps_if_open", []):
            assert gap.properties["uncovered"] == gap.properties["uncovered_if_open"]
    assert set(seen) == set(expected)
    for rank, gap in seen.items():
        assert gap.properties["uncovered"] == expected[rank]["uncovered"]
        assert gap.properties["uncovered_if_open"] == expected[rank]["uncovered_if_open"]
        assert gap.properties["district"] == expected[rank]["district"]["code"]


def test_where_unknown_hours_count_as_open_the_gaps_are_smaller(planning: Planning, tmp_path: Path) -> None:
    layers = tiles(planning, "gaps", 8, tmp_path, at=NIGHT)
    total = {name: sum(one.properties["uncovered"] for found in layers.values() for one in found[name])
             for name in ("gaps", "gaps_if_open")}  # fmt: skip
    assert total["gaps"] - total["gaps_if_open"] == people_within(116.470) > 0


@pytest.mark.parametrize("crs", list(Datum))
def test_tiles_of_what_is_supposed_are_what_the_what_if_says(
    planning: Planning, tmp_path: Path, crs: Datum
) -> None:
    """One more station, and another open at night."""
    closed = planning.ids["day"]
    lon, lat = (round(value, 7) for value in point_from_wgs84(PEOPLE[-1][0], 39.91, crs))
    supposed = {
        "add": [{"lon": lon, "lat": lat}],
        "change_hours": [{"id": str(closed), "hours": "每天 00:00-24:00"}],
    }
    body = {"code": "110000", "at": NIGHT, "kind": ["care_station"], "within": "800m", "crs": crs, **supposed}
    told = planning.tell("/v1/coverage/what-if", body)
    before, after = told["before"], told["after"]
    assert after["unknown_closed"]["covered"] > before["unknown_closed"]["covered"]
    asked: dict[str, Any] = {"at": NIGHT, "crs": crs}
    cells = cells_of(tiles(planning, "demand", 11, tmp_path, **asked, supposed=supposed))
    for figure, reading in (("covered", "unknown_closed"), ("covered_if_open", "unknown_open")):
        assert sum(cell.properties[figure] for cell in cells) == after[reading]["covered"]
    gaps: dict[int, Feature] = {}
    for layers in tiles(planning, "gaps", 11, tmp_path, **asked, supposed=supposed).values():
        gaps |= {one.properties["rank"]: one for one in layers.get("gaps", [])}
    uncovered = sum(one.properties["uncovered"] for one in gaps.values())
    assert uncovered == after["unknown_closed"]["uncovered"]
    # and what was asked before is as it was
    cells = cells_of(tiles(planning, "demand", 11, tmp_path, **asked))
    assert sum(cell.properties["covered"] for cell in cells) == before["unknown_closed"]["covered"]


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        ({"add": [{"lon": 116.41}]}, "add.0.lat"),
        ({"add": [{"lon": 116.41, "lat": 39.91}, {"lon": 39.91, "lat": 116.41}]}, "add.1.lat"),
        ({"add": [{"lon": 116.41, "lat": 39.91, "hours": "when they like"}]}, "add.0.hours"),
        ({"add": [{"lon": 100.41, "lat": 39.91}]}, "add.0"),
        ({"add": [{"lon": 116.41, "lat": 39.91}] * 1001}, "add"),
        ({"change_hours": [{"id": "every", "hours": "24/7"}]}, "change_hours.0.id"),
        ({"change_hours": [{"id": "999999999", "hours": "24/7"}]}, "change_hours.0.id"),
        ({"remove": ["999999999"]}, "remove.0"),
    ],
)
@pytest.mark.parametrize("layer", ["gaps", "demand"])
def test_what_cannot_be_supposed_is_said(
    planning: Planning, layer: str, asked: dict[str, Any], field: str
) -> None:
    body = {"district": "110000", "at": NIGHT, **asked}
    fault = planning.refused(422, f"/v1/tiles/{layer}/8/210/96.mvt", body)
    assert fault["field"] == field
    assert fault["mend"]


@pytest.mark.parametrize(
    ("asked", "status", "field"),
    [
        ({}, 422, "district"),
        ({"district": "110109"}, 404, "district"),
        ({"district": "110000", "within": "far"}, 422, "within"),
        ({"district": "110000", "demand": "peple"}, 422, "demand"),
        ({"district": "110000", "network": "x"}, 422, "network"),
        ({"district": "110000", "at": "noon"}, 422, "at"),
    ],
)
@pytest.mark.parametrize("layer", ["gaps", "demand"])
def test_what_cannot_be_asked_is_said(
    planning: Planning, layer: str, asked: dict[str, str], status: int, field: str
) -> None:
    fault = planning.refused(status, f"/v1/tiles/{layer}/8/210/96.mvt", **asked)
    assert fault["field"] == field
    if field != "demand":  # whether there is such a layer is for the tiles to find out
        assert planning.refused(status, f"/v1/tiles/{layer}.json", **asked)["field"] == field


def test_a_map_of_one_time_is_described_with_it(planning: Planning) -> None:
    told = planning.ask("/v1/tiles/gaps.json", crs="gcj02", **CARE)
    (address,) = told["tiles"]
    assert "at=" in address
    assert "crs=gcj02" in address
    assert [one["id"] for one in told["vector_layers"]] == ["gaps", "gaps_if_open"]
    tile = tile_at(116.41, 39.91, 8)
    asked = address.replace("{z}", "8").replace("{x}", str(tile.x)).replace("{y}", str(tile.y))
    assert planning.client.get(asked).status_code == 200


@pytest.mark.parametrize("layer", ["gaps", "demand"])
def test_an_address_without_a_time_is_another_tile_at_another_quarter_of_an_hour(
    planning: Planning, monkeypatch: pytest.MonkeyPatch, layer: str
) -> None:
    """Nothing was written in between, and yet other stations are open."""
    tile = tile_at(116.41, 39.91, 12)
    path = f"/v1/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt"

    def ask(known: str = "") -> httpx.Response:
        return planning.client.get(path, params=CARE, headers={"If-None-Match": known})

    monkeypatch.setattr(parameters, "last_quarter", lambda: datetime.fromisoformat(NIGHT))
    night = ask()
    assert ask(night.headers["etag"]).status_code == 304
    monkeypatch.setattr(parameters, "last_quarter", lambda: datetime.fromisoformat(NOON))
    noon = ask(night.headers["etag"])
    assert noon.status_code == 200
    assert noon.content != night.content
    assert noon.content == planning.client.get(path, params={**CARE, "at": NOON}).content
