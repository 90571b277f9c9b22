"""Closing for a time: what workers see of it at once, and its early end."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from geoapi.coverage.runners import inline
from geoapi.settings import CoverageSettings, DatabaseSettings, Settings
from tests.api.conftest import running
from tests.api.managing.conftest import Client, Union

SHANGHAI = ZoneInfo("Asia/Shanghai")
DONGSI, CHAONEI, NIGHT = "东四暖心驿站", "朝内暖心驿站", "灯市口职工之家"
# beside Dongsi
HERE = {"lon": 116.410, "lat": 39.910, "radius_m": 400}


@pytest.fixture(scope="module")
def elsewhere(union: Union) -> Iterator[httpx.Client]:
    """A second process' service on the same database, as it were: it shares nothing with the first."""
    settings = Settings(database=DatabaseSettings(pool_size=2), coverage=CoverageSettings(cell_size_m=5000))
    with (
        running(union.database_url, settings, keep_schedule=False, runner=inline) as url,
        httpx.Client(base_url=url, timeout=30) as client,
    ):
        yield client


@pytest.fixture(autouse=True)
def _leave_nothing(union: Union) -> Iterator[None]:
    yield
    union.sql("DELETE FROM hours_exception")
    union.sql("UPDATE station SET retired_at = NULL WHERE id = %s", union.stations[DONGSI])


def manager(union: Union) -> Client:
    return union.as_("manager")


def path(union: Union, station: str = DONGSI, more: str = "/closures") -> str:
    return f"/v1/stations/{union.stations[station]}{more}"


def nearest(client: httpx.Client, **asked: Any) -> dict[str, dict[str, Any]]:
    """The stations of an answer by name, unknown ones left out."""
    answer = client.get("/v1/stations/nearest", params={**HERE, **asked})
    assert answer.status_code == 200, answer.text
    return {one["name"]: one for one in answer.json()["stations"]}


def test_a_closure_is_seen_everywhere_before_it_answers(union: Union, elsewhere: httpx.Client) -> None:
    assert DONGSI in nearest(elsewhere)
    made = manager(union).post(
        path(union), {"until": "today", "reason": "设备检修", "reason_en": "maintenance"}
    )
    assert made.status_code == 201, made.text
    closure = made.json()
    assert closure["state"] == "closed"
    assert closure["note"] == "设备检修"
    assert closure["station_version"] == union.version(DONGSI)
    tomorrow = (datetime.now(SHANGHAI) + timedelta(days=1)).date()
    assert closure["ends_at"] == f"{tomorrow}T00:00:00+08:00"
    for client in (union.client, elsewhere):
        assert DONGSI not in nearest(client)
        shown = nearest(client, open="any")[DONGSI]
        assert (shown["open_state"], shown["open_reason"], shown["notice"]) == (
            "closed", "exception", "设备检修",
        )  # fmt: skip
        assert nearest(client, open="any", lang="en")["Dongsi care station"]["notice"] == "maintenance"
        now = client.get(path(union, more="")).json()["now"]
        assert (now["open_state"], now["open_reason"], now["notice"]) == ("closed", "exception", "设备检修")
        assert now["changes_at"] == closure["ends_at"]


def test_nobody_else_is_closed_and_nothing_is_said_of_them(union: Union) -> None:
    manager(union).post(path(union), {"until": "today", "reason": "停电"})
    others = [one for name, one in nearest(union.client, open="any").items() if name != DONGSI]
    assert others
    assert all(one["notice"] is None for one in others)


def test_what_opens_next_says_why_it_is_closed(union: Union) -> None:
    ends = datetime.now(SHANGHAI).replace(second=0, microsecond=0) + timedelta(hours=3)
    for station in (DONGSI, CHAONEI):
        manager(union).post(
            path(union, station), {"until": ends.isoformat(), "reason": "停电", "reason_en": None}
        )
    answer = union.client.get(
        "/v1/stations/nearest", params={**HERE, "kind": "care_station", "stay_minutes": 0}
    ).json()
    assert answer["stations"] == []
    assert answer["opens_next"]["name"] == DONGSI
    assert answer["opens_next"]["opens_at"] == ends.isoformat()
    assert answer["opens_next"]["notice"] == "停电"


