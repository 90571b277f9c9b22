"""Somebody looks for a station, by position, by words, by the map, and finds out what is open."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.web.conftest import HERE, PHONE, SCREEN, Language, Theme, Visit
from tests.web.worker.asking import asked, fits, leave_at, names_in, next_weekday, rows


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_whoever_has_allowed_it_sees_the_nearest_at_once(visit: Callable[..., Visit], theme: Theme) -> None:
    seen = visit("/", theme=theme)
    page = seen.page
    expect(rows(page).first).to_be_visible()
    sheet = page.get_by_role("dialog")
    languages: tuple[tuple[Language, str], ...] = (("zh", ""), ("en", "English"))
    for lang, switch in languages:
        if switch:
            page.get_by_role("button", name=switch).click()
        expect(rows(page)).to_have_text(names_in(asked(seen.site, lang=lang)))
        expect(page.locator(".answer.busy")).to_have_count(0)
        assert seen.axe() == []
        fits(page)
        seen.shoot(f"worker-list-{theme}-{lang}")
        rows(page).first.get_by_role("link").click()
        expect(sheet.get_by_role("table")).to_be_visible()
        assert seen.axe() == []
        seen.shoot(f"worker-sheet-{theme}-{lang}")
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
    seen.tells_nobody(HERE["longitude"], HERE["latitude"])


def test_text_twice_as_large_and_a_phone_on_its_side_stay_in_the_window(visit: Callable[..., Visit]) -> None:
    seen = visit("/")
    page = seen.page
    expect(rows(page).first).to_be_visible()
    page.set_viewport_size({"width": 844, "height": 390})
    fits(page)
    # beside its bar there is room for the first of the list
    nav = page.get_by_role("navigation").bounding_box()
    first = page.get_by_role("main").locator("article").first.bounding_box()
    assert nav
    assert first
    assert nav["height"] == 390
    assert first["x"] >= nav["width"]
    assert first["y"] < 390
    seen.shoot("worker-landscape")
    page.set_viewport_size(PHONE)
    page.evaluate("document.documentElement.style.setProperty('font-size', '200%')")
    fits(page)
    assert seen.axe() == []
    seen.shoot("worker-text-200-list")
    rows(page).first.get_by_role("link").click()
    expect(page.get_by_role("dialog").get_by_role("table")).to_be_visible()
    fits(page)
    assert seen.axe() == []
    seen.shoot("worker-text-200-sheet")


def test_nothing_open_in_the_small_hours_says_what_opens_first_and_unknown_ones_stand_apart(
    visit: Callable[..., Visit],
) -> None:
    seen = visit("/")
    page = seen.page
    night = next_weekday(2, 3)
    expect(rows(page).first).to_be_visible()
    leave_at(page, night)
    page.get_by_label("职工心灵驿站").check(force=True)
    answer = asked(seen.site, kind=["psych_point"], at=night.isoformat())
    assert not answer["stations"], "the sample has a psychological care point that is open at 03:00"
    assert answer["opens_next"]
    assert answer["unknown_hours"]
    expect(page.get_by_role("heading", name=re.compile("没有确定开放的"))).to_be_visible()
    opens = answer["opens_next"]["opens_at"]
    expect(page.get_by_role("heading", name=re.compile(f"最先开门的.*{opens[11:16]}"))).to_be_visible()
    apart = page.get_by_role("region", name="这些不确定是否开放")
    expect(apart.locator("article h3")).to_have_text([one["name"] for one in answer["unknown_hours"]])
    expect(rows(page)).to_have_text(names_in(answer))
    assert seen.axe() == []
    seen.shoot("worker-nothing-open", full_page=True)

    # the choice of kinds is remembered, the position and the later time are not
    page.reload()
    expect(page.get_by_label("职工心灵驿站")).to_be_checked()
    expect(page.get_by_role("button", name="现在出发")).to_be_visible()
    kept = page.evaluate("JSON.stringify({...localStorage})")
    assert f"{HERE['latitude']:.2f}" not in kept
    page.get_by_role("button", name="清除 1 个条件").click()
    page.get_by_label("不限").check(force=True)
    expect(rows(page)).to_have_text(names_in(asked(seen.site, open="any")))


def test_whoever_denies_their_position_searches_by_initials_with_the_keyboard_alone(
    visit: Callable[..., Visit],
) -> None:
    seen = visit("/", position=None)
    page = seen.page
    locate = page.get_by_role("button", name="用我的位置")
    expect(locate).to_be_visible()
    expect(page.get_by_text("不保存")).to_be_visible()
    assert not page.get_by_role("alert").count(), "the page asked for a position by itself"
    seen.shoot("worker-welcome")
    locate.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("没有定位权限")
    assert seen.axe() == []
    seen.shoot("worker-denied")

    page.keyboard.press("Tab")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.type("dhm")
    found = page.locator("[data-found]")
    expect(found.first).to_contain_text("东华门")
    seen.shoot("worker-search")
    chosen = found.first.locator("bdi").first.inner_text()
    page.keyboard.press("ArrowDown")
    expect(found.first).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.get_by_text(chosen).first).to_be_visible()
    expect(rows(page).first).to_be_visible()

    # from the list into a sheet and back, where the focus was
    link = rows(page).first.get_by_role("link")
    for _ in range(60):
        page.keyboard.press("Tab")
        if link.evaluate("(one) => one === document.activeElement"):
            break
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page).to_have_url(re.compile(r"#station/\d+$"))
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(link).to_be_focused()
    expect(page).not_to_have_url(re.compile("#station"))


def test_a_district_is_a_place_too(visit: Callable[..., Visit]) -> None:
    seen = visit("/", position=None)
    box = seen.page.get_by_role("searchbox")
    box.fill("yanqing")
    seen.page.get_by_role("button", name=re.compile("延庆区.*区中心附近")).click()
    expect(rows(seen.page).first).to_be_visible()
    expect(seen.page.get_by_text("附近", exact=True)).to_be_visible()


def test_beside_the_list_the_map_has_its_numbers_and_a_tap_says_where_one_is(
    visit: Callable[..., Visit],
) -> None:
    seen = visit("/", viewport=SCREEN)
    page = seen.page
    expect(rows(page).first).to_be_visible()
    marker = page.get_by_role("button", name=re.compile(r"^3\. "))
    expect(marker).to_be_visible(timeout=30_000)
    third = rows(page).nth(2).inner_text()
    expect(marker).to_have_attribute("aria-label", re.compile(re.escape(third)))
    marker.click()
    expect(page.locator("article.current h3")).to_have_text(third)
    assert seen.axe() == []
    seen.shoot("worker-screen")
    here = names_in(asked(seen.site))
    box = page.locator(".maplibregl-canvas").bounding_box()
    assert box
    page.mouse.click(box["x"] + box["width"] - 12, box["y"] + 12)
    expect(page.get_by_text("地图上选的位置")).to_be_visible()
    expect(rows(page)).not_to_have_text(here)
