"""The planner's page in all its looks: sizes, themes, languages, large text, a hostile name, and on paper."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.web.conftest import PHONE, SCREEN, Visit
from tests.web.plan.planning import NIGHT_HOUR, address, headline, settled

HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>‮延慶{{7*7}}'


@pytest.mark.parametrize(
    ("view", "theme", "lang", "text"),
    [
        ("screen", "light", "zh", 100),
        ("phone", "dark", "en", 200),
    ],
)
def test_everything_can_be_read_and_reached(
    visit: Callable[..., Visit], view: str, theme: str, lang: str, text: int
) -> None:
    # a week with holidays and a make-up day
    seen = visit(
        address(area="110101", week="2026-09-28", hour=NIGHT_HOUR, **{"try": "add:116.42,39.92:24/7"}),
        viewport=SCREEN if view == "screen" else PHONE,
        theme=theme,
        lang=lang,
    )
    page = seen.page
    page.evaluate(f"document.documentElement.style.fontSize = '{text}%'")
    settled(seen)
    expect(page.locator(".compared")).to_be_visible(timeout=60_000)
    expect(page.locator(".special").first).to_be_visible()
    page.evaluate("document.querySelectorAll('section details').forEach((one) => (one.open = true))")
    assert seen.axe() == []
    overflow = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert overflow <= 0
    seen.shoot(f"plan-{view}-{theme}-{lang}-{text}", full_page=True)
    page.get_by_role("button", name="By district" if lang == "en" else "各区比例").click()
    expect(page.locator(".place .key")).to_be_visible()
    assert seen.axe() == []


def test_a_hostile_name_is_a_name(visit: Callable[..., Visit], site: Any) -> None:
    (name,) = site.sql("SELECT name_zh FROM district WHERE code = '110119'")[0]
    site.sql("UPDATE district SET name_zh = %s WHERE code = '110119'", HOSTILE)
    try:
        seen = visit(address(area="110119", hour=NIGHT_HOUR), viewport=SCREEN)
        settled(seen)
        expect(headline(seen).get_by_role("heading").first).to_contain_text("<img src=x onerror=alert(1)>")
        expect(seen.page.locator("tr.here")).to_contain_text("<script>")
        assert seen.page.locator("img[src=x]").count() == 0
        seen.shoot("plan-hostile-name")
    finally:
        site.sql("UPDATE district SET name_zh = %s WHERE code = '110119'", name)


def test_it_prints_without_its_controls(visit: Callable[..., Visit]) -> None:
    seen = visit(address(area="110101", hour=NIGHT_HOUR), viewport={"width": 1000, "height": 1400})
    settled(seen)
    seen.page.emulate_media(media="print")
    expect(seen.page.get_by_role("form")).to_be_hidden()
    expect(seen.page.get_by_role("button", name="XLSX").first).to_be_hidden()
    expect(headline(seen).locator(".figure")).to_be_visible()
    seen.shoot("plan-printed", full_page=True)
