"""The controlled words: kinds, amenities and hosts, by code and by id."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, partial

from sqlalchemy import Table, select

from geoapi.db import tables
from geoapi.db.engine import Database
from geoapi.errors import UnknownCode, Words
from geoapi.queries.fresh import Fresh
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

    def amenity_ids(self, codes: Iterable[str], *, field: str = "amenity") -> list[int]:
        """The ids of these amenities, none when none is named; `UnknownCode` names the nearest codes, and
        the `field` of the request that they are from."""
        return _ids(codes, self.amenities, field, Words("设施", "amenity"))

    def host_ids(self, codes: Iterable[str]) -> list[int]:
        """The ids of these hosts, none when none is named; `UnknownCode` names the nearest codes."""
        return _ids(codes, self.hosts, "host", Words("场所类型", "type of venue"))


class CatalogCache(Fresh[Catalog]):
    """The catalog as it was a few seconds ago at most."""

    def __init__(self, database: Database) -> None:
        super().__init__(partial(read_catalog, database))


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
