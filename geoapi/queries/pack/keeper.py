"""Makes each district's pack once for all who ask, in whichever process, and keeps it while the data stay."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from importlib import metadata
from typing import Any, Final

import orjson
import psycopg
from psycopg import IsolationLevel
from sqlalchemy import text

from geoapi.db.engine import APPLICATION, Database, connection_options, unavailable_errors
from geoapi.errors import Words
from geoapi.queries.flights import Flights
from geoapi.queries.pack.columns import read_columns, write_columns
from geoapi.queries.pack.content import FIELDS, FORMAT, PARTS, Content, number
from geoapi.queries.pack.snapshot import PackRules, read_content
from geoapi.queries.pack.versions import (
    KeptPack,
    Since,
    changes_since,
    keep_version,
    kept_pack,
    next_seq,
    same_as_kept,
)
from geoapi.queries.status import not_worked_out
from geoapi.queries.tally import read_tally
from geoapi.queries.turnstile import Turnstile
from geoapi.schedule.window import Window

PACK_LOCK: Final = 0x7061_636B
"""With the district's code: who makes its pack holds it, and others wait to take what was made."""

STATEMENT_TIMEOUT_MS: Final = 60_000
PACKS_IN_MEMORY: Final = 8
ANSWERS_IN_MEMORY: Final = 16
GZIP_LEVEL: Final = 7

MOST_WAITING: Final = 64
"""Districts whose packs are made or wait to be, at once; one more is told to come back."""

PROGRAM: Final = metadata.version("geoapi")
"""Another version of the program may make other packs of the same data."""

UNKNOWN: Final = ""
"""Stands for every version that nobody knows; no request can ask about it by this name."""

_LOCK: Final = "SELECT pg_advisory_lock(%s, hashtext(%s))"
_STATE: Final = """
SELECT (SELECT coalesce(sum(changes), 0)::bigint FROM change_tally WHERE topic IN ('stations', 'districts')),
  w.starts_at, w.ends_at
FROM (VALUES (true)) AS one LEFT JOIN schedule_window AS w ON true
"""


@dataclass(frozen=True)
class PackAnswer:
    """A pack, or what changed since a version, as it is sent. `body` is gzip."""

    version: str
    body: bytes


@dataclass
class _Made:
    """A pack in memory. `answers` are those to `since=` that were asked for, by the version asked about;
    whoever asks about one that nobody knows gets the same (`UNKNOWN`), made once."""

    made_of: bytes
    checked_at: float
    seq: int
    version: str
    content: Content
    body: bytes
    answers: OrderedDict[str, bytes] = field(default_factory=OrderedDict)


