"""PATCH /v1/stations/{id}: managers correct their own stations, and everybody sees it at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from geoapi.coverage.runners import inline
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from tests.api.conftest import running
from tests.api.managing.conftest import Client, Union

STATION = "东四暖心驿站"
OFFICE = [["09:00-17:30"]] * 5 + [[], []]


def path(union: Union, station: str = STATION) -> str:
    return f"/v1/stations/{union.stations[station]}"


def edit(union: Union, body: dict[str, Any], station: str = STATION, who: str = "manager") -> httpx.Response:
    """PATCH of the present version."""
    return union.as_(who).patch(path(union, station), body, version=union.version(station))


def test_a_change_is_answered_shown_and_on_record(union: Union) -> None:
    before = union.version(STATION)
    answer = edit(
        union,
        {
            "name": " 东四 暖心驿站 ", "name_en": "Dongsi", "address": "东四北大街 1 号",
            "phone": "010－1234转5", "description": "一楼\n东侧",
            "amenities": ["microwave", "hot_water"], "access": ["户外劳动者"],
            "hours": {"text": "周一至周五 8:30-18:00"}, "holiday_policy": "closed", "host": "bank",
            "host_name": "某银行", "reason": "换了店长",
        },
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["version"] == before + 1
    assert answer.headers["ETag"] == f'"{before + 1}"'
    assert body["name"] == "东四 暖心驿站"
    assert body["phone"] == "010-1234转5"
    assert body["description"] == "一楼\n东侧"
    assert sorted(body["amenities"]) == ["hot_water", "microwave"]
    assert body["host"]["code"] == "bank"
    assert body["hours"]["week"] == [["08:30-18:00"]] * 5 + [[], []]
    assert body["hours"]["holiday_policy"] == body["holiday_policy"] == "closed"
    assert body["updated_by"] == "王芳"
    public = union.as_(None).get(path(union)).json()
    assert public["name"] == "东四 暖心驿站"
    assert public["hours"]["text"] == "周一至周五 8:30-18:00"
    assert [day["hours"] for day in public["hours"]["week"]] == body["hours"]["week"]
    # found by its new words, and its district's
    for words in ("东四北大街", "dongsibeidajie", "东城区"):
        found = union.as_(None).get("/v1/stations", q=words).json()["items"]
        assert body["id"] in [one["id"] for one in found], words
    ((action, reason, actor, changed),) = union.sql(
        "SELECT action, reason, actor, after FROM revision WHERE station_id = %s AND version = %s",
        union.stations[STATION], before + 1,
    )  # fmt: skip
    assert (action, reason, actor) == ("edit", "换了店长", "王芳")
    assert changed["phone"] == "010-1234转5"
    assert "kind_id" not in changed
    assert (
        edit(union, {"name": STATION, "hours": {"text": "24小时"}, "holiday_policy": None}).status_code == 200
    )


def test_null_clears_and_absence_leaves(union: Union) -> None:
    assert edit(union, {"phone": "12345", "description": "说明", "host": "park"}).status_code == 200
    body = edit(union, {"phone": None, "host": None}).json()
    assert body["phone"] is None
    assert body["host"] is None
    assert body["description"] == "说明"
    # what is blank is nothing
    assert edit(union, {"description": "  "}).json()["description"] is None


def test_saying_what_is_so_changes_nothing(union: Union) -> None:
    manager = union.as_("manager")
    before = manager.get(f"/v1/manage/stations/{union.stations[STATION]}").json()
    same = {
        name: before[name]
        for name in ("name", "name_en", "address", "phone", "description", "amenities", "access", "location")
    }
    for body in ({}, same, {"hours": {"text": before["hours"]["text"]}, "reason": "没有变化"}):
        answer = edit(union, body)
        assert answer.status_code == 200, answer.text
        assert answer.json()["version"] == before["version"]


def test_a_week_table_is_what_workers_see(union: Union) -> None:
    week = [
        ["22:00-02:00"],
        ["08:00-12:00", "13:00-17:00"],
        [],
        ["00:00-24:00"],
        ["09:00-17:30"],
        [],
        ["10:00-16:00"],
    ]
    answer = edit(union, {"hours": {"week": week, "holidays": "closed"}})
    assert answer.status_code == 200, answer.text
    hours = answer.json()["hours"]
    assert (hours["certainty"], hours["unread"]) == ("full", [])
    public = union.as_(None).get(path(union)).json()
    assert [day["hours"] for day in public["hours"]["week"]] == week
    assert "法定节假日休息" in public["hours_text"]
    # unknown hours are unknown, not closed
    unknown = edit(union, {"hours": None}).json()["hours"]
    assert (unknown["text"], unknown["certainty"]) == (None, "unknown")
    assert union.as_(None).get(path(union)).json()["now"]["open_state"] == "unknown"
    assert edit(union, {"hours": {"text": "24小时"}}).status_code == 200


def nearest(client: httpx.Client) -> list[str]:
    """Who is open now around Dongsi, nearest first."""
    answer = client.get("/v1/stations/nearest", params={"lon": 116.41, "lat": 39.91, "radius_m": 60})
    assert answer.status_code == 200, answer.text
    return [one["name"] for one in answer.json()["stations"]]


def test_every_process_sees_a_change_before_it_is_answered(union: Union) -> None:
    settings = Settings(database=DatabaseSettings(pool_size=2), coverage=CoverageSettings(cell_size_m=5000))
    # another process of the same service; neither looks for changes by itself meanwhile
    with (
        running(union.database_url, settings, keep_schedule=False, runner=inline) as url,
        httpx.Client(base_url=url, timeout=30) as other,
    ):
        for _ in range(3):
            assert edit(union, {"hours": {"text": "24小时"}}).status_code == 200
            assert nearest(other) == nearest(union.client) == [STATION]
            tomorrow = (datetime.now(UTC).astimezone().isoweekday()) % 7
            week = [["09:00-10:00"] if day == (tomorrow + 2) % 7 else [] for day in range(7)]
            assert edit(union, {"hours": {"week": week, "holidays": "closed"}}).status_code == 200
            assert nearest(other) == nearest(union.client) == []
        assert edit(union, {"hours": {"text": "24小时"}}).status_code == 200


def test_a_small_correction_of_the_position(union: Union) -> None:
    """Of the entrance, in the datum of the phone; a far one waits."""
    there = {"lon": 116.4165, "lat": 39.9114, "crs": "gcj02"}
    answer = union.as_("manager").request(
        "PATCH", path(union), params={"crs": "gcj02"}, json={"location": there},
        headers={"If-Match": f'"{union.version(STATION)}"'},
    )  # fmt: skip
    assert answer.status_code == 200, answer.text
    assert answer.json()["location"] == there
    assert answer.json()["district"]["code"] == "110101"
    assert edit(union, {"location": {"lon": 116.41, "lat": 39.91}}).status_code == 200


def test_a_far_move_waits_while_the_rest_is_done(union: Union) -> None:
    before = union.version(STATION)
    answer = edit(
        union, {"location": {"lon": 116.45, "lat": 39.91}, "phone": "010-5555555", "reason": "搬家"}
    )
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert (body["version"], body["phone"]) == (before + 1, "010-5555555")
    assert body["location"]["lon"] == 116.41
    assert body["pending_move"]["location"] == {"lon": 116.45, "lat": 39.91, "crs": "wgs84"}
    assert body["pending_move"]["reason"] == "搬家"
    assert body["attention"][0] == "pending_move"
    # an administrator asks nobody
    answer = edit(union, {"location": {"lon": 116.42, "lat": 39.91}}, who="district_admin")
    assert answer.status_code == 200, answer.text
    assert answer.json()["location"]["lon"] == 116.42
    assert edit(union, {"location": {"lon": 116.41, "lat": 39.91}}, who="district_admin").status_code == 200


def test_a_change_for_a_day_to_come(union: Union) -> None:
    before = union.version(STATION)
    day = (datetime.now(UTC) + timedelta(days=5)).date().isoformat()
    answer = edit(union, {"phone": "010-7777777", "effective_on": day})
    assert answer.status_code == 202, answer.text
    body = answer.json()
    assert body["version"] == before
    assert body["phone"] != "010-7777777"
    assert [(one["effective_on"], one["changes"]) for one in body["planned"]] == [
        (day, {"phone": "010-7777777"})
    ]
    for past in ("2020-01-01", datetime.now(UTC).date().isoformat()):
        refused = edit(union, {"phone": "010-8888888", "effective_on": past})
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "effective_on"


@pytest.mark.parametrize(
    ("body", "field", "detail"),
    [
        ({"name": None}, "name", "must be text"),
        ({"name": " \u200b "}, "name", "too short"),
        ({"name": "驿" * 201}, "name", "too long"),
        ({"address": "街" * 301}, "address", "too long"),
        ({"description": "字" * 2001}, "description", "too long"),
        ({"phone": "1" * 101}, "phone", "too long"),
        ({"phone": "找王主任"}, "phone", "telephone"),
        ({"access": ["可"] * 11}, "access", "too long"),
        ({"access": ["可" * 201]}, "access.0", "too long"),
        ({"access": None}, "access", "must be a list"),
        ({"amenities": None}, "amenities", "must be a list"),
        ({"amenities": ["mikrowave"]}, "amenities", "no such amenity"),
        ({"host": "banq"}, "host", "no such"),
        ({"holiday_policy": "sometimes"}, "holiday_policy", "choices"),
        ({"hours": "9:00-17:00"}, "hours", "JSON object"),
        ({"hours": {}}, "hours", "either"),
        ({"hours": {"text": "x", "week": OFFICE}}, "hours", "either"),
        ({"hours": {"text": "x", "holidays": "closed"}}, "hours", "goes with"),
        ({"hours": {"week": OFFICE[:6]}}, "hours.week", "too short"),
        ({"hours": {"week": [["9-5"], *OFFICE[1:]]}}, "hours.week.0.0", "Monday: 9-5 is not a span"),
        ({"hours": {"week": [["08:00-12:00", "11:00-13:00"], *OFFICE[1:]]}}, "hours.week.0", "overlaps"),
        ({"hours": {"text": " "}}, "hours.text", "too short"),
        ({"location": {"lon": 39.9, "lat": 116.4}}, "location", "Latitude"),
        ({"location": {"lon": 116.4}}, "location.lat", "missing"),
        ({"location": {"lon": 116.4, "lat": 39.9, "crs": "utm"}}, "location.crs", ""),
        ({"location": {"lon": 0, "lat": 0}}, "location", "no district"),
        ({"effective_on": "soon"}, "effective_on", "not a date"),
        ({"effective_on": 1800000000}, "effective_on", "not a date"),
        ({"reason": "因" * 501}, "reason", "too long"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_and_nothing_changes(
    union: Union, body: dict[str, Any], field: str, detail: str
) -> None:
    before = union.version(STATION)
    answer = union.as_("manager").request(
        "PATCH", path(union), json=body, headers={"If-Match": f'"{before}"', "Accept-Language": "en"}
    )
    assert answer.status_code == 422, answer.text
    (entry,) = answer.json()["errors"]
    assert entry["field"] == field
    assert detail in entry["detail"]
    assert entry["mend"]
    assert union.version(STATION) == before


@pytest.mark.parametrize(
    "text", [r"a\u0000b", r"\ud800", r"\u202eabc", r"\u2066", r"\u001b[31m", r"\uffff", r"\u0085"]
)
@pytest.mark.parametrize("field", ["name", "address", "phone", "description", "host_name", "reason"])
def test_what_is_no_text_is_refused(union: Union, field: str, text: str) -> None:
    answer = union.as_("manager").request(
        "PATCH", path(union), content=f'{{"{field}": "{text}"}}'.encode(),
        headers={"If-Match": f'"{union.version(STATION)}"', "Content-Type": "application/json"},
    )  # fmt: skip
    assert answer.status_code == 422
    assert [entry["field"] for entry in answer.json()["errors"]] == [field]


def test_huge_bodies_are_refused(union: Union) -> None:
    answer = edit(union, {"description": "x" * 70_000})
    assert answer.status_code == 413


def test_who_comes_first(union: Union) -> None:
    """401 before 404, 404 before 403, 403 before 428, 428 before anything about the content."""

    def patch(who: str | None, id_: int, **headers: str) -> int:
        return union.as_(who).request("PATCH", f"/v1/stations/{id_}", json={}, headers=headers).status_code

    own, missing = union.stations[STATION], 10**9
    assert patch(None, missing) == 401
    assert patch("disabled", own) == patch("expired", own) == 401
    assert patch("manager", missing) == 404
    for who in ("other_manager", "neighbour", "other_district_admin", "auditor"):
        assert patch(who, own) == 403, who
    assert patch("manager", own) == 428
    assert patch("manager", own, **{"If-Match": "*"}) == 428
    assert patch("manager", own, **{"If-Match": '"9999"'}) == 412
    for who in ("manager", "district_admin", "city_admin"):
        assert edit(union, {}, who=who).status_code == 200, who


def test_a_retired_station_stays_as_it_is(union: Union) -> None:
    retired = "西四暖心驿站(停用)"
    admin = union.as_("other_district_admin")
    answer = edit(union, {"phone": "12345"}, station=retired, who="other_district_admin")
    assert answer.status_code == 409
    assert admin.post(f"{path(union, retired)}/confirm").status_code == 409


def test_the_public_etag_is_good_for_if_match(union: Union) -> None:
    manager: Client = union.as_("manager")
    etag = manager.get(path(union)).headers["ETag"]
    assert manager.patch(path(union), {"host_name": "某银行东四支行"}, version=etag).status_code == 200
    assert manager.patch(path(union), {"host_name": "某银行"}, version=etag).status_code == 412
