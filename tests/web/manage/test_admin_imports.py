"""The rows of imports that wait, in a browser: mended in place, loaded, set aside; hostile ones too."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Page, expect

from loaders.load import load_file
from tests.loaders.files import csv_file, mapping
from tests.web.conftest import PHONE, SCREEN, Site, Visit

Go = Callable[..., Visit]
LONG = "很长的名称" * 60
# a script in a name, marks that turn the reading direction, a name without end
HOSTILE = (
    "2,<img src=x onerror=alert(1)>“驿站”,驿站,,,<script>alert(2)</script>,,\u202e街面向左\u2066",
    f"3,{LONG},茶馆,{{lon}},{{lat}},每天 9:00-18:00,微波炉,{LONG}",
    "4,‮站驿心暖‬ مرحبا,驿站,{lat},{lon},,,四街",
)


@pytest.fixture(scope="module")
def imported(start_site: Callable[..., Site], tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with a file of which one row is good and six wait: three hostile, and one for each who mends."""
    site = start_site()
    tmp_path = tmp_path_factory.mktemp("imports")
    lon, lat = site.sql(
        """SELECT lon, lat FROM station WHERE retired_at IS NULL AND district_code IS NOT NULL
           ORDER BY id LIMIT 1"""
    )[0]
    rows = (
        f"1,好的驿站,驿站,{lon + 0.002},{lat},9:00-17:30,微波炉,一街",
        *(row.format(lon=lon + 0.003, lat=lat) for row in HOSTILE),
        f"5,待定驿站,,{lon + 0.004},{lat},周一至周五 9:00-17:00,热水,五街",
        f"6,键盘驿站,,{lon + 0.005},{lat},周一至周五 9:00-17:00,热水,六街",
        f"7,抢先驿站,,{lon + 0.006},{lat},周一至周五 9:00-17:00,热水,七街",
    )
    with psycopg.connect(site.database_url) as conn:
        load_file(conn, csv_file(tmp_path, *rows, name="街道上报.csv"), mapping(), horizon_days=2)
    return site


def open_row(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("form", name="这一行的各列")).to_be_visible()


@pytest.mark.parametrize(("theme", "lang"), [("light", "zh"), ("dark", "en")])
def test_hostile_rows_are_only_text(visit: Go, imported: Site, theme: str, lang: str) -> None:
    """0 scripts, 0 violations of the policy, nothing wider than the page, nothing for axe to say."""
    seen = visit("/manage#imports", at=imported, viewport=SCREEN, theme=theme, lang=lang, login="city")
    page = seen.page
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    at_both_sizes(seen, "manage-imports", theme, lang)
    for name in ("<img src=x", "很长的名称", "مرحبا"):
        page.goto(f"{imported.url}/manage#imports")
        page.get_by_role("link").filter(has_text=name).first.click()
        expect(page.locator("form .column").first).to_be_visible()
        at_both_sizes(seen, f"manage-import-row-{len(name)}", theme, lang)
        assert page.locator("main img, main script").count() == 0


def at_both_sizes(seen: Visit, name: str, theme: str, lang: str) -> None:
    """Nothing is wider than a phone or a screen, and axe has nothing to say; a picture of each."""
    for size, viewport in (("1440", SCREEN), ("390", PHONE)):
        seen.page.set_viewport_size(viewport)
        wide = seen.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
        assert wide <= 0, f"{name} at {size}: {wide} px too wide"
        seen.shoot(f"{name}-{size}-{theme}-{lang}", full_page=True)
    # the phone's in the one theme, the screen's in the other
    seen.page.set_viewport_size(PHONE if theme == "light" else SCREEN)
    assert seen.axe() == []
    seen.page.set_viewport_size(SCREEN)


def test_what_came_of_the_file(visit: Go, imported: Site) -> None:
    seen = visit("/manage#imports/loads", at=imported, viewport=SCREEN, login="city")
    card = seen.page.get_by_role("article").filter(has_text="街道上报.csv")
    ((waiting,),) = imported.sql(
        """SELECT count(*) FROM quarantine AS q JOIN load_batch AS b ON b.id = q.batch_id
           WHERE b.file_name = '街道上报.csv' AND q.resolved_at IS NULL"""
    )
    expect(card).to_contain_text("7 行")
    expect(card).to_contain_text(f"仍待查 {waiting}")
    seen.shoot("manage-loads", full_page=True)
    assert seen.axe() == []
    card.get_by_role("link", name="看这些行").click()
    expect(seen.page.get_by_text("只看一次导入的行")).to_be_visible()


