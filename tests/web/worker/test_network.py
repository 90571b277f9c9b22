"""A slow network, a service that is overrun, ground and times that no data are kept of, a new version."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import Geolocation, Page, Route, expect

from geoapi.settings import ServiceSettings, Settings
from geoapi.web import BUILT
from tests.web.conftest import HERE, Site, Visit
from tests.web.worker.asking import asked, leave_at, names_in, next_weekday, rows

TIANJIN: Geolocation = {"longitude": 117.2, "latitude": 39.12}


def choose(page: Page, amenity: str) -> None:
    page.get_by_role("checkbox", name=amenity, exact=True).check(force=True)


def test_a_slow_or_overrun_service_is_stood_in_for_by_the_phone(visit: Callable[..., Visit]) -> None:
    seen = visit("/", expect_faults=True)
    page, site = seen.page, seen.site
    expect(rows(page).first).to_be_visible()
    panel = page.locator("details", has_text="没有网络时也能用")
    panel.locator("summary").click()
    expect(panel.get_by_text("东城区", exact=True)).to_be_visible(timeout=20_000)

    held: list[Route] = []
    status = 0

    def answer(route: Route) -> None:
        if status == 0:
            held.append(route)
        elif status == -1:
            route.abort()
        else:
            problem = {"type": "about:blank", "title": "试验", "status": status, "detail": "试验的答复"}
            route.fulfill(status=status, json=problem, content_type="application/problem+json")

    seen.context.route("**/v1/stations/nearest", answer)
    told = page.get_by_role("status").filter(has_text="手机里存的数据")
    # slow: said after some seconds, in which the phone answers; the service's answer is taken when it comes
    choose(page, "热水")
    expect(told).to_contain_text("网络慢", timeout=8_000)
    expect(rows(page)).to_have_text(names_in(asked(site, amenity=["hot_water"])))
    seen.shoot("worker-slow")
    assert len(held) == 1, "a service that is slow was asked again before it answered"
    held.pop().continue_()
    expect(told).to_be_hidden()
    expect(rows(page)).to_have_text(names_in(asked(site, amenity=["hot_water"])))

    # away or overrun: the phone at once
    for refusal, amenity in ((503, "微波炉"), (429, "桌椅"), (-1, "饮用水")):
        status = refusal
        choose(page, amenity)
        expect(told).to_contain_text("离线")
        expect(page.get_by_role("alert")).to_have_count(0)
        expect(page.locator(".answer.busy")).to_have_count(0)
        codes = [str(one) for one in page.evaluate("JSON.parse(localStorage['geoapi.worker.amenities'])")]
        expect(rows(page)).to_have_text(names_in(asked(site, amenity=codes)))

    # a time and ground that its data are not of are no guess; what was found before is no answer to this
    leave_at(page, next_weekday(2, 12).replace(year=next_weekday(2, 12).year + 1))
    expect(page.get_by_role("status").filter(has_text="不到这个时间")).to_be_visible()
    expect(page.get_by_role("alert")).to_contain_text("连接不上服务")
    expect(rows(page)).to_have_count(0)
    seen.shoot("worker-beyond-window")
    page.get_by_role("button", name="出发").click()
    expect(rows(page).first).to_be_visible()
    seen.context.set_geolocation(TIANJIN)
    page.get_by_role("button", name="重新定位").click()
    expect(page.get_by_role("status").filter(has_text="不含这里")).to_be_visible()
    expect(rows(page)).to_have_count(0)
    assert seen.axe() == []
    seen.shoot("worker-beyond-area")

    # a question that is refused is not answered by the phone, but told
    seen.context.set_geolocation({"longitude": HERE["longitude"], "latitude": HERE["latitude"]})
    status = 400
    page.get_by_role("button", name="重新定位").click()
    expect(page.get_by_role("alert")).to_contain_text("试验的答复")
    expect(rows(page)).to_have_count(0)
    # and the service again, for the later time that it was asked about when it was away
    status = -1
    noon = next_weekday(2, 12)
    leave_at(page, noon)
    expect(told).to_contain_text("离线")
    seen.context.unroute("**/v1/stations/nearest")
    page.evaluate("dispatchEvent(new Event('online'))")
    expect(told).to_be_hidden()
    codes = page.evaluate("JSON.parse(localStorage['geoapi.worker.amenities'])")
    expect(rows(page)).to_have_text(names_in(asked(site, at=noon.isoformat(), amenity=codes)))


def test_a_new_version_waits_until_it_is_wanted_and_what_was_chosen_stays(
    visit: Callable[..., Visit], start_site: Callable[..., Site], tmp_path: Path
) -> None:
    built = Settings().service.web_dir or BUILT
    folder = tmp_path / "web"
    shutil.copytree(built, folder)
    site = start_site(Settings(service=ServiceSettings(web_dir=folder)))
    seen = visit("/", at=site)
    page = seen.page
    expect(rows(page).first).to_be_visible()
    choose(page, "热水")
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    page.reload()
    expect(rows(page).first).to_be_visible()
    update = page.get_by_role("button", name="更新", exact=True)
    expect(update).to_have_count(0)

    for old in folder.glob("sw.js.*"):
        old.unlink()
    worker = folder / "sw.js"
    worker.write_text(worker.read_text("utf-8") + "\n// a newer one\n", "utf-8")
    page.evaluate("async () => { await (await navigator.serviceWorker.ready).update() }")
    expect(update).to_be_visible()
    seen.shoot("worker-new-version")
    page.evaluate("window.old = true")
    with page.expect_navigation():
        update.click()
    expect(rows(page).first).to_be_visible()
    assert not page.evaluate("window.old === true")
    expect(page.get_by_role("checkbox", name="热水", exact=True)).to_be_checked()
    expect(update).to_have_count(0)