def test_ended_early_it_is_open_again(union: Union, elsewhere: httpx.Client) -> None:
    id_ = manager(union).post(path(union), {"until": "2099-01-01", "reason": "装修"})
    assert id_.status_code == 422  # far too long
    begun = datetime.now(UTC) - timedelta(hours=2)
    union.sql(
        """INSERT INTO hours_exception (station_id, during, state, note_zh)
           VALUES (%s, tstzrange(%s, %s), 'closed', '装修')""",
        union.stations[DONGSI], begun, begun + timedelta(days=3),
    )  # fmt: skip
    (closure,) = union.sql("SELECT id FROM hours_exception")[0]
    version = union.version(DONGSI)
    ended = manager(union).post(path(union, more=f"/closures/{closure}/end"))
    assert ended.status_code == 200, ended.text
    assert not ended.json()["removed"]
    assert ended.json()["station_version"] == union.version(DONGSI) == version + 1
    assert DONGSI in nearest(elsewhere)
    assert union.sql("SELECT upper(during) <= now() FROM hours_exception") == [(True,)]
    again = manager(union).post(path(union, more=f"/closures/{closure}/end"))
    assert again.status_code == 409


def test_one_that_has_not_begun_is_taken_back(union: Union) -> None:
    starts = datetime.now(SHANGHAI) + timedelta(days=2)
    asked = {
        "starts": starts.isoformat(),
        "until": (starts + timedelta(hours=4)).isoformat(),
        "reason": "消杀",
    }
    closure = manager(union).post(path(union), asked).json()["id"]
    assert DONGSI in nearest(union.client)
    assert DONGSI not in nearest(union.client, at=(starts + timedelta(hours=1)).isoformat())
    ended = manager(union).post(path(union, more=f"/closures/{closure}/end"))
    assert (ended.status_code, ended.json()["removed"]) == (200, True)
    assert union.sql("SELECT count(*) FROM hours_exception") == [(0,)]
    assert DONGSI in nearest(union.client, at=(starts + timedelta(hours=1)).isoformat())
    assert manager(union).post(path(union, more=f"/closures/{closure}/end")).status_code == 404


def test_history_tells_it(union: Union) -> None:
    closure = manager(union).post(path(union), {"until": "today", "reason": "停水"}).json()["id"]
    manager(union).post(path(union, more=f"/closures/{closure}/end"))
    rows = union.sql(
        """SELECT action, reason, actor, before, after FROM revision
           WHERE station_id = %s ORDER BY version DESC LIMIT 2""",
        union.stations[DONGSI],
    )
    (end, _, who, before, after), (close, why, _, nothing, made) = rows
    key = f"exception:{closure}"
    assert (close, end, why, who) == ("close", "end_closure", "停水", "王芳")
    assert nothing == {key: None}
    assert made[key]["note_zh"] == before[key]["note_zh"] == "停水"
    # in the minute that it began: as if it had never been
    assert after == {key: None}


def test_today_at_a_station_open_past_midnight_ends_with_its_night(union: Union) -> None:
    """Open 22:00-06:00: closed today means tonight, too, until 06:00."""
    made = union.as_("district_admin").post(path(union, NIGHT), {"until": "today", "reason": "停电"})
    assert made.status_code == 201, made.text
    tomorrow = (datetime.now(SHANGHAI) + timedelta(days=1)).date()
    assert made.json()["ends_at"] == f"{tomorrow}T06:00:00+08:00"
    day = tomorrow + timedelta(days=3)
    made = union.as_("district_admin").post(path(union, NIGHT), {"until": day.isoformat(), "reason": "停电"})
    assert made.json()["ends_at"] == f"{day + timedelta(days=1)}T06:00:00+08:00"


