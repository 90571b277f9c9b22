"""The controlled words: kinds, amenities and hosts, by code and by id."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import Table, select

from geoapi.db import tables
from geoapi.db.engine import Database
from geoapi.errors import UnknownCode, Words
from geoapi.queries.near_codes import near_codes


@dataclass(frozen=True)
class Word:
    """One controlled word."""

    id: int
    code: str
    name: Words
    osm_tag: str | None = None


@dataclass(frozen=True)
class Catalog:
    """Every kind, amenity and host, in the order of their ids."""

    kinds: tuple[Word, ...]
    amenities: tuple[Word, ...]
    hosts: tuple[Word, ...]

    @cached_property
    def kind_by_id(self) -> dict[int, Word]:
        return {word.id: word for word in self.kinds}

    @cached_property
    def amenity_by_id(self) -> dict[int, Word]:
        return {word.id: word for word in self.amenities}

    @cached_property
    def host_by_id(self) -> dict[int, Word]:
        return {word.id: word for word in self.hosts}

    def kind_ids(self, codes: Iterable[str]) -> list[int]:
        """The ids of these kinds, all kinds when none is named; `UnknownCode` names the nearest codes."""
        return _ids(codes, self.kinds, "kind", Words("类别", "kind")) or [kind.id for kind in self.kinds]

    def amenity_ids(self, codes: Iterable[str]) -> list[int]:
        """The ids of these amenities, none when none is named; `UnknownCode` names the nearest codes."""
        return _ids(codes, self.amenities, "amenity", Words("设施", "amenity"))


class CatalogCache:
    """The catalog as it was a few seconds ago at most: every request needs it, and it seldom changes."""

    def __init__(self, database: Database, *, fresh_for_s: float = 5.0) -> None:
        self._database = database
        self._fresh_for_s = fresh_for_s
        self._catalog: Catalog | None = None
        self._read_at = 0.0

    async def current(self) -> Catalog:
        """The catalog, read anew when the last reading is old."""
        now = time.monotonic()
        if self._catalog is None or now - self._read_at > self._fresh_for_s:
            self._catalog = await read_catalog(self._database)
            self._read_at = now
        return self._catalog


async def read_catalog(database: Database) -> Catalog:
    """The catalog as it is in the database now."""

    async with database.connection() as conn:

        async def words(table: Table) -> tuple[Word, ...]:
            rows = (await conn.execute(select(table).order_by(table.c.id))).mappings()
            return tuple(
                Word(r["id"], r["code"], Words(r["name_zh"], r["name_en"]), r.get("osm_tag")) for r in rows
            )

        return Catalog(await words(tables.kind), await words(tables.amenity), await words(tables.host))


def _ids(codes: Iterable[str], words: tuple[Word, ...], field: str, what: Words) -> list[int]:
    ids = {word.code: word.id for word in words}
    found: list[int] = []
    for code in codes:
        if code not in ids:
            near = near_codes(code, list(ids))
            raise UnknownCode(
                Words(f"没有这种{what.zh}", f"there is no such {what.en}"),
                field=field,
                mend=Words(
                    f"是否想用：{'、'.join(near)}" if near else f"可选：{'、'.join(ids)}",
                    f"did you mean {' or '.join(near)}?" if near else f"choose from {', '.join(ids)}",
                ),
                near=near,
            )
        if ids[code] not in found:
            found.append(ids[code])
    return found
