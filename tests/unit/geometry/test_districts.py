"""District by point in polygon, what rows state, and the evidence for a datum."""

from __future__ import annotations

import csv
import json
from typing import NamedTuple

import numpy as np
import pytest
import shapely
from numpy.typing import NDArray

from geoapi.geometry.datums import Datum, from_wgs84, to_wgs84
from geoapi.geometry.districts import assign_districts, stated_districts
from geoapi.geometry.evidence import DatumEvidence, datum_evidence
from tests.conftest import SHARED_DATA, needs_shared_data

NAN = float("nan")
# A    B    ring with a hole
SQUARES = [
    shapely.box(0, 0, 1, 1),
    shapely.box(1, 0, 2, 1),
    shapely.Polygon(shapely.box(3, 0, 6, 3).exterior, [shapely.box(4, 1, 5, 2).exterior]),
]


@pytest.mark.parametrize(
    ("lon", "lat", "index"),
    [
        (0.5, 0.5, 0),
        (1.5, 0.5, 1),
        (1.0, 0.5, 0),  # the shared border: the first
        (0.0, 0.0, 0),
        (2.5, 0.5, -1),
        (4.5, 1.5, -1),  # in the hole
        (3.5, 1.5, 2),
        (NAN, 0.5, -1),
        (0.5, float("inf"), -1),
    ],
)
def test_points_find_their_polygon(lon: float, lat: float, index: int) -> None:
    assert assign_districts([lon], [lat], SQUARES).tolist() == [index]


def test_nothing_in_nothing_out() -> None:
    assert assign_districts([], [], SQUARES).shape == (0,)
    assert assign_districts([0.5], [0.5], []).tolist() == [-1]


@pytest.mark.parametrize(
    ("stated", "index"),
    [
        ("110101", 0),
        ("110101001000", 0),
        ("110101.0", 0),
        ("东城区", 0),
        (" 东城 ", 0),
        ("北京市东城区", 0),
        ("１１０１０２", 1),
        ("西城区", 1),
        ("131003", -1),
        ("廊坊市", -1),
        ("", -1),
        (None, -1),
    ],
)
def test_what_rows_state(stated: str | None, index: int) -> None:
    assert stated_districts([stated], ["110101", "110102"], ["东城区", "西城区"]).tolist() == [index]


def evidence(wgs84: int, gcj02: int, *, only_wgs84: int, only_gcj02: int) -> DatumEvidence:
    W, G, B = Datum.WGS84, Datum.GCJ02, Datum.BD09  # noqa: N806
    return DatumEvidence(
        comparable=max(wgs84, gcj02),
        by_stated_district=True,
        matched={W: wgs84, G: gcj02, B: 0},
        only={
            (W, G): only_wgs84, (G, W): only_gcj02,
            (W, B): wgs84, (B, W): 0, (G, B): gcj02, (B, G): 0,
        },
    )  # fmt: skip


@pytest.mark.parametrize(
    ("case", "found", "stopped"),
    [
        ("clearly the other", evidence(484, 505, only_wgs84=10, only_gcj02=50), True),
        ("ten of ten differ", evidence(90, 100, only_wgs84=0, only_gcj02=10), True),
        ("nine of nine could be chance", evidence(91, 100, only_wgs84=0, only_gcj02=9), False),
        ("a tie", evidence(100, 100, only_wgs84=30, only_gcj02=30), False),
        ("a little better", evidence(98, 102, only_wgs84=30, only_gcj02=34), False),
        ("as declared", evidence(505, 484, only_wgs84=50, only_gcj02=10), False),
        ("nothing to compare", evidence(0, 0, only_wgs84=0, only_gcj02=0), False),
        ("a very large file", evidence(180_000, 190_000, only_wgs84=5_000, only_gcj02=15_000), True),
    ],
)
def test_only_clear_evidence_contradicts(case: str, found: DatumEvidence, stopped: bool) -> None:
    assert found.contradicts(Datum.WGS84) is stopped


def test_a_tie_has_no_best() -> None:
    assert evidence(100, 100, only_wgs84=30, only_gcj02=30).best is None
    assert evidence(0, 0, only_wgs84=0, only_gcj02=0).as_dict()["best"] is None


def test_two_better_datums_that_tie_still_contradict() -> None:
    W, G, B = Datum.WGS84, Datum.GCJ02, Datum.BD09  # noqa: N806
    found = DatumEvidence(
        comparable=100,
        by_stated_district=True,
        matched={W: 50, G: 100, B: 100},
        only={(W, G): 0, (G, W): 50, (W, B): 0, (B, W): 50, (G, B): 0, (B, G): 0},
    )
    assert found.best is None
    assert [found.contradicts(datum) for datum in (W, G, B)] == [True, False, False]


def test_chance_is_the_binomial_tail() -> None:
    found = evidence(7, 8, only_wgs84=2, only_gcj02=3)
    assert found.chance(Datum.GCJ02, Datum.WGS84) == pytest.approx((10 + 5 + 1) / 32)
    assert found.chance(Datum.BD09, Datum.WGS84) == 1.0


# A checkerboard of 2 km over Beijing: a shift of 500 m shows.
CHECKS = [
    shapely.box(116.0 + i * 0.02, 39.7 + j * 0.02, 116.02 + i * 0.02, 39.72 + j * 0.02)
    for i in range(20) for j in range(20)
]  # fmt: skip


