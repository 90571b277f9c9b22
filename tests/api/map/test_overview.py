"""What a page draws its map from: the overview, the styles, TileJSON, and a base map of the settings."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import shapely
from pydantic import ValidationError

from geoapi.api.map.answers import MapOverview, MapStyle, TileJson
from geoapi.geometry.datums import Datum, point_from_wgs84
from geoapi.settings import DatabaseSettings, MapSettings, Settings
from tests.api.conftest import Running, running
from tests.api.map.decode import decode, place, step_m, tile_at
from tests.conftest import PROJECT

STYLE_SPEC = PROJECT / "geoapi" / "web" / "node_modules" / "@maplibre" / "maplibre-gl-style-spec"
NODE = PROJECT / ".venv" / "bin" / "node"
RASTER = "https://tiles.example.org/{z}/{x}/{y}.png?key=a"


@contextmanager
def with_map(service: Running, **settings: Any) -> Iterator[httpx.Client]:
    """A client of a service with these settings of the map, on the same data."""
    chosen = Settings(database=DatabaseSettings(pool_size=4), map=MapSettings(**settings))
    with (
        running(service.database_url, chosen, keep_schedule=False) as url,
        httpx.Client(base_url=url) as client,
    ):
        yield client


def contrast(one: str, other: str) -> float:
    """WCAG 2's contrast of two #rrggbb colours."""

    def luminance(colour: str) -> float:
        parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
        linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_the_overview_says_what_there_is(service: Running) -> None:
    told = service.get("/v1/map").json()
    MapOverview.model_validate(told)
    assert told["crs"] == "wgs84"
    assert told["bounds"] == [116.0, 39.7, 116.8, 40.1]
    assert told["centre"] == {"lon": 116.4, "lat": 39.9, "crs": "wgs84"}
    assert told["basemap"] is None
    assert told["cities"] == [{"code": "110000", "name": "北京市"}]
    # no network is loaded here, so there is nothing to draw of one
    assert set(told["tiles"]) == {"stations", "districts", "gaps", "demand"}


