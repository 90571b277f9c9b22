"""Who sees and may do what on the page; and that nobody acts, or leaves anything, in another's name."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

from playwright.sync_api import Page, expect

from tests.web.conftest import SCREEN, Site, Visit
from tests.web.manage.stations import fits, saved, station_of

Go = Callable[..., Visit]


def phone_of(site: Site, station: str) -> str:
    return str(site.sql("SELECT phone FROM station WHERE id = %s", int(station))[0][0])


def sign_in_again(page: Page, site: Site, login: str) -> None:
    dialog = page.get_by_role("dialog", name="请再次登录")
    dialog.get_by_label("登录名").fill(login)
    dialog.get_by_label("密码").fill(site.staff[login].password)
    dialog.get_by_role("button", name="登录", exact=True).click()


def test_an_auditor_sees_and_is_offered_no_change(visit: Go, site: Site) -> None:
    station = station_of(site, 15)["id"]
    with closing(site.client()) as client:
        client.post(f"/v1/stations/{station}/reports", json={"kind": "closed"}).raise_for_status()
    seen = visit(f"/manage#station/{station}", login="auditor")
    page = seen.page
    main = page.get_by_role("main")
    expect(main.locator(".preview")).to_be_visible()
    expect(main.get_by_role("region", name="工人反映").get_by_role("listitem")).to_be_visible()
    main.get_by_role("button", name="展开").click()
    expect(main.locator("#history li").first).to_be_visible()
    # what is left looks at something
    offered = {button.inner_text().strip() for button in main.get_by_role("button").all()}
    assert offered <= {"收起", "在地图上看", "更早的", ""}, offered
    for one in main.locator("input:visible, textarea:visible, select:visible").all():
        assert not one.is_editable() or one.is_disabled(), one.get_attribute("id")
    seen.shoot("manage-auditor-station", full_page=True)
    assert seen.axe() == []
    theirs = ("review", "emergency", "emergency/new", "stations/new", f"station/{station}/administration")
    for place in theirs:
        page.goto(f"{site.url}/manage#{place}")
        expect(page.get_by_role("heading", name="没有这个页面")).to_be_visible()
    for place in ("imports", "imports/loads", "accounts", "accounts/invitations", "events", "reports"):
        page.goto(f"{site.url}/manage#{place}")
        expect(main.get_by_role("status").filter(has_text="…")).to_have_count(0)
        expect(main.locator("h1")).to_be_visible()
        expect(main.locator(".button.primary, .button.danger")).to_have_count(0)


def test_whoever_keeps_one_station_and_looks_at_another_is_offered_changes_at_the_one(
    visit: Go, site: Site
) -> None:
    kept, looked_at = station_of(site, 16), others_of(site)
    for id_ in (kept["id"], looked_at):
        with closing(site.client()) as client:
            client.post(f"/v1/stations/{id_}/reports", json={"kind": "gone"}).raise_for_status()
    auditor, password = "two-roles", "gaol harp mango"
    with closing(site.client("city")) as client, closing(site.client()) as invited:
        places = client.get("/v1/me").json()["may"]["invite"]
        body = {"name": "吴敏", "organisation_id": places[0], "role": "auditor"}
        token = client.post("/v1/manage/invitations", json=body).raise_for_status().json()["token"]
        accepted = {"token": token, "login": auditor, "name": "吴敏", "password": password}
        invited.post("/v1/auth/invitations/accept", json=accepted).raise_for_status()
        account = client.get("/v1/manage/accounts", params={"q": auditor}).json()["items"][0]["id"]
        role = {"organisation_id": kept["organisation"]["id"], "role": "manager"}
        client.post(f"/v1/manage/accounts/{account}/roles", json=role).raise_for_status()
    seen = visit("/manage")
    page = seen.page
    page.get_by_label("登录名").fill(auditor)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("heading", name="我的站点")).to_be_visible()
    main = page.get_by_role("main")
    for id_, offered in ((kept["id"], 1), (looked_at, 0)):
        page.goto(f"{site.url}/manage#station/{id_}")
        reported = main.get_by_role("region", name="工人反映")
        expect(reported.get_by_role("listitem")).to_be_visible()
        expect(reported.get_by_role("button")).to_have_count(offered)
        expect(main.get_by_role("button", name="今天不开放")).to_have_count(offered)
        expect(main.get_by_role("link", name="停用、移交")).to_have_count(0)
    page.goto(f"{site.url}/manage#reports")
    one, other = (main.get_by_role("listitem").filter(has=page.locator(f"[href='#station/{id_}']"))
                  for id_ in (kept["id"], looked_at))  # fmt: skip
    expect(one.get_by_role("button")).to_have_count(1)
    expect(other.get_by_role("button")).to_have_count(0)


def others_of(site: Site) -> str:
    """A station that is not the sample's manager's."""
    with closing(site.client("manager")) as client:
        mine = client.get("/v1/me").json()["may"]["edit_station"]
    with closing(site.client("city")) as client:
        page = client.get("/v1/manage/stations", params={"limit": 100}).raise_for_status().json()
    return next(str(one["id"]) for one in page["items"] if one["organisation"]["id"] not in mine)


def test_the_line_of_places_is_one_line_with_the_current_in_view(visit: Go, site: Site) -> None:
    """Of a city's administrator, who has the most of them; the keyboard reaches the last."""
    page = visit("/manage#events", login="city").page
    line = page.get_by_role("navigation", name="主导航")
    current = line.locator("[aria-current]")
    expect(current).to_have_text("操作记录")
    expect(current).to_be_in_viewport(ratio=1)
    assert line.evaluate("nav => nav.clientHeight") < 60
    fits(page)
    first, last = line.get_by_role("link").first, line.get_by_role("link").last
    first.focus()
    expect(first).to_be_in_viewport(ratio=0.9)
    for _ in range(line.get_by_role("link").count() - 1):
        page.keyboard.press("Tab")
    expect(last).to_be_focused()
    expect(last).to_be_in_viewport(ratio=0.9)


