"""Into temporary tables by COPY: fast, and nothing is on record until the merge."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from importlib import resources

from psycopg import ClientCursor, Connection, Copy
from psycopg import sql as pg

from loaders.candidates import Rejected
from loaders.hours_column import HoursColumn
from loaders.positions import Districts, Placed
from loaders.rows import storable, storable_text


def sql(name: str) -> str:
    """The text of one of this package's SQL files."""
    return (resources.files("loaders") / "sql" / f"{name}.sql").read_text("utf-8")


def run(
    conn: Connection, statements: str | pg.Composable, values: Mapping[str, object] | None = None
) -> None:
    """Run several statements at once: their values are bound here, for the server binds them to one only."""
    ClientCursor(conn).execute(statements, values)  # type: ignore[arg-type]


def create_staging(conn: Connection) -> None:
    """Empty staging tables, for this transaction."""
    # joins and sorts of a large load would spill to disk in the default 4 MB
    conn.execute("SET LOCAL work_mem = '64MB'")
    conn.execute(sql("staging"))


def stage(conn: Connection, placed: Sequence[Placed], first: int, districts: Districts) -> int:
    """Stage these stations, numbered from `first`, and return the number after the last."""
    seq = first
    with conn.cursor() as cursor, cursor.copy("COPY incoming FROM STDIN (FORMAT BINARY)") as copy:
        copy.set_types(
            [
                "int4", "text", "int2", "text", "text", "text", "float8", "float8", "text", "text", "text",
                "int2", "text", "text", "text", "int2[]", "text", "int4", "text", "timestamptz", "jsonb",
            ]
        )  # fmt: skip
        for one, area in zip(placed, districts.finest(placed), strict=True):
            _write(copy, seq, one, area, districts)
            seq += 1
    return seq


def _write(copy: Copy, seq: int, one: Placed, area: str | None, districts: Districts) -> None:
    said = one.candidate
    copy.write_row(
        (
            seq, said.external_id, said.kind_id, said.name_zh, said.name_en, said.address, one.lon, one.lat,
            districts.codes[one.district] if one.district >= 0 else None, area, said.organisation,
            said.host_id, said.host_name, said.phone, said.description, said.amenity_ids, said.access_note,
            said.hours_key, said.holiday_policy, said.verified_at, said.attributes,
        )
    )  # fmt: skip


def stage_hours(conn: Connection, hours: HoursColumn) -> None:
    """Stage every distinct text of hours that was met."""
    with (
        conn.cursor() as cursor,
        cursor.copy("COPY incoming_hours FROM STDIN (FORMAT BINARY)") as copy,
    ):
        copy.set_types(["int4", "text", "text", "text", "jsonb", "text[]", "text[]"])
        for key, value in enumerate(hours.values):
            copy.write_row(
                (
                    key,
                    value.text,
                    value.osm,
                    value.certainty,
                    value.rules,
                    list(value.unread),
                    list(value.access),
                )
            )


def stage_rejected(conn: Connection, rejected: Iterable[Rejected]) -> None:
    """Stage rows for the quarantine, as they were."""
    with conn.cursor() as cursor, cursor.copy("COPY rejected FROM STDIN") as copy:
        copy.set_types(["int4", "text", "text", "text", "jsonb", "text"])
        for one in rejected:
            copy.write_row(
                (
                    one.row.number,
                    storable_text(one.external_id) if one.external_id else None,
                    one.reason,
                    storable_text(one.detail) if one.detail else None,
                    storable(one.row.cells),
                    one.district,
                )
            )


def stage_seen(conn: Connection, external_ids: Iterable[str]) -> None:
    """Stage the ids that the file still has."""
    with conn.cursor() as cursor, cursor.copy("COPY seen_id FROM STDIN") as copy:
        for external_id in external_ids:
            copy.write_row((storable_text(external_id),))
