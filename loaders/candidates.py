"""A row of the file → what it says of one station, or the reason why it says nothing of one."""

from __future__ import annotations

import hashlib
import re
import string
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from loaders.hours_column import HoursColumn
from loaders.mapping import Identity, Joined, Mapping, Recipe, template_columns
from loaders.rows import Row
from loaders.vocabulary import Vocabulary, word

Cells = dict[str, str]
Getter = Callable[[Cells], str]

MOST_UNKNOWN_VALUES = 200
"""Distinct values listed for each field; the rest are counted under "…"."""


class Rejected(NamedTuple):
    """A row for the quarantine: why, in one machine-readable word and in detail."""

    row: Row
    reason: str
    detail: str | None = None
    external_id: str | None = None
    district: str | None = None
    """The district that it would belong to, as far as the row tells."""


@dataclass(slots=True)
class Candidate:
    """What one row says of a station. Coordinates are the file's own, in its own datum."""

    row: Row
    external_id: str
    kind_id: int
    name_zh: str
    name_en: str | None
    address: str | None
    x: float
    y: float
    stated_district: str | None
    organisation: str | None
    host_id: int | None
    host_name: str | None
    phone: str | None
    description: str | None
    amenity_ids: list[int]
    access_note: str | None
    hours_key: int
    holiday_policy: str | None
    verified_at: datetime | None
    attributes: dict[str, Any] = field(default_factory=dict)


class UnknownValues:
    """Every value that no translation knew, by field, with how often: never dropped silently."""

    def __init__(self) -> None:
        self._counts: defaultdict[str, Counter[str]] = defaultdict(Counter)

    def add(self, name: str, value: str) -> None:
        counts = self._counts[name]
        known = value in counts or len(counts) < MOST_UNKNOWN_VALUES
        counts[value[:200] if known else "…"] += 1

    def as_dict(self) -> dict[str, dict[str, int]]:
        return {name: dict(counts.most_common()) for name, counts in sorted(self._counts.items())}


