"""Which stations match words, and how well: by `station.search` and `sound` (see db/search_text.py)."""

from __future__ import annotations

from typing import Any

from sqlalchemy import REAL, ColumnElement, and_, case, cast, func, literal, or_, select

from geoapi.db.search_text import normalise, pinyin_of
from geoapi.db.tables import station

# the share of a word's trigrams from which a similar spelling is taken for the word
ALIKE_FROM = 0.45
# for this transaction: what the operator <% goes by, and with it the index
LOOSEN = select(func.set_config("pg_trgm.word_similarity_threshold", str(ALIKE_FROM), True))
# ranks to the letter are 0 to 2, by likeness 3 to 4: a cursor's rank tells which way it came
LIKENESS_RANKS_FROM = 3.0

Match = tuple[ColumnElement[bool], ColumnElement[Any]]


def tokens_of(words: str) -> list[str]:
    """The words asked for, each in the form that the column has; empty when there is nothing to find."""
    return [token for token in map(normalise, words.split()) if token]


def to_the_letter(tokens: list[str]) -> Match:
    """Condition and rank: every token is somewhere; names beginning with them first."""
    name, reading, initials = (
        func.split_part(func.split_part(station.c.search, "|", part), " ", 1) for part in (1, 2, -1)
    )
    whole = "".join(tokens)
    begins = or_(*(form.startswith(whole, autoescape=True) for form in (name, reading, initials)))
    within = and_(
        *(or_(*(form.contains(token, autoescape=True) for form in (name, reading))) for token in tokens)
    )
    rank = case((begins, 0.0), (within, 1.0), else_=2.0)
    return and_(*map(_contains, tokens)), cast(rank, REAL)


def by_likeness(tokens: list[str]) -> Match:
    """Condition and rank: every token sounds like something that is there, the most alike first.

    Compared by pinyin: a wrong character is nearly always one that sounds the same or
    nearly so, and leaves no trigram of a Chinese word of four standing.
    """
    sounds = [pinyin_of(token) for token in tokens]
    alike = func.least(*(func.word_similarity(sound, station.c.sound) for sound in sounds))
    condition = and_(*(literal(sound).bool_op("<%")(station.c.sound) for sound in sounds))
    return condition, cast(LIKENESS_RANKS_FROM + 1 - alike, REAL)


def _contains(token: str) -> ColumnElement[bool]:
    """The token is there: by its pinyin, which the index holds, and where it is Chinese to the letter too."""
    reading = pinyin_of(token)
    sounds = station.c.sound.contains(reading, autoescape=True)
    if reading == token:
        return sounds
    return and_(sounds, station.c.search.contains(token, autoescape=True))
