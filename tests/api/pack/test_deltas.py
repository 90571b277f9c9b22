"""What a delta carries: after any change, the old pack and the delta are the new pack."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg.types.range import TimestamptzRange

from geoapi.queries.pack import keeper, snapshot
from geoapi.queries.pack.columns import read_columns, write_columns
from tests.api.pack.conftest import Packed, applied, as_applied, stations_of, version_of
from tests.queries.conftest import HORIZON_DAYS

DONGSI, CHAONEI, XIDAN = "东四暖心驿站", "朝内暖心驿站", "西单心灵驿站"
NOW = datetime.now(UTC).replace(minute=0, second=0, microsecond=0)
STRETCH = TimestamptzRange(NOW - timedelta(hours=1), NOW + timedelta(hours=30))

# what is done, to 东四 where it is a station: statement, and which stations and parts change by it
CHANGES: dict[str, tuple[str, set[str], set[str]]] = {
    "edit": ("UPDATE station SET phone = '1' WHERE id = %(id)s", {DONGSI}, set()),
    "closure": (
        "INSERT INTO hours_exception (station_id, during, state) VALUES (%(id)s, %(during)s, 'closed')",
        {DONGSI}, {"schedules"},
    ),
    "outage": (
        "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%(id)s, 3, %(during)s)",
        {DONGSI}, set(),
    ),
    "outage over": ("DELETE FROM amenity_outage WHERE station_id = %(id)s", {DONGSI}, set()),
    "emergency hours": (
        """INSERT INTO hours_override (name_zh, name_en, during, kind_ids, daily_minutes)
           VALUES ('高温', 'heat', %(during)s, '{1}', '[0,1440)')""",
        {DONGSI, CHAONEI}, {"schedules"},
    ),
    "retire": ("UPDATE station SET retired_at = now() WHERE id = %(id)s", {DONGSI}, {"readings"}),
    "move": ("UPDATE station SET lon = 116.7, lat = 39.75 WHERE id = %(id)s", {DONGSI}, set()),
    "reassign": (
        """WITH o AS (INSERT INTO organisation (code, level, name_zh, source)
             VALUES ('dc', 'district', '东城区总工会', 'test') RETURNING id)
           UPDATE station SET organisation_id = (SELECT id FROM o) WHERE id = %(id)s""",
        {DONGSI}, {"organisations"},
    ),
    "other hours": (
        "UPDATE station SET hours_rules = NULL, hours_text = '电询' WHERE id = %(id)s",
        {DONGSI}, {"schedules"},
    ),
    "report": (
        """INSERT INTO station_report (station_id, kind, reporter)
           SELECT %(id)s, 'gone', n::text::bytea FROM generate_series(1, 3) AS n""",
        {DONGSI}, set(),
    ),
    "a word": ("UPDATE amenity SET name_zh = '开水' WHERE id = 2", set(), {"amenities"}),
    "a district's name": (
        "UPDATE district SET name_en = 'East' WHERE code = '110101'", set(), {"districts"},
    ),
    "nothing": ("SELECT 1", set(), set()),
}  # fmt: skip


@pytest.mark.parametrize("name", CHANGES)
def test_a_delta_carries_what_changed_and_no_more(packed: Packed, name: str) -> None:
    statement, stations, parts = CHANGES[name]
    before = packed.pack()
    with packed.changing() as conn:
        conn.execute(statement.encode(), {"id": packed.ids[DONGSI], "during": STRETCH})
    delta, after = packed.pack(since=before["version"]), packed.pack()
    assert applied(before, delta) == as_applied(after)
    assert version_of(after) == after["version"]
    assert delta["since_known"] is True
    changed = {packed.ids[one] for one in stations}
    assert set(stations_of(delta)) | set(delta["removed"]) == changed
    assert parts <= set(delta["parts"])
    assert "kinds" not in delta["parts"]
    assert (before["version"] == after["version"]) == (name == "nothing")
    if name == "retire":
        assert delta["removed"] == [packed.ids[DONGSI]]


def test_a_station_that_moves_away_leaves_a_districts_pack(start_packed: Callable[..., Packed]) -> None:
    packed = start_packed(margin_m=1000)
    before = packed.pack("110101")
    packed.sql("UPDATE station SET lon = 116.1, district_code = '110102' WHERE id = %s", packed.ids[DONGSI])
    delta = packed.pack("110101", since=before["version"])
    assert delta["removed"] == [packed.ids[DONGSI]]
    assert applied(before, delta) == as_applied(packed.pack("110101"))
    assert stations_of(packed.pack("110102", since=before["version"]))[packed.ids[DONGSI]]["lon"] == 116.1


def test_a_new_day_is_a_small_delta(packed: Packed) -> None:
    """As days pass the intervals are others and the stations the same, but for what was over."""
    with packed.changing() as conn:
        conn.execute(
            "INSERT INTO hours_exception (station_id, during, state) VALUES (%s, %s, 'closed')",
            [packed.ids[XIDAN], TimestamptzRange(NOW - timedelta(hours=26), NOW - timedelta(hours=25))],
        )
    before = packed.pack()
    with packed.changing(now=datetime.now(UTC) + timedelta(days=1)):
        pass
    delta = packed.pack(since=before["version"])
    assert applied(before, delta) == as_applied(packed.pack())
    assert before["about"]["starts_at"] < delta["about"]["starts_at"]
    assert set(stations_of(delta)) <= {packed.ids[XIDAN]}
    assert set(delta["parts"]) <= {"schedules", "calendars", "zones"}


def test_an_import_is_a_delta(packed: Packed) -> None:
    before = packed.pack()
    with packed.changing() as conn:
        conn.execute(
            """INSERT INTO station (kind_id, name_zh, lon, lat, source, search)
               SELECT 1, '新站' || n, 116.5 + n * 0.001, 39.9, 'test',
                 '新站' || n || '|xinzhan' || n || '|xz' || n
               FROM generate_series(1, 50) AS n"""
        )
    delta = packed.pack(since=before["version"])
    assert delta["stations"]["count"] == 50
    assert applied(before, delta) == as_applied(packed.pack())


def test_several_changes_are_one_delta_from_any_version_since(packed: Packed) -> None:
    packs = [packed.pack()]
    for phone in ("1", "2", "1"):
        packed.sql("UPDATE station SET phone = %s WHERE id = %s", phone, packed.ids[DONGSI])
        packs.append(packed.pack())
    packed.sql("UPDATE station SET retired_at = now() WHERE id = %s", packed.ids[CHAONEI])
    packed.sql("UPDATE station SET retired_at = NULL WHERE id = %s", packed.ids[CHAONEI])
    newest = packed.pack()
    for old in [*packs, newest]:
        assert applied(old, packed.pack(since=old["version"])) == as_applied(newest)


def test_a_version_that_nobody_knows_is_answered_with_the_whole(packed: Packed) -> None:
    whole = packed.pack()
    assert whole["since_known"] is None
    for unknown in ("never", "0" * 32):
        answer = packed.pack(since=unknown)
        assert (answer["kind"], answer["since"], answer["since_known"]) == ("whole", None, False)
        assert as_applied(answer) == as_applied(whole)
    # another district's version is none of this one's
    assert packed.pack("110101", since=whole["version"])["since_known"] is False


def test_versions_are_forgotten_after_the_window(packed: Packed) -> None:
    old = packed.pack()
    packed.sql("UPDATE station SET retired_at = now() WHERE id = %s", packed.ids[DONGSI])
    retired = packed.pack()
    with psycopg.connect(packed.database_url) as conn:
        conn.execute(
            "UPDATE pack_version SET made_at = now() - %s WHERE version = %s",
            [timedelta(days=HORIZON_DAYS, minutes=1), old["version"]],
        )
    packed.sql("UPDATE station SET phone = '3' WHERE id = %s", packed.ids[CHAONEI])
    newest = packed.pack()
    assert packed.pack(since=old["version"])["since_known"] is False
    assert applied(retired, packed.pack(since=retired["version"])) == as_applied(newest)
    with psycopg.connect(packed.database_url) as conn:
        assert conn.execute("SELECT count(*) FROM pack_station WHERE digest IS NULL").fetchone() == (0,)


def test_what_is_made_is_made_once_for_all_processes(
    packed: Packed, start_packed: Callable[..., Packed], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []
    read = snapshot.read_content

    def counted(conn: Any, code: str, *rest: Any) -> Any:
        made.append(code)
        return read(conn, code, *rest)

    monkeypatch.setattr(keeper, "read_content", counted)
    other = start_packed(packed)
    with ThreadPoolExecutor(12) as pool:
        asking = [pool.submit(one.pack) for one in (packed, other) * 6]
        versions = {one.result()["version"] for one in asking}
    assert len(versions) == 1
    assert made == ["110000"]
    # something was written, and the pack is as it was
    packed.sql("UPDATE demand_layer SET name_zh = name_zh")
    packed.pack()
    assert made == ["110000"]
    packed.sql("UPDATE station SET phone = '1' WHERE id = %s", packed.ids[DONGSI])
    assert {packed.pack()["version"], other.pack()["version"]}.isdisjoint(versions)
    assert made == ["110000"] * 2


def test_packs_are_made_one_after_another(packed: Packed, monkeypatch: pytest.MonkeyPatch) -> None:
    """A stranger who asks for every district at once takes one thread and one connection."""
    now, most = 0, 0
    lock = threading.Lock()
    read = snapshot.read_content

    def counted(conn: Any, code: str, *rest: Any) -> Any:
        nonlocal now, most
        with lock:
            now += 1
            most = max(now, most)
        try:
            return read(conn, code, *rest)
        finally:
            with lock:
                now -= 1

    monkeypatch.setattr(keeper, "read_content", counted)
    codes = [code for (code,) in packed.sql("SELECT code FROM district")]
    assert len(codes) >= 3
    with ThreadPoolExecutor(len(codes)) as pool:
        assert {one.status_code for one in pool.map(packed.get, codes)} == {200}
    assert most == 1


def test_too_many_that_wait_are_told_to_come_back(
    start_packed: Callable[..., Packed], monkeypatch: pytest.MonkeyPatch
) -> None:
    started, go_on = threading.Event(), threading.Event()
    read = snapshot.read_content

    def held(*asked: Any) -> Any:
        started.set()
        assert go_on.wait(30)
        return read(*asked)

    monkeypatch.setattr(keeper, "read_content", held)
    monkeypatch.setattr(keeper, "MOST_WAITING", 1)
    packed = start_packed()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(packed.get)
        assert started.wait(30)
        refused = packed.get("110101", lang="en")
        go_on.set()
        assert first.result().status_code == 200
    assert refused.status_code == 503
    assert int(refused.headers["retry-after"]) > 0
    assert "try again" in refused.text
    assert packed.get("110101").status_code == 200


def test_what_changed_is_worked_out_once_for_all_who_have_the_same(
    packed: Packed, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A thousand strangers with versions that nobody knows get one answer, also when it is not there yet."""
    made: list[str] = []
    true = keeper._answer_since

    def counted(current: Any, version: str, since: Any) -> bytes:
        made.append(version)
        asked.wait(5)
        return true(current, version, since)

    asked = threading.Event()
    packed.pack()
    monkeypatch.setattr(keeper, "_answer_since", counted)
    with ThreadPoolExecutor(8) as pool:
        asking = [pool.submit(packed.pack, since=f"{number:032}") for number in range(8)]
        while not made:
            asked.wait(0.01)
        # while it is made: the others come to it
        packed.get("110000", headers={"If-None-Match": "*"})
        asked.set()
        assert {one.result()["since_known"] for one in asking} == {False}
    assert made == [keeper.UNKNOWN]


