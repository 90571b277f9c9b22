"""What the routes about maps answer, for the OpenAPI document."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from geoapi.api.answers import Location
from geoapi.geometry.datums import Datum


class MapStyles(BaseModel):
    """Where the styles are."""

    light: str
    dark: str


class Basemap(BaseModel):
    """Somebody else's map under ours."""

    type: Literal["style", "tiles"]
    url: str
    attribution: str | None


class MapOverview(BaseModel):
    """What a page needs to draw a map. Addresses are relative to the service's own."""

    crs: Datum = Field(description="the datum that the map is drawn in: ask for everything in it")
    bounds: list[float] = Field(description="west, south, east, north in `crs`, degrees")
    centre: Location
    styles: MapStyles
    basemap: Basemap | None
    attribution: str | None
    deepest_zoom: int = Field(description="the deepest zoom of tiles; draw those larger for more")
    tiles: dict[str, str] = Field(description="tiles by layer, with {z}, {x} and {y}, in `crs`")
    cities: list[dict[str, Any]]
    networks: list[dict[str, Any]]
    demand_layers: list[dict[str, Any]]
    changes: dict[str, int] = Field(description="how often each topic has changed: equal numbers, equal data")


class TileJson(BaseModel):
    """TileJSON 3.0.0."""

    model_config = ConfigDict(extra="allow")

    tilejson: Literal["3.0.0"]
    name: str
    description: str
    attribution: str | None
    scheme: Literal["xyz"]
    tiles: list[str]
    minzoom: int
    maxzoom: int
    bounds: list[float]
    center: list[float]
    vector_layers: list[dict[str, Any]]


class MapStyle(BaseModel):
    """A MapLibre style, version 8."""

    version: Literal[8]
    name: str
    metadata: dict[str, Any]
    sources: dict[str, Any]
    layers: list[dict[str, Any]]
