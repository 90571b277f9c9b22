"""Workers' reports: kept without a trace of who, told apart by address, seen and settled by managers."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapi.editing import reports
from geoapi.editing.reports import reporter_of
from tests.api.managing.conftest import Union

OPEN_ONES = "SELECT count(*) FROM station_report WHERE station_id = %s AND kind = %s"


@contextmanager
def worker(union: Union, number: int) -> Iterator[httpx.Client]:
    """Somebody without an account, at an address of their own."""
    transport = httpx.HTTPTransport(local_address=f"127.0.1.{number}")
    with httpx.Client(base_url=union.url, timeout=30, transport=transport) as client:
        yield client


def say(union: Union, number: int, station: str, kind: str, **more: Any) -> httpx.Response:
    with worker(union, number) as client:
        path = f"/v1/stations/{union.stations[station]}/reports"
        headers = more.pop("headers", {})
        return client.post(path, json={"kind": kind, **more}, headers=headers)


def told(response: httpx.Response, status: int = 201) -> dict[str, Any]:
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_a_report_is_thanked_for_and_kept(union: Union) -> None:
    before = union.version("东四暖心驿站")
    answer = told(say(union, 1, "东四暖心驿站", "closed", note="  门锁着\n 没人 "))
    assert answer["already_noted"] is False
    assert "谢谢" in answer["thanks"]["zh"]
    assert "Thank" in answer["thanks"]["en"]
    ((kind, note, reporter, resolved),) = union.sql(
        "SELECT kind, note, reporter, resolved_at FROM station_report WHERE id = %s", int(answer["id"])
    )
    assert (kind, note, len(reporter), resolved) == ("closed", "门锁着 没人", 16, None)
    assert union.version("东四暖心驿站") == before


def test_nothing_of_the_reporter_is_kept(union: Union) -> None:
    told(say(union, 201, "东四暖心驿站", "gone"))
    rows = union.sql("SELECT column_name FROM information_schema.columns WHERE table_name = 'station_report'")
    columns = {name for (name,) in rows}
    assert columns == {
        "id", "station_id", "kind", "amenity_id", "note", "reporter", "created_at", "resolved_at",
        "resolved_by", "resolution", "resolution_note",
    }  # fmt: skip
    for table in ("station_report", "rate_bucket", "event", "revision", "idempotent_request"):
        assert not union.sql(f"SELECT FROM {table} AS t WHERE t::text LIKE '%%127.0.1.201%%'")


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "kind"),
        ({"kind": "shut"}, "kind"),
        ({"kind": "closed", "lon": 116.4}, "lon"),
        ({"kind": "closed", "reporter": "00"}, "reporter"),
        ({"kind": "closed", "amenity": "microwave"}, "amenity"),
        ({"kind": "amenity"}, "amenity"),
        ({"kind": "amenity", "amenity": "microwav"}, "amenity"),
        # there is such an amenity, elsewhere
        ({"kind": "amenity", "amenity": "nursing_room"}, "amenity"),
        ({"kind": "other", "note": "x" * 301}, "note"),
        ({"kind": "other", "note": "开放\u202e放开"}, "note"),
        ({"kind": "other", "note": "a\x00b"}, "note"),
        ({"kind": "other", "note": "a\x9bb"}, "note"),
        ({"kind": "other", "note": 3}, "note"),
    ],
)
def test_what_is_no_report_is_refused(union: Union, body: dict[str, Any], field: str) -> None:
    before = union.sql("SELECT count(*) FROM station_report")
    response = union.as_(None).post(f"/v1/stations/{union.stations['灯市口职工之家']}/reports", body)
    assert response.status_code == 422, response.text
    assert [one["field"].rpartition(".")[2] for one in response.json()["errors"]] == [field]
    assert union.sql("SELECT count(*) FROM station_report") == before


def test_stations_that_are_not_there(union: Union) -> None:
    assert union.as_(None).post("/v1/stations/999/reports", {"kind": "gone"}).status_code == 404
    assert say(union, 2, "西四暖心驿站(停用)", "gone").status_code == 409


def test_a_repeat_within_a_day_is_noted_already(union: Union) -> None:
    first = told(say(union, 3, "王府井母婴室", "closed"))
    again = told(say(union, 3, "王府井母婴室", "closed", note="还是关着"), 200)
    assert (again["id"], again["already_noted"]) == (first["id"], True)
    # another thing is another report
    told(say(union, 3, "王府井母婴室", "gone"))
    ((number,),) = union.sql(OPEN_ONES, union.stations["王府井母婴室"], "closed")
    assert number == 1


def test_twenty_at_once_by_one_are_one(union: Union) -> None:
    def one(_: int) -> int:
        return say(union, 4, "朝内暖心驿站", "closed").status_code

    with ThreadPoolExecutor(20) as pool:
        statuses = sorted(pool.map(one, range(20)))
    assert statuses == [200] * 19 + [201]
    assert union.sql(OPEN_ONES, union.stations["朝内暖心驿站"], "closed") == [(1,)]


def test_the_same_key_is_one_report(union: Union) -> None:
    def one(_: int) -> httpx.Response:
        return say(union, 5, "朝内暖心驿站", "gone", headers={"Idempotency-Key": "phone-1"})

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(one, range(8)))
    assert {told(one)["id"] for one in answers} == {answers[0].json()["id"]}
    assert sum("Idempotency-Replayed" in one.headers for one in answers) == 7


def test_credentials_are_no_matter(union: Union) -> None:
    path = f"/v1/stations/{union.stations['西单心灵驿站']}/reports"
    for who in ("disabled", "expired", "manager"):
        # all from one address: the first is new
        assert union.as_(who).post(path, {"kind": "gone"}).status_code in (200, 201)
    ((number,),) = union.sql(OPEN_ONES, union.stations["西单心灵驿站"], "gone")
    assert number == 1


def test_one_reporter_is_held_back(union: Union) -> None:
    kinds = ("closed", "gone", "other")
    stations = ("东四暖心驿站", "朝内暖心驿站", "灯市口职工之家", "王府井母婴室")
    statuses = [say(union, 6, station, kind) for station in stations for kind in kinds]
    assert [one.status_code for one in statuses] == [201] * 10 + [429] * 2
    assert 0 < int(statuses[-1].headers["Retry-After"]) <= 600
    # a repeat of what was said is still thanked for
    assert say(union, 6, "东四暖心驿站", "closed").status_code == 200


def test_one_station_is_not_flooded(union: Union) -> None:
    statuses = [say(union, 50 + n, "灯市口职工之家", "closed").status_code for n in range(32)]
    assert statuses.count(429) >= 2
    assert statuses[-1] == 429
    assert statuses[:20] == [201] * 20


addresses = st.ip_addresses(v=4).map(str)


@given(addresses, addresses)
def test_reporters_are_told_apart_by_address(one: str, other: str) -> None:
    assert (reporter_of(b"k", one) == reporter_of(b"k", other)) == (one == other)
    assert reporter_of(b"k", one) == reporter_of(b"k", f"::ffff:{one}")
    assert reporter_of(b"k", one) != reporter_of(b"l", one)


def test_an_ipv6_household_is_one_reporter() -> None:
    assert reporter_of(b"k", "2001:db8:1:2::1") == reporter_of(b"k", "2001:db8:1:2:ffff::9")
    assert reporter_of(b"k", "2001:db8:1:2::1") != reporter_of(b"k", "2001:db8:1:3::1")
    assert reporter_of(b"k", "fe80::1%eth0") == reporter_of(b"k", "fe80::2")
    assert reporter_of(b"k", None) == reporter_of(b"k", "unix:")


# Managers -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def reported(union: Union) -> dict[str, str]:
    """Ids of reports: two alike of a station of the manager's, one of another kind, one elsewhere."""
    said = {
        "mine": say(union, 100, "东四暖心驿站", "amenity", amenity="drinking_water", note="没水"),
        "alike": say(union, 101, "东四暖心驿站", "amenity", amenity="drinking_water"),
        "other_amenity": say(union, 102, "东四暖心驿站", "amenity", amenity="microwave"),
        "theirs": say(union, 103, "西单心灵驿站", "closed"),
    }
    return {name: told(one)["id"] for name, one in said.items()}


