"""Which versions of a pack there were, and what changed from each to the present one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from psycopg import Connection
from psycopg.types.json import Jsonb
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from geoapi.queries.pack.content import Content, record_digest

_KNOWN: Final = "SELECT station_id, digest FROM pack_station WHERE code = %s AND digest IS NOT NULL"
_PUT: Final = """
INSERT INTO pack_station (code, station_id, digest, changed_in)
SELECT %(code)s, changed.id, changed.digest, %(seq)s
FROM unnest(%(ids)s::bigint[], %(digests)s::bytea[]) AS changed (id, digest)
ON CONFLICT (code, station_id) DO UPDATE SET digest = excluded.digest, changed_in = excluded.changed_in
"""
_KEEP: Final = """
INSERT INTO pack (code, seq, version, made_of, body)
VALUES (%(code)s, %(seq)s, %(version)s, %(made_of)s, %(body)s)
ON CONFLICT (code) DO UPDATE SET seq = excluded.seq, version = excluded.version, made_of = excluded.made_of,
  body = excluded.body, made_at = now()
"""
_FORGET: Final = """
DELETE FROM pack_version WHERE code = %(code)s AND seq < %(seq)s AND made_at < now() - %(remembered)s
"""
# who has any version that is still known has one that was made after these left
_FORGET_GONE: Final = """
DELETE FROM pack_station
WHERE code = %(code)s AND digest IS NULL
  AND changed_in <= (SELECT min(seq) FROM pack_version WHERE code = %(code)s)
"""


@dataclass(frozen=True)
class KeptPack:
    """A pack on record: `body` is gzip."""

    seq: int
    version: str
    body: bytes


def kept_pack(conn: Connection, code: str, made_of: bytes) -> KeptPack | None:
    """The pack made of this very data, where somebody has made it."""
    row = conn.execute(
        "SELECT seq, version, body FROM pack WHERE code = %s AND made_of = %s", [code, made_of]
    ).fetchone()
    return None if row is None else KeptPack(*row)


def same_as_kept(conn: Connection, code: str, version: str, made_of: bytes) -> KeptPack | None:
    """The pack on record where it is this version, now known to be made of this data as well."""
    row = conn.execute(
        "UPDATE pack SET made_of = %s WHERE code = %s AND version = %s RETURNING seq, version, body",
        [made_of, code, version],
    ).fetchone()
    return None if row is None else KeptPack(*row)


def next_seq(conn: Connection, code: str) -> int:
    """The number of the version to be made."""
    row = conn.execute(
        "SELECT coalesce(max(seq), 0) + 1 FROM pack_version WHERE code = %s", [code]
    ).fetchone()
    assert row is not None
    return int(row[0])


def keep_version(
    conn: Connection, content: Content, pack: KeptPack, *, made_of: bytes, remembered: timedelta
) -> None:
    """Record a version, and in which stations it differs from the one before; forget what is long past."""
    code = content.about["code"]
    before: dict[int, bytes] = {id_: bytes(digest) for id_, digest in conn.execute(_KNOWN, [code])}
    digests = {id_: record_digest(record) for id_, record in content.records.items()}
    changed: dict[int, bytes | None] = {
        id_: digest for id_, digest in digests.items() if before.get(id_) != digest
    }
    changed |= dict.fromkeys(before.keys() - digests.keys())
    values: dict[str, Any] = {
        "code": code, "seq": pack.seq, "version": pack.version, "body": pack.body, "made_of": made_of,
        "remembered": remembered, "ids": [*changed], "digests": [*changed.values()],
    }  # fmt: skip
    conn.execute(_PUT, values)
    conn.execute(
        "INSERT INTO pack_version (code, seq, version, parts) VALUES (%s, %s, %s, %s)",
        [code, pack.seq, pack.version, Jsonb(content.part_digests())],
    )
    conn.execute(_KEEP, values)
    conn.execute(_FORGET, values)
    conn.execute(_FORGET_GONE, values)


@dataclass(frozen=True)
class Since:
    """What changed after a version: stations changed or gone, and the digests its parts had."""

    seq: int
    ids: tuple[int, ...]
    parts: dict[str, str]


async def changes_since(conn: AsyncConnection, code: str, version: str) -> Since | None:
    """What changed after a version; None where the version is not known."""
    row = (
        await conn.execute(
            text(
                "SELECT seq, parts FROM pack_version WHERE code = :code AND version = :version "
                "ORDER BY seq DESC LIMIT 1"
            ),
            {"code": code, "version": version},
        )
    ).first()
    if row is None:
        return None
    ids = await conn.scalars(
        text(
            "SELECT station_id FROM pack_station WHERE code = :code AND changed_in > :seq ORDER BY station_id"
        ),
        {"code": code, "seq": row.seq},
    )
    return Since(row.seq, tuple(ids), row.parts)
