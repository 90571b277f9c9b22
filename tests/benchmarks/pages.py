"""What the pages ask the service for, and what a phone does by itself: tiles, packs, and the engine.

`python -m tests.benchmarks.pages` measures these alone, on a sample city of its own.
"""

from __future__ import annotations

import json
import math
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from geoapi.db.embedded import PrivateCluster
from geoapi.geometry.web_tiles import WebTile, web_tile
from tests.benchmarks import databases, servers
from tests.benchmarks.questions import SEED, spots_of

Step = Callable[[str], None]
Table = tuple[str, list[str], list[list[str]]]

PACK_AT_MOST_MB = 1.5
TILES_A_ZOOM = 12
ZOOMS = (4, 8, 10, 12)
NODE = servers.PROJECT / ".venv" / "bin" / "node"


@dataclass
class TileFigures:
    """Tiles of one layer and zoom: made, kept, and asked about with their tag."""

    layer: str
    zoom: int
    made_ms: float
    kept_ms: float
    unchanged_ms: float
    largest_kb: float


@dataclass
class PagesRun:
    """What a run found."""

    stations: int
    pack_made_s: float
    pack_kept_ms: float
    pack_mb: float
    pack_plain_mb: float
    open_ms: float
    first_ms: float
    question_p50_ms: float
    question_p99_ms: float
    tiles: list[TileFigures] = field(default_factory=list)

    def targets(self) -> Iterator[tuple[str, float, str, bool]]:
        """What, how much, the bound, and whether it was reached."""
        yield (
            f"city pack of {self.stations:,} stations, MB compressed",
            self.pack_mb,
            f"≤ {PACK_AT_MOST_MB}",
            self.pack_mb <= PACK_AT_MOST_MB,
        )

    def tables(self) -> Iterator[Table]:
        """Title, head and rows of each table."""
        yield (
            f"Packs and the phone's engine, {self.stations:,} stations",
            ["what", "figure"],
            [
                ["pack made, one asker", f"{self.pack_made_s:.2f} s"],
                ["pack kept, p50", f"{self.pack_kept_ms:.1f} ms"],
                ["pack, gzip", f"{self.pack_mb:.2f} MB"],
                ["pack, not compressed", f"{self.pack_plain_mb:.2f} MB"],
                ["engine: opening a pack", f"{self.open_ms:.0f} ms"],
                ["engine: the first question", f"{self.first_ms:.1f} ms"],
                ["engine: a question (20 stations), p50", f"{self.question_p50_ms:.2f} ms"],
                ["engine: a question, p99", f"{self.question_p99_ms:.2f} ms"],
            ],
        )
        yield (
            "Vector tiles of the city",
            ["layer", "zoom", "made, p50 ms", "kept, p50 ms", "304, p50 ms", "largest kB, gzip or as it is"],
            [
                [
                    one.layer, str(one.zoom), f"{one.made_ms:.1f}", f"{one.kept_ms:.1f}",
                    f"{one.unchanged_ms:.1f}", f"{one.largest_kb:.0f}",
                ]
                for one in self.tiles
            ],
        )  # fmt: skip


def run(url: str, step: Step) -> PagesRun:
    """Everything; `url` is of a database with the sample city."""
    spots = spots_of(url)
    with servers.service({"GEOAPI_DATABASE_URL": url}) as server, _client(server.port) as client:
        step("pages: the city's pack")
        pack = client.get("/v1/pack/110000").raise_for_status()
        begun = pack.elapsed.total_seconds()
        kept = _p50_ms(client.get("/v1/pack/110000") for _ in range(9))
        size = int(pack.headers["content-length"])
        step("pages: the phone's engine")
        engine = _engine(pack.text, spots)
        figures = PagesRun(
            stations=pack.json()["stations"]["count"],
            pack_made_s=begun,
            pack_kept_ms=kept,
            pack_mb=size / 1e6,
            pack_plain_mb=len(pack.content) / 1e6,
            open_ms=engine["open_ms"],
            first_ms=engine["first_ms"],
            question_p50_ms=engine["p50_ms"],
            question_p99_ms=engine["p99_ms"],
        )
        for layer in ("stations", "districts", "streets"):
            for zoom in ZOOMS:
                step(f"pages: tiles of {layer}, zoom {zoom}")
                figures.tiles.append(_tiles(client, layer, _around(spots, zoom)))
    return figures


@contextmanager
def _client(port: int) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client:
        yield client


def _around(spots: Sequence[tuple[float, float]], zoom: int) -> list[WebTile]:
    """Tiles that hold stations, the fullest among them: drawn from the stations themselves."""
    draw = random.Random(SEED)
    found = dict.fromkeys(_tile_at(*draw.choice(spots), zoom) for _ in range(40 * TILES_A_ZOOM))
    return list(found)[:TILES_A_ZOOM]


def _tile_at(lon: float, lat: float, zoom: int) -> WebTile:
    n = 2**zoom
    x = int((lon + 180) / 360 * n)
    y = int((1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * n)
    return web_tile(zoom, x, y, deepest=zoom)


def _tiles(client: httpx.Client, layer: str, tiles: Sequence[WebTile]) -> TileFigures:
    paths = [f"/v1/tiles/{layer}/{tile.z}/{tile.x}/{tile.y}.mvt" for tile in tiles]
    # the first request of a route is its first statement's too
    client.get(f"/v1/tiles/{layer}/1/1/0.mvt").raise_for_status()
    made = [client.get(path) for path in paths]
    kept = [client.get(path) for path in paths]
    unchanged = [
        client.get(path, headers={"If-None-Match": answer.headers["etag"]})
        for path, answer in zip(paths, kept, strict=True)
    ]
    assert all(answer.status_code == 304 for answer in unchanged)
    return TileFigures(
        layer,
        tiles[0].z,
        _p50_ms(made),
        _p50_ms(kept),
        _p50_ms(unchanged),
        max(int(answer.headers.get("content-length", 0)) for answer in made) / 1e3,
    )


def _p50_ms(answers: Iterator[httpx.Response] | Sequence[httpx.Response]) -> float:
    return statistics.median(answer.elapsed.total_seconds() * 1e3 for answer in answers)


def _engine(pack: str, spots: Sequence[tuple[float, float]]) -> dict[str, float]:
    draw = random.Random(SEED)
    drawn = [draw.choice(spots) for _ in range(1000)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "pack.json").write_text(pack, "utf-8")
        (folder / "spots.json").write_text(json.dumps(drawn), "utf-8")
        said = subprocess.run(
            [NODE, Path(__file__).with_name("engine.ts"), folder / "pack.json", folder / "spots.json"],
            check=True,
            stdout=subprocess.PIPE,
        )
    return dict(json.loads(said.stdout))


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="geoapi-bench-") as name:
        folder = Path(name)
        # PostgreSQL's own user must be able to pass through
        folder.chmod(0o755)
        with PrivateCluster(folder / "data").running() as url:
            databases.fill_city(url)
            databases.settle(url)
            begun = time.perf_counter()
            found = run(
                url, lambda text: print(f"{time.perf_counter() - begun:6.1f} {text}", file=sys.stderr)
            )
    reached = [
        [what, f"{figure:,.2f}", bound, "reached" if good else "NOT reached"]
        for what, figure, bound, good in found.targets()
    ]
    for title, head, rows in [*found.tables(), ("Targets", ["figure", "is", "to be", ""], reached)]:
        print(f"\n### {title}\n")
        for cells in (head, ["---"] * len(head), *rows):
            print("| " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
