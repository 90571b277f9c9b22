"""Where somebody is leaves the phone in the body of one question, and is kept nowhere."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from playwright.sync_api import Page, expect

from tests.web.conftest import Site, Visit
from tests.web.worker.asking import rows
from tests.web.worker.overheard import listening

# of numbers that no station has
SOMEWHERE = {"longitude": 116.4073819, "latitude": 39.9124637}
TILE = re.compile(r"/v1/tiles/\w+/(\d+)/")

# what the page keeps of its own: choices, addresses, state; `whole`: and what it keeps of the service's
STORED = """async (whole) => {
  const told = [JSON.stringify({...localStorage}), JSON.stringify({...sessionStorage}), document.cookie,
                location.href, JSON.stringify(history.state)];
  for (const name of await caches.keys()) {
    const cache = await caches.open(name);
    for (const request of await cache.keys()) {
      told.push(request.url, whole ? await (await cache.match(request)).text() : "");
    }
  }
  for (const {name} of await indexedDB.databases()) {
    const opening = indexedDB.open(name);
    const base = await new Promise((tell) => { opening.onsuccess = () => tell(opening.result); });
    for (const store of base.objectStoreNames) {
      const all = base.transaction(store).objectStore(store);
      const getting = whole ? all.getAll() : all.getAllKeys();
      await new Promise((tell) => { getting.onsuccess = tell; });
      told.push(JSON.stringify(getting.result));
    }
    base.close();
  }
  return told.join("\\n");
}"""


def written(position: dict[str, float], places: int) -> list[set[str]]:
    """Longitude and latitude to so many places, cut and rounded."""
    return [{f"{value:.{places + 2}f}"[:-2], f"{value:.{places}f}"} for value in position.values()]


def tells(text: str, position: dict[str, float], places: int) -> bool:
    return all(any(number in text for number in either) for either in written(position, places))


def is_kept_nowhere(page: Page) -> None:
    own, whole = page.evaluate(STORED, False), page.evaluate(STORED, True)
    assert "110101" in own, "what is kept was not read"
    assert len(whole) > 100_000, "what is kept was not read"
    assert not tells(own, SOMEWHERE, 2)
    # a pack has its stations' places, to the sixth decimal: one of them may stand near
    for either in written(SOMEWHERE, 6):
        assert not any(number in whole for number in either)


def test_the_position_is_in_the_body_of_the_question_alone_and_kept_nowhere(
    visit: Callable[..., Visit], site: Site
) -> None:
    with listening(site.url) as listener:
        seen = visit("/", at=replace(site, url=listener.url), position=SOMEWHERE)
        page = seen.page
        expect(rows(page).first).to_be_visible()
        page.evaluate("async () => { await navigator.serviceWorker.ready }")
        # the data for when there is no network
        panel = page.locator("details", has_text="没有网络时也能用")
        panel.locator("summary").click()
        expect(panel.get_by_text("东城区", exact=True)).to_be_visible(timeout=20_000)
        # the map, with the service worker in between from here on, and a station
        page.reload()
        expect(rows(page).first).to_be_visible()
        page.get_by_role("button", name="地图", exact=True).click()
        page.wait_for_selector("[data-idle=true]", timeout=60_000)
        seen.shoot("worker-map")
        page.get_by_role("button", name="放大", exact=True).click()
        page.locator("button.station").first.dispatch_event("click")
        card = page.get_by_role("region", name="地图").locator("article")
        expect(card).to_be_visible()
        seen.shoot("worker-map-station")
        card.get_by_role("link").click()
        sheet = page.get_by_role("dialog")
        expect(sheet.get_by_role("table")).to_be_visible()
        is_kept_nowhere(page)
        sheet.get_by_role("button", name="关闭").click()
        # another language and other places, by words and by a tap
        page.get_by_role("button", name="列表").click()
        page.get_by_role("button", name="English").click()
        page.get_by_role("button", name="Locate", exact=True).click()
        page.get_by_role("button", name="Place", exact=True).click()
        page.get_by_role("searchbox").fill("dhm")
        page.locator("[data-found]").first.click()
        expect(rows(page).first).to_be_visible()
        is_kept_nowhere(page)
        heard = listener.requests()

    # there is something to be heard: the page's own questions, the keeper's, and the service worker's
    addresses = [one.address for one in heard]
    for part in ("/v1/stations/nearest", "/v1/pack/110101", "/sw.js", "/v1/tiles/stations/", "/v1/stations?"):
        assert any(part in address for address in addresses), f"{part} was not asked for"
    telling = [one for one in heard if tells(one.body, SOMEWHERE, 5)]
    assert telling, "the numbers that are looked for are not those that are sent"
    assert {(one.method, one.address) for one in telling} == {("POST", "/v1/stations/nearest")}
    # in no address and no header, not to the kilometre either; and in no other body
    assert [one.head for one in heard if tells(one.head, SOMEWHERE, 2)] == []
    assert {one.address for one in heard if tells(one.body, SOMEWHERE, 2)} == {"/v1/stations/nearest"}
    assert max(int(hit[1]) for hit in map(TILE.search, addresses) if hit) == 12
