"""Emergency hours: what the preview tells happens, a closure wins, they end, to each their districts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, cast
from zoneinfo import ZoneInfo

import httpx
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from geoapi.editing import overrides
from geoapi.editing.override_effect import effect_of, minus
from geoapi.editing.override_period import Daily, daily_of, period_of
from geoapi.errors import InvalidInput
from geoapi.schedule import refresh
from tests.api.managing.conftest import Union

BEIJING = ZoneInfo("Asia/Shanghai")
PATH = "/v1/manage/overrides"
# within the days that are worked out
FIRST = datetime.now(BEIJING).date() + timedelta(days=2)
LAST = FIRST + timedelta(days=2)
HEAT: dict[str, Any] = {
    "name_zh": "高温应急开放",
    "district_codes": ["110101"],
    "from": FIRST.isoformat(),
    "until": LAST.isoformat(),
    "daily": {"closes": "24:00"},
    "reason": "高温红色预警",
}
DONGCHENG = ("东四暖心驿站", "朝内暖心驿站", "灯市口职工之家", "王府井母婴室")


def at(day: date, minutes: int) -> datetime:
    return datetime.combine(day, time(), BEIJING) + timedelta(minutes=minutes)


def made(response: httpx.Response, status: int = 201) -> dict[str, Any]:
    assert response.status_code == status, response.text
    answer: dict[str, Any] = response.json()
    return answer


def test_the_preview_is_of_one_moment(union: Union) -> None:
    """Managers go on while it is worked out, and schedules that nobody has any longer are deleted."""

    class Crossed:
        """A connection between whose statements others delete schedules."""

        def __init__(self, conn: psycopg.Connection) -> None:
            self.cursor = conn.cursor
            self._conn = conn

        def execute(self, *asked: Any) -> Any:
            self._conn.execute("DELETE FROM schedule")
            return self._conn.execute(*asked)

    daily = daily_of(None, "24:00")
    period = period_of(FIRST, LAST, daily, zone=BEIJING, now=datetime.now(UTC))
    with psycopg.connect(union.database_url) as conn:
        effect = effect_of(cast(psycopg.Connection, Crossed(conn)), ["110101"], None, period)
        conn.rollback()
    assert effect["stations"] == len(DONGCHENG)


def states(union: Union, station: str, start: datetime, end: datetime) -> list[str]:
    """The state of every quarter of an hour, by the service's own answer."""
    answer = union.as_(None).get(
        f"/v1/stations/{union.stations[station]}/hours", **{"from": start.isoformat(), "to": end.isoformat()}
    )
    assert answer.status_code == 200, answer.text
    intervals = [
        (datetime.fromisoformat(one["starts_at"]), datetime.fromisoformat(one["ends_at"]), one["state"])
        for one in answer.json()["intervals"]
    ]
    quarters = int((end - start) / timedelta(minutes=15))
    moments = [start + timedelta(minutes=15 * n) for n in range(quarters)]
    return [next((s for a, b, s in intervals if a <= moment < b), "closed") for moment in moments]


def nearest(union: Union, moment: datetime) -> set[str]:
    """The names of what is open then, by `nearest`."""
    answer = union.as_(None).get(
        "/v1/stations/nearest", lon=116.41, lat=39.91, at=moment.isoformat(), open="at", limit=50
    )
    assert answer.status_code == 200, answer.text
    return {one["name"] for one in answer.json()["stations"]}


@pytest.fixture(autouse=True)
def no_overrides(union: Union) -> Iterator[None]:
    yield
    union.sql("DELETE FROM hours_override")
    union.sql("DELETE FROM hours_exception")
    refreshed(union)


def closed(union: Union, station: str, start: datetime, end: datetime) -> None:
    union.sql(
        "INSERT INTO hours_exception (station_id, during, state) VALUES (%s, tstzrange(%s, %s), 'closed')",
        union.stations[station], start, end,
    )  # fmt: skip
    # as a closure of its manager's is: its opening times are worked out with it
    refreshed(union)