class Packs:
    """The packs of a service. Making one takes seconds, in a thread: everybody else is answered meanwhile.

    Whether the data has changed is looked at once in `fresh_s` seconds. A version stays known `kept_days`.
    """

    def __init__(
        self, database: Database, url: str, rules: PackRules, *, fresh_s: float, kept_days: int
    ) -> None:
        self._database = database
        self._url = url
        self._rules = rules
        self._fresh_s = fresh_s
        self._kept = timedelta(days=kept_days)
        self._made: OrderedDict[str, _Made] = OrderedDict()
        self._making = Flights[_Made]()
        self._answering = Flights[bytes]()
        busy = Words("数据包正在制作，排队者多", "many packs are being made")
        self._turns = Turnstile(busy, at_once=1, most=MOST_WAITING)

    async def whole(self, code: str) -> PackAnswer:
        """The pack of a district. `NotFound` where there is no such district; `Unavailable`."""
        made = await self._current(code)
        return PackAnswer(made.version, made.body)

    async def since(self, code: str, version: str) -> PackAnswer:
        """What changed in a district's pack since a version; the whole, which says so, where none knows it.

        Raises as `whole`.
        """
        made = await self._current(code)
        if version in made.answers:
            return PackAnswer(made.version, made.answers[version])
        since = await self._changes(code, version)
        if since is not None and since.seq > made.seq:
            # another process has made a newer one, which whoever asks has
            made = await self._make(code)
            since = await self._changes(code, version)
        if since is None or since.seq > made.seq:
            version = UNKNOWN
        body = made.answers.get(version)
        if body is None:
            body = await self._answering.join(
                (code, made.version, version),
                lambda: asyncio.to_thread(_answer_since, made, version, since),
            )
            made.answers[version] = body
            while len(made.answers) > ANSWERS_IN_MEMORY:
                made.answers.popitem(last=False)
        return PackAnswer(made.version, body)

    async def _changes(self, code: str, version: str) -> Since | None:
        async with self._database.connection() as conn:
            return await changes_since(conn, code, version)

    async def _current(self, code: str) -> _Made:
        made = self._made.get(code)
        if made is None:
            return await self._make(code)
        if time.monotonic() - made.checked_at >= self._fresh_s:
            checked_at = time.monotonic()
            if made.made_of != await self._present():
                return await self._make(code)
            made.checked_at = checked_at
        self._made.move_to_end(code)
        return made

    async def _present(self) -> bytes:
        """What a pack made now would be made of."""
        async with self._database.connection() as conn:
            tally = await read_tally(conn, "stations", "districts")
            row = (await conn.execute(text("SELECT starts_at, ends_at FROM schedule_window"))).first()
        if row is None:
            raise not_worked_out()
        return self._made_of(tally, Window(row.starts_at, row.ends_at))

    def _made_of(self, tally: int, window: Window) -> bytes:
        return hashlib.sha256(
            repr((FORMAT, PROGRAM, self._rules, tally, *map(str, window))).encode()
        ).digest()

    async def _make(self, code: str) -> _Made:
        """The pack as it is now; many who ask at once wait for one making.

        Packs are made one after another: each takes a thread, a core and a connection beside the pool's, and
        there are as many to ask for as there are streets. `Unavailable` where too many wait already.
        """
        made = await self._making.join(code, lambda: self._make_in_turn(code))
        self._made[code] = made
        self._made.move_to_end(code)
        while len(self._made) > PACKS_IN_MEMORY:
            self._made.popitem(last=False)
        return made

    async def _make_in_turn(self, code: str) -> _Made:
        async with self._turns.turn():
            return await asyncio.to_thread(self._made_now, code)

    def _made_now(self, code: str) -> _Made:
        checked_at = time.monotonic()
        with (
            unavailable_errors(),
            psycopg.connect(
                self._url,
                autocommit=True,
                application_name=APPLICATION,
                options=connection_options(self._url, STATEMENT_TIMEOUT_MS),
                connect_timeout=5,
            ) as conn,
        ):
            # before the snapshot is taken: it is to see what another has made by then
            conn.execute(_LOCK, [PACK_LOCK, code])
            conn.isolation_level = IsolationLevel.REPEATABLE_READ
            with conn.transaction():
                tally, starts_at, ends_at = conn.execute(_STATE).fetchone() or (0, None, None)
                if starts_at is None:
                    raise not_worked_out()
                window = Window(starts_at, ends_at)
                made_of = self._made_of(tally, window)
                kept = kept_pack(conn, code, made_of)
                if kept is not None:
                    return _Made(made_of, checked_at, kept.seq, kept.version, _content(kept), kept.body)
                content = read_content(conn, code, window, self._rules)
                version = content.version()
                kept = same_as_kept(conn, code, version, made_of)
                if kept is None:
                    kept = KeptPack(next_seq(conn, code), version, _whole(content, version))
                    keep_version(conn, content, kept, made_of=made_of, remembered=self._kept)
                return _Made(made_of, checked_at, kept.seq, version, content, kept.body)


def _whole(content: Content, version: str, *, since_known: bool | None = None) -> bytes:
    return _answer(
        content,
        version,
        kind="whole",
        since=None,
        since_known=since_known,
        parts=content.parts,
        stations=[orjson.loads(record) for record in content.records.values()],
        removed=[],
    )


def _answer_since(made: _Made, version: str, since: Since | None) -> bytes:
    content = made.content
    if version == UNKNOWN or since is None:
        return _whole(content, made.version, since_known=False)
    digests = content.part_digests()
    return _answer(
        content,
        made.version,
        kind="delta",
        since=version,
        since_known=True,
        parts={name: content.parts[name] for name in PARTS if digests[name] != since.parts.get(name)},
        stations=[orjson.loads(content.records[id_]) for id_ in since.ids if id_ in content.records],
        removed=[id_ for id_ in since.ids if id_ not in content.records],
    )


def _answer(
    content: Content,
    version: str,
    *,
    kind: str,
    since: str | None,
    since_known: bool | None,
    parts: dict[str, Any],
    stations: Sequence[list[Any]],
    removed: list[int],
) -> bytes:
    body = {
        "format": FORMAT,
        "kind": kind,
        "version": version,
        "since": since,
        "since_known": since_known,
        "about": content.about,
        "parts": parts,
        "stations": write_columns(FIELDS, stations),
        "removed": removed,
    }
    # no time of making in it: the same content is the same bytes
    return gzip.compress(orjson.dumps(body), GZIP_LEVEL, mtime=0)


def _content(kept: KeptPack) -> Content:
    """The content of a pack that another process made."""
    body = orjson.loads(gzip.decompress(kept.body))
    records = {}
    lon, lat = FIELDS.index("lon"), FIELDS.index("lat")
    for row in read_columns(FIELDS, body["stations"]):
        row[lon], row[lat] = number(float(row[lon])), number(float(row[lat]))
        records[row[0]] = orjson.dumps(row)
    return Content(body["about"], body["parts"], records)
