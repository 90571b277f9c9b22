"""Changes that take effect on a day: planned, listed, cancelled, and applied once when it comes."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest

from geoapi.db.engine import as_service
from geoapi.editing.planned import Due, apply_due
from geoapi.editing.upkeep import forget
from tests.api.conftest import running
from tests.api.managing.conftest import Client, Union
from tests.queries.conftest import HORIZON_DAYS

SHANGHAI = ZoneInfo("Asia/Shanghai")
CHAONEI = "朝内暖心驿站"  # every day, 9:00 to 20:00
DAY = datetime.now(SHANGHAI).date() + timedelta(days=4)
NIGHT = {"hours": {"text": "每天 22:00-次日6:00"}}


@pytest.fixture
def own(start_own: Union) -> Iterator[Union]:
    """The service of this module, whose stations are put back as they were."""
    before = start_own.sql("SELECT id, hours_text, hours_rules::text, phone, description FROM station")
    yield start_own
    start_own.sql("DELETE FROM planned_change")
    for id_, text, rules, phone, description in before:
        start_own.sql(
            """UPDATE station SET hours_text = %s, hours_rules = %s::jsonb, phone = %s, description = %s,
                 retired_at = CASE WHEN name_zh LIKE '%%停用%%' THEN retired_at END WHERE id = %s""",
            text, rules, phone, description, id_,
        )  # fmt: skip
    start_own.sql("UPDATE account SET disabled_at = NULL WHERE login = 'manager'")


@pytest.fixture(scope="module")
def start_own(start_union: Any) -> Union:
    return start_union()  # type: ignore[no-any-return]


def manager(own: Union) -> Client:
    return own.as_("manager")


def path(own: Union, more: str = "") -> str:
    return f"/v1/stations/{own.stations[CHAONEI]}{more}"


def plan(own: Union, changes: dict[str, Any], day: date = DAY, who: str = "manager") -> httpx.Response:
    return own.as_(who).patch(
        path(own),
        {**changes, "effective_on": day.isoformat(), "reason": "冬令时"},
        version=own.version(CHAONEI),
    )


def planned(own: Union) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = manager(own).get(path(own, "/planned")).json()["items"]
    return items


def state(own: Union, at: datetime) -> str:
    now = own.client.get(path(own), params={"at": at.isoformat()}).json()["now"]
    return str(now["open_state"])


def day_comes(own: Union) -> None:
    """As if what is planned had been planned for a day that has come."""
    own.sql("UPDATE planned_change SET effective_on = effective_on - 4")


def apply(own: Union) -> Due:
    with psycopg.connect(as_service(own.database_url)) as conn:
        return apply_due(conn, horizon_days=HORIZON_DAYS)


def last_revision(own: Union) -> tuple[Any, ...]:
    return own.sql(
        "SELECT version, action, actor, reason, after FROM revision WHERE station_id = %s "
        "ORDER BY version DESC LIMIT 1",
        own.stations[CHAONEI],
    )[0]


def test_planned_hours_count_for_that_day_and_change_nothing_before(own: Union) -> None:
    version = own.version(CHAONEI)
    made = plan(own, NIGHT)
    assert made.status_code == 202, made.text
    assert own.version(CHAONEI) == version, "the station is what it was"
    (one,) = planned(own)
    assert (one["effective_on"], one["state"], one["planned_by"], one["reason"]) == (
        DAY.isoformat(), "waiting", "王芳", "冬令时",
    )  # fmt: skip
    assert one["changes"]["hours"]["week"] == [["22:00-06:00"]] * 7
    midnight = datetime.combine(DAY, datetime.min.time(), SHANGHAI)
    hours = {-12: "open", 1: "closed", 12: "closed", 23: "open", 29: "open", 31: "closed"}
    assert {h: state(own, midnight + timedelta(hours=h)) for h in hours} == hours
    for hour, expected in hours.items():
        asked = {
            "lon": 116.411, "lat": 39.910, "radius_m": 30, "open": "any",
            "at": (midnight + timedelta(hours=hour)).isoformat(),
        }  # fmt: skip
        (hit,) = own.client.get("/v1/stations/nearest", params=asked).json()["stations"]
        assert hit["open_state"] == expected, hour
    week = own.client.get(path(own), params={"at": midnight.isoformat()}).json()["hours"]["week"]
    assert week[0]["hours"] == ["22:00-06:00"]
    assert own.client.get(path(own)).json()["hours"]["week"][0]["hours"] == ["09:00-20:00"]


def test_cancelled_it_never_was(own: Union) -> None:
    plan(own, NIGHT)
    (one,) = planned(own)
    noon = datetime.combine(DAY, datetime.min.time(), SHANGHAI) + timedelta(hours=12)
    assert state(own, noon) == "closed"
    assert manager(own).delete(path(own, f"/planned/{one['id']}")).status_code == 204
    assert planned(own) == []
    assert state(own, noon) == "open"
    assert manager(own).delete(path(own, f"/planned/{one['id']}")).status_code == 409
    assert manager(own).delete(path(own, "/planned/999999")).status_code == 404
    assert apply(own) == Due(0, 0)


def test_for_one_day_and_field_the_later_plan_replaces_the_earlier(own: Union) -> None:
    plan(own, {**NIGHT, "phone": "010-11112222"})
    plan(own, {"phone": "010-33334444"})
    plan(own, {"description": "旧"}, DAY + timedelta(days=1))
    shown = [(one["effective_on"], one["changes"]) for one in planned(own)]
    assert [sorted(changes) for _, changes in shown] == [["hours"], ["phone"], ["description"]]
    assert shown[1][1]["phone"] == "010-33334444"
    plan(own, {"hours": {"text": "24小时"}})
    assert [sorted(one["changes"]) for one in planned(own)] == [["phone"], ["hours"], ["description"]]


def test_when_the_day_comes_it_takes_effect_as_its_author(own: Union) -> None:
    plan(own, {**NIGHT, "description": "夜班"})
    day_comes(own)
    apply(own)
    version, action, actor, reason, after = last_revision(own)
    assert (action, actor, reason) == ("planned", "王芳", "冬令时")
    assert after["description"] == "夜班"
    assert version == own.version(CHAONEI)
    assert own.sql("SELECT applied_version FROM planned_change") == [(version,)]
    assert own.client.get(path(own)).json()["hours"]["text"] == "每天 22:00-次日6:00"
    assert planned(own) == []
    assert apply(own) == Due(0, 0), "once"
    assert own.version(CHAONEI) == version


def test_several_processes_apply_it_once(own: Union) -> None:
    plan(own, NIGHT)
    version = own.version(CHAONEI)
    day_comes(own)
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: apply(own), range(4)))
    assert sum(one.lapsed for one in done) == 0
    assert sum(one.applied for one in done) <= 1  # the service itself may have been first
    assert own.version(CHAONEI) == version + 1


@pytest.mark.parametrize("how", ["disabled", "role gone", "retired"])
def test_what_its_author_may_no_longer_do_lapses(own: Union, how: str) -> None:
    plan(own, {**NIGHT, "description": "夜班"})
    manager_id = own.accounts["manager"]
    if how == "disabled":
        own.sql("UPDATE account SET disabled_at = now() WHERE id = %s", manager_id)
    elif how == "role gone":
        own.sql("UPDATE account_role SET role = 'auditor' WHERE account_id = %s", manager_id)
    else:
        own.sql("UPDATE station SET retired_at = now() WHERE id = %s", own.stations[CHAONEI])
    version = own.version(CHAONEI)
    day_comes(own)
    try:
        apply(own)
        assert own.version(CHAONEI) == version, "not in part either"
        assert own.sql("SELECT lapsed_at IS NOT NULL, applied_at FROM planned_change") == [(True, None)]
        # hours that lapsed do not count any longer
        assert own.sql("SELECT count(*) FROM schedule WHERE inputs ? 'planned'") == [(0,)]
        shown = own.as_("district_admin").get(path(own, "/planned")).json()["items"]
        assert [one["state"] for one in shown] == ["lapsed"]
        assert own.sql(
            "SELECT actor FROM event WHERE action = 'planned_lapsed' ORDER BY id DESC LIMIT 1"
        ) == [("service",)]
    finally:
        own.sql("UPDATE account_role SET role = 'manager' WHERE account_id = %s", manager_id)
    assert apply(own) == Due(0, 0), "it waits for somebody"
    assert own.as_("district_admin").delete(path(own, f"/planned/{shown[0]['id']}")).status_code == 204


def test_the_service_applies_what_is_due_when_it_starts(own: Union) -> None:
    plan(own, {"description": "到期"})
    day_comes(own)
    with running(own.database_url) as url, httpx.Client(base_url=url, timeout=30) as client:
        for _ in range(200):
            description = client.get(path(own)).json()["description"]
            if description == "到期":
                break
    assert description == "到期"


@pytest.mark.parametrize(
    ("changes", "day", "status"),
    [
        pytest.param({"description": "x"}, DAY - timedelta(days=4), 422, id="today"),
        pytest.param({"description": "x"}, DAY - timedelta(days=40), 422, id="gone by"),
        pytest.param({"description": "x"}, DAY + timedelta(days=400), 422, id="far ahead"),
        pytest.param({"location": {"lon": 116.4111, "lat": 39.91}}, DAY, 422, id="a position"),
        pytest.param({}, DAY, 422, id="nothing"),
    ],
)
def test_what_cannot_be_planned(own: Union, changes: dict[str, Any], day: date, status: int) -> None:
    assert plan(own, changes, day).status_code == status
    assert own.sql("SELECT count(*) FROM planned_change") == [(0,)]


@pytest.mark.parametrize(
    ("who", "read", "cancel"),
    [
        (None, 401, 401),
        ("disabled", 401, 401),
        ("other_manager", 403, 403),
        ("auditor", 200, 403),
        ("district_admin", 200, 204),
        ("other_district_admin", 403, 403),
    ],
)
def test_whose_they_are_to_read_and_cancel(own: Union, who: str | None, read: int, cancel: int) -> None:
    plan(own, {"description": "x"})
    (one,) = planned(own)
    assert own.as_(who).get(path(own, "/planned")).status_code == read
    assert own.as_(who).delete(path(own, f"/planned/{one['id']}")).status_code == cancel
    assert own.as_(who).get("/v1/stations/999999/planned").status_code == (401 if read == 401 else 404)


def test_what_is_over_is_forgotten(own: Union) -> None:
    own.sql(
        """INSERT INTO idempotent_request (key_sha256, request_sha256, created_at)
           VALUES ('old', 'x', now() - interval '25 hours'), ('new', 'x', now())"""
    )
    own.sql(
        """INSERT INTO rate_bucket (key, tokens, full_at, updated_at)
           VALUES ('full', 5, now() - interval '1 s', now()), ('part', 1, now() + interval '1 h', now())"""
    )
    own.sql(
        """INSERT INTO oidc_flow (state_sha256, browser_sha256, nonce, code_verifier, expires_at)
           VALUES (sha256('a'), sha256('b'), 'n', 'v', now() - interval '1 s'),
             (sha256('c'), sha256('d'), 'n', 'v', now() + interval '1 h')"""
    )
    with psycopg.connect(as_service(own.database_url)) as conn:
        forget(conn, timedelta(hours=24))
    assert own.sql("SELECT key_sha256 FROM idempotent_request WHERE request_sha256 = 'x'") == [(b"new",)]
    assert own.sql("SELECT key FROM rate_bucket WHERE key IN ('full', 'part')") == [(b"part",)]
    assert own.sql("SELECT count(*) FROM oidc_flow") == [(1,)]


def test_what_holds_now_can_be_planned_to_come_back(own: Union) -> None:
    """Winter hours, and from a day in spring on the hours of today again."""
    body = manager(own).get(f"/v1/manage/stations/{own.stations[CHAONEI]}").json()
    present = {"hours": {"text": body["hours"]["text"]}}
    later = DAY + timedelta(days=2)
    # nothing is to come: no change
    assert plan(own, present, later).status_code == 422
    assert plan(own, NIGHT).status_code == 202
    again = plan(own, present, later)
    assert again.status_code == 202, again.text
    noon = [datetime.combine(DAY + timedelta(days=n), datetime.min.time(), SHANGHAI) for n in range(-1, 3)]
    assert [state(own, day + timedelta(hours=12)) for day in noon] == ["open", "closed", "closed", "open"]
    # for the same day as well: the later replaces the earlier
    assert plan(own, present).status_code == 202
    assert [one["effective_on"] for one in planned(own)] == [DAY.isoformat(), later.isoformat()]
    assert state(own, noon[1] + timedelta(hours=12)) == "open"
    # before the first nothing changes
    assert plan(own, present, DAY - timedelta(days=1)).status_code == 422


def test_nearest_tells_the_hours_that_it_goes_by(own: Union) -> None:
    """As the station's own page of that day does."""

    def text(at: datetime, mode: str) -> str | None:
        asked = {"lon": 116.411, "lat": 39.910, "radius_m": 60, "open": mode, "at": at.isoformat()}
        body = own.client.get("/v1/stations/nearest", params=asked).json()
        hits = [*body["stations"], *body["unknown_hours"], body["opens_next"]]
        (told,) = {hit["hours_text"] for hit in hits if hit and hit["name"] == CHAONEI}
        page = own.client.get(path(own), params={"at": at.isoformat()}).json()
        assert told == page["hours_text"] == page["hours"]["text"]
        return None if told is None else str(told)

    night = str(NIGHT["hours"]["text"])
    assert plan(own, NIGHT).status_code == 202
    assert plan(own, {"hours": None}, DAY + timedelta(days=1)).status_code == 202
    begins = datetime.combine(DAY, datetime.min.time(), SHANGHAI)
    assert text(begins - timedelta(hours=2), "any") != night
    assert text(begins + timedelta(hours=12), "any") == night
    assert text(begins + timedelta(hours=23), "at") == night
    # closed at noon, and opens in the evening by these hours
    assert text(begins + timedelta(hours=12), "at") == night
    assert text(begins + timedelta(hours=36), "at") is None
