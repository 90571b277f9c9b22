"""A MapLibre style of our own: districts and streets in the background, for what a page draws on top.

Calm on purpose. Nothing in it is as dark or as coloured as what it is there to carry, and every name is
readable: 4.5 to 1 at least against the ground it stands on. It names no `glyphs` and no `sprite`: MapLibre
then draws letters, Latin and Chinese, with the fonts of the device, and asks nobody for any.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from geoapi.geometry.datums import Datum
from geoapi.queries.map.districts import STREETS_FROM
from geoapi.queries.map.streets import FROM as WAYS_FROM
from geoapi.queries.map.vector_tile import DEEPEST
from geoapi.settings import MapSettings

Scheme = Literal["light", "dark"]

FONTS: Final = ("Medium", "PingFang SC", "Noto Sans CJK SC", "Source Han Sans SC", "Microsoft YaHei")
"""The device's own, the first that it has, else its sans-serif. MapLibre reads the weight from the first."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours of one scheme, from the ground up."""

    beyond: str
    ground: str
    way: str
    way_edge: str
    border_of_street: str
    border: str
    border_band: str
    border_of_city: str
    name: str
    name_of_street: str
    halo: str
    raster: dict[str, float]


PALETTES: Final[dict[Scheme, Palette]] = {
    "light": Palette(
        beyond="#e3e6e8",
        ground="#f3f1ec",
        way="#ffffff",
        way_edge="#c8c3b6",
        border_of_street="#cfcabd",
        border="#9c968a",
        border_band="#d9d4c7",
        border_of_city="#7d776b",
        name="#46423a",
        name_of_street="#686358",
        halo="#fbfaf7",
        raster={},
    ),
    "dark": Palette(
        beyond="#0d1114",
        ground="#161b20",
        way="#2f3840",
        way_edge="#10151a",
        border_of_street="#2b343c",
        border="#55616d",
        border_band="#212930",
        border_of_city="#73808d",
        name="#c3ccd5",
        name_of_street="#93a0ad",
        halo="#12171b",
        # somebody else's map, drawn for daylight
        raster={"raster-brightness-max": 0.62, "raster-saturation": -0.35, "raster-contrast": 0.08},
    ),
}


def map_style(
    scheme: Scheme, lang: str, settings: MapSettings, *, has_streets: bool, attribution: str | None
) -> dict[str, Any]:
    """The style, version 8. Addresses are relative to the service's own.

    With raster tiles configured they are its ground, and districts are outlines on them; with a style
    configured, it is the outlines alone, to be laid over that one.
    """
    palette = PALETTES[scheme]
    sources: dict[str, Any] = {"districts": _vector("districts", settings, None)}
    if has_streets:
        sources["streets"] = _vector("streets", settings, attribution) | {"minzoom": WAYS_FROM}
    layers: list[dict[str, Any]] = []
    if settings.basemap is None:
        layers += [_background(palette), _ground(palette)]
        layers += _ways(palette) if has_streets else []
    elif settings.basemap_is_tiles:
        sources["basemap"] = {
            "type": "raster",
            "tiles": [settings.basemap],
            "tileSize": 256,
            "maxzoom": 18,
            **({"attribution": settings.basemap_attribution} if settings.basemap_attribution else {}),
        }
        layers += [_background(palette), _raster(palette)]
    layers += _borders(palette)
    if settings.basemap is None:
        layers += _names(palette, lang)
    return {
        "version": 8,
        "name": f"geoapi {scheme}",
        "metadata": {"geoapi:scheme": scheme, "geoapi:lang": lang, "geoapi:crs": settings.basemap_datum},
        "sources": sources,
        "layers": layers,
    }


def map_datum(settings: MapSettings) -> Datum:
    """The datum of the map: the base map's; WGS-84 where there is none but ours."""
    return Datum.WGS84 if settings.basemap is None else Datum(settings.basemap_datum)


def tiles_path(layer: str, settings: MapSettings) -> str:
    """Where a layer's tiles are, on the map's datum, with {z}, {x} and {y}."""
    return f"/v1/tiles/{layer}/{{z}}/{{x}}/{{y}}.mvt?crs={map_datum(settings)}"


def _vector(layer: str, settings: MapSettings, attribution: str | None) -> dict[str, Any]:
    source: dict[str, Any] = {
        "type": "vector",
        "tiles": [tiles_path(layer, settings)],
        "minzoom": 0,
        "maxzoom": DEEPEST,
    }
    return source | ({"attribution": attribution} if attribution else {})


def _background(palette: Palette) -> dict[str, Any]:
    return {"id": "beyond", "type": "background", "paint": {"background-color": palette.beyond}}


def _raster(palette: Palette) -> dict[str, Any]:
    return {"id": "basemap", "type": "raster", "source": "basemap", "paint": dict(palette.raster)}


def _ground(palette: Palette) -> dict[str, Any]:
    return _of_districts("ground", "fill", None, {"fill-color": palette.ground, "fill-antialias": False})


