"""What a mapping file may say: which column is what, and how the source writes it.

docs/loading.md explains every key with an example. A key that is not here is refused, and so is
a mapping that could not make a station (no name, no position, no kind, no id).
"""

from __future__ import annotations

import difflib
import hashlib
import re
import string
import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, available_timezones

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from geoapi.errors import GeoapiError, InvalidMapping, Words
from geoapi.geometry.datums import Datum, Epsg, parse_file_datum

Format = Literal["csv", "xlsx", "json", "geojson"]

FIELDS = (
    "name_zh", "name_en", "address", "lon", "lat", "lonlat", "kind", "amenities", "hours", "phone",
    "description", "host", "host_name", "organisation", "district_code", "district_name",
    "access_note", "holiday_policy", "verified_at",
)  # fmt: skip
"""Everything a column may be."""


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=False)


def _is_datum(text: str) -> str:
    try:
        parse_file_datum(text)
    except GeoapiError as error:
        raise ValueError(error.line()) from error
    return text


def _is_zone(text: str) -> str:
    if text not in available_timezones():
        raise ValueError(f"{text!r} is not an IANA time zone such as Asia/Shanghai")
    return text


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str) else value


Columns = Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1)]


class Joined(_Section):
    """Several columns as one text: their non-empty cells with `join` between them."""

    columns: Columns
    join: str = " "


class Template(_Section):
    """A text with cells in it, as "{name}站"; of several, those with an empty cell are left out."""

    template: Annotated[tuple[str, ...], BeforeValidator(_as_list), Field(min_length=1)]
    join: str = " "

    @model_validator(mode="after")
    def _names_columns(self) -> Template:
        for text in self.template:
            try:
                parts = list(string.Formatter().parse(text))
            except ValueError as error:
                raise ValueError(f"the template {text!r} has unbalanced braces") from error
            if not any(name for _, name, _, _ in parts):
                raise ValueError(f'the template {text!r} names no column, as in "{{name}}"')
            if any(name == "" or spec or conversion for _, name, spec, conversion in parts):
                raise ValueError(f"in the template {text!r} a brace holds a column's name and nothing else")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        return tuple(name for text in self.template for name in template_columns(text))


def template_columns(text: str) -> list[str]:
    """The columns that a template names, in order."""
    return [name for _, name, _, _ in string.Formatter().parse(text) if name]


def _as_recipe(value: object) -> object:
    if isinstance(value, str):
        return {"columns": [value]}
    if isinstance(value, list):
        return {"columns": value}
    return value


Recipe = Annotated[Template | Joined, BeforeValidator(_as_recipe)]


class Source(_Section):
    """Whose data it is. `name` is the key under which later files of the same source are merged."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{1,59}$")]
    title: str = ""
    licence: str = ""
    url: str = ""


class FileShape(_Section):
    """How the file is written, where its looks alone would not tell."""

    format: Format | None = None
    encoding: str | None = None
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    sheet: str | None = None
    skip: Annotated[int, Field(ge=0, le=100)] = 0
    header_rows: Annotated[int, Field(ge=1, le=5)] = 1
    records: str | None = None

    @model_validator(mode="after")
    def _known_encoding(self) -> FileShape:
        if self.encoding is not None:
            try:
                "".encode(self.encoding)
            except LookupError:
                raise ValueError(
                    f"encoding {self.encoding!r} is unknown; use utf-8, gb18030 or big5"
                ) from None
        return self


class Place(_Section):
    """What the coordinates and the clock on the wall mean."""

    datum: Annotated[str, AfterValidator(_is_datum)]
    outside: Literal["quarantine", "keep"] = "quarantine"
    time_zone: Annotated[str, AfterValidator(_is_zone)] = "Asia/Shanghai"
    calendar: Annotated[str, Field(pattern=r"^[A-Z]{2}$")] = "CN"

    @property
    def parsed_datum(self) -> Datum | Epsg:
        return parse_file_datum(self.datum)

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.time_zone)


class Identity(_Section):
    """What makes a row the same station in the next file: id columns, or a hash of what does not change."""

    columns: Columns | None = None
    hash_of: Columns | None = None

    @model_validator(mode="after")
    def _one_way(self) -> Identity:
        if (self.columns is None) == (self.hash_of is None):
            raise ValueError("give either columns (an id the source itself keeps) or hash_of, not both")
        return self

    @property
    def used(self) -> tuple[str, ...]:
        return self.columns or self.hash_of or ()


class Presence(_Section):
    """A column that says whether the facility exists: `none` are its words for "no"; empty is unknown."""

    column: str
    none: Annotated[tuple[str, ...], Field(min_length=1)]


class Values(_Section):
    """The source's words → our codes. An empty code means: known, and rightly nothing of ours."""

    kind: dict[str, str] = {}
    amenity: dict[str, str] = {}
    host: dict[str, str] = {}
    holiday_policy: dict[str, Literal["", "as_usual", "closed"]] = {}


class Amenities(_Section):
    """How amenities are written: in one cell with separators, or a column for each."""

    separators: str = ";；,，、|/\n"
    columns: dict[str, str] = {}
    yes: tuple[str, ...] = ("有", "是", "√", "✓", "1", "y", "yes", "true", "○", "可")
    no: tuple[str, ...] = ("无", "無", "否", "×", "✗", "0", "n", "no", "false", "不可", "没有")


