"""What every section draws on: the answers, the language, names of codes, phrases made of the method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from markupsafe import Markup

from geoapi.errors import Words
from geoapi.report.basemap import on_sheet
from geoapi.report.figures import NOTHING, Figures, joined, known, moment, name_of
from geoapi.report.inputs import KIND_NAMES, Answer, ReportInputs
from geoapi.report.maps import GapDrawing, Sheet, gap_drawing, sheet
from geoapi.report.text import clean
from geoapi.report.words import WORDS


class Missing(Exception):
    """A section has nothing to show; `why` says why."""

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(why)


@dataclass(frozen=True)
class Scene:
    """The inputs with their language."""

    inputs: ReportInputs

    @property
    def lang(self) -> str:
        return self.inputs.lang

    def say(self, key: str, **values: str) -> str:
        """The words of a key in the report's language, filled in."""
        return WORDS[key].in_language(self.lang).format(**values)

    def markup(self, key: str, **values: str) -> Markup:
        """The same as HTML: the words' own elements stay, the values are escaped."""
        return Markup(WORDS[key].in_language(self.lang)).format(
            **{name: clean(value) for name, value in values.items()}
        )

    def missing(self, section: str) -> Missing:
        """What to raise for a section whose answer is not there, with the reason given or the usual one."""
        given = self.inputs.why.get(section)
        usual = WORDS.get(f"why_{section}", WORDS["why_default"])
        return Missing((given or usual).in_language(self.lang))

    def needed(self, section: str, answer: Answer | None) -> Answer:
        """The answer, or `Missing`."""
        if answer is None:
            raise self.missing(section)
        return answer

    @cached_property
    def figures(self) -> Figures:
        return Figures(self.lang, fractions=bool(self.demand.get("by_area")))

    @property
    def method(self) -> Mapping[str, Any]:
        return self.inputs.coverage.get("method") or {}

    @property
    def demand(self) -> Mapping[str, Any]:
        return self.method.get("demand") or {}

    @property
    def speed_m_s(self) -> Any:
        return (self.method.get("model") or {}).get("walk_speed_m_s")

    @cached_property
    def area(self) -> str:
        """The area's name."""
        return clean(name_of(self.inputs.coverage.get("area") or {}, self.lang))

    @cached_property
    def area_code(self) -> str:
        return str((self.inputs.coverage.get("area") or {}).get("code", ""))

    @cached_property
    def unit(self) -> str:
        return str(self.demand.get(f"unit_{self.lang}") or self.demand.get("unit_zh") or "")

    @cached_property
    def noun(self) -> str:
        """What is asked for: the kind's name if it is one, and the amenities it must have."""
        kinds = self.method.get("kinds") or []
        noun = self.code_name(kinds[0]) if len(kinds) == 1 else self.say("station")
        amenities = [self.code_name(code) for code in self.method.get("amenities") or []]
        if amenities:
            noun = self.say("with", noun=noun, amenities=self.say("and").join(amenities))
        return noun

    def amount(self, value: Any) -> str:
        """An amount in full with its unit: 1,234,567 人."""
        return self.figures.of(self.figures.count(value), self.unit)

    def brief(self, value: Any) -> str:
        """An amount at a glance with its unit: 123.5 万人."""
        return self.figures.of(self.figures.brief(value), self.unit)

    def code_name(self, code: str) -> str:
        """The name of a kind or an amenity; the code itself where nobody gave one."""
        words = self.inputs.names.get(code) or KIND_NAMES.get(code) or Words(code, code)
        return words.in_language(self.lang)

    @cached_property
    def reach(self) -> str:
        """步行 15 分钟, or a walk of 800 m: as it was asked."""
        within = self.method.get("within") or {}
        minutes = known(within.get("minutes"))
        if minutes is not None and "min" in str(within.get("asked", "min")):
            return self.say("reach_minutes", minutes=f"{minutes:g}")
        return self.say("reach_metres", metres=self.figures.metres(within.get("metres")))

    @cached_property
    def when(self) -> str:
        """The answers' time; empty where they name none."""
        at = moment(self.method.get("at"))
        return "" if at is None else self.figures.day_hour(at)

    @cached_property
    def prefix(self) -> str:
        """The time as a sentence begins with it."""
        return self.say("prefix", when=self.when) if self.when else ""

    @cached_property
    def districts(self) -> Mapping[str, str]:
        """Names of the districts that any answer or outline knows, by code."""
        found = {}
        for answer in (self.inputs.worst, self.inputs.coverage):
            for row in (answer or {}).get("districts") or []:
                if row.get("rest"):  # its code is the whole area's
                    continue
                found[str(row.get("code"))] = name_of(row, self.lang)
        for outline in self.inputs.outlines:
            found.setdefault(outline.code, outline.name.in_language(self.lang))
        return found

    def district(self, row: Mapping[str, Any] | None) -> str:
        """The name of a district that an answer gives as code and name."""
        if not row:
            return NOTHING
        return self.districts.get(str(row.get("code"))) or name_of(row, self.lang)

    @cached_property
    def sheet(self) -> Sheet | None:
        """The maps' sheet; None where the outline is missing."""
        return sheet(self.inputs.boundary, self.inputs.outlines, self.figures, self.say("north"))

    @cached_property
    def gap_drawing(self) -> GapDrawing | None:
        """The gaps in the sheet's pixels; None where there is no sheet or no answer."""
        if self.sheet is None or self.inputs.gaps is None:
            return None
        return gap_drawing(self.sheet.frame, self.inputs.gaps)

    @cached_property
    def store(self) -> Markup:
        """What both maps draw on, to stand once at the head of the page."""
        if self.sheet is None:
            return Markup("")
        return self.sheet.store(self.inputs.stations or (), self.gap_drawing)

    @cached_property
    def dots_on_map(self) -> list[int]:
        """The states of the stations on the sheet, or of all where there is none."""
        dots = self.inputs.stations or ()
        if self.sheet is None:
            return [dot.state for dot in dots]
        return [int(state) for state in on_sheet(self.sheet.frame, dots)[2]]

    @property
    def reach_radius_m(self) -> float | None:
        """How far a station reaches as the crow flies; None where that is no circle."""
        metres = known((self.method.get("within") or {}).get("metres"))
        factor = known((self.method.get("model") or {}).get("detour_factor"))
        return metres / factor if metres and factor else None

    @property
    def no_map(self) -> str:
        """Why there is no map."""
        return self.missing("map").why

    def coordinates(self, place: Mapping[str, Any] | None) -> str:
        """A place as lon, lat with four decimals, ten metres."""
        if not place or known(place.get("lon")) is None or known(place.get("lat")) is None:
            return NOTHING
        return f"{place['lon']:.4f}, {place['lat']:.4f}"

    def both(self, row: Mapping[str, Any], key: str) -> tuple[Any, Any]:
        """A measure counted closed and counted open."""
        return (row.get("unknown_closed") or {}).get(key), (row.get("unknown_open") or {}).get(key)

    def range_of_shares(self, row: Mapping[str, Any], key: str = "share", decimals: int = 1) -> str:
        """A share's range, as 64.2%–68.0%, or one number where both read alike."""
        closed, opened = self.both(row, key)
        return joined(self.figures.share(closed, decimals), self.figures.share(opened, decimals))
