"""What a demand mapping may say. docs/demand.md explains every key with an example.

Two sorts of file have one: what becomes a layer (`DemandMapping`), and the points that totals are spread
over (`OverMapping`). A key that is not here is refused.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from datetime import date
from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from geoapi.errors import GeoapiError, InvalidMapping, Words
from geoapi.geometry.datums import Datum, Epsg, parse_file_datum
from loaders.mapping import FileShape

Form = Literal["points", "h3", "areas", "raster"]
Named = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


def _is_datum(text: str) -> str:
    try:
        parse_file_datum(text)
    except GeoapiError as error:
        raise ValueError(error.line()) from error
    return text


class LayerNames(_Section):
    """What the layer is called, what a weight of one is, and whose figures they are."""

    code: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=60)]
    name_zh: Named
    name_en: Named
    unit_zh: Named
    unit_en: Named
    as_of: date | None = None
    source: Named
    licence: str | None = None


class DemandPlace(_Section):
    """What the coordinates mean, and what becomes of points in no loaded district."""

    datum: Annotated[str, AfterValidator(_is_datum)] | None = None
    outside: Literal["keep", "drop"] | None = None

    @property
    def parsed_datum(self) -> Datum | Epsg:
        return parse_file_datum(self.datum) if self.datum else Datum.WGS84


class DemandColumns(_Section):
    """Field → column."""

    weight: str | None = None
    lon: str | None = None
    lat: str | None = None
    cell: str | None = None
    district: str | None = None
    id: str | None = None

    def used(self) -> dict[str, str]:
        """Column → where the mapping names it ("columns.weight")."""
        return {column: f"columns.{field}" for field, column in self.model_dump(exclude_none=True).items()}


class PointCells(_Section):
    """What one point stands for."""

    shape: Literal["point", "grid"] = "point"
    size_m: Annotated[float, Field(ge=1, le=100_000)] = 100.0
    repeats: Literal["quarantine", "keep"] = "quarantine"


class Spreading(_Section):
    """How a total is shared out inside its area; `without` is for one that no ancillary point lies in."""

    level: Literal["city", "district", "street"] = "district"
    cell_size_m: Annotated[float, Field(ge=20, le=20_000)] = 250.0
    unit: Annotated[float, Field(gt=0, le=1_000_000)] | None = None
    without: Literal["even", "inner"] = "even"


class RasterBand(_Section):
    """Which band holds the weights; with `cell_size_m`, cells are added up on our own grid of that size."""

    band: Annotated[int, Field(ge=1, le=1000)] = 1
    cell_size_m: Annotated[float, Field(ge=20, le=20_000)] | None = None


class DemandMapping(_Section):
    """A whole mapping of a file that becomes a layer."""

    form: Form
    layer: LayerNames
    file: FileShape = FileShape()
    place: DemandPlace = DemandPlace()
    columns: DemandColumns = DemandColumns()
    points: PointCells = PointCells()
    spread: Spreading = Spreading()
    raster: RasterBand = RasterBand()
    absence: tuple[str, ...] = ("-", "—", "/", "无", "N/A", "null")

    @model_validator(mode="after")
    def _makes_points(self) -> DemandMapping:
        has = self.columns
        if self.form != "raster" and has.weight is None:
            raise ValueError("nothing says what a row weighs: add weight to [columns]")
        if (has.lon is None) != (has.lat is None):
            raise ValueError("lon and lat belong together: give both in [columns], or neither")
        if self.form == "h3" and has.cell is None:
            raise ValueError("nothing says which cell a row is: add cell to [columns]")
        needs_datum = self.form == "points" or (self.form == "areas" and has.district is None)
        if needs_datum and self.place.datum is None:
            raise ValueError('the datum is not declared: add datum = "wgs84" (or gcj02 …) to [place]')
        return self

    @property
    def keeps_outside(self) -> bool:
        """Points in no district stay, unless told otherwise; a raster's are far too many."""
        return (self.place.outside or ("drop" if self.form == "raster" else "keep")) == "keep"