def test_a_row_is_mended_seen_and_loaded(visit: Go, imported: Site) -> None:
    seen = visit("/manage#imports", at=imported, viewport=SCREEN, login="city")
    page = seen.page
    page.get_by_role("link").filter(has_text="待定驿站").click()
    kind = page.get_by_label("类别")
    expect(kind).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_role("note")).to_contain_text("类别不认识")
    kind.fill("茶馆")
    page.get_by_role("button", name="看看会成为什么").click()
    expect(page.get_by_role("heading", name="仍不能导入")).to_be_visible()
    seen.shoot("manage-import-row-refused")
    kind.fill("驿站")
    page.get_by_role("button", name="看看会成为什么").click()
    expect(page.get_by_role("heading", name="会成为一处新站点")).to_be_visible()
    expect(page.get_by_role("row", name="周一")).to_contain_text("09:00-17:00")
    assert imported.sql("SELECT count(*) FROM station WHERE name_zh = '待定驿站'") == [(0,)]
    seen.shoot("manage-import-row-preview", full_page=True)
    page.get_by_role("button", name="导入这一行").click()
    expect(page.get_by_role("heading", name="已成为新站点")).to_be_visible()
    seen.shoot("manage-import-row-loaded", full_page=True)
    assert imported.sql(
        """SELECT r.actor, r.action FROM revision AS r JOIN station AS s ON s.id = r.station_id
           WHERE s.name_zh = '待定驿站'"""
    ) == [(imported.sql("SELECT name FROM account WHERE login = 'city'")[0][0], "import")]
    assert imported.sql("SELECT raw ->> '类别', mended ->> '类别' FROM quarantine WHERE row_number = 6") == [
        ("", "驿站")
    ]


def test_swapped_coordinates_are_exchanged_by_a_button(visit: Go, imported: Site) -> None:
    page = visit("/manage#imports", at=imported, login="city").page
    page.get_by_role("link").filter(has_text="مرحبا").click()
    before = page.get_by_label("经度").input_value(), page.get_by_label("纬度").input_value()
    page.get_by_role("button", name="对调经度与纬度").click()
    assert (page.get_by_label("纬度").input_value(), page.get_by_label("经度").input_value()) == before
    page.get_by_role("button", name="看看会成为什么").click()
    expect(page.get_by_role("heading", name="会成为一处新站点")).to_be_visible()


def test_a_row_is_set_aside_with_a_reason_and_restored(visit: Go, imported: Site) -> None:
    page = visit("/manage#imports", at=imported, login="city").page
    page.get_by_role("link").filter(has_text="很长的名称").click()
    page.get_by_role("button", name="不导入…").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="不导入", exact=True).click()
    expect(dialog.get_by_text("请填写原因")).to_be_visible()
    dialog.get_by_label("为什么不导入").fill("不是设施")
    dialog.get_by_role("button", name="不导入", exact=True).click()
    expect(page.get_by_text("不是设施")).to_be_visible()
    assert imported.sql("SELECT set_aside_note FROM quarantine WHERE set_aside_at IS NOT NULL") == [
        ("不是设施",)
    ]
    page.get_by_role("button", name="恢复为待查").click()
    expect(page.get_by_role("button", name="看看会成为什么")).to_be_visible()


def test_all_of_a_reason_are_tried_after_a_look(visit: Go, imported: Site) -> None:
    seen = visit("/manage#imports", at=imported, viewport=SCREEN, login="city")
    page = seen.page
    page.get_by_role("link", name="类别不认识").first.click()
    page.get_by_role("button", name="全部再试…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("仍待查")).to_be_visible()
    # nothing has been mended: none would be loaded
    expect(dialog.get_by_role("button", name="导入这 0 行")).to_be_disabled()
    seen.shoot("manage-import-all-rows")
    assert seen.axe() == []


def test_by_keyboard_alone(visit: Go, imported: Site) -> None:
    """From the list into a row, a cell changed, previewed and loaded, without a pointer."""
    page = visit("/manage#imports", at=imported, viewport=SCREEN, login="city").page
    row = page.get_by_role("link").filter(has_text="键盘驿站")
    row.focus()
    page.keyboard.press("Enter")
    kind = page.get_by_label("类别")
    expect(kind).to_be_visible()
    for _ in range(60):
        page.keyboard.press("Tab")
        if kind.evaluate("one => one === document.activeElement"):
            break
    page.keyboard.type("驿站")
    page.keyboard.press("Escape")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="会成为一处新站点")).to_be_visible()
    kind.press("Enter")
    expect(page.get_by_role("heading", name="已成为新站点")).to_be_visible()


