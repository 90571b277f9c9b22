"""Figures, scales, projection and the week's cells, each on its own."""

from __future__ import annotations

import math
from datetime import datetime
from itertools import pairwise

import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st
from pyproj import Geod

from geoapi.report.basemap import round_length
from geoapi.report.figures import Figures
from geoapi.report.maps import PIN_PX, spread
from geoapi.report.projection import Frame, fitted, path
from geoapi.report.render import render_report
from geoapi.report.scales import (
    INK,
    PAPER,
    RAMP,
    amount_breaks,
    class_of,
    contrast,
    ramp,
    share_breaks,
    text_on,
)
from geoapi.report.text import clean, columns, shortened
from tests.unit.report.inputs import report_inputs
from tests.unit.report.page import Page

ZH, EN = Figures("zh"), Figures("en")


@pytest.mark.parametrize(
    ("value", "full", "zh", "en"),
    [
        (None, "—", "—", "—"),
        (float("nan"), "—", "—", "—"),
        (float("inf"), "—", "—", "—"),
        (0, "0", "0", "0"),
        (0.2, "<1", "<1", "<1"),
        (0.5, "1", "1", "1"),
        (9_999.4, "9,999", "9,999", "9,999"),
        (10_000, "10,000", "1 万", "10,000"),
        (1_234_567, "1,234,567", "123.5 万", "1,234,567"),
        (99_990_000, "99,990,000", "9,999 万", "99,990,000"),
        (123_456_789, "123,456,789", "1.23 亿", "123,456,789"),
        (12_345_678_901, "12,345,678,901", "123.46 亿", "12.35 billion"),
        (-12_000, "-12,000", "-1.2 万", "-12,000"),
    ],
)
def test_amounts(value: float | None, full: str, zh: str, en: str) -> None:
    assert ZH.count(value) == EN.count(value) == full
    assert ZH.brief(value) == zh
    assert EN.brief(value) == en


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "—"), (0, "0%"), (1, "100%"), (0.358, "35.8%"), (0.00001, "<0.1%"), (0.99999, ">99.9%"),
        (0.5, "50.0%"), (0.9994, "99.9%"),
    ],
)  # fmt: skip
def test_shares(value: float | None, text: str) -> None:
    assert ZH.share(value) == text


def test_a_range_that_reads_alike_is_one_number() -> None:
    assert ZH.shares(0.3581, 0.3582) == "35.8%"
    assert ZH.shares(0.35, 0.40) == "35.0%–40.0%"
    assert ZH.counts(10, 12) == "10–12"


@pytest.mark.parametrize(
    ("values", "zh", "en"),
    [
        ([5_000, 20_000], (["0.5", "2"], " 万"), (["5,000", "20,000"], "")),
        ([100, 20_000], (["100", "20,000"], ""), (["100", "20,000"], "")),
        ([10, 50], (["10", "50"], ""), (["10", "50"], "")),
        ([2e7, 5e8], (["0.2", "5"], " 亿"), (["20,000,000", "500,000,000"], "")),
        ([5e8, 1e9], (["5", "10"], " 亿"), (["0.5", "1"], " billion")),
        ([], ([], ""), ([], "")),
    ],
)  # fmt: skip
def test_amounts_side_by_side_have_one_unit(
    values: list[float], zh: tuple[list[str], str], en: tuple[list[str], str]
) -> None:
    assert ZH.alike(values) == zh
    assert EN.alike(values) == en


def test_distances_and_minutes() -> None:
    assert ZH.metres(1080) == "1,080 米"
    assert EN.metres(12_345) == "12.3 km"
    assert ZH.minutes(1080, 1.2) == "15 分钟"
    assert ZH.minutes(1081, 1.2) == "16 分钟"
    assert EN.minutes(None, 1.2) == ZH.minutes(100, None) == "—"


def test_times() -> None:
    at = datetime.fromisoformat("2026-11-28T03:00:00+08:00")
    assert ZH.day_hour(at) == "2026年11月28日（周六）3:00"
    assert EN.day_hour(at) == "03:00 on Saturday 28 November 2026"


@given(st.lists(st.floats(0, 1), min_size=1, max_size=168))
def test_classes_of_shares_are_few_round_and_hold_all(shares: list[float]) -> None:
    breaks = share_breaks(shares)
    assert len(breaks) < len(RAMP)
    assert breaks == sorted(set(breaks))
    steps = {round(b - a, 6) for a, b in pairwise(breaks)}
    assert len(steps) <= 1
    assert all(0 <= class_of(share, breaks) <= len(breaks) for share in shares)


