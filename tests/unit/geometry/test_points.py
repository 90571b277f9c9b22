"""Positions: what is refused, with which mend."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapi.errors import InvalidPoint
from geoapi.geometry.boxes import Box
from geoapi.geometry.points import PointFault, check_point, point_faults

NAN, INF = float("nan"), float("inf")
BEIJING = Box(115.4, 39.4, 117.6, 41.1)


@pytest.mark.parametrize(
    ("lon", "lat"),
    [(116.4, 39.9), (0, 0), (180, 90), (-180, -90), (39.9, 31.0)],  # 39.9° E 31° N is in Jordan
)
def test_a_place_on_earth_passes(lon: float, lat: float) -> None:
    check_point(lon, lat)


@pytest.mark.parametrize(
    ("lon", "lat", "field", "mend"),
    [
        (NAN, 39.9, "lon", "decimal degrees"),
        (116.4, INF, "lat", "decimal degrees"),
        (39.9, 116.4, "lat", "the other way round"),
        (-39.9, -116.4, "lat", "the other way round"),
        (116.4, 95.0, "lat", "decimal degrees"),
        (190.0, 39.9, "lon", "decimal degrees"),
        (12952464.5, 39.9, "lon", "metres"),
        (12952464.5, 4852834.1, "lat", "metres"),
    ],
)
def test_anything_else_is_refused_with_a_mend(lon: float, lat: float, field: str, mend: str) -> None:
    with pytest.raises(InvalidPoint) as caught:
        check_point(lon, lat)
    assert caught.value.field == field
    assert caught.value.mend is not None
    assert mend in caught.value.mend.en


def test_the_callers_field_names_are_used() -> None:
    with pytest.raises(InvalidPoint) as caught:
        check_point(116.4, 99.0, lon_field="from.lon", lat_field="from.lat")
    assert caught.value.field == "from.lat"


@pytest.mark.parametrize(
    ("lon", "lat", "expected", "fault"),
    [
        (116.4, 39.9, BEIJING, PointFault.NONE),
        (39.9, 116.4, BEIJING, PointFault.SWAPPED_AXES),
        (39.9, 116.4, None, PointFault.SWAPPED_AXES),
        (121.5, 25.0, BEIJING, PointFault.NONE),  # elsewhere, but a place: the districts will tell
        (25.0, 121.5, BEIJING, PointFault.OUT_OF_RANGE),
        (116.4, 95.0, None, PointFault.OUT_OF_RANGE),
        (500.0, 39.9, BEIJING, PointFault.OUT_OF_RANGE),
        (0.0, 0.0, BEIJING, PointFault.ZERO_ZERO),
        (NAN, 39.9, BEIJING, PointFault.NOT_FINITE),
        (116.4, INF, None, PointFault.NOT_FINITE),
        (30.0, 40.0, Box(35.0, 25.0, 45.0, 35.0), PointFault.SWAPPED_AXES),  # both orders valid, one expected
    ],
)
def test_faults_of_rows(lon: float, lat: float, expected: Box | None, fault: PointFault) -> None:
    assert point_faults([lon], [lat], expected=expected).tolist() == [fault]


def test_reasons_are_machine_readable() -> None:
    assert [fault.reason for fault in PointFault] == [
        "none",
        "not_finite",
        "out_of_range",
        "swapped_axes",
        "zero_zero",
    ]


@given(st.floats(), st.floats())
def test_one_point_and_many_refuse_the_same(lon: float, lat: float) -> None:
    fault = point_faults(np.array([lon]), np.array([lat]))[0]
    try:
        check_point(lon, lat)
    except InvalidPoint:
        assert fault in (PointFault.NOT_FINITE, PointFault.OUT_OF_RANGE, PointFault.SWAPPED_AXES)
    else:
        assert fault == (PointFault.ZERO_ZERO if lon == lat == 0.0 else PointFault.NONE)
