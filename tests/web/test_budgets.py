"""What the worker's page may weigh, in what is built: a weak network carries it."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pytest

from geoapi.settings import Settings
from geoapi.web import BUILT

KB = 1000
MAPLIBRE = "src/map/engine.ts"


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


def kept(folder: Path) -> set[str]:
    """The files that a phone keeps from the first visit on, as the service worker names them."""
    named = re.findall(r"""["']?url["']?:["'`]([^"'`]+)["'`]""", (folder / "sw.js").read_text("utf-8"))
    assert len(named) > 5, "the service worker's list is not where it was"
    return {"index.html" if name == "./" else name for name in named}


def test_all_of_the_page_but_maplibre_is_light(built: Path) -> None:
    """Whatever is loaded, kept or run, at first or ever: scripts, styles, threads, icon, manifest, what
    is round the map, what answers offline. MapLibre alone is apart, its styles and worker with it.
    """
    everything = reached(built, without=[MAPLIBRE]) | kept(built)
    everything |= {"sw.js", "manifest.webmanifest", "icons/icon.svg"}
    assert weight(built, everything) <= 120 * KB
    assert not any("maplibre" in name for name in everything)
    left_out = reached(built) - everything
    assert len(left_out) == 3, f"more than MapLibre is not counted: {left_out}"
    assert sum("MapLibre" in (built / name).read_text("utf-8") for name in left_out) >= 1


def test_the_list_stands_after_half_of_it(built: Path) -> None:
    """What a phone must have before it shows the nearest; the sheet, the map and the rest come after."""
    first = reached(built, lazily=False)
    assert weight(built, first) <= 60 * KB
    lazy = [name for name in reached(built) - first if "gcj02Area" in name or "Sheet" in name]
    assert len(lazy) == 3, "the sheet, its styles and the area of the shifted datums come when wanted"


def test_with_its_map_it_is_within_what_was_promised(built: Path) -> None:
    everything = reached(built) | kept(built) | {"sw.js", "manifest.webmanifest", "icons/icon.svg"}
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
    needed = reached(built, without=[MAPLIBRE])
    assert kept(built) >= needed
    assert kept(built) - needed <= {"icons/icon.svg", "manifest.webmanifest"}, "kept and never needed"
    for name in reached(built) - needed:
        assert name not in worker, f"{name} is kept though nobody may ever look at a map"
    assert "plan-" not in worker
    assert "manage-" not in worker
