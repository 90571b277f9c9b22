"""Staged stations → stations on record: a three-way merge, set by set, in the caller's transaction.

Of each field there are three values: what the source said before, what the station has, and what the
source says now. The source's news is taken where nobody has edited the field since; an edit is left alone
where the source says nothing new; where both changed, the edit stays and the conflict waits for somebody to
decide. When a station was last confirmed is no matter of opinion: the later time holds.

A station that its source no longer lists is retired (`sync`), unless a person has changed or confirmed it
since the source's last news of it: then that is a conflict, too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from psycopg import Connection
from psycopg import sql as pg

from geoapi.db.bulk import indexes_set_aside, is_bulk, owns
from geoapi.db.search_text import search_text
from geoapi.errors import LoadStopped, Words
from loaders.positions import searched_names
from loaders.staging import run, sql

COLUMNS = (
    "kind_id", "name_zh", "name_en", "address", "lon", "lat", "organisation_id", "host_id", "host_name",
    "phone", "description", "amenity_ids", "access_notes", "hours_text", "hours_osm", "hours_certainty",
    "hours_rules", "hours_unread", "holiday_policy", "time_zone", "calendar", "attributes", "verified_at",
)  # fmt: skip
"""The columns of a station that a source may fill."""

HOURS = ("hours_text", "hours_osm", "hours_certainty", "hours_rules", "hours_unread")
"""Columns that make one field, "hours", as lon and lat make "position": half an edited position is none."""

LISTED_CONFLICTS = 1000
"""Conflicts in the report; all are in the table."""


@dataclass
class Merged:
    """What a merge did, in numbers of stations; `conflicts` are those found now."""

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    revived: int = 0
    retired: int = 0
    conflicts: list[dict[str, Any]] = field(default_factory=list)
    conflicts_total: int = 0

    @property
    def accepted(self) -> int:
        """Rows that told something new."""
        return self.inserted + self.updated


def sign(conn: Connection, *, source: str, batch: str) -> None:
    """Say in the history of every station that this transaction writes that it was a load of this batch.

    By the source itself, unless somebody who is signed in does it (`geoapi.editing.transaction.identify`).
    """
    conn.execute(
        """SELECT set_config('geoapi.batch', %s, true), set_config('geoapi.action', 'import', true),
             CASE WHEN current_account() IS NULL THEN set_config('geoapi.actor', %s, true) END""",
        [batch, f"import {source}"],
    )


def merge(conn: Connection, *, source: str, batch: str, time_zone: str, calendar: str, sync: bool) -> Merged:
    """Merge what is staged into the stations of `source`; with `sync`, retire what the source no longer has.

    Leaves the ids of new and changed stations in the temporary table `touched`.
    """
    merged = Merged()
    conn.execute(sql("organisations"), {"source": source})
    run(conn, _INCOMING, {"time_zone": time_zone, "calendar": calendar})
    # only the columns that joins look at: the wide ones take longer than they help
    conn.execute("ANALYZE incoming_station (seq, external_id, row_sha256)")
    merged.unchanged = _count(conn, _UNCHANGED, source)
    conn.execute(_CHANGED, {"source": source})
    run(conn, _SETTLED, {"source": source})
    _list_conflicts(merged, conn.execute(_CONFLICTS, {"batch": batch}).fetchall())
    conn.execute(_RESOLVED)
    run(conn, _TOUCHED, {"source": source})
    _stage_search(conn)
    merged.updated = _count(conn, "SELECT count(*) FROM resolved", source)
    merged.revived = _count(conn, "SELECT count(*) FROM resolved WHERE revive", source)
    bulk = _is_bulk(conn)
    with indexes_set_aside(conn, "station", when=bulk):
        conn.execute(_UPDATE)
        merged.inserted = conn.execute(_INSERT, {"source": source}).rowcount
    with indexes_set_aside(conn, "station_import", when=bulk):
        run(conn, _REMEMBER, {"source": source, "batch": batch})
    if sync:
        merged.retired = _retire(conn, source, batch, merged)
    return merged


def _stage_search(conn: Connection) -> None:
    """The search text of every station about to be written: its words as they will be."""
    conn.execute(
        "CREATE TEMP TABLE incoming_search (seq integer PRIMARY KEY, search text NOT NULL) ON COMMIT DROP"
    )
    names = searched_names(conn)
    words = conn.execute(_WORDS).fetchall()
    with conn.cursor() as cursor, cursor.copy("COPY incoming_search FROM STDIN") as copy:
        for seq, name_zh, name_en, host_name, address, district in words:
            copy.write_row((seq, search_text(name_zh, name_en, host_name, address, *names.get(district, ()))))


def _is_bulk(conn: Connection) -> bool:
    """Whether this load writes most of the stations there will be."""
    written, others = conn.execute(
        """SELECT (SELECT count(*) FROM touched),
             (SELECT count(*) FROM station AS s
              WHERE NOT EXISTS (SELECT FROM touched AS t WHERE t.id = s.id))"""
    ).fetchone() or (0, 0)
    # an administrator who mends rows owns no table
    return is_bulk(written=written, others=others) and owns(conn, "station")


def _list_conflicts(merged: Merged, rows: list[tuple[Any, ...]]) -> None:
    merged.conflicts_total += len(rows)
    merged.conflicts += [
        {
            "station_id": station_id,
            "external_id": external_id,
            "field": name,
            "imported_before": before,
            "edited": edited,
            "imported_now": now,
        }
        for station_id, external_id, name, before, edited, now in rows[
            : LISTED_CONFLICTS - len(merged.conflicts)
        ]
    ]


def _retire(conn: Connection, source: str, batch: str, merged: Merged) -> int:
    """Retire the stations that the source no longer has, but for those that somebody brought back; how many.

    Those that a person has looked after since the source's last news of them are conflicts.
    """
    if _count(conn, "SELECT count(*) FROM seen_id", source) == 0:
        raise LoadStopped(
            Words(
                "同步会停用该来源的全部站点：文件里一个站点也没有",
                "a sync would retire every station of this source",
            ),
            field="--sync",
            mend=Words("请检查文件与映射", "check the file and its mapping: no row of it is a station"),
        )
    conn.execute("SELECT set_config('geoapi.action', 'sync', true)")
    conn.execute(_ABSENT, {"source": source})
    _list_conflicts(merged, conn.execute(_MISSED, {"batch": batch}).fetchall())
    conn.execute(_RETIRE)
    conn.execute("SELECT set_config('geoapi.action', 'import', true)")
    return _count(conn, "SELECT count(*) FROM retired_now", source)


def _count(conn: Connection, query: str | pg.Composed, source: str) -> int:
    row = conn.execute(query, {"source": source}).fetchone()
    assert row is not None
    return int(row[0])


def _fields(alias: str, hours_digest: str) -> pg.Composed:
    """A row's fields as one JSON object, the same for a staged and for a recorded station.

    Of the hours it holds the text and the OSM string for people, and a digest of the whole reading.
    """
    a = pg.Identifier(alias)
    single = [column for column in COLUMNS if column not in (*HOURS, "lon", "lat")]
    parts: list[pg.Composable] = [
        piece for column in single for piece in (pg.Literal(column), a + pg.SQL(".") + pg.Identifier(column))
    ]
    parts.append(
        pg.SQL(
            """'position', jsonb_build_array({a}.lon, {a}.lat),
            'hours', jsonb_build_object('text', {a}.hours_text, 'osm', {a}.hours_osm, 'read', {digest})"""
        ).format(a=a, digest=pg.SQL(hours_digest).format(a=a))
    )
    return pg.SQL("jsonb_build_object({})").format(pg.SQL(", ").join(parts))


_COLUMN_LIST = pg.SQL(", ").join(map(pg.Identifier, COLUMNS))

_STAGED_DIGEST = "{a}.hours_digest"
_RECORDED_DIGEST = """md5(jsonb_build_array(
  {a}.hours_osm, {a}.hours_certainty, {a}.hours_rules, {a}.hours_unread)::text)"""

# jsonb has one way of writing a value, so its text can be hashed
_INCOMING = pg.SQL(
    """
    CREATE TEMP TABLE incoming_station ON COMMIT DROP AS
    SELECT i.*, f.imported, encode(sha256(convert_to(f.imported::text, 'UTF8')), 'hex') AS row_sha256
    FROM ({rows}) AS i
    CROSS JOIN LATERAL (SELECT {fields} AS imported OFFSET 0) AS f
    """
).format(rows=pg.SQL(sql("incoming_station")), fields=_fields("i", _STAGED_DIGEST))

_IS_REVIVED = pg.SQL("(m.absent_since IS NOT NULL AND s.retired_at IS NOT DISTINCT FROM m.absent_since)")

_UNCHANGED = pg.SQL(
    """
    SELECT count(*)
    FROM incoming_station AS i
    JOIN station_import AS m ON m.source = %(source)s AND m.external_id = i.external_id
    JOIN station AS s ON s.id = m.station_id
    WHERE m.row_sha256 = i.row_sha256 AND NOT {revived}
    """
).format(revived=_IS_REVIVED)

# FOR UPDATE: an edit that arrives meanwhile waits, and is not overwritten
_CHANGED = pg.SQL(
    """
    CREATE TEMP TABLE changed ON COMMIT DROP AS
    SELECT i.seq, i.external_id, m.station_id, m.imported AS before, {edited} AS edited, i.imported AS now,
      {revived} AS revive
    FROM incoming_station AS i
    JOIN station_import AS m ON m.source = %(source)s AND m.external_id = i.external_id
    JOIN station AS s ON s.id = m.station_id
    WHERE m.row_sha256 <> i.row_sha256 OR {revived}
    FOR UPDATE OF s
    """
).format(edited=_fields("s", _RECORDED_DIGEST), revived=_IS_REVIVED)

_CONFLICTS = """
    WITH found AS (
      INSERT INTO import_conflict (station_id, batch_id, field, imported_before, edited, imported_now)
      SELECT c.station_id, %(batch)s, f.key, c.before -> f.key, c.edited -> f.key, f.value
      FROM changed AS c
      CROSS JOIN LATERAL jsonb_each(c.now) AS f
      WHERE f.value IS DISTINCT FROM c.before -> f.key
        AND c.edited -> f.key IS DISTINCT FROM c.before -> f.key
        AND c.edited -> f.key IS DISTINCT FROM f.value
        AND f.key <> 'verified_at'
      RETURNING station_id, field, imported_before, edited, imported_now
    )
    SELECT f.station_id, c.external_id, f.field, f.imported_before, f.edited, f.imported_now
    FROM found AS f JOIN changed AS c USING (station_id)
    ORDER BY c.seq, f.field
