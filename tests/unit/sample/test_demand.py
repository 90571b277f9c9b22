"""The sample's demand: whole people who add up to the census, in their districts, the same every time."""

from __future__ import annotations

import hashlib

import numpy as np
import pytest

from geoapi.coverage.grid import lattice
from geoapi.geometry.districts import assign_districts
from geoapi.sample.demand import OUTDOOR_WORKERS, SampleDemand, sample_demand, sample_targets
from geoapi.sample.districts import RESIDENTS_2020, sample_districts
from geoapi.sample.places import places

RESIDENTS, WORKERS = sample_demand()
both = pytest.mark.parametrize("layer", [RESIDENTS, WORKERS], ids=lambda layer: layer.code)


def fingerprint(layer: SampleDemand) -> str:
    points = layer.points
    digest = hashlib.sha256()
    for values in (points.lon, points.lat, points.weight, points.area.astype(np.float64)):
        digest.update(values.astype("<f8").tobytes())
    return digest.hexdigest()


def test_the_layers_are_the_same_to_the_byte() -> None:
    """On purpose: whoever changes the sample changes these lines, and says so in the changelog."""
    assert fingerprint(RESIDENTS) == "390f09d56939162f9b889cd5843c0af4acf7af5267bbce6190ce5d27368c25f0"
    assert fingerprint(WORKERS) == "47fdd8f731d167488d2135f723c70801f5a1046b4d08b8e55877b216db484e12"
    assert [fingerprint(layer) for layer in sample_demand()] == [fingerprint(RESIDENTS), fingerprint(WORKERS)]


def test_another_seed_is_another_city() -> None:
    assert fingerprint(sample_demand(seed=1)[0]) != fingerprint(RESIDENTS)


def test_residents_add_up_to_the_census() -> None:
    sums = np.bincount(RESIDENTS.points.area, weights=RESIDENTS.points.weight)
    assert dict(zip(RESIDENTS.points.areas, sums.astype(int).tolist(), strict=True)) == RESIDENTS_2020


def test_workers_are_as_many_as_it_says() -> None:
    assert WORKERS.points.weight.sum() == OUTDOOR_WORKERS


@both
def test_whole_people_in_their_own_cell_and_district(layer: SampleDemand) -> None:
    points = layer.points
    assert (points.weight == np.floor(points.weight)).all()
    assert (points.weight > 0).all()
    assert len(set(zip(*lattice(points.lon, points.lat, 250), strict=True))) == len(points)
    districts = sample_districts()
    found = assign_districts(points.lon, points.lat, [one.polygon for one in districts])
    assert (found == points.area).all()


@both
def test_it_says_that_it_is_a_sample(layer: SampleDemand) -> None:
    assert layer.name_zh.startswith("示例")
    assert layer.name_en.startswith("Sample")
    assert layer.code.startswith("sample_")


def test_people_live_near_the_places_and_workers_nearer() -> None:
    """Share of each within a kilometre and a half of a place's centre."""

    def near(layer: SampleDemand) -> float:
        points = layer.points
        close = np.zeros(len(points), dtype=bool)
        for here in places().values():
            for place in here:
                east, north = (points.lon - place.lon) * 85_400, (points.lat - place.lat) * 111_030
                close |= east**2 + north**2 < 1500**2
        return float(points.weight[close].sum() / points.weight.sum())

    assert 0.4 < near(RESIDENTS) < near(WORKERS) < 0.95


def test_density_is_a_citys() -> None:
    per_km2 = RESIDENTS.points.weight / 0.0625
    assert 50_000 < per_km2.max() < 150_000


def test_targets_are_shared_out_by_residents() -> None:
    targets = sample_targets()
    assert {kind: sum(planned.values()) for kind, planned in targets.items()} == {
        "nursing_room": 2_000, "psych_point": 300,
    }  # fmt: skip
    for planned in targets.values():
        assert list(planned) == list(RESIDENTS_2020)
        assert max(planned, key=lambda code: planned[code]) == "110105"