def test_of_two_that_overlap_the_later_decides(union: Union) -> None:
    def close(hours: int, reason: str) -> Any:
        ends = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(hours=hours)
        return manager(union).post(path(union), {"until": ends.isoformat(), "reason": reason}).json()

    def notice() -> Any:
        return union.client.get(path(union, more="")).json()["now"]["notice"]

    close(48, "装修")
    short = close(2, "消杀")
    assert notice() == "消杀"
    later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    assert nearest(union.client, open="any", at=later)[DONGSI]["notice"] == "装修"
    manager(union).post(path(union, more=f"/closures/{short['id']}/end"))
    assert notice() == "装修"


def test_the_same_again_is_refused_and_names_the_one_there_is(union: Union) -> None:
    asked = {"until": "today", "reason": "停水"}
    first = manager(union).post(path(union), asked)
    again = manager(union).post(path(union), asked)
    assert again.status_code == 409
    assert again.json()["existing"]["id"] == first.json()["id"]
    assert manager(union).post(path(union), {**asked, "reason": "停电"}).status_code == 201
    assert union.sql("SELECT count(*) FROM hours_exception") == [(2,)]


def test_a_repeat_with_its_key_is_answered_alike(union: Union) -> None:
    asked = {"until": "today", "reason": "停水"}
    one, other = (manager(union).post(path(union), asked, idempotency_key="close-once") for _ in range(2))
    assert one.status_code == other.status_code == 201
    assert one.json() == other.json()
    assert other.headers["idempotency-replayed"] == "true"
    assert union.sql("SELECT count(*) FROM hours_exception") == [(1,)]


def moment(**ago: float) -> str:
    return (datetime.now(SHANGHAI) + timedelta(**ago)).isoformat()


@pytest.mark.parametrize(
    ("asked", "field"),
    [
        pytest.param({"until": "today"}, "reason", id="no reason"),
        pytest.param({"until": "today", "reason": " "}, "reason", id="blank reason"),
        pytest.param({"until": "today", "reason": "长" * 201}, "reason", id="long reason"),
        pytest.param({"reason": "停电"}, "until", id="no end"),
        pytest.param({"until": "tomorrow", "reason": "停电"}, "until", id="a word it does not know"),
        pytest.param({"until": "2026-02-30", "reason": "停电"}, "until", id="no such day"),
        pytest.param({"until": 1, "reason": "停电"}, "until", id="a number"),
        pytest.param({"until": None, "reason": "停电"}, "until", id="null"),
        pytest.param({"until": "2026-12-01T10:00:00", "reason": "停电"}, "until", id="no offset"),
        pytest.param({"until": moment(hours=-1), "reason": "停电"}, "until", id="over"),
        pytest.param({"until": "2001-01-01", "reason": "停电"}, "until", id="a day gone by"),
        pytest.param({"until": moment(days=401), "reason": "停电"}, "until", id="too long"),
        pytest.param({"until": "9999-12-31", "reason": "停电"}, "until", id="the end of time"),
        pytest.param(
            {"starts": moment(minutes=-5), "until": moment(hours=1), "reason": "停电"}, "starts", id="began"
        ),
        pytest.param(
            {"starts": moment(days=401), "until": moment(days=402), "reason": "停电"},
            "starts",
            id="far ahead",
        ),
        pytest.param({"starts": "today", "until": "today", "reason": "停电"}, "starts", id="starts today"),
        pytest.param({"until": "today", "reason": "停电", "state": "open"}, "state", id="unknown field"),
        pytest.param({"until": "today", "reason": "停\u202e电"}, "reason", id="turned letters"),
    ],
)
def test_what_cannot_be_is_refused(union: Union, asked: dict[str, Any], field: str) -> None:
    version = union.version(DONGSI)
    answer = manager(union).post(path(union), asked)
    assert answer.status_code == 422, answer.text
    assert answer.json()["errors"][0]["field"] == field
    assert union.version(DONGSI) == version
    assert union.sql("SELECT count(*) FROM hours_exception") == [(0,)]