@given(st.lists(st.floats(0, 1e12), max_size=50))
def test_classes_of_amounts_are_few_and_round(amounts: list[float]) -> None:
    breaks = amount_breaks(amounts)
    assert len(breaks) <= 4
    assert breaks == sorted(set(breaks))
    for bound in breaks:
        lead = bound / 10 ** math.floor(math.log10(bound) + 1e-9)
        assert min(abs(lead - base) for base in (1, 2, 5)) < 1e-9


def test_colours_tell_apart_in_grey_and_can_be_read_upon() -> None:
    light = [contrast(colour, "#000000") for colour in RAMP]
    assert light == sorted(light, reverse=True)
    assert all(a / b > 1.2 for a, b in pairwise(light[1:]))
    assert all(contrast(text_on(colour), colour) >= 4.5 for colour in RAMP)
    assert contrast(INK, PAPER) == pytest.approx(contrast(PAPER, INK))
    assert [len(ramp(n)) for n in (1, 2, 7)] == [1, 2, 7]


@pytest.mark.parametrize("lat", [0.0, 40.0, -33.0, 65.0])
def test_the_scale_is_that_of_the_spheroid(lat: float) -> None:
    frame = fitted([shapely.box(116.2, lat, 116.6, lat + 0.3)])
    assert frame
    x, y = frame.pixels(np.array([116.2, 116.6, 116.4, 116.4]), np.array([lat + 0.15] * 2 + [lat, lat + 0.3]))
    geod = Geod(ellps="WGS84")
    east = geod.inv(116.2, lat + 0.15, 116.6, lat + 0.15)[2]
    north = geod.inv(116.4, lat, 116.4, lat + 0.3)[2]
    assert (x[1] - x[0]) / frame.px_per_m == pytest.approx(east, rel=1e-4)
    assert (y[2] - y[3]) / frame.px_per_m == pytest.approx(north, rel=1e-4)


def test_the_antimeridian_does_not_tear_a_map() -> None:
    frame = fitted([shapely.box(179.8, -17, 180, -16.8), shapely.box(-180, -17, -179.8, -16.8)])
    assert frame
    x, _ = frame.pixels([179.8, -179.8], [-17, -17])
    assert 0 < x[0] < x[1] < frame.width


def test_paths_close_their_rings_and_keep_holes() -> None:
    ring = shapely.box(0, 0, 10, 10).difference(shapely.box(2, 2, 4.5, 4))
    said = path(ring)
    assert said.count("M") == said.count("z") == 2
    assert path(shapely.Point(1, 1)) == path(shapely.Polygon()) == ""


@given(st.floats(1, 1e8))
def test_a_round_length_is_the_greatest_that_fits(most: float) -> None:
    length = round_length(most)
    assert length <= most < length * 2.5000001


@given(st.lists(st.tuples(st.floats(60, 580), st.floats(60, 440)), max_size=12))
def test_pins_make_way_for_each_other(places: list[tuple[float, float]]) -> None:
    frame = Frame(116.4, 39.9, 85_000, 111_000, 0.01, 640, 500)
    where = spread(np.array(places, dtype=float).reshape(-1, 2), frame, PIN_PX)
    for i in range(len(where)):
        for j in range(i):
            assert np.hypot(*(where[i] - where[j])) > PIN_PX


def test_text_is_cleaned_and_shortened() -> None:
    assert clean("a\u202eb\x00c\nd\ud800") == "a b c d\ufffd"
    assert columns("驿站ab") == 6
    assert shortened("朝阳区人民", 6) == "朝阳…"
    assert shortened("朝阳", 6) == "朝阳"


def test_the_week_has_its_168_cells_with_marks() -> None:
    inputs = report_inputs()
    page = Page.of(render_report(inputs))
    assert inputs.week
    assert page.count("span", "cell") == 168
    shares = inputs.week["unknown_closed"]["share"]
    opened = inputs.week["unknown_open"]["share"]
    numbers = [attrs["title"] for tag, attrs in page.tags if "cell" in (attrs.get("class") or "").split()]
    assert len(numbers) == 168
    assert f"周六 4:00：{shares[124] * 100:.1f}%–{opened[124] * 100:.1f}%" == numbers[124]
    hatched = sum(b - a > 0.05 for a, b in zip(shares, opened, strict=True))
    assert page.count("span", "hatched") == hatched + 1  # and the legend's
    assert page.count("span", "worst") == 2
    assert page.count("span", "day") == 7
    assert page.count("span", "holiday") == 3
    assert page.count("span", "makeup") == 1
    assert "周六 4:00" in page.sections["week"]
    assert page.text.count("休") >= 4
