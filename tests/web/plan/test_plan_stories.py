"""A planner presents from the screen, tries changes, hands on an address and takes the figures along."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Response, Route, expect

from tests.web.conftest import SCREEN, Site, Visit
from tests.web.plan.planning import (
    NIGHT,
    NIGHT_HOUR,
    WEEK,
    address,
    figure,
    headline,
    said,
    settled,
)


def test_the_worst_district_at_three_in_the_morning(visit: Callable[..., Visit]) -> None:
    seen = visit(address(), viewport=SCREEN)
    page = seen.page
    page.locator(f'[data-hour="{NIGHT_HOUR}"]').click(timeout=60_000)
    expect(headline(seen).get_by_role("heading").first).to_contain_text("03:00")
    city = said(seen, "/v1/districts/110000/coverage", at=NIGHT)
    assert figure(seen) == pytest.approx(city["unknown_closed"]["uncovered"])
    # never a number without its range and its method
    expect(headline(seen)).to_contain_text("实际在两者之间")
    expect(headline(seen).locator("summary")).to_contain_text("示例常住人口")

    worst = min(city["districts"], key=lambda one: one["rank"])
    first = page.locator("section[aria-labelledby=ranking-heading] tbody tr").first
    expect(first.get_by_role("rowheader")).to_have_text(worst["name"])
    first.get_by_role("button").click()
    expect(headline(seen).get_by_role("heading").first).to_contain_text(worst["name"])
    assert figure(seen) == pytest.approx(worst["unknown_closed"]["uncovered"])
    assert parse_qs(urlsplit(page.url).fragment)["area"] == [worst["code"]]
    # it stands among its neighbours, marked
    expect(page.locator("tr.here")).to_contain_text(worst["name"], timeout=60_000)
    settled(seen)
    seen.shoot("plan-worst-district-at-three")

    page.go_back()
    expect(headline(seen).get_by_role("heading").first).to_contain_text("北京市")
    page.get_by_role("button", name=re.compile("九成走")).click()
    expect(page.get_by_role("columnheader", name=re.compile("九成走"))).to_have_attribute(
        "aria-sort", "descending"
    )
    farthest = max(city["districts"], key=lambda one: one["unknown_closed"]["p90_distance_m"])
    expect(first.get_by_role("rowheader")).to_have_text(farthest["name"])


@pytest.mark.parametrize("narrow", [False, True])
def test_the_week_is_walked_with_the_arrow_keys(visit: Callable[..., Visit], narrow: bool) -> None:
    view = {"width": 390, "height": 844} if narrow else SCREEN
    seen = visit(address(area="110101", hour=NIGHT_HOUR), viewport=view)
    page = seen.page
    week = said(seen, "/v1/districts/110101/coverage", week_of=WEEK)
    chosen = page.locator('[role=gridcell][aria-selected="true"]')
    expect(chosen).to_have_attribute("data-hour", str(NIGHT_HOUR), timeout=60_000)
    chosen.focus()
    # days are columns where there is little room
    hour, day = ("Down", "Right") if narrow else ("Right", "Down")
    for key, at in (
        (f"Arrow{hour}", 28), (f"Arrow{day}", 52), ("End", 71), (f"Arrow{hour}", 72), ("Home", 72),
        ({"Down": "ArrowUp", "Right": "ArrowLeft"}[hour], 71),
    ):  # fmt: skip
        page.keyboard.press(key)
        focused = page.locator("[role=gridcell]:focus")
        expect(focused).to_have_attribute("data-hour", str(at))
        expect(focused).to_have_attribute("aria-selected", "true")
        assert figure(seen) == pytest.approx(week["unknown_closed"]["uncovered"][at])
    low, high = (
        f"{100 * (1 - week[reading]['share'][71]):.1f}%" for reading in ("unknown_open", "unknown_closed")
    )
    expect(page.locator(".told")).to_contain_text(low if low == high else f"{low}至{high}")
    assert parse_qs(urlsplit(page.url).fragment)["hour"] == ["71"]
    # to get to the week is one step of Back, however far one walked in it
    page.get_by_role("button", name="整周平均").click()
    expect(headline(seen).get_by_role("heading").first).to_contain_text("每小时平均")
    assert figure(seen, ".figure .part") == pytest.approx(1 - week["mean"]["unknown_closed"], abs=1e-6)


def test_what_is_tried_is_what_the_service_says_of_it(visit: Callable[..., Visit]) -> None:
    seen = visit(address(area="110105", hour=NIGHT_HOUR), viewport=SCREEN)
    page = seen.page
    before = figure(seen)
    site = said(seen, "/v1/districts/110105/sites", at=NIGHT)["sites"][0]
    page.get_by_role("button", name="试行选址 1").click(timeout=60_000)
    changes = ".compared data >> nth=2"
    expect(headline(seen).locator(changes)).to_be_visible(timeout=60_000)
    assert -figure(seen, changes) == pytest.approx(site["gain"])

    longer = said(seen, "/v1/districts/110105/extensions", week_of=WEEK)["extensions"][0]
    page.get_by_role("button", name="试行延时 1").click(timeout=60_000)
    expect(page.locator(".trials li")).to_have_count(2)
    hours = page.get_by_label("开放时间", exact=True).nth(1).input_value()
    with seen.site.client() as client:
        body = {
            "code": "110105", "week_of": WEEK, "within": "15min",
            "add": [{"lon": site["location"]["lon"], "lat": site["location"]["lat"]}],
            "change_hours": [{"id": longer["station"]["id"], "hours": hours}],
        }  # fmt: skip
        answer = client.post("/v1/coverage/what-if", json=body).raise_for_status().json()
    after = answer["after"]["unknown_closed"]["uncovered"]
    expect(headline(seen).get_by_role("heading", level=3)).to_contain_text("试行 2 项")
    shown = headline(seen).locator(".compared data >> nth=1")
    expect(shown).to_have_attribute(
        "value", re.compile(rf"^{after[NIGHT_HOUR]:.0f}(\.\d+)?$"), timeout=60_000
    )
    assert figure(seen, ".compared data >> nth=0") == before
    # the whole week is known at once, in the ranking as well
    page.locator('[data-hour="30"]').click()
    assert figure(seen, ".compared data >> nth=1") == pytest.approx(after[30])
    expect(page.locator("tr.here td.better")).to_have_text(re.compile("−"), timeout=60_000)
    seen.shoot("plan-two-changes-tried")

    # the map shows it, too, and what was before
    def is_drawn(tried: bool) -> Callable[[Response], bool]:
        method = "POST" if tried else "GET"
        return lambda one: "/v1/tiles/demand/" in one.url and one.request.method == method

    with page.expect_response(is_drawn(False), timeout=60_000):
        page.get_by_role("button", name="试行前", exact=True).click()
    with page.expect_response(is_drawn(True), timeout=60_000) as told:
        page.get_by_role("button", name="试行后", exact=True).click()
    assert told.value.status == 200
    page.wait_for_selector("[data-idle=true]", timeout=60_000)
    page.locator("section.place").scroll_into_view_if_needed()
    seen.shoot("plan-map-tried")

    page.get_by_role("button", name=re.compile("^撤销 A")).click()
    expect(page.locator(".trials li")).to_have_count(1)
    page.get_by_role("button", name="全部撤销").click()
    expect(headline(seen).locator(".compared")).to_have_count(0)


def test_a_place_of_ones_own_and_hours_as_they_are_typed(visit: Callable[..., Visit]) -> None:
    seen = visit(address(area="110101", hour=NIGHT_HOUR), viewport=SCREEN)
    page = seen.page
    settled(seen)
    page.get_by_text("按坐标放一处").click()
    page.get_by_label("经度（WGS-84）").fill("116.4200")
    page.get_by_label("纬度（WGS-84）").fill("39.9200")
    page.locator("#new-hours").fill("每天 22:00-次日6:00")
    expect(page.locator("#new-hours-read")).to_contain_text("Mo-Su 22:00-06:00")
    page.locator("#new-hours").press("Enter")
    expect(page.locator(".trials li")).to_have_count(1)
    assert figure(seen, ".compared data >> nth=2") <= 0
    pin = page.locator("[data-map-thing].draggable")
    expect(pin).to_be_visible()
    pin.focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    expect(page.locator(".trials li")).not_to_contain_text("39.92000", timeout=60_000)

    # and by the mouse: it is let go of where it was taken to, and the figures are of there
    before = pin.bounding_box()
    assert before is not None
    middle = before["x"] + before["width"] / 2, before["y"] + before["height"] / 2
    page.mouse.move(*middle)
    page.mouse.down()
    page.mouse.move(middle[0] + 30, middle[1] + 20, steps=3)
    page.mouse.move(middle[0] + 60, middle[1] + 40, steps=3)

    def is_of_there(answer: Response) -> bool:
        if "/v1/coverage/what-if" not in answer.url:
            return False
        added = answer.request.post_data_json["add"][0]
        return bool(added["lon"] > 116.42 and added["lat"] < 39.92)

    with page.expect_response(is_of_there, timeout=60_000) as told:
        page.mouse.up()
    after = pin.bounding_box()
    assert after is not None
    assert (after["x"] - before["x"], after["y"] - before["y"]) == pytest.approx((60, 40), abs=1.5)
    put = told.value.request.post_data_json["add"][0]
    expect(page.locator(".trials li")).to_contain_text(f"{put['lat']:.5f}")

    page.locator("#trial-0").fill("何时开门再说")
    expect(page.locator("#trial-0-read")).to_contain_text("读不懂")
    assert seen.axe() == []

    page.get_by_text("给一个站点换开放时间").click()
    name = said(seen, "/v1/stations", district="110101", limit=1)["items"][0]["name"]
    page.get_by_label(re.compile("站点名称")).fill(name)
    page.get_by_role("button", name="查找").click()
    page.get_by_role("button", name=name, exact=True).click()
    page.locator("#other-hours").fill("24/7")
    page.locator("form.chosen").get_by_role("button", name="试行").click()
    expect(page.locator(".trials li")).to_have_count(2)
    expect(page.locator(".trials li").nth(1)).to_contain_text(name)

    # in the map's place, too
    page.get_by_role("button", name="在地图上放一处新站").click()
    page.locator(".canvas canvas").click(position={"x": 300, "y": 120})
    expect(page.locator(".trials li")).to_have_count(3)


def test_a_map_that_comes_late_shows_the_area_all_the_same(visit: Callable[..., Visit]) -> None:
    """MapLibre is the largest of all: where it is the last to come, what to look at is known before."""
    seen = visit("/manage", viewport=SCREEN)
    held: list[Route] = []
    seen.context.route(re.compile("/assets/engine-.*[.]js"), lambda route: held.append(route))
    tried = ["add:116.40,39.92:24/7", "add:116.42,39.92:24/7"]
    with seen.page.expect_response("**/v1/districts/110101", timeout=60_000):
        seen.page.goto(seen.site.url + address(area="110101", hour=NIGHT_HOUR, **{"try": tried}))
    figure(seen)
    for one in held:
        one.continue_()
    settled(seen)
    first, second = (pin.bounding_box() for pin in seen.page.locator("[data-map-thing].draggable").all())
    assert first is not None
    assert second is not None
    # 1.7 km, on a map that is some 12 km high, and not 200
    assert second["x"] - first["x"] > 40


def test_an_address_opened_again_shows_the_same(visit: Callable[..., Visit], site: Site) -> None:
    with site.client() as client:
        asked: dict[str, str | int] = {"at": NIGHT, "kind": "care_station", "within": "800m", "n": 1}
        best = client.get("/v1/districts/110105/sites", params=asked).raise_for_status().json()["sites"][0]
    lon, lat = best["location"]["lon"], best["location"]["lat"]
    seen = visit(
        address(
            area="110105", hour=NIGHT_HOUR, unknown="open", kinds="care_station", within="800m",
            **{"try": f"add:{lon},{lat}:每天 22:00-6:00"},
        ),
        viewport=SCREEN,
    )  # fmt: skip
    figures = [figure(seen, f".compared data >> nth={n}") for n in range(3)]
    with site.client() as client:
        body = {
            "code": "110105", "at": NIGHT, "kind": ["care_station"], "within": "800m",
            "add": [{"lon": lon, "lat": lat, "hours": "每天 22:00-6:00"}],
        }  # fmt: skip
        answer = client.post("/v1/coverage/what-if", json=body).raise_for_status().json()
    assert figures[:2] == [answer[name]["unknown_open"]["uncovered"] for name in ("before", "after")]
    other = visit("/plan" + seen.page.evaluate("location.hash"), viewport=SCREEN, lang="en", theme="dark")
    assert [figure(other, f".compared data >> nth={n}") for n in range(3)] == figures
    expect(other.page.get_by_label("Stations of unknown hours")).to_have_value("unknown_open")
    expect(other.page.get_by_label("Limit on foot, metres")).to_have_value("800")
    # none of it was sent in an address but as parameters of the questions themselves
    assert not [url for url in other.requests if "try=" in url]
    other.tells_nobody(lon, lat)


def test_the_figures_are_taken_along(visit: Callable[..., Visit], tmp_path: Path) -> None:
    seen = visit(address(area="110101", hour=NIGHT_HOUR, **{"try": "add:116.42,39.92:24/7"}), viewport=SCREEN)
    page = seen.page
    settled(seen)
    saved: dict[str, bytes] = {}
    for section, format_ in (
        ("week", "XLSX"), ("ranking", "CSV"), ("map", "GeoJSON"), ("sites", "GeoPackage"),
        ("extensions", "CSV"), ("targets", "XLSX"), ("trials", "XLSX"), ("supply", "CSV"),
    ):  # fmt: skip
        card = page.locator(f"section[aria-labelledby={section}-heading]")
        with page.expect_download(timeout=60_000) as download:
            card.get_by_role("button", name=format_, exact=True).click()
        path = tmp_path / download.value.suggested_filename
        download.value.save_as(path)
        saved[path.name.partition("-")[0]] = path.read_bytes()
        expect(card.get_by_role("status").filter(has_text="已保存")).to_be_visible()
    assert set(saved) == {"week", "coverage", "gaps", "sites", "extensions", "targets", "what_if", "supply"}
    assert zipfile.is_zipfile(BytesIO(saved["week"]))
    assert zipfile.is_zipfile(BytesIO(saved["what_if"]))
    assert saved["gaps"].startswith(b"{")
    assert saved["sites"].startswith(b"SQLite")
    assert "怀柔区" in saved["coverage"].decode("utf-8-sig")

    report = page.get_by_role("link", name="报告").get_attribute("href")
    assert report
    page.goto(f"{seen.site.url}/{report.removeprefix('./')}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("东城区")
    # its style sheets are allowed: the bars have their widths
    widths = page.locator(".ranking .bar").evaluate_all("all => all.map((one) => one.offsetWidth)")
    assert len(set(widths)) > 5
    seen.shoot("plan-report")


def test_a_busy_service_is_waited_for_and_former_figures_are_marked(visit: Callable[..., Visit]) -> None:
    seen = visit(address(area="110101", hour=NIGHT_HOUR), viewport=SCREEN, expect_faults=True)
    page = seen.page
    settled(seen)
    before = figure(seen)
    held: list[Route] = []
    page.route(re.compile(r"/v1/districts/110101/coverage\?.*within=10min"), lambda route: held.append(route))
    page.get_by_label("步行范围").select_option("10min")
    expect(headline(seen).locator(".said.old data").first).to_have_attribute("value", f"{before:.0f}")
    expect(headline(seen).get_by_role("status").first).to_contain_text("先前的数字")
    seen.shoot("plan-former-figures")
    # another question takes the first one back
    with page.expect_event("requestfailed", predicate=lambda one: "within=10min" in one.url):
        page.get_by_label("步行范围").select_option("20min")
    assert figure(seen) < before
    assert len(held) == 1

    refused: list[Route] = []

    def refuse_once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route)
            route.fulfill(
                status=503,
                headers={"Retry-After": "2", "Content-Type": "application/problem+json"},
                body="{}",
            )

    page.route(re.compile(r"/v1/districts/110101/coverage\?.*within=30min"), refuse_once)
    page.get_by_label("步行范围").select_option("30min")
    expect(headline(seen).get_by_role("status").first).to_contain_text("服务正忙")
    expect(headline(seen)).to_contain_text("步行 30 分钟", timeout=60_000)
    # what cannot be asked is said in the service's words
    page.goto(seen.site.url + address(area="110101", demand="nobodys"))
    expect(page.get_by_role("alert").first).to_contain_text("没有这个需求图层", timeout=60_000)
    assert seen.axe() == []
