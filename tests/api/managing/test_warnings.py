"""Warnings: with the third independent report every answer carries one, until it is settled or too old."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest

from geoapi.settings import CoverageSettings, DatabaseSettings, EditingSettings, Settings
from tests.api.managing.conftest import Union

STATION = "东四暖心驿站"
CLOSED = {"lon": 116.41, "lat": 39.91, "limit": 50}


def report(union: Union, person: int, kind: str = "closed", *, days_ago: float = 0, **more: Any) -> int:
    """What somebody reported, put in as it is kept; its id."""
    ((id_,),) = union.sql(
        """INSERT INTO station_report (station_id, kind, amenity_id, reporter, created_at)
           VALUES (%s, %s, %s, %s, now() - %s) RETURNING id""",
        union.stations[more.get("station", STATION)], kind, more.get("amenity_id"), bytes([person] * 16),
        timedelta(days=days_ago),
    )  # fmt: skip
    return int(id_)


def warned(union: Union, station: str = STATION, lang: str = "zh") -> list[dict[str, Any]]:
    """The warnings of a station: the same in its own answer, in the list and wherever nearest has it."""
    id_, client = union.stations[station], union.as_(None)
    (told, *others) = [
        client.get(f"/v1/stations/{id_}", lang=lang).json()["warnings"],
        *(
            one["warnings"]
            for one in client.get("/v1/stations", lang=lang).json()["items"]
            if one["id"] == str(id_)
        ),
        *(
            one["warnings"]
            for mode in ("arrival", "any")
            for answer in [client.get("/v1/stations/nearest", open=mode, lang=lang, **CLOSED).json()]
            for one in (*answer["stations"], *answer["unknown_hours"], answer["opens_next"])
            if one is not None and one["id"] == str(id_)
        ),
    ]
    assert len(others) >= 2
    assert all(other == told for other in others)
    return list(told)


@pytest.fixture(autouse=True)
def no_reports(union: Union) -> Iterator[None]:
    yield
    union.sql("DELETE FROM station_report")


def test_the_third_independent_report_warns(union: Union) -> None:
    for person in (1, 1, 1, 2):
        report(union, person, days_ago=3)
    assert warned(union) == []
    report(union, 3)
    (warning,) = warned(union)
    assert datetime.fromisoformat(warning.pop("since")) < datetime.now().astimezone() - timedelta(days=2.9)
    assert warning == {
        "kind": "closed",
        "amenity": None,
        "reports": 3,
        "text": "有 3 人反映：显示开放但实际关闭",
    }
    (warning,) = warned(union, lang="en")
    assert warning["text"] == "3 people report it closed though shown open"


def test_what_is_reported_by_three_is_one_thing(union: Union) -> None:
    for person, kind in enumerate(("closed", "closed", "gone", "gone", "other")):
        report(union, person, kind)
    for person in (6, 7):
        report(union, person, "amenity", amenity_id=1)
        report(union, person, "amenity", amenity_id=3)
    assert warned(union) == []
    report(union, 8, "amenity", amenity_id=3)
    (warning,) = warned(union, lang="en")
    assert (warning["kind"], warning["amenity"]) == ("amenity", "microwave")
    assert "microwave" in warning["text"]


def test_it_is_of_that_station_alone_and_of_unknown_hours_too(union: Union) -> None:
    for person in range(3):
        report(union, person, "gone", station="王府井母婴室")
    assert warned(union) == []
    (warning,) = warned(union, "王府井母婴室")
    assert "没有" in warning["text"]


def test_it_is_gone_once_settled(union: Union) -> None:
    ids = [report(union, person) for person in range(4)]
    etag = union.as_(None).get(f"/v1/stations/{union.stations[STATION]}").headers["ETag"]
    manager = union.as_("manager")
    assert (
        manager.post(f"/v1/manage/reports/{ids[0]}/resolve", {"resolution": "duplicate"}).status_code == 200
    )
    assert [one["reports"] for one in warned(union)] == [3]
    # whoever keeps a copy hears of it
    assert union.as_(None).get(f"/v1/stations/{union.stations[STATION]}").headers["ETag"] != etag
    body = {"resolution": "not_so", "also_alike": True}
    assert manager.post(f"/v1/manage/reports/{ids[1]}/resolve", body).status_code == 200
    assert warned(union) == []


@pytest.mark.parametrize(("days_ago", "warns"), [(13.9, True), (14.1, False)])
def test_old_reports_count_no_longer(union: Union, days_ago: float, warns: bool) -> None:
    report(union, 1, days_ago=days_ago)
    report(union, 2)
    report(union, 3)
    assert bool(warned(union)) is warns


def test_the_order_of_nearest_stays(union: Union) -> None:
    client = union.as_(None)

    def order() -> list[str]:
        answer = client.get("/v1/stations/nearest", open="any", **CLOSED).json()
        return [one["id"] for one in answer["stations"]]

    before = order()
    for person in range(5):
        report(union, person, "gone", station="朝内暖心驿站")
    assert order() == before


def test_the_settings_say_when(start_union: Callable[..., Union]) -> None:
    settings = Settings(
        database=DatabaseSettings(pool_size=2),
        coverage=CoverageSettings(cell_size_m=5000),
        editing=EditingSettings(warning_reports=1, warning_days=2),
    )
    strict = start_union(settings)
    report(strict, 1, days_ago=3)
    assert warned(strict) == []
    report(strict, 2)
    (warning,) = warned(strict, lang="en")
    assert warning["reports"] == 1