class CandidateReader:
    """Turns rows into candidates as one mapping says."""

    def __init__(
        self, mapping: Mapping, vocabulary: Vocabulary, columns: Sequence[str], hours: HoursColumn
    ) -> None:
        self._mapping = mapping
        self._vocabulary = vocabulary
        self._hours = hours
        self.unknown_values = UnknownValues()
        self._absent = frozenset(word(text) for text in mapping.absence) | {""}
        self._longest_absence = max(map(len, mapping.absence), default=0) + 2
        self._get = {name: self._getter(recipe) for name, recipe in mapping.columns.items()}
        for name, text in mapping.constants.items():
            self._get[name] = _constant(text)
        self._kinds = _translated(mapping.values.kind, vocabulary.kinds)
        self._hosts = _translated(mapping.values.host, vocabulary.hosts)
        self._amenities = _translated(mapping.values.amenity, vocabulary.amenities)
        self._policies = {word(text): code for text, code in mapping.values.holiday_policy.items()}
        self._split = re.compile(f"[{re.escape(mapping.amenities.separators)}]+")
        self._amenity_columns = {
            column: vocabulary.amenities.get(word(code)) for column, code in mapping.amenities.columns.items()
        }
        self._yes = frozenset(word(text) for text in mapping.amenities.yes)
        self._no = frozenset(word(text) for text in mapping.amenities.no) | self._absent
        self._none = (
            frozenset(word(text) for text in mapping.presence.none) if mapping.presence else frozenset()
        )
        self._amenity_memo: dict[str, tuple[list[int], list[str]]] = {}
        self._dates_memo: dict[str, datetime | None] = {}
        used = mapping.columns_used()
        self._attributes: tuple[str, ...] = (
            tuple(column for column in columns if column not in used)
            if mapping.attributes == "rest"
            else mapping.attributes
        )

    def read(self, row: Row) -> Candidate | Rejected:
        """The candidate, unless the row has a fault, has no facility, id, name, known kind or coordinates."""
        cells, mapping = row.cells, self._mapping
        if row.fault is not None:
            return Rejected(row, row.fault, _FAULTS.get(row.fault))
        external_id = external_id_of(mapping.id, cells)
        if mapping.presence is not None:
            said = cells[mapping.presence.column]
            if word(said) in self._none:
                return Rejected(row, "there_is_none", f"{mapping.presence.column}: {said}", external_id)
            if not said.strip():
                return Rejected(
                    row, "unknown_whether_there", f"{mapping.presence.column} is empty", external_id
                )
        if external_id is None:
            return Rejected(row, "no_id", f"{', '.join(mapping.id.used)} is empty")
        if not (name := self._text("name_zh", cells)):
            return Rejected(row, "no_name", None, external_id)
        said_kind = self._text("kind", cells)
        if (kind_id := self._kinds.get(word(said_kind))) is None:
            self.unknown_values.add("kind", said_kind)
            return Rejected(row, "unknown_kind", said_kind or "empty", external_id)
        position = self._position(cells)
        if isinstance(position, tuple) and isinstance(position[0], str):
            return Rejected(row, *position, external_id)
        x, y = position
        return Candidate(
            row,
            external_id,
            kind_id,
            name,
            self._text("name_en", cells) or None,
            self._text("address", cells) or None,
            float(x),
            float(y),
            self._text("district_code", cells) or self._text("district_name", cells) or None,
            self._text("organisation", cells) or None,
            self._host(cells),
            self._text("host_name", cells) or None,
            self._text("phone", cells) or None,
            self._text("description", cells) or None,
            self._amenity_ids(cells),
            self._text("access_note", cells) or None,
            self._hours.key(self._text("hours", cells)),
            self._holiday_policy(cells),
            self._verified_at(cells),
            {column: text for column in self._attributes if (text := self._present(cells[column]))},
        )

    def whereabouts(self, row: Row) -> tuple[tuple[float, float] | None, str | None]:
        """Where a row that was refused says that it is: coordinates as the file has them, and a district."""
        if row.fault is not None:
            return None, None
        x, y = self._position(row.cells)
        point = (x, y) if isinstance(x, float) and isinstance(y, float) else None
        said = self._text("district_code", row.cells) or self._text("district_name", row.cells)
        return point, said or None

    # -- pieces ------------------------------------------------------------------------------

    def _present(self, text: str) -> str:
        """The cell without surrounding space; empty when it is one of the words for absence."""
        text = text.strip()
        return "" if len(text) <= self._longest_absence and word(text) in self._absent else text

    def _getter(self, recipe: Recipe) -> Getter:
        if isinstance(recipe, Joined):
            if len(recipe.columns) == 1:
                column = recipe.columns[0]
                return lambda cells: self._present(cells[column])
            return lambda cells: recipe.join.join(
                text for column in recipe.columns if (text := self._present(cells[column]))
            )
        parts = [(_pieces(text), template_columns(text)) for text in recipe.template]

        def filled(cells: Cells) -> str:
            done = []
            for pieces, columns in parts:
                values = {column: self._present(cells[column]) for column in columns}
                if all(values.values()):
                    done.append("".join(literal + values.get(name, "") for literal, name in pieces))
            return recipe.join.join(done)

        return filled

    def _text(self, name: str, cells: Cells) -> str:
        getter = self._get.get(name)
        return getter(cells) if getter else ""

    def _position(self, cells: Cells) -> tuple[float, float] | tuple[str, str | None]:
        if "lonlat" in self._get:
            pair = re.split(r"[,，;；\s]+", self._text("lonlat", cells).strip("()[]（）"))
            lon, lat = pair if len(pair) == 2 else (self._text("lonlat", cells), "")
            if len(pair) != 2 and lon:
                return "not_a_number", lon[:100]
        else:
            lon, lat = self._text("lon", cells), self._text("lat", cells)
        if not lon or not lat:
            return "no_coordinates", None
        try:
            # Python also reads "1_1", "nan" and "infinity": the last two are caught as not finite
            return float(_number(lon)), float(_number(lat))
        except ValueError:
            return "not_a_number", f"{lon[:50]}, {lat[:50]}"

    def _host(self, cells: Cells) -> int | None:
        said = self._text("host", cells)
        if not said:
            return None
        key = word(said)
        if key not in self._hosts:
            self.unknown_values.add("host", said)
        return self._hosts.get(key)

    def _amenity_ids(self, cells: Cells) -> list[int]:
        said = self._text("amenities", cells)
        ids: list[int] = []
        if said:
            if (known := self._amenity_memo.get(said)) is None:
                known = self._amenity_memo[said] = self._read_amenities(said)
            ids, unknown = known
            for value in unknown:
                self.unknown_values.add("amenity", value)
        if not self._amenity_columns:
            return ids
        ids = list(ids)
        for column, amenity in self._amenity_columns.items():
            answer = word(cells[column])
            if answer in self._yes or (answer not in self._no and answer.isdigit()):
                if amenity is not None:
                    ids.append(amenity)
            elif answer not in self._no:
                self.unknown_values.add(f"amenity:{column}", cells[column])
        return sorted(set(ids))

    def _read_amenities(self, said: str) -> tuple[list[int], list[str]]:
        ids, unknown = set(), []
        for piece in self._split.split(said):
            if not (key := word(piece)) or key in self._absent:
                continue
            if key not in self._amenities:
                unknown.append(piece.strip())
            elif (amenity := self._amenities[key]) is not None:
                ids.add(amenity)
        return sorted(ids), unknown

    def _holiday_policy(self, cells: Cells) -> str | None:
        said = self._text("holiday_policy", cells)
        if not said:
            return None
        code = self._policies.get(word(said), said)
        if code in ("as_usual", "closed"):
            return code
        if code:
            self.unknown_values.add("holiday_policy", said)
        return None

    def _verified_at(self, cells: Cells) -> datetime | None:
        said = self._text("verified_at", cells)
        if not said:
            return None
        if said not in self._dates_memo:
            self._dates_memo[said] = self._read_date(said)
        if (moment := self._dates_memo[said]) is None:
            self.unknown_values.add("verified_at", said)
        return moment

    def _read_date(self, said: str) -> datetime | None:
        for pattern in self._mapping.dates:
            try:
                moment = datetime.strptime(said, pattern)
            except ValueError:
                continue
            return moment if moment.tzinfo else moment.replace(tzinfo=self._mapping.place.zone)
        return None


