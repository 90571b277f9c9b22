"""Without a network: the page opens, answers as the service did, and says so, and how old its data are."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Route, expect

from tests.web.conftest import HERE, Visit
from tests.web.worker.asking import asked, leave_at, names_in, next_weekday, rows


def test_offline_answers_are_the_services_own(visit: Callable[..., Visit]) -> None:
    seen = visit("/", expect_faults=True)
    page, site = seen.page, seen.site
    expect(rows(page).first).to_be_visible()
    panel = page.locator("details", has_text="没有网络时也能用")
    panel.locator("summary").click()
    # it came by itself, of the district that they are in
    expect(panel.get_by_text("东城区", exact=True)).to_be_visible(timeout=20_000)
    page.evaluate("async () => { await navigator.serviceWorker.ready }")
    noon, night = next_weekday(2, 12), next_weekday(2, 3)
    station = asked(site, at=noon.isoformat())["stations"][0]

    seen.context.set_offline(True)
    page.reload()
    told = page.get_by_role("status").filter(has_text="离线")
    expect(told).to_contain_text("刚刚更新")
    leave_at(page, noon)
    expect(rows(page)).to_have_text(names_in(asked(site, at=noon.isoformat())))
    seen.shoot("worker-offline")
    assert seen.axe() == []
    page.get_by_label("微波炉").check(force=True)
    expect(rows(page)).to_have_text(names_in(asked(site, at=noon.isoformat(), amenity=["microwave"])))
    page.get_by_label("微波炉").uncheck(force=True)
    page.get_by_label("什么时候出发").fill(night.strftime("%Y-%m-%dT%H:%M"))
    page.get_by_label("什么时候出发").blur()
    expect(rows(page)).to_have_text(names_in(asked(site, at=night.isoformat())))

    # a sheet and a search, too
    page.goto(f"{site.url}/#station/{station['id']}")
    sheet = page.get_by_role("dialog", name=station["name"])
    expect(sheet.get_by_role("row")).to_have_count(7)
    expect(sheet.get_by_text("这是手机里存的")).to_be_visible()
    seen.shoot("worker-offline-sheet")
    sheet.get_by_role("button", name="关闭").click()
    page.get_by_role("button", name="换位置").click()
    page.get_by_role("searchbox").fill("dhm")
    expect(page.locator("[data-found]").first).to_contain_text("东华门")
    expect(page.get_by_text("搜的是手机里存的数据")).to_be_visible()

    # and back: the service is asked again without anybody's doing
    seen.context.set_offline(False)
    page.get_by_role("button", name="列表").click()
    page.evaluate("dispatchEvent(new Event('online'))")
    page.get_by_label("不限").check(force=True)
    expect(told).to_be_hidden()
    seen.tells_nobody(HERE["longitude"], HERE["latitude"])


def test_whoever_keeps_nothing_is_told_plainly_that_there_is_no_network(visit: Callable[..., Visit]) -> None:
    seen = visit("/", expect_faults=True)
    page = seen.page
    expect(rows(page).first).to_be_visible()
    page.locator("summary", has_text="没有网络时也能用").click()
    page.get_by_label("不存").check()
    expect(page.locator(".pack")).to_have_count(0)
    seen.context.set_offline(True)
    page.get_by_label("不限").check(force=True)
    expect(page.get_by_role("alert")).to_contain_text("连接不上服务")
    expect(page.get_by_role("button", name="再试一次")).to_be_visible()
    expect(page.get_by_text("您选了不在手机里存数据")).to_be_visible()
    # what was found before was the answer to another question
    expect(rows(page)).to_have_count(0)
    # asked again by itself as soon as there is one
    seen.context.set_offline(False)
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(rows(page).first).to_be_visible()


def test_a_pack_that_breaks_off_half_way_leaves_the_one_before(visit: Callable[..., Visit]) -> None:
    seen = visit("/", expect_faults=True)
    page = seen.page
    expect(rows(page).first).to_be_visible()
    panel = page.locator("details", has_text="没有网络时也能用")
    panel.locator("summary").click()
    expect(panel.get_by_text("东城区", exact=True)).to_be_visible(timeout=20_000)
    packs = re.compile("/v1/pack/")

    def break_off(route: Route) -> None:
        whole = route.fetch()
        route.fulfill(status=whole.status, content_type="application/json", body=whole.body()[:20_000])

    seen.context.route(packs, break_off)
    panel.get_by_label("全市").check()
    expect(panel.get_by_role("status")).to_contain_text("没有更新")
    expect(panel.get_by_text("东城区", exact=True)).to_be_visible()
    # what is kept still answers
    seen.context.set_offline(True)
    noon = next_weekday(2, 12)
    leave_at(page, noon)
    expect(rows(page)).to_have_text(names_in(asked(seen.site, at=noon.isoformat())))

    seen.context.unroute(packs)
    seen.context.set_offline(False)
    panel.get_by_label("不存").check()
    expect(panel.locator(".pack")).to_have_count(0)
    panel.get_by_label("全市").check()
    expect(panel.get_by_text("北京市", exact=True)).to_be_visible(timeout=30_000)
    expect(panel.get_by_role("status")).to_have_text("")


OFFER = """
outcome => {
  const offer = new Event("beforeinstallprompt", { cancelable: true });
  offer.prompt = async () => { window.asked = (window.asked ?? 0) + 1; return { outcome }; };
  dispatchEvent(offer);
  return offer.defaultPrevented;
}
"""


def test_the_page_offers_itself_to_the_screen_and_a_no_is_remembered(visit: Callable[..., Visit]) -> None:
    seen = visit("/")
    page = seen.page
    expect(rows(page).first).to_be_visible()
    hint = page.get_by_role("region", name="安装")
    expect(hint).to_have_count(0)

    # the browser's own question comes when somebody wants it, and not before
    assert page.evaluate(OFFER, "accepted")
    expect(hint).to_be_visible()
    assert page.evaluate("window.asked") is None
    assert seen.axe() == []
    hint.scroll_into_view_if_needed()
    seen.shoot("worker-install")
    hint.get_by_role("button", name="安装").click()
    expect(hint).to_have_count(0)
    assert page.evaluate("window.asked") == 1

    page.evaluate(OFFER, "dismissed")
    hint.get_by_role("button", name="不用").click()
    expect(hint).to_have_count(0)
    page.reload()
    expect(rows(page).first).to_be_visible()
    page.evaluate(OFFER, "accepted")
    page.evaluate("() => new Promise(requestAnimationFrame)")
    expect(hint).to_have_count(0)
