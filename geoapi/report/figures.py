"""Numbers, distances and dates as people write them, in Chinese or English."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from geoapi.errors import Words

NOTHING: Final = "—"
DAYS: Final = tuple(
    Words(zh, en)
    for zh, en in zip(
        ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
        ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"),
        strict=True,
    )
)
_LONG_DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS: Final = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip


def known(value: Any) -> float | None:
    """The number, or None for what is none: null, NaN, infinite."""
    if value is None or isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None


@dataclass(frozen=True, slots=True)
class Figures:
    """How one language writes figures. `NOTHING` stands for a number that there is not."""

    lang: str
    fractions: bool = False
    """Whether amounts have decimals that matter: square kilometres have, people have not."""

    def count(self, value: Any) -> str:
        """An amount in full: 1,234,567. Of people, more than none but less than one is <1."""
        number = known(value)
        if number is None:
            return NOTHING
        if self.fractions and abs(number) < 1000 and number != round(number):
            return f"{number:,.1f}" if abs(number) >= 0.05 else "<0.1"
        if 0 < number < 0.5:
            return "<1"
        return f"{_rounded(number):,}"

    def brief(self, value: Any) -> str:
        """An amount at a glance: 123.5 万 in Chinese from ten thousand on, 1,234,567 in English."""
        number = known(value)
        if number is None:
            return NOTHING
        if self.lang == "zh":
            if abs(number) >= 99_995_000:
                return f"{_short(number / 1e8, 2)} 亿"
            if abs(number) >= 10_000:
                return f"{_short(number / 1e4, 1)} 万"
        elif abs(number) >= 999_999_500:
            return f"{_short(number / 1e9, 2)} billion"
        return self.count(number)

    def alike(self, values: Sequence[float]) -> tuple[list[str], str]:
        """Amounts side by side, all in one unit, and the unit: (["0.5", "2"], " 万")."""
        units = ((1e8, " 亿"), (1e4, " 万")) if self.lang == "zh" else ((1e9, " billion"),)
        for size, unit in units:
            if max(values, default=0.0) >= size and min(values) >= size / 10:
                return [f"{value / size:,.4g}" for value in values], unit
        return [self.count(value) for value in values], ""

    def of(self, number: str, unit: str) -> str:
        """A number with its unit: 345.2 万人, 1,234 人, 1,234 people."""
        return number + unit if number.endswith(("万", "亿")) else f"{number} {unit}".strip()

    def share(self, value: Any, decimals: int = 1) -> str:
        """A share as a percentage; it is 0 % or 100 % only when it is exactly that."""
        number = known(value)
        if number is None:
            return NOTHING
        step = 10.0**-decimals
        if 0 < number * 100 < step / 2:
            return f"<{step:.{decimals}f}%"
        if 100 - step / 2 <= number * 100 < 100:
            return f">{100 - step:.{decimals}f}%"
        return "100%" if number == 1 else "0%" if number == 0 else f"{number * 100:.{decimals}f}%"

    def shares(self, low: Any, high: Any, decimals: int = 1) -> str:
        """A range of shares, or one share where both read alike."""
        return joined(self.share(low, decimals), self.share(high, decimals))

    def counts(self, low: Any, high: Any) -> str:
        """A range of amounts, or one where both read alike."""
        return joined(self.count(low), self.count(high))

    def metres(self, value: Any) -> str:
        """A distance: metres below ten kilometres, kilometres from there."""
        number = known(value)
        if number is None:
            return NOTHING
        if number >= 9_999.5:
            return f"{number / 1000:,.1f} {self._word('公里', 'km')}"
        return f"{_rounded(number):,} {self._word('米', 'm')}"

    def minutes(self, metres: Any, speed_m_s: Any) -> str:
        """How long a walk takes, in whole minutes rounded up, as phones say it."""
        distance, speed = known(metres), known(speed_m_s)
        if distance is None or not speed:
            return NOTHING
        # a hair less, so that 1,080 m at 1.2 m/s are 15 minutes and not 16
        whole = math.ceil(distance / speed / 60 - 1e-9)
        return f"{whole:,} {self._word('分钟', 'min')}"

    def decimal(self, value: Any, decimals: int = 2) -> str:
        """A plain number with this many decimals."""
        number = known(value)
        return NOTHING if number is None else f"{number:,.{decimals}f}"

    def day(self, when: date) -> str:
        """2026年11月28日（周六）, or Saturday 28 November 2026."""
        if self.lang == "zh":
            return f"{when.year}年{when.month}月{when.day}日（{DAYS[when.weekday()].zh}）"
        return f"{_LONG_DAYS[when.weekday()]} {when.day} {_MONTHS[when.month - 1]} {when.year}"

    def day_hour(self, when: datetime) -> str:
        """The day and the time on the clock there."""
        if self.lang == "zh":
            return f"{self.day(when)}{self.hour(when)}"
        return f"{self.hour(when)} on {self.day(when)}"

    def hour(self, when: datetime) -> str:
        """3:00 in Chinese, 03:00 in English."""
        return f"{when.hour}:{when.minute:02d}" if self.lang == "zh" else f"{when:%H:%M}"

    def weekday(self, number: int) -> str:
        """The short name of a day, Monday being 0."""
        return DAYS[number].in_language(self.lang)

    def _word(self, zh: str, en: str) -> str:
        return zh if self.lang == "zh" else en


def joined(low: str, high: str) -> str:
    """low–high, or one of them where they read alike."""
    return low if low == high else f"{low}–{high}"


def moment(text: Any) -> datetime | None:
    """The time an answer gives in ISO 8601, on its own clock; None for none, or for what is no time."""
    if not isinstance(text, str):
        return None
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return None


def name_of(item: Mapping[str, Any], lang: str) -> str:
    """What an area, a layer or a station of an answer is called in the language, or else at all."""
    for key in (f"name_{lang}", "name", "name_zh", "name_en", "code", "id"):
        if item.get(key) not in (None, ""):
            return str(item[key])
    return NOTHING


def _short(number: float, decimals: int) -> str:
    """With decimals, but without any that are exactly zero: a round number stays round."""
    return f"{number:,.0f}" if number == round(number) else f"{number:,.{decimals}f}"


def _rounded(number: float) -> int:
    """To the nearest whole; a half upwards, as people round."""
    return math.floor(number + 0.5)
