"""What administrators do to stations: make, retire, bring back, move and reassign; nobody else does."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from geoapi.editing import lifecycle, moves
from geoapi.editing import station as editing_station
from tests.api.managing.conftest import Union

HOME = "灯市口职工之家"
ROOM = "王府井母婴室"
NEW = {"kind": "care_station", "name": "金鱼胡同暖心驿站", "location": {"lon": 116.42, "lat": 39.915}}


def stations(union: Union) -> list[Any]:
    return union.sql("SELECT station::text FROM station ORDER BY id")


def act(
    union: Union, who: str | None, name: str, what: str, body: Any, *, version: int | None = None
) -> httpx.Response:
    headers = {"If-Match": f'"{version or union.version(name)}"'}
    path = f"/v1/stations/{union.stations[name]}/{what}"
    return union.as_(who).request("POST", path, json=body, headers=headers)


def told(union: Union, name: str) -> str:
    answer = union.as_("city_admin").get(f"/v1/stations/{union.stations[name]}/history", limit=1)
    return str(answer.json()["items"][0]["sentence"])


def nearest(union: Union, lon: float, lat: float) -> list[str]:
    asked = {"lon": lon, "lat": lat, "open": "any", "radius_m": 60}
    return [one["name"] for one in union.as_(None).get("/v1/stations/nearest", **asked).json()["stations"]]


def test_a_new_station(union: Union) -> None:
    body = {**NEW, "hours": {"text": "每天 8:00-20:00"}, "amenities": ["microwave"], "reason": "新建"}
    answer = union.as_("district_admin").post("/v1/stations", body)
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["Location"] == f"/v1/stations/{made['id']}"
    assert answer.headers["ETag"] == '"1"'
    assert (made["version"], made["source"], made["district"]["code"]) == (1, "manual", "110101")
    assert made["organisation"]["name"] == "东城区总工会"
    assert made["hours"]["week"] == [["08:00-20:00"]] * 7
    # at once, for everybody, by its name as well
    assert nearest(union, 116.42, 39.915) == ["金鱼胡同暖心驿站"]
    found = union.as_(None).get("/v1/stations", q="jinyuhutong").json()["items"]
    assert [one["id"] for one in found] == [made["id"]]
    items = union.as_("auditor").get(f"/v1/stations/{made['id']}/history").json()["items"]
    assert "赵静" in items[0]["sentence"]
    assert (
        "新建站点“金鱼胡同暖心驿站”（职工暖心驿站；每天 8:00-20:00；微波炉）（理由：新建）"
        in items[0]["sentence"]
    )


def test_one_of_its_name_is_there_already(union: Union) -> None:
    body = {
        "kind": "care_station",
        "name": "東四(職工)暖心驿站",
        "location": {"lon": 116.4103, "lat": 39.9101},
    }
    body["name"] = "东四 暖心驿站"
    answer = union.as_("district_admin").post("/v1/stations", body)
    assert answer.status_code == 409, answer.text
    (near,) = answer.json()["near_duplicates"]
    assert near["id"] == str(union.stations["东四暖心驿站"])
    assert 20 < near["distance_m"] < 50
    # another kind, another number, farther away: no
    for change in (
        {"kind": "nursing_room"},
        {"name": "东四2号楼驿站"},
        {"location": {"lon": 116.42, "lat": 39.95}},
    ):
        assert union.as_("district_admin").post("/v1/stations", {**body, **change}).status_code == 201, change
    assert union.as_("district_admin").post("/v1/stations", {**body, "force": True}).status_code == 201


def test_repeated_making_makes_one(union: Union) -> None:
    body = {**NEW, "name": "只建一次驿站", "location": {"lon": 116.43, "lat": 39.93}}
    answers = [union.as_("city_admin").post("/v1/stations", body, idempotency_key="new-1") for _ in range(3)]
    assert {one.status_code for one in answers} == {201}
    assert len({one.json()["id"] for one in answers}) == 1
    assert answers[2].headers["Idempotency-Replayed"] == "true"


@pytest.mark.parametrize(
    ("who", "change", "status"),
    [
        (None, {}, 401),
        ("manager", {}, 403),
        ("auditor", {}, 403),
        ("other_district_admin", {}, 403),
        # its own district, with an organisation of another's
        ("other_district_admin", {"organisation": "dc-dongsi"}, 403),
        ("district_admin", {"location": {"lon": 116.2, "lat": 39.9}}, 403),
        ("district_admin", {"location": {"lon": 120.0, "lat": 39.9}}, 422),
        ("district_admin", {"kind": "castle"}, 422),
        ("district_admin", {"organisation_id": "99999"}, 422),
        ("district_admin", {"name": ""}, 422),
        ("district_admin", {"source": "x"}, 422),
        ("district_admin", {"version": 7}, 422),
        ("district_admin", {"location": None}, 422),
    ],
)
def test_who_may_make_which(union: Union, who: str | None, change: dict[str, Any], status: int) -> None:
    before = stations(union)
    body = {**NEW, "name": "不该有的驿站", **change}
    if "organisation" in body:
        body["organisation_id"] = str(union.organisations[body.pop("organisation")])
    answer = union.as_(who).post("/v1/stations", body)
    assert answer.status_code == status, answer.text
    assert stations(union) == before


def test_a_station_of_an_organisation(union: Union) -> None:
    body = {**NEW, "name": "街道的驿站", "location": {"lon": 116.44, "lat": 39.94}}
    body["organisation_id"] = str(union.organisations["dc-jianguomen"])
    made = union.as_("district_admin").post("/v1/stations", body).json()
    assert made["organisation"] == {
        "id": str(union.organisations["dc-jianguomen"]), "code": "dc-jianguomen",
        "name": "建国门街道总工会", "own": True,
        "path": [str(union.organisations[one]) for one in ("dc-jianguomen", "dc", "bj")],
    }  # fmt: skip
    assert union.as_("neighbour").get(f"/v1/manage/stations/{made['id']}").status_code == 200
    assert union.as_("manager").get(f"/v1/manage/stations/{made['id']}").status_code == 403


def test_retired_and_back(union: Union) -> None:
    assert HOME in nearest(union, 116.412, 39.910)
    answer = act(union, "district_admin", HOME, "retire", {"reason": "原址拆迁"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["retired_at"] is not None
    assert HOME not in nearest(union, 116.412, 39.910)
    # in the very minute, and though emergency hours or its own would have it open
    shown = union.as_(None).get(f"/v1/stations/{union.stations[HOME]}").json()
    assert shown["now"]["open_state"] == "closed"
    assert union.as_(None).get(f"/v1/stations/{union.stations[HOME]}/hours").json()["intervals"] == []
    assert told(union, HOME).endswith("停用站点（理由：原址拆迁）")
    assert act(union, "district_admin", HOME, "retire", {"reason": "再来"}).status_code == 409
    assert act(union, "district_admin", HOME, "move", {**MOVE, "reason": "x"}).status_code == 409
    assert act(union, "city_admin", HOME, "restore", {}).status_code == 200
    assert HOME in nearest(union, 116.412, 39.910)
    assert act(union, "city_admin", HOME, "restore", None).status_code == 409
    # undone, it reads as what it is
    again = {"version": union.version(HOME)}
    assert act(union, "district_admin", HOME, "revert", again).status_code == 200
    assert told(union, HOME).endswith("版的修改：停用站点")
    assert act(union, "city_admin", HOME, "restore", {}).status_code == 200


MOVE = {"location": {"lon": 116.45, "lat": 39.95, "crs": "wgs84"}}


def test_moved_however_far(union: Union) -> None:
    answer = act(union, "district_admin", ROOM, "move", {**MOVE, "reason": "搬到新楼"})
    assert answer.status_code == 200, answer.text
    assert answer.json()["location"] == MOVE["location"]
    assert nearest(union, 116.45, 39.95) == [ROOM]
    assert ROOM not in nearest(union, 116.413, 39.910)
    assert re.search(
        r"迁移位置：[\d.,]+ → 116\.45000,39\.95000（移动 \d+ 米）（理由：搬到新楼）$", told(union, ROOM)
    )
    # out of what they administer, and out of everything
    west = {"location": {"lon": 116.3, "lat": 39.9}, "reason": "西边"}
    assert act(union, "district_admin", ROOM, "move", west).status_code == 403
    nowhere = {"location": {"lon": 100.0, "lat": 30.0}, "reason": "远"}
    assert act(union, "city_admin", ROOM, "move", nowhere).status_code == 422
    assert act(union, "city_admin", ROOM, "move", west).json()["district"]["code"] == "110102"
    # and is now the other district's
    assert act(union, "district_admin", ROOM, "retire", {"reason": "x"}).status_code == 403
    back = {"location": {"lon": 116.413, "lat": 39.910}, "reason": "回来"}
    assert act(union, "city_admin", ROOM, "move", back).status_code == 200


def test_reassigned(union: Union) -> None:
    to = {"organisation_id": str(union.organisations["dc-jianguomen"]), "reason": "移交街道"}
    assert union.as_("neighbour").get(f"/v1/manage/stations/{union.stations[HOME]}").status_code == 403
    assert act(union, "district_admin", HOME, "reassign", to).status_code == 200
    assert union.as_("neighbour").get(f"/v1/manage/stations/{union.stations[HOME]}").status_code == 200
    assert "改由其他组织管理：无 → 建国门街道总工会（理由：移交街道）" in told(union, HOME)
    # both have to be in reach
    away = {"organisation_id": str(union.organisations["xc-xidan"]), "reason": "x"}
    assert act(union, "district_admin", HOME, "reassign", away).status_code == 403
    assert act(union, "other_district_admin", HOME, "reassign", away).status_code == 403
    unknown = {"organisation_id": "99999", "reason": "x"}
    assert act(union, "district_admin", HOME, "reassign", unknown).status_code == 422
    back = {"organisation_id": None, "reason": "街道不再管理"}
    answer = act(union, "district_admin", HOME, "reassign", back)
    assert answer.json()["organisation"]["own"] is False


BODIES: dict[str, dict[str, Any]] = {
    "retire": {"reason": "x"},
    "restore": {"reason": "x"},
    "move": {**MOVE, "reason": "x"},
    "reassign": {"organisation_id": None, "reason": "x"},
}


@pytest.mark.parametrize("what", BODIES)
@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 401), ("disabled", 401), ("expired", 401), ("manager", 403), ("auditor", 403),
     ("other_district_admin", 403), ("other_manager", 403)],
)  # fmt: skip
def test_others_may_not(union: Union, what: str, who: str | None, status: int) -> None:
    before = stations(union)
    assert act(union, who, HOME, what, BODIES[what]).status_code == status
    assert stations(union) == before


@pytest.mark.parametrize("what", BODIES)
def test_what_every_change_needs(union: Union, what: str) -> None:
    before = stations(union)
    admin, path = union.as_("district_admin"), f"/v1/stations/{union.stations[HOME]}/{what}"
    assert admin.post(path, BODIES[what]).status_code == 428
    stale = act(union, "district_admin", HOME, what, BODIES[what], version=10_000)
    assert stale.status_code == 412
    assert stale.json()["current"]["id"] == str(union.stations[HOME])
    assert admin.post(f"/v1/stations/999999/{what}", BODIES[what]).status_code == 404
    if what != "restore":
        no_reason = {name: value for name, value in BODIES[what].items() if name != "reason"}
        assert act(union, "district_admin", HOME, what, no_reason).status_code == 422
    assert act(union, "district_admin", HOME, what, {**BODIES[what], "id": 3}).status_code == 422
    assert stations(union) == before


def test_the_second_wall(union: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the rule in the routes, PostgreSQL refuses each of them, and nothing is changed."""
    before = stations(union)
    monkeypatch.setattr(editing_station, "require", lambda caller, *_: caller)
    for module in (lifecycle, moves):
        monkeypatch.setattr(module, "may", lambda *_: True)
    monkeypatch.setattr(lifecycle, "require", lambda caller, *_: caller)
    for what in ("retire", "move", "reassign"):
        # a manager of it, an administrator of another's, somebody who reads only
        for who in ("other_district_admin", "auditor", *(["manager"] if what != "move" else [])):
            name = "东四暖心驿站" if who == "manager" else HOME
            body = BODIES[what]
            answer = act(union, who, name, what, body)
            assert answer.status_code == 403, (what, who, answer.text)
    to_others = {"organisation_id": str(union.organisations["xc-xidan"]), "reason": "x"}
    assert act(union, "district_admin", HOME, "reassign", to_others).status_code == 403
    assert union.as_("other_district_admin").post("/v1/stations", {**NEW, "name": "墙外"}).status_code == 403
    assert stations(union) == before


@pytest.mark.parametrize("id_", ["abc", "１", " 25", "25.0", "-1", "0", "9" * 30])
def test_what_is_no_id_is_told_what_one_is(union: Union, id_: str) -> None:
    for lang, words in (("zh", "请给加引号的编号"), ("en", "give an id in quotation marks")):
        path = f"/v1/stations/{union.stations[HOME]}/reassign?lang={lang}"
        answer = union.as_("city_admin").post(path, {"organisation_id": id_, "reason": "x"})
        assert answer.status_code == 422
        (entry,) = answer.json()["errors"]
        assert entry["field"] == "organisation_id"
        assert words in entry["mend"]
