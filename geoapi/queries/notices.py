"""What managers tell workers of a dated closure or extra opening that is in force."""

from __future__ import annotations

from typing import Final, NamedTuple


class Notice(NamedTuple):
    """The reason in Chinese and English, as far as it was given."""

    zh: str | None
    en: str | None

    def in_language(self, lang: str) -> str | None:
        """The text in the asked language where there is one, else in the other."""
        return (self.en or self.zh) if lang == "en" else (self.zh or self.en)


NOTICES_SQL: Final = """
SELECT DISTINCT ON (asked.id) asked.id, e.note_zh, e.note_en
FROM unnest(%(stations)s::bigint[], %(moments)s::timestamptz[]) AS asked (id, at)
JOIN hours_exception AS e ON e.station_id = asked.id AND e.during @> asked.at
-- of several the one that decides
ORDER BY asked.id, e.id DESC
"""
"""The exception in force at each station at a moment of its own, where there is one."""