def test_a_field_with_the_focus_is_never_below_the_bar(visit: Go, site: Site) -> None:
    station = station_of(site, 16)["id"]
    page = visit(f"/manage#station/{station}", login="manager").page
    page.get_by_label("电话").fill("010-6666 6666")
    bar = page.get_by_role("form", name="保存修改")
    expect(bar).to_be_visible()
    # what still comes would move what is looked at
    expect(page.locator(".preview")).to_be_visible()
    page.get_by_label("名称", exact=True).focus()
    for _ in range(6):
        page.keyboard.press("Tab")
        page.wait_for_function(
            "bar => document.activeElement.getBoundingClientRect().bottom <= bar.getBoundingClientRect().top",
            arg=bar.element_handle(),
        )


def test_nothing_is_sent_in_the_name_of_somebody_else_who_signs_in(visit: Go, site: Site) -> None:
    station = station_of(site, 17)["id"]
    seen = visit(f"/manage#station/{station}", login="manager", viewport=SCREEN, expect_faults=True)
    page = seen.page
    page.get_by_label("电话").fill("010-8888 8888")
    seen.context.clear_cookies()
    page.get_by_role("button", name="保存").click()
    sign_in_again(page, site, "district")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("banner")).to_contain_text("赵静")
    expect(page.get_by_label("电话")).to_have_value("010-6500 0000")
    expect(page.get_by_text("上次没有保存的修改")).to_have_count(0)
    assert phone_of(site, station) == "010-6500 0000"


def test_signing_out_asks_and_leaves_nothing_in_any_window(visit: Go, site: Site) -> None:
    station = station_of(site, 18)["id"]
    one = visit("/manage#stations", login="manager")
    two = visit(f"/manage#station/{station}", context=one.context)
    expect(one.page.get_by_role("heading", name="我的站点")).to_be_visible()
    one.page.goto(f"{site.url}/manage#station/{station}")
    for page in (one.page, two.page):
        page.get_by_label("电话").fill("010-7777 7777")
    one.page.get_by_role("button", name="退出").click()
    dialog = one.page.get_by_role("dialog", name="还没有保存")
    expect(dialog.get_by_role("button", name="继续修改")).to_be_focused()
    one.shoot("manage-sign-out-unsaved")
    one.page.keyboard.press("Enter")
    expect(one.page.get_by_label("电话")).to_have_value("010-7777 7777")
    one.page.get_by_role("button", name="退出").click()
    dialog.get_by_role("button", name="不保存，退出").click()
    for page in (one.page, two.page):
        expect(page.get_by_role("heading", name="站点管理员登录")).to_be_visible()
        expect(page.get_by_text("010-7777 7777")).to_have_count(0)
        assert page.evaluate("Object.keys(sessionStorage)") == []
    one.page.go_back()
    expect(one.page.get_by_role("heading", name="站点管理员登录")).to_be_visible()
    assert phone_of(site, station) == "010-6500 0000"


def test_a_session_that_was_ended_elsewhere_is_over_here(visit: Go, site: Site) -> None:
    """And whatever one wanted goes on once one is signed in again; nothing typed is lost by a reload."""
    station = station_of(site, 19)["id"]
    seen = visit(f"/manage#station/{station}", login="manager", viewport=SCREEN, expect_faults=True)
    page = seen.page
    page.get_by_label("电话").fill("010-9999 9999")
    page.get_by_label("为什么改").press_sequentially("换号")
    site.sql(
        """UPDATE account_session SET revoked_at = now()
           WHERE revoked_at IS NULL AND account_id = (SELECT id FROM account WHERE login = 'manager')"""
    )
    # the reason has the focus yet: its draft is there all the same
    page.reload()
    assert seen.asked_to_stay == 1
    expect(page.get_by_role("heading", name="站点管理员登录")).to_be_visible()
    page.get_by_label("登录名").fill("manager")
    page.get_by_label("密码").fill(site.staff["manager"].password)
    page.keyboard.press("Enter")
    expect(page.get_by_label("电话")).to_have_value("010-9999 9999")
    expect(page.get_by_label("为什么改")).to_have_value("换号")
    page.get_by_role("button", name="保存").click()
    expect(saved(page)).to_contain_text("已保存")
    assert phone_of(site, station) == "010-9999 9999"
