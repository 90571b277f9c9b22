"""A base map of somebody else's under ours: drawn in its datum, asked without a word of who asks."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import pytest
from numpy.typing import NDArray
from playwright.sync_api import expect
from rasterio.io import MemoryFile

from geoapi.geometry.datums import Datum, from_wgs84
from geoapi.settings import CoverageSettings, DatabaseSettings, MapSettings, Settings
from tests.web.conftest import HERE, SCREEN, Site, Visit
from tests.web.test_map import settled
from tests.web.worker.asking import asked

# a tile says by its address where it is
pytestmark = pytest.mark.filterwarnings("ignore::rasterio.errors.NotGeoreferencedWarning")
TILE_PX = 256
RING_M = 45
TILES = "/tiles/{z}/{x}/{y}.png"
# half the equator in Web Mercator, metres (EPSG:3857)
HALF_M = 20037508.342789244
# no colour of ours, light or dark
MAGENTA = np.array([255, 0, 255], np.uint8)


@dataclass
class Painter:
    """Somebody's tiles: grey, with a magenta ring of 45 m around one place, in the datum of that place."""

    url: str = ""
    around: tuple[float, float] = (0.0, 0.0)
    asked: list[tuple[str, Mapping[str, str]]] = field(default_factory=list)

    @property
    def host(self) -> str:
        return urlsplit(self.url).netloc

    def tile(self, z: int, x: int, y: int) -> bytes:
        across = 2 * HALF_M / 2**z / TILE_PX
        pixel = np.arange(TILE_PX) + 0.5
        east = -HALF_M + (x * TILE_PX + pixel)[None, :] * across
        north = HALF_M - (y * TILE_PX + pixel)[:, None] * across
        lon, lat = np.radians(self.around)
        radius = HALF_M / np.pi
        far = np.hypot(east - radius * lon, north - radius * np.arctanh(np.sin(lat))) * np.cos(lat)
        picture = np.full((3, TILE_PX, TILE_PX), 200, np.uint8)
        picture[:, np.abs(far - RING_M) < 5] = MAGENTA[:, None]
        with MemoryFile() as file:
            with file.open(driver="PNG", width=TILE_PX, height=TILE_PX, count=3, dtype="uint8") as png:
                png.write(picture)
            return bytes(file.read())

    def answer(self, path: str) -> tuple[str, bytes] | None:
        parts = path.removesuffix(".png").split("/")
        if parts[1:2] == ["tiles"]:
            z, x, y = map(int, parts[2:])
            return "image/png", self.tile(z, x, y)
        if path == "/styles/theirs.json":
            tiles = {"type": "raster", "tiles": ["../tiles/{z}/{x}/{y}.png"], "tileSize": TILE_PX}
            style = {
                "version": 8,
                "sources": {"theirs": tiles | {"attribution": "<b>某图</b> 审图号"}},
                "layers": [{"id": "theirs", "type": "raster", "source": "theirs"}],
            }
            return "application/json", json.dumps(style).encode()
        return None


@pytest.fixture
def painter() -> Iterator[Painter]:
    painting = Painter()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            painting.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
            kind, body = painting.answer(urlsplit(self.path).path) or ("text/plain", b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", kind)
            self.send_header("Access-Control-Allow-Origin", "*")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nobody reads it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        painting.url = f"http://127.0.0.1:{server.server_port}"
        yield painting
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def on(basemap: str, datum: str) -> Settings:
    return Settings(
        database=DatabaseSettings(pool_size=6, pool_wait_s=20),
        coverage=CoverageSettings(cell_size_m=2000),
        map=MapSettings(basemap=basemap, basemap_datum=datum, basemap_attribution="某图 审图号"),
    )


def ring(picture: Path) -> NDArray[np.float64]:
    """The middle of the magenta in a screenshot, pixels from its left and top."""
    with MemoryFile(picture.read_bytes()) as file, file.open() as png:
        red, green, blue = png.read()[:3].astype(int)
    down, right = np.nonzero((np.minimum(red, blue) - green > 100) & (np.abs(red - blue) < 60))
    assert len(right) > 100, "the base map is not to be seen"
    return np.array([right.min() + right.max() + 1, down.min() + down.max() + 1]) / 2


@pytest.mark.parametrize(
    ("path", "datum"),
    [(TILES, "bd09"), ("/styles/theirs.json", "gcj02")],
    ids=["tiles", "style"],
)
def test_a_station_stands_where_the_base_map_has_its_door(
    visit: Callable[..., Visit],
    start_site: Callable[..., Site],
    painter: Painter,
    path: str,
    datum: str,
) -> None:
    site = start_site(on(painter.url + path, datum))
    station = asked(site)["stations"][0]
    (lon,), (lat,) = from_wgs84([station["location"]["lon"]], [station["location"]["lat"]], Datum(datum))
    painter.around = (float(lon), float(lat))

    seen = visit(at=site, viewport=SCREEN, others=[painter.host])
    settled(seen)
    page = seen.page
    expect(page.locator(".attribution")).to_contain_text("某图 审图号")
    marker = page.locator("button.station").first
    expect(marker).to_have_attribute("aria-label", re.compile(rf"^1\. {re.escape(station['name'])}"))
    box = marker.bounding_box()
    assert box is not None
    # the tip of the sign is its place; the rest of it and of its neighbours is not to hide the ring
    tip = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] * 42.5 / 44])
    page.evaluate(
        "for (const one of document.querySelectorAll('button.station, .position'))"
        " one.style.visibility = 'hidden';"
    )
    seen.shoot(f"basemap-{datum}-{Path(path).suffix[1:]}")
    assert np.abs(ring(seen.shoot("basemap-ring")) - tip).max() < 4
    for _, told in painter.asked:
        assert not {"cookie", "authorization", "referer"} & set(told)
    # theirs comes closer than ours; neither it nor ours says a place in so many words
    seen.tells_nobody(HERE["longitude"], HERE["latitude"])


def test_a_base_map_that_does_not_answer_leaves_ours_and_the_list(
    visit: Callable[..., Visit], start_site: Callable[..., Site], painter: Painter
) -> None:
    site = start_site(on(f"{painter.url}/missing/{{z}}/{{x}}/{{y}}.png", "gcj02"))
    seen = visit(at=site, viewport=SCREEN, others=[painter.host], expect_faults=True)
    expect(seen.page.locator("button.station").first).to_be_visible(timeout=60_000)
    expect(seen.page.locator("main article").first).to_be_visible()
    seen.shoot("basemap-not-there")
