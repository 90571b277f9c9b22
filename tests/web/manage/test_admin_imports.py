"""The rows of imports that wait, in a browser: mended in place, loaded, set aside; hostile ones too."""

from __future__ import annotations

from collections.abc import Callable
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


@pytest.fixture
def imported(start_site: Callable[..., Site], tmp_path: Path) -> Site:
    """A site of this test's own, with a file of which one row is good and four wait."""
    site = start_site()
    lon, lat = site.sql(
        """SELECT lon, lat FROM station WHERE retired_at IS NULL AND district_code IS NOT NULL
           ORDER BY id LIMIT 1"""
    )[0]
    rows = (
        f"1,好的驿站,驿站,{lon + 0.002},{lat},9:00-17:30,微波炉,一街",
        *(row.format(lon=lon + 0.003, lat=lat) for row in HOSTILE),
        f"5,待定驿站,,{lon + 0.004},{lat},周一至周五 9:00-17:00,热水,五街",
    )
    with psycopg.connect(site.database_url) as conn:
        load_file(conn, csv_file(tmp_path, *rows, name="街道上报.csv"), mapping(), horizon_days=2)
    return site


def open_row(page: Page, name: str) -> None:
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_role("form", name="这一行的各列")).to_be_visible()


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("size", "viewport"), [("390", PHONE), ("1440", SCREEN)])
def test_hostile_rows_are_only_text(
    visit: Go, imported: Site, size: str, viewport: dict[str, int], theme: str
) -> None:
    """0 scripts, 0 violations of the policy, nothing wider than the page, nothing for axe to say."""
    lang = "en" if theme == "dark" else "zh"
    seen = visit("/manage#imports", at=imported, viewport=viewport, theme=theme, lang=lang, login="city")
    page = seen.page
    expect(page.get_by_text("<img src=x onerror=alert(1)>")).to_be_visible()
    seen.shoot(f"manage-imports-{size}-{theme}-{lang}", full_page=True)
    assert seen.axe() == []
    for name in ("<img src=x", "很长的名称", "مرحبا"):
        page.goto(f"{imported.url}/manage#imports")
        page.get_by_role("link").filter(has_text=name).first.click()
        expect(page.locator("form .column").first).to_be_visible()
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0, f"{name}: {wide} px too wide"
        assert seen.axe() == []
    seen.shoot(f"manage-import-row-{size}-{theme}-{lang}", full_page=True)
    assert page.locator("main img, main script").count() == 0


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


def test_what_came_of_the_file(visit: Go, imported: Site) -> None:
    seen = visit("/manage#imports/loads", at=imported, viewport=SCREEN, login="city")
    card = seen.page.get_by_role("article").filter(has_text="街道上报.csv")
    expect(card).to_contain_text("5 行")
    expect(card).to_contain_text("仍待查 4")
    seen.shoot("manage-loads", full_page=True)
    assert seen.axe() == []
    card.get_by_role("link", name="看这些行").click()
    expect(seen.page.get_by_text("只看一次导入的行")).to_be_visible()


def test_by_keyboard_alone(visit: Go, imported: Site) -> None:
    """From the list into a row, a cell changed, previewed and loaded, without a pointer."""
    page = visit("/manage#imports", at=imported, viewport=SCREEN, login="city").page
    row = page.get_by_role("link").filter(has_text="待定驿站")
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