def test_somebody_else_was_first_with_a_row(visit: Go, imported: Site) -> None:
    seen = visit("/manage#imports", at=imported, login="city", expect_faults=True)
    page = seen.page
    page.get_by_role("link").filter(has_text="抢先驿站").click()
    page.get_by_label("类别").fill("驿站")
    page.get_by_role("button", name="看看会成为什么").click()
    expect(page.get_by_role("heading", name="会成为一处新站点")).to_be_visible()
    ((row,),) = imported.sql("SELECT id FROM quarantine WHERE raw ->> '名称' = '抢先驿站'")
    with closing(imported.client("district")) as client:
        cells = {"cells": {"类别": "母婴室"}}
        client.post(f"/v1/manage/quarantine/{row}/retry", json=cells).raise_for_status()
    page.get_by_role("button", name="导入这一行").click()
    # that nothing was done twice, and how it stands by now
    expect(page.get_by_role("alert")).to_contain_text("别人先处理了这一行")
    expect(page.get_by_role("heading", name="会成为一处新站点")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text="已经导入")).to_contain_text("改过 1 格")
    expect(page.get_by_role("button", name="导入这一行")).to_have_count(0)
    seen.shoot("manage-import-row-somebody-was-first", full_page=True)


def test_what_was_mended_and_not_loaded_outlives_a_reload(visit: Go, imported: Site) -> None:
    seen = visit("/manage#imports", at=imported, login="city")
    page = seen.page
    page.get_by_role("link").filter(has_text="很长的名称").first.click()
    page.get_by_label("类别").fill("驿站")
    page.reload()
    assert seen.asked_to_stay == 1
    expect(page.get_by_label("类别")).to_have_value("驿站")
    expect(page.get_by_text("上次没有导入的修改")).to_be_visible()
    page.get_by_role("button", name="改回").click()
    expect(page.get_by_text("上次没有导入的修改")).to_have_count(0)


MANY = 250


def test_five_hundred_rows_of_two_sources(visit: Go, imported: Site, tmp_path: Path) -> None:
    """Fifty at a time, by source and reason; what came of all of a reason; formulas are only text."""
    lon, lat = imported.sql("SELECT lon, lat FROM station WHERE name_zh = '好的驿站'")[0]
    with psycopg.connect(imported.database_url) as conn:
        for source, kind, x in (("north", "=HYPERLINK(1)", lon), ("south", "驿站", 0)):
            rows = [f"{n},{source}{n}号驿站,{kind},{x},{lat},9:00-17:30,,@路{n}号" for n in range(MANY)]
            load_file(
                conn, csv_file(tmp_path, *rows, name=f"{source}.csv"), mapping(source={"name": source}),
                horizon_days=2,
            )  # fmt: skip
        # as if the list of words knew two of them by now
        conn.execute(
            """UPDATE quarantine SET raw = jsonb_set(raw, '{类别}', '"驿站"')
               WHERE source = 'north' AND row_number IN (2, 3)"""
        )
    seen = visit("/manage#imports", at=imported, viewport=SCREEN, login="city")
    page = seen.page
    rows_shown = page.locator("ul.rows > li")
    expect(rows_shown).to_have_count(50)
    page.get_by_role("button", name="显示更多").click()
    expect(rows_shown).to_have_count(100)
    counted = page.get_by_role("list", name="按来源与原因").get_by_role("link")
    expect(counted.filter(has_text="north")).to_contain_text(str(MANY))
    expect(counted.filter(has_text="south")).to_contain_text(str(MANY))
    counted.filter(has_text="north").click()
    expect(page.get_by_text("=HYPERLINK(1)").first).to_be_visible()
    page.get_by_role("button", name="全部再试…").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text(f"类别不认识: {MANY - 2} 行")).to_be_visible()
    dialog.get_by_role("button", name="导入这 2 行").click()
    expect(dialog.get_by_role("heading", name="已再试")).to_be_visible()
    seen.shoot("manage-import-many-tried")
    dialog.get_by_role("button", name="关闭").last.click()
    expect(counted.filter(has_text="north")).to_contain_text(str(MANY - 2))
    assert imported.sql("SELECT count(*) FROM station WHERE source = 'north'") == [(2,)]
    page.get_by_role("button", name="全部不导入…").click()
    dialog.get_by_label("为什么不导入").fill("=1+1 不是站点")
    dialog.get_by_role("button", name="都不导入").click()
    expect(page.get_by_text("这一类没有这样的行了")).to_be_visible()
    page.get_by_role("link", name="看其他的行").click()
    expect(counted.filter(has_text="south")).to_have_count(1)
    expect(counted.filter(has_text="north")).to_have_count(0)