@pytest.mark.parametrize(
    ("who", "station", "status"),
    [
        (None, DONGSI, 401),
        ("disabled", DONGSI, 401),
        ("expired", DONGSI, 401),
        ("other_manager", DONGSI, 403),
        ("neighbour", DONGSI, 403),
        ("auditor", DONGSI, 403),
        ("other_district_admin", DONGSI, 403),
        ("district_admin", DONGSI, 201),
        ("city_admin", DONGSI, 201),
        # a station of its district's own is no street manager's
        ("manager", NIGHT, 403),
    ],
)
def test_whose_it_is_to_close(union: Union, who: str | None, station: str, status: int) -> None:
    answer = union.as_(who).post(path(union, station), {"until": "today", "reason": "停电"})
    assert answer.status_code == status, answer.text
    assert union.sql("SELECT count(*) FROM hours_exception") == [(int(status == 201),)]


def test_another_stations_closure_is_none_of_this_ones(union: Union) -> None:
    closure = manager(union).post(path(union), {"until": "today", "reason": "停电"}).json()["id"]
    assert manager(union).post(path(union, CHAONEI, f"/closures/{closure}/end")).status_code == 404
    assert manager(union).post(path(union, more=f"/openings/{closure}/end")).status_code == 404
    assert (
        manager(union).post("/v1/stations/999999/closures", {"until": "today", "reason": "停电"}).status_code
        == 404
    )


def test_an_old_version_is_refused_where_one_is_named(union: Union) -> None:
    asked = {"until": "today", "reason": "停电"}
    version = union.version(DONGSI)
    stale = manager(union).post(path(union), asked, If_Match=f'"{version - 1}"')
    assert stale.status_code == 412
    assert stale.json()["current"]["version"] == version
    assert manager(union).post(path(union), asked, If_Match=f'"{version}"').status_code == 201


def test_a_retired_station_is_not_closed(union: Union) -> None:
    union.sql("UPDATE station SET retired_at = now() WHERE id = %s", union.stations[DONGSI])
    answer = manager(union).post(path(union), {"until": "today", "reason": "停电"})
    assert answer.status_code == 409


def test_a_day_to_come_as_people_name_it(union: Union) -> None:
    """The whole of one day and the next, and at night the hours that begin on them."""
    first = datetime.now(SHANGHAI).date() + timedelta(days=3)
    last = first + timedelta(days=1)
    body = {"starts": first.isoformat(), "until": last.isoformat(), "reason": "消防检查"}
    made = manager(union).post(path(union), body)
    assert made.status_code == 201, made.text
    assert made.json()["starts_at"] == f"{first}T00:00:00+08:00"
    assert made.json()["ends_at"] == f"{last + timedelta(days=1)}T00:00:00+08:00"
    at_night = union.as_("district_admin").post(path(union, NIGHT), body)
    assert at_night.status_code == 201, at_night.text
    starts, ends = (datetime.fromisoformat(at_night.json()[edge]) for edge in ("starts_at", "ends_at"))
    assert (starts.date(), ends.date()) == (first, last + timedelta(days=1))
    # the night before goes on until it is over
    assert starts.time() == ends.time()
    today = {**body, "starts": datetime.now(SHANGHAI).date().isoformat()}
    before = datetime.now(UTC).replace(second=0, microsecond=0)
    begun = datetime.fromisoformat(manager(union).post(path(union), today).json()["starts_at"])
    assert before <= begun <= datetime.now(UTC)
    yesterday = (datetime.now(SHANGHAI).date() - timedelta(days=1)).isoformat()
    refused = manager(union).post(path(union), {**body, "starts": yesterday})
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "starts")