def refreshed(union: Union) -> None:
    with psycopg.connect(union.database_url) as conn:
        refresh(conn, horizon_days=14)


def test_a_preview_is_what_then_happens(union: Union) -> None:
    """Counted by brute force, a quarter of an hour at a time, before and after."""
    closed(union, "朝内暖心驿站", at(FIRST, 20 * 60), at(FIRST, 22 * 60))
    admin = union.as_("district_admin")
    start, end = at(FIRST, 0), at(LAST + timedelta(days=1), 0)
    before = {name: states(union, name, start, end) for name in DONGCHENG}
    foretold = made(admin.post(f"{PATH}/preview", HEAT), 200)
    assert {name: states(union, name, start, end) for name in DONGCHENG} == before
    done = made(admin.post(PATH, HEAT))
    assert {key: value for key, value in done.items() if key != "id"} == foretold
    after = {name: states(union, name, start, end) for name in DONGCHENG}

    def quarters(name: str, was: str) -> int:
        return sum(b == was and a == "open" for b, a in zip(before[name], after[name], strict=True))

    effect = done["effect"]
    assert effect["extra_station_hours"] == sum(quarters(name, "closed") for name in DONGCHENG) / 4
    assert effect["unknown_station_hours"] == sum(quarters(name, "unknown") for name in DONGCHENG) / 4
    assert effect["hours_each"] == 3 * 12
    assert (effect["stations"], effect["open_longer"]) == (4, 2)
    assert (effect["unknown_become_open"], effect["open_already"], effect["stay_closed"]) == (1, 1, 0)
    assert (effect["closed_in_part"], effect["open_earlier"]) == (1, 1)
    assert done["starts_at"] == at(FIRST, 12 * 60).isoformat()
    assert done["ends_at"] == end.isoformat()
    assert done["daily"] == {"opens": "12:00", "closes": "24:00", "opens_assumed": True}
    by_kind = {one["kind"]: one["stations"] for one in effect["by_district_and_kind"]}
    assert by_kind == {"care_station": 2, "worker_home": 1, "nursing_room": 1}
    # a closure wins; what was open stays so
    evening = (20 * 60 + 15) // 15
    assert after["朝内暖心驿站"][evening] == "closed"
    for name in DONGCHENG:
        assert all(a == "open" for b, a in zip(before[name], after[name], strict=True) if b == "open")


def test_nearest_knows_before_it_is_answered_and_after_it_ends(union: Union) -> None:
    admin, evening = union.as_("district_admin"), at(FIRST, 21 * 60)
    assert nearest(union, evening) == {"东四暖心驿站"}
    late = {"opens": "18:00", "closes": "23:00"}
    done = made(admin.post(PATH, {**HEAT, "kinds": ["care_station"], "daily": late}))
    assert nearest(union, evening) == {"东四暖心驿站", "朝内暖心驿站"}
    # it ends by itself
    assert nearest(union, at(LAST, 22 * 60 + 59)) >= {"朝内暖心驿站"}
    assert "朝内暖心驿站" not in nearest(union, at(LAST, 23 * 60))
    assert "朝内暖心驿站" not in nearest(union, at(LAST + timedelta(days=1), 21 * 60))
    ended = made(admin.post(f"{PATH}/{done['id']}/end"), 200)
    assert ended["state"] == "called_off"
    assert nearest(union, evening) == {"东四暖心驿站"}
    assert admin.post(f"{PATH}/{done['id']}/end").status_code == 409
    (item,) = admin.get(PATH).json()["items"]
    assert (item["state"], item["ended_by"], item["may_end"]) == ("called_off", "赵静", True)


