"""Hours as a worker is told them."""

from __future__ import annotations

import pytest

from geoapi.hours import HolidayPolicy, read_hours
from geoapi.hours.told import told_to_workers


@pytest.mark.parametrize(
    ("text", "policy", "told"),
    [
        ("每天 9:00-20:00", None, "每天 09:00–20:00 开放；法定节假日照常。"),
        ("24小时", None, "每天 24 小时开放；法定节假日照常。"),
        ("每天 22:00-次日6:00；法定节假日休息", None, "每天 22:00–次日06:00 开放；法定节假日不开放。"),
        (
            "周一至周五 09:00-17:30",
            None,
            "周一至周五 09:00–17:30 开放，周六、周日不开放；法定节假日不确定；调休上班日不确定。",
        ),
        (
            "周一至周五 09:00-17:30",
            "as_usual",
            "周一至周五 09:00–17:30 开放，周六、周日不开放；法定节假日照常；调休上班日开放。",
        ),
        (
            "周一至周五 09:00-17:30",
            "closed",
            "周一至周五 09:00–17:30 开放，周六、周日不开放；法定节假日不开放；调休上班日开放。",
        ),
        (
            "工作日9:00-17:30",
            None,
            "周一至周五 09:00–17:30 开放，周六、周日不开放；法定节假日不开放；调休上班日开放。",
        ),
        (
            "周一至周五 09:00-17:30；周六、周日不开放；法定节假日照常",
            "as_usual",
            "周一至周五 09:00–17:30 开放，周六、周日不开放；法定节假日照常，逢平时不开放的日子不确定；"
            "调休上班日开放。",
        ),
        (
            "3月至10月 9:00-18:00；11月至次年2月 9:00-17:00",
            None,
            "3月1日至10月31日 09:00-18:00 开放，11月1日至2月29日 09:00-17:00 开放；法定节假日不确定；"
            "其中“9:00-18:00”、“9:00-17:00”没有读懂，有关时间不确定。",
        ),
        ("看心情", None, "开放时间不确定，原文：看心情"),
        ("", None, "开放时间不确定。"),
    ],
)
def test_told(text: str, policy: HolidayPolicy | None, told: str) -> None:
    words = told_to_workers(read_hours(text), policy)
    assert words.zh == told
    assert not words.en[0].islower()
