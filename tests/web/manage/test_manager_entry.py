"""How people come in: invited, recovered, held back; by keyboard alone; and whatever stations are called."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing

import pytest
from playwright.sync_api import expect

from tests.web.conftest import PHONE, SCREEN, Site, Visit
from tests.web.manage.stations import changed, fits, saved, station_of


def test_somebody_is_invited_chooses_a_password_and_later_recovers_it(
    visit: Callable[..., Visit], site: Site
) -> None:
    with closing(site.client("district")) as client:
        organisation = client.get("/v1/me").json()["roles"][0]["organisation"]["id"]
        body = {"name": "李娜", "organisation_id": organisation, "role": "manager"}
        token = client.post("/v1/manage/invitations", json=body).raise_for_status().json()["token"]
    seen = visit(f"/manage#invitation={token}", expect_faults=True)
    page = seen.page
    expect(page.get_by_role("heading", name="接受邀请")).to_be_visible()
    assert token not in page.url
    assert page.evaluate("history.length") <= 2
    expect(page.get_by_text("站点管理员", exact=True)).to_be_visible()
    expect(page.get_by_label("您的姓名")).to_have_value("李娜")
    page.get_by_label("登录名").fill("lina-bamboo")
    page.get_by_label("密码", exact=True).fill("lina-bamboo")
    assert seen.axe() == []
    seen.shoot("manage-invitation")
    page.get_by_role("button", name="建立账号并登录").click()
    expect(page.get_by_role("alert")).to_be_visible()
    expect(page.get_by_label("密码", exact=True)).to_have_attribute("aria-invalid", "true")
    page.get_by_label("密码", exact=True).fill("三个不相干的词：竹子 河马 灯塔")
    page.get_by_role("button", name="建立账号并登录").click()
    expect(page.get_by_role("heading", name="我的站点")).to_be_visible()

    # once is all that a link is good for
    again = visit(f"/manage#invitation={token}", expect_faults=True)
    expect(again.page.get_by_text("已经用过、过期或被撤回了")).to_be_visible()

    # her account: elsewhere signed out, and all of it
    page.get_by_role("link", name="李娜").click()
    expect(page.get_by_role("heading", name="在哪里登录着")).to_be_visible()
    expect(page.get_by_text("本机", exact=True)).to_be_visible()
    assert seen.axe() == []
    seen.shoot("manage-account", full_page=True)
    page.get_by_label("现在的密码").fill("not the password")
    page.get_by_label("新密码").fill("another three words")
    page.get_by_role("button", name="修改密码").click()
    expect(page.get_by_label("现在的密码")).to_have_attribute("aria-invalid", "true")
    page.get_by_role("button", name="全部退出，包括本机").click()
    expect(page.get_by_role("heading", name="站点管理员登录")).to_be_visible()

    with closing(site.client("district")) as client:
        account = next(one for one in client.get("/v1/manage/accounts", params={"q": "lina"}).json()["items"])
        link = client.post(f"/v1/manage/accounts/{account['id']}/recovery").raise_for_status().json()
    page.goto(f"{site.url}/manage#recovery={link['token']}")
    page.get_by_label("新密码").fill("gaol harp mango")
    seen.shoot("manage-recovery")
    page.get_by_role("button", name="设为新密码").click()
    expect(page.get_by_role("status").filter(has_text="新密码已设好")).to_be_visible()
    assert link["token"] not in page.url
    expect(page.get_by_label("登录名")).to_have_value("lina-bamboo")
    page.get_by_label("密码").fill("gaol harp mango")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="我的站点")).to_be_visible()


def test_whoever_guesses_too_often_is_told_how_long_to_wait(visit: Callable[..., Visit]) -> None:
    seen = visit("/manage", lang="en", theme="dark", expect_faults=True)
    page = seen.page
    page.get_by_label("Login").fill("nobody-here")
    for n in range(6):
        page.get_by_label("Password").fill(f"guess {n}")
        with page.expect_response("**/v1/auth/sign-in"):
            page.get_by_role("button", name="Sign in", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("Too many tries")
    expect(page.get_by_role("alert")).to_contain_text("Please wait")
    assert seen.axe() == []
    seen.shoot("manage-too-many-tries-dark-en")


def test_the_keyboard_alone_closes_a_station(visit: Callable[..., Visit], site: Site) -> None:
    station = station_of(site, 11)
    seen = visit("/manage", viewport=SCREEN)
    page, keys = seen.page, seen.page.keyboard

    def until(name: str, role: str) -> None:
        """Tab to it, as somebody without a mouse does; at most so many times."""
        target = page.get_by_role(role, name=name).first  # type: ignore[arg-type]
        expect(target).to_be_visible()
        for _ in range(60):
            if target.evaluate("element => element === document.activeElement"):
                return
            keys.press("Tab")
        raise AssertionError(f"{role} {name} is not reached")

    until("登录名", "textbox")
    keys.type("manager")
    keys.press("Tab")
    keys.type(site.staff["manager"].password)
    keys.press("Enter")
    until("查找站点", "searchbox")
    keys.type(station["name"])
    keys.press("Enter")
    expect(page.get_by_role("status").filter(has_text="列出")).to_be_attached()
    until(station["name"], "link")
    keys.press("Enter")
    until("今天不开放", "button")
    keys.press("Enter")
    expect(page.get_by_label("原因，工人会看到")).to_be_focused()
    keys.type("家中有事")
    keys.press("Enter")
    expect(saved(page)).to_contain_text("现在关门（家中有事）")
    # back where one was
    expect(page.get_by_role("button", name="今天不开放")).to_be_focused()
    ring = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert ring == "solid"


HOSTILE = '<img src=x onerror="alert(1)"><script>alert(2)</script>{{constructor}}\' OR 1=1'


def test_whatever_a_station_is_called_it_is_text(visit: Callable[..., Visit], site: Site) -> None:
    station = station_of(site, 12)
    name = HOSTILE + "很长的名字" * 20
    changed(
        site, station["id"], name=name[:200], description=HOSTILE, access=[HOSTILE], host_name=HOSTILE,
        hours={"text": f"每天 9:00-18:00 {HOSTILE}"}, reason=HOSTILE,
    )  # fmt: skip
    with closing(site.client()) as client:
        report = {"kind": "other", "note": HOSTILE}
        client.post(f"/v1/stations/{station['id']}/reports", json=report).raise_for_status()
    seen = visit("/manage#stations?attention=reports", login="manager")
    page = seen.page
    page.get_by_role("link", name="onerror").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text('<img src=x onerror="alert(1)">')
    expect(page.get_by_text("工人会看到", exact=True)).to_be_visible()
    page.get_by_role("button", name="展开").click()
    expect(page.locator("#history li").first).to_contain_text("alert(2)")
    fits(page)
    seen.shoot("manage-hostile", full_page=True)
    assert page.locator("main img, main script").count() == 0


@pytest.mark.parametrize(("theme", "lang"), [("light", "zh"), ("dark", "en")])
def test_every_state_is_well_at_every_size(
    visit: Callable[..., Visit], site: Site, theme: str, lang: str
) -> None:
    station = station_of(site, 13)
    seen = visit("/manage", login="manager", viewport=SCREEN, theme=theme, lang=lang)
    page = seen.page
    # the phone's last in the one theme, the screen's in the other: axe sees both
    sizes = {"screen": SCREEN, "phone": PHONE} if theme == "light" else {"phone": PHONE, "screen": SCREEN}

    def look(what: str, *, full_page: bool = False) -> None:
        for size, viewport in sizes.items():
            page.set_viewport_size(viewport)
            fits(page)
            seen.shoot(f"manage-{what}-{size}-{theme}-{lang}", full_page=full_page)

    expect(page.get_by_role("list").last.get_by_role("listitem").first).to_be_visible()
    look("list")
    assert seen.axe() == []
    page.goto(f"{site.url}/manage#station/{station['id']}")
    expect(page.locator(".preview")).to_be_visible()
    page.get_by_label("电话" if lang == "zh" else "Telephone").fill("010-6500 7777")
    expect(page.locator("form.bar")).to_be_visible()
    look("station", full_page=True)
    assert seen.axe() == []

    # text at twice its size: nothing is cut off, and nothing runs out of the window
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    look("station-200")
    page.get_by_role("button", name="今天不开放" if lang == "zh" else "Closed today").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    look("dialog-200")
