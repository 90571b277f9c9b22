"""Streets as they are drawn: whole ways, the long ones from afar, and where they are on every map."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from geoapi.coverage.street_ranks import StreetRank
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.geometry.web_tiles import WebTile
from geoapi.queries.map.streets import Streets, StreetShapes, draw_streets
from tests.api.map.decode import place, tile_at

# a street of three edges west to east, and a path off its second node
STREET, PATH = StreetRank.STREET.value, StreetRank.PATH.value
LON = np.array([116.400, 116.405, 116.410, 116.415, 116.405])
LAT = np.array([39.910, 39.910, 39.910, 39.910, 39.911])


@pytest.fixture(params=list(Datum))
def drawn(request: pytest.FixtureRequest) -> tuple[StreetShapes, Datum]:
    # the last is a street to itself, which is no line
    ends = np.array([[0, 1], [1, 2], [3, 2], [1, 4], [1, 1]])
    rank = np.array([STREET, STREET, STREET, PATH, STREET])
    return draw_streets([Streets(LON, LAT, ends[:, 0], ends[:, 1], rank)], request.param), request.param


def test_edges_between_junctions_are_one_way(drawn: tuple[StreetShapes, Datum]) -> None:
    streets, datum = drawn
    tile = tile_at(*point_from_wgs84(116.405, 39.91, datum), 12)
    (layer,) = streets.layers(tile)
    # a path that meets a street ends no street
    lengths = {one["class"]: one["length_m"] for one in layer.properties}
    assert lengths == pytest.approx({"path": 111, "street": 3 * 427}, rel=0.01)
    corners = shapely.get_coordinates(layer.shapes)
    # what lies on a straight line between its neighbours nobody misses
    for lon, lat in zip(LON[[0, 3, 4]], LAT[[0, 3, 4]], strict=True):
        away = corners - place(*point_from_wgs84(lon, lat, datum))
        assert np.hypot(away[:, 0], away[:, 1]).min() < 1.0


def test_from_afar_only_what_matters_is_drawn() -> None:
    main = np.array([StreetRank.MAIN.value])
    short = Streets(LON[:2], LAT[:2] + 0.001, np.array([0]), np.array([1]), np.array([STREET]))
    tiny = Streets(LON[[1, 4]] + 0.002, LAT[[1, 4]], np.array([0]), np.array([1]), np.array([STREET]))
    road = Streets(LON[[1, 4]] + 0.004, LAT[[1, 4]], np.array([0]), np.array([1]), main)
    path = Streets(LON[:2], LAT[:2] + 0.002, np.array([0]), np.array([1]), np.array([PATH]))
    drawn = draw_streets([path, tiny, short, road], Datum.WGS84)
    shown = {}
    for z in (8, 9, 10, 11, 12):
        layers = drawn.layers(tile_at(116.405, 39.91, z))
        shown[z] = [(one["class"], one["length_m"]) for one in layers[0].properties] if layers else []
    assert shown[8] == []
    # main roads however short
    assert [one for one, _ in shown[9]] == ["main"]
    assert [one for one, _ in shown[10]] == ["main"]
    assert [one for one, _ in shown[11]] == ["street", "main"]
    # what matters most is drawn last, on top
    assert [one for one, _ in shown[12]] == ["path", "street", "street", "main"]


def test_nothing_is_drawn_where_nothing_is(drawn: tuple[StreetShapes, Datum]) -> None:
    (layer,) = drawn[0].layers(WebTile(12, 0, 0))
    assert layer.shapes.size == 0


def test_no_network_is_no_street() -> None:
    (layer,) = draw_streets([], Datum.GCJ02).layers(tile_at(116.405, 39.91, 12))
    assert layer.shapes.size == 0