def test_one_that_is_on_ends_at_once(union: Union) -> None:
    admin = union.as_("district_admin")
    allday = {**HEAT, "kinds": ["worker_home"], "daily": {"opens": "00:00", "closes": "24:00"}}
    del allday["from"]
    done = made(admin.post(PATH, allday))
    # made long enough ago to have begun
    union.sql(
        "UPDATE hours_override SET during = tstzrange(lower(during) - interval '1 minute', upper(during))"
    )
    noon = at(FIRST, 12 * 60)
    assert "灯市口职工之家" in nearest(union, noon)
    (item,) = union.as_("manager").get(PATH, state="active").json()["items"]
    assert (item["id"], item["may_end"]) == (done["id"], False)
    assert made(admin.post(f"{PATH}/{done['id']}/end", {"reason": "预警解除"}), 200)["state"] == "over"
    assert "灯市口职工之家" not in nearest(union, noon)
    assert admin.get(PATH, state="active").json()["items"] == []
    (item,) = admin.get(PATH, state="over").json()["items"]
    assert datetime.fromisoformat(item["ends_at"]) <= datetime.now(UTC)


@pytest.mark.parametrize(
    ("who", "status"),
    [(None, 401), ("disabled", 401), ("expired", 401), ("manager", 403), ("auditor", 403),
     ("other_district_admin", 403), ("neighbour", 403)],
)  # fmt: skip
def test_others_may_not(union: Union, who: str | None, status: int) -> None:
    mine = made(union.as_("district_admin").post(PATH, HEAT))["id"]
    kept = union.sql("SELECT * FROM hours_override")
    for path, body in ((PATH, HEAT), (f"{PATH}/preview", HEAT), (f"{PATH}/{mine}/end", None)):
        assert union.as_(who).post(path, body).status_code == status
    assert union.sql("SELECT * FROM hours_override") == kept


def test_every_district_named_has_to_be_ones_own(union: Union) -> None:
    both = {**HEAT, "district_codes": ["110101", "110102"]}
    for codes in (["110101", "110102"], ["110000"]):
        assert union.as_("district_admin").post(PATH, {**HEAT, "district_codes": codes}).status_code == 403
    made(union.as_("city_admin").post(PATH, both))
    # each district's people see it; only whoever administers both may end it
    for who, may_end in (("district_admin", False), ("other_manager", False), ("city_admin", True)):
        (item,) = union.as_(who).get(PATH).json()["items"]
        assert item["may_end"] is may_end
        path = f"{PATH}/{item['id']}/end"
        if not may_end:
            assert union.as_(who).post(path).status_code == 403
    events = union.sql("SELECT organisation_id FROM event WHERE subject = %s", f"override {item['id']}")
    assert {one for (one,) in events} == {union.organisations["dc"], union.organisations["xc"]}


def test_the_city_s_concern_every_district_and_a_district_s_no_other(union: Union) -> None:
    made(union.as_("city_admin").post(PATH, {**HEAT, "district_codes": ["110000"]}))
    made(union.as_("other_district_admin").post(PATH, {**HEAT, "district_codes": ["110102"]}))
    seen = {who: [one["district_codes"] for one in union.as_(who).get(PATH).json()["items"]]
            for who in ("manager", "other_manager", "city_admin")}  # fmt: skip
    assert seen == {
        "manager": [["110000"]],
        "other_manager": [["110102"], ["110000"]],
        "city_admin": [["110102"], ["110000"]],
    }