def external_id_of(identity: Identity, cells: Cells) -> str | None:
    """The id that a row has in its source; None where it has none."""
    parts = [unicodedata.normalize("NFKC", cells[column]).strip() for column in identity.used]
    if not any(parts):
        return None
    if identity.columns is not None:
        return "/".join(parts)[:400] if all(parts) else None
    plain = "\x1f".join(" ".join(part.split()) for part in parts)
    return hashlib.sha256(plain.encode()).hexdigest()[:24]


def _pieces(template: str) -> list[tuple[str, str]]:
    """Each literal text of a template with the column that follows it, "" at the end."""
    return [(literal, name or "") for literal, name, _, _ in string.Formatter().parse(template)]


_FAULTS = {
    "bad_row": "more or fewer cells than the header has",
    "bad_text": "a NUL byte or half a surrogate pair",
    "cell_too_long": "a cell of more than 100,000 characters",
}


def _constant(text: str) -> Getter:
    return lambda cells: text


def _number(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().replace("_", "?")


def _translated(own: dict[str, str], known: Any) -> dict[str, int | None]:
    """Word → id: the vocabulary's own words, then the mapping's; an empty code means none of ours."""
    words: dict[str, int | None] = dict(known)
    for text, code in own.items():
        words[word(text)] = known[word(code)] if code else None
    return words


def check_codes(mapping: Mapping, vocabulary: Vocabulary) -> list[tuple[str, str, tuple[str, ...]]]:
    """Every code in the mapping that this database does not know: (key, code, the codes there are)."""
    wrong = []
    sections = (
        ("values.kind", mapping.values.kind.values(), vocabulary.kinds, vocabulary.kind_codes),
        ("values.amenity", mapping.values.amenity.values(), vocabulary.amenities, vocabulary.amenity_codes),
        ("values.host", mapping.values.host.values(), vocabulary.hosts, vocabulary.host_codes),
        (
            "amenities.columns",
            mapping.amenities.columns.values(),
            vocabulary.amenities,
            vocabulary.amenity_codes,
        ),
        (
            "constants.kind",
            filter(None, [mapping.constants.get("kind")]),
            {**vocabulary.kinds, **{word(text): 0 for text in mapping.values.kind}},
            vocabulary.kind_codes,
        ),
        (
            "constants.host",
            filter(None, [mapping.constants.get("host")]),
            vocabulary.hosts,
            vocabulary.host_codes,
        ),
    )
    for key, codes, known, all_codes in sections:
        wrong += [(key, code, all_codes) for code in codes if code and word(code) not in known]
    return wrong
