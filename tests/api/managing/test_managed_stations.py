"""GET /v1/manage/stations: mine, and what needs attention."""

from __future__ import annotations

from typing import Any

import pytest

from geoapi.queries.managed import ATTENTION
from tests.api.managing.conftest import PEOPLE, Union

DONGSI, CHAONEI = "东四暖心驿站", "朝内暖心驿站"
DENGSHIKOU, WANGFUJING = "灯市口职工之家", "王府井母婴室"
XIDAN, RETIRED = "西单心灵驿站", "西四暖心驿站(停用)"


@pytest.fixture(scope="module", autouse=True)
def one_without_hours(union: Union) -> None:
    """The nursing room has no hours, and says so."""
    union.sql("UPDATE station SET hours_certainty = 'unknown' WHERE id = %s", union.stations[WANGFUJING])


def mine(union: Union, who: str = "manager", **parameters: Any) -> dict[str, Any]:
    answer = union.as_(who).get("/v1/manage/stations", **parameters)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def names(page: dict[str, Any]) -> list[str]:
    return [one["name"] for one in page["items"]]


def codes(union: Union, station: str, who: str = "city_admin") -> list[str]:
    page = mine(union, who, q=str(union.stations[station]), include_retired=True)
    (found,) = [one for one in page["items"] if one["name"] == station]
    one = union.as_(who).get(f"/v1/manage/stations/{union.stations[station]}").json()
    told = [attention["code"] for attention in found["attention"]]
    # the list and the station say the same
    assert one["attention"] == told
    return told


@pytest.mark.parametrize(
    ("who", "expected"),
    [
        ("manager", {DONGSI, CHAONEI}),
        ("neighbour", set()),
        ("other_manager", {XIDAN}),
        # those of no organisation of their own are their district's
        ("district_admin", {DONGSI, CHAONEI, DENGSHIKOU, WANGFUJING}),
        ("auditor", {DONGSI, CHAONEI, DENGSHIKOU, WANGFUJING}),
        ("other_district_admin", {XIDAN}),
        ("city_admin", {DONGSI, CHAONEI, DENGSHIKOU, WANGFUJING, XIDAN}),
    ],
)
def test_each_sees_their_own(union: Union, who: str, expected: set[str]) -> None:
    page = mine(union, who)
    assert set(names(page)) == expected
    assert page["total"] == len(expected)
    assert set(page["counts"]) == set(ATTENTION)
    for station, id_ in union.stations.items():
        seen = union.as_(who).get(f"/v1/manage/stations/{id_}").status_code
        retired_of_theirs = station == RETIRED and who in ("other_district_admin", "city_admin")
        assert seen == (200 if station in expected or retired_of_theirs else 403), (who, station)


def test_nobody_sees_nothing(union: Union) -> None:
    for who in (None, "disabled", "expired"):
        assert union.as_(who).get("/v1/manage/stations").status_code == 401
        assert union.as_(who).get("/v1/manage/stations/1").status_code == 401
    assert union.as_("manager").get("/v1/manage/stations/999999999").status_code == 404
    assert mine(union, "neighbour")["total"] == 0


def test_the_most_pressing_first_then_by_name(union: Union) -> None:
    page = mine(union, "city_admin")
    ranks = [
        min((list(ATTENTION).index(one["code"]) for one in item["attention"]), default=99)
        for item in page["items"]
    ]
    assert ranks == sorted(ranks)
    assert names(page)[0] == WANGFUJING
    first = page["items"][0]
    assert first["attention"][0] == {
        "code": "unknown_hours", "text": "开放时间未知", "since": None, "until": None,
    }  # fmt: skip
    # 朝内 before 灯市口 before 东四: by pinyin
    assert [name for name in names(page) if name in (DONGSI, CHAONEI, DENGSHIKOU)] == [
        CHAONEI,
        DENGSHIKOU,
        DONGSI,
    ]


def test_page_after_page_each_once(union: Union) -> None:
    whole = names(mine(union, "city_admin", include_retired=True))
    assert len(whole) == 6
    seen: list[str] = []
    cursor = None
    while True:
        page = mine(
            union, "city_admin", include_retired=True, limit=1, **({"cursor": cursor} if cursor else {})
        )
        seen += names(page)
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == whole
    first = mine(union, "city_admin", limit=1)["next_cursor"]
    for who, parameters in (("district_admin", {}), ("city_admin", {"q": "东四"})):
        answer = union.as_(who).get("/v1/manage/stations", cursor=first, **parameters)
        assert answer.status_code == 422


def test_filters(union: Union) -> None:
    def found(**parameters: Any) -> set[str]:
        return set(names(mine(union, "city_admin", **parameters)))

    assert found(q="东四") == {DONGSI}
    assert found(q="dongsi 暖心") == {DONGSI}
    assert found(q="wfj") == {WANGFUJING}
    assert found(q="100%") == found(q="||") == set()
    assert found(kind="nursing_room") == {WANGFUJING}
    assert found(attention="unknown_hours") == {WANGFUJING}
    assert found(attention="unknown_hours,closed_now") >= {WANGFUJING}
    assert found(attention=["closed_now", "unknown_hours"]) >= {WANGFUJING}
    assert found(organisation=union.organisations["xc"]) == {XIDAN}
    assert found(organisation=union.organisations["dc-dongsi"]) == {DONGSI, CHAONEI}
    assert found(organisation=10**9) == set()
    # of another's organisation there is nothing to see
    assert mine(union, "manager", organisation=union.organisations["xc"])["items"] == []
    assert RETIRED in found(include_retired=True)
    assert found(include_retired=True, attention="retired") == {RETIRED}
    wrong = union.as_("manager").get("/v1/manage/stations", attention="unknown_hour")
    assert wrong.status_code == 422
    assert wrong.json()["near"][0] == "unknown_hours"


