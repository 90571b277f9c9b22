"""Nothing that was typed is lost: two at once, a session that ends, a network that is gone, a reload."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from playwright.sync_api import Route, expect

from tests.web.conftest import SCREEN, Site, Visit
from tests.web.manage.stations import card, changed, saved, station_of


def test_two_managers_change_the_same_and_settle_it_field_by_field(
    visit: Callable[..., Visit], site: Site
) -> None:
    station = station_of(site, 6)
    address = f"/manage#station/{station['id']}"
    one = visit(address, login="manager", expect_faults=True)
    other = visit(address, login="district", viewport=SCREEN)

    one.page.get_by_label("电话").fill("010-1111 1111")
    one.page.get_by_role("textbox", name="或者写成一段话").fill("每天 9:00-21:00")
    one.page.get_by_label("说明", exact=True).fill("从东门进，二楼左手边")
    other.page.get_by_label("电话").fill("010-2222 2222")
    other.page.get_by_label("地址").fill("朝阳门内大街 1 号")
    other.page.get_by_role("textbox", name="或者写成一段话").fill("每天 7:00-19:00")
    other.page.get_by_role("button", name="保存").click()
    expect(saved(other.page)).to_contain_text("已保存")

    one.page.get_by_role("button", name="保存").click()
    dialog = one.page.get_by_role("dialog", name="别人先保存了")
    expect(dialog).to_contain_text("赵静")
    phone = dialog.get_by_role("group", name="电话")
    # what overwrites nobody is chosen beforehand
    expect(phone.get_by_role("radio", name="用对方的（现在的）")).to_be_checked()
    for value in ("010-2222 2222", "010-1111 1111", "010-6500 0000"):
        expect(phone).to_contain_text(value)
    expect(dialog).to_contain_text("只有您改了")
    expect(dialog).to_contain_text("从东门进，二楼左手边")
    expect(dialog).to_contain_text("朝阳门内大街 1 号")
    assert one.axe() == []
    one.shoot("manage-conflict")

    # put off, and nothing is lost by it
    one.page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(one.page.get_by_label("电话")).to_have_value("010-1111 1111")

    # somebody is first once more while one decides: asked again, with what was chosen
    one.page.get_by_role("button", name="保存").click()
    phone.get_by_role("radio", name="用我的").check()
    hours = dialog.get_by_role("group", name="开放时间")
    expect(hours.get_by_role("radio", name="用对方的（现在的）")).to_be_checked()
    changed(site, station["id"], "district", host_name="新的商场")
    dialog.get_by_role("button", name="就这样保存").click()
    expect(dialog).to_contain_text("新的商场")
    # what was chosen before is what one wants now, and nobody else touched that meanwhile
    expect(dialog.get_by_role("listitem").filter(has_text="010-1111 1111")).to_be_visible()
    dialog.get_by_role("button", name="就这样保存").click()
    expect(saved(one.page)).to_contain_text("已保存")

    with closing(site.client("manager")) as client:
        now = client.get(f"/v1/manage/stations/{station['id']}").json()
    assert now["phone"] == "010-1111 1111"
    assert now["hours"]["text"] == "每天 7:00-19:00"
    assert now["address"] == "朝阳门内大街 1 号"
    assert now["description"] == "从东门进，二楼左手边"
    assert now["host_name"] == "新的商场"


def test_a_conflict_can_go_back_to_what_was(visit: Callable[..., Visit], site: Site) -> None:
    station = station_of(site, 7)
    seen = visit(
        f"/manage#station/{station['id']}", login="manager", viewport=SCREEN, theme="dark", expect_faults=True
    )
    page = seen.page
    page.get_by_role("textbox", name="或者写成一段话").fill("每天 9:00-21:00")
    changed(site, station["id"], "district", hours={"text": "每天 6:00-12:00"})
    page.get_by_role("button", name="保存").click()
    hours = page.get_by_role("dialog").get_by_role("group", name="开放时间")
    hours.get_by_role("radio", name="恢复原来的").check()
    seen.shoot("manage-conflict-dark-wide")
    page.get_by_role("button", name="就这样保存").click()
    expect(saved(page)).to_contain_text("已保存")
    with closing(site.client("manager")) as client:
        now = client.get(f"/v1/manage/stations/{station['id']}").json()
    assert now["hours"]["text"] == station["hours"]["text"]


def test_a_session_that_ends_in_the_middle_loses_nothing(visit: Callable[..., Visit], site: Site) -> None:
    station = station_of(site, 8)
    seen = visit(f"/manage#station/{station['id']}", login="manager", expect_faults=True)
    page = seen.page
    page.get_by_label("电话").fill("010-3333 3333")
    seen.context.clear_cookies()
    page.get_by_role("button", name="保存").click()
    dialog = page.get_by_role("dialog", name="请再次登录")
    expect(dialog.get_by_label("登录名")).to_have_value("manager")
    expect(dialog.get_by_label("密码")).to_be_focused()
    assert seen.axe() == []
    seen.shoot("manage-session-over")
    dialog.get_by_label("密码").fill(site.staff["manager"].password)
    dialog.get_by_role("button", name="登录", exact=True).click()
    expect(saved(page)).to_contain_text("已保存")
    with closing(site.client("manager")) as client:
        assert client.get(f"/v1/manage/stations/{station['id']}").json()["phone"] == "010-3333 3333"


def test_without_a_network_everything_stays_and_is_sent_once(visit: Callable[..., Visit], site: Site) -> None:
    station = station_of(site, 9)
    seen = visit(f"/manage#station/{station['id']}", login="manager", expect_faults=True)
    page = seen.page
    page.get_by_label("电话").fill("010-4444 4444")
    seen.context.set_offline(True)
    page.get_by_role("button", name="保存").click()
    expect(page.get_by_role("alert").filter(has_text="连接不上服务").first).to_be_visible()
    expect(page.get_by_text("您填写的内容都还在")).to_be_visible()
    expect(page.get_by_label("电话")).to_have_value("010-4444 4444")
    seen.shoot("manage-unreachable")
    seen.context.set_offline(False)

    # the service did it, and the answer was lost on its way: once more is no second time
    keys: list[str | None] = []

    def lose_the_first(route: Route) -> None:
        keys.append(route.request.headers.get("idempotency-key"))
        if len(keys) == 1:
            route.fetch()
            route.abort()
        else:
            route.continue_()

    page.route("**/closures", lose_the_first)
    page.get_by_role("button", name="今天不开放").click()
    dialog = page.get_by_role("dialog", name="临时关闭")
    dialog.get_by_role("button", name="停水停电").click()
    dialog.get_by_role("button", name="今天不开放").click()
    expect(dialog.get_by_role("alert")).to_contain_text("连接不上服务")
    dialog.get_by_role("button", name="今天不开放").click()
    expect(saved(page)).to_contain_text("现在关门（停水停电）")
    assert keys[0]
    assert keys == [keys[0], keys[0]]
    expect(card(page, "临时关闭与加开").get_by_role("listitem")).to_have_count(1)

    # what was typed meanwhile is still there, on top of the station as it is now
    expect(page.get_by_label("电话")).to_have_value("010-4444 4444")
    page.get_by_role("button", name="保存").click()
    expect(saved(page)).to_contain_text("已保存")


def test_leaving_asks_and_a_draft_survives(visit: Callable[..., Visit], site: Site) -> None:
    station = station_of(site, 10)
    seen = visit(f"/manage#station/{station['id']}", login="manager")
    page = seen.page
    page.get_by_label("电话").fill("010-5555 5555")
    page.get_by_role("link", name="我的站点").first.click()
    dialog = page.get_by_role("dialog", name="还没有保存")
    expect(dialog.get_by_role("button", name="继续修改")).to_be_focused()
    assert seen.axe() == []
    page.keyboard.press("Enter")
    expect(dialog).to_have_count(0)
    assert page.url.endswith(f"#station/{station['id']}")

    page.reload()
    assert seen.asked_to_stay == 1
    expect(page.get_by_text("上次没有保存的修改")).to_be_visible()
    expect(page.get_by_label("电话")).to_have_value("010-5555 5555")
    page.get_by_role("link", name="我的站点").first.click()
    page.get_by_role("button", name="留作草稿，离开").click()
    expect(page.get_by_role("heading", name="我的站点")).to_be_visible()

    # signing out leaves nothing of it behind
    page.get_by_role("button", name="退出").click()
    expect(page.get_by_role("heading", name="站点管理员登录")).to_be_visible()
    assert page.evaluate("Object.keys(sessionStorage)") == []