class OverMapping(_Section):
    """A whole mapping of the points that totals are spread over. Without a weight each point weighs one."""

    name: Named
    source: Named
    licence: str | None = None
    file: FileShape = FileShape()
    place: DemandPlace
    columns: DemandColumns
    absence: tuple[str, ...] = ("-", "—", "/", "无", "N/A", "null")

    @model_validator(mode="after")
    def _makes_points(self) -> OverMapping:
        if self.place.datum is None:
            raise ValueError('the datum is not declared: add datum = "wgs84" (or gcj02 …) to [place]')
        if (self.columns.lon is None) != (self.columns.lat is None):
            raise ValueError("lon and lat belong together: give both in [columns], or neither")
        return self


AnyMapping = TypeVar("AnyMapping", DemandMapping, OverMapping)


def read_demand_mapping(path: Path) -> DemandMapping:
    """The mapping in a TOML file, or one that ships by its bare name ("beijing_census").

    Raises `InvalidMapping` naming the key at fault and what to do.
    """
    return parse_as(DemandMapping, _content(path, "--map"), name=path.name, field="--map")


def read_over_mapping(path: Path) -> OverMapping:
    """The same for the points that totals are spread over ("beijing_junctions")."""
    return parse_as(OverMapping, _content(path, "--over-map"), name=path.name, field="--over-map")


def parse_as(
    model: type[AnyMapping], content: dict[str, Any], *, name: str = "mapping", field: str = "--map"
) -> AnyMapping:
    """The mapping that this TOML content says. Raises `InvalidMapping`."""
    try:
        return model.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(map(str, first["loc"]))
        said = re.sub(r"^Value error, ", "", first["msg"])
        if first["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(first["loc"][-1]), _known_keys(), n=1)
            said = "there is no such key" + (f"; did you mean {near[0]!r}?" if near else "")
        elif first["type"] == "missing":
            said = "this key is missing"
        raise InvalidMapping(
            Words(f"{name} 的 {key or '内容'} 有误：{said}", f"{name}: {key + ': ' if key else ''}{said}"),
            field=key or field,
            mend=Words(
                "每个键的含义与示例见 docs/demand.md", "docs/demand.md explains every key, with examples"
            ),
        ) from error


def shipped_demand_mappings() -> list[str]:
    """Names of the demand mappings that come with the project."""
    folder = resources.files("loaders") / "mappings" / "demand"
    return sorted(item.name.removesuffix(".toml") for item in folder.iterdir() if item.name.endswith(".toml"))


def _content(path: Path, field: str) -> dict[str, Any]:
    try:
        if path.suffix == "" and not path.exists() and path.name in shipped_demand_mappings():
            shipped = resources.files("loaders") / "mappings" / "demand" / f"{path.name}.toml"
            text = shipped.read_text("utf-8")
        else:
            text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        names = ", ".join(shipped_demand_mappings())
        raise InvalidMapping(
            Words(f"读不了映射文件 {path}", f"cannot read the mapping file {path}"),
            field=field,
            mend=Words(
                f"给出 UTF-8 的 TOML 文件，或随附映射之一：{names}",
                f"give a TOML file in UTF-8, or one that ships: {names}",
            ),
        ) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidMapping(
            Words(f"{path.name} 不是有效的 TOML：{error}", f"{path.name} is not valid TOML: {error}"),
            field=field,
            mend=Words("列名含中文或空格时请加引号", "quote names that are not plain ASCII words"),
        ) from error


def _known_keys() -> list[str]:
    sections = (
        DemandMapping, OverMapping, LayerNames, FileShape, DemandPlace, DemandColumns, PointCells, Spreading,
        RasterBand,
    )  # fmt: skip
    return sorted({key for section in sections for key in section.model_fields})