@pytest.mark.parametrize("path", ["/v1/map", "/v1/map/styles/dark"])
def test_what_is_known_already_is_not_sent_again(service: Running, path: str) -> None:
    tag = service.get(path).headers["etag"]
    again = service.client.get(path, headers={"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    assert service.client.get(path, params={"lang": "en"}, headers={"If-None-Match": tag}).status_code == 200


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    "basemap", [{}, {"basemap": RASTER}, {"basemap": "https://tiles.example.org/a.json"}]
)
def test_styles_are_styles_and_ask_nobody_else(
    service: Running, scheme: str, lang: str, basemap: dict[str, str], tmp_path: Path
) -> None:
    if not (NODE.exists() and STYLE_SPEC.is_dir()):
        pytest.skip("the pages' packages are not installed")
    with with_map(service, **basemap) as client:
        style = client.get(f"/v1/map/styles/{scheme}", params={"lang": lang}).json()
    MapStyle.model_validate(style)
    file = tmp_path / "style.json"
    file.write_text(json.dumps(style), encoding="utf-8")
    check = (
        f"import {{ validateStyleMin }} from {json.dumps(str(STYLE_SPEC / 'dist' / 'index.mjs'))};"
        "import { readFileSync } from 'node:fs';"
        "const faults = validateStyleMin(JSON.parse(readFileSync(process.argv[1], 'utf8')));"
        "console.log(JSON.stringify(faults.map((one) => one.message)));"
    )
    done = subprocess.run(
        [shutil.which("node") or str(NODE), "--input-type=module", "-e", check, str(file)],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
    assert "glyphs" not in style
    assert "sprite" not in style
    hosts = {one for one in json.dumps(style).split('"') if "://" in one}
    assert hosts == ({RASTER} if basemap.get("basemap") == RASTER else set())


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_names_can_be_read_on_the_ground(service: Running, scheme: str) -> None:
    layers = {one["id"]: one for one in service.get(f"/v1/map/styles/{scheme}").json()["layers"]}
    ground = layers["ground"]["paint"]["fill-color"]
    for name in ("name-of-city", "name-of-district", "name-of-street"):
        paint = layers[name]["paint"]
        assert contrast(paint["text-color"], ground) >= 4.5
        assert contrast(paint["text-color"], paint["text-halo-color"]) >= 4.5


def test_names_are_in_the_language_asked_for(service: Running) -> None:
    for lang, first in (("zh", "name_zh"), ("en", "name_en")):
        layers = service.get("/v1/map/styles/light", lang=lang).json()["layers"]
        fields = [one["layout"]["text-field"] for one in layers if one["type"] == "symbol"]
        assert fields
        assert all(one[1] == ["get", first] for one in fields)


@pytest.mark.parametrize("datum", ["gcj02", "bd09"])
def test_a_base_map_of_another_datum_moves_everything(service: Running, datum: str, tmp_path: Path) -> None:
    with with_map(service, basemap=RASTER, basemap_datum=datum, basemap_attribution="某图") as client:
        told = client.get("/v1/map").json()
        assert told["crs"] == datum
        assert told["basemap"] == {"type": "tiles", "url": RASTER, "attribution": "某图"}
        assert told["attribution"] == "某图"
        assert all(f"crs={datum}" in address for address in told["tiles"].values())
        west, south = point_from_wgs84(116.0, 39.7, Datum(datum))
        assert told["bounds"][0] == pytest.approx(west, abs=0.002)
        assert told["bounds"][1] == pytest.approx(south, abs=0.002)
        style = client.get("/v1/map/styles/light").json()
        assert style["sources"]["basemap"]["tiles"] == [RASTER]
        # the border between the two districts, at 116.4° E in WGS-84
        lon, lat = point_from_wgs84(116.4, 39.9, Datum(datum))
        tile = tile_at(lon, lat, 12)
        address = told["tiles"]["districts"]
        for name, number in zip("zxy", tile, strict=True):
            address = address.replace(f"{{{name}}}", str(number))
        layers = decode(client.get(address).content, tile, tmp_path)
        east = next(one for one in layers["districts"] if one.properties["code"] == "110101")
        # 40 km from corner to corner: straight in WGS-84, and bent where the base map bends it
        for step in range(1, 20):
            here = point_from_wgs84(116.4, lat - 0.02 + step / 500, Datum(datum))
            if tile_at(*here, 12) == tile:
                assert east.shape.boundary.distance(shapely.Point(*place(*here))) < 1.0


def test_a_base_map_is_validated_when_the_service_starts() -> None:
    for wrong in (
        "tiles.example.org/{z}/{x}/{y}.png", "https://tiles.example.org/{z}/{x}.png",
        "https://tiles.example.org/style", "https://{s}.example.org/{z}/{x}/{y}.png",
        "https://tiles.example.org/{z}/{x}/{y}.png; script-src *", "javascript://x/{z}/{x}/{y}",
        "https://a.example.org/{z}/{x}/{y} b", "ftp://a.example.org/style.json",
    ):  # fmt: skip
        with pytest.raises(ValidationError, match="must"):
            MapSettings(basemap=wrong)
    with pytest.raises(ValidationError, match="without a path"):
        MapSettings(basemap="https://a.example.org/style.json", basemap_hosts="https://b.example.org/fonts")
    with pytest.raises(ValidationError):
        MapSettings(basemap_datum="mars")


def test_pages_may_ask_the_base_maps_hosts_and_no_other(service: Running) -> None:
    assert MapSettings().basemap_origins == ()
    # hosts without a base map are nobody's
    assert MapSettings(basemap_hosts="https://b.example.org").basemap_origins == ()
    chosen = MapSettings(
        basemap="https://a.example.org:8443/style.json",
        basemap_hosts="https://b.example.org, https://c.example.org/",
    )
    assert chosen.basemap_origins == (
        "https://a.example.org:8443", "https://b.example.org", "https://c.example.org",
    )  # fmt: skip


def test_tilejson_says_where_the_tiles_are(service: Running, tmp_path: Path) -> None:
    for layer in ("stations", "districts", "streets"):
        told = service.get(f"/v1/tiles/{layer}.json", crs="gcj02").json()
        TileJson.model_validate(told)
        (address,) = told["tiles"]
        assert address.startswith(service.url)
        assert "crs=gcj02" in address
        assert told["maxzoom"] == 12
    told = service.get(
        "/v1/tiles/stations.json", kind="care_station,nursing_room", amenity="hot_water"
    ).json()
    tile = tile_at(116.411, 39.91, 12)
    address = told["tiles"][0]
    for name, number in zip("zxy", tile, strict=True):
        address = address.replace(f"{{{name}}}", str(number))
    layers = decode(httpx.get(address).content, tile, tmp_path)
    near = service.get(
        "/v1/stations/nearest", lon=116.411, lat=39.91, open="any", radius_m=2000,
        kind="care_station,nursing_room", amenity="hot_water",
    ).json()["stations"]  # fmt: skip
    assert near
    assert {one.properties["id"] for one in layers["stations"]} == {one["id"] for one in near}
    fields = {one["id"]: set(one["fields"]) for one in told["vector_layers"]}
    assert {name for one in layers["stations"] for name in one.properties} <= fields["stations"]


@pytest.mark.parametrize("z", [0, 5, 9, 12])
def test_districts_are_where_they_are_and_named_once(service: Running, z: int, tmp_path: Path) -> None:
    names: list[str] = []
    west = tile_at(116.0, 40.0999, z)
    east = tile_at(116.7999, 39.7001, z)
    for x in range(west.x, east.x + 1):
        for y in range(west.y, east.y + 1):
            tile = west._replace(x=x, y=y)
            layers = decode(service.get(f"/v1/tiles/districts/{z}/{x}/{y}.mvt").content, tile, tmp_path)
            names += [one.properties["code"] for one in layers.get("district_labels", [])]
            for one in layers["districts"]:
                if one.properties["code"] == "110102":
                    assert one.shape.bounds[2] <= place(116.4, 39.9)[0] + step_m(tile)
    assert sorted(names) == ["110000", "110101", "110102"]