def _ways(palette: Palette) -> list[dict[str, Any]]:
    """Main roads wider than streets, streets than paths; all finer the farther away."""
    common = {"type": "line", "source": "streets", "source-layer": "streets"}
    layout = {"line-cap": "round", "line-join": "round", "line-sort-key": _by_class(2, 1, 0)}
    return [
        {
            "id": "ways-edge", **common, "layout": layout,
            "paint": {
                "line-color": palette.way_edge,
                "line-width": _by_zoom(
                    9, _by_class(0.5, 0.3, 0.3),
                    10, _by_class(0.8, 0.5, 0.3),
                    12, _by_class(2.0, 0.7, 0.4),
                    14, _by_class(4.4, 2.2, 1.0),
                    16, _by_class(10.0, 6.0, 2.6),
                    18, _by_class(24.0, 16.0, 6.0),
                ),
            },
        },
        {
            "id": "ways", **common, "minzoom": 11, "layout": layout,
            "paint": {
                "line-color": palette.way,
                "line-width": _by_zoom(
                    11, _by_class(0.5, 0.0, 0.0),
                    12, _by_class(1.0, 0.0, 0.0),
                    13, _by_class(2.0, 0.4, 0.2),
                    14, _by_class(3.0, 1.2, 0.4),
                    16, _by_class(8.0, 4.4, 1.6),
                    18, _by_class(21.0, 13.5, 4.4),
                ),
            },
        },
    ]  # fmt: skip


def _borders(palette: Palette) -> list[dict[str, Any]]:
    round_ = {"line-join": "round"}
    return [
        _of_districts(
            "border-of-street", "line", "street",
            {"line-color": palette.border_of_street, "line-width": _by_zoom(9, 0.4, 14, 1.2),
             "line-dasharray": [3, 2]},
            minzoom=STREETS_FROM + 1, layout=round_,
        ),
        # a soft band on either side of the line, as atlases have it
        _of_districts(
            "border-band", "line", "district",
            {"line-color": palette.border_band, "line-width": _by_zoom(6, 1.5, 10, 5.0, 14, 10.0),
             "line-opacity": 0.7},
            layout=round_,
        ),
        _of_districts(
            "border", "line", "district",
            {"line-color": palette.border, "line-width": _by_zoom(6, 0.4, 10, 0.9, 14, 1.6)},
            layout=round_,
        ),
        _of_districts(
            "border-of-city", "line", "city",
            {"line-color": palette.border_of_city, "line-width": _by_zoom(4, 0.6, 10, 1.8, 14, 2.6)},
            layout=round_,
        ),
    ]  # fmt: skip


def _names(palette: Palette, lang: str) -> list[dict[str, Any]]:
    first, other = ("name_en", "name_zh") if lang == "en" else ("name_zh", "name_en")
    text = ["coalesce", ["get", first], ["get", other], ""]

    def names(
        id_: str, level: str, size: list[Any], colour: str, *, spacing: float, zooms: tuple[float, float]
    ) -> dict[str, Any]:
        return {
            "id": id_,
            "type": "symbol",
            "source": "districts",
            "source-layer": "district_labels",
            "minzoom": zooms[0],
            "maxzoom": zooms[1],
            "filter": ["==", ["get", "level"], level],
            "layout": {
                "text-field": text,
                "text-font": list(FONTS),
                "text-size": size,
                "text-letter-spacing": spacing,
                "text-max-width": 7,
                "text-padding": 6,
            },
            "paint": {
                "text-color": colour,
                "text-halo-color": palette.halo,
                "text-halo-width": 1.6,
                "text-halo-blur": 0.4,
            },
        }

    spacing = 0.02 if lang == "en" else 0.12
    return [
        names("name-of-street", "street", _by_zoom(12, 12, 15, 15), palette.name_of_street,
              spacing=0.0, zooms=(12, 24)),
        names("name-of-district", "district", _by_zoom(8, 12.5, 10, 15, 13, 19), palette.name,
              spacing=spacing, zooms=(7.5, 14.5)),
        names("name-of-city", "city", _by_zoom(4, 13, 7.5, 18), palette.name,
              spacing=spacing, zooms=(2, 7.5)),
    ]  # fmt: skip


def _of_districts(
    id_: str, type_: str, level: str | None, paint: dict[str, Any], *, minzoom: float = 0,
    layout: dict[str, Any] | None = None,
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": id_,
        "type": type_,
        "source": "districts",
        "source-layer": "districts",
        **({"minzoom": minzoom} if minzoom else {}),
        **({"filter": ["==", ["get", "level"], level]} if level else {}),
        **({"layout": layout} if layout else {}),
        "paint": paint,
    }


def _by_class(main: float, street: float, path: float) -> list[Any]:
    return ["match", ["get", "class"], "main", main, "path", path, street]


def _by_zoom(*stops: float | list[Any]) -> list[Any]:
    return ["interpolate", ["exponential", 1.4], ["zoom"], *stops]