def listed(union: Union, who: str, **parameters: Any) -> dict[str, dict[str, Any]]:
    response = union.as_(who).get("/v1/manage/reports", limit=200, **parameters)
    assert response.status_code == 200, response.text
    return {one["id"]: one for one in response.json()["items"]}


@pytest.mark.parametrize(
    ("who", "sees"),
    [
        ("manager", {"mine", "alike", "other_amenity"}),
        ("neighbour", set()),
        ("district_admin", {"mine", "alike", "other_amenity"}),
        ("auditor", {"mine", "alike", "other_amenity"}),
        ("other_manager", {"theirs"}),
        ("other_district_admin", {"theirs"}),
        ("city_admin", {"mine", "alike", "other_amenity", "theirs"}),
    ],
)
def test_whoever_keeps_the_station_sees_its_reports(
    union: Union, reported: dict[str, str], who: str, sees: set[str]
) -> None:
    found = listed(union, who)
    assert {name for name, id_ in reported.items() if id_ in found} == sees
    # offered to whom it would not be refused
    assert {one["may_resolve"] for one in found.values()} <= {who != "auditor"}


def test_who_keeps_one_station_and_looks_at_another_may_settle_the_one(
    union: Union, reported: dict[str, str]
) -> None:
    role = union.sql(
        """INSERT INTO account_role (account_id, organisation_id, role) VALUES (%s, %s, 'manager')
           RETURNING id""",
        union.accounts["auditor"], union.organisations["xc-xidan"],
    )[0][0]  # fmt: skip
    found = listed(union, "auditor")
    union.sql("DELETE FROM account_role WHERE id = %s", role)
    assert found[reported["theirs"]]["may_resolve"]
    assert not found[reported["mine"]]["may_resolve"]


