"""Opening hours as a file gives them: each distinct text is read once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

from geoapi.hours import TimesWithoutDays, read_hours


@dataclass(frozen=True, slots=True)
class HoursValue:
    """What the station's hours columns will hold for one text."""

    text: str | None
    osm: str | None
    certainty: Literal["full", "partial", "unknown"]
    rules: dict[str, Any] | None
    unread: tuple[str, ...]
    access: tuple[str, ...]


NO_HOURS = HoursValue(None, None, "unknown", None, (), ())


class HoursColumn:
    """Reads texts, remembers them, and numbers the distinct ones from 1 in `values`; 0 is no text."""

    def __init__(self, times_without_days: TimesWithoutDays) -> None:
        self._times_without_days = times_without_days
        self._keys: dict[str, int] = {"": 0}
        self.values: list[HoursValue] = [NO_HOURS]

    def key(self, text: str) -> int:
        """The number of this text's value."""
        if (key := self._keys.get(text)) is None:
            key = self._keys[text] = len(self.values)
            self.values.append(self._read(text))
        return key

    def _read(self, text: str) -> HoursValue:
        reading = read_hours(text, times_without_days=self._times_without_days)
        return HoursValue(
            text,
            reading.osm,
            reading.certainty,
            reading.rules.to_json() if reading.rules is not None else None,
            tuple(reading.unread),
            tuple(reading.access),
        )

    def certainties(self, keys: Counter[int]) -> dict[str, int]:
        """How many stations have hours understood fully, partly, not at all."""
        counts = {"full": 0, "partial": 0, "unknown": 0}
        for key, times in keys.items():
            counts[self.values[key].certainty] += times
        return counts
