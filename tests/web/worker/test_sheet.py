"""A station's sheet: its address, its week with what is special, ways to go there, reports; hostile names."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import psycopg
from playwright.sync_api import expect

from geoapi.geometry.datums import Datum, point_from_wgs84
from loaders.load import load_file
from tests.loaders.files import mapping
from tests.web.conftest import Site, Visit
from tests.web.worker.asking import BEIJING, asked, fits, rows

FAR = {"longitude": 115.975, "latitude": 40.457}
NAMES = [
    "<img src=x onerror=alert(1)>驿站",
    "javascript:alert(1)//驿站",
    "\"'`}{{7*7}}</script><script>alert(1)</script>驿站",
    "‮驿站‭ gnp.exe",
    "很长的名字" * 60,
    "W" * 300,
]


def test_a_shared_address_opens_the_sheet_with_its_week_and_ways_to_go_there(
    visit: Callable[..., Visit], site: Site
) -> None:
    near = asked(site, open="any")["stations"]
    station: dict[str, Any] = next(one for one in near if one["phone"])
    seen = visit(f"/#station/{station['id']}", position=None, expect_faults=True)
    page = seen.page
    sheet = page.get_by_role("dialog", name=station["name"])
    expect(sheet).to_be_visible()
    days = sheet.get_by_role("row")
    expect(days).to_have_count(7)
    expect(days.first).to_contain_text("今天")

    def link(name: str) -> str:
        return sheet.get_by_role("link", name=name).get_attribute("href") or ""

    place = station["location"]["lon"], station["location"]["lat"]
    gcj02 = [f"{value:.5f}" for value in point_from_wgs84(*place, Datum.GCJ02)]
    bd09 = [f"{value:.5f}" for value in point_from_wgs84(*place, Datum.BD09)]
    amap = parse_qs(urlsplit(link("高德地图")).query)["to"][0].split(",")
    assert [f"{float(value):.5f}" for value in amap[:2]] == gcj02
    assert amap[2] == station["name"]
    baidu = parse_qs(urlsplit(link("百度地图")).query)["location"][0].split(",")
    assert [f"{float(value):.5f}" for value in reversed(baidu)] == bd09
    for service, field in (("腾讯地图", "tocoord"), ("苹果地图", "daddr")):
        there = parse_qs(urlsplit(link(service)).query)[field][0].split(",")
        assert [f"{float(value):.5f}" for value in reversed(there)] == gcj02
    assert link("其他地图").startswith(f"geo:{place[1]:.7f},{place[0]:.7f}?q=")
    assert link(station["phone"]) == "tel:" + re.sub(r"\D", "", station["phone"])

    # closed by its button, the address is the list's
    sheet.get_by_role("button", name="关闭").click()
    expect(page).not_to_have_url(re.compile("#station"))
    page.goto(f"{seen.site.url}/#station/999999999")
    expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("没有这个站点")


@contextmanager
def a_holiday_and_a_closure(site: Site, station: str) -> Iterator[None]:
    """The day after tomorrow is a holiday, and the station is closed for some hours from now."""
    day = datetime.now(BEIJING).date() + timedelta(days=2)
    read = "SELECT day_type, name_zh, name_en FROM calendar_day WHERE jurisdiction = 'CN' AND day = %s"
    change = """UPDATE calendar_day SET day_type = %s, name_zh = %s, name_en = %s
                WHERE jurisdiction = 'CN' AND day = %s"""
    before = site.sql(read, day)[0]
    site.sql(change, "holiday", "试验节", "Trial Day", day)
    site.sql(
        """INSERT INTO hours_exception (station_id, during, state, note_zh)
           VALUES (%s, tstzrange(now() - interval '1 hour', now() + interval '3 hours'),
                   'closed', '停水检修')""",
        station,
    )
    try:
        yield
    finally:
        site.sql("DELETE FROM hours_exception WHERE station_id = %s AND note_zh = '停水检修'", station)
        site.sql(change, *before, day)


SHARES = """
const answers = {
  shares: async (what) => { window.shared = what; },
  declines: async () => { throw new DOMException("no", "AbortError"); },
};
Object.defineProperty(navigator, "share", { value: answers[%r], configurable: true });
"""


def test_a_station_is_shared_by_the_phones_own_dialog(visit: Callable[..., Visit], site: Site) -> None:
    station = asked(site, open="any")["stations"][0]
    seen = visit("/")
    page = seen.page
    page.add_init_script(SHARES % "shares")
    page.goto(f"{site.url}/#station/{station['id']}")
    page.reload()
    share = page.get_by_role("button", name="分享")
    share.click()
    page.wait_for_function("window.shared")
    shared = page.evaluate("window.shared")
    assert shared["url"] == f"{site.url}/#station/{station['id']}"
    assert shared["title"] == station["name"]
    assert shared["text"].startswith(station["name"])
    # whoever thinks better of it is told nothing
    page.evaluate(SHARES % "declines")
    share.click()
    expect(page.get_by_text("地址已复制")).to_have_count(0)


def test_where_nothing_shares_the_address_is_copied_or_shown(visit: Callable[..., Visit], site: Site) -> None:
    station = asked(site, open="any")["stations"][0]
    address = f"{site.url}/#station/{station['id']}"
    seen = visit(f"/#station/{station['id']}")
    seen.context.grant_permissions(["clipboard-read", "clipboard-write"])
    share = seen.page.get_by_role("button", name="分享")
    share.click()
    expect(seen.page.get_by_role("status").filter(has_text="地址已复制")).to_contain_text(address)
    assert seen.page.evaluate("navigator.clipboard.readText()") == address
    # a browser that lets no page write there: by hand, and no word of copied
    seen.page.evaluate(
        "() => void (navigator.clipboard.writeText = () =>"
        " Promise.reject(new DOMException('', 'NotAllowedError')))"
    )
    share.click()
    expect(seen.page.get_by_role("status").filter(has_text="请复制")).to_contain_text(address)
    assert seen.axe() == []


def test_holidays_and_closures_of_the_week_are_named(visit: Callable[..., Visit], site: Site) -> None:
    station = asked(site, open="any", limit=30)["stations"][-1]["id"]
    with a_holiday_and_a_closure(site, station):
        seen = visit(f"/#station/{station}", position=None)
        sheet = seen.page.get_by_role("dialog")
        expect(sheet.get_by_role("row").nth(2)).to_contain_text("试验节")
        expect(sheet.get_by_text("停水检修").first).to_be_visible()
        seen.shoot("worker-sheet-holiday")


def test_a_report_is_noted_once_and_kept_through_a_failure(visit: Callable[..., Visit]) -> None:
    seen = visit("/", expect_faults=True)
    page, site = seen.page, seen.site
    station = next(one for one in asked(site, open="any", limit=20)["stations"] if one["amenities"])
    page.goto(f"{site.url}/#station/{station['id']}")
    sheet = page.get_by_role("dialog")
    sheet.get_by_role("button", name="反映问题").click()
    expect(sheet.get_by_role("radio").first).to_be_focused()
    sheet.get_by_role("button", name="发送").click()
    expect(sheet.get_by_role("alert")).to_contain_text("请先选一项")
    sheet.get_by_label("有设施不能用").check()
    sheet.get_by_role("combobox").select_option(station["amenities"][0])
    sheet.get_by_role("textbox").fill("<b>坏了三天</b>")
    assert seen.axe() == []
    seen.shoot("worker-report")
    seen.context.set_offline(True)
    sheet.get_by_role("button", name="发送").click()
    expect(sheet.get_by_role("alert")).to_contain_text("连接不上服务")
    expect(sheet.get_by_role("textbox")).to_have_value("<b>坏了三天</b>")
    seen.context.set_offline(False)
    sheet.get_by_role("button", name="发送").click()
    expect(sheet.get_by_role("status").filter(has_text="谢")).to_be_visible()
    kept = site.sql("SELECT kind, note FROM station_report WHERE station_id = %s", station["id"])
    assert kept == [("amenity", "<b>坏了三天</b>")]


def test_names_from_an_import_are_text_and_nothing_else(
    visit: Callable[..., Visit], site: Site, tmp_path: Path
) -> None:
    path = tmp_path / "hostile.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        write = csv.writer(file).writerow
        write(("id", "名称", "类别", "经度", "纬度", "时间", "设施", "地址"))
        for number, name in enumerate(NAMES):
            lon = FAR["longitude"] + number * 1e-4
            hours = f"每天0:00-24:00 {name[:80]}"
            write((number, name, "驿站", lon, FAR["latitude"], hours, "热水", name[:150]))
    with psycopg.connect(site.database_url) as conn:
        report = load_file(conn, path, mapping(source={"name": "hostile"}), horizon_days=14)
        conn.commit()
    assert report.accepted == len(NAMES), report

    hostile = visit("/", position=FAR)
    page = hostile.page
    page.get_by_label("不限").check(force=True)
    expect(rows(page).filter(has_text="onerror=alert")).to_be_visible()
    assert not page.locator("main img, main script").count()
    fits(page)
    hostile.shoot("worker-hostile-list")
    for name in NAMES:
        shown = re.sub(r"\s+", " ", name)[:12]
        rows(page).filter(has_text=shown).first.get_by_role("link").click()
        sheet = page.get_by_role("dialog")
        expect(sheet.get_by_role("heading", level=2)).to_contain_text(shown)
        expect(sheet.get_by_role("table")).to_be_visible()
        for href in sheet.get_by_role("link").evaluate_all("(all) => all.map((one) => one.href)"):
            assert re.match(r"https://[\w.]+/|geo:|tel:", href)
            assert "‮" not in unquote(href)
        fits(page)
        page.keyboard.press("Escape")
        expect(sheet).to_be_hidden()
    hostile.shoot("worker-hostile")


def test_a_shared_address_of_a_station_that_is_no_more_leads_to_those_that_are(
    visit: Callable[..., Visit], site: Site
) -> None:
    station = asked(site, FAR, open="any")["stations"][-1]["id"]
    with closing(site.client("city")) as client:
        version = client.get(f"/v1/stations/{station}").headers["ETag"]
        client.post(
            f"/v1/stations/{station}/retire", json={"reason": "拆迁"}, headers={"If-Match": version}
        ).raise_for_status()
    seen = visit(f"/#station/{station}")
    sheet = seen.page.get_by_role("dialog")
    expect(sheet).to_contain_text("这个站点已撤销")
    # nobody is sent there
    expect(sheet.get_by_role("link")).to_have_count(0)
    expect(sheet.get_by_role("table")).to_have_count(0)
    expect(sheet.get_by_text("反映问题")).to_have_count(0)
    assert seen.axe() == []
    seen.shoot("worker-sheet-gone")
    sheet.get_by_role("button", name="看附近还有哪里").click()
    expect(rows(seen.page).first).to_be_visible()