"""

# what a source says now stands in place of what it said: older conflicts over that are none any more
_SETTLED = """
    UPDATE import_conflict AS x
    SET resolved_at = now()
    FROM changed AS c
    WHERE x.station_id = c.station_id AND x.resolved_at IS NULL
      AND c.now ? x.field AND c.now -> x.field IS DISTINCT FROM c.before -> x.field;
    UPDATE import_conflict AS x
    SET resolved_at = now()
    FROM incoming_station AS i
    JOIN station_import AS m ON m.source = %(source)s AND m.external_id = i.external_id
    WHERE m.absent_since IS NOT NULL AND x.station_id = m.station_id AND x.resolved_at IS NULL
      AND x.field = 'retired'
"""

_RESOLVED = """
    CREATE TEMP TABLE resolved ON COMMIT DROP AS
    SELECT c.seq, c.station_id, c.revive, c.edited, final.value AS final,
      -- lon, lat and the hours' columns come from the file or stay, each lot together
      final.value - 'position' - 'hours' AS flat,
      final.value -> 'position' = c.now -> 'position' AS position_is_theirs,
      final.value -> 'hours' = c.now -> 'hours' AS hours_are_theirs
    FROM changed AS c
    CROSS JOIN LATERAL (
      SELECT jsonb_object_agg(f.key, CASE
        WHEN c.edited -> f.key IS NOT DISTINCT FROM c.before -> f.key THEN f.value
        WHEN f.key = 'verified_at' AND f.value IS DISTINCT FROM c.before -> f.key
          THEN to_jsonb(greatest((c.edited ->> f.key)::timestamptz, (c.now ->> f.key)::timestamptz))
        ELSE c.edited -> f.key
      END) AS value
      FROM jsonb_each(c.now) AS f
    ) AS final
