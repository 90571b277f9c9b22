"""Administrators in a browser: invitations, accounts, decisions, emergency hours, organisations, events."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta

import pytest
from playwright.sync_api import Page, expect

from tests.api.managing.things import Things, things_in
from tests.web.conftest import PHONE, SCREEN, Site, Visit

Go = Callable[..., Visit]
PLACES = (
    "review", "emergency", "emergency/new", "accounts", "accounts/invitations", "organisations", "events",
)  # fmt: skip


@pytest.fixture(scope="module")
def office(start_site: Callable[..., Site]) -> Site:
    """A site where something waits for every sort of decision."""
    site = start_site()
    with things_in(site.database_url) as things:
        manager = site.sql("SELECT id FROM account WHERE login = 'manager'")[0][0]
        one, other, third = (
            row[0]
            for row in site.sql(
                """SELECT id FROM station WHERE district_code LIKE '110101%%' AND retired_at IS NULL
                   ORDER BY id LIMIT 3"""
            )
        )
        things.move(one, manager)
        things.sql("UPDATE move_request SET reason = '搬到对面 <b>二楼</b>'")
        things.conflict(other)
        things.duplicate(one, third)
    return site


@pytest.fixture
def things(office: Site) -> Iterator[Things]:
    with things_in(office.database_url) as found:
        yield found


def fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, f"{wide} px too wide"


@pytest.mark.parametrize(("theme", "lang"), [("light", "zh"), ("dark", "en")])
def test_every_place_is_fit_to_be_seen(visit: Go, office: Site, theme: str, lang: str) -> None:
    seen = visit("/manage#review", at=office, viewport=SCREEN, theme=theme, lang=lang, login="city")
    expect(seen.page.get_by_role("article").first).to_be_visible()
    for place in PLACES:
        seen.page.goto(f"{office.url}/manage#{place}")
        expect(seen.page.locator("main h1")).to_be_visible()
        expect(seen.page.get_by_role("status").filter(has_text="…")).to_have_count(0)
        # the phone's last in the one theme, the screen's in the other: axe sees both
        sizes = [("1440", SCREEN), ("390", PHONE)]
        for size, viewport in sizes if theme == "light" else reversed(sizes):
            seen.page.set_viewport_size(viewport)
            fits(seen.page)
            seen.shoot(f"manage-{place.replace('/', '-')}-{size}-{theme}-{lang}", full_page=True)
        assert seen.axe() == [], place


def test_somebody_is_invited_by_a_link(visit: Go, office: Site) -> None:
    seen = visit("/manage#accounts", at=office, viewport=SCREEN, login="city")
    page = seen.page
    page.get_by_role("button", name="邀请").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="生成邀请链接").click()
    expect(dialog.get_by_text("请选择组织")).to_be_visible()
    dialog.get_by_label("请谁（可不填）").fill("新人")
    dialog.get_by_label("组织", exact=True).select_option(index=2)
    dialog.get_by_role("button", name="生成邀请链接").click()
    link = dialog.get_by_label("邀请链接").input_value()
    assert link.startswith(f"{office.url}/manage#invitation=")
    seen.shoot("manage-invited")
    dialog.get_by_role("button", name="完成").click()
    page.get_by_role("link", name="邀请", exact=True).click()
    row = page.get_by_role("listitem").filter(has_text="新人")
    row.get_by_role("button", name="撤销").click()
    expect(page.get_by_role("listitem").filter(has_text="新人")).to_have_count(0)
    assert office.sql("SELECT revoked_at IS NOT NULL FROM invitation WHERE name = '新人'") == [(True,)]


def test_an_account_is_disabled_and_enabled(visit: Go, office: Site) -> None:
    seen = visit("/manage#accounts", at=office, login="city")
    page = seen.page
    page.get_by_role("link").filter(has_text="吴刚").click()
    page.get_by_role("button", name="停用账号…").click()
    page.get_by_role("dialog").get_by_role("button", name="停用", exact=True).click()
    expect(page.get_by_text("已停用（")).to_be_visible()
    seen.shoot("manage-account-390", full_page=True)
    page.get_by_role("button", name="启用账号").click()
    expect(page.get_by_role("button", name="停用账号…")).to_be_visible()
    page.get_by_role("button", name="生成恢复链接").click()
    expect(page.get_by_role("dialog").get_by_label("恢复链接").last).to_have_value(re.compile("#recovery="))


def test_a_move_is_approved_with_a_note(visit: Go, office: Site, things: Things) -> None:
    station = things.sql("SELECT station_id FROM move_request WHERE decided_at IS NULL")[0][0]
    page = visit("/manage#review?type=move_request", at=office, viewport=SCREEN, login="district").page
    card = page.get_by_role("article")
    expect(card).to_contain_text("400 米")
    expect(card).to_contain_text("<b>二楼</b>")
    card.get_by_role("button", name="批准").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("附言（可不填）").fill("已电话核实")
    dialog.get_by_role("button", name="批准").click()
    expect(page.get_by_text("没有待处理的事项")).to_be_visible()
    assert things.sql("SELECT decision, decision_note FROM move_request WHERE station_id = %s", station) == [
        ("approved", "已电话核实")
    ]
    things.move(station, things.one("SELECT id FROM account WHERE login = 'manager'"))


def test_emergency_hours_are_seen_before_they_are_made(visit: Go, office: Site) -> None:
    seen = visit("/manage#emergency/new", at=office, viewport=SCREEN, login="district", expect_faults=True)
    page = seen.page
    page.get_by_role("button", name="先看影响").click()
    # each field says what it lacks
    expect(page.locator(".mistake").first).to_be_visible()
    page.get_by_role("button", name="高温：开到 24 点").click()
    page.get_by_label("东城区").check()
    page.get_by_label("到哪天（含当天）").fill((date.today() + timedelta(days=3)).isoformat())
    # a reload loses nothing of it
    page.reload()
    expect(page.get_by_label("东城区")).to_be_checked()
    page.get_by_role("button", name="先看影响").click()
    expect(page.get_by_role("heading", name="影响")).to_be_visible()
    expect(page.get_by_text("处站点会多开放")).to_be_visible()
    assert office.sql("SELECT count(*) FROM hours_override WHERE reason = '高温红色预警'") == [(0,)]
    assert seen.axe() == []
    seen.shoot("manage-emergency-effect-1440", full_page=True)
    page.set_viewport_size(PHONE)
    fits(page)
    seen.shoot("manage-emergency-effect-390", full_page=True)
    page.get_by_role("button", name="设置应急开放").click()
    item = page.get_by_role("listitem").filter(has_text="高温红色预警")
    expect(item).to_contain_text("生效中")
    # what is ended within the second of its beginning never began
    office.sql(
        "UPDATE hours_override SET during = tstzrange(lower(during) - interval '1 min', upper(during))"
        " WHERE reason = '高温红色预警'"
    )
    item.get_by_role("button", name="提前结束…").click()
    page.get_by_role("dialog").get_by_role("button", name="现在结束").click()
    expect(item.get_by_text("已结束")).to_be_visible()


def test_a_manager_finds_no_door_that_is_not_theirs(visit: Go, office: Site) -> None:
    page = visit("/manage#accounts", at=office, login="manager").page
    expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    expect(page.get_by_role("link", name="账号", exact=True)).to_have_count(0)
    expect(page.get_by_role("link", name="导入", exact=True)).to_have_count(0)


def test_a_station_is_made_where_one_stands_though_one_like_it_is_near(visit: Go, office: Site) -> None:
    name, lon, lat = office.sql(
        "SELECT station.name_zh, lon, lat FROM station JOIN kind ON kind.id = kind_id"
        " WHERE code = 'care_station' AND retired_at IS NULL ORDER BY station.id DESC LIMIT 1"
    )[0]
    door = {"longitude": lon, "latitude": lat}
    seen = visit("/manage#stations/new", at=office, login="city", position=door, expect_faults=True)
    page = seen.page
    page.get_by_label("名称", exact=True).fill(name)
    page.get_by_role("button", name="我就在门口").click()
    expect(page.get_by_label("纬度")).to_have_value(str(lat))
    expect(page.get_by_label("坐标取自")).to_have_value("wgs84")
    page.get_by_role("button", name="新建", exact=True).click()
    expect(page.get_by_role("link", name=name)).to_be_visible()
    assert seen.axe() == []
    seen.shoot("manage-new-station-alike", full_page=True)
    page.get_by_label("这是另一处").check()
    page.get_by_role("button", name="新建", exact=True).click()
    expect(page.get_by_role("link", name="停用、移交")).to_be_visible()
    assert office.sql("SELECT count(*) FROM station WHERE name_zh = %s", name)[0][0] >= 2
    seen.tells_nobody(lon, lat)
    # what was made is not offered again
    page.goto(f"{office.url}/manage#stations/new")
    expect(page.get_by_label("名称", exact=True)).to_have_value("")


PIN_IN_THE_MIDDLE = """
() => {
  const [map, pin] = ["canvas.maplibregl-canvas", "button.pin"].map((one) =>
    document.querySelector(one)?.getBoundingClientRect());
  return pin && Math.abs(pin.x + pin.width / 2 - map.x - map.width / 2) < 3
    && Math.abs(pin.y + pin.height * 42.5 / 44 - map.y - map.height / 2) < 3;
}
"""


def test_a_station_is_made_retired_and_brought_back(visit: Go, office: Site) -> None:
    seen = visit("/manage#stations/new", at=office, viewport=SCREEN, login="city")
    page = seen.page
    lon, lat = office.sql("SELECT lon, lat FROM station ORDER BY id LIMIT 1")[0]
    page.get_by_label("名称", exact=True).fill("新开的驿站")
    page.get_by_label("经度").fill(str(lon + 0.01))
    page.get_by_label("纬度").fill(str(lat))
    page.get_by_label("坐标取自").select_option("wgs84")
    # a reload loses nothing of it
    page.reload()
    expect(page.get_by_label("名称", exact=True)).to_have_value("新开的驿站")
    expect(page.get_by_label("坐标取自")).to_have_value("wgs84")
    page.get_by_role("button", name="在地图上选").click()
    expect(page.get_by_role("button", name="新站点，可拖动")).to_be_visible()
    # the map opens where the coordinates say, and follows them
    page.wait_for_function(PIN_IN_THE_MIDDLE)
    page.get_by_label("经度").fill(str(lon + 0.02))
    page.get_by_label("经度").blur()
    page.wait_for_function(PIN_IN_THE_MIDDLE)
    assert seen.axe() == []
    seen.shoot("manage-new-station", full_page=True)
    page.get_by_role("button", name="新建", exact=True).click()
    page.get_by_role("link", name="停用、移交").click()
    page.get_by_role("button", name="停用…").click()
    page.get_by_role("dialog").get_by_label("原因").fill("拆迁")
    page.get_by_role("dialog").get_by_role("button", name="停用").click()
    expect(page.get_by_text("已停用（")).to_be_visible()
    assert seen.axe() == []
    assert office.sql("SELECT retired_at IS NOT NULL FROM station WHERE name_zh = '新开的驿站'") == [(True,)]
    page.get_by_role("button", name="恢复…").click()
    page.get_by_role("dialog").get_by_label("原因").fill("没有拆")
    page.get_by_role("dialog").get_by_role("button", name="恢复").click()
    expect(page.get_by_role("button", name="停用…")).to_be_visible()
