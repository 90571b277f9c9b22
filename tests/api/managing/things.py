"""Whatever requests can be about, put in by the owner of the database: of anybody's, as often as needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb
from psycopg.types.range import Range

from geoapi.accounts.tokens import new_token, token_sha256
from tests.api.managing.conftest import password_hash

MISSING = 999_999
_numbers = count(1)
# worked out, counted or noted beside what is on record: not what a refused call must leave alone
NOT_ON_RECORD = frozenset(("rate_bucket", "spatial_ref_sys"))
NOT_COMPARED = {"account_session": ("last_seen_at",)}


class Things:
    """Makes one more of what is asked for, and returns its id."""

    def __init__(self, database_url: str) -> None:
        self._conn = psycopg.connect(database_url, autocommit=True)

    def close(self) -> None:
        self._conn.close()

    def add(self, table: str, returning: str = "id", **values: Any) -> Any:
        """A row of `table`; what `returning` names of it."""
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({}) RETURNING {}").format(
            sql.Identifier(table),
            sql.SQL(", ").join(map(sql.Identifier, values)),
            sql.SQL(", ").join(map(sql.Placeholder, values)),
            sql.SQL(returning),
        )
        row = self._conn.execute(statement, values).fetchone()
        assert row is not None
        return row[0]

    def sql(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        cursor = self._conn.execute(statement.encode(), values)
        return cursor.fetchall() if cursor.description else []

    def one(self, statement: str, *values: Any) -> Any:
        return self.sql(statement, *values)[0][0]

    def station_like(self, station: int, *, east_deg: float) -> int:
        """One more station with all that this one has, a little to the east."""
        names = [
            name
            for (name,) in self.sql(
                """SELECT attname FROM pg_attribute
                   WHERE attrelid = 'station'::regclass AND attnum > 0 AND NOT attisdropped
                     AND attgenerated = '' AND attname NOT IN ('id', 'lon', 'version')"""
            )
        ]
        columns = sql.SQL(", ").join(map(sql.Identifier, names))
        statement = sql.SQL(
            "INSERT INTO station (lon, {0}) SELECT lon + %s, {0} FROM station WHERE id = %s RETURNING id"
        ).format(columns)
        row = self._conn.execute(statement, [east_deg, station]).fetchone()
        assert row is not None
        return int(row[0])

    def exception(self, station: int, state: str = "closed") -> int:
        """A closure, or an extra opening, that began an hour ago and lasts a day."""
        self.sql("DELETE FROM hours_exception WHERE station_id = %s", station)
        return int(self.add("hours_exception", station_id=station, state=state, during=_hours(-1, 23)))

    def outage(self, station: int, amenity_id: int) -> int:
        self.sql("DELETE FROM amenity_outage WHERE station_id = %s AND amenity_id = %s", station, amenity_id)
        return int(
            self.add("amenity_outage", station_id=station, amenity_id=amenity_id, during=_hours(-1, None))
        )

    def planned(self, station: int, account: int) -> int:
        day = date.today() + timedelta(days=5)
        return int(
            self.add(
                "planned_change", station_id=station, effective_on=day, account_id=account,
                changes=Jsonb({"phone": "010-65120000"}),
            )
        )  # fmt: skip

    def move(self, station: int, account: int) -> int:
        """A request to move a station by about 400 m; the one that was open is no more."""
        self.sql("DELETE FROM move_request WHERE station_id = %s AND decided_at IS NULL", station)
        lon, lat, district = self.sql("SELECT lon, lat, district_code FROM station WHERE id = %s", station)[0]
        return int(
            self.add(
                "move_request", station_id=station, lon=lon, lat=lat + 0.0036, from_lon=lon, from_lat=lat,
                district_code=district, distance_m=400.0, account_id=account,
            )
        )  # fmt: skip

    def _batch(self) -> str:
        return str(
            self.add(
                "load_batch", id=f"batch-{next(_numbers)}", source="test", file_name="x", file_sha256="x",
                mapping_sha256="x", mapping=Jsonb({}), report=Jsonb({}),
            )
        )  # fmt: skip

    def conflict(self, station: int) -> int:
        return int(
            self.add(
                "import_conflict", station_id=station, batch_id=self._batch(), field="phone",
                imported_before=Jsonb(None), edited=Jsonb("010-1"), imported_now=Jsonb("010-2"),
            )
        )  # fmt: skip

    def waiting(self, lon: float, lat: float, district: str, *, set_aside: bool = False) -> tuple[int, str]:
        """A row of an import that waits though nothing is wrong with it any longer: its id and source."""
        number = next(_numbers)
        source = f"source-{number}"
        mapping = {
            "source": {"name": source}, "place": {"datum": "wgs84"}, "id": {"columns": "id"},
            "columns": {"name_zh": "名称", "kind": "类别", "lon": "经度", "lat": "纬度"},
        }  # fmt: skip
        batch = self.add(
            "load_batch", id=f"batch-{number}", source=source, file_name="x", file_sha256="x",
            mapping_sha256="x", mapping=Jsonb(mapping), report=Jsonb({}),
        )  # fmt: skip
        raw = {
            "id": str(number),
            "名称": f"{number} 号驿站",
            "类别": "驿站",
            "经度": str(lon),
            "纬度": str(lat),
        }
        row = self.add(
            "quarantine", batch_id=batch, source=source, row_number=2, external_id=str(number),
            reason="outside_districts", raw=Jsonb(raw), district_code=district,
        )  # fmt: skip
        if set_aside:
            self.sql(
                """UPDATE quarantine SET resolved_at = now(), set_aside_at = now(), set_aside_note = 'x'
                   WHERE id = %s""",
                row,
            )
        return int(row), source

    def duplicate(self, one: int, other: int) -> None:
        """That two stations look like one, which waits to be reviewed."""
        first, second = sorted((one, other))
        self.sql("DELETE FROM near_duplicate WHERE station_id = %s AND other_id = %s", first, second)
        self.add(
            "near_duplicate", returning="station_id", station_id=first, other_id=second,
            batch_id=self._batch(), similarity=93.3, distance_m=20.0,
        )  # fmt: skip

    def report(self, station: int) -> int:
        return int(
            self.add(
                "station_report", station_id=station, kind="closed", reporter=f"r{next(_numbers)}".encode()
            )
        )

    def override(self, *districts: str, account: int) -> int:
        return int(
            self.add(
                "hours_override", name_zh="高温延时", name_en="heat wave", during=_hours(-1, 24),
                district_codes=list(districts), daily_minutes=Range(1200, 1440), reason="高温",
                created_by=account,
            )
        )  # fmt: skip

    def organisation(self, parent: int) -> int:
        number = next(_numbers)
        return int(
            self.add(
                "organisation", parent_id=parent, level="venue", code=f"venue-{number}", source="test",
                name_zh=f"便利店{number}",
            )
        )  # fmt: skip

    def account(self, organisation: int, role: str = "manager", *, disabled: bool = False) -> int:
        """An account with one role."""
        account = self.add(
            "account", login=f"somebody-{next(_numbers)}", name="某人", password_hash=password_hash(),
            disabled_at=datetime.now(UTC) if disabled else None,
        )  # fmt: skip
        self.role(account, organisation, role)
        return int(account)

    def role(self, account: int, organisation: int, role: str = "manager") -> int:
        self.sql(
            "DELETE FROM account_role WHERE account_id = %s AND organisation_id = %s AND role = %s",
            account, organisation, role,
        )  # fmt: skip
        return int(self.add("account_role", account_id=account, organisation_id=organisation, role=role))

    def session(self, account: int) -> tuple[int, str]:
        """A session's id and its token."""
        token = new_token()
        expires = datetime.now(UTC) + timedelta(days=1)
        session = self.add(
            "account_session", account_id=account, token_sha256=token_sha256(token), kind="bearer",
            expires_at=expires,
        )  # fmt: skip
        return int(session), token

    def invitation(
        self, organisation: int, role: str = "manager", *, by: int | None = None
    ) -> tuple[int, str]:
        """An invitation's id and its token."""
        token = new_token()
        invitation = self.add(
            "invitation", token_sha256=token_sha256(token), purpose="invitation", name="新人",
            organisation_id=organisation, role=role, created_by=by,
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip
        return int(invitation), token

    def recovery(self, account: int) -> tuple[int, str]:
        """A recovery's id and its token."""
        token = new_token()
        recovery = self.add(
            "invitation", token_sha256=token_sha256(token), purpose="recovery", account_id=account,
            expires_at=datetime.now(UTC) + timedelta(days=1),
        )  # fmt: skip
        return int(recovery), token

    def digest(self) -> dict[str, str]:
        """A digest of the rows of every table, by its name."""
        tables = self._conn.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
        ).fetchall()
        names = [name for (name,) in tables if name not in NOT_ON_RECORD]
        parts = [
            sql.SQL("(SELECT md5(coalesce(string_agg(r, '' ORDER BY r), '')) FROM ({}) AS t (r))").format(
                sql.SQL("SELECT (to_jsonb(x) - {}::text[])::text FROM {} AS x").format(
                    sql.Literal(list(NOT_COMPARED.get(name, ()))), sql.Identifier(name)
                )
            )
            for name in names
        ]
        row = self._conn.execute(sql.SQL("SELECT {}").format(sql.SQL(", ").join(parts))).fetchone()
        assert row is not None
        return dict(zip(names, row, strict=True))


@contextmanager
def things_in(database_url: str) -> Iterator[Things]:
    things = Things(database_url)
    try:
        yield things
    finally:
        things.close()


def _hours(first: float, last: float | None) -> Range[datetime]:
    now = datetime.now(UTC).replace(microsecond=0)
    return Range(now + timedelta(hours=first), None if last is None else now + timedelta(hours=last))