class HoursShape(_Section):
    """What the source means by hours that name no day."""

    times_without_days: Literal["unsaid", "daily"] = "unsaid"


class Mapping(_Section):
    """A whole mapping file."""

    source: Source
    file: FileShape = FileShape()
    place: Place
    id: Identity
    columns: dict[str, Recipe] = {}
    constants: dict[str, str] = {}
    presence: Presence | None = None
    values: Values = Values()
    amenities: Amenities = Amenities()
    hours: HoursShape = HoursShape()
    absence: tuple[str, ...] = ("-", "—", "/", "无", "暂无", "N/A", "null")
    dates: tuple[str, ...] = ("%Y-%m-%d", "%Y/%m/%d", "%Y年%m月%d日", "%Y-%m-%d %H:%M:%S")
    attributes: tuple[str, ...] | Literal["rest"] = ()
    near_duplicate_m: Annotated[float, Field(gt=0, le=2000)] = 150.0

    @model_validator(mode="after")
    def _makes_stations(self) -> Mapping:
        for section in (self.columns, self.constants):
            for name in section:
                if name not in FIELDS:
                    near = difflib.get_close_matches(name, FIELDS, n=1)
                    hint = f"; did you mean {near[0]!r}?" if near else f"; fields are {', '.join(FIELDS)}"
                    raise ValueError(f"there is no field {name!r}{hint}")
        if both := sorted(self.columns.keys() & self.constants.keys()):
            raise ValueError(f"{both[0]!r} is given twice, in [columns] and in [constants]")
        given = self.columns.keys() | self.constants.keys()
        for name in ("name_zh", "kind"):
            if name not in given:
                raise ValueError(f"nothing says what {name!r} is: add it to [columns] or [constants]")
        if not ({"lon", "lat"} <= self.columns.keys() or "lonlat" in self.columns):
            raise ValueError("nothing says where stations are: add lon and lat (or lonlat) to [columns]")
        return self

    def columns_used(self) -> dict[str, str]:
        """Every column the mapping names → where it names it ("columns.name_zh")."""
        used: dict[str, str] = {}
        for column in self.id.used:
            used.setdefault(column, "id")
        for field, recipe in self.columns.items():
            for column in recipe.columns:
                used.setdefault(column, f"columns.{field}")
        if self.presence:
            used.setdefault(self.presence.column, "presence.column")
        for column in self.amenities.columns:
            used.setdefault(column, "amenities.columns")
        if self.attributes != "rest":
            for column in self.attributes:
                used.setdefault(column, "attributes")
        return used

    def as_json(self) -> dict[str, Any]:
        """Every key with its value, defaults included."""
        return self.model_dump(mode="json")

    @property
    def sha256(self) -> str:
        """Of the mapping's meaning: comments, order and unstated defaults do not change it."""
        return hashlib.sha256(orjson.dumps(self.as_json(), option=orjson.OPT_SORT_KEYS)).hexdigest()


def read_mapping(path: Path) -> Mapping:
    """The mapping in a TOML file, or one that ships with the project by its bare name ("taiwan").

    Raises `InvalidMapping` naming the key at fault and what to do.
    """
    text = _text_of(path)
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidMapping(
            Words(f"{path.name} 不是有效的 TOML:{error}", f"{path.name} is not valid TOML: {error}"),
            field="--map",
            mend=Words("列名含中文或空格时请加引号", "quote names that are not plain ASCII words"),
        ) from error
    return parse_mapping(content, name=path.name)


def parse_mapping(content: dict[str, Any], *, name: str = "mapping") -> Mapping:
    """The mapping that this TOML or JSON content says. Raises `InvalidMapping`."""
    try:
        return Mapping.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"] if part not in ("Template", "Joined"))
        said = re.sub(r"^Value error, ", "", first["msg"])
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(first["loc"][-1]), _known_keys(), n=1)
            said = "there is no such key" + (f"; did you mean {near[0]!r}?" if near else "")
        elif first["type"] == "missing":
            said = "this key is missing"
        raise InvalidMapping(
            Words(f"{name} 的 {key or '内容'} 有误:{said}", f"{name}: {key + ': ' if key else ''}{said}"),
            field=key or "--map",
            mend=Words(
                "每个键的含义与示例见 docs/loading.md", "docs/loading.md explains every key, with examples"
            ),
        ) from error


def shipped_mappings() -> list[str]:
    """Names of the mappings that come with the project."""
    folder = resources.files("loaders") / "mappings"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def _text_of(path: Path) -> str:
    try:
        if path.suffix == "" and not path.exists() and path.name in shipped_mappings():
            return (resources.files("loaders") / "mappings" / f"{path.name}.toml").read_text("utf-8")
        return path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(shipped_mappings())
        raise InvalidMapping(
            Words(f"读不了映射文件 {path}", f"cannot read the mapping file {path}"),
            field="--map",
            mend=Words(
                f"给出 UTF-8 的 TOML 文件，或随附映射之一:{names}",
                f"give a TOML file in UTF-8, or one that ships: {names}",
            ),
        ) from error


def _known_keys() -> list[str]:
    sections = (
        Mapping, Source, FileShape, Place, Identity, Presence, Values, Amenities, HoursShape, Joined, Template
    )  # fmt: skip
    return sorted({key for section in sections for key in section.model_fields})
