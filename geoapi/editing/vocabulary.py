"""The controlled words, as a change sees them: in its own transaction."""

from __future__ import annotations

from psycopg import Connection

from geoapi.errors import Words
from geoapi.queries.catalog import Catalog, Word

_WORDS = """
SELECT 0, id, code, name_zh, name_en, NULL AS osm_tag FROM kind
UNION ALL SELECT 1, id, code, name_zh, name_en, osm_tag FROM amenity
UNION ALL SELECT 2, id, code, name_zh, name_en, NULL FROM host
ORDER BY 1, 2
"""


def catalog_of(conn: Connection) -> Catalog:
    """Every kind, amenity and host there is."""
    lists: tuple[list[Word], list[Word], list[Word]] = ([], [], [])
    for which, id_, code, zh, en, osm_tag in conn.execute(_WORDS):
        lists[which].append(Word(id_, code, Words(zh, en), osm_tag))
    kinds, amenities, hosts = map(tuple, lists)
    return Catalog(kinds, amenities, hosts)
