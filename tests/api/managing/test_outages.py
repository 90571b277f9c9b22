"""An amenity out of order: nobody who needs it is sent there, until it works again."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.api.managing.conftest import Client, Union

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHAONEI = "朝内暖心驿站"  # drinking water, hot water, microwave
DAY_TO_COME = (datetime.now(SHANGHAI).date() + timedelta(days=8)).isoformat()


@pytest.fixture(autouse=True)
def _leave_nothing(union: Union) -> Iterator[None]:
    yield
    union.sql("DELETE FROM amenity_outage WHERE station_id = %s", union.stations[CHAONEI])
    union.sql("UPDATE station SET retired_at = NULL WHERE id = %s", union.stations[CHAONEI])


def manager(union: Union) -> Client:
    return union.as_("manager")


def path(union: Union, code: str = "microwave", more: str = "") -> str:
    return f"/v1/stations/{union.stations[CHAONEI]}/amenities/{code}/outage{more}"


def found(union: Union, amenity: str = "microwave", at: datetime | None = None) -> bool:
    """Whether somebody who asks for it is sent there."""
    asked: dict[str, Any] = {"lon": 116.411, "lat": 39.910, "radius_m": 30, "open": "any", "amenity": amenity}
    if at is not None:
        asked["at"] = at.isoformat()
    names = {one["name"] for one in union.client.get("/v1/stations/nearest", params=asked).json()["stations"]}
    return CHAONEI in names


def test_out_of_order_at_once_and_working_again_at_once(union: Union) -> None:
    assert found(union)
    made = manager(union).post(path(union), {"note": "已报修"})
    assert made.status_code == 201, made.text
    body = made.json()
    assert (body["amenity"], body["until"], body["note"]) == ("microwave", None, "已报修")
    assert body["station_version"] == union.version(CHAONEI)
    assert not found(union)
    assert found(union, "hot_water")
    station = union.client.get(f"/v1/stations/{union.stations[CHAONEI]}").json()
    assert "microwave" in station["out_of_order"]
    assert "microwave" not in station["amenities"]
    ended = manager(union).post(path(union, more="/end"))
    assert ended.status_code == 200, ended.text
    assert ended.json()["id"] == body["id"]
    assert ended.json()["until"] is not None
    assert found(union)
    assert manager(union).post(path(union, more="/end")).status_code == 409
    actions = union.sql(
        "SELECT action FROM revision WHERE station_id = %s ORDER BY version DESC LIMIT 2",
        union.stations[CHAONEI],
    )
    assert actions == [("repair",), ("break",)]


def test_an_expected_repair_ends_it_by_itself(union: Union) -> None:
    day = datetime.now(SHANGHAI).date() + timedelta(days=2)
    made = manager(union).post(path(union), {"until": day.isoformat()})
    assert made.json()["until"] == f"{day + timedelta(days=1)}T00:00:00+08:00"
    ends = datetime.fromisoformat(made.json()["until"])
    assert not found(union, at=ends - timedelta(minutes=1))
    assert found(union, at=ends)


def test_said_again_the_expected_repair_is_another(union: Union) -> None:
    first = manager(union).post(path(union), {"note": "已报修"})
    until = (datetime.now(SHANGHAI) + timedelta(hours=5)).replace(microsecond=0)
    again = manager(union).post(path(union), {"until": until.isoformat()})
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["id"] == first.json()["id"]
    assert again.json()["until"] == until.isoformat()
    assert again.json()["note"] == "已报修"
    assert again.json()["station_version"] == first.json()["station_version"] + 1
    same = manager(union).post(path(union), {"until": until.isoformat()})
    assert same.json()["station_version"] == again.json()["station_version"], "nothing new, no revision"
    count = "SELECT count(*) FROM amenity_outage WHERE station_id = %s"
    assert union.sql(count, union.stations[CHAONEI]) == [(1,)]


def test_no_body_is_enough(union: Union) -> None:
    assert manager(union).request("POST", path(union)).status_code == 201
    assert manager(union).post(path(union), {}).status_code == 200


def test_an_outage_entered_by_hand_ends_too(union: Union) -> None:
    microwave = union.sql("SELECT id FROM amenity WHERE code = 'microwave'")[0][0]
    for _ in range(2):
        union.sql(
            "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, %s, '(,)')",
            union.stations[CHAONEI], microwave,
        )  # fmt: skip
    assert not found(union)
    assert manager(union).post(path(union, more="/end")).status_code == 200
    assert found(union)


@pytest.mark.parametrize(
    ("code", "asked"),
    [
        pytest.param("sofa", {}, id="the station has none"),
        pytest.param("jacuzzi", {}, id="no such amenity"),
        pytest.param("microwave", {"until": "2001-01-01"}, id="a day gone by"),
        pytest.param("microwave", {"until": "2098-01-01"}, id="far ahead"),
        pytest.param("microwave", {"until": "today!"}, id="no day"),
        pytest.param("microwave", {"note": "长" * 201}, id="long note"),
        pytest.param("microwave", {"amenity_id": 3}, id="unknown field"),
    ],
)
def test_what_cannot_be_is_refused(union: Union, code: str, asked: dict[str, Any]) -> None:
    version = union.version(CHAONEI)
    assert manager(union).post(path(union, code), asked).status_code == 422
    assert union.version(CHAONEI) == version


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 401), ("other_manager", 403), ("auditor", 403), ("expired", 401), ("city_admin", 201)],
)
def test_whose_it_is_to_say(union: Union, who: str | None, status: int) -> None:
    assert union.as_(who).post(path(union), {}).status_code == status


def test_a_missing_station_is_not_found_whatever_else_is_wrong(union: Union) -> None:
    assert manager(union).post("/v1/stations/999999/amenities/jacuzzi/outage", {}).status_code == 404


def test_a_retired_station_has_nothing_to_break(union: Union) -> None:
    union.sql("UPDATE station SET retired_at = %s WHERE id = %s", datetime.now(UTC), union.stations[CHAONEI])
    assert manager(union).post(path(union), {}).status_code == 409
    assert manager(union).post(path(union, more="/end")).status_code == 409


def test_one_of_an_amenity_taken_out_can_be_ended(union: Union) -> None:
    """It would be out of order again as soon as it is back."""
    here = f"/v1/stations/{union.stations[CHAONEI]}"
    before = manager(union).get(f"/v1/manage{here.removeprefix('/v1')}").json()["amenities"]
    assert manager(union).post(path(union), {"until": DAY_TO_COME}).status_code == 201
    rest = {"amenities": [code for code in before if code != "microwave"]}
    assert manager(union).patch(here, rest, version=union.version(CHAONEI)).status_code == 200
    assert manager(union).post(path(union, more="/end")).status_code == 200
    assert manager(union).post(path(union, more="/end")).status_code == 422
    assert (
        manager(union).patch(here, {"amenities": before}, version=union.version(CHAONEI)).status_code == 200
    )
    assert found(union)
