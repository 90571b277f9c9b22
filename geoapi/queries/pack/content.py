"""What a pack holds, in a form that is the same to the byte wherever it is made, and its digest."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

import orjson

FORMAT: Final = 1
"""Raised when a client that knows the format before would misread the pack."""

FIELDS: Final = (
    "id", "kind", "name_zh", "name_en", "address", "lon", "lat", "district", "organisation", "host",
    "host_name", "phone", "description", "attributes", "amenities", "access", "hours_text", "hours_to_come",
    "hours", "hours_later", "time_zone", "calendar", "verified_at", "created_at", "updated_at", "version",
    "source", "schedule", "outages", "exceptions", "warnings", "reading", "search",
)  # fmt: skip
"""The fields of a station's record, in their order."""

PARTS: Final = (
    "kinds", "amenities", "hosts", "districts", "organisations", "zones", "calendars", "schedules",
    "readings", "simplified",
)  # fmt: skip
"""The small parts, each sent whole when it has changed, in the order of the digest."""


@dataclass(frozen=True)
class Content:
    """What a pack says of itself, its parts, and its stations' records as JSON, by id in rising order."""

    about: dict[str, Any]
    parts: dict[str, Any]
    records: dict[int, bytes]

    def version(self) -> str:
        """The digest of everything: 32 hexadecimal digits. The same content has the same version."""
        digest = hashlib.sha256(orjson.dumps(self.about) + b"\n")
        for name in PARTS:
            digest.update(orjson.dumps(self.parts[name]) + b"\n")
        for record in self.records.values():
            digest.update(record + b"\n")
        return digest.hexdigest()[:32]

    def part_digests(self) -> dict[str, str]:
        """By name; a part whose digest is the same is the same."""
        return {name: hashlib.sha256(orjson.dumps(self.parts[name])).hexdigest()[:16] for name in PARTS}


def record_digest(record: bytes) -> bytes:
    """What tells whether a station's record has changed."""
    return hashlib.sha256(record).digest()[:16]


def number(value: float) -> Any:
    """A number that both sides write alike: JavaScript has no 116.0, and writes 0.00001 in full."""
    value = float(value)
    if value.is_integer() and abs(value) < 2**53:
        return int(value)
    if 1e-6 <= abs(value) < 1e-4:
        return orjson.Fragment(format(Decimal(repr(value)), "f"))
    return value


def plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values with their numbers written alike by both sides."""
    return {name: number(value) if isinstance(value, float) else value for name, value in values.items()}
