"""GeoTIFFs: the middles of cells, in any reference system; nodata, faults, and a size that is bounded."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import psycopg
import pytest
import rasterio
from numpy.typing import NDArray
from rasterio.transform import Affine

from geoapi.coverage.grid import lattice
from geoapi.errors import InvalidInput, InvalidMapping, LoadStopped, SetupNeeded, UnreadableFile
from loaders.demand.load import load_demand
from loaders.demand.record import listed_layers
from tests.loaders.demand_files import demand_mapping, load, on_record, points
from tests.loaders.files import make_districts


def from_origin(west: float, north: float, across: float, down: float) -> Affine:
    return Affine(across, 0, west, 0, -down, north)


RASTER = demand_mapping("raster", place={})
TENTHS = from_origin(115.5, 40.5, 0.1, 0.1)


@pytest.fixture
def city(conn: psycopg.Connection) -> psycopg.Connection:
    make_districts(conn)
    return conn


def tiff(
    folder: Path,
    values: NDArray[Any],
    *,
    crs: str | None = "EPSG:4326",
    transform: Affine = TENTHS,
    nodata: float | None = -1.0,
    name: str = "d.tif",
) -> Path:
    bands = values if values.ndim == 3 else values[None]
    with rasterio.open(
        folder / name, "w", driver="GTiff", height=bands.shape[1], width=bands.shape[2], count=bands.shape[0],
        dtype=bands.dtype.name, crs=crs, transform=transform, nodata=nodata,
    ) as file:  # fmt: skip
        file.write(bands)
    return folder / name


def cells(height: int = 20, width: int = 30) -> NDArray[np.float32]:
    """All nodata."""
    return np.full((height, width), -1.0, dtype=np.float32)


def test_middles_of_cells(city: psycopg.Connection, tmp_path: Path) -> None:
    values = cells()
    values[7, 6], values[8, 20], values[9, 9] = 12.5, 3, 0
    report = load(city, tiff(tmp_path, values), RASTER)
    found = [(round(lon, 9), round(lat, 9), weight, code) for lon, lat, weight, code in points(city)]
    assert found == [(116.15, 39.75, 12.5, "110101"), (117.55, 39.65, 3, "110102")]
    assert (report.rows, report.accepted, report.points, report.total) == (3, 3, 2, 15.5)
    assert report.raster is not None
    assert (report.raster["zero"], report.raster["nodata"]) == (1, report.raster["read"] - 3)
    [layer] = listed_layers(city)
    assert layer["cell"] == "point"
    assert layer["cell_size_m"] == pytest.approx(1.5 * 11_100, rel=0.01)
    before = on_record(city)
    assert load(city, tmp_path / "d.tif", RASTER).state == "unchanged"
    assert on_record(city) == before


def test_only_the_districts_are_read_unless_all_is_wanted(city: psycopg.Connection, tmp_path: Path) -> None:
    values = cells()
    values[7, 6], values[0, 0] = 12, 5
    path = tiff(tmp_path, values)
    report = load(city, path, RASTER)
    assert (report.total, report.raster and report.raster["read"] < 600) == (12, True)
    report = load(city, path, demand_mapping("raster", place={"outside": "keep"}))
    assert (report.total, report.outside["points"]) == (17, 1)


def test_outside_the_districts_inside_their_box(city: psycopg.Connection, tmp_path: Path) -> None:
    city.execute("DELETE FROM district WHERE code = '110102'")
    values = cells()
    values[7, 6], values[7, 14], values[7, 15] = 12, 5, 2
    report = load(city, tiff(tmp_path, values), RASTER)
    assert (report.total, report.outside["dropped"]) == (17, True)


def test_faulty_cells_are_counted(city: psycopg.Connection, tmp_path: Path) -> None:
    values = cells()
    values[7, 6:12] = [4, -5, np.inf, -np.inf, np.nan, -7]
    report = load(city, tiff(tmp_path, values), RASTER)
    assert report.quarantined == {"weight_negative": 2, "weight_not_finite": 2}
    assert report.examples["weight_negative"][0] == {"row": 8, "detail": "column 8: -5"}
    assert report.rows == 5


def test_undeclared_nodata_is_seen(city: psycopg.Connection, tmp_path: Path) -> None:
    values = cells()
    values[7, 6] = 4
    report = load(city, tiff(tmp_path, values, nodata=None), RASTER)
    assert report.quarantined["weight_negative"] == report.rows - 1
    assert len(report.examples["weight_negative"]) == 3


def test_another_reference_system(city: psycopg.Connection, tmp_path: Path) -> None:
    values = cells(10, 10)
    values[5, 5] = 8
    transform = from_origin(457_010.39 - 5_500, 4_372_383.82 + 5_500, 1000, 1000)
    report = load(city, tiff(tmp_path, values, crs="EPSG:32650", transform=transform), RASTER)
    [(lon, lat, weight, code)] = points(city)
    assert (round(lon, 5), round(lat, 5), weight, code) == (116.5, 39.5, 8, "110101")
    assert report.datum["declared"] == "EPSG:32650"
    assert listed_layers(city)[0]["cell_size_m"] == pytest.approx(1500, rel=1e-3)


def test_a_turned_raster(city: psycopg.Connection, tmp_path: Path) -> None:
    values = cells(4, 4)
    values[1, 2] = 8
    load(city, tiff(tmp_path, values, transform=Affine(0, 0.1, 116.0, 0.1, 0, 39.0)), RASTER)
    [(lon, lat, _, _)] = points(city)
    assert (round(lon, 9), round(lat, 9)) == (116.15, 39.25)


def test_added_up_on_our_grid(city: psycopg.Connection, tmp_path: Path) -> None:
    values = np.arange(1, 40_001, dtype=np.float32).reshape(200, 200)
    path = tiff(tmp_path, values, transform=from_origin(116.4, 39.6, 0.001, 0.001))
    plan = demand_mapping("raster", place={}, raster={"cell_size_m": 500})
    report = load(city, path, plan)
    assert report.total == 40_000 * 40_001 / 2
    found = points(city)
    lon, lat = np.array([row[0] for row in found]), np.array([row[1] for row in found])
    assert len(found) < 40_000 / 15
    assert len(set(zip(*lattice(lon, lat, 500), strict=True))) == len(found)
    assert (listed_layers(city)[0]["cell"], listed_layers(city)[0]["cell_size_m"]) == ("grid", 500)


def test_blocks_make_one_whole(
    city: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(1)
    values = rng.integers(0, 3, (90, 70)).astype(np.float32)
    path = tiff(tmp_path, values, transform=from_origin(116.2, 39.9, 0.01, 0.01))
    for plan in (RASTER, demand_mapping("raster", place={}, raster={"cell_size_m": 3000})):
        monkeypatch.setattr("loaders.demand.raster._BLOCK", 2048)
        load(city, path, plan)
        whole = sorted(points(city))
        monkeypatch.setattr("loaders.demand.raster._BLOCK", 16)
        load(city, path, plan)
        assert sorted(points(city)) == whole


def test_too_many_points(city: psycopg.Connection, tmp_path: Path) -> None:
    path = tiff(tmp_path, np.ones((20, 30), dtype=np.float32))
    with pytest.raises(InvalidInput, match="the most is") as refused:
        load_demand(city, path, RASTER, most_points=100)
    assert refused.value.field == "raster.cell_size_m"


@pytest.mark.parametrize("content", [b"", b"II*\0nonsense", b"x,y,n\n1,2,3\n"])
def test_damaged_files(city: psycopg.Connection, tmp_path: Path, content: bytes) -> None:
    (tmp_path / "d.tif").write_bytes(content)
    with pytest.raises(UnreadableFile, match="GeoTIFF"):
        load(city, tmp_path / "d.tif", RASTER)


def test_a_file_cut_short(city: psycopg.Connection, tmp_path: Path) -> None:
    values = np.random.default_rng(1).random((400, 400), dtype=np.float32)
    path = tiff(tmp_path, values, transform=from_origin(116, 40, 0.005, 0.0025))
    path.write_bytes(path.read_bytes()[:200_000])
    with pytest.raises(UnreadableFile, match="GeoTIFF"):
        load(city, path, RASTER)
    assert on_record(city) == []


@pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
def test_without_a_reference_system(city: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(UnreadableFile, match="reference system"):
        load(city, tiff(tmp_path, cells(), crs=None), RASTER)


def test_a_band_that_is_not_there(city: psycopg.Connection, tmp_path: Path) -> None:
    values = np.stack([cells(), cells()])
    values[1, 7, 6] = 4
    path = tiff(tmp_path, values)
    assert load(city, path, demand_mapping("raster", place={}, raster={"band": 2})).total == 4
    with pytest.raises(InvalidMapping, match="2 bands"):
        load(city, path, demand_mapping("raster", place={}, raster={"band": 3}))


def test_nothing_in_it(city: psycopg.Connection, tmp_path: Path) -> None:
    with pytest.raises(LoadStopped, match="no row"):
        load(city, tiff(tmp_path, cells()), RASTER)
    far = tiff(tmp_path, cells() + 2, transform=from_origin(10, 50, 0.1, 0.1))
    with pytest.raises(LoadStopped, match="no row"):
        load(city, far, RASTER)


def test_without_the_extra(city: psycopg.Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tiff(tmp_path, cells())
    monkeypatch.setitem(sys.modules, "rasterio", None)
    monkeypatch.setitem(sys.modules, "rasterio.errors", None)
    with pytest.raises(SetupNeeded, match="rasterio") as missing:
        load(city, path, RASTER)
    assert missing.value.mend is not None
    assert "geoapi[raster]" in missing.value.mend.en