"""

_TOUCHED = """
    CREATE TEMP TABLE touched (id bigint PRIMARY KEY, seq integer NOT NULL, is_new boolean NOT NULL)
      ON COMMIT DROP;
    INSERT INTO touched
    SELECT nextval(pg_get_serial_sequence('station', 'id')), i.seq, true
    FROM (
      SELECT i.seq
      FROM incoming_station AS i
      LEFT JOIN station_import AS m ON m.source = %(source)s AND m.external_id = i.external_id
      WHERE m.station_id IS NULL
      ORDER BY i.seq
    ) AS i;
    INSERT INTO touched
    SELECT r.station_id, r.seq, false FROM resolved AS r WHERE r.final <> r.edited OR r.revive;
    ANALYZE touched
"""

_WORDS = """
    SELECT i.seq, i.name_zh, i.name_en, i.host_name, i.address, i.district_code
    FROM incoming_station AS i JOIN touched AS t ON t.seq = i.seq AND t.is_new
    UNION ALL
    SELECT r.seq, r.flat ->> 'name_zh', r.flat ->> 'name_en', r.flat ->> 'host_name', r.flat ->> 'address',
      CASE WHEN r.position_is_theirs THEN i.district_code ELSE s.district_code END
    FROM resolved AS r
    JOIN touched AS t ON t.id = r.station_id
    JOIN incoming_station AS i ON i.seq = r.seq
    JOIN station AS s ON s.id = r.station_id
