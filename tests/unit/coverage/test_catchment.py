"""Supply against demand: by hand, by loops, and as PySAL's `access` has it."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from access import Access, weights
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.sparse import csr_array

from geoapi.coverage.catchment import SLOW_DECAY, Zones, catchment
from geoapi.errors import InvalidInput

FAR = -1.0
Metres = NDArray[np.float64]


def reach_of(metres: Metres) -> csr_array:
    """Points × stations as a reach matrix; `FAR` is beyond the limit, 0 is a distance."""
    within = metres != FAR
    starts = np.concatenate(([0], np.cumsum(within.sum(axis=1)))).astype(np.int64)
    return csr_array((metres[within], np.nonzero(within)[1], starts), shape=metres.shape)


@st.composite
def towns(draw: st.DrawFn) -> tuple[Metres, NDArray[np.float64], NDArray[np.float64]]:
    """Distances up to 900 m, edges of the zones among them, people and capacities, none of them too."""
    points, stations = draw(st.integers(0, 6)), draw(st.integers(0, 5))
    distance = st.sampled_from((FAR, 0.0, 1.0, 299.9, 300.0, 300.1, 600.0, 899.0, 900.0))
    size = points * stations
    metres = np.array(draw(st.lists(distance, min_size=size, max_size=size))).reshape(points, stations)
    people = draw(st.lists(st.integers(0, 50), min_size=points, max_size=points))
    capacity = draw(st.lists(st.integers(0, 20), min_size=stations, max_size=stations))
    return metres, np.array(people, dtype=np.float64), np.array(capacity, dtype=np.float64)


def falls(metres: float) -> float:
    return 0.0 if metres == FAR or metres > 900 else 1.0 if metres <= 300 else 0.68 if metres <= 600 else 0.22


@given(towns())
def test_as_the_formula_says(town: tuple[Metres, NDArray[np.float64], NDArray[np.float64]]) -> None:
    metres, people, capacity = town
    found = catchment(reach_of(metres), people, capacity, Zones.thirds(900.0))
    points, stations = range(metres.shape[0]), range(metres.shape[1])
    asking = [sum(falls(metres[i, j]) * people[i] for i in points) for j in stations]
    ratio = [capacity[j] / asking[j] if asking[j] else 0.0 for j in stations]
    access = [sum(falls(metres[i, j]) * ratio[j] for j in stations) for i in points]
    assert found.asking == pytest.approx(asking)
    assert found.ratio == pytest.approx(ratio)
    assert found.access == pytest.approx(access)
    assert found.idle.tolist() == [each == 0 for each in asking]


@given(towns())
def test_all_that_is_offered_is_taken_up_once(
    town: tuple[Metres, NDArray[np.float64], NDArray[np.float64]],
) -> None:
    metres, people, capacity = town
    found = catchment(reach_of(metres), people, capacity, Zones.thirds(900.0))
    assert people @ found.access == pytest.approx(capacity[~found.idle].sum())


def test_by_hand() -> None:
    """Two stations with 10 places: 100 people beside the first, 50 between the two.

    R_1 = 10 / (100 + 0.68·50) and R_2 = 10 / (0.22·50).
    """
    metres = np.array([[0.0, FAR], [600.0, 900.0]])
    found = catchment(reach_of(metres), np.array([100.0, 50.0]), np.array([10.0, 10.0]), Zones.thirds(900.0))
    assert found.ratio == pytest.approx([10 / 134, 10 / 11])
    assert found.access == pytest.approx([10 / 134, 0.68 * 10 / 134 + 0.22 * 10 / 11])


def test_a_station_with_nobody_near_is_reported_not_infinite() -> None:
    metres = np.array([[FAR, 0.0], [0.0, FAR]])
    found = catchment(reach_of(metres), np.array([5.0, 0.0]), np.array([3.0, 4.0]), Zones.thirds(900.0))
    assert found.idle.tolist() == [True, False]
    assert found.ratio.tolist() == [0.0, 0.8]
    assert found.access.tolist() == [0.8, 0.0]


# access 1.1 still sets its frames' indices in place
@pytest.mark.filterwarnings("ignore:The inplace keyword in DataFrame")
@given(st.integers(0, 2**32 - 1))
@settings(deadline=None)
def test_as_pysal_access_has_it(seed: int) -> None:
    rng = np.random.default_rng(seed)
    metres = rng.uniform(0, 900, (12, 5)).round(1)
    metres[rng.random(metres.shape) < 0.4] = FAR
    metres[np.arange(5), np.arange(5)] = 0.0  # access gives no figure to places without a pair
    people, capacity = rng.integers(1, 500, 12).astype(float), rng.integers(0, 40, 5).astype(float)
    pairs = [{"origin": i, "dest": j, "cost": metres[i, j]} for i, j in np.argwhere(metres != FAR).tolist()]
    theirs = Access(
        demand_df=pd.DataFrame({"geoid": range(12), "people": people}),
        demand_index="geoid",
        demand_value="people",
        supply_df=pd.DataFrame({"geoid": range(5), "places": capacity}),
        supply_index="geoid",
        supply_value="places",
        cost_df=pd.DataFrame(pairs),
        cost_origin="origin",
        cost_dest="dest",
        cost_name="cost",
    ).enhanced_two_stage_fca(
        cost="cost", max_cost=900.0, weight_fn=weights.step_fn({300: 1.0, 600: 0.68, 900: 0.22})
    )
    ours = catchment(reach_of(metres), people, capacity, Zones.thirds(900.0)).access
    expected = theirs["e2sfca_places"].reindex(range(12)).fillna(0.0).to_numpy()
    assert ours == pytest.approx(expected, rel=1e-12)


def test_zones_by_default() -> None:
    zones = Zones.thirds(1080.0)
    assert (zones.upto_m, zones.weights) == ((360.0, 720.0, 1080.0), SLOW_DECAY)
    assert zones.weight_of(np.array([0.0, 360.0, 360.1, 1080.0, 1080.1])).tolist() == [1, 1, 0.68, 0.22, 0]


@given(st.floats(1.0, 1e6), st.lists(st.floats(0, 1), min_size=1, max_size=9))
def test_the_limit_itself_is_within(limit_m: float, weights: list[float]) -> None:
    zones = Zones.thirds(limit_m, tuple(weights))
    assert zones.weight_of(np.array([limit_m])).tolist() == [weights[-1]]


@pytest.mark.parametrize(
    ("upto_m", "weights"),
    [
        ((), ()),
        ((1.0,), ()),
        ((0.0, 1.0), (1.0, 0.5)),
        ((2.0, 1.0), (1.0, 0.5)),
        ((1.0, 1.0), (1.0, 0.5)),
        ((1.0, float("inf")), (1.0, 0.5)),
        ((float("nan"),), (1.0,)),
        ((1.0,), (-0.1,)),
        ((1.0,), (float("nan"),)),
    ],
)
def test_what_are_no_zones(upto_m: tuple[float, ...], weights: tuple[float, ...]) -> None:
    with pytest.raises(InvalidInput) as caught:
        Zones(upto_m, weights)
    assert caught.value.field == "zones"