def test_a_listed_report_tells_how_many_agree_and_nobody_who(union: Union, reported: dict[str, str]) -> None:
    one = listed(union, "manager", kind="amenity", lang="en")[reported["mine"]]
    assert one["open_alike"] == {"reports": 2, "reporters": 2}
    assert one["station"]["name"] == "Dongsi care station"
    assert (one["amenity"], one["note"], one["resolved_at"]) == ("drinking_water", "没水", None)
    assert "reporter" not in one


def test_pages_go_on_where_the_last_ended(union: Union, reported: dict[str, str]) -> None:
    everything = list(listed(union, "city_admin"))
    paged: list[str] = []
    cursor: str | None = ""
    while cursor is not None:
        more = {"cursor": cursor} if cursor else {}
        page = union.as_("city_admin").get("/v1/manage/reports", limit=3, **more).json()
        paged += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert paged == everything
    cursor = union.as_("city_admin").get("/v1/manage/reports", limit=1).json()["next_cursor"]
    # a cursor is its owner's and its question's
    assert union.as_("district_admin").get("/v1/manage/reports", cursor=cursor).status_code == 422


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 401), ("expired", 401), ("disabled", 401), ("neighbour", 404), ("other_manager", 404),
     ("other_district_admin", 404), ("auditor", 403)],
)  # fmt: skip
def test_others_settle_nothing(union: Union, reported: dict[str, str], who: str | None, status: int) -> None:
    path = f"/v1/manage/reports/{reported['mine']}/resolve"
    assert union.as_(who).post(path, {"resolution": "corrected"}).status_code == status
    assert (
        union.as_("manager").post("/v1/manage/reports/99999/resolve", {"resolution": "not_so"}).status_code
        == 404
    )
    assert union.sql("SELECT resolved_at FROM station_report WHERE id = %s", int(reported["mine"])) == [
        (None,)
    ]


def test_the_second_wall_stands_alone(
    union: Union, reported: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "require", lambda caller, act, path: caller)
    monkeypatch.setattr(reports, "may", lambda caller, act, path: True)
    path = f"/v1/manage/reports/{reported['mine']}/resolve"
    for who in ("other_manager", "auditor"):
        response = union.as_(who).post(path, {"resolution": "corrected", "also_alike": True})
        assert response.status_code == 403, response.text
    assert union.sql("SELECT resolved_at FROM station_report WHERE id = %s", int(reported["mine"])) == [
        (None,)
    ]


def test_settling_one_settles_all_that_say_the_same(union: Union, reported: dict[str, str]) -> None:
    path = f"/v1/manage/reports/{reported['mine']}/resolve"
    answer = told(
        union.as_("manager").post(path, {"resolution": "corrected", "note": "已修好", "also_alike": True}),
        200,
    )
    assert answer["resolved"] == [reported["mine"], reported["alike"]]
    assert union.as_("manager").post(path, {"resolution": "not_so"}).status_code == 409
    found = listed(union, "manager", resolved="yes", station=union.stations["东四暖心驿站"])
    assert {reported["mine"], reported["alike"]} <= set(found)
    one = found[reported["mine"]]
    assert (one["resolution"], one["resolution_note"], one["resolved_by"]) == ("corrected", "已修好", "王芳")
    assert reported["other_amenity"] in listed(union, "manager")
    ((account, organisation),) = union.sql(
        """SELECT account_id, organisation_id FROM event WHERE action = 'resolve_report'
           ORDER BY id DESC LIMIT 1"""
    )
    assert (account, organisation) == (union.accounts["manager"], union.organisations["dc-dongsi"])
