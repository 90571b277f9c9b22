"""What a station was at any version, from its history alone. Pure.

A revision holds what changed: columns by name, closures and extra openings as "exception:ID", outages as
"outage:ID", with None where there was, or is, none. The first one of a station holds all of it. The station's
row, exceptions and outages are at every moment what the fold of its revisions says.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

Fields = Mapping[str, Any]

EXCEPTION: Final = "exception:"
OUTAGE: Final = "outage:"


@dataclass(frozen=True)
class Recorded:
    """A station as its history has it: columns by name, exceptions and outages by their id."""

    columns: dict[str, Any] = field(default_factory=dict)
    exceptions: dict[int, dict[str, Any]] = field(default_factory=dict)
    outages: dict[int, dict[str, Any]] = field(default_factory=dict)

    def changed(self, after: Fields) -> Recorded:
        """The station as it is after a revision with these values."""
        columns, exceptions, outages = dict(self.columns), dict(self.exceptions), dict(self.outages)
        for key, value in after.items():
            if key.startswith(EXCEPTION):
                _put(exceptions, int(key.removeprefix(EXCEPTION)), value)
            elif key.startswith(OUTAGE):
                _put(outages, int(key.removeprefix(OUTAGE)), value)
            else:
                columns[key] = value
        return Recorded(columns, exceptions, outages)

    def value(self, key: str) -> Any:
        """What it has under a revision's key: a column's value, an exception or outage; None where none."""
        if key.startswith(EXCEPTION):
            return self.exceptions.get(int(key.removeprefix(EXCEPTION)))
        if key.startswith(OUTAGE):
            return self.outages.get(int(key.removeprefix(OUTAGE)))
        return self.columns.get(key)


def replay(afters: Iterable[Fields]) -> Recorded:
    """The station after these revisions (what each has in `after`), oldest first; empty after none."""
    recorded = Recorded()
    for after in afters:
        recorded = recorded.changed(after)
    return recorded


def _put(those: dict[int, dict[str, Any]], id_: int, value: dict[str, Any] | None) -> None:
    if value is None:
        those.pop(id_, None)
    else:
        those[id_] = value