def test_the_second_wall_stands_alone(union: Union, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = made(union.as_("district_admin").post(PATH, HEAT))["id"]
    kept = union.sql("SELECT * FROM hours_override")
    monkeypatch.setattr(overrides, "require", lambda caller, act, path: caller)
    other = union.as_("other_district_admin")
    assert other.post(PATH, HEAT).status_code == 403
    assert other.post(f"{PATH}/{mine}/end").status_code == 403
    assert union.sql("SELECT * FROM hours_override") == kept


def test_the_same_key_makes_one(union: Union) -> None:
    admin = union.as_("district_admin")
    answers = [admin.post(PATH, HEAT, idempotency_key="heat-1") for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201]
    assert answers[0].content == answers[1].content
    assert union.sql("SELECT count(*) FROM hours_override") == [(1,)]


TOMORROW = (datetime.now(BEIJING) + timedelta(days=1)).date()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"district_codes": []}, "district_codes"),
        ({"district_codes": ["110199"]}, "district_codes"),
        ({"kinds": ["care"]}, "kinds"),
        ({"name_zh": "  "}, "name_zh"),
        ({"reason": ""}, "reason"),
        ({"reason": "a\u202eb"}, "reason"),
        ({"until": "2020-01-01"}, "until"),
        ({"until": "2026-02-30"}, "until"),
        ({"until": 5}, "until"),
        ({"until": "2027-01-01T00:00:00"}, "until"),
        ({"until": (FIRST + timedelta(days=61)).isoformat()}, "until"),
        ({"from": at(LAST, 60).isoformat(), "until": at(LAST, 120).isoformat()}, "until"),
        ({"from": LAST.isoformat(), "until": FIRST.isoformat()}, "until"),
        ({"daily": {"closes": "24:01", "opens": "00:00"}}, "closes"),
        ({"daily": {"closes": "24点"}}, "closes"),
        ({"daily": {"closes": "48:01"}}, "closes"),
        ({"daily": {"closes": "26:00", "opens": "24:00"}}, "opens"),
        ({"daily": {}}, "closes"),
        ({"created_by": 1}, "created_by"),
    ],
)
def test_what_makes_no_emergency_hours_is_refused(union: Union, change: dict[str, Any], field: str) -> None:
    for path in (PATH, f"{PATH}/preview"):
        response = union.as_("city_admin").post(path, {**HEAT, **change})
        assert response.status_code == 422, response.text
        assert [one["field"].rpartition(".")[2].split("[")[0] for one in response.json()["errors"]] == [field]
    assert union.sql("SELECT count(*) FROM hours_override") == [(0,)]


# The period, and sums of stretches: pure -------------------------------------------------------

NOW = datetime(2026, 7, 1, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("opens", "closes", "daily"),
    [
        (None, "24:00", (720, 1440)),
        (None, "02:00", (720, 1560)),
        ("18:00", "30:00", (1080, 1800)),
        ("22:00", "6:00", (1320, 1800)),
        ("00:00", "24:00", (0, 1440)),
        ("08:00", "08:00", (480, 1920)),
    ],
)
def test_daily_hours_as_people_write_them(opens: str | None, closes: str, daily: tuple[int, int]) -> None:
    assert daily_of(opens, closes) == Daily(*daily)


minutes = st.integers(0, 1439)


@given(minutes, st.integers(1, 1440), st.integers(1, 20), st.integers(0, 30))
def test_dates_mean_those_days_hours_and_no_others(opens: int, length: int, first: int, days: int) -> None:
    begin = date(2026, 7, 1) + timedelta(days=first)
    last, daily = begin + timedelta(days=days), Daily(opens, opens + length)
    period = period_of(begin, last, daily, zone=BEIJING, now=NOW)
    assert period.starts_at == at(begin, opens)
    assert period.ends_at == at(last, opens + length)


def test_what_has_begun_begins_now() -> None:
    period = period_of(date(2026, 7, 1), date(2026, 7, 1), Daily(480, 1440), zone=BEIJING, now=NOW)
    assert period.starts_at == NOW
    with pytest.raises(InvalidInput):
        period_of(None, NOW, Daily(480, 1440), zone=BEIJING, now=NOW)


edges = st.lists(st.integers(0, 60), max_size=8, unique=True).map(sorted)


def _stretches(some: list[int]) -> list[tuple[datetime, datetime]]:
    return [(NOW + timedelta(minutes=a), NOW + timedelta(minutes=b)) for a, b in list(pairwise(some))[::2]]


@given(edges, edges)
def test_minus_leaves_what_is_in_the_first_alone(some: list[int], others: list[int]) -> None:
    a, b = _stretches(some), _stretches(others)

    def held(stretches: list[tuple[datetime, datetime]], n: int) -> bool:
        return any(start <= NOW + timedelta(minutes=n) < end for start, end in stretches)

    left = minus(a, b)
    assert all(held(left, n) == (held(a, n) and not held(b, n)) for n in range(61))
    assert all(start < end for start, end in left)
