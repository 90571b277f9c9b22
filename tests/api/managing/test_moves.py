"""Managers correct where a station is; farther, an administrator has to see it first."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from geoapi.editing import review
from geoapi.editing import station as editing_station
from tests.api.managing.conftest import Union

NAME = "东四暖心驿站"
# 0.001 degrees are some 85 m here, and 300 m the limit
LON, LAT = 116.410, 39.910


@pytest.fixture
def place(union: Union) -> Union:
    """The station where it always was, since long ago, and nothing waiting for it."""
    with_id = union.stations[NAME]
    union.sql("UPDATE station SET lon = %s, lat = %s, retired_at = NULL WHERE id = %s", LON, LAT, with_id)
    union.sql("DELETE FROM move_request")
    union.sql("ALTER TABLE revision DISABLE TRIGGER ALL")
    union.sql("UPDATE revision SET at = at - interval '60 days'")
    return union


def move(union: Union, lon: float, lat: float = LAT, *, who: str = "manager", **more: Any) -> httpx.Response:
    return union.as_(who).patch(
        f"/v1/stations/{union.stations[NAME]}",
        {"location": {"lon": lon, "lat": lat, "crs": "wgs84"}, **more},
        version=union.version(NAME),
    )


def decide(union: Union, who: str | None, id_: Any, verb: str, body: Any = None) -> httpx.Response:
    return union.as_(who).post(f"/v1/manage/moves/{id_}/{verb}", body)


def where(union: Union) -> tuple[float, float]:
    ((lon, lat),) = union.sql("SELECT lon, lat FROM station WHERE id = %s", union.stations[NAME])
    return lon, lat


def test_near_is_at_once(place: Union) -> None:
    answer = move(place, LON + 0.002)
    assert (answer.status_code, answer.json()["pending_move"]) == (200, None)
    assert where(place) == (LON + 0.002, LAT)


def test_far_waits_while_the_rest_is_done(place: Union) -> None:
    answer = move(place, LON + 0.005, phone="010-12121212", reason="搬到对面")
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["phone"] == "010-12121212"
    pending = body["pending_move"]
    assert (pending["asked_by"], pending["reason"]) == ("王芳", "搬到对面")
    assert 400 < pending["distance_m"] < 450
    assert where(place) == (LON, LAT)
    approved = decide(place, "district_admin", pending["id"], "approve", {"note": "已核实"})
    assert approved.status_code == 200, approved.text
    assert approved.json()["pending_move"] is None
    assert where(place) == (LON + 0.005, LAT)
    assert approved.headers["ETag"] == f'"{approved.json()["version"]}"'
    history = (
        place.as_("auditor").get(f"/v1/stations/{place.stations[NAME]}/history", limit=1).json()["items"][0]
    )
    assert (history["action"], history["who"]["name"]) == ("approve_move", "赵静")
    assert history["reason"] == "王芳：搬到对面；已核实"
    # decided once
    assert decide(place, "district_admin", pending["id"], "approve").status_code == 409
    assert decide(place, "district_admin", pending["id"], "reject").status_code == 409
    # and from there small corrections are small again
    assert move(place, LON + 0.006).status_code == 200


def test_many_small_moves_are_a_far_one(place: Union) -> None:
    assert move(place, LON + 0.002).status_code == 200
    assert move(place, LON + 0.003).status_code == 200
    assert move(place, LON + 0.004).status_code == 202
    assert where(place) == (LON + 0.003, LAT)
    # back towards where it was is nothing
    assert move(place, LON + 0.001).status_code == 200
    # and from where an administrator puts it, it counts anew
    assert move(place, LON + 0.004, who="district_admin").status_code == 200
    assert move(place, LON + 0.006).status_code == 200


def test_another_district_is_far(place: Union) -> None:
    near_border = 116.4005
    assert move(place, near_border, who="district_admin").status_code == 200
    answer = move(place, 116.3995)
    assert answer.status_code == 202
    pending = answer.json()["pending_move"]
    assert (pending["district"]["code"], round(pending["distance_m"], -1)) == ("110102", 90)
    # of both districts only the city's administrator is
    for who, status in (("other_district_admin", 404), ("district_admin", 200), ("city_admin", 200)):
        if who == "district_admin":
            # it has an organisation of theirs, but would lie in another's district
            assert decide(place, who, pending["id"], "approve").status_code == 403
            continue
        assert decide(place, who, pending["id"], "approve").status_code == status
    assert where(place) == (116.3995, LAT)


def test_the_later_request_replaces_the_earlier(place: Union) -> None:
    first = move(place, LON + 0.005).json()["pending_move"]
    second = move(place, LON + 0.006).json()["pending_move"]
    assert decide(place, "district_admin", first["id"], "approve").status_code == 409
    rows = place.sql("SELECT decision FROM move_request ORDER BY id")
    assert rows == [("withdrawn",), (None,)]
    assert decide(place, "district_admin", second["id"], "reject", {"note": "没有搬"}).json() == {
        "id": second["id"], "station_id": str(place.stations[NAME]), "decision": "rejected", "note": "没有搬",
    }  # fmt: skip
    assert where(place) == (LON, LAT)
    # whoever asked reads what became of it, and why
    told = place.as_("manager").get(f"/v1/manage/stations/{place.stations[NAME]}").json()
    assert told["pending_move"] is None
    assert {name: told["last_move"][name] for name in ("id", "decision", "note", "decided_by")} == {
        "id": second["id"], "decision": "rejected", "note": "没有搬", "decided_by": "赵静",
    }  # fmt: skip


def test_withdrawn_by_whoever_may_edit(place: Union) -> None:
    pending = move(place, LON + 0.005).json()["pending_move"]
    assert decide(place, "other_manager", pending["id"], "withdraw").status_code == 404
    assert decide(place, "auditor", pending["id"], "withdraw").status_code == 403
    assert decide(place, "manager", pending["id"], "withdraw").json()["decision"] == "withdrawn"


def test_not_of_a_station_that_changed_meanwhile(place: Union) -> None:
    pending = move(place, LON + 0.005).json()["pending_move"]
    place.sql("UPDATE station SET lon = lon + 0.0001 WHERE id = %s", place.stations[NAME])
    assert decide(place, "district_admin", pending["id"], "approve").status_code == 409
    place.sql("UPDATE station SET lon = %s, retired_at = now() WHERE id = %s", LON, place.stations[NAME])
    assert decide(place, "district_admin", pending["id"], "approve").status_code == 409
    assert decide(place, "district_admin", pending["id"], "reject").status_code == 200


def test_an_administrator_s_own_move_withdraws_what_waits(place: Union) -> None:
    pending = move(place, LON + 0.005).json()["pending_move"]
    answer = place.as_("district_admin").request(
        "POST",
        f"/v1/stations/{place.stations[NAME]}/move",
        json={"location": {"lon": LON + 0.007, "lat": LAT}, "reason": "实地核对"},
        headers={"If-Match": f'"{place.version(NAME)}"'},
    )
    assert answer.json()["pending_move"] is None
    assert decide(place, "district_admin", pending["id"], "approve").status_code == 409


def test_nowhere_is_refused(place: Union) -> None:
    assert move(place, 100.0).status_code == 422


@pytest.mark.parametrize("verb", ["approve", "reject", "withdraw"])
@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 401), ("disabled", 401), ("expired", 401), ("other_manager", 404), ("other_district_admin", 404),
     ("neighbour", 404), ("auditor", 403), ("manager", 403)],
)  # fmt: skip
def test_who_may_decide(place: Union, verb: str, who: str | None, status: int) -> None:
    if (verb, who) == ("withdraw", "manager"):
        status = 200
    pending = move(place, LON + 0.005).json()["pending_move"]
    assert decide(place, who, pending["id"], verb).status_code == status
    assert decide(place, who, 999_999, verb).status_code in (401, 404)
    assert where(place) == (LON, LAT)


def test_the_second_wall(place: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    pending = move(place, LON + 0.005).json()["pending_move"]
    monkeypatch.setattr(editing_station, "require", lambda caller, *_: caller)
    monkeypatch.setattr(review, "may", lambda *_: True)
    monkeypatch.setattr(review, "may_move_into", lambda *_: True)
    for verb in ("approve", "reject", "withdraw"):
        for who in ("other_manager", "other_district_admin", "auditor"):
            assert decide(place, who, pending["id"], verb).status_code == 403, (verb, who)
    # its own manager may withdraw, and not approve
    assert decide(place, "manager", pending["id"], "approve").status_code == 403
    assert place.sql("SELECT decided_at FROM move_request") == [(None,)]
    assert where(place) == (LON, LAT)
