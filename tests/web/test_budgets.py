"""What the worker's page may weigh, in what is built: a weak network carries it."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterable
from pathlib import Path

import pytest

from geoapi.settings import Settings
from geoapi.web import BUILT

KB = 1000
MAPLIBRE = "src/map/engine.ts"
# what is on the map and round it: loaded when one is looked at, together with MapLibre
MAP = "src/map/MapView.svelte"


@pytest.fixture(scope="module")
def built() -> Path:
    folder = Settings().service.web_dir or BUILT
    assert (folder / "index.html").is_file(), "the pages have not been built: run `make web`"
    return folder


def reached(folder: Path, *, without: Iterable[str] = (), lazily: bool = True) -> set[str]:
    """The files of the worker's page: those it begins with, and with `lazily` all that it ever loads."""
    chunks = json.loads((folder / ".vite" / "manifest.json").read_text("utf-8"))
    files, passed, left = {"index.html"}, set(without), ["index.html"]
    while left:
        name = left.pop()
        if name in passed:
            continue
        passed.add(name)
        chunk = chunks[name]
        files |= {chunk["file"], *chunk.get("css", ())}
        if lazily:
            files.update(chunk.get("assets", ()))
        left += chunk.get("imports", ())
        left += chunk.get("dynamicImports", ()) if lazily else ()
    return files


def weight(folder: Path, files: Iterable[str]) -> int:
    return sum(len(gzip.compress((folder / name).read_bytes(), 9)) for name in files)


def test_the_page_without_its_map_is_light(built: Path) -> None:
    everything = reached(built, without=[MAP]) | {"sw.js"}
    assert weight(built, everything) <= 120 * KB
    assert not any("maplibre" in name for name in everything)


def test_with_its_map_it_is_within_what_was_promised(built: Path) -> None:
    everything = reached(built) | {"sw.js"}
    assert any("maplibre" in name for name in everything), "the map's worker is not counted"
    assert weight(built, everything) <= 600 * KB


def test_what_answers_offline_comes_only_when_it_is_needed(built: Path) -> None:
    first = reached(built, lazily=False)
    kept_by = [name for name in reached(built) if "keeper" in name]
    assert len(kept_by) == 1
    assert kept_by[0] not in first
    # a field of packs that the engine alone reads
    assert "margin_m" in (built / kept_by[0]).read_text("utf-8")
    assert not any("margin_m" in (built / name).read_text("utf-8") for name in first)


def test_a_phone_keeps_from_the_first_visit_what_the_page_needs_and_no_map(built: Path) -> None:
    worker = (built / "sw.js").read_text("utf-8")
    for name in reached(built, without=[MAPLIBRE]) - {"index.html"}:
        assert name in worker, f"{name} is not kept"
    for name in reached(built) - reached(built, without=[MAPLIBRE]):
        assert name not in worker, f"{name} is kept though nobody may ever look at a map"
    assert "plan-" not in worker
    assert "manage-" not in worker