"""

_PLAIN = [column for column in COLUMNS if column not in (*HOURS, "lon", "lat")]

# the district follows the position that is kept
_UPDATE = pg.SQL(
    """
    UPDATE station AS s
    SET ({plain}) = (SELECT {plain} FROM jsonb_populate_record(NULL::station, r.flat)),
      {together},
      retired_at = CASE WHEN r.revive THEN NULL ELSE s.retired_at END,
      search = w.search, version = s.version + 1, updated_at = now()
    FROM resolved AS r
    JOIN touched AS t ON t.id = r.station_id
    JOIN incoming_station AS i ON i.seq = r.seq
    JOIN incoming_search AS w ON w.seq = r.seq
    WHERE s.id = r.station_id
    """
).format(
    plain=pg.SQL(", ").join(map(pg.Identifier, _PLAIN)),
    together=pg.SQL(", ").join(
        pg.SQL("{c} = CASE WHEN {theirs} THEN i.{c} ELSE s.{c} END").format(
            c=pg.Identifier(column), theirs=pg.Identifier("r", theirs)
        )
        for theirs, columns in (
            ("position_is_theirs", ("lon", "lat", "district_code")),
            ("hours_are_theirs", HOURS),
        )
        for column in columns
    ),
)

_INSERT = pg.SQL(
    """
    INSERT INTO station (id, {columns}, district_code, source, search)
    OVERRIDING SYSTEM VALUE
    SELECT t.id, {values}, i.district_code, %(source)s, w.search
    FROM touched AS t
    JOIN incoming_station AS i ON i.seq = t.seq
    JOIN incoming_search AS w ON w.seq = t.seq
    WHERE t.is_new
    """
).format(columns=_COLUMN_LIST, values=pg.SQL(", ").join(pg.Identifier("i", column) for column in COLUMNS))

_REMEMBER = """
    INSERT INTO station_import (station_id, source, external_id, batch_id, row_sha256, imported)
    SELECT t.id, %(source)s, i.external_id, %(batch)s, i.row_sha256, i.imported
    FROM touched AS t JOIN incoming_station AS i ON i.seq = t.seq
    WHERE t.is_new;
    UPDATE station_import AS m
    SET batch_id = %(batch)s, row_sha256 = i.row_sha256, imported = i.imported, absent_since = NULL
    FROM resolved AS r JOIN incoming_station AS i ON i.seq = r.seq
    WHERE m.station_id = r.station_id;
    UPDATE station_import AS m
    SET absent_since = NULL
    FROM incoming_station AS i
    WHERE m.source = %(source)s AND m.external_id = i.external_id AND m.absent_since IS NOT NULL
"""

# FOR UPDATE: whoever confirms one of them at this moment is heard, or waits
_ABSENT = """
    CREATE TEMP TABLE absent ON COMMIT DROP AS
    SELECT m.station_id, m.external_id, EXISTS (
      SELECT FROM revision AS r JOIN load_batch AS b ON b.id = m.batch_id
      WHERE r.station_id = m.station_id AND r.account_id IS NOT NULL AND r.at > b.loaded_at
        -- a row that somebody mended is still news of the source's
        AND r.action <> 'import'
    ) AS looked_after
    FROM station_import AS m
    JOIN station AS s ON s.id = m.station_id
    WHERE m.source = %(source)s AND m.absent_since IS NULL AND s.retired_at IS NULL
      AND NOT EXISTS (SELECT FROM seen_id WHERE seen_id.external_id = m.external_id)
    FOR UPDATE OF s
"""

_MISSED = """
    WITH found AS (
      INSERT INTO import_conflict (station_id, batch_id, field, imported_before, edited, imported_now)
      SELECT a.station_id, %(batch)s, 'retired', NULL, NULL, to_jsonb(now())
      FROM absent AS a WHERE a.looked_after
      RETURNING station_id, field, imported_before, edited, imported_now
    )
    SELECT f.station_id, a.external_id, f.field, f.imported_before, f.edited, f.imported_now
    FROM found AS f JOIN absent AS a USING (station_id)
    ORDER BY f.station_id
"""

# one moment in absent_since and in retired_at: so a later file that has it again knows whose doing it was
_RETIRE = """
    CREATE TEMP TABLE retired_now ON COMMIT DROP AS
    WITH
      missed AS (
        UPDATE station_import AS m SET absent_since = now() FROM absent AS a WHERE m.station_id = a.station_id
      ),
      retired AS (
        UPDATE station AS s
        SET retired_at = now(), version = version + 1, updated_at = now()
        FROM absent AS a WHERE s.id = a.station_id AND NOT a.looked_after
        RETURNING s.id
      )
    SELECT id FROM retired
"""
