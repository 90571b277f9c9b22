"""The map as the pages show it: drawn from our own files and tiles, named, pressed, and done without."""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Response, Route, expect

from tests.web.conftest import HERE, PHONE, SCREEN, Visit

TILE = re.compile(r"/v1/tiles/(\w+)/(\d+)/\d+/\d+\.mvt")
SHOWN = "[data-state=shown]"


def tiles_asked(seen: Visit) -> list[tuple[str, int]]:
    """Layer and zoom of every tile that was asked for."""
    return [(hit[1], int(hit[2])) for hit in map(TILE.search, seen.requests) if hit]


def settled(seen: Visit) -> None:
    """Until the map is there, and has drawn all that it asked for."""
    seen.page.wait_for_selector(SHOWN, timeout=60_000)
    seen.page.wait_for_load_state("networkidle", timeout=60_000)
    seen.page.wait_for_selector("[data-idle=true]", timeout=60_000)


@pytest.mark.parametrize(("theme", "lang"), [("light", "zh"), ("dark", "en")])
def test_the_map_beside_the_list_is_ours_alone_and_coarse(
    visit: Callable[..., Visit], theme: str, lang: str
) -> None:
    seen = visit("/", viewport=SCREEN, theme=theme, lang=lang)
    settled(seen)
    seen.shoot(f"map-worker-{theme}-{lang}")
    asked = tiles_asked(seen)
    assert {layer for layer, _ in asked} >= {"stations", "districts"}
    # what says where somebody is says it to 7.5 km
    assert max(zoom for _, zoom in asked) == 12
    seen.tells_nobody(HERE["longitude"], HERE["latitude"])
    assert any("maplibre-gl-worker" in urlsplit(url).path for url in seen.requests)
    zoom_in = {"zh": "放大", "en": "Zoom in"}[lang]
    expect(seen.page.get_by_role("button", name=zoom_in, exact=True)).to_be_visible()
    assert seen.axe(within="section.map") == []


def test_answers_on_the_map_have_names_and_are_chosen_by_pressing(visit: Callable[..., Visit]) -> None:
    seen = visit("/", viewport=SCREEN)
    settled(seen)
    first = seen.page.locator("button.station").first
    expect(first).to_have_attribute("aria-label", re.compile(r"^1\. .+"))
    # by keyboard, as by thumb
    first.focus()
    before = seen.page.url
    first.press("Enter")
    chosen = seen.page.locator("button.station[aria-pressed=true]")
    seen.page.wait_for_function(
        "before => location.href !== before || document.querySelector('button.station[aria-pressed=true]')",
        arg=before,
    )
    assert seen.page.url != before or chosen.count() == 1


def test_zooming_out_counts_stations_and_never_looks_closer(visit: Callable[..., Visit]) -> None:
    seen = visit("/", viewport=SCREEN)
    settled(seen)
    out = seen.page.get_by_role("button", name="缩小", exact=True)
    for _ in range(5):
        out.click()
        seen.page.wait_for_load_state("networkidle")
    settled(seen)
    assert {zoom for layer, zoom in tiles_asked(seen) if layer == "stations"} & {10, 11}
    for _ in range(6):
        seen.page.get_by_role("button", name="放大", exact=True).click()
    settled(seen)
    assert max(zoom for _, zoom in tiles_asked(seen)) == 12


def test_a_phone_loads_the_map_when_it_is_wanted_and_not_before(visit: Callable[..., Visit]) -> None:
    seen = visit("/", viewport=PHONE)
    expect(seen.page.locator("h1").first).to_be_visible()
    seen.page.wait_for_load_state("networkidle")
    assert not [url for url in seen.requests if "maplibre" in url or "/engine-" in url]
    assert tiles_asked(seen) == []


def test_without_webgl_a_sentence_stands_in_and_the_list_works(visit: Callable[..., Visit]) -> None:
    seen = visit("/", viewport=SCREEN)
    seen.page.add_init_script(
        "const whole = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        "  return /webgl/.test(kind) ? null : whole.call(this, kind, ...more); };"
    )
    seen.page.reload()
    expect(seen.page.get_by_text("此浏览器画不了地图")).to_be_visible(timeout=30_000)
    seen.page.wait_for_load_state("networkidle")
    assert seen.page.get_by_text(re.compile("步行约")).count() > 0
    seen.shoot("map-without-webgl")


def test_planners_see_coverage(visit: Callable[..., Visit]) -> None:
    seen = visit("/plan#area=110101", viewport=SCREEN, theme="dark", login="city")
    settled(seen)
    seen.page.wait_for_function(
        "() => performance.getEntriesByType('resource').some((one) => one.name.includes('/v1/map'))"
    )
    with seen.page.expect_response(lambda answer: "/v1/tiles/demand/" in answer.url, timeout=60_000) as told:
        seen.page.get_by_role("button", name="放大", exact=True).first.click()
    assert told.value.status in (200, 304)
    settled(seen)
    seen.shoot("map-plan-dark")


def test_tiles_of_a_busy_service_come_in_the_end(visit: Callable[..., Visit]) -> None:
    busy = True
    refused: set[str] = set()
    answered: set[str] = set()

    def refuse(route: Route) -> None:
        if busy:
            refused.add(route.request.url)
            route.fulfill(status=503, headers={"Retry-After": "5"}, body="")
        else:
            route.continue_()

    def note(answer: Response) -> None:
        if answer.status == 200:
            answered.add(answer.url)

    seen = visit("/manage", expect_faults=True)
    seen.page.set_viewport_size(SCREEN)
    seen.context.route(re.compile("/v1/tiles/stations/"), refuse)
    seen.page.on("response", note)
    seen.page.goto(seen.site.url)
    seen.page.wait_for_selector(SHOWN, timeout=60_000)
    seen.page.wait_for_selector("[data-idle=true]", timeout=60_000)
    busy = False
    # those above them were only asked for instead
    wanted = {url for url in refused if "/stations/12/" in url}
    assert wanted
    while not wanted <= answered:
        seen.page.wait_for_event("response", lambda one: one.url in wanted)