def test_what_needs_attention(union: Union) -> None:
    station, sql = union.stations[CHAONEI], union.sql
    assert codes(union, CHAONEI) == ["never_verified"]
    sql("UPDATE station SET verified_at = now() - interval '181 days' WHERE id = %s", station)
    assert codes(union, CHAONEI) == ["not_verified_lately"]
    sql("UPDATE station SET verified_at = now() - interval '5 days' WHERE id = %s", station)
    assert codes(union, CHAONEI) == []
    sql("UPDATE station SET hours_certainty = 'partial' WHERE id = %s", station)
    assert codes(union, CHAONEI) == ["partly_read_hours"]
    sql("UPDATE station SET hours_certainty = 'full' WHERE id = %s", station)
    closed = """INSERT INTO hours_exception (station_id, during, state)
                VALUES (%s, tstzrange(now() - interval '1 hour', now() + %s::interval), 'closed')"""
    sql(closed, station, "9 days")
    assert codes(union, CHAONEI) == ["closed_now"]
    sql(closed, station, "1 day")
    assert codes(union, CHAONEI) == ["closure_ending", "closed_now"]
    sql("DELETE FROM hours_exception WHERE station_id = %s", station)
    # to be repaired by yesterday, and nobody has said anything since
    sql(
        """INSERT INTO amenity_outage (station_id, amenity_id, during)
           VALUES (%s, 1, tstzrange(now() - interval '3 days', now() - interval '1 day'))""",
        station,
    )
    assert codes(union, CHAONEI) == []  # it was put on record just now
    sql("UPDATE revision SET at = at - interval '2 days' WHERE station_id = %s", station)
    assert codes(union, CHAONEI) == ["outage_overdue"]
    assert union.as_("manager").post(f"/v1/stations/{station}/confirm").status_code == 200
    assert codes(union, CHAONEI) == []
    sql("INSERT INTO station_report (station_id, kind, reporter) VALUES (%s, 'closed', 'x')", station)
    assert codes(union, CHAONEI) == ["reports"]
    one = union.as_("manager").get(f"/v1/manage/stations/{station}").json()
    assert [(r["kind"], r["reports"], r["reporters"]) for r in one["open_reports"]] == [("closed", 1, 1)]
    sql("UPDATE station_report SET resolved_at = now(), resolution = 'not_so' WHERE station_id = %s", station)
    sql(
        """INSERT INTO move_request (station_id, lon, lat, distance_m, from_lon, from_lat, account_id)
           VALUES (%s, 116.5, 39.9, 9000, 116.411, 39.91, %s)""",
        station, union.accounts["manager"],
    )  # fmt: skip
    sql(
        """INSERT INTO planned_change (station_id, effective_on, changes, account_id)
           VALUES (%s, current_date + 9, '{"phone": "12345"}', %s)""",
        station, union.accounts["manager"],
    )  # fmt: skip
    assert codes(union, CHAONEI) == ["pending_move", "planned"]
    page = mine(union)
    assert (page["counts"]["pending_move"], page["counts"]["planned"], page["counts"]["reports"]) == (1, 1, 0)
    planned = page["items"][0]["attention"][1]
    assert planned["until"].endswith("T00:00:00+08:00")
    assert codes(union, RETIRED) == ["retired"]


def test_open_now(union: Union) -> None:
    states = {
        one["name"]: one["open_state"] for one in mine(union, "city_admin", include_retired=True)["items"]
    }
    assert states[DONGSI] == "open"
    assert states[WANGFUJING] == "unknown"
    assert states[RETIRED] == "closed"


def test_where_they_are_in_the_datum_asked_in(union: Union) -> None:
    (plain,) = [one for one in mine(union, "manager")["items"] if one["name"] == "东四暖心驿站"]
    assert plain["location"] == {"lon": 116.41, "lat": 39.91, "crs": "wgs84"}
    (shown,) = [one for one in mine(union, "manager", crs="gcj02")["items"] if one["name"] == "东四暖心驿站"]
    sheet = union.client.get(f"/v1/stations/{shown['id']}", params={"crs": "gcj02"}).json()
    assert shown["location"] == sheet["location"] != plain["location"]


@pytest.mark.parametrize("who", [one for one in PEOPLE if one not in ("disabled", "expired")])
def test_what_one_may_and_whose_it_is_say_together_what_is_allowed(union: Union, who: str) -> None:
    """The page offers a change where an organisation of `may` is on the station's `path`; and so it is."""
    may = union.as_(who).get("/v1/me").json()["may"]
    for station, id_ in union.stations.items():
        answer = union.as_(who).get(f"/v1/manage/stations/{id_}")
        if answer.status_code != 200:
            continue
        own = answer.json()["organisation"]
        path = own["path"] if own else []
        # refused for want of a version only where it is not refused before
        asked = union.as_(who).patch(f"/v1/stations/{id_}", {"phone": "010-6500 0001"})
        assert (asked.status_code == 428) == (not set(path).isdisjoint(may.get("edit_station", []))), station
        assert asked.status_code in (403, 428)
