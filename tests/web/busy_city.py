"""A city in which everything happens that an answer can tell of: to hold offline answers to the service's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import psycopg
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg.types.range import Range, TimestamptzRange

from geoapi.editing.hours_text import HOURS_COLUMNS
from geoapi.editing.write import searched_by
from geoapi.hours import read_hours
from geoapi.schedule import refresh

HORIZON_DAYS = 14
PLANNED_HOURS = ("每天 7:00-10:00", "24小时", "周一至周五 18:00-次日2:00", None)
ZONES = ("Asia/Shanghai", "Asia/Urumqi", "America/New_York", "Asia/Kathmandu")


def make_busy(conn: psycopg.Connection, draw: Random, today: datetime) -> None:
    """Holidays, closures, outages, emergency hours, plans, reports and exact positions all over the city."""
    _holidays(conn, today)
    ids = [id_ for (id_,) in conn.execute("SELECT id FROM station WHERE retired_at IS NULL ORDER BY id")]
    account = _one(conn, "INSERT INTO account (login, name) VALUES ('planner', '规划') RETURNING id")
    # what was converted from another datum has all the digits of a double
    conn.execute("SELECT setseed(0.5)")
    conn.execute(
        """UPDATE station SET lon = lon + (random() - 0.5) * 1e-4, lat = lat + (random() - 0.5) * 1e-4
           WHERE id % 3 = 0"""
    )
    conn.execute("UPDATE host SET holiday_policy = 'closed' WHERE code IN ('bank', 'community_centre')")
    conn.execute("UPDATE host SET holiday_policy = 'as_usual' WHERE code = 'mall'")
    for id_ in draw.sample(ids, 40):
        conn.execute("UPDATE station SET time_zone = %s WHERE id = %s", [draw.choice(ZONES), id_])
    for id_ in draw.sample(ids, 1000):
        _except(conn, draw, id_, today)
    for id_ in draw.sample(ids, 800):
        _break(conn, draw, id_, today)
    for id_ in draw.sample(ids, 120):
        _plan(conn, draw, id_, today, account)
    for id_ in draw.sample(ids, 150):
        _report(conn, draw, id_)
    _write_traditional(conn, draw.sample(ids, 60))
    _overrides(conn, today)
    refresh(conn, horizon_days=HORIZON_DAYS)
    conn.commit()


def change_much(conn: psycopg.Connection, draw: Random, today: datetime) -> None:
    """Every kind of change that a delta has to carry, at some of the stations each."""
    ids = [id_ for (id_,) in conn.execute("SELECT id FROM station WHERE retired_at IS NULL ORDER BY id")]
    some = iter(draw.sample(ids, 200))

    def of(number: int) -> list[int]:
        return [next(some) for _ in range(number)]

    conn.execute("UPDATE station SET retired_at = now() WHERE id = ANY (%s)", [of(20)])
    conn.execute("UPDATE station SET phone = '010-0000-0000', name_en = NULL WHERE id = ANY (%s)", [of(20)])
    conn.execute("UPDATE station SET lon = lon + 0.003 WHERE id = ANY (%s)", [of(20)])
    conn.execute("UPDATE station SET amenity_ids = '{3,1}' WHERE id = ANY (%s)", [of(10)])
    conn.execute(
        "UPDATE station SET hours_text = NULL, hours_rules = NULL, hours_osm = NULL WHERE id = ANY (%s)",
        [of(20)],
    )
    conn.execute("DELETE FROM amenity_outage WHERE station_id = ANY (%s)", [ids[::3]])
    conn.execute("DELETE FROM hours_exception WHERE station_id = ANY (%s)", [ids[::3]])
    conn.execute(
        "UPDATE station_report SET resolved_at = now(), resolution = 'not_so' WHERE station_id % 2 = 0"
    )
    for id_ in of(30):
        _except(conn, draw, id_, today)
        _break(conn, draw, id_, today)
        _report(conn, draw, id_)
    conn.execute("DELETE FROM hours_override WHERE district_codes IS NULL OR '110105' = ANY (district_codes)")
    refresh(conn, horizon_days=HORIZON_DAYS)
    conn.commit()


def _write_traditional(conn: psycopg.Connection, ids: list[int]) -> None:
    """Names as they are written in Hong Kong and Taiwan, where a phrase may differ from its characters."""
    for number, id_ in enumerate(ids):
        name = ("東華門職工驛站", "乾隆花園驛站", "乾燥機驛站", "重慶南路驛站")[number % 4] + str(number)
        with conn.cursor(row_factory=dict_row) as cursor:
            row = cursor.execute("SELECT * FROM station WHERE id = %s", [id_]).fetchone()
        assert row is not None
        conn.execute(
            "UPDATE station SET name_zh = %s, search = %s WHERE id = %s",
            [name, searched_by(conn, {**row, "name_zh": name}), id_],
        )


def _holidays(conn: psycopg.Connection, today: datetime) -> None:
    """Three public holidays that begin within the days to come, and the Saturday after them worked."""
    for more in (4, 5, 6):
        _day(conn, today + timedelta(days=more), "holiday", "灯节", "Lantern days")
    saturday = today + timedelta(days=7 + (5 - (today + timedelta(days=7)).weekday()) % 7)
    _day(conn, saturday, "makeup", "灯节", "Lantern days")


def _day(conn: psycopg.Connection, day: datetime, type_: str, zh: str, en: str) -> None:
    conn.execute(
        """INSERT INTO calendar_day (jurisdiction, day, day_type, name_zh, name_en, source)
           VALUES ('CN', %s, %s, %s, %s, 'test')
           ON CONFLICT (jurisdiction, day) DO UPDATE SET day_type = excluded.day_type,
             name_zh = excluded.name_zh, name_en = excluded.name_en""",
        [day.date(), type_, zh, en],
    )


def _stretch(draw: Random, today: datetime) -> tuple[datetime, datetime]:
    """A stretch of the days around: mostly whole hours, now and then to the microsecond."""
    start = today + timedelta(hours=draw.randrange(-30, 14 * 24))
    if draw.random() < 0.3:
        start += timedelta(microseconds=draw.randrange(3_600_000_000))
    return start, start + timedelta(minutes=draw.choice([20, 60, 600, 1440, 4321]))


def _except(conn: psycopg.Connection, draw: Random, id_: int, today: datetime) -> None:
    for _ in range(draw.choice([1, 1, 2])):
        conn.execute(
            """INSERT INTO hours_exception (station_id, during, state, note_zh, note_en)
               VALUES (%s, %s, %s, %s, %s)""",
            [
                id_, TimestamptzRange(*_stretch(draw, today)), draw.choice(["closed", "closed", "open"]),
                draw.choice([None, "消防演练", "临时加开"]), draw.choice([None, "fire drill"]),
            ],
        )  # fmt: skip


def _break(conn: psycopg.Connection, draw: Random, id_: int, today: datetime) -> None:
    (amenities,) = _row(conn, "SELECT amenity_ids FROM station WHERE id = %s", id_)
    if not amenities:
        return
    start, end = _stretch(draw, today)
    during = draw.choice(
        [TimestamptzRange(start, end), TimestamptzRange(start, None), TimestamptzRange(None, None)]
    )
    conn.execute(
        "INSERT INTO amenity_outage (station_id, amenity_id, during) VALUES (%s, %s, %s)",
        [id_, draw.choice(amenities), during],
    )


def _plan(conn: psycopg.Connection, draw: Random, id_: int, today: datetime, account: int) -> None:
    text = draw.choice(PLANNED_HOURS)
    reading = read_hours(text)
    changes = {
        "hours_text": text,
        "hours_osm": reading.osm,
        "hours_certainty": reading.certainty,
        "hours_rules": reading.rules.to_json() if reading.rules else None,
        "hours_unread": list(reading.unread),
    }
    assert changes.keys() <= set(HOURS_COLUMNS)
    conn.execute(
        "INSERT INTO planned_change (station_id, effective_on, changes, account_id) VALUES (%s, %s, %s, %s)",
        [id_, (today + timedelta(days=draw.randrange(2, 9))).date(), Jsonb(changes), account],
    )


def _report(conn: psycopg.Connection, draw: Random, id_: int) -> None:
    (amenities,) = _row(conn, "SELECT amenity_ids FROM station WHERE id = %s", id_)
    kind = draw.choice(["closed", "amenity", "gone", "other"]) if amenities else "closed"
    for number in range(draw.choice([2, 3, 4])):
        conn.execute(
            """INSERT INTO station_report (station_id, kind, amenity_id, reporter, created_at)
               VALUES (%s, %s, %s, %s, now() - %s)""",
            [
                id_, kind, amenities[0] if kind == "amenity" else None, bytes([number]),
                timedelta(seconds=draw.randrange(12 * 86_400)),
            ],
        )  # fmt: skip


def _overrides(conn: psycopg.Connection, today: datetime) -> None:
    for codes, kinds, first, days, minutes in (
        (["110105"], None, 1, 3, (1200, 1440)),
        (["110101", "110108"], [1], 3, 4, (0, 1440)),
        (None, [3], 8, 2, (1140, 1500)),
    ):
        conn.execute(
            """INSERT INTO hours_override (name_zh, name_en, during, district_codes, kind_ids, daily_minutes)
               VALUES ('高温', 'heat', %s, %s, %s, %s)""",
            [
                TimestamptzRange(today + timedelta(days=first), today + timedelta(days=first + days)), codes,
                kinds, Range(*minutes),
            ],
        )  # fmt: skip


def today_utc() -> datetime:
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)


def _row(conn: psycopg.Connection, statement: str, *values: Any) -> tuple[Any, ...]:
    row = conn.execute(statement.encode(), values).fetchone()
    assert row is not None
    return row


def _one(conn: psycopg.Connection, statement: str, *values: Any) -> int:
    return int(_row(conn, statement, *values)[0])