def test_another_version_of_the_program_makes_its_own(
    packed: Packed, start_packed: Callable[..., Packed], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the one before it made of the same data may lack what this one says."""
    packed.pack()
    made: list[str] = []
    read = snapshot.read_content

    def counted(conn: Any, code: str, *rest: Any) -> Any:
        made.append(code)
        return read(conn, code, *rest)

    monkeypatch.setattr(keeper, "PROGRAM", "0.0.0")
    monkeypatch.setattr(keeper, "read_content", counted)
    start_packed(packed).pack()
    assert made == ["110000"]


def test_whoever_has_a_newer_one_than_a_process_gets_no_older_one(
    packed: Packed, start_packed: Callable[..., Packed]
) -> None:
    slow = start_packed(packed, fresh_s=3600)
    old = slow.pack()
    packed.sql("UPDATE station SET phone = '1' WHERE id = %s", packed.ids[DONGSI])
    newest = packed.pack()
    assert slow.pack()["version"] == old["version"]
    delta = slow.pack(since=newest["version"])
    assert (delta["version"], delta["stations"]["count"], delta["parts"]) == (newest["version"], 0, {})
    assert slow.pack()["version"] == newest["version"]


def test_writers_and_phones_at_once(packed: Packed, start_packed: Callable[..., Packed]) -> None:
    """Phones that ask two services for what is new while stations change end where the data end."""
    services = (packed, start_packed(packed))
    first = packed.pack()

    def write(number: int) -> None:
        with packed.changing() as conn:
            conn.execute(
                "UPDATE station SET phone = %s, retired_at = CASE WHEN %s THEN now() END WHERE id = %s",
                [str(number), number % 3 == 0, packed.ids[DONGSI if number % 2 else CHAONEI]],
            )

    def follow(number: int) -> dict[str, Any]:
        held = as_applied(first)
        for step in range(6):
            delta = services[(number + step) % 2].pack(since=held["version"])
            assert delta["since"] == held["version"]
            stations = {**held["stations"], **stations_of(delta)}
            for gone in delta["removed"]:
                stations.pop(gone, None)
            held = {
                "version": delta["version"], "about": delta["about"],
                "parts": {**held["parts"], **delta["parts"]}, "stations": dict(sorted(stations.items())),
            }  # fmt: skip
        return held

    with ThreadPoolExecutor(6) as pool:
        phones = [pool.submit(follow, number) for number in range(4)]
        writers = [pool.submit(write, number) for number in range(10)]
        for writer in writers:
            writer.result()
        held = [phone.result() for phone in phones]
    newest = as_applied(packed.pack())
    for one in held:
        delta = packed.pack(since=one["version"])
        stations = {**one["stations"], **stations_of(delta)}
        for gone in delta["removed"]:
            stations.pop(gone, None)
        assert dict(sorted(stations.items())) == newest["stations"]
        assert {**one["parts"], **delta["parts"]} == newest["parts"]


values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.integers(0, 2**53), values, values, st.sampled_from([None, "a", 1])), max_size=40,
             unique_by=lambda row: row[0])
)  # fmt: skip
def test_columns_hold_any_rows(rows: list[tuple[Any, ...]]) -> None:
    fields = ("id", "some", "others", "few")
    ordered = sorted((list(row) for row in rows), key=lambda row: row[0])
    assert repr(read_columns(fields, write_columns(fields, ordered))) == repr(ordered)
