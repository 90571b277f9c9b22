"""A manager's day: hours, closed today, something broken, still correct, what workers say, undoing."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import expect

from tests.web.conftest import SCREEN, Site, Visit
from tests.web.manage.stations import ALWAYS, card, is_open_to_workers, saved, seen_by_workers, station_of


def test_hours_are_changed_with_a_preview_saved_and_undone(visit: Callable[..., Visit], site: Site) -> None:
    station = station_of(site, 0)
    manager = site.staff["manager"]
    seen = visit("/manage", expect_faults=True)
    page = seen.page

    page.get_by_label("登录名").fill("manager")
    page.get_by_label("密码").fill("not the password")
    page.get_by_role("button", name="登录", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("登录名或密码不对")
    expect(page.get_by_label("密码")).to_be_focused()
    assert seen.axe() == []
    seen.shoot("manage-sign-in-wrong")
    page.get_by_label("密码").fill(manager.password)
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", name="我的站点")).to_be_visible()
    page.get_by_label("查找站点").fill(station["name"])
    page.get_by_role("button", name="查找").click()
    page.locator(f"a[href='#station/{station['id']}']").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(station["name"])
    expect(page.locator("header .now")).to_contain_text("现在开放")

    # words, with a part that is not understood, which is named
    hours = card(page, "开放时间")
    hours.get_by_role("textbox", name="或者写成一段话").fill("周一至周五 8:30-18:00，暑期顺延")
    expect(hours).to_contain_text("没有完全读懂")
    expect(hours).to_contain_text("暑期顺延")
    assert seen.axe() == []
    hours.get_by_role("textbox", name="或者写成一段话").fill("周一至周五 8:30-18:00，法定节假日休息")
    expect(hours.get_by_label("周一，从")).to_have_value("08:30")
    expect(hours.get_by_label("周六开放")).not_to_be_checked()
    expect(hours.get_by_role("radio", name="休息")).to_be_checked()

    # the week, which the words follow; past midnight, and a day copied to the others
    hours.get_by_label("周一，到").fill("2：00")
    hours.get_by_label("周一，到").press("Tab")
    expect(hours.get_by_label("周一，到")).to_have_value("02:00")
    expect(hours).to_contain_text("到次日")
    words = hours.get_by_role("textbox", name="或者写成一段话")
    expect(words).to_have_value(
        "周一 08:30-次日02:00；周二至周五 08:30-18:00；周六、周日不开放；法定节假日休息"
    )
    hours.get_by_label("把周一复制到…").click()
    hours.get_by_role("button", name="周六、周日").click()
    expect(words).to_have_value("周六至周一 08:30-次日02:00；周二至周五 08:30-18:00；法定节假日休息")
    hours.get_by_label("周二，从").fill("19")
    hours.get_by_label("周二，从").press("Tab")
    hours.get_by_label("周二，到").fill("24:30")
    hours.get_by_label("周二，到").press("Tab")
    expect(hours.get_by_role("alert")).to_contain_text("周二的时段")
    seen.shoot("manage-hours-mistake", full_page=True)
    hours.get_by_label("周二，到").fill("24")
    hours.get_by_label("周二，到").press("Tab")
    expect(hours.get_by_role("alert")).to_have_count(0)
    expect(words).to_have_value(
        "周六至周一 08:30-次日02:00；周二 19:00-24:00；周三至周五 08:30-18:00；法定节假日休息"
    )

    page.get_by_role("button", name="原因、日期…").click()
    page.get_by_label("为什么改").fill("换了店长")
    seen.shoot("manage-hours-unsaved")
    page.get_by_role("button", name="保存").click()
    expect(saved(page)).to_contain_text("已保存")
    expect(saved(page)).to_be_focused()
    expect(saved(page)).to_contain_text("工人现在看到")
    expect(saved(page).get_by_role("link")).to_have_attribute("href", f"./#station/{station['id']}")
    with closing(site.client("manager")) as client:
        now = client.get(f"/v1/manage/stations/{station['id']}").json()
    assert now["hours"]["week"][0] == ["08:30-02:00"]
    assert now["hours"]["week"][1] == ["19:00-24:00"]

    # who, when, why, before and after; and back
    history = card(page, "修改历史")
    history.get_by_role("button", name="展开").click()
    latest = history.get_by_role("listitem").first
    expect(latest).to_contain_text("王芳")
    expect(latest).to_contain_text("换了店长")
    latest.get_by_text("前后对比").click()
    expect(latest.locator("del")).to_have_text(ALWAYS)
    latest.get_by_role("button", name="撤销这次修改…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("撤销后会变成")
    expect(dialog.locator(".to")).to_have_text(ALWAYS)
    assert seen.axe() == []
    seen.shoot("manage-undo")
    dialog.get_by_role("button", name="撤销", exact=True).click()
    expect(saved(page)).to_contain_text("已撤销")
    expect(words).to_have_value(ALWAYS)
    expect(history.get_by_role("listitem").first).to_contain_text("撤销了")
    assert is_open_to_workers(site, station)


@pytest.mark.parametrize("lang", ["zh", "en"])
def test_after_each_save_the_sentence_is_what_workers_are_told(
    visit: Callable[..., Visit], site: Site, lang: str
) -> None:
    """Typed in any way, cleared and known again, read in part."""
    station = station_of(site, 20)
    page = visit(f"/manage#station/{station['id']}", login="manager", viewport=SCREEN, lang=lang).page
    words = page.get_by_role("textbox", name="或者写成一段话" if lang == "zh" else "Or in words")
    sentence = {
        "open": ("现在开放", "Open now"),
        "closed": ("现在关门", "Closed now"),
        "unknown": ("现在是否开放不确定", "Not sure whether it is open now"),
    }
    hour = datetime.now(ZoneInfo(station["time_zone"])).hour
    texts = {
        "每天０：００－２４：００": "open",
        "": "unknown",
        # an hour that is not this one, nor one that could as well be of the afternoon
        f"每天{'１８点到１９点' if hour < 15 else '１０点到１１点'}": "closed",
        "看情况": "unknown",
        ALWAYS: "open",
    }
    for text, state in texts.items():
        words.fill(text)
        with page.expect_response(lambda answer: answer.request.method == "PATCH"):
            page.get_by_role("button", name="保存" if lang == "zh" else "Save").click()
        now = sentence[state][lang == "en"]
        expect(page.locator("header .now strong")).to_contain_text(now)
        expect(saved(page)).to_contain_text(now)
        assert seen_by_workers(site, station)["open_state"] == state, text
        with closing(site.client()) as client:
            assert client.get(f"/v1/stations/{station['id']}").json()["now"]["open_state"] == state, text


def test_closed_today_is_what_workers_see(visit: Callable[..., Visit], site: Site) -> None:
    station = station_of(site, 1)
    assert is_open_to_workers(site, station)
    seen = visit(f"/manage#station/{station['id']}", login="manager")
    page = seen.page
    page.get_by_role("button", name="今天不开放").click()
    dialog = page.get_by_role("dialog", name="临时关闭")
    expect(dialog.get_by_label("原因，工人会看到")).to_be_focused()
    dialog.get_by_role("button", name="设备检修").click()
    assert seen.axe() == []
    seen.shoot("manage-closed-today-dialog")
    dialog.get_by_role("button", name="今天不开放").click()
    expect(saved(page)).to_contain_text("现在关门（设备检修），明天")
    assert not is_open_to_workers(site, station)
    told = seen_by_workers(site, station)
    assert told["open_state"] == "closed"
    assert told["notice"] == "设备检修"
    seen.shoot("manage-closed-today", full_page=True)

    card(page, "临时关闭与加开").get_by_role("button", name="现在结束").click()
    expect(page.locator("header .now")).to_contain_text("现在开放")
    assert is_open_to_workers(site, station)

    # extra hours over midnight, and closed on days to come; both taken back
    dated = card(page, "临时关闭与加开")
    dated.get_by_role("button", name="加开…").click()
    dialog = page.get_by_role("dialog", name="加开")
    dialog.get_by_label("哪一天").fill((date.today() + timedelta(days=9)).isoformat())
    dialog.get_by_label("从").fill("19:00")
    dialog.get_by_label("到", exact=True).fill("01:30")
    expect(dialog).to_contain_text("次日")
    dialog.get_by_role("button", name="登记加开").click()
    expect(dated.get_by_role("listitem")).to_contain_text("01:30")
    dated.get_by_role("button", name="关闭几天…").click()
    dialog = page.get_by_role("dialog", name="临时关闭")
    dialog.get_by_label("从").fill((date.today() + timedelta(days=3)).isoformat())
    dialog.get_by_label("到（含当天）").fill((date.today() + timedelta(days=4)).isoformat())
    dialog.get_by_role("button", name="装修").click()
    dialog.get_by_role("button", name="登记关闭").click()
    expect(dated.get_by_role("listitem")).to_have_count(2)
    dated.get_by_role("listitem").filter(has_text="装修").get_by_role("button", name="取消").click()
    expect(dated.get_by_role("listitem")).to_have_count(1)


def test_what_is_broken_what_workers_say_and_what_is_still_correct(
    visit: Callable[..., Visit], site: Site
) -> None:
    station = station_of(site, 2)
    amenity = station["amenities"][0]
    with closing(site.client()) as client:
        report = {"kind": "closed", "note": "十点到，门锁着 <b>真的</b>"}
        client.post(f"/v1/stations/{station['id']}/reports", json=report).raise_for_status()
    seen = visit(f"/manage#station/{station['id']}", login="manager", viewport=SCREEN, theme="dark")
    page = seen.page

    page.get_by_role("button", name="设施坏了").click()
    dialog = page.get_by_role("dialog", name="设施坏了")
    dialog.get_by_role("button", name="登记故障").click()
    expect(dialog.get_by_role("alert")).to_have_text("请选一样。")
    dialog.get_by_role("radio").first.check()
    dialog.get_by_label("预计某天修好").check()
    dialog.get_by_label("说明（可不填）").fill("已报修")
    assert seen.axe() == []
    dialog.get_by_role("button", name="登记故障").click()
    amenities = card(page, "设施")
    expect(amenities).to_contain_text("（已报修）")
    assert amenity in seen_by_workers(site, station)["out_of_order"]
    seen.shoot("manage-outage-dark")
    amenities.get_by_role("button", name="修好了").click()
    expect(saved(page)).to_contain_text("已恢复可用")
    assert amenity in seen_by_workers(site, station)["amenities"]

    reports = card(page, "工人反映")
    expect(reports).to_contain_text("十点到，门锁着 <b>真的</b>")
    reports.get_by_role("button", name="处理", exact=True).click()
    reports.get_by_label("处理说明").fill("当时在换班")
    reports.get_by_role("button", name="并非如此").click()
    expect(saved(page)).to_contain_text("已处理")
    expect(reports).to_have_count(0)

    page.get_by_role("button", name="都没变，仍然正确").click()
    expect(saved(page)).to_contain_text("信息仍然正确")
    expect(page.get_by_text("上次核实：")).to_be_visible()
    with closing(site.client("manager")) as client:
        now = client.get(f"/v1/manage/stations/{station['id']}").json()
    assert now["verified_at"] is not None
    assert not now["open_reports"]
    page.get_by_role("link", name="工人反映").click()
    page.get_by_role("button", name="已处理").click()
    expect(page.get_by_text("当时在换班")).to_be_visible()


def test_a_change_is_planned_and_mistakes_stand_at_their_fields(
    visit: Callable[..., Visit], site: Site
) -> None:
    station = station_of(site, 3)
    seen = visit(
        f"/manage#station/{station['id']}", login="manager", viewport=SCREEN, lang="en", expect_faults=True
    )
    page = seen.page
    page.get_by_label("Telephone").fill("no number at all")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_label("Telephone")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text("Not saved: look at what is marked above.")).to_be_visible()
    seen.shoot("manage-mistake-en")
    page.get_by_label("Telephone").fill("010-6500 1234")
    page.get_by_label("From", exact=True).select_option("later")
    day = date.today() + timedelta(days=10)
    page.get_by_label("From which day").fill(day.isoformat())
    page.get_by_role("button", name="Save").click()
    expect(saved(page)).to_contain_text("Planned: in force from")
    planned = card(page, "Planned changes")
    expect(planned).to_contain_text("telephone: 010-6500 1234")
    expect(page.get_by_label("Telephone")).to_have_value("010-6500 0000")
    assert seen.axe() == []
    planned.get_by_role("button", name="Cancel it").click()
    expect(planned).to_have_count(0)


@pytest.mark.parametrize("far", [False, True])
def test_a_station_is_moved_near_at_once_and_far_when_it_is_approved(
    visit: Callable[..., Visit], site: Site, far: bool
) -> None:
    station = station_of(site, 4 + far)
    north = 0.004 if far else 0.0001
    position = {"longitude": station["location"]["lon"], "latitude": station["location"]["lat"] + north}
    seen = visit(f"/manage#station/{station['id']}", login="manager", position=position)
    page = seen.page
    place = card(page, "位置")
    place.get_by_role("button", name="位置不对…").click()
    place.get_by_role("button", name="我就在门口").click()
    expect(place.get_by_role("region", name=f"{station['name']}的位置")).to_be_visible()
    place.get_by_label("为什么移动").fill("大门改在北侧")
    place.get_by_role("button", name="移到这里").click()
    expect(saved(page)).to_contain_text("等管理员批准" if far else "位置已更新")
    seen.tells_nobody(position["longitude"], position["latitude"])
    with closing(site.client("manager")) as client:
        now = client.get(f"/v1/manage/stations/{station['id']}").json()
    assert (now["pending_move"] is not None) is far
    if far:
        expect(place).to_contain_text("搬迁等待批准")
        seen.shoot("manage-move-waits", full_page=True)
        place.get_by_role("button", name="撤回申请").click()
        expect(saved(page)).to_contain_text("已撤回")