@pytest.mark.parametrize("truth", list(Datum))
def test_the_true_datum_explains_every_point(truth: Datum) -> None:
    rng = np.random.Generator(np.random.PCG64(7))
    lon, lat = rng.uniform(116.01, 116.39, 500), rng.uniform(39.71, 40.09, 500)
    stated = assign_districts(lon, lat, CHECKS)
    found = datum_evidence(*from_wgs84(lon, lat, truth), CHECKS, stated)
    assert found.comparable == found.matched[truth] == 500
    assert found.best is truth
    assert [found.contradicts(datum) for datum in Datum] == [datum is not truth for datum in Datum]


@pytest.mark.parametrize("truth", list(Datum))
def test_without_stated_districts_the_outer_border_tells(truth: Datum) -> None:
    rng = np.random.Generator(np.random.PCG64(8))
    lon, lat = rng.uniform(116.0, 116.4, 3000), rng.uniform(39.7, 40.1, 3000)
    found = datum_evidence(*from_wgs84(lon, lat, truth), CHECKS)
    assert not found.by_stated_district
    assert found.best is truth


def test_rows_that_cannot_tell_are_not_counted() -> None:
    stated = np.array([0, -1, 0])
    found = datum_evidence([116.01, 116.01, NAN], [39.71, 39.71, 39.71], CHECKS, stated)
    assert found.comparable == 1


class Subway(NamedTuple):
    gcj02: tuple[NDArray[np.float64], NDArray[np.float64]]
    wgs84: tuple[NDArray[np.float64], NDArray[np.float64]]
    stated: NDArray[np.int64]
    in_gcj02: list[shapely.Geometry]
    in_wgs84: list[shapely.Geometry]


@pytest.fixture(scope="module")
def subway() -> Subway:
    def polygons(datum: str) -> dict[str, tuple[str, shapely.Geometry]]:
        path = SHARED_DATA / f"boundaries/beijing_districts_{datum}.geojson"
        return {
            feature["properties"]["name"]: (
                feature["properties"].get("code", ""),
                shapely.from_geojson(json.dumps(feature["geometry"])),
            )
            for feature in json.loads(path.read_text("utf-8"))["features"]
        }

    gcj02, wgs84 = polygons("gcj02"), polygons("wgs84")
    with (SHARED_DATA / "facilities/beijing_subway_nursing_rooms.csv").open(
        encoding="utf-8-sig", newline=""
    ) as file:
        rows = list(csv.DictReader(file))

    def column(name: str) -> NDArray[np.float64]:
        return np.array([float(row[name] or "nan") for row in rows])

    return Subway(
        (column("lon_gcj02_amap"), column("lat_gcj02_amap")),
        (column("lon_wgs84"), column("lat_wgs84")),
        stated_districts([row["adcode"] for row in rows], [code for code, _ in gcj02.values()], list(gcj02)),
        [shape for _, shape in gcj02.values()],
        [wgs84[name][1] for name in gcj02],
    )


@needs_shared_data
def test_subway_points_and_their_districts_as_measured(subway: Subway) -> None:
    """The 516th point in GCJ-02 is the station in Hebei, outside all sixteen."""

    def matches(
        points: tuple[NDArray[np.float64], NDArray[np.float64]], polygons: list[shapely.Geometry]
    ) -> int:
        found = assign_districts(*points, polygons)
        return int(((found == subway.stated) & (subway.stated >= 0)).sum())

    assert int(np.isfinite(subway.gcj02[0]).sum()) == 516
    assert matches(subway.gcj02, subway.in_gcj02) == 515
    assert matches(subway.wgs84, subway.in_wgs84) == 505
    assert matches(subway.wgs84, subway.in_gcj02) == 484
    assert matches(subway.gcj02, subway.in_wgs84) == 501


@needs_shared_data
@pytest.mark.parametrize(
    ("truth", "wgs84", "gcj02", "bd09"),
    [(Datum.GCJ02, 501, 515, 470), (Datum.WGS84, 505, 484, 450)],
)
def test_subway_evidence_names_the_true_datum(
    subway: Subway, truth: Datum, wgs84: int, gcj02: int, bd09: int
) -> None:
    points = subway.gcj02 if truth is Datum.GCJ02 else subway.wgs84
    found = datum_evidence(*points, subway.in_wgs84, subway.stated)
    assert found.comparable == 515
    assert found.matched == {Datum.WGS84: wgs84, Datum.GCJ02: gcj02, Datum.BD09: bd09}
    assert found.best is truth
    assert [found.contradicts(datum) for datum in Datum] == [datum is not truth for datum in Datum]


@needs_shared_data
def test_converted_polygons_tell_the_same(subway: Subway) -> None:
    def converted(shape: shapely.Geometry) -> shapely.Geometry:
        return shapely.transform(shape, lambda xy: np.column_stack(to_wgs84(xy[:, 0], xy[:, 1], Datum.GCJ02)))

    found = datum_evidence(*subway.gcj02, [converted(shape) for shape in subway.in_gcj02], subway.stated)
    assert found.matched[Datum.GCJ02] == 515
