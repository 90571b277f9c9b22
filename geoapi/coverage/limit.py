"""How far is within reach: "800m", "1.2km" or "15min" as metres walked."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from geoapi.errors import InvalidInput, Words

_LIMIT = re.compile(r"(\d{1,7}(?:\.\d{1,3})?)\s*(m|米|km|公里|千米|min|分钟|分)", re.ASCII | re.IGNORECASE)
_METRES = {"m": 1.0, "米": 1.0, "km": 1000.0, "公里": 1000.0, "千米": 1000.0}


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit as it was asked for, in metres walked and in minutes on foot."""

    asked: str
    metres: float
    minutes: float


def parse_within(text: str, *, walk_speed_m_s: float, most_m: float, field: str = "within") -> Limit:
    """The limit that a text means. `InvalidInput` for what is no limit, for 0, and beyond `most_m`."""
    match = _LIMIT.fullmatch(unicodedata.normalize("NFKC", text).strip())
    if match is None:
        raise InvalidInput(
            Words("看不懂这个范围", "is no limit"),
            field=field,
            mend=Words("例如 800m 或 15min", "for example 800m or 15min"),
        )
    number, unit = float(match[1]), match[2].lower()
    metres = number * _METRES[unit] if unit in _METRES else number * 60 * walk_speed_m_s
    if not 0 < metres <= most_m:
        minutes = int(most_m / 60 / walk_speed_m_s)
        raise InvalidInput(
            Words(f"须大于 0，且不超过 {most_m:g} 米", f"must be more than 0 and at most {most_m:g} m"),
            field=field,
            mend=Words(
                f"请给 {most_m:g}m、{minutes}min 或更小", f"ask for {most_m:g}m, {minutes}min or less"
            ),
        )
    return Limit(text.strip(), metres, metres / 60 / walk_speed_m_s)
